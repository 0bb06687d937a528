namespace Xmega.Interrupts;

/// <summary>One interrupt vector: the wire between a module's interrupt condition and the interrupt controller.</summary>
public sealed class InterruptLine
{
    private readonly Pmic _pmic;
    private readonly Action? _taken;
    private bool _requested;
    private int _level;

    internal InterruptLine(Pmic pmic, int vector, string name, Signals.Signal signal, Signals.Signal request, Action? taken)
    {
        _pmic = pmic;
        _taken = taken;
        Vector = vector;
        Name = name;
        Signal = signal;
        Request = request;
    }

    /// <summary>Gets the vector number, 1–124; its address is twice that in words.</summary>
    public int Vector { get; }

    /// <summary>Gets the vector's datasheet name, as in <c>TCC0_OVF</c>.</summary>
    public string Name { get; }

    /// <summary>Gets how often the vector was taken.</summary>
    public long Count { get; internal set; }

    /// <summary>Gets or sets the level in the module's INTCTRL: 0 off, 1 low, 2 medium, 3 high.</summary>
    public int Level
    {
        get => _level;
        set
        {
            if (_level == value) return;
            bool active = IsActive;
            if (_requested) _pmic.Withdraw(this);
            (int before, _level) = (_level, value);
            _pmic.LevelChanged(this, before);
            if (_requested) _pmic.Request(this);
            if (IsActive != active) Request.Changed(active ? 0 : 1);
        }
    }

    /// <summary>Gets or sets a value indicating whether the module's interrupt condition holds: flag set.</summary>
    public bool IsRequested
    {
        get => _requested;
        set
        {
            if (_requested == value) return;
            _requested = value;
            if (value) _pmic.Request(this);
            else _pmic.Withdraw(this);
            if (_level != 0) Request.Changed(value ? 1 : 0);
        }
    }

    /// <summary>Gets a value indicating whether the interrupt condition holds and its level is not off.</summary>
    public bool IsActive => _requested && _level != 0;

    /// <summary>Gets a value indicating whether the request would be served once I and the levels allow.</summary>
    public bool IsNonMaskable => Vector == Pmic.NonMaskableVector;

    /// <summary>Gets a value indicating whether a request can wake the CPU from the sleep modes that stop clk_PER: of ports, TWI address match, RTC.</summary>
    public bool IsAsynchronous { get; internal init; }

    internal Signals.Signal Signal { get; }

    internal Signals.Signal Request { get; }

    /// <summary>Carries the line out or in, without a word to the controller, which looks at all of them afterwards.</summary>
    /// <param name="s">The stream.</param>
    internal void State(State.StateStream s)
    {
        s.Value(ref _level);
        s.Value(ref _requested);
        long count = Count;
        s.Value(ref count);
        Count = count;
    }

    /// <summary>Wakes the CPU from a sleep mode that stopped clk_PER, if the interrupt is on, without a request: that comes once the clock runs, if the cause lasts.</summary>
    internal void Wake() => _pmic.WakeFor(this);

    internal void Take()
    {
        Count++;
        _taken?.Invoke();
    }
}
