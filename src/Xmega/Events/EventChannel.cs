using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Events;

/// <summary>
/// One of the eight event channels: carries what its source raises to its users, two clk_PER cycles later, whatever the
/// CPU does (8077I 6.5).
/// </summary>
public sealed class EventChannel
{
    // Single events in flight: at most one a cycle, so as many as the latency has cycles, and one being delivered.
    private const int Places = 16;

    private readonly Schedule _schedule;
    private readonly ScheduledAction _deliver;
    private readonly Signal _signal;
    private readonly long[] _flightCycle = new long[Places];
    private readonly byte[] _flightBits = new byte[Places];
    private readonly List<IEventUser> _users = [];
    private readonly int _number;
    private int _head;
    private int _inFlight;
    private long _counted;      // single events so far, and the events of trains that have ended
    private EventTrain? _train; // as it reaches the users, counted from _trainFrom on
    private long _trainFrom;    // events of the train up to this cycle are counted or were delivered

    internal EventChannel(Schedule schedule, SignalList signals, int number)
    {
        _schedule = schedule;
        _number = number;
        _deliver = schedule.Create($"EVSYS.CH{number}", Phase.Event, Deliver);
        _signal = signals.Add($"EVSYS.CH{number}", SignalKind.Event, 2, $"events of channel {number} as they reach their users: 1 data, 2 strobe, 3 both", () => 0, Review);
    }

    /// <summary>Gets how many events the channel has carried to its output.</summary>
    public long Count
    {
        get
        {
            long count = _counted;
            if (_train is { } train) count += train.CountThrough(_schedule.Now) - train.CountThrough(_trainFrom);
            return count;
        }
    }

    /// <summary>Adds a user; it hears of the running train at once.</summary>
    /// <param name="user">The user; a user may be added twice, for two purposes.</param>
    public void Subscribe(IEventUser user)
    {
        _users.Add(user);
        if (_train is { } train && user.CountsTrains(_number)) user.OnTrain(_number, train.After(_schedule.Now));
        Review();
    }

    /// <summary>Removes a user.</summary>
    /// <param name="user">The user.</param>
    public void Unsubscribe(IEventUser user)
    {
        _users.Remove(user);
        Review();
    }

    /// <summary>Carries the state out or in.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        s.Value(ref _head);
        s.Value(ref _inFlight);
        s.Value(ref _counted);
        s.Value(ref _trainFrom);
        for (int i = 0; i < Places; i++)
        {
            s.Value(ref _flightCycle[i]);
            s.Value(ref _flightBits[i]);
        }
    }

    /// <summary>A single event enters the channel in the current cycle and reaches the users after the latency.</summary>
    internal void Enter(bool strobe, bool data) => Enter(_schedule.Now, strobe, data);

    internal void Enter(long cycle, bool strobe, bool data)
    {
        int place = (_head + _inFlight++) % Places;
        _flightCycle[place] = cycle + Latency.Event;
        _flightBits[place] = (byte)((strobe ? 2 : 0) | (data ? 1 : 0));
        Review();
    }

    /// <summary>The source's train changed in the current cycle.</summary>
    /// <param name="source">The train in the source's cycles, or null.</param>
    internal void SetTrain(EventTrain? source)
    {
        long now = _schedule.Now;
        if (_train is { } old)
        {
            // What the source sent up to now is still under way: it arrives as single events.
            _counted += old.CountThrough(now) - old.CountThrough(_trainFrom);
            for (long cycle = old.NextAfter(now); cycle <= now + Latency.Event; cycle = old.NextAfter(cycle))
                Enter(cycle - Latency.Event, true, old.Data);
        }

        _train = source?.Delayed(Latency.Event);
        _trainFrom = now;
        foreach (IEventUser user in _users)
            if (user.CountsTrains(_number)) user.OnTrain(_number, _train);
        Review();
    }

    internal void Reset()
    {
        _train = null;
        _inFlight = 0;
        Review();
    }

    // Books the next delivery that somebody has to be called for.
    private void Review()
    {
        long next = _inFlight > 0 ? _flightCycle[_head] : ScheduledAction.Never;
        if (_train is { } train && EachIsWanted()) next = Math.Min(next, train.NextAfter(_trainFrom));
        if (next != _deliver.Cycle)
        {
            if (next == ScheduledAction.Never) _deliver.Cancel();
            else _deliver.Book(next);
        }
    }

    // Whether each event of a train has to be delivered one by one.
    private bool EachIsWanted()
    {
        if (_signal.IsWatched) return SkipTo(_schedule.Now);
        foreach (IEventUser user in _users)
            if (!user.CountsTrains(_number)) return SkipTo(_schedule.Now);
        return false;
    }

    // Events of the train that nobody asked for one by one are counted before the first that somebody does.
    private bool SkipTo(long now)
    {
        if (_train is { } train && now > _trainFrom && !_deliver.IsBooked)
        {
            _counted += train.CountThrough(now) - train.CountThrough(_trainFrom);
            _trainFrom = now;
        }

        return true;
    }

    private void Deliver()
    {
        long now = _schedule.Now;
        int bits = 0;
        bool fromTrain = false;
        while (_inFlight > 0 && _flightCycle[_head] <= now)
        {
            bits |= _flightBits[_head];
            _head = (_head + 1) % Places;
            _inFlight--;
        }

        if (bits != 0) _counted++;
        if (_train is { } train && train.NextAfter(now - 1) == now && train.NextAfter(_trainFrom) <= now)
        {
            fromTrain = bits == 0;
            if (bits == 0) _counted++;
            bits |= train.Data ? 3 : 2;
            _trainFrom = now;
        }

        if (bits != 0)
        {
            if (_signal.IsWatched) _signal.Changed(bits);
            // A user may subscribe or leave while it acts; those present now are told.
            for (int i = 0; i < _users.Count; i++)
            {
                IEventUser user = _users[i];
                if (!fromTrain || !user.CountsTrains(_number)) user.OnEvent(_number, (bits & 2) != 0, (bits & 1) != 0);
            }
        }

        Review();
    }
}
