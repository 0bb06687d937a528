using System.Text.RegularExpressions;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests;

/// <summary>Arrows point one way (design): a folder of the chip names only those it stands on, and no module another.</summary>
public partial class ArchitectureTests
{
    private static readonly string[] Foundation = ["Time", "State", "Signals", "Electrical", "Registers", "Memory", "Interrupts", "Events", "Dma", "Ports"];

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Time"] = ["State"],
        ["State"] = ["Electrical", "Time"],
        ["Signals"] = ["Time"],
        ["Electrical"] = ["Signals", "State", "Time"],
        ["Registers"] = [],
        ["Firmware"] = [],
        ["Memory"] = ["Cpu", "Registers", "State", "Time"],
        ["Cpu"] = ["Interrupts", "Memory", "Registers", "State", "Time"],
        ["Interrupts"] = ["Memory", "Registers", "Signals", "State", "Time"],
        ["Events"] = ["Memory", "Registers", "Signals", "State", "Time"],
        ["Dma"] = Foundation,
        ["Analog"] = Foundation,
        ["Crypto"] = Foundation,
        ["ExternalBus"] = Foundation,
        ["Ports"] = Foundation,
        ["Timers"] = Foundation,
        ["Serial"] = Foundation,
        ["SystemControl"] = Foundation,
        ["Nvm"] = Foundation,
    };

    [Fact]
    public void Every_folder_names_only_what_it_stands_on()
    {
        var wrong = new List<string>();
        string chip = Path.Combine(Readme.Repository, "src", "Xmega");
        foreach (string folder in Directory.GetDirectories(chip).Select(Path.GetFileName).OfType<string>().Where(f => f is not ("bin" or "obj")))
        {
            Assert.True(Allowed.ContainsKey(folder), $"src/Xmega/{folder} has no place in the arrows yet: give it one");
            foreach (string file in Directory.GetFiles(Path.Combine(chip, folder), "*.cs", SearchOption.AllDirectories))
            {
                foreach (Match match in Name().Matches(File.ReadAllText(file)))
                {
                    string named = match.Groups[1].Value;
                    if (named != folder && Allowed.ContainsKey(named) && !Allowed[folder].Contains(named)) wrong.Add($"{Path.GetRelativePath(chip, file)} names {named}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("Xmega", "")]
    [InlineData("Xmega.Workbench", "Xmega")]
    [InlineData("Xmega.Testing", "Xmega.Workbench")]
    [InlineData("Xmega.Cli", "Xmega.Workbench")]
    public void A_project_references_the_one_below(string project, string below)
    {
        string file = File.ReadAllText(Path.Combine(Readme.Repository, "src", project, $"{project}.csproj"));
        Assert.Equal(below.Length == 0 ? [] : [below], Reference().Matches(file).Select(m => m.Groups[1].Value));
    }

    [Fact]
    public void The_chip_knows_no_host()
    {
        string[] hosts = ["System.Console", "System.IO.File", "System.Net", "DateTime.Now", "Stopwatch", "Environment.", "new Random("];
        foreach (string file in Directory.GetFiles(Path.Combine(Readme.Repository, "src", "Xmega"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(file);
            Assert.All(hosts, host => Assert.DoesNotContain(host, text, StringComparison.Ordinal));
        }
    }

    [GeneratedRegex(@"\bXmega\.(\w+)")]
    private static partial Regex Name();

    [GeneratedRegex("ProjectReference Include=\"\\.\\./[^/]+/([^\"]+)\\.csproj\"")]
    private static partial Regex Reference();
}
