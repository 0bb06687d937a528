using System.CommandLine;
using System.Text;
using Xmega.Firmware;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Reporting;
using Xmega.Workbench.Running;

namespace Xmega.Cli;

/// <summary>What is written of a run: waveform and timeline while it goes on, a report at its end.</summary>
internal sealed class RecordingOptions
{
    private readonly Option<string?> _vcd = new("--vcd") { Description = "waveform of the traced signals, for GTKWave and sigrok", HelpName = "FILE" };
    private readonly Option<string[]> _trace = new("--trace") { Description = "which signals: a pattern with * and ?, a register, VAR.name; B: before it: of the second chip (repeatable; default: every wire and event)", HelpName = "GLOB" };
    private readonly Option<string?> _timeline = new("--timeline") { Description = "functions, interrupts, sleep and events over time, for ui.perfetto.dev", HelpName = "FILE" };

    private readonly Option<string?> _report = new("--report") { Description = "the run as one HTML page: event routing, waveforms, interrupts, CPU time", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _vcd, _trace, _timeline, _report }) command.Add(option);
    }

    /// <summary>Begins to record what the options name.</summary>
    public Recording Begin(ATxmega128A1 chip, FirmwareImage image, (ATxmega128A1 Chip, FirmwareImage Image)? second, ParseResult result)
    {
        var recording = new Recording();
        try
        {
#pragma warning disable CA2000 // the recording owns its parts
            recording.Add(Waveform.Create((chip, image), second, result.GetValue(_vcd), result.GetValue(_trace) ?? []));
            if (result.GetValue(_timeline) is { } timeline)
            {
                var file = new TimelineFile(timeline, chip, image);
                recording.Add(file, file.Recorder);
            }

            if (result.GetValue(_report) is { } report)
            {
                var file = new ReportFile(report, chip, image);
                recording.Add(file, file.Recorder);
            }
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

        private readonly List<IExecutionObserver> _observers = [];

        public IReadOnlyList<IExecutionObserver> Observers => _observers;

        public void Add(IDisposable? part, IExecutionObserver? observer = null)
        {
            if (part is not null) _parts.Add(part);
            if (observer is not null) _observers.Add(observer);
        }

        /// <summary>Writes what is written when the run is over.</summary>
        public void Finish(RunResult run)
        {
            foreach (IDisposable part in _parts)
                if (part is ReportFile report) report.Write(run);
        }

        public void Dispose()
        {
            foreach (IDisposable part in _parts) part.Dispose();
        }
    }

    private sealed class ReportFile(string path, ATxmega128A1 chip, FirmwareImage image) : IDisposable
    {
        private readonly FileStream _file = Arguments.CreateFile("--report", path);

        public ReportRecorder Recorder { get; } = new(chip, image);

        public void Write(RunResult run) => _file.Write(Encoding.UTF8.GetBytes(ReportPage.Write(Recorder.Finish(run))));

        public void Dispose()
        {
            Recorder.Dispose();
            _file.Dispose();
        }
    }

    private sealed class TimelineFile : IDisposable
    {
        private readonly string _path;
        private readonly FileStream _file;

        public TimelineFile(string path, ATxmega128A1 chip, FirmwareImage image)
        {
            _path = path;
            _file = Arguments.CreateFile("--timeline", path);
            Recorder = new TimelineRecorder(chip, image, _file);
        }

        public TimelineRecorder Recorder { get; }

        public void Dispose()
        {
            Recorder.Dispose();
            _file.Dispose();
            if (Recorder.IsTruncated) Terminal.Remark($"{_path}: recording ended at its limit of {TimelineRecorder.DefaultLimit:N0} entries; record a shorter run");
        }
    }
}
