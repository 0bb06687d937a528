using Xmega.Ports;
using Xmega.State;

namespace Xmega.Workbench.Parts;

/// <summary>A potentiometer between ground and VCC with its wiper on a pin.</summary>
/// <remarks>Limitations: its resistance is nothing, so it wins over every pull. A VCC that is a function of time is looked at when it is set and when the wiper is turned.</remarks>
public sealed class Potentiometer : IStateful
{
    /// <summary>The position with the wiper at VCC.</summary>
    public const int FullScale = 1000;

    private readonly ATxmega128A1 _chip;
    private readonly PinDriver _wiper;
    private int _position;

    /// <summary>Initializes a new instance of the <see cref="Potentiometer"/> class.</summary>
    /// <param name="chip">The chip whose VCC it divides.</param>
    /// <param name="pin">The pin of its wiper.</param>
    /// <param name="position">Where it stands, 0–1000.</param>
    public Potentiometer(ATxmega128A1 chip, Pin pin, int position = FullScale / 2)
    {
        Name = $"potentiometer at {pin.Name}";
        chip.Attach(this);
        _chip = chip;
        _wiper = pin.AddDriver(Name);
        chip.Supply.Changed += Give;
        Position = position;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets or sets where it stands, in thousandths of its way, 0–1000.</summary>
    public int Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, FullScale);
            _position = value;
            Give();
        }
    }

    /// <summary>Gets the voltage of the wiper in microvolts.</summary>
    public long Microvolts => _chip.Vcc * _position / FullScale;

    /// <inheritdoc/>
    public void State(StateStream s) => s.Value(ref _position);

    private void Give() => _wiper.Give(Microvolts);
}
