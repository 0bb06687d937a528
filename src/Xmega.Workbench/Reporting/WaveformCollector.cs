using Xmega.Signals;

namespace Xmega.Workbench.Reporting;

/// <summary>Collects what the wires, events and interrupts of a run did, for <see cref="ReportPage"/>.</summary>
internal sealed class WaveformCollector : ISignalProbe, IDisposable
{
    private const int MostLanes = 64;

    // In the order in which a reader meets them on the page.
    private static readonly string[] Watched = ["CPU.SLEEP", "PMIC.*", "EVSYS.CH?", "DMA.CH?.BUSY", "ADC?.CH?", "USART??.TX", "USART??.RX", "PORT?.PIN?"];

    private readonly ATxmega128A1 _chip;
    private readonly Dictionary<Signal, WaveformLane> _lanes = [];

    public WaveformCollector(ATxmega128A1 chip)
    {
        _chip = chip;
        foreach (Signal signal in Watched.SelectMany(chip.Signals.Match).Where(s => !s.Name.EndsWith(".REQUEST", StringComparison.Ordinal)))
        {
            LaneKind kind = signal.Kind != SignalKind.Event ? LaneKind.Level : signal.Name.StartsWith("USART", StringComparison.Ordinal) ? LaneKind.Byte : LaneKind.Event;
            if (_lanes.TryAdd(signal, new WaveformLane(signal.Name, kind, signal.Value, Now(chip.Cycle)))) signal.Watch(this);
        }
    }

    /// <summary>Gets the lanes of the signals that did anything; at most 64, and how many more there were.</summary>
    public (IReadOnlyList<WaveformLane> Lanes, int LeftOut) Lanes
    {
        get
        {
            WaveformLane[] busy = [.. _lanes.Values.Where(l => l.Count > 0)];
            return (busy.Length <= MostLanes ? busy : busy[..MostLanes], Math.Max(0, busy.Length - MostLanes));
        }
    }

    public void Dispose()
    {
        foreach (Signal signal in _lanes.Keys) signal.Unwatch(this);
    }

    void ISignalProbe.OnSignal(Signal signal, long cycle, long value) => _lanes[signal].Add(Now(cycle), value);

    private long Now(long cycle) => _chip.Timeline.PicosecondsAt(cycle);
}
