using Xmega.Events;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Timers;

/// <summary>
/// The fault input of an AWeX (8077I 15.6): the strobes of all selected event channels, ORed. It is active in the cycles
/// in which an event arrives: with a pin that senses its level, for as long as the pin is high.
/// </summary>
internal sealed class FaultInput : IEventUser
{
    private readonly Schedule _schedule;
    private readonly EventSystem _events;
    private readonly Action _detected;
    private readonly ScheduledAction _next; // the next event of a train, while one would change anything
    private readonly EventTrain?[] _trains = new EventTrain?[EventSystem.ChannelCount];
    private readonly int _place;
    private int _channels;
    private long _last = -1; // cycle of the last event that did not belong to a train

    /// <summary>Initializes a new instance of the <see cref="FaultInput"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="name">Name for people.</param>
    /// <param name="detected">Called in the cycle in which an event arrives: each single one, and of trains those that are waited for.</param>
    public FaultInput(ChipServices services, string name, Action detected)
    {
        _schedule = services.Schedule;
        _events = services.Events;
        _detected = detected;
        _place = services.Events.NextUserPlace();
        _next = services.Schedule.Create(name, Phase.Event, () =>
        {
            _detected();
            Review();
        });
    }

    /// <summary>Gets a value indicating whether an event arrives in the current cycle.</summary>
    public bool IsActive
    {
        get
        {
            long now = _schedule.Now;
            if (_last == now) return true;
            foreach (EventTrain? train in _trains)
                if (train is { } events && events.Includes(now)) return true;
            return false;
        }
    }

    /// <summary>Gets or sets a value indicating whether the next event of a train has to be told.</summary>
    public bool IsArmed
    {
        get;
        set
        {
            if (field == value) return;
            field = value;
            Review();
        }
    }

    /// <summary>Selects the channels that are listened to.</summary>
    /// <param name="channels">A bit each.</param>
    public void Select(int channels)
    {
        int changed = _channels ^ channels;
        _channels = channels;
        for (int n = 0; n < EventSystem.ChannelCount; n++)
        {
            if ((changed & (1 << n)) == 0) continue;
            if ((channels & (1 << n)) != 0)
            {
                _events.Channels[n].Subscribe(this);
            }
            else
            {
                _events.Channels[n].Unsubscribe(this);
                _trains[n] = null;
            }
        }

        Review();
    }

    /// <summary>Carries the state out or in; the channels are selected by then.</summary>
    /// <param name="s">The stream.</param>
    public void State(StateStream s)
    {
        foreach (ref EventTrain? train in _trains.AsSpan()) EventTrain.State(s, ref train);
        s.Value(ref _last);
        s.Value(_next);
    }

    int IEventUser.Place => _place;

    bool IEventUser.CountsTrains(int channel) => true;

    void IEventUser.OnEvent(int channel, bool strobe, bool data)
    {
        if (!strobe) return;
        _last = _schedule.Now;
        _detected();
    }

    void IEventUser.OnTrain(int channel, EventTrain? train)
    {
        // The old train's last event may be one of this cycle.
        bool arrives = _trains[channel] is { } old && old.Includes(_schedule.Now);
        _trains[channel] = train;
        if (arrives)
        {
            _last = _schedule.Now;
            _detected();
        }

        Review();
    }

    private void Review()
    {
        long now = _schedule.Now;
        long next = ScheduledAction.Never;
        if (IsArmed)
        {
            // One that is booked for the current cycle is still to come.
            long after = _next.Cycle == now ? now - 1 : now;
            foreach (EventTrain? train in _trains)
                if (train is { } events) next = Math.Min(next, events.NextAfter(after));
        }

        if (next != _next.Cycle) _next.Book(next);
    }
}
