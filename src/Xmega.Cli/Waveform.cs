using Xmega.Firmware;
using Xmega.Signals;
using Xmega.Workbench.Recording;

namespace Xmega.Cli;

/// <summary>The waveform file of <c>--vcd</c> and <c>--trace</c>.</summary>
internal sealed class Waveform : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly VcdRecorder _recorder;

    private Waveform(string path, IReadOnlyList<RecordedChip> chips)
    {
        _path = path;
        _file = Arguments.CreateFile("--vcd", path);
        _recorder = new VcdRecorder(chips, _file);
    }

    /// <summary>Begins to record if a file is named.</summary>
    /// <param name="main">The chip and its firmware.</param>
    /// <param name="second">The second chip and its firmware; null without.</param>
    /// <param name="path">The file; null for none.</param>
    /// <param name="globs">What to record; B: before a pattern names signals of the second chip.</param>
    public static Waveform? Create((ATxmega128A1 Chip, FirmwareImage Image) main, (ATxmega128A1 Chip, FirmwareImage Image)? second, string? path, string[] globs)
    {
        if (path is null) return globs.Length == 0 ? null : throw new UsageException("--trace: names signals for a waveform, but --vcd names no file");
        if (second is null && globs.FirstOrDefault(ChipNames.IsSecond) is { } stray) throw new UsageException($"--trace: '{stray}' is for a second chip, which --with FIRMWARE adds");
        var chips = new List<RecordedChip> { new(main.Chip, Signals(main, [.. ChipNames.Of(globs, second: false)], globs.Length == 0), null) };
        if (second is { } other)
        {
            Signal[] signals = [.. Signals(other, [.. ChipNames.Of(globs, second: true)], globs.Length == 0)];
            if (signals.FirstOrDefault(s => s.IsSampled) is { } sampled) throw new UsageException($"--trace: {sampled.Name} of the second chip is a register or variable, which only a run of one chip records; its pins, events and modules' signals can be recorded");
            chips.Add(new RecordedChip(other.Chip, signals, "B"));
        }

        return new Waveform(path, chips);
    }

    private static IEnumerable<Signal> Signals((ATxmega128A1 Chip, FirmwareImage Image) of, string[] globs, bool all)
    {
        if (all) return of.Chip.Signals.All.Where(s => s.Kind is SignalKind.Bit or SignalKind.Event);
        var signals = new List<Signal>();
        foreach (string glob in globs)
        {
            IReadOnlyList<Signal> matched = SignalNames.Match(of.Chip, of.Image, glob);
            if (matched.Count == 0) throw new UsageException($"--trace: no signal matches '{glob}'; see 'xmega signals'");
            signals.AddRange(matched);
        }

        return signals.Distinct();
    }

    public void Dispose()
    {
        _recorder.Dispose();
        _file.Dispose();
        if (_recorder.IsTruncated) Terminal.Remark($"{_path}: recording ended at its limit of {VcdRecorder.DefaultLimit / (1024 * 1024)} MiB; trace fewer signals or a shorter run");
    }
}
