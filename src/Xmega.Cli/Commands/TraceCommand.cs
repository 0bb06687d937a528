using System.CommandLine;
using System.Globalization;
using Xmega.Firmware;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tracing;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega trace FIRMWARE</c>: what the CPU does, instruction by instruction.</summary>
internal static class TraceCommand
{
    public static Command Create()
    {
        Argument<string> firmware = Arguments.Firmware();
        var ends = new EndOptions();
        var board = new BoardOptions();
        var function = new Option<string[]>("--function") { Description = "only instructions of a function (repeatable)", HelpName = "NAME" };
        var address = new Option<string?>("--address") { Description = "only instructions in a range of flash: 0x200-0x27E", HelpName = "FIRST-LAST" };
        Option<EmulatedTime?> from = Arguments.Time("--from", "begin this long after the start");
        Option<EmulatedTime?> to = Arguments.Time("--to", "end this long after the start; the run ends there");
        var lines = new Option<long>("--lines") { Description = "lines to write at most; the run ends there", DefaultValueFactory = _ => 100_000, HelpName = "N" };
        var command = new Command("trace", "Runs a firmware and prints a line for each instruction: cycle, address, function, instruction, cycles, and what it changed.") { firmware };
        foreach (Option option in new Option[] { function, address, from, to, lines }) command.Add(option);
        ends.AddTo(command);
        board.AddTo(command);
        command.SetAction(result =>
        {
            FirmwareImage image = Arguments.LoadFirmwareAndSayNotices(result.GetRequiredValue(firmware));
            string[] functions = result.GetValue(function) ?? [];
            foreach (string name in functions)
                if (image.FindSymbol(name) is not { Space: SymbolSpace.Code }) throw new UsageException($"--function: the firmware has no function '{name}'{(image.Symbols.Count == 0 ? ": it has no symbols, give the .elf" : "; see 'xmega info'")}");
            var chip = new ATxmega128A1();
            chip.Load(image);
            board.Attach(chip, result);
            (int first, int last) = Range(result.GetValue(address));
            var filter = new TraceFilter { Functions = functions.ToHashSet(StringComparer.Ordinal), FirstAddress = first, LastAddress = last, Lines = result.GetValue(lines) };
            using var output = new StreamWriter(Console.OpenStandardOutput(), new System.Text.UTF8Encoding(false), 1 << 16);
            var tracer = new InstructionTracer(chip, image, filter, output) { From = result.GetValue(from), To = result.GetValue(to) };
            RunResult run = new FirmwareRun(chip, image, ends.Read(chip, image, result) with { Observers = [tracer] }).Run();
            if (tracer.IsTruncated) Terminal.Remark(string.Create(CultureInfo.InvariantCulture, $"the trace ended at its limit of {filter.Lines} lines; --lines sets another"));
            return tracer.IsDone ? 0 : run.ExitCode;
        });
        return command;
    }

    private static (int First, int Last) Range(string? text)
    {
        if (text is null) return (0, int.MaxValue);
        string[] ends = text.Split('-');
        if (ends.Length != 2 || !Arguments.TryNumber(ends[0], out int first) || !Arguments.TryNumber(ends[1], out int last) || last < first)
            throw new UsageException($"--address: '{text}' is not a range of flash: write 0x200-0x27E, byte addresses, the last one included");
        return (first, last);
    }
}
