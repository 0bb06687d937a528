using Xmega.Firmware;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Reporting;

/// <summary>Everything that a report says about a run.</summary>
/// <param name="Name">The firmware's name.</param>
/// <param name="Image">The firmware, for its symbols.</param>
/// <param name="Run">What the run came to.</param>
/// <param name="Profile">Where the cycles went.</param>
/// <param name="Channels">The event channels, with every route of the run.</param>
/// <param name="Lanes">What signals did.</param>
/// <param name="LanesLeftOut">How many more signals did anything.</param>
/// <param name="PinsSettled">How many pins were given a level and kept it.</param>
/// <param name="Start">The beginning of the run in picoseconds since power-on.</param>
/// <param name="Hertz">The frequency of clk_PER at the end.</param>
public sealed record FirmwareReport(string Name, FirmwareImage Image, RunResult Run, Profile Profile, IReadOnlyList<RoutedChannel> Channels, IReadOnlyList<WaveformLane> Lanes, int LanesLeftOut, int PinsSettled, long Start, double Hertz);

/// <summary>Observes a run for a report.</summary>
public sealed class ReportRecorder : IExecutionObserver, IDisposable
{
    private readonly ATxmega128A1 _chip;
    private readonly FirmwareImage _image;
    private readonly Profiler _profiler;
    private readonly RoutingHistory _routing;
    private readonly WaveformCollector _waveforms;
    private readonly long _start;

    /// <summary>Initializes a new instance of the <see cref="ReportRecorder"/> class, which observes from the chip's present cycle on.</summary>
    /// <param name="chip">The chip, with the firmware loaded.</param>
    /// <param name="image">The firmware.</param>
    public ReportRecorder(ATxmega128A1 chip, FirmwareImage image)
    {
        ArgumentNullException.ThrowIfNull(chip);
        _chip = chip;
        _image = image;
        _profiler = new Profiler(chip, image);
        _routing = new RoutingHistory(chip);
        _waveforms = new WaveformCollector(chip);
        _start = chip.Timeline.PicosecondsAt(chip.Cycle);
    }

    /// <inheritdoc/>
    public bool LooksAtChip => false;

    /// <inheritdoc/>
    public void OnStep(in ExecutionStep step)
    {
        _profiler.OnStep(step);
        _routing.OnStep(step);
    }

    /// <summary>Ends the observation.</summary>
    /// <param name="run">What the run came to.</param>
    /// <returns>The report.</returns>
    public FirmwareReport Finish(RunResult run)
    {
        (IReadOnlyList<WaveformLane> lanes, int leftOut, int settled) = _waveforms.Lanes;
        return new FirmwareReport(Path.GetFileName(_image.FileName), _image, run, _profiler.Finish(), _routing.Channels(), lanes, leftOut, settled, _start, _chip.Timeline.Hertz);
    }

    /// <summary>Stops watching.</summary>
    public void Dispose() => _waveforms.Dispose();
}
