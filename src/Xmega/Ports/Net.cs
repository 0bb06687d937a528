using Xmega.Electrical;
using Xmega.State;

namespace Xmega.Ports;

/// <summary>Somebody outside the chip who drives a line.</summary>
public sealed class PinDriver
{
    private PinDrive _drive;

    internal PinDriver(Net net, string name)
    {
        Net = net;
        Name = name;
    }

    /// <summary>Gets who it is.</summary>
    public string Name { get; }

    /// <summary>Gets or sets what it does to the line as a digital driver, from the current cycle on; it then gives no voltage.</summary>
    public PinDrive Drive
    {
        get => _drive;
        set
        {
            if (_drive == value && Voltage is null) return;
            _drive = value;
            Voltage = null;
            Net.Resolve();
        }
    }

    /// <summary>Gets the voltage it gives as an analog source, as a function of emulated time; null while it is a digital driver.</summary>
    public IVoltage? Voltage { get; private set; }

    /// <summary>Gives a voltage from the current cycle on, in place of any drive.</summary>
    /// <param name="voltage">The voltage.</param>
    public void Give(IVoltage voltage)
    {
        ArgumentNullException.ThrowIfNull(voltage);
        if (voltage == Voltage) return;
        _drive = PinDrive.None;
        Voltage = voltage;
        Net.Resolve();
    }

    /// <summary>Gives a constant voltage from the current cycle on, in place of any drive.</summary>
    /// <param name="microvolts">Microvolts.</param>
    public void Give(long microvolts) => Give(new ConstantVoltage(microvolts));

    internal Net Net { get; set; }

    /// <summary>Gets a value indicating whether its pull is one inside a chip, which gives way to resistors on the board.</summary>
    internal bool PullsWeakly { get; private set; }

    /// <summary>Gets or sets what it does to the line, as the driver that stands for another line.</summary>
    internal LineDrive LineDrive
    {
        get => new(_drive, PullsWeakly, Voltage);
        set
        {
            if (value == LineDrive) return;
            (_drive, PullsWeakly, Voltage) = value;
            Net.Resolve();
        }
    }

    /// <summary>Carries the drive out or in, without a word to the line.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        PinDrive.State(s, ref _drive);
        IVoltage? voltage = Voltage;
        s.Voltage(ref voltage);
        Voltage = voltage;
        bool pullsWeakly = PullsWeakly;
        s.Value(ref pullsWeakly);
        PullsWeakly = pullsWeakly;
    }
}

/// <summary>What several drivers together make of a line, as one.</summary>
/// <param name="Drive">The strongest drive.</param>
/// <param name="PullsWeakly">Whether it is a pull inside a chip.</param>
/// <param name="Voltage">The source of volts, where no output stage is stronger.</param>
internal readonly record struct LineDrive(PinDrive Drive, bool PullsWeakly, IVoltage? Voltage);

/// <summary>
/// One electrical line: the pins that wires join, and everybody who drives them. Output stages win over resistors, and
/// resistors on the board, of a few kΩ, over the pulls and bus keepers inside the chip, of some tens. Within one rank low
/// wins (unverified: two output stages against each other, or two equal resistors, settle somewhere between). A source of
/// volts wins over resistors, and is a short circuit against an output stage, which wins, or another source, which is
/// not heard (unverified). Digital inputs read volts by a threshold with hysteresis.
/// </summary>
public sealed class Net
{
    private readonly Diagnostics _diagnostics;
    private readonly Supply _supply;
    private Pin[] _pins;
    private PinDriver[] _drivers = [];
    private IVoltage? _volts; // what the line is at while it is not digital
    private Action? _resolved;

    internal Net(Pin pin, ChipServices services)
    {
        _diagnostics = services.Diagnostics;
        _supply = services.Supply;
        _pins = [pin];
    }

    /// <summary>What drives a line, by rank.</summary>
    [Flags]
    private enum Drives
    {
        None = 0,
        ChipPullHigh = 0x01,
        ChipPullLow = 0x02,
        BoardPullHigh = 0x04,
        BoardPullLow = 0x08,
        StrongHigh = 0x10,
        StrongLow = 0x20,
        Strong = StrongHigh | StrongLow,
        High = ChipPullHigh | BoardPullHigh | StrongHigh,
    }

