using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Xmega.Cli.Tests;

/// <summary><c>xmega info</c>, <c>disasm</c> and <c>signals</c>: what is in a firmware, and what can be watched.</summary>
public partial class InspectTests
{
    [Fact]
    public void Help_lists_every_command_and_every_command_has_its_own()
    {
        MatchCollection commands = CommandLine().Matches(Cli.Run("--help").Output);
        Assert.Equal(8, commands.Count);
        Assert.All(commands.Select(m => m.Groups[1].Value), name => Assert.Contains($"xmega {name} ", Cli.Run(name, "--help").Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Help_is_found_in_a_file_of_arguments_too()
    {
        CliResult result = Cli.Run("run", "@" + Cli.TemporaryFile("--help\n"));
        Assert.Equal((0, Cli.Run("run", "--help").Output), (result.Status, result.Output));
    }

    [Fact]
    public async Task Info_says_what_is_in_a_firmware()
    {
        CliResult result = Cli.Run("info", Cli.Sample("blink-interrupt"));
        Assert.Equal((0, ""), (result.Status, result.Error));
        await Verify(Trimmed(result.Output));
    }

    [Fact]
    public async Task Info_says_the_same_in_json()
    {
        CliResult result = Cli.Run("info", Cli.Sample("blink-interrupt"), "--json");
        Assert.Equal((0, ""), (result.Status, result.Error));
        await Verify(result.Output.Replace(Directory(), "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disasm_prints_address_opcode_cycles_instruction_and_registers()
    {
        CliResult result = Cli.Run("disasm", Cli.Sample("blink-interrupt"));
        Assert.Equal((0, ""), (result.Status, result.Error));
        await Verify(result.Output);
    }

    [Fact]
    public async Task Signals_lists_those_that_a_pattern_names()
    {
        CliResult result = Cli.Run("signals", "tcc?.o*");
        Assert.Equal((0, ""), (result.Status, result.Error));
        await Verify(Trimmed(result.Output));
    }

    [Fact]
    public void Signals_lists_all_without_a_pattern_and_in_json()
    {
        CliResult text = Cli.Run("signals"), json = Cli.Run("signals", "--json");
        JsonElement[] signals = [.. JsonDocument.Parse(json.Output).RootElement.EnumerateArray()];
        Assert.Equal(text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, signals.Length);
        Assert.All(signals, s => Assert.Equal(["name", "kind", "width", "meaning"], s.EnumerateObject().Select(p => p.Name)));
        Assert.Contains(signals, s => s.GetProperty("name").GetString() == "PORTC.PIN0" && s.GetProperty("kind").GetString() == "bit");
    }

    // One line for all that differ in nothing but their instance: PORTA.PIN0 and PORTC.PIN3 are one.
    [Fact]
    public async Task Every_kind_of_signal_is_in_the_list()
    {
        JsonElement[] signals = [.. JsonDocument.Parse(Cli.Run("signals", "--json").Output).RootElement.EnumerateArray()];
        await Verify(string.Concat(signals
            .Select(s => (Name: Kind(s.GetProperty("name").GetString()!), Kind: s.GetProperty("kind").GetString(), Meaning: Instance().Replace(s.GetProperty("meaning").GetString()!, "?")))
            .GroupBy(s => s)
            .Select(g => $"{g.Key.Name,-20} {g.Count(),3} {g.Key.Kind,-7} {g.Key.Meaning}\n")));
    }

    private static string Kind(string name)
    {
        if (name.StartsWith("PMIC.", StringComparison.Ordinal)) return name.EndsWith(".REQUEST", StringComparison.Ordinal) ? "PMIC.*.REQUEST" : "PMIC.*";
        return Instance().Replace(Module().Replace(name, "$1?"), "?");
    }

    [GeneratedRegex("(?<=Commands:\\n(?:  .*\\n)*)  ([a-z]+) .*\\n")]
    private static partial Regex CommandLine();

    [GeneratedRegex("^(PORT|TC|AWEX|HIRES|ADC|DAC|AC|USART|SPI|TWI)[A-R]")]
    private static partial Regex Module();

    [GeneratedRegex("(?<=\\?|CH|PIN|OC|channel |vector |AC)[0-9A-D]+\\b|(?<=CH)[0-9]+|TC[C-F][01]")]
    private static partial Regex Instance();

    // Paths differ from machine to machine.
    private static string Trimmed(string output) => string.Join('\n', output.Replace(Directory(), "", StringComparison.Ordinal).Split('\n').Select(l => l.TrimEnd()));

    private static string Directory() => Path.GetDirectoryName(Cli.Sample("blink-interrupt")) + Path.DirectorySeparatorChar;
}
