using Xmega.State;
using Xmega.Time;

namespace Xmega.Timers;

/// <summary>
/// One dead-time generator (8077I 15.4): makes a low side, which is the waveform, and a high side, which is its
/// complement, and holds both off for a time after each edge, so that the two switches of a half bridge are never on
/// together. Switching off is immediate.
/// </summary>
internal sealed class DeadTimeGenerator
{
    private readonly Schedule _schedule;
    private readonly ScheduledAction _end; // booked while the dead time lasts
    private bool _waveform;
    private long _left; // cycles of a dead time that stands still

    /// <summary>Initializes a new instance of the <see cref="DeadTimeGenerator"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="name">Name for people.</param>
    /// <param name="ended">Called in the cycle in which a dead time has ended: one side is on.</param>
    public DeadTimeGenerator(ChipServices services, string name, Action ended)
    {
        _schedule = services.Schedule;
        // In the event phase, since edges come there too when events clock or restart the timer: those of a cycle come
        // before a dead time that ends in it.
        _end = services.Schedule.Create(name, Phase.Event, ended);
    }

    /// <summary>Gets a value indicating whether the low side is on.</summary>
    public bool LowSide => _waveform && !IsDead;

    /// <summary>Gets a value indicating whether the high side is on.</summary>
    public bool HighSide => !_waveform && !IsDead;

    private bool IsDead => _end.IsBooked || _left != 0;

    /// <summary>Begins with a waveform as it is: no edge, no dead time (unverified).</summary>
    /// <param name="waveform">The level of the waveform.</param>
    public void Start(bool waveform)
    {
        _end.Cancel();
        _left = 0;
        _waveform = waveform;
    }

    /// <summary>
    /// The waveform is at a level in the current cycle. An edge loads the 8-bit counter, also while the dead time of the
    /// edge before still lasts. That an edge is seen in its own cycle, with no delay of detection, is unverified.
    /// </summary>
    /// <param name="waveform">The level of the waveform.</param>
    /// <param name="low">DTLS: dead time before the low side, 0–255 clk_PER cycles.</param>
    /// <param name="high">DTHS: dead time before the high side, 0–255 clk_PER cycles.</param>
    public void Follow(bool waveform, byte low, byte high)
    {
        if (waveform == _waveform) return;
        _waveform = waveform;
        int deadTime = waveform ? low : high;
        if (deadTime == 0) _end.Cancel();
        else _end.Book(_schedule.Now + deadTime);
    }

    /// <summary>Lets a dead time stand still, or go on from where it stood.</summary>
    /// <param name="stands">Whether it stands still.</param>
    public void Freeze(bool stands)
    {
        if (stands && _end.IsBooked)
        {
            _left = _end.Cycle - _schedule.Now;
            _end.Cancel();
        }
        else if (!stands && _left != 0)
        {
            _end.Book(_schedule.Now + _left);
            _left = 0;
        }
    }

    /// <summary>Carries the state out or in.</summary>
    /// <param name="s">The stream.</param>
    public void State(StateStream s)
    {
        s.Value(ref _waveform);
        s.Value(ref _left);
        s.Value(_end);
    }
}
