using System.CommandLine;
using System.Diagnostics;
using Xmega.Firmware;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega run FIRMWARE</c>: the main job.</summary>
internal static class RunCommand
{
    private static readonly string[] Engines = ["interpreter"];

    public static Command Create()
    {
        Argument<string> firmware = Arguments.Firmware();
        Option<EmulatedTime?> runFor = Arguments.Time("--for", "run this long, then stop: a success");
        Option<EmulatedTime?> timeout = Arguments.Time("--timeout", "give up after this long: a failure (default 60s, unless --for is given)");
        var until = new Option<string[]>("--until") { Description = "stop when a signal takes a value (repeatable): a success", HelpName = "SIGNAL[=VALUE]" };
        var expect = new Option<string[]>("--expect-text") { Description = "what the USART output must contain (repeatable)", HelpName = "TEXT" };
        var fail = new Option<string[]>("--fail-text") { Description = "what the USART output must not contain (repeatable)", HelpName = "TEXT" };
        var usart = new Option<string[]>("--usart") { Description = "where a USART's output goes: C0=- (stdout, the default) or C0=FILE (repeatable)", HelpName = "NAME=WHERE" };
        var input = new Option<string[]>("--usart-input") { Description = "bytes sent to a receiver: C0=TEXT or C0=@FILE (repeatable)", HelpName = "NAME=TEXT" };
        var pin = new Option<string[]>("--pin") { Description = "holds a pin: PORTD.PIN3=1, 0 or z (repeatable)", HelpName = "NAME=VALUE" };
        var wire = new Option<string[]>("--wire") { Description = "joins two pins: PORTC.PIN0=PORTD.PIN0 (repeatable)", HelpName = "A=B" };
        var stimulus = new Option<string?>("--stimulus") { Description = "inputs over time: lines of TIME PIN LEVEL", HelpName = "FILE" };
        var vcd = new Option<string?>("--vcd") { Description = "waveform of the traced signals, for GTKWave and sigrok", HelpName = "FILE" };
        var trace = new Option<string[]>("--trace") { Description = "which signals: a pattern with * and ? (repeatable; default: every wire and event)", HelpName = "GLOB" };
        var dump = new Option<string[]>("--dump") { Description = "data memory at the end: 0x2000:16 or a symbol (repeatable)", HelpName = "ADDR:LEN" };
        var strict = new Option<bool>("--strict") { Description = "a diagnostic ends the run: a failure" };
        var engine = new Option<string>("--engine") { Description = "what executes instructions: interpreter", DefaultValueFactory = _ => Engines[0] };
        engine.AcceptOnlyFromAmong(Engines);
        Option<bool> json = Arguments.Json();
        var command = new Command("run", "Runs a firmware until it ends, and says what it did.")
        {
            firmware, runFor, timeout, until, expect, fail, usart, input, pin, wire, stimulus, vcd, trace, dump, strict, engine, json,
        };
        command.SetAction(result =>
        {
            FirmwareImage image = Arguments.LoadFirmware(result.GetRequiredValue(firmware));
            var chip = new ATxmega128A1();
            chip.Load(image);
            foreach (string text in result.GetValue(pin) ?? []) HoldPin(chip, text);
            foreach (string text in result.GetValue(wire) ?? []) JoinPins(chip, text);
            (string Label, int Address, int Length)[] dumps = [.. (result.GetValue(dump) ?? []).Select(t => ParseDump(image, t))];
            SignalCondition[] conditions = [.. (result.GetValue(until) ?? []).Select(t => ParseCondition(chip, t))];
            if (result.GetValue(stimulus) is { } stimulusFile)
                _ = new StimulusPlayer(chip, StimulusFile.Parse(Arguments.ReadText("--stimulus", stimulusFile), stimulusFile, chip.FindPin), "--stimulus");
            bool asJson = result.GetValue(json);

            using var outputs = new UsartOutputs(chip, result.GetValue(usart) ?? [], toStandardOutput: !asJson);
            UsartInputs.Attach(chip, result.GetValue(input) ?? []);
            using var interrupt = new CancellationTokenSource();
            using IDisposable signals = OnInterrupt(interrupt);
            var options = new RunOptions
            {
                For = result.GetValue(runFor),
                Timeout = result.GetValue(timeout),
                Until = conditions,
                ExpectText = result.GetValue(expect) ?? [],
                FailText = result.GetValue(fail) ?? [],
                Strict = result.GetValue(strict),
                UsartByte = outputs.Write,
                Cancellation = interrupt.Token,
            };
            var watch = Stopwatch.StartNew();
            RunResult run;
            using (var progress = new ProgressLine(chip, outputs))
            using (var waveform = Waveform.Create(chip, result.GetValue(vcd), result.GetValue(trace) ?? []))
                run = new FirmwareRun(chip, image, options).Run();
            TimeSpan host = watch.Elapsed;
            outputs.Finish();
            if (outputs.ReaderGone) return 0;

            byte[][] memory = [.. dumps.Select(d => Enumerable.Range(d.Address, d.Length).Select(chip.Data.Peek).ToArray())];
            var report = new RunReport(result.GetRequiredValue(firmware), image, run, host, result.GetRequiredValue(engine), [.. dumps.Zip(memory, (d, m) => (d.Address, m))]);
            if (asJson) report.WriteJson();
            else report.WriteSummary(chip.Timeline.Hertz);
            return run.ExitCode;
        });
        return command;
    }

