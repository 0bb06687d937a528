using Xmega.Electrical;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Ports;

/// <summary>What a digital line is at.</summary>
public enum LogicLevel
{
    /// <summary>Driven or pulled to ground.</summary>
    Low = 0,

    /// <summary>Driven or pulled to VCC.</summary>
    High = 1,

    /// <summary>Nobody drives or pulls (z).</summary>
    Floating = 2,
}

/// <summary>How hard a line is driven.</summary>
public enum DriveStrength
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>By a pull resistor or bus keeper: any strong drive wins.</summary>
    Pull = 1,

    /// <summary>By an output stage.</summary>
    Strong = 2,
}

/// <summary>What one driver does to a line.</summary>
/// <param name="Strength">How hard.</param>
/// <param name="High">To which side; without meaning for no drive.</param>
public readonly record struct PinDrive(DriveStrength Strength, bool High)
{
    /// <summary>Gets no drive at all.</summary>
    public static PinDrive None { get; }

    /// <summary>An output stage at a level.</summary>
    /// <param name="high">The level.</param>
    /// <returns>The drive.</returns>
    public static PinDrive Strong(bool high) => new(DriveStrength.Strong, high);

    /// <summary>A pull resistor to a level.</summary>
    /// <param name="high">The level.</param>
    /// <returns>The drive.</returns>
    public static PinDrive Pull(bool high) => new(DriveStrength.Pull, high);

    /// <summary>Whether two drives are alike. By hand: what the language makes of it compares enumerations by a class of the framework that is compiled at run time.</summary>
    /// <param name="other">The other.</param>
    /// <returns>True when they are.</returns>
    public bool Equals(PinDrive other) => Strength == other.Strength && High == other.High;

    /// <inheritdoc/>
    public override int GetHashCode() => ((int)Strength * 2) + (High ? 1 : 0);

    internal static void State(StateStream s, ref PinDrive drive)
    {
        (DriveStrength strength, bool high) = drive;
        s.Value(ref strength);
        s.Value(ref high);
        drive = new PinDrive(strength, high);
    }
}

/// <summary>Hears every change of a pin in the cycle of the change, before any synchroniser.</summary>
public interface IPinListener
{
    /// <summary>The level of the line changed in the current cycle.</summary>
    /// <param name="pin">The pin.</param>
    void OnPinChanged(Pin pin);

    /// <summary>The voltage of the line is another function of time than before, from the current cycle on. Not called for what <see cref="OnPinChanged"/> tells: a digital line at another level.</summary>
    /// <param name="pin">The pin.</param>
    void OnVoltageChanged(Pin pin)
    {
    }
}

/// <summary>
/// One pin of the package: where the chip meets the world. The port drives it from inside; parts and wires join it from
/// outside; level and voltage are what all of them together make of the line.
/// </summary>
public sealed class Pin : IVoltage
{
    /// <summary>What a floating line reads as: nothing defines it, and a fixed answer keeps runs repeatable (unverified).</summary>
    public const bool FloatingReadsHigh = false;

    private readonly Timeline _timeline;
    private IPinListener[] _listeners = [];
    private PinDrive _chipDrive;
    private bool _isOutput;

    internal Pin(string name, int index, int number, ChipServices services)
    {
        Name = name;
        Index = index;
        Number = number;
        _timeline = services.Timeline;
        Threshold = new InputThreshold(services, $"{name} threshold", () => Net!.FollowThreshold());
        Net = new Net(this, services);
        Signal = services.Signals.Add(name, SignalKind.Bit, 1, "level of the pin: 0, 1, or 2 for floating", () => (long)Level);
    }

    /// <summary>Gets the path name, as in <c>PORTD.PIN3</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the pin's number in its port, 0–7.</summary>
    public int Index { get; }

    /// <summary>Gets the level of the line, before inversion and any synchroniser.</summary>
    public LogicLevel Level { get; internal set; } = LogicLevel.Floating;

    /// <summary>Gets a value indicating whether a digital input reads the line as high.</summary>
    public bool IsHigh => Level == LogicLevel.High || (Level == LogicLevel.Floating && FloatingReadsHigh);

