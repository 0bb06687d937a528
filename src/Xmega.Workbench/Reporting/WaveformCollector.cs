using Xmega.Signals;
using Xmega.Time;

namespace Xmega.Workbench.Reporting;

/// <summary>Collects what the wires, events and interrupts of a run did, for <see cref="ReportPage"/>.</summary>
internal sealed class WaveformCollector : IDisposable
{
    private const int MostLanes = 64;
    private const int Floating = 2;

    // In the order in which a reader meets them on the page.
    private static readonly string[] Watched = ["CPU.SLEEP", "PMIC.*", "EVSYS.CH?", "DMA.CH?.BUSY", "ADC?.CH?", "USART??.TX", "USART??.RX", "PORT?.PIN?"];

    private readonly List<Probe> _probes = [];

    public WaveformCollector(ATxmega128A1 chip)
    {
        foreach (Signal signal in Watched.SelectMany(chip.Signals.Match).Where(s => !s.Name.EndsWith(".REQUEST", StringComparison.Ordinal)).Distinct())
        {
            LaneKind kind = signal.Kind != SignalKind.Event ? LaneKind.Level : signal.Name.StartsWith("USART", StringComparison.Ordinal) ? LaneKind.Byte : LaneKind.Event;
            var probe = new Probe(chip.Timeline, signal, new WaveformLane(signal.Name, kind, signal.Value, chip.Timeline.PicosecondsAt(chip.Cycle)));
            _probes.Add(probe);
            signal.Watch(probe);
        }
    }

    /// <summary>
    /// Gets the lanes of the signals that did anything; at most 64, and how many more there were. A pin that was given a level
    /// and kept it did nothing that a drawing shows: firmware sets up whole ports of them.
    /// </summary>
    public (IReadOnlyList<WaveformLane> Lanes, int LeftOut, int Settled) Lanes
    {
        get
        {
            WaveformLane[] changed = [.. _probes.Select(p => p.Lane).Where(l => l.Count > 0)];
            WaveformLane[] busy = [.. changed.Where(l => !IsSettled(l))];
            return (busy.Length <= MostLanes ? busy : busy[..MostLanes], Math.Max(0, busy.Length - MostLanes), changed.Length - busy.Length);
        }
    }

    private static bool IsSettled(WaveformLane lane) => lane is { Kind: LaneKind.Level, Initial: Floating, Count: 1 };

    public void Dispose()
    {
        foreach (Probe probe in _probes) probe.Signal.Unwatch(probe);
    }

    // One for each signal: nobody has to be looked up while the chip runs.
    private sealed class Probe(Timeline timeline, Signal signal, WaveformLane lane) : ISignalProbe
    {
        public Signal Signal => signal;

        public WaveformLane Lane => lane;

        void ISignalProbe.OnSignal(Signal changed, long cycle, long value) => lane.Add(timeline.PicosecondsAt(cycle), value);
    }
}
