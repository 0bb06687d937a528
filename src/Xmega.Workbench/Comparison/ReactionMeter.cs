using Xmega.Signals;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Comparison;

/// <summary>
/// Measures, while a firmware runs, how long it takes from each stimulus to its reaction, and what that costs the CPU.
/// A reaction belongs to the last stimulus before it, or in the same cycle; a stimulus that the next one overtakes is
/// missed.
/// </summary>
public sealed class ReactionMeter : ISignalProbe
{
    // Enough for a timing diagram; a longer run keeps its figures and no more pictures.
    private const int MostTransitions = 200_000;

    private readonly ATxmega128A1 _chip;
    private readonly SignalCondition _from;
    private readonly SignalCondition _to;
    private readonly List<Reaction> _reactions = [];
    private readonly List<Transition> _transitions = [];
    private readonly Signal[] _handlers;
    private readonly Signal[] _watched;
    private long _pending = -1; // cycle of the stimulus that waits for its reaction
    private long _pendingPicoseconds; // its time: told at once, for the clock may change before the reaction
    private int _handlersRunning;
    private long _handlerSince;

    /// <summary>Initializes a new instance of the <see cref="ReactionMeter"/> class, which measures from now on.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="from">The stimulus: a signal, and the value it takes.</param>
    /// <param name="to">The reaction.</param>
    public ReactionMeter(ATxmega128A1 chip, SignalCondition from, SignalCondition to)
    {
        _chip = chip;
        _from = from;
        _to = to;
        _handlers = [.. chip.Interrupts.Lines.Select(l => l.Signal)];
        _watched = [.. new[] { from.Signal, to.Signal }.Concat(chip.Signals.Match("CPU.SLEEP")).Concat(chip.Signals.Match("EVSYS.CH?")).Concat(_handlers).Distinct()];
        foreach (Signal signal in _watched) signal.Watch(this);
    }

    /// <summary>Gets the stimuli seen, the last one included even if its reaction was still to come.</summary>
    public int Stimuli { get; private set; }

    /// <summary>Gets the stimuli that had a reaction, in order.</summary>
    public IReadOnlyList<Reaction> Reactions => _reactions;

    /// <summary>Gets the stimuli that were overtaken by the next one before a reaction came.</summary>
    public int Missed { get; private set; }

    /// <summary>Gets cycle and time of the stimulus that still waits for its reaction, or null.</summary>
    public (long Cycle, long Picoseconds)? Pending => _pending >= 0 ? (_pending, _pendingPicoseconds) : null;

    /// <summary>Gets the cycles in which an interrupt handler, or the entry into one, was running.</summary>
    public long HandlerCycles { get; private set; }

    /// <summary>Gets what the watched signals did, up to a limit.</summary>
    public IReadOnlyList<Transition> Transitions => _transitions;

    /// <summary>Ends the measurement: nothing is watched any more.</summary>
    public void Finish()
    {
        foreach (Signal signal in _watched) signal.Unwatch(this);
        if (_handlersRunning > 0) HandlerCycles += _chip.Cycle - _handlerSince;
        _handlersRunning = 0;
    }

    /// <inheritdoc/>
    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (_transitions.Count < MostTransitions) _transitions.Add(new Transition(cycle, signal, value));
        if (Array.IndexOf(_handlers, signal) >= 0) HandlerChanged(cycle, value != 0);
        if (signal == _from.Signal && (_from.Value is null || _from.Value == value))
        {
            if (_pending >= 0) Missed++;
            _pending = cycle;
            _pendingPicoseconds = _chip.Timeline.PicosecondsAt(cycle);
            Stimuli++;
        }

        if (signal == _to.Signal && (_to.Value is null || _to.Value == value) && _pending >= 0)
        {
            _reactions.Add(new Reaction(Stimuli, _pending, cycle, _chip.Timeline.PicosecondsAt(cycle) - _pendingPicoseconds));
            _pending = -1;
        }
    }

    private void HandlerChanged(long cycle, bool running)
    {
        if (running)
        {
            if (_handlersRunning++ == 0) _handlerSince = cycle;
        }
        else if (_handlersRunning > 0 && --_handlersRunning == 0)
        {
            HandlerCycles += cycle + 1 - _handlerSince;
        }
    }
}

/// <summary>A stimulus and its reaction.</summary>
/// <param name="Ordinal">Which stimulus it was, counted from 1.</param>
/// <param name="StimulusCycle">Cycle of the stimulus.</param>
/// <param name="ReactionCycle">Cycle of the reaction.</param>
/// <param name="Picoseconds">Time between them.</param>
public readonly record struct Reaction(int Ordinal, long StimulusCycle, long ReactionCycle, long Picoseconds)
{
    /// <summary>Gets the clk_PER cycles between them.</summary>
    public long Cycles => ReactionCycle - StimulusCycle;
}

/// <summary>A change of a watched signal.</summary>
/// <param name="Cycle">Its cycle.</param>
/// <param name="Signal">The signal.</param>
/// <param name="Value">The new value.</param>
public readonly record struct Transition(long Cycle, Signal Signal, long Value);
