using Xunit;

namespace Xmega.Cli.Tests;

/// <summary><c>xmega profile</c>, <c>trace</c>, and what <c>run</c> records: the same from run to run, and statuses that a build can trust.</summary>
public class MeasureTests
{
    private static readonly string Profiled = Path.Combine(AppContext.BaseDirectory, "fixtures", "profiled.elf");

    [Fact]
    public async Task Profile_says_where_the_cycles_went()
    {
        CliResult result = Cli.Run("profile", Profiled, "--lines", "5", "--annotate", "leaf");
        Assert.Equal((0, ""), (result.Status, result.Error));
        await Verify(Trimmed(result.Output));
    }

    [Fact]
    public async Task Trace_prints_what_instructions_changed()
    {
        CliResult result = Cli.Run("trace", Profiled, "--function", "tail.constprop.1");
        Assert.Equal((0, ""), (result.Status, result.Error));
        await Verify(Trimmed(result.Output));
    }

    [Fact]
    public void A_trace_that_reaches_its_limit_says_so_and_is_a_success()
    {
        CliResult result = Cli.Run("trace", Profiled, "--lines", "3");
        Assert.Equal((0, 3), (result.Status, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Contains("--lines sets another", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_budget_is_status_1_a_kept_one_0()
    {
        string kept = Cli.TemporaryFile("[[budget]]\nfunction = \"leaf\"\nmax_cycles = 71\n", ".toml");
        string broken = Cli.TemporaryFile("[[budget]]\nfunction = \"leaf\"\nmax_cycles = 70\n", ".toml");
        string junit = Cli.TemporaryFile("", ".xml");
        CliResult good = Cli.Run("profile", Profiled, "--budget", kept), bad = Cli.Run("profile", Profiled, "--budget", broken, "--junit", junit);
        Assert.Equal((0, ""), (good.Status, good.Error));
        Assert.Equal(1, bad.Status);
        Assert.Matches("^budget broken: [^\n]*leaf[^\n]*71 is more than 70\n$", bad.Error);
        Assert.Contains("failures=\"1\"", File.ReadAllText(junit), StringComparison.Ordinal);
        foreach (string file in new[] { kept, broken, junit }) File.Delete(file);
    }

    [Fact]
    public void A_budget_file_with_a_mistake_is_told_by_file_and_line()
    {
        string file = Cli.TemporaryFile("[[budget]]\nfunction = \"leaf\"\nmax_cycle = 71\n", ".toml");
        CliResult result = Cli.Run("profile", Profiled, "--budget", file);
        File.Delete(file);
        Assert.Equal((125, ""), (result.Status, result.Output));
        Assert.Matches($"^xmega: {file}:3: unknown key 'max_cycle'[^\n]+\n$", result.Error);
    }

    [Fact]
    public void Against_an_earlier_profile_only_what_changed_is_told()
    {
        string baseline = Cli.TemporaryFile(Cli.Run("profile", Profiled, "--json").Output, ".json");
        CliResult result = Cli.Run("profile", Profiled, "--baseline", baseline);
        File.Delete(baseline);
        Assert.Contains("nothing changed against the baseline", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_firmware_without_symbols_is_profiled_by_addresses_and_told_once()
    {
        CliResult result = Cli.Run("profile", Cli.Sample("nested-interrupts"));
        Assert.Equal(0, result.Status);
        Assert.Equal("the firmware has no symbols: functions are named by their addresses; profile the .elf\n", result.Error);
    }

    [Fact]
    public void Everything_that_is_written_is_the_same_in_two_runs()
    {
        string directory = Directory.CreateTempSubdirectory("xmega-").FullName;
        foreach (string run in new[] { "1", "2" })
        {
            string At(string file) => Path.Combine(directory, $"{run}-{file}");
            Assert.Equal(0, Cli.Run("profile", Profiled, "--collapsed", At("collapsed"), "--speedscope", At("speedscope"), "--lcov", At("lcov"), "--cobertura", At("cobertura")).Status);
            Assert.Equal(0, Cli.Run("run", Profiled, "--vcd", At("vcd"), "--trace", "*", "--trace", "VAR.*", "--trace", "TCC0.CTRLA", "--timeline", At("timeline"), "--report", At("report")).Status);
        }

        string[] first = [.. Directory.GetFiles(directory, "1-*").Order()];
        Assert.Equal(7, first.Length);
        Assert.All(first, f => Assert.NotEmpty(File.ReadAllBytes(f)));
        Assert.All(first, f => Assert.Equal(File.ReadAllBytes(f), File.ReadAllBytes(Path.Combine(directory, "2-" + Path.GetFileName(f)[2..]))));
        Directory.Delete(directory, recursive: true);
    }

    private static string Trimmed(string text) => string.Join('\n', text.Split('\n').Select(l => l.TrimEnd()));
}
