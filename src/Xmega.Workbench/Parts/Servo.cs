using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>A model servo: the width of the pulses on its pin says the angle, 1 ms for one end and 2 ms for the other unless it is told otherwise.</summary>
/// <remarks>Limitations: it turns in no time.</remarks>
public sealed class Servo : IStateful
{
    private const long Microsecond = Timeline.PicosecondsPerSecond / 1_000_000;

    // What no servo takes for a pulse of its own.
    private const long Shortest = 400 * Microsecond;
    private const long Longest = 2_600 * Microsecond;
    private const long Patience = 50_000 * Microsecond; // after this without a pulse it lets go (differs from maker to maker: unverified)

    private readonly Timeline _timeline;
    private readonly PulseWatch _pulses;
    private readonly int _range;
    private readonly long _from;
    private readonly long _to;
    private int _milliDegrees;
    private long _good;
    private long _bad;

    /// <summary>Initializes a new instance of the <see cref="Servo"/> class, at 0°.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pin">The pin it is wired to.</param>
    /// <param name="degrees">The angle at the long end, above 0; the short one is 0°.</param>
    /// <param name="from">The pulse for 0°, in microseconds, at least 400.</param>
    /// <param name="to">The pulse for the other end, in microseconds, above <paramref name="from"/>, at most 2600.</param>
    public Servo(ATxmega128A1 chip, Pin pin, int degrees = 180, int from = 1000, int to = 2000)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(degrees);
        (_from, _to, _range) = (from * Microsecond, to * Microsecond, degrees * 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(_from, Shortest, nameof(from));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_to, Longest, nameof(to));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        Name = $"servo at {pin.Name}";
        chip.Attach(this);
        _timeline = chip.Timeline;
        _pulses = new PulseWatch(chip, pin, activeLow: false, Turn);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets the angle in thousandths of a degree; a pulse beyond an end leaves it at that end.</summary>
    public int MilliDegrees => _milliDegrees;

    /// <summary>Gets the width of the last pulse in picoseconds.</summary>
    public long PulsePicoseconds => _pulses.Width;

    /// <summary>Gets the time between the last two pulses in picoseconds; 0: fewer than two.</summary>
    public long PeriodPicoseconds => _pulses.Period;

    /// <summary>Gets how many pulses were too short or too long to be meant for a servo, and left it where it was.</summary>
    public long BadPulses => _bad;

    /// <summary>Gets a value indicating whether it holds its angle: a good pulse came, and the last one not too long ago.</summary>
    public bool IsHolding => _good > 0 && _timeline.Picoseconds - _pulses.Began < Patience;

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        _pulses.State(s);
        s.Value(ref _milliDegrees);
        s.Value(ref _good);
        s.Value(ref _bad);
    }

    private void Turn()
    {
        if (_pulses.Width is < Shortest or > Longest)
        {
            _bad++;
            return;
        }

        _good++;
        _milliDegrees = (int)((Math.Clamp(_pulses.Width, _from, _to) - _from) * _range / (_to - _from));
    }
}
