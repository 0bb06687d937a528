using System.Globalization;
using System.Text.Json;
using Xmega.Firmware;
using Xmega.SystemControl;
using Xmega.Workbench.Reporting;
using Xmega.Workbench.Running;

namespace Xmega.Cli;

/// <summary>Says what a run came to: to people, or as JSON.</summary>
internal sealed class RunReport(string firmware, FirmwareImage image, RunResult run, TimeSpan host, string engine, IReadOnlyList<MemoryDump> dumps)
{
    private const int DiagnosticsShown = 20;
    private const int ResetsShown = 5;
    private const int BytesInRow = 16;

    private double Mips => host > TimeSpan.Zero ? run.Instructions / host.TotalSeconds / 1e6 : 0;

    /// <summary>The one object of <c>--json</c>; equal between two runs but for hostSeconds and mips.</summary>
    public void WriteJson()
    {
        using var output = new JsonOutput();
        Utf8JsonWriter json = output.Writer;
        json.WriteStartObject();
        json.WriteString("firmware", firmware);
        json.WriteString("stop", run.Stop.Name());
        json.WriteNumber("exitCode", run.ExitCode);
        json.WriteNumber("cycles", run.Cycles);
        json.WriteNumber("instructions", run.Instructions);
        json.WriteNumber("seconds", run.Picoseconds / 1_000_000_000_000m);
        json.WriteNumber("hostSeconds", Math.Round(host.TotalSeconds, 6));
        json.WriteNumber("mips", Math.Round(Mips, 1));
        json.WriteString("engine", engine);
        json.WriteString("pc", Hex(run.ProgramCounter, 5));
        json.WriteString("symbol", run.Symbol?.ToString());
        json.WriteNumber("sleepCycles", run.SleepCycles);
        json.WriteString("stackLowest", Hex(run.StackLowest, 4));
        WriteCounts(json, "interrupts", run.Interrupts);
        WriteCounts(json, "events", run.Events);
        json.WriteStartObject("usart");
        foreach ((string name, byte[] bytes) in run.Usart) json.WriteString(name, UsartText.Decode(bytes));
        json.WriteEndObject();
        json.WriteStartObject("dumps");
        foreach (MemoryDump dump in dumps) json.WriteString(Hex(dump.Address, 4), Convert.ToHexString(dump.Bytes));
        json.WriteEndObject();
        json.WriteStartArray("diagnostics");
        foreach (Diagnostic diagnostic in run.Diagnostics)
        {
            json.WriteStartObject();
            json.WriteNumber("cycle", diagnostic.Cycle);
            json.WriteString("pc", Hex(diagnostic.ProgramCounter, 5));
            json.WriteString("symbol", image.FunctionAt((uint)diagnostic.ProgramCounter)?.ToString());
            json.WriteString("kind", diagnostic.Kind.ToString());
            json.WriteString("message", diagnostic.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("resets");
        foreach (ResetRecord reset in run.Resets)
        {
            json.WriteStartObject();
            json.WriteNumber("cycle", reset.Cycle);
            json.WriteNumber("seconds", reset.Picoseconds / 1_000_000_000_000m);
            json.WriteString("pc", Hex(reset.ProgramCounter, 5));
            json.WriteString("symbol", image.FunctionAt((uint)reset.ProgramCounter)?.ToString());
            json.WriteString("source", reset.Source.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("sleepSeconds", run.SleepPicoseconds / 1_000_000_000_000m);
        json.WriteEndObject();
    }

    /// <summary>A few lines for people.</summary>
    /// <param name="hertz">The frequency of clk_PER at the end.</param>
    public void WriteSummary(double hertz)
    {
        string verdict = run.ExitCode == 0 ? "green" : "red";
        string status = run.Stop == StopReason.Exit || run.ExitCode != 0 ? $", status {run.ExitCode}" : "";
        string asleep = run.SleepPicoseconds > 0 ? Invariant($", {100.0 * run.SleepPicoseconds / run.Picoseconds:0.0} % asleep") : "";
        Terminal.WriteLine($" after {run.Cycles.ToString("N0", CultureInfo.InvariantCulture)} cycles ({EmulatedTime.Format(run.Picoseconds)} at {Frequency(hertz)}){asleep}, {run.Instructions.ToString("N0", CultureInfo.InvariantCulture)} instructions", run.Stop.Name() + status, verdict);
        Terminal.WriteLine($"pc {Hex(run.ProgramCounter, 5)}{(run.Symbol is { } symbol ? " " + symbol : "")}, stack down to {Hex(run.StackLowest, 4)}");
        if (run.Interrupts.Count > 0) Terminal.WriteLine($"interrupts: {Counts(run.Interrupts)}");
        if (run.Events.Count > 0) Terminal.WriteLine($"events: {Counts(run.Events)}");
        WriteResets();
        foreach (string text in run.MissingText) Terminal.WriteLine(" " + text, "expected text did not come:", "red");
        foreach (MemoryDump dump in dumps)
        {
            for (int i = 0; i < dump.Bytes.Length; i += BytesInRow)
                Terminal.WriteLine($"{Hex(dump.Address + i, 4)}: {Convert.ToHexString(dump.Bytes.AsSpan(i, Math.Min(BytesInRow, dump.Bytes.Length - i)))}");
        }

        int hidden = run.Diagnostics.Count - DiagnosticsShown;
        foreach (Diagnostic diagnostic in run.Diagnostics.Take(DiagnosticsShown)) Write(diagnostic);
        if (hidden > 0) Terminal.Remark($"and {hidden} more diagnostic{(hidden == 1 ? "" : "s")}; --json has them all");
        if (hidden > 0 && run.Stop == StopReason.Fault) Write(run.Diagnostics[^1]);
    }

    private void WriteResets()
    {
        foreach (ResetRecord reset in run.Resets.Take(ResetsShown))
        {
            string where = image.FunctionAt((uint)reset.ProgramCounter) is { } function ? $" {function}" : "";
            Terminal.WriteLine($"reset: {reset.Source} in cycle {reset.Cycle.ToString("N0", CultureInfo.InvariantCulture)} ({EmulatedTime.Format(reset.Picoseconds)}) at pc {Hex(reset.ProgramCounter, 5)}{where}");
        }

        int hidden = run.Resets.Count - ResetsShown;
        if (hidden > 0) Terminal.WriteLine($"and {hidden} more reset{(hidden == 1 ? "" : "s")}");
    }

    private void Write(Diagnostic diagnostic) => Write(diagnostic, image, "");

    /// <summary>One line about what a firmware did wrong.</summary>
    /// <param name="diagnostic">What it did.</param>
    /// <param name="image">The firmware.</param>
    /// <param name="chip">Which chip, if there are several.</param>
    public static void Write(Diagnostic diagnostic, FirmwareImage image, string chip)
    {
        string where = image.FunctionAt((uint)diagnostic.ProgramCounter) is { } function ? $" {function}" : "";
        Terminal.Remark($" cycle {diagnostic.Cycle} pc {Hex(diagnostic.ProgramCounter, 5)}{where}: {diagnostic.Message}", chip + "diagnostic", "yellow");
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach ((string key, long count) in counts) json.WriteNumber(key, count);
        json.WriteEndObject();
    }

    private static string Counts(IReadOnlyDictionary<string, long> counts)
    {
        var texts = new List<string>();
        foreach ((string key, long count) in counts) texts.Add(Invariant($"{key} {count:N0}"));
        return string.Join(", ", texts);
    }

    private static string Frequency(double hertz) =>
        hertz >= 1e6 ? (hertz / 1e6).ToString("0.######", CultureInfo.InvariantCulture) + " MHz" : (hertz / 1e3).ToString("0.######", CultureInfo.InvariantCulture) + " kHz";

    private static string Hex(int value, int digits) => "0x" + value.ToString("X" + digits, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
