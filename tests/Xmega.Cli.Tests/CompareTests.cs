using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Xmega.Cli.Tests;

/// <summary><c>xmega compare</c>: one table, one object, one page.</summary>
public class CompareTests
{
    // The blinks do their job with different means: how long is the lamp on, and by what is it switched?
    private static readonly string[] Blinks =
        ["compare", Cli.Sample("blink-interrupt"), Cli.Sample("blink-event"), "--from", "PORTC.PIN4=1", "--to", "PORTC.PIN4=0", "--for", "2s"];

    [Fact]
    public async Task The_table_has_both_firmwares_side_by_side()
    {
        CliResult result = Cli.Run(Blinks);
        Assert.Equal((0, ""), (result.Status, result.Error));
        await Verify(string.Join('\n', result.Output.Split('\n').Select(l => l.TrimEnd())));
    }

    [Fact]
    public void Json_has_each_firmware_and_the_ratios()
    {
        CliResult result = Cli.Run([.. Blinks, "--json"]);
        Assert.Equal((0, ""), (result.Status, result.Error));
        string[] figures =
        [
            "stimuli", "reactions", "missed", "latencyMin", "latencyMedian", "latencyP99", "latencyMax", "latencyMedianPs", "latencyMaxPs", "jitter",
            "handlerCycles", "cpuLoad", "sleepCycles", "interrupts", "events", "cycles",
        ];
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(["firmwares", "ratios"], Keys(json));
        Assert.Equal(["blink-interrupt", "blink-event"], json.GetProperty("firmwares").EnumerateArray().Select(f => f.GetProperty("firmware").GetString()));
        foreach (JsonElement firmware in json.GetProperty("firmwares").EnumerateArray())
        {
            Assert.Equal(["firmware", "from", "to", "stop", .. figures, "latencies"], Keys(firmware));
            Assert.Equal("for", firmware.GetProperty("stop").GetString());
            Assert.Equal(firmware.GetProperty("reactions").GetInt32(), firmware.GetProperty("latencies").GetArrayLength());
        }

        Assert.Equal(figures, Keys(json.GetProperty("ratios")));
        Assert.Equal(result.Output, Cli.Run([.. Blinks, "--json"]).Output);
    }

    [Fact]
    public void Html_goes_to_a_file_and_the_table_to_the_terminal()
    {
        string path = Cli.TemporaryFile("", ".html");
        CliResult result = Cli.Run([.. Blinks, "--html", path]);
        string page = File.ReadAllText(path);
        File.Delete(path);
        Assert.Equal((0, ""), (result.Status, result.Error));
        Assert.Contains("missed reactions", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
        Assert.Contains("blink-interrupt", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stimulus_that_never_comes_is_said_on_stderr_for_each_firmware()
    {
        string a = Cli.Sample("blink-interrupt"), b = Cli.Sample("blink-event");
        CliResult result = Cli.Run("compare", a, b, "--from", "PORTD.PIN5=1", "--to", "PORTC.PIN0", "--for", "10ms");
        Assert.Equal(0, result.Status);
        Assert.Equal($"{a}: the stimulus PORTD.PIN5=1 never came\n{b}: the stimulus PORTD.PIN5=1 never came\n", result.Error);
        Assert.Matches("latency, max +– +– *\n", result.Output);
    }

    [Fact]
    public void A_page_that_cannot_be_written_is_one_line_on_stderr()
    {
        CliResult result = Cli.Run([.. Blinks, "--html", Path.Combine(Path.GetTempPath(), "no-such-directory", "page.html")]);
        Assert.Equal((125, ""), (result.Status, result.Output));
        Assert.Matches(new Regex("^xmega: [^\n]*no-such-directory[^\n]*\n$"), result.Error);
    }

    private static string[] Keys(JsonElement json) => [.. json.EnumerateObject().Select(p => p.Name)];
}
