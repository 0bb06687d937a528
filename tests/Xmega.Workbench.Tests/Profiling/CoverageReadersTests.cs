using System.Globalization;
using System.Text.Json;
using Xmega.Firmware;
using Xmega.Workbench.Coverage;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Profiling;

/// <summary>Coverage files are read back by the programs that people read them with, and say there what we counted.</summary>
public class CoverageReadersTests
{
    private static readonly FirmwareCoverage Coverage = Run();

    private static readonly LineCoverage[] Lines = [.. Coverage.Files.SelectMany(f => f.Lines)];

    private static readonly int[] Counted =
    [
        Lines.Count(l => l.Hits > 0), Lines.Length,
        Lines.SelectMany(l => l.Branches).Sum(b => (b.Taken > 0 ? 1 : 0) + (b.NotTaken > 0 ? 1 : 0)), 2 * Lines.Sum(l => l.Branches.Count),
        Coverage.Files.Sum(f => f.Functions.Count(x => x.Calls > 0)), Coverage.Files.Sum(f => f.Functions.Count),
    ];

    [Fact]
    public void Lcov_and_genhtml_read_the_tracefile()
    {
        if (!Tool.IsInstalled("lcov") || !Tool.IsInstalled("genhtml")) return;
        using var files = new TemporaryDirectory();
        WriteLcov(files["fw.info"]);
        string summary = Tool.Run("lcov", "--rc", "lcov_branch_coverage=1", "--summary", files["fw.info"]);
        Assert.Contains($"({Counted[0]} of {Counted[1]} lines)", summary, StringComparison.Ordinal);
        Assert.Contains($"({Counted[2]} of {Counted[3]} branches)", summary, StringComparison.Ordinal);
        Assert.Contains($"({Counted[4]} of {Counted[5]} functions)", summary, StringComparison.Ordinal);
        Tool.Run("genhtml", "--quiet", "--branch-coverage", "--ignore-errors", "source", "--output-directory", files["html"], files["fw.info"]);
        Assert.Contains($">{Counted[1]}<", File.ReadAllText(files["html/index.html"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cobertura")]
    [InlineData("LCov")]
    public void ReportGenerator_reads_both_forms(string form)
    {
        if (!Tool.IsInstalled("reportgenerator")) return;
        using var files = new TemporaryDirectory();
        if (form == "LCov") WriteLcov(files["coverage"]);
        else using (FileStream stream = File.Create(files["coverage"])) CoberturaFile.Write(Coverage, "profiled.elf", stream);
        Tool.Run("reportgenerator", $"-reports:{files["coverage"]}", $"-targetdir:{files["html"]}", "-reporttypes:JsonSummary", "-verbosity:Warning");
        JsonElement summary = JsonDocument.Parse(File.ReadAllText(files["html/Summary.json"])).RootElement.GetProperty("summary");
        Assert.Equal(form, summary.GetProperty("parser").GetString());
        string[] names = ["coveredlines", "coverablelines", "coveredbranches", "totalbranches", "coveredmethods", "totalmethods"];
        Assert.Equal(Counted, names.Select(n => summary.GetProperty(n).GetInt32()));
    }

    private static void WriteLcov(string path)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        LcovFile.Write(Coverage, writer);
        File.WriteAllText(path, writer.ToString());
    }

    private static FirmwareCoverage Run()
    {
        FirmwareImage image = Programs.Fixture("profiled.elf");
        ATxmega128A1 chip = Programs.Chip(image);
        var profiler = new Profiler(chip, image);
        new FirmwareRun(chip, image, new RunOptions { Observers = [profiler] }).Run();
        return FirmwareCoverage.Of(profiler.Finish());
    }
}
