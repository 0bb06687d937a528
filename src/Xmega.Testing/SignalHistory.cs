using Xmega.Signals;

namespace Xmega.Testing;

/// <summary>Everything the observed signals did.</summary>
internal sealed class SignalHistory(ATxmega128A1 chip) : ISignalProbe
{
    /// <summary>Changes that are kept: a test that needs more observes too much, and is told so instead of filling the memory.</summary>
    public const int Most = 2_000_000;

    private readonly List<SignalChange> _changes = [];
    private readonly List<SignalChange> _first = []; // what each signal was when it began to be observed

    /// <summary>Gets a value indicating whether something had to be left out.</summary>
    public bool IsFull { get; private set; }

    public bool Knows(Signal signal) => _first.Exists(f => f.Signal == signal);

    /// <summary>Observes a signal from now on; what it did before is forgotten.</summary>
    public void Observe(Signal signal)
    {
        if (_first.RemoveAll(f => f.Signal == signal) == 0) signal.Watch(this);
        _changes.RemoveAll(c => c.Signal == signal);
        Begin(signal);
    }

    /// <summary>Observes what was observed from now on.</summary>
    public void Restart()
    {
        Signal[] signals = [.. _first.Select(f => f.Signal)];
        _first.Clear();
        _changes.Clear();
        IsFull = false;
        foreach (Signal signal in signals) Begin(signal);
    }

    /// <summary>What the signals were at first, then what they did, in the order in which it happened.</summary>
    public IEnumerable<SignalChange> All(Predicate<Signal> wanted) =>
        _first.Where(f => f.Signal.Kind != SignalKind.Event).Concat(_changes).Where(c => wanted(c.Signal)).OrderBy(c => c.Picoseconds);

    /// <summary>How long a wire was at a level, each time it came to it and left it again.</summary>
    public IEnumerable<SignalSpan> Spans(Signal signal, long level)
    {
        SignalChange[] edges = [.. EdgesOf(signal)];
        return edges.Zip(edges.Skip(1), (from, to) => new SignalSpan(from, to)).Where(s => s.From.Value == level);
    }

    /// <summary>The times a wire came to a level; of a signal without levels, the times it happened.</summary>
    public IEnumerable<SignalChange> Edges(Signal signal, long level) =>
        signal.Kind == SignalKind.Event ? Of(signal) : EdgesOf(signal).Where(c => c.Value == level);

    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (_changes.Count < Most) _changes.Add(new SignalChange(cycle, chip.Timeline.PicosecondsAt(cycle), signal, value));
        else IsFull = true;
    }

    private IEnumerable<SignalChange> Of(Signal signal) => _changes.Where(c => c.Signal == signal);

    // A floating wire has no level: it is where it was before, and the first level it ever has is not an edge.
    private IEnumerable<SignalChange> EdgesOf(Signal signal)
    {
        long level = _first.Find(f => f.Signal == signal).Value;
        foreach (SignalChange change in Of(signal))
        {
            if (change.Value is not (0 or 1) || change.Value == level) continue;
            if (level is 0 or 1) yield return change;
            level = change.Value;
        }
    }

    private void Begin(Signal signal) => _first.Add(new SignalChange(chip.Cycle, chip.Timeline.PicosecondsAt(chip.Cycle), signal, signal.Value));
}

/// <summary>A value that a signal took.</summary>
internal readonly record struct SignalChange(long Cycle, long Picoseconds, Signal Signal, long Value);

/// <summary>What lies between two changes.</summary>
internal readonly record struct SignalSpan(SignalChange From, SignalChange To)
{
    public long Length(bool inCycles) => inCycles ? To.Cycle - From.Cycle : To.Picoseconds - From.Picoseconds;
}