    /// <summary>Gets the voltage of the line as a function of emulated time: what an analog driver gives, or ground and VCC for a digital level; a floating line is at ground (unverified).</summary>
    public IVoltage Voltage => Net.Voltage;

    /// <summary>Gets the voltage of the line now, in microvolts.</summary>
    public long Microvolts => Net.Voltage.At(_timeline.Picoseconds);

    /// <summary>Gets the line that the pin is part of.</summary>
    public Net Net { get; internal set; }

    /// <summary>Gets or sets what the chip itself does to the line.</summary>
    public PinDrive ChipDrive
    {
        get => _chipDrive;
        internal set
        {
            if (_chipDrive == value) return;
            _chipDrive = value;
            Net.Resolve();
        }
    }

    /// <summary>Gets or sets the voltage that an analog output of the chip puts on the pin; null for none.</summary>
    internal IVoltage? ChipVoltage
    {
        get;
        set
        {
            if (field == value) return;
            field = value;
            Net.Resolve();
        }
    }

    /// <summary>Gets what makes a digital level of an analog voltage on the line whose first pin this is.</summary>
    internal InputThreshold Threshold { get; }

    /// <summary>Tells listeners that <see cref="IsOutput"/> changed, after the line has settled.</summary>
    internal event Action? DirectionChanged;

    /// <summary>Gets or sets a value indicating whether the pin's direction is output: DIR, or what a module makes of it.</summary>
    internal bool IsOutput
    {
        get => _isOutput;
        set
        {
            if (_isOutput == value) return;
            _isOutput = value;
            DirectionChanged?.Invoke();
        }
    }

    /// <summary>Gets or sets a value indicating whether the port inverts what it reads: INVEN.</summary>
    internal bool IsInverted { get; set; }

    /// <summary>Gets a value indicating whether the modules behind the pin read a one: the line, inverted where the port says so.</summary>
    internal bool ReadsHigh => IsHigh != IsInverted;

    /// <summary>Gets the pin's number in the chip: it tells one line from another in diagnostics.</summary>
    internal int Number { get; }

    internal Signal Signal { get; }

    /// <summary>Gets or sets a value indicating whether nobody hears of changes: while a saved state is restored.</summary>
    internal bool IsQuiet { get; set; }

    /// <summary>Adds a driver from outside the chip, at first without drive.</summary>
    /// <param name="name">Who it is, for reports of short circuits.</param>
    /// <returns>The driver.</returns>
    public PinDriver AddDriver(string name) => Net.AddDriver(name);

    /// <summary>Joins this pin's line with another's by a wire.</summary>
    /// <param name="other">The other pin.</param>
    public void Join(Pin other) => Net.Join(other.Net);

    /// <summary>Adds a listener.</summary>
    /// <param name="listener">The listener; it is called in the order of adding.</param>
    public void Listen(IPinListener listener) => _listeners = [.. _listeners, listener];

    /// <summary>Removes a listener.</summary>
    /// <param name="listener">The listener.</param>
    public void StopListening(IPinListener listener) => _listeners = [.. _listeners.Where(l => l != listener)];

    /// <summary>The voltage that an analog output puts on the pin is another one now.</summary>
    internal void ChipVoltageMoved() => Net.VoltageMoved();

    long IVoltage.At(long picoseconds) => Net.Voltage.At(picoseconds);

    VoltageRange IVoltage.Between(long from, long to) => Net.Voltage.Between(from, to);

    internal void NotifyVoltageChanged()
    {
        foreach (IPinListener listener in _listeners) listener.OnVoltageChanged(this);
    }

    /// <summary>Carries the pin, and its line if it is the first on it, out or in, without a word to anybody.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        PinDrive.State(s, ref _chipDrive);
        s.Value(ref _isOutput);
        LogicLevel level = Level;
        s.Value(ref level);
        Level = level;
        if (Net.Pins[0] == this) Net.State(s);
    }

    internal void NotifyChanged()
    {
        if (IsQuiet) return;
        if (Signal.IsWatched) Signal.Changed((long)Level);
        foreach (IPinListener listener in _listeners) listener.OnPinChanged(this);
    }
}
