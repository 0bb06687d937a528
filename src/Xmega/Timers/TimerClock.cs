using System.Runtime.CompilerServices;
using Xmega.Events;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Timers;

/// <summary>
/// The clock of a timer (CLKSEL, 8077I 14.4): ticks that come as a train, from the prescaler or from an event channel
/// whose source is regular, or one by one with single events.
/// </summary>
internal sealed class TimerClock : IEventUser
{
    private const int FirstEventChannel = 8; // CLKSEL 8 + n: event channel n

    private const long EndOfTime = ScheduledAction.Never / 4;
    private const long Near = int.MaxValue; // a product of two such numbers, past any cycle before the end of time, takes 64 bits

    // clk_PER divided by CLKSEL 1–7.
    private static readonly int[] Dividers = [0, 1, 2, 4, 8, 64, 256, 1024];

    private readonly ChipServices _services;
    private readonly TimerCounter _timer;
    private readonly int _place;
    private int _select;
    private EventTrain? _train;
    private bool _subscribing;

    public TimerClock(ChipServices services, TimerCounter timer)
    {
        _services = services;
        _timer = timer;
        _place = services.Events.NextUserPlace();
    }

    private EventChannel? Channel => _select >= FirstEventChannel ? _services.Events.Channels[_select - FirstEventChannel] : null;

    /// <summary>Selects another clock in the current cycle; 0 is none.</summary>
    public void Select(int clksel)
    {
        if (clksel == _select) return;
        Channel?.Unsubscribe(this);
        _select = clksel;
        _train = clksel is > 0 and < FirstEventChannel ? Prescaled(Dividers[clksel]) : null;
        _subscribing = true;
        Channel?.Subscribe(this);
        _subscribing = false;
    }

    /// <summary>How many ticks of the train came after one cycle, up to and including another.</summary>
    public long TicksBetween(long after, long through) =>
        _train is { } train ? train.CountThrough(through) - train.CountThrough(after) : 0;

    /// <summary>Whether a tick of the train comes in a cycle.</summary>
    public bool TicksAt(long cycle) => _train is { } train && train.Includes(cycle);

    /// <summary>Ticks of the train that the future holds, as a train of cycles.</summary>
    /// <param name="first">The first one wanted: 1 is the next tick.</param>
    /// <param name="period">Every how many ticks from then on.</param>
    /// <returns>Null when no tick is sure to come, or only past the end of time.</returns>
    public EventTrain? Ahead(long first, long period)
    {
        if (_train is not { } train || first == CountSequence.Never) return null;
        if (first > Near || period > Near || train.Period > Near) return AheadFar(train, first, period);
        long cycle = train.NextAfter(_services.Schedule.Now) + ((first - 1) * train.Period), distance = period * train.Period;
        return cycle > EndOfTime || distance > EndOfTime ? null : new EventTrain(cycle, distance, false);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // code with numbers of 128 bits is never compiled ahead of time: the near case is
    private EventTrain? AheadFar(EventTrain train, long first, long period)
    {
        Int128 cycle = train.NextAfter(_services.Schedule.Now) + ((Int128)(first - 1) * train.Period);
        Int128 distance = (Int128)period * train.Period;
        return cycle > EndOfTime || distance > EndOfTime ? null : new EventTrain((long)cycle, (long)distance, false);
    }

    /// <summary>The cycle of a tick to come.</summary>
    /// <param name="tick">1 is the next one.</param>
    /// <returns>The cycle, or <see cref="ScheduledAction.Never"/> when it is not sure to come.</returns>
    public long CycleOf(long tick)
    {
        if (tick == CountSequence.Never || _train is not { } train) return ScheduledAction.Never;
        if (tick > Near || train.Period > Near) return AheadFar(train, tick, 0)?.First ?? ScheduledAction.Never;
        long cycle = train.NextAfter(_services.Schedule.Now) + ((tick - 1) * train.Period);
        return cycle > EndOfTime ? ScheduledAction.Never : cycle;
    }

    int IEventUser.Place => _place;

    bool IEventUser.CountsTrains(int channel) => true;

    void IEventUser.OnEvent(int channel, bool strobe, bool data)
    {
        // A single event in the cycle of one of the train is the same tick.
        if (strobe && !TicksAt(_services.Schedule.Now)) _timer.TickByEvent();
    }

    void IEventUser.OnTrain(int channel, EventTrain? train)
    {
        if (!_subscribing) _timer.Sync();
        _train = train;
        if (!_subscribing) _timer.Review();
    }

    public void State(StateStream s)
    {
        int select = _select;
        s.Value(ref select);
        if (s.IsRestoring) Select(select);
        (long first, long period, _) = _train ?? default;
        s.Value(ref first);
        s.Value(ref period);
        _train = period == 0 ? null : new EventTrain(first, period, false);
    }

    // One prescaler for all timers, never restarted: the first tick comes 1 to n cycles after CLKSEL was written, with the
    // next multiple of n counted from power-on (phase unverified), and with DIV1 in the cycle after the write.
    private EventTrain Prescaled(int divider) => new EventTrain(0, divider, false).After(_services.Schedule.Now);
}