    /// <summary>Gets the pins on the line.</summary>
    public IReadOnlyList<Pin> Pins => _pins;

    /// <summary>Gets the level that all drivers together make.</summary>
    public LogicLevel Level { get; private set; } = LogicLevel.Floating;

    /// <summary>Gets the voltage of the line as a function of emulated time.</summary>
    public IVoltage Voltage => _volts ?? (Level == LogicLevel.High ? _supply : ConstantVoltage.Ground);

    /// <summary>Gets a value indicating whether anybody but the pin itself is on the line.</summary>
    internal bool IsDriven => _drivers.Length > 0 || _pins.Length > 1;

    /// <summary>Gets everybody outside the chip who drives the line.</summary>
    internal IReadOnlyList<PinDriver> Drivers => _drivers;

    /// <summary>Carries the level and the drivers out or in, without a word to anybody.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        LogicLevel level = Level;
        s.Value(ref level);
        Level = level;
        foreach (PinDriver driver in _drivers) driver.State(s);
        if (s.IsRestoring)
        {
            // The strong drive and the second source, of which a remark was made, were heard or not as they are now.
            bool isDigital = _pins.Any(p => p.ChipDrive.Strength == DriveStrength.Strong) || _drivers.Any(d => d.Drive.Strength == DriveStrength.Strong);
            _volts = isDigital ? null : _pins.Select(p => p.ChipVoltage).Concat(_drivers.Select(d => d.Voltage)).FirstOrDefault(v => v is not null);
            _pins[0].Threshold.Resume(_volts);
        }

