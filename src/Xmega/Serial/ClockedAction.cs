using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>
/// Something a module does so many edges of its own clock later. While that clock is stopped the action waits, and goes
/// on with what was left.
/// </summary>
internal sealed class ClockedAction
{
    private const long NotWaiting = -1;

    private readonly Schedule _schedule;
    private readonly ScheduledAction _action;
    private long _left = NotWaiting; // cycles still to go of an action that waits
    private bool _stopped;

    public ClockedAction(Schedule schedule, string name, Action run)
    {
        _schedule = schedule;
        _action = schedule.Create(name, Phase.Module, run);
    }

    /// <summary>Gets a value indicating whether the action is booked, or waits for its clock.</summary>
    public bool IsBooked => _action.IsBooked || _left != NotWaiting;

    /// <summary>Books the action, or moves it when it is booked already.</summary>
    /// <param name="cycles">How many cycles from now, at least 0.</param>
    public void Book(long cycles)
    {
        if (_stopped) _left = cycles;
        else _action.Book(_schedule.Now + cycles);
    }

    /// <summary>Takes the action back.</summary>
    public void Cancel()
    {
        _left = NotWaiting;
        _action.Cancel();
    }

    /// <summary>Stops the clock, or lets it go on.</summary>
    public void Stop(bool stopped)
    {
        if (stopped == _stopped) return;
        _stopped = stopped;
        if (stopped)
        {
            if (!_action.IsBooked) return;
            _left = _action.Cycle - _schedule.Now;
            _action.Cancel();
        }
        else if (_left != NotWaiting)
        {
            _action.Book(_schedule.Now + _left);
            _left = NotWaiting;
        }
    }

    public void State(StateStream s)
    {
        s.Value(ref _left);
        s.Value(ref _stopped);
        s.Value(_action);
    }
}
