using Xmega.Ports;
using Xmega.State;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A device on an SPI bus, in modes 0 and 3: it takes a bit at each rising edge of SCK and changes its output at each
/// falling one, highest bit first, while CS is low.
/// </summary>
public abstract class SpiDevice : IPinListener, IStateful
{
    private readonly Pin _cs;
    private readonly Pin _sck;
    private readonly Pin _mosi;
    private readonly PinDriver _miso;
    private bool _selected;
    private bool _clockHigh;
    private int _bits;   // of the byte under way
    private int _input;
    private int _output; // the byte on the way out, or Silent

    /// <summary>Initializes a new instance of the <see cref="SpiDevice"/> class on the bus.</summary>
    /// <param name="name">Name for people.</param>
    /// <param name="chip">The chip it is attached to.</param>
    /// <param name="pins">The pins it is wired to.</param>
    protected SpiDevice(string name, ATxmega128A1 chip, SpiPins pins)
    {
        chip.Attach(this);
        Name = name;
        (_cs, _sck, _mosi) = (pins.Cs, pins.Sck, pins.Mosi);
        _miso = pins.Miso.AddDriver(name);
        _clockHigh = _sck.IsHigh;
        _selected = IsSelectLow;
        foreach (Pin pin in new[] { _cs, _sck }) pin.Listen(this);
    }

    /// <summary>Gets the name for people.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public virtual void State(StateStream s)
    {
        s.Value(ref _selected);
        s.Value(ref _clockHigh);
        s.Value(ref _bits);
        s.Value(ref _input);
        s.Value(ref _output);
    }

    /// <summary>Stands for a byte that is not driven.</summary>
    protected const int Silent = -1;

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        if (pin == _cs) Select(IsSelectLow);
        if (pin == _sck) Clock(_sck.IsHigh);
    }

    /// <summary>CS fell: a command begins.</summary>
    protected abstract void Begin();

    /// <summary>A byte has come.</summary>
    /// <param name="received">The byte.</param>
    /// <returns>The byte to send while the next one comes, or <see cref="Silent"/>.</returns>
    protected abstract int Exchange(byte received);

    /// <summary>CS rose.</summary>
    /// <param name="wholeBytes">Whether it did so between two bytes: otherwise a command that writes is not carried out.</param>
    protected abstract void End(bool wholeBytes);

    // A line that nobody drives selects nobody.
    private bool IsSelectLow => _cs.Level == LogicLevel.Low;

    private void Select(bool selected)
    {
        if (selected == _selected) return;
        _selected = selected;
        bool whole = _bits == 0;
        _bits = 0;
        _output = Silent;
        if (selected)
        {
            Begin();
            return;
        }

        _miso.Drive = PinDrive.None;
        End(whole);
    }

    private void Clock(bool high)
    {
        if (high == _clockHigh) return;
        _clockHigh = high;
        if (!_selected) return;
        if (!high)
        {
            _miso.Drive = _output == Silent ? PinDrive.None : PinDrive.Strong((_output & (0x80 >> _bits)) != 0);
            return;
        }

        _input = (_input << 1) | (_mosi.IsHigh ? 1 : 0);
        if (++_bits < 8) return;
        _bits = 0;
        _output = Exchange((byte)_input);
    }
}

/// <summary>The pins that a device on an SPI bus is wired to.</summary>
/// <param name="Cs">Chip select, active low.</param>
/// <param name="Sck">Clock.</param>
/// <param name="Mosi">Data to the device.</param>
/// <param name="Miso">Data from the device.</param>
public sealed record SpiPins(Pin Cs, Pin Sck, Pin Mosi, Pin Miso);
