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

    /// <summary>Gets or sets what it does to the line.</summary>
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

/// <summary>One electrical line: the pins that wires join, and everybody who drives them.</summary>
public sealed class Net
{
    private readonly Diagnostics _diagnostics;
    private readonly List<Pin> _pins = [];
    private readonly List<PinDriver> _drivers = [];

    internal Net(Diagnostics diagnostics) => _diagnostics = diagnostics;

    /// <summary>Gets the pins on the line.</summary>
    public IReadOnlyList<Pin> Pins => _pins;

    /// <summary>Gets the level that all drivers together make.</summary>
    public LogicLevel Level { get; private set; } = LogicLevel.Floating;

    internal void Add(Pin pin) => _pins.Add(pin);

    internal PinDriver AddDriver(string name)
    {
        var driver = new PinDriver(this, name);
        _drivers.Add(driver);
        return driver;
    }

    internal void Join(Net other)
    {
        if (other == this) return;
        foreach (Pin pin in other._pins) pin.Net = this;
        foreach (PinDriver driver in other._drivers) driver.Net = this;
        _pins.AddRange(other._pins);
        _drivers.AddRange(other._drivers);
        Resolve();
    }

    /// <summary>Works the level out anew and tells the pins when it changed.</summary>
    internal void Resolve()
    {
        // Counted by strength and side: strong low, strong high, pull low, pull high.
        int strongLow = 0, strongHigh = 0, pullLow = 0, pullHigh = 0;
        foreach (Pin pin in _pins) Count(pin.ChipDrive);
        foreach (PinDriver driver in _drivers) Count(driver.Drive);

        if (strongLow > 0 && strongHigh > 0)
            _diagnostics.Report(DiagnosticKind.ShortCircuit, StringComparer.Ordinal.GetHashCode(_pins[0].Name) ^ _pins.Count, $"short circuit on {string.Join("=", _pins.Select(p => p.Name))}: driven high and low at once; read as low");

        LogicLevel level;
        if (strongLow > 0) level = LogicLevel.Low;
        else if (strongHigh > 0) level = LogicLevel.High;
        else if (pullLow > 0) level = LogicLevel.Low;
        else level = pullHigh > 0 ? LogicLevel.High : LogicLevel.Floating;

        Level = level;
        foreach (Pin pin in _pins.ToArray())
        {
            if (pin.Level == Level) continue;
            pin.Level = Level;
            pin.NotifyChanged();
        }

        void Count(PinDrive drive)
        {
            switch (drive.Strength)
            {
                case DriveStrength.Strong when drive.High: strongHigh++; break;
                case DriveStrength.Strong: strongLow++; break;
                case DriveStrength.Pull when drive.High: pullHigh++; break;
                case DriveStrength.Pull: pullLow++; break;
            }
        }
    }
}
