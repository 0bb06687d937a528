using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Electrical;

/// <summary>
/// VCC: what the board supplies the chip with. High outputs, the thresholds of digital inputs, and several references
/// follow it. It may be moved while the chip runs, or follow a function of time.
/// </summary>
public sealed class Supply : IVoltage
{
    /// <summary>VCC unless the board says otherwise: 3.3 V, in microvolts.</summary>
    public const long Nominal = 3_300_000;

    /// <summary>The highest voltage the part stands on any pin: 3.6 V of VCC and 0.5 V above it (8067O, absolute maximum ratings), rounded up to whole volts, in microvolts.</summary>
    public const long Highest = 5_000_000;

    private readonly Timeline _timeline;
    private readonly Signal _signal;
    private IVoltage _voltage = new ConstantVoltage(Nominal);

    internal Supply(Timeline timeline, SignalList signals)
    {
        _timeline = timeline;
        _signal = signals.Add("VCC", SignalKind.Analog, 1, "supply voltage", () => Microvolts);
    }

    /// <summary>Tells listeners, after the fact, that VCC is another function of time than before.</summary>
    public event Action? Changed;

    /// <summary>Gets or sets VCC as a function of time.</summary>
    public IVoltage Voltage
    {
        get => _voltage;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (_voltage == value) return;
            _voltage = value;
            Changed?.Invoke();
            if (_signal.IsWatched) _signal.Changed(Microvolts);
        }
    }

    /// <summary>Gets or sets VCC now and, when set, from now on: microvolts.</summary>
    public long Microvolts
    {
        get => Voltage.At(_timeline.Picoseconds);
        set => Voltage = new ConstantVoltage(value);
    }

    /// <inheritdoc/>
    public long At(long picoseconds) => Voltage.At(picoseconds);

    /// <inheritdoc/>
    public VoltageRange Between(long from, long to) => Voltage.Between(from, to);

    // Without a word to anybody: every module restores by itself what it made of it.
    internal void State(StateStream s)
    {
        IVoltage? voltage = _voltage;
        s.Voltage(ref voltage);
        _voltage = voltage!;
    }
}
