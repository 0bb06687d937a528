using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Events;

/// <summary>
/// One of the eight event channels: carries what its source raises to its users, two clk_PER cycles later, whatever the
/// CPU does (8077I 6.5). Single events are booked one by one; a train is only announced, and its events are booked only
/// while somebody wants each of them.
/// </summary>
public sealed class EventChannel
{
    // One place for every cycle in which an event that is under way can arrive: the current one and those of the latency.
    private const int Places = Latency.Event + 1;

    private const byte StrobeBit = 2;
    private const byte DataBit = 1;

    private readonly Schedule _schedule;
    private readonly ScheduledAction _deliver;
    private readonly Signal _signal;
    private readonly byte[] _arriving = new byte[Places]; // single events by the cycle of their arrival, modulo
    private readonly int _number;
    private IEventUser[] _users = []; // replaced, never changed: users come and go while they are being told
    private byte _ended;         // event of a train that ended in the cycle of its arrival, before it was delivered
    private long _counted;       // single events so far, and those of trains up to _countedTo
    private long _countedTo;
    private EventTrain? _train;  // as it reaches the users
    private int _trainLatency;   // cycles from its source to the users

    internal EventChannel(Schedule schedule, SignalList signals, int number)
    {
        _schedule = schedule;
        _number = number;
        _deliver = schedule.Create($"EVSYS.CH{number}", Phase.Event, Deliver);
        _signal = signals.Add($"EVSYS.CH{number}", SignalKind.Event, 2, $"events of channel {number} as they reach their users: 1 data, 2 strobe, 3 both", () => 0, Review);
    }

    /// <summary>Gets how many events the channel has carried to its output.</summary>
    public long Count => _counted + CountOfTrain();

    /// <summary>Adds a user; one that counts trains hears of the running train at once.</summary>
    /// <param name="user">The user; a user may be added twice, for two purposes.</param>
    public void Subscribe(IEventUser user)
    {
        // In the order of construction, not in that of subscription: a restored chip tells them in the same order.
        int index = _users.Length;
        while (index > 0 && _users[index - 1].Place > user.Place) index--;
        _users = [.. _users[..index], user, .. _users[index..]];
        if (_train is { } train && user.CountsTrains(_number)) user.OnTrain(_number, train.After(_schedule.Now));
        Review();
    }

    /// <summary>Removes a user; of one that was added twice, one.</summary>
    /// <param name="user">The user.</param>
    public void Unsubscribe(IEventUser user)
    {
        int index = Array.IndexOf(_users, user);
        if (index < 0) return;
        _users = [.. _users[..index], .. _users[(index + 1)..]];
        Review();
    }