    private static void HoldPin(ATxmega128A1 chip, string text)
    {
        (string name, string value) = Arguments.Pair("--pin", text, "NAME=VALUE, as in PORTD.PIN3=1");
        Pin pin = Arguments.Pin(chip, "--pin", name);
        pin.AddDriver("--pin").Drive = value switch
        {
            "0" => PinDrive.Strong(false),
            "1" => PinDrive.Strong(true),
            "z" or "Z" => PinDrive.None,
            _ => throw new UsageException($"--pin: '{value}' is not a level of {pin.Name}: write 0, 1 or z"),
        };
    }

    private static void JoinPins(ATxmega128A1 chip, string text)
    {
        (string a, string b) = Arguments.Pair("--wire", text, "A=B, as in PORTC.PIN0=PORTD.PIN0");
        Arguments.Pin(chip, "--wire", a).Join(Arguments.Pin(chip, "--wire", b));
    }

    private static SignalCondition ParseCondition(ATxmega128A1 chip, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        Signal signal = Arguments.Signal(chip, "--until", equals < 0 ? text : text[..equals]);
        if (equals < 0) return new SignalCondition(signal, null);
        string value = text[(equals + 1)..];
        if (value is "z" or "Z" && signal.Kind == SignalKind.Bit) return new SignalCondition(signal, (long)LogicLevel.Floating);
        return new SignalCondition(signal, Arguments.Number($"--until {signal.Name}", value));
    }

    private static (string Label, int Address, int Length) ParseDump(FirmwareImage image, string text)
    {
        int colon = text.LastIndexOf(':');
        string where = colon < 0 ? text : text[..colon];
        FirmwareSymbol? symbol = image.FindSymbol(where);
        bool isData = symbol is { Space: SymbolSpace.Data };
        if (!isData && !Arguments.TryNumber(where, out _))
            throw new UsageException($"--dump: '{where}' is neither an address nor a variable of this firmware: write 0x2000:16, or name a variable of an .elf");
        int address = isData ? (int)symbol!.Address : Arguments.Number("--dump", where);
        int length = colon >= 0 ? Arguments.Number("--dump", text[(colon + 1)..]) : Math.Max(1, (int)(symbol?.Size ?? 1));
        if (length is < 1 or > 0x10000 || address + length > Memory.DataSpace.Size)
            throw new UsageException($"--dump: '{text}' does not lie in data memory: 1 to 65536 bytes below 0x{Memory.DataSpace.Size:X}");
        return (where, address, length);
    }

    private static ConsoleInterrupt OnInterrupt(CancellationTokenSource source) => new(source);

    // Ctrl-C ends the run, which still says what it did.
    private sealed class ConsoleInterrupt : IDisposable
    {
        private readonly ConsoleCancelEventHandler _handler;

        public ConsoleInterrupt(CancellationTokenSource source)
        {
            _handler = (_, e) =>
            {
                e.Cancel = true;
                source.Cancel();
            };
            Console.CancelKeyPress += _handler;
        }

        public void Dispose() => Console.CancelKeyPress -= _handler;
    }
}
