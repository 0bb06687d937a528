namespace Xmega.Signals;

/// <summary>What kind of thing a signal is.</summary>
public enum SignalKind
{
    /// <summary>One wire: 0 or 1; 2 stands for a floating (z) pin.</summary>
    Bit,

    /// <summary>A number of <see cref="Signal.Width"/> bits.</summary>
    Bus,

    /// <summary>A happening of one cycle with a value, such as an event or a byte sent; it has no level between.</summary>
    Event,

    /// <summary>Volts, in microvolts.</summary>
    Analog,
}

/// <summary>Hears every change of the signals it watches.</summary>
public interface ISignalProbe
{
    /// <summary>A watched signal took a value, or happened.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="cycle">The cycle of the change.</param>
    /// <param name="value">The new value.</param>
    void OnSignal(Signal signal, long cycle, long value);
}

/// <summary>
/// Something of the chip that can be watched by name. Watching costs nothing for what is not watched; looking at
/// <see cref="Value"/> never has side effects.
/// </summary>
public sealed class Signal
{
    private readonly Time.Schedule _schedule;
    private readonly Func<long> _peek;
    private readonly Action? _watchedChanged;
    private ISignalProbe[] _probes = [];

    internal Signal(Time.Schedule schedule, string name, SignalKind kind, int width, string meaning, Func<long> peek, Action? watchedChanged)
    {
        _schedule = schedule;
        _peek = peek;
        _watchedChanged = watchedChanged;
        Name = name;
        Kind = kind;
        Width = width;
        Meaning = meaning;
    }

    /// <summary>Gets the path name, as in <c>PORTD.PIN3</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the kind.</summary>
    public SignalKind Kind { get; }

    /// <summary>Gets the bits of a bus; 1 for a bit.</summary>
    public int Width { get; }

    /// <summary>Gets what it means, in a few words.</summary>
    public string Meaning { get; }

    /// <summary>Gets a value indicating whether nobody tells of its changes: who runs the chip looks at it after each step of the CPU while it is watched.</summary>
    public bool IsSampled { get; internal init; }

    /// <summary>Gets the value now, without side effects.</summary>
    public long Value => _peek();

    /// <summary>Gets a value indicating whether anybody watches: a module need not compute changes otherwise.</summary>
    public bool IsWatched => _probes.Length > 0;

    /// <summary>Begins to tell a probe of every change.</summary>
    /// <param name="probe">The probe.</param>
    public void Watch(ISignalProbe probe)
    {
        _probes = [.. _probes, probe];
        if (_probes.Length == 1) _watchedChanged?.Invoke();
    }

    /// <summary>Tells a probe no longer.</summary>
    /// <param name="probe">The probe.</param>
    public void Unwatch(ISignalProbe probe)
    {
        if (!_probes.Contains(probe)) return;
        _probes = [.. _probes.Where(p => p != probe)];
        if (_probes.Length == 0) _watchedChanged?.Invoke();
    }

    /// <summary>Gets a value indicating whether the module behind the signal does more work while it is watched.</summary>
    internal bool HasAudience => _watchedChanged is not null;

    /// <summary>Tells the module anew whether anybody watches: its restored state may come from a chip where that was otherwise.</summary>
    internal void ReviewAudience() => _watchedChanged?.Invoke();

    /// <summary>Sets the probes aside, or back, without a word to the module.</summary>
    /// <param name="probes">The probes to have from now on.</param>
    /// <returns>Those before.</returns>
    internal ISignalProbe[] Exchange(ISignalProbe[] probes)
    {
        ISignalProbe[] before = _probes;
        _probes = probes;
        return before;
    }

    /// <summary>Tells the probes of a change in the current cycle.</summary>
    /// <param name="value">The new value.</param>
    internal void Changed(long value)
    {
        foreach (ISignalProbe probe in _probes) probe.OnSignal(this, _schedule.Now, value);
    }

    /// <summary>Tells the probes of a change in a given cycle.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <param name="value">The new value.</param>
    internal void Changed(long cycle, long value)
    {
        foreach (ISignalProbe probe in _probes) probe.OnSignal(this, cycle, value);
    }
}
