using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Xmega.Cli.Tests;

/// <summary>The main job, as a user types it.</summary>
public partial class RunTests
{
    private const string Greeting = "Hello from an ATxmega128A1\n";

    [Fact]
    public void Run_prints_the_firmwares_text_and_a_summary()
    {
        CliResult result = Cli.Run("run", Cli.Sample("hello-usart"));
        Assert.Equal(0, result.Status);
        Assert.StartsWith(Greeting, result.Output, StringComparison.Ordinal);
        Assert.Contains("device id  1E 97 4C\n", result.Output, StringComparison.Ordinal);
        Assert.Matches("exit, status 0 after [0-9,]+ cycles \\([0-9.]+ ms at 2 MHz\\)", result.Output);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public void Json_holds_the_same_with_keys_in_a_fixed_order_and_two_runs_are_equal()
    {
        CliResult first = Cli.Run("run", Cli.Sample("hello-usart"), "--json", "--dump", "0x2000:2");
        CliResult second = Cli.Run("run", Cli.Sample("hello-usart"), "--json", "--dump", "0x2000:2");
        Assert.Equal(WithoutHostTime(first.Output), WithoutHostTime(second.Output));
        JsonElement json = JsonDocument.Parse(first.Output).RootElement;
        Assert.Equal(
            ["firmware", "stop", "exitCode", "cycles", "instructions", "seconds", "hostSeconds", "mips", "engine", "pc", "symbol", "sleepCycles", "stackLowest", "interrupts", "events", "usart", "dumps", "diagnostics", "resets", "sleepSeconds"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.StartsWith(Greeting, json.GetProperty("usart").GetProperty("USARTC0").GetString(), StringComparison.Ordinal);
        Assert.Equal(4, json.GetProperty("dumps").GetProperty("0x2000").GetString()!.Length);
        Assert.Equal("exit", json.GetProperty("stop").GetString());
        Assert.Equal(0, json.GetProperty("diagnostics").GetArrayLength());
    }

    [Fact]
    public void Stop_reasons_and_statuses_are_as_documented()
    {
        string hello = Cli.Sample("hello-usart");
        Assert.Equal((0, "for"), Stop("run", hello, "--for", "1ms"));
        Assert.Equal((124, "timeout"), Stop("run", hello, "--timeout", "1500cycles"));
        Assert.Equal((0, "text"), Stop("run", hello, "--expect-text", "ATxmega"));
        Assert.Equal((1, "exit"), Stop("run", hello, "--expect-text", "never said"));
        Assert.Equal((1, "fail-text"), Stop("run", hello, "--fail-text", "device"));
        Assert.Equal((0, "until"), Stop("run", hello, "--until", "PORTC.PIN3=0"));
        Assert.Equal((124, "timeout"), Stop("run", hello, "--timeout", "1ms", "--expect-text", "never said"));
    }

    [Theory]
    [InlineData("--crystal", "16MHz", "crystal                            16000000 Hz\n")]
    [InlineData("--crystal", "14745.6kHz", "crystal                            14745600 Hz\n")]
    [InlineData("--osc", "rc2m=-0.4%,RC32M=+5000ppm", "32 MHz oscillator                  32160000 Hz\n")]
    public void Crystals_are_fitted_and_oscillators_made_wrong_as_asked_for(string option, string value, string prints)
    {
        CliResult result = Cli.Run("run", Cli.Sample("clock-tour"), option, value);
        Assert.Equal(0, result.Status);
        Assert.Contains(prints, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_for_a_character_sends_none_twice()
    {
        CliResult result = Cli.Run("run", Cli.Sample("hello-usart"), "--until", "USARTC0.TX=0x6F", "--until", "PORTD.PIN0=1", "--json");
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal("until", json.GetProperty("stop").GetString());
        Assert.Equal("Hello", json.GetProperty("usart").GetProperty("USARTC0").GetString());
    }

    [Fact]
    public void A_run_for_some_cycles_takes_exactly_those()
    {
        CliResult result = Cli.Run("run", Cli.Sample("blink-interrupt"), "--for", "123456cycles", "--json");
        Assert.Equal(123456, JsonDocument.Parse(result.Output).RootElement.GetProperty("cycles").GetInt64());
    }

    [Fact]
    public void Usart_output_goes_where_it_is_told()
    {
        string path = Cli.TemporaryFile("");
        CliResult result = Cli.Run("run", Cli.Sample("hello-usart"), "--usart", $"C0={path}");
        string text = File.ReadAllText(path);
        File.Delete(path);
        Assert.StartsWith(Greeting, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Hello", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_waveforms_of_the_same_run_are_the_same_bytes()
    {
        string a = Cli.TemporaryFile("", ".vcd"), b = Cli.TemporaryFile("", ".vcd");
        Assert.Equal(0, Cli.Run("run", Cli.Sample("hello-usart"), "--vcd", a, "--trace", "PORTC.*").Status);
        Assert.Equal(0, Cli.Run("run", Cli.Sample("hello-usart"), "--vcd", b, "--trace", "PORTC.*").Status);
        string first = File.ReadAllText(a), second = File.ReadAllText(b);
        File.Delete(a);
        File.Delete(b);
        Assert.Equal(first, second);
        Assert.Contains("$scope module PORTC $end", first, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_chips_talk_and_one_waveform_has_both()
    {
        string firmware = Cli.Sample("two-chips"), waveform = Cli.TemporaryFile("", ".vcd"), text = Cli.TemporaryFile("");
        CliResult result = Cli.Run(
            "run", firmware, "--with", firmware, "--wire", "PORTC.PIN0=B:PORTC.PIN0", "--wire", "PORTC.PIN1=B:PORTC.PIN1", "--pin", "PORTD.PIN0=0", "--pin", "B:PORTD.PIN0=1",
            "--usart", $"B:C0={text}", "--vcd", waveform, "--trace", "PORTC.PIN0", "--trace", "EVSYS.*", "--trace", "B:PORTC.PIN0");
        string[] vcd = File.ReadAllLines(waveform);
        string second = File.ReadAllText(text);
        File.Delete(waveform);
        File.Delete(text);
        Assert.Equal((0, ""), (result.Status, result.Error));
        Assert.StartsWith("chip 1: 8 messages sent, 8 received", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("chip 2: 8 messages sent, 8 received", second, StringComparison.Ordinal);

        Assert.Equal(["PORTC", "EVSYS", "B", "PORTC"], vcd.Where(l => l.StartsWith("$scope", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]));
        string[] pins = [.. vcd.Where(l => l.EndsWith(" PIN0 $end", StringComparison.Ordinal)).Select(l => l.Split(' ')[3])];
        long[] times = [.. vcd.Where(l => l.StartsWith('#')).Select(l => long.Parse(l[1..], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(times.Distinct().Order(), times);

        // The two ends of one wire.
        string[][] levels = [.. pins.Select(p => vcd.Where(l => l.Length == 1 + p.Length && l[0] is '0' or '1' or 'z' && l[1..] == p).Select(l => l[..1]).ToArray())];
        Assert.True(levels[0].Length > 100);
        Assert.Equal(levels[0], levels[1]);
    }

    private static (int Status, string Stop) Stop(params string[] arguments)
    {
        CliResult result = Cli.Run([.. arguments, "--json"]);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(result.Status, json.GetProperty("exitCode").GetInt32());
        return (result.Status, json.GetProperty("stop").GetString()!);
    }

    private static string WithoutHostTime(string json) => HostTime().Replace(json, "");

    [GeneratedRegex("\"(hostSeconds|mips)\":[0-9.eE+-]+,")]
    private static partial Regex HostTime();
}
