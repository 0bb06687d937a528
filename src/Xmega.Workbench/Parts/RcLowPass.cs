using Xmega.Electrical;
using Xmega.Ports;
using Xmega.State;
using Xmega.Workbench.Analog;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A resistor and a capacitor that make volts of a PWM pin. Between two edges the voltage is an exact exponential, which
/// nobody is ticked for; while nobody drives the pin the capacitor keeps its charge.
/// </summary>
/// <remarks>Limitations: whoever drives the input does so as hard as an output stage, and what reads the output takes no current. Another VCC counts from the next edge on.</remarks>
public sealed class RcLowPass : IPinListener, IStateful
{
    private readonly ATxmega128A1 _chip;
    private readonly Pin _input;
    private readonly PinDriver? _output;
    private readonly long _timeConstant;
    private long _first; // of the segment under way
    private long _last;
    private long _start;
    private ExponentialVoltage _voltage;

    /// <summary>Initializes a new instance of the <see cref="RcLowPass"/> class, discharged.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="input">The pin with the PWM.</param>
    /// <param name="timeConstant">R · C in picoseconds, above 0: 10 kΩ · 100 nF are 10^9.</param>
    /// <param name="output">The pin that the filtered voltage goes to; null: none.</param>
    public RcLowPass(ATxmega128A1 chip, Pin input, long timeConstant, Pin? output = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(timeConstant);
        Name = $"RC low-pass at {input.Name}";
        chip.Attach(this);
        (_chip, _input, _timeConstant) = (chip, input, timeConstant);
        _output = output?.AddDriver(Name);
        _voltage = Begin();
        input.Listen(this);
        OnPinChanged(input);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets the voltage from the last edge on, as a function of time.</summary>
    public IVoltage Voltage => _voltage;

    /// <summary>Gets the voltage now, in microvolts.</summary>
    public long Microvolts => _voltage.At(_chip.Timeline.Picoseconds);

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        long now = _chip.Timeline.Picoseconds;
        _first = _voltage.At(now);
        _start = now;
        _last = _input.Level switch
        {
            LogicLevel.High => _chip.Vcc,
            LogicLevel.Low => 0,
            _ => _first,
        };
        _voltage = Begin();
        _output?.Give(_voltage);
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        s.Value(ref _first);
        s.Value(ref _last);
        s.Value(ref _start);
        if (s.IsRestoring) _voltage = Begin();
    }

    private ExponentialVoltage Begin() => new(_first, _last, _start, _timeConstant);
}
