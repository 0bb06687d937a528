using Xmega.Ports;
using Xmega.State;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A temperature sensor as the LM75: pointer register, temperature in half degrees, configuration, the two limits of its
/// thermostat, and the thermostat's open-drain output OS.
/// </summary>
/// <remarks>
/// Limitations: a conversion takes no time; the fault queue and the interrupt mode of OS are stored and have no effect.
/// </remarks>
public sealed class TwoWireThermometer : TwoWireDevice
{
    /// <summary>The address of a device with A2–A0 at ground.</summary>
    public const int DefaultAddress = 0x48;

    private const int Temperature = 0;
    private const int Configuration = 1;
    private const int Hysteresis = 2;
    private const int Overtemperature = 3;

    private const int SHUTDOWN = 0x01;
    private const int OS_HIGH = 0x04; // OS is active high

    private readonly int _address;
    private readonly PinDriver? _os;
    private readonly ushort[] _registers = [0, 0, 75 << 8, 80 << 8];
    private int _halfDegrees;
    private int _pointer;
    private int _byte; // of the register, or the pointer itself
    private bool _hot;

    /// <summary>Initializes a new instance of the <see cref="TwoWireThermometer"/> class, at 25 °C.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pins">The pins it is wired to.</param>
    /// <param name="address">The seven bits of its address: 0x48–0x4F.</param>
    /// <param name="os">The pin that OS is wired to; null: none.</param>
    public TwoWireThermometer(ATxmega128A1 chip, TwoWirePins pins, int address = DefaultAddress, Pin? os = null)
        : base($"thermometer 0x{address:X2} at {pins.Sda.Name}", chip, pins)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(address & ~7, DefaultAddress, nameof(address));
        _address = address;
        _os = os?.AddDriver(Name);
        HalfDegrees = 50;
    }

    /// <summary>Gets or sets what it measures in half degrees Celsius, -110 to 250.</summary>
    public int HalfDegrees
    {
        get => _halfDegrees;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -110);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 250);
            _halfDegrees = value;
            Measure();
        }
    }

    /// <inheritdoc/>
    public override void State(StateStream s)
    {
        base.State(s);
        foreach (ref ushort register in _registers.AsSpan()) s.Value(ref register);
        s.Value(ref _halfDegrees);
        s.Value(ref _pointer);
        s.Value(ref _byte);
        s.Value(ref _hot);
    }

    /// <inheritdoc/>
    protected override bool Address(int address, bool reads)
    {
        _byte = reads ? 0 : -1;
        return address == _address;
    }

    /// <inheritdoc/>
    protected override bool Receive(byte value)
    {
        if (_byte < 0)
        {
            _pointer = value & 3;
            _byte = 0;
            return true;
        }

        ref ushort register = ref _registers[_pointer];
        if (_pointer == Configuration) register = (ushort)(value & 0x1F);
        else if (_pointer != Temperature && _byte < 2) register = (ushort)(_byte == 0 ? (value << 8) | (register & 0xFF) : (register & 0xFF00) | (value & 0x80));
        _byte++;
        Measure();
        return true;
    }

    /// <inheritdoc/>
    protected override byte Send()
    {
        int value = _registers[_pointer];
        bool high = (_byte++ & 1) == 0;
        return (byte)(_pointer == Configuration || !high ? value : value >> 8);
    }

    /// <inheritdoc/>
    protected override void End(bool stop)
    {
    }

    private void Measure()
    {
        if ((_registers[Configuration] & SHUTDOWN) == 0) _registers[Temperature] = (ushort)(HalfDegrees << 7);
        short now = (short)_registers[Temperature];
        if (now >= (short)_registers[Overtemperature]) _hot = true;
        else if (now < (short)_registers[Hysteresis]) _hot = false;
        if (_os is null) return;
        bool active = (_registers[Configuration] & OS_HIGH) != 0;
        _os.Drive = _hot == active ? PinDrive.None : PinDrive.Strong(false);
    }
}
