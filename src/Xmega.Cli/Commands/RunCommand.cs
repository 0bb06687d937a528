using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Workbench.Parts;
using Xmega.Workbench.Running;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega run FIRMWARE</c>: the main job.</summary>
internal static class RunCommand
{
    private static readonly string[] Engines = ["translator", "interpreter"];

    public static Command Create()
    {
        Argument<string> firmware = Arguments.Firmware();
        var ends = new EndOptions();
        var recordings = new RecordingOptions();
        var usart = new Option<string[]>("--usart") { Description = "what a USART is connected to: C0=- (stdout, the default), FILE, tcp:PORT (loopback, 0: any; tcp:PORT,wait waits for somebody), pty (repeatable)", HelpName = "NAME=WHERE" };
        var dump = new Option<string[]>("--dump") { Description = "data memory at the end: 0x2000:16 or a symbol (repeatable)", HelpName = "ADDR:LEN" };
        var eeprom = new Option<string?>("--eeprom") { Description = "keeps EEPROM from run to run: 2048 bytes, read before and written after", HelpName = "FILE" };
        var engine = new Option<string>("--engine") { Description = "what executes instructions: translator (the default) turns into host code what runs often, interpreter nothing; only the speed depends on it", DefaultValueFactory = _ => Engines[0] };
        engine.AcceptOnlyFromAmong(Engines);
        var with = new Option<string?>("--with") { Description = "a second chip B and its firmware, in the same time: B: before a pin or a value of --wire, --pin, --part, --usart, --usart-input, --stimulus, --trace is B's", HelpName = "FIRMWARE" };
        var realTime = new Option<bool>("--realtime") { Description = "no faster than the wall clock, for interactive use" };
        Option<bool> json = Arguments.Json();
        var command = new Command("run", "Runs a firmware until it ends, and says what it did.") { firmware };
        ends.AddTo(command);
        recordings.AddTo(command);
        foreach (Option option in new Option[] { usart, dump, eeprom, engine, realTime, with, json }) command.Add(option);
        var board = new BoardOptions();
        board.AddTo(command);
        command.SetAction(result =>
        {
            FirmwareImage image = Arguments.LoadFirmwareAndSayNotices(result.GetRequiredValue(firmware));
            var chip = new ATxmega128A1 { Engine = result.GetRequiredValue(engine) == Engines[0] ? CpuEngine.Translator : CpuEngine.Interpreter };
            EepromFile? kept = result.GetValue(eeprom) is { } path ? new EepromFile(path) : null;
            chip.Load(image, [.. board.Overlays(result), .. kept?.Overlays ?? []]);
            using var interrupt = new CancellationTokenSource();
            using PosixSignalRegistration interrupts = OnSignal(PosixSignal.SIGINT, interrupt), quits = OnSignal(PosixSignal.SIGQUIT, interrupt);
            string[] usarts = result.GetValue(usart) ?? [];
            if (result.GetValue(with) is null && usarts.FirstOrDefault(ChipNames.IsSecond) is { } stray) throw new UsageException($"--usart: '{stray}' is for a second chip, which --with FIRMWARE adds");
            (World World, ATxmega128A1 Chip, FirmwareImage Image)? added = result.GetValue(with) is { } file ? AddSecond(chip, file) : null;
            (Board pins, Board? others) = added is { } both ? board.Attach(both.World, chip, both.Chip, result) : (board.Attach(chip, result), null);
            using SecondChip? second = added is { } b ? new SecondChip(b.Chip, b.Image, others!, ChipNames.Of(usarts, second: true), interrupt.Token) : null;
            MemoryDump[] dumps = [.. (result.GetValue(dump) ?? []).Select(t => ParseDump(image, t))];
            bool asJson = result.IsSet(json);

            using var outputs = new UsartOutputs(chip, ChipNames.Of(usarts, second: false), pins.Inputs, toStandardOutput: !asJson, interrupt.Token);
            RunOptions options = ends.Read(chip, image, result) with { World = added?.World, RealTime = result.IsSet(realTime), UsartByte = outputs.Write, Cancellation = interrupt.Token };
            var watch = Stopwatch.StartNew();
            RunResult run;
            using (var progress = new ProgressLine(chip, outputs))
            using (var recording = recordings.Begin(chip, image, added is { } two ? (two.Chip, two.Image) : null, result))
            {
                if (added is not null && recording.Observers.Count > 0) throw new UsageException("--with: what is recorded step by step cannot be recorded with a second chip yet; waveforms can");
                run = new FirmwareRun(chip, image, options with { Observers = recording.Observers }).Run();
                recording.Finish(run);
            }

            TimeSpan host = watch.Elapsed;
            outputs.Finish();
            second?.Finish();
            foreach (AttachedPart part in pins.Parts) part.Save();
            kept?.Save(chip);
            if (outputs.ReaderGone) return 0;
            foreach (MemoryDump d in dumps) d.Take(chip.Data);

            var report = new RunReport(result.GetRequiredValue(firmware), image, run, host, chip.Engine == CpuEngine.Translator ? Engines[0] : Engines[1], dumps);
            if (asJson) report.WriteJson();
            else report.WriteSummary(chip.Timeline.Hertz);
            return run.ExitCode;
        });
        return command;
    }

    private static MemoryDump ParseDump(FirmwareImage image, string text)
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
        return new MemoryDump(address, length);
    }

    private static (World World, ATxmega128A1 Chip, FirmwareImage Image) AddSecond(ATxmega128A1 main, string firmware)
    {
        FirmwareImage image = Arguments.LoadFirmwareAndSayNotices(firmware);
        var chip = new ATxmega128A1();
        chip.Load(image);
        var world = new World(main);
        world.Add(chip);
        return (world, chip, image);
    }

    // Ctrl-C (or Ctrl-\) ends the run, which still says what it did.
    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource source) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        source.Cancel();
    });
}