        _pins[0].Threshold.State(s);
    }

    internal PinDriver AddDriver(string name)
    {
        var driver = new PinDriver(this, name);
        _drivers = [.. _drivers, driver];
        return driver;
    }

    internal void Join(Net other)
    {
        if (other == this) return;
        if (other._volts is not null) other._pins[0].Threshold.Stop();
        foreach (Pin pin in other._pins) pin.Net = this;
        foreach (PinDriver driver in other._drivers) driver.Net = this;
        _pins = [.. _pins, .. other._pins];
        _drivers = [.. _drivers, .. other._drivers];
        _resolved += other._resolved;
        Resolve();
    }

    /// <summary>Adds what is done whenever somebody on the line drives otherwise than before, whether or not the level changes.</summary>
    internal void Listen(Action resolved) => _resolved += resolved;

    /// <summary>What everybody on the line but one driver makes of it.</summary>
    internal LineDrive DriveWithout(PinDriver one)
    {
        var drives = Drives.None;
        IVoltage? volts = null;
        foreach (Pin pin in _pins)
        {
            drives |= Of(pin.ChipDrive, Drives.ChipPullHigh, Drives.ChipPullLow);
            volts ??= pin.ChipVoltage;
        }

        foreach (PinDriver driver in _drivers)
        {
            if (driver == one) continue;
            drives |= Of(driver);
            volts ??= driver.Voltage;
        }

        if (drives == Drives.None) return new LineDrive(PinDrive.None, false, volts);
        Drives strongest = Strongest(drives);
        bool high = (strongest & Drives.High) != 0;
        if ((strongest & Drives.Strong) != 0) return new LineDrive(PinDrive.Strong(high), false, null);
        return new LineDrive(PinDrive.Pull(high), (strongest & (Drives.ChipPullHigh | Drives.ChipPullLow)) != 0, volts);
    }

    /// <summary>Works the level out anew and tells the pins when it changed.</summary>
    internal void Resolve()
    {
        var drives = Drives.None;
        IVoltage? volts = null;
        foreach (Pin pin in _pins)
        {
            drives |= Of(pin.ChipDrive, Drives.ChipPullHigh, Drives.ChipPullLow);
            if (pin.ChipVoltage is { } voltage) volts = Sole(volts, voltage);
        }

        foreach (PinDriver driver in _drivers)
        {
            drives |= Of(driver);
            if (driver.Voltage is { } voltage) volts = Sole(volts, voltage);
        }

        if ((drives & Drives.Strong) == Drives.Strong) ReportShort();
        if (volts is not null && (drives & Drives.Strong) != 0)
        {
            ReportVolts("an output stage, which wins");
            volts = null;
        }

        if (volts is not null || _volts is not null) Follow(volts);

        // The flag of the highest value is the strongest: each rank stands above the one before, low above high.
        Level = volts is not null ? _pins[0].Threshold.Level
            : drives == Drives.None ? LogicLevel.Floating : (Strongest(drives) & Drives.High) != 0 ? LogicLevel.High : LogicLevel.Low;
        TellPins();
        _resolved?.Invoke();
    }

    /// <summary>The voltage on the line passed the threshold of digital inputs.</summary>
    internal void FollowThreshold()
    {
        Level = _pins[0].Threshold.Level;
        TellPins();
    }

    /// <summary>A voltage on the line moved, by whoever gives it.</summary>
    internal void VoltageMoved()
    {
        if (_volts is null) return;
        _pins[0].Threshold.Evaluate();
        foreach (Pin pin in _pins) pin.NotifyVoltageChanged();
        FollowThreshold();
    }

    private void TellPins()
    {
        // A pin that hears of the change may drive in turn, and resolve this line again: then the others hear of that only.
        foreach (Pin pin in _pins)
        {
            if (pin.Level == Level) continue;
            pin.Level = Level;
            pin.NotifyChanged();
        }
    }

    // The line becomes analog, changes its voltage, or becomes digital again.
    private void Follow(IVoltage? volts)
    {
        if (volts == _volts) return;
        InputThreshold threshold = _pins[0].Threshold;
        if (volts is null) threshold.Stop();
        else threshold.Start(volts, Level == LogicLevel.High);
        _volts = volts;
        foreach (Pin pin in _pins) pin.NotifyVoltageChanged();
    }

    private IVoltage Sole(IVoltage? first, IVoltage second)
    {
        if (first is null) return second;
        ReportVolts("another source of volts, which is not heard");
        return first;
    }

    private static Drives Of(PinDrive drive, Drives pullHigh, Drives pullLow) => drive.Strength switch
    {
        DriveStrength.Strong => drive.High ? Drives.StrongHigh : Drives.StrongLow,
        DriveStrength.Pull => drive.High ? pullHigh : pullLow,
        _ => Drives.None,
    };

    private static Drives Of(PinDriver driver) => driver.PullsWeakly
        ? Of(driver.Drive, Drives.ChipPullHigh, Drives.ChipPullLow)
        : Of(driver.Drive, Drives.BoardPullHigh, Drives.BoardPullLow);

    private static Drives Strongest(Drives drives) => (Drives)(1 << System.Numerics.BitOperations.Log2((uint)drives));

    // Once a line: the lowest pin on it is its number.
    private int Number => _pins.Min(p => p.Number);

    private string Name => string.Join("=", _pins.Select(p => p.Name));

    private void ReportShort()
    {
        int line = Number;
        if (_diagnostics.Knows(DiagnosticKind.ShortCircuit, line)) return;
        string high = string.Join(", ", Driving(true)), low = string.Join(", ", Driving(false));
        _diagnostics.Report(DiagnosticKind.ShortCircuit, line, $"short circuit on {Name}: driven high by {high} and low by {low}; read as low");
    }

    private void ReportVolts(string against)
    {
        int line = ~Number;
        if (_diagnostics.Knows(DiagnosticKind.ShortCircuit, line)) return;
        string sources = string.Join(", ", _pins.Where(p => p.ChipVoltage is not null).Select(p => $"the analog output of {p.Name}").Concat(_drivers.Where(d => d.Voltage is not null).Select(d => d.Name)));
        _diagnostics.Report(DiagnosticKind.ShortCircuit, line, $"short circuit on {Name}: volts from {sources} against {against}");
    }

    private IEnumerable<string> Driving(bool high) =>
        _pins.Where(p => p.ChipDrive == PinDrive.Strong(high)).Select(p => p.Name)
            .Concat(_drivers.Where(d => d.Drive == PinDrive.Strong(high)).Select(d => d.Name));
}
