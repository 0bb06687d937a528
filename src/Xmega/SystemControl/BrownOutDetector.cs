using Xmega.Electrical;
using Xmega.Memory;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>
/// Brown-out detector and power-on reset (8077I 9.4): hold the chip in reset while VCC is too low. The fuses say at which
/// level, and whether in active and idle mode (BODACT) and in the sleep modes that stop clk_PER (BODPD).
/// </summary>
/// <remarks>
/// Limitations: sampled mode compares all the time, as continuous mode does; there is no hysteresis.
/// While a lost system clock stands, BODPD counts, as in a sleep that stops clk_PER. SRAM and registers
/// are kept when VCC falls below the power-on level.
/// </remarks>
internal sealed class BrownOutDetector
{
    private const int Sampled = 1;
    private const int Continuous = 2;

    /// <summary>Below this VCC the chip is off, and comes back with a power-on reset: microvolts (unverified, 1.0–1.5 V).</summary>
    private const long PowerOnLevel = 1_000_000;

    // By BODLEVEL, in microvolts (8077I table 9-2).
    private static readonly ConstantVoltage[] Levels =
        [new(3_400_000), new(3_200_000), new(2_900_000), new(2_600_000), new(2_400_000), new(2_100_000), new(1_900_000), new(1_600_000)];

    private readonly Timeline _timeline;
    private readonly Supply _supply;
    private readonly Fuses _fuses;
    private readonly Action<ResetSource, bool> _hold;
    private readonly VoltageComparison _power;
    private readonly VoltageComparison _brownOut;
    private bool _isOn;

    /// <summary>Initializes a new instance of the <see cref="BrownOutDetector"/> class.</summary>
    /// <param name="services">The chip's services.</param>
    /// <param name="hold">Begins and ends a condition that holds the chip in reset.</param>
    public BrownOutDetector(ChipServices services, Action<ResetSource, bool> hold)
    {
        _timeline = services.Timeline;
        _supply = services.Supply;
        _fuses = services.Fuses;
        _hold = hold;
        _power = new VoltageComparison(services.Schedule, services.Timeline, services.Supply, "POR", Phase.Module, Tell);
        _brownOut = new VoltageComparison(services.Schedule, services.Timeline, services.Supply, "BOD", Phase.Module, Tell);
        _timeline.RunningChanged += Review;
        var level = new ConstantVoltage(PowerOnLevel);
        _power.Start(_supply, level, level, wasAbove: true);
    }

    /// <summary>Gets a value indicating whether a brown-out would reset the chip now.</summary>
    public bool IsOn => _isOn;

    /// <summary>Begins with what the fuses say, as after every reset.</summary>
    public void Review()
    {
        _isOn = (_timeline.IsRunning ? _fuses.BrownOutModeActive : _fuses.BrownOutModeAsleep) is Sampled or Continuous;
        ConstantVoltage level = Levels[_fuses.BrownOutLevel];
        if (_isOn) _brownOut.Start(_supply, level, level, wasAbove: true);
        else _brownOut.Stop();
        Tell();
    }

    public void State(StateStream s)
    {
        s.Value(ref _isOn);
        _power.State(s);
        _brownOut.State(s);
    }

    private void Tell()
    {
        _hold(ResetSource.PowerOn, !_power.IsAbove);
        _hold(ResetSource.BrownOut, _isOn && !_brownOut.IsAbove);
    }
}
