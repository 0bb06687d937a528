using System.CommandLine;
using Spectre.Console;
using Xmega.Firmware;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;

namespace Xmega.Cli;

/// <summary>What is written of a run while it goes on: waveform and timeline.</summary>
internal sealed class RecordingOptions
{
    private readonly Option<string?> _vcd = new("--vcd") { Description = "waveform of the traced signals, for GTKWave and sigrok", HelpName = "FILE" };
    private readonly Option<string[]> _trace = new("--trace") { Description = "which signals: a pattern with * and ?, a register, VAR.name (repeatable; default: every wire and event)", HelpName = "GLOB" };
    private readonly Option<string?> _timeline = new("--timeline") { Description = "functions, interrupts, sleep and events over time, for ui.perfetto.dev", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _vcd, _trace, _timeline }) command.Add(option);
    }

    /// <summary>Begins to record what the options name.</summary>
    public Recording Begin(ATxmega128A1 chip, FirmwareImage image, ParseResult result)
    {
        var recording = new Recording();
        try
        {
#pragma warning disable CA2000 // the recording owns its parts
            recording.Add(Waveform.Create(chip, image, result.GetValue(_vcd), result.GetValue(_trace) ?? []));
            if (result.GetValue(_timeline) is { } timeline) recording.Add(new TimelineFile(timeline, chip, image));
#pragma warning restore CA2000
            return recording;
        }
        catch
        {
            recording.Dispose();
            throw;
        }
    }

    /// <summary>The recordings of one run.</summary>
    internal sealed class Recording : IDisposable
    {
        private readonly List<IDisposable> _parts = [];

        public IReadOnlyList<IExecutionObserver> Observers => [.. _parts.OfType<TimelineFile>().Select(t => t.Recorder)];

        public void Add(IDisposable? part)
        {
            if (part is not null) _parts.Add(part);
        }

        public void Dispose()
        {
            foreach (IDisposable part in _parts) part.Dispose();
        }
    }

    private sealed class TimelineFile : IDisposable
    {
        private readonly string _path;
        private readonly FileStream _file;

        public TimelineFile(string path, ATxmega128A1 chip, FirmwareImage image)
        {
            _path = path;
            _file = File.Create(path);
            Recorder = new TimelineRecorder(chip, image, _file);
        }

        public TimelineRecorder Recorder { get; }

        public void Dispose()
        {
            Recorder.Dispose();
            _file.Dispose();
            if (Recorder.IsTruncated) Terminal.Error.WriteLine($"{_path}: recording ended at its limit of {TimelineRecorder.DefaultLimit:N0} entries; record a shorter run");
        }
    }
}
