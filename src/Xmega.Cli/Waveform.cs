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

    private Waveform(string path, ATxmega128A1 chip, IEnumerable<Signal> signals)
    {
        _path = path;
        _file = File.Create(path);
        _recorder = new VcdRecorder(chip, signals, _file);
    }

    /// <summary>Begins to record if a file is named.</summary>
    public static Waveform? Create(ATxmega128A1 chip, FirmwareImage image, string? path, IReadOnlyList<string> globs)
    {
        if (path is null) return globs.Count == 0 ? null : throw new UsageException("--trace: names signals for a waveform, but --vcd names no file");
        var signals = new List<Signal>();
        foreach (string glob in globs)
        {
            Signal[] matched = [.. SignalNames.Match(chip, image, glob)];
            if (matched.Length == 0) throw new UsageException($"--trace: no signal matches '{glob}'; see 'xmega signals'");
            signals.AddRange(matched);
        }

        return new Waveform(path, chip, globs.Count > 0 ? signals.Distinct() : chip.Signals.All.Where(s => s.Kind is SignalKind.Bit or SignalKind.Event));
    }

    public void Dispose()
    {
        _recorder.Dispose();
        _file.Dispose();
        if (_recorder.IsTruncated) Terminal.Remark($"{_path}: recording ended at its limit of {VcdRecorder.DefaultLimit / (1024 * 1024)} MiB; trace fewer signals or a shorter run");
    }
}