    /// <summary>Carries the state out or in; users carry for themselves that they listen, and what they count.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        s.Bytes(_arriving);
        s.Value(ref _ended);
        s.Value(ref _counted);
        s.Value(ref _countedTo);
        EventTrain.State(s, ref _train);
        s.Value(ref _trainLatency);
        s.Value(_deliver);
    }

    /// <summary>A single event of the source enters in the current cycle.</summary>
    /// <param name="strobe">The signalling bit.</param>
    /// <param name="data">The data bit.</param>
    /// <param name="latency">Cycles from the source to the users, 1–<see cref="Latency.Event"/>.</param>
    internal void Enter(bool strobe, bool data, int latency)
    {
        TakeFromTrain(latency);
        _arriving[Place(_schedule.Now + latency)] |= Bits(strobe, data);
        Review();
    }

    /// <summary>A software event enters in the current cycle, in place of what the source raised in it (8077I 6.6).</summary>
    /// <param name="strobe">The signalling bit.</param>
    /// <param name="data">The data bit.</param>
    internal void Replace(bool strobe, bool data)
    {
        TakeFromTrain(Latency.Event);
        _arriving[Place(_schedule.Now + Latency.Event)] = Bits(strobe, data);
        Review();
    }

    /// <summary>The source's train changed in the current cycle.</summary>
    /// <param name="source">The train in the source's cycles, all of them after the current one; or null.</param>
    /// <param name="latency">Cycles from the source to the users, 1–<see cref="Latency.Event"/>.</param>
    internal void SetTrain(EventTrain? source, int latency)
    {
        // What the old source sent up to now is still under way: it arrives as single events.
        Follow(source?.Delayed(latency), _schedule.Now + _trainLatency);
        _trainLatency = latency;
    }

    internal void Reset()
    {
        Settle();
        Array.Clear(_arriving);
        _ended = 0;
        _train = null;
        Review();
    }

    private static int Place(long cycle) => (int)(cycle % Places);

    private static byte Bits(bool strobe, bool data) => (byte)((strobe ? StrobeBit : 0) | (data ? DataBit : 0));

    private static byte Bits(EventTrain train) => Bits(true, train.Data);

    private long CountOfTrain() =>
        _train is { } train ? train.CountThrough(_schedule.Now) - train.CountThrough(_countedTo) : 0;

    private void Settle()
    {
        _counted += CountOfTrain();
        _countedTo = _schedule.Now;
    }

    // What shares its cycle with a single event must reach the users together with it: as one event, not two.
    private void TakeFromTrain(int latency)
    {
        long arrival = _schedule.Now + latency;
        if (_train is { } train && train.Includes(arrival)) Follow(train.After(arrival), arrival);
    }

    // From now on another train; the old one's events up to a cycle still arrive, as single events.
    private void Follow(EventTrain? train, long oldThrough)
    {
        if (_train == train) return;
        long now = _schedule.Now;
        if (_train is { } old)
        {
            Settle();
            if (_deliver.Cycle == now && old.Includes(now)) _ended = Bits(old);
            for (long cycle = old.NextAfter(now); cycle <= oldThrough; cycle = old.NextAfter(cycle))
                _arriving[Place(cycle)] |= Bits(old);
        }

        // A train of a faster source may begin where an event of the source before it arrives: again one event, not two.
        if (train is { } next && next.First == now + Latency.Event && _arriving[Place(next.First)] != 0)
        {
            _arriving[Place(next.First)] |= Bits(next);
            train = next.After(next.First);
        }

        _train = train;
        _countedTo = now;
        foreach (IEventUser user in _users)
            if (user.CountsTrains(_number)) user.OnTrain(_number, train);
        Review();
    }

    // Books the next delivery that somebody has to be called for.
    private void Review()
    {
        long now = _schedule.Now;
        long next = ScheduledAction.Never;
        for (int delay = Latency.Event; delay >= 0; delay--)
            if (_arriving[Place(now + delay)] != 0) next = now + delay;
        if (_ended != 0) next = now;
        // A delivery booked for the current cycle is still to come: events of this cycle are part of it.
        if (_train is { } train && EachIsWanted())
            next = Math.Min(next, train.NextAfter(_deliver.Cycle == now ? now - 1 : now));
        if (next != _deliver.Cycle) _deliver.Book(next);
    }

    // Whether each event of a train has to be delivered one by one.
    private bool EachIsWanted()
    {
        if (_signal.IsWatched) return true;
        foreach (IEventUser user in _users)
            if (!user.CountsTrains(_number)) return true;
        return false;
    }

    private void Deliver()
    {
        long now = _schedule.Now;
        byte single = _arriving[Place(now)];
        byte regular = _ended;
        _arriving[Place(now)] = _ended = 0;
        bool ofTrain = _train is { } train && train.Includes(now);
        if (ofTrain) regular = Bits(_train!.Value);
        // The last event of one source can share its cycle with the first of a train of the next: one event, counted with the train.
        if (single != 0 && !ofTrain) _counted++;

        int bits = single | regular;
        if (bits != 0)
        {
            if (_signal.IsWatched) _signal.Changed(bits);
            foreach (IEventUser user in _users)
                if (single != 0 || !user.CountsTrains(_number)) user.OnEvent(_number, (bits & StrobeBit) != 0, (bits & DataBit) != 0);
        }

        Review();
    }
}
