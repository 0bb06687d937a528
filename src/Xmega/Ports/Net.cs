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

    /// <summary>Gets or sets what it does to the line, from the current cycle on.</summary>
    public PinDrive Drive
    {
        get => _drive;
        set
        {
            if (_drive == value) return;
            _drive = value;
            Net.Resolve();
        }
    }

    internal Net Net { get; set; }
}

/// <summary>
/// One electrical line: the pins that wires join, and everybody who drives them. Output stages win over resistors, and
/// resistors on the board, of a few kΩ, over the pulls and bus keepers inside the chip, of some tens. Within one rank low
/// wins (unverified: two output stages against each other, or two equal resistors, settle somewhere between).
/// </summary>
public sealed class Net
{
    private readonly Diagnostics _diagnostics;
    private Pin[] _pins;
    private PinDriver[] _drivers = [];

    internal Net(Pin pin, Diagnostics diagnostics)
    {
        _diagnostics = diagnostics;
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
        High = ChipPullHigh | BoardPullHigh | StrongHigh,
    }

    /// <summary>Gets the pins on the line.</summary>
    public IReadOnlyList<Pin> Pins => _pins;

    /// <summary>Gets the level that all drivers together make.</summary>
    public LogicLevel Level { get; private set; } = LogicLevel.Floating;

    internal PinDriver AddDriver(string name)
    {
        var driver = new PinDriver(this, name);
        _drivers = [.. _drivers, driver];
        return driver;
    }

    internal void Join(Net other)
    {
        if (other == this) return;
        foreach (Pin pin in other._pins) pin.Net = this;
        foreach (PinDriver driver in other._drivers) driver.Net = this;
        _pins = [.. _pins, .. other._pins];
        _drivers = [.. _drivers, .. other._drivers];
        Resolve();
    }

    /// <summary>Works the level out anew and tells the pins when it changed.</summary>
    internal void Resolve()
    {
        var drives = Drives.None;
        foreach (Pin pin in _pins) drives |= Of(pin.ChipDrive, Drives.ChipPullHigh, Drives.ChipPullLow);
        foreach (PinDriver driver in _drivers) drives |= Of(driver.Drive, Drives.BoardPullHigh, Drives.BoardPullLow);
        if ((drives & (Drives.StrongHigh | Drives.StrongLow)) == (Drives.StrongHigh | Drives.StrongLow)) ReportShort();

        // The flag of the highest value is the strongest: each rank stands above the one before, low above high.
        Level = drives == Drives.None ? LogicLevel.Floating : (Strongest(drives) & Drives.High) != 0 ? LogicLevel.High : LogicLevel.Low;

        // A pin that hears of the change may drive in turn, and resolve this line again: then the others hear of that only.
        foreach (Pin pin in _pins)
        {
            if (pin.Level == Level) continue;
            pin.Level = Level;
            pin.NotifyChanged();
        }
    }

    private static Drives Of(PinDrive drive, Drives pullHigh, Drives pullLow) => drive.Strength switch
    {
        DriveStrength.Strong => drive.High ? Drives.StrongHigh : Drives.StrongLow,
        DriveStrength.Pull => drive.High ? pullHigh : pullLow,
        _ => Drives.None,
    };

    private static Drives Strongest(Drives drives) => (Drives)(1 << System.Numerics.BitOperations.Log2((uint)drives));

    // Once a line: the lowest pin on it is its number.
    private void ReportShort()
    {
        int line = _pins.Min(p => p.Number);
        if (_diagnostics.Knows(DiagnosticKind.ShortCircuit, line)) return;
        string high = string.Join(", ", Drivers(true)), low = string.Join(", ", Drivers(false));
        _diagnostics.Report(DiagnosticKind.ShortCircuit, line, $"short circuit on {string.Join("=", _pins.Select(p => p.Name))}: driven high by {high} and low by {low}; read as low");
    }

    private IEnumerable<string> Drivers(bool high) =>
        _pins.Where(p => p.ChipDrive == PinDrive.Strong(high)).Select(p => p.Name)
            .Concat(_drivers.Where(d => d.Drive == PinDrive.Strong(high)).Select(d => d.Name));
}
