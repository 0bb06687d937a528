using Xmega.Electrical;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Ports;

/// <summary>
/// The digital input of a line that is at some voltage: a threshold that follows VCC, with hysteresis. By the data sheet
/// a voltage is surely high above 0.7 VCC and surely low below 0.3 VCC (8069R table 34-11, same pads); where between them
/// the threshold lies differs from part to part.
/// </summary>
internal sealed class InputThreshold
{
    /// <summary>The middle of the hysteresis as a part of VCC: one half (unverified).</summary>
    private const int MiddleDivisor = 2;

    /// <summary>Microvolts between the threshold of a rising and of a falling voltage: 0.5 V, typical, for any VCC (8069R table 34-11).</summary>
    private const long Hysteresis = 500_000;

    private readonly VoltageComparison _comparison;
    private readonly DividedVoltage _rising;
    private readonly DividedVoltage _falling;

    public InputThreshold(ChipServices services, string name, Action crossed)
    {
        _comparison = new VoltageComparison(services.Schedule, services.Timeline, services.Supply, name, Phase.World, crossed);
        _rising = new DividedVoltage(services.Supply, 1, MiddleDivisor) { Offset = Hysteresis / 2 };
        _falling = new DividedVoltage(services.Supply, 1, MiddleDivisor) { Offset = -Hysteresis / 2 };
    }

    /// <summary>Gets what digital inputs read.</summary>
    public LogicLevel Level => _comparison.IsAbove ? LogicLevel.High : LogicLevel.Low;

    /// <summary>Watches a voltage.</summary>
    /// <param name="voltage">The voltage of the line.</param>
    /// <param name="wasHigh">What the line was read as before: it counts within the hysteresis.</param>
    public void Start(IVoltage voltage, bool wasHigh) => _comparison.Start(voltage, _rising, _falling, wasHigh);

    /// <summary>Watches nothing any longer.</summary>
    public void Stop() => _comparison.Stop();

    /// <summary>The voltage moved.</summary>
    public void Evaluate() => _comparison.Evaluate();

    /// <summary>Names the voltage again while the state is restored, without any effect.</summary>
    /// <param name="voltage">The voltage; null while the line is digital.</param>
    public void Resume(IVoltage? voltage)
    {
        if (voltage is null) _comparison.Resume(null, ConstantVoltage.Ground, ConstantVoltage.Ground);
        else _comparison.Resume(voltage, _rising, _falling);
    }

    public void State(StateStream s) => _comparison.State(s);
}
