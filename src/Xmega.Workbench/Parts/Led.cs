using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>A light-emitting diode on a pin: how long and how often it was lit.</summary>
/// <remarks>Limitations: a pull resistor lights it as an output stage does.</remarks>
public sealed class Led : IStateful
{
    private readonly PulseWatch _pulses;

    /// <summary>Initializes a new instance of the <see cref="Led"/> class.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pin">The pin it is wired to.</param>
    /// <param name="activeLow">Whether a low level lights it: its other end is at VCC.</param>
    public Led(ATxmega128A1 chip, Pin pin, bool activeLow = false)
    {
        chip.Attach(this);
        Name = $"LED at {pin.Name}";
        _pulses = new PulseWatch(chip, pin, activeLow);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets a value indicating whether it is lit.</summary>
    public bool IsOn => _pulses.IsActive;

    /// <summary>Gets how often it was turned on.</summary>
    public long TimesOn => _pulses.Count;

    /// <summary>Gets how long it has been lit in all, in picoseconds.</summary>
    public long OnPicoseconds => _pulses.Total;

    /// <summary>Gets the time between the last two times that it was turned on, in picoseconds; 0: fewer than two.</summary>
    public long PeriodPicoseconds => _pulses.Period;

    /// <summary>Gets how fast it blinks, in thousandths of a hertz, by <see cref="PeriodPicoseconds"/>; 0: not yet known.</summary>
    public long MilliHertz => PeriodPicoseconds == 0 ? 0 : (long)((Int128)Timeline.PicosecondsPerSecond * 1000 / PeriodPicoseconds);

    /// <summary>Gets the part of the last period for which it was lit, in thousandths, by the last pulse that ended; 0: not yet known.</summary>
    public int DutyPerMille => PeriodPicoseconds == 0 ? 0 : (int)((Int128)_pulses.Width * 1000 / PeriodPicoseconds);

    /// <inheritdoc/>
    public void State(StateStream s) => _pulses.State(s);
}
