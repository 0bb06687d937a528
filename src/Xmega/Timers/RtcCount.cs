using Xmega.State;
using Xmega.Time;

namespace Xmega.Timers;

/// <summary>The registers of the RTC that live on its own side of the clock boundary.</summary>
internal enum RtcRegister
{
    Control = 0,
    Count = 1,
    Period = 2,
    Compare = 3,
}

/// <summary>
/// What runs on clk_RTC: prescaler, counter, the values in effect, and those that are on their way there. A value, so
/// that looking ahead is a copy; any number of edges is one step.
/// </summary>
internal struct RtcCount
{
    // Edges of clk_RTC in one count, by the code of CTRL.PRESCALER; 0 is off.
    private static readonly int[] Divisions = [0, 1, 2, 8, 16, 64, 256, 1024];

    private long _controlEdge; // the edge that loads the value on its way; 0: none
    private long _countEdge;
    private long _periodEdge;
    private long _compareEdge;
    private ushort _newControl;
    private ushort _newCount;
    private ushort _newPeriod;
    private ushort _newCompare;
    private ushort _control;
    private ushort _period;
    private ushort _compare;
    private ushort _count;
    private int _prescaled; // edges since the last count

    /// <summary>Initializes a new instance of the <see cref="RtcCount"/> struct as after a reset.</summary>
    public RtcCount()
    {
        this = default;
        _period = 0xFFFF;
    }

    /// <summary>Gets the edges of clk_RTC since the reset.</summary>
    public long Edge { readonly get; private set; }

    /// <summary>Gets the overflows since the reset.</summary>
    public long Overflows { readonly get; private set; }

    /// <summary>Gets the compare matches since the reset.</summary>
    public long Matches { readonly get; private set; }

    /// <summary>Gets the overflows since the reset that make an event: the first edges of a period too short for the synchroniser are lost.</summary>
    public long OverflowEvents { readonly get; private set; }

    /// <summary>Gets the compare matches since the reset that make an event.</summary>
    public long MatchEvents { readonly get; private set; }

    /// <summary>Gets the counter.</summary>
    public readonly ushort Value => _count;

    /// <summary>Gets a value indicating whether any register is on its way.</summary>
    public readonly bool IsBusy => (_controlEdge | _countEdge | _periodEdge | _compareEdge) != 0;

    // "Every third overflow or compare match if the period register is zero, every second if it is one" (8077I 17.2.2).
    private readonly int MatchesPerEvent => _period switch { 0 => 3, 1 => 2, _ => 1 };

    public readonly bool IsOnItsWay(RtcRegister register) => register switch
    {
        RtcRegister.Control => _controlEdge,
        RtcRegister.Count => _countEdge,
        RtcRegister.Period => _periodEdge,
        _ => _compareEdge,
    } != 0;

    /// <summary>Sends a value across the boundary: it counts from the second edge on.</summary>
    public void Send(RtcRegister register, ushort value)
    {
        long edge = Edge + Latency.RtcSynchroniser;
        switch (register)
        {
            case RtcRegister.Control:
                (_newControl, _controlEdge) = (value, edge);
                break;
            case RtcRegister.Count:
                (_newCount, _countEdge) = (value, edge);
                break;
            case RtcRegister.Period:
                (_newPeriod, _periodEdge) = (value, edge);
                break;
            default:
                (_newCompare, _compareEdge) = (value, edge);
                break;
        }
    }

    /// <summary>Lets edges pass, up to and including one.</summary>
    public void AdvanceTo(long edge)
    {
        while (Edge < edge)
        {
            long stop = Math.Min(edge, NextLoad());
            CountEdges(stop - Edge);
            Edge = stop;
            Load();
        }
    }

    /// <summary>The next edge at which something happens that somebody waits for, or at which what will happen changes.</summary>
    /// <param name="overflow">Whether an overflow is waited for.</param>
    /// <param name="match">Whether a compare match is waited for.</param>
    /// <returns>The edge; <see cref="long.MaxValue"/> for never.</returns>
    public readonly long NextEdge(bool overflow, bool match)
    {
        long next = NextLoad();
        int division = Divisions[_control];
        if (division == 0) return next;
        long counts = long.MaxValue;
        if (overflow) counts = CountsToOverflow();
        if (match) counts = Math.Min(counts, CountsToMatch());
        return counts == long.MaxValue ? next : Math.Min(next, Edge + (counts * division) - _prescaled);
    }

    public void State(StateStream s)
    {
        s.Value(ref _controlEdge);
        s.Value(ref _countEdge);
        s.Value(ref _periodEdge);
        s.Value(ref _compareEdge);
        s.Value(ref _newControl);
        s.Value(ref _newCount);
        s.Value(ref _newPeriod);
        s.Value(ref _newCompare);
        s.Value(ref _control);
        s.Value(ref _period);
        s.Value(ref _compare);
        s.Value(ref _count);
        s.Value(ref _prescaled);
        long edge = Edge, overflows = Overflows, matches = Matches, overflowEvents = OverflowEvents, matchEvents = MatchEvents;
        s.Value(ref edge);
        s.Value(ref overflows);
        s.Value(ref matches);
        s.Value(ref overflowEvents);
        s.Value(ref matchEvents);
        (Edge, Overflows, Matches, OverflowEvents, MatchEvents) = (edge, overflows, matches, overflowEvents, matchEvents);
    }

    private static long Earlier(long next, long edge) => edge != 0 && edge < next ? edge : next;

    private readonly long NextLoad() => Earlier(Earlier(Earlier(Earlier(long.MaxValue, _controlEdge), _countEdge), _periodEdge), _compareEdge);

    // The edge that loads a register still counts with the old values; a loaded CNT replaces the count (unverified).
    private void Load()
    {
        if (_controlEdge == Edge)
        {
            (_control, _controlEdge) = (_newControl, 0);
            _prescaled = 0; // the prescaler starts anew (unverified)
        }

        if (_countEdge == Edge) (_count, _countEdge) = (_newCount, 0);
        if (_periodEdge == Edge) (_period, _periodEdge) = (_newPeriod, 0);
        if (_compareEdge == Edge) (_compare, _compareEdge) = (_newCompare, 0);
    }

    private void CountEdges(long edges)
    {
        int division = Divisions[_control];
        if (division == 0) return;
        long total = _prescaled + edges;
        _prescaled = (int)(total % division);
        for (long counts = total / division; counts > 0;)
        {
            // To the end of this round. A count that PER was moved below runs on to 0xFFFF, where no overflow is (unverified).
            int last = _count <= _period ? _period : 0xFFFF;
            int round = last - _count + 1;
            long run = Math.Min(counts, round);
            if (_compare >= _count && _compare < _count + run) Match(1);
            counts -= run;
            if (run < round)
            {
                _count += (ushort)run;
                return;
            }

            _count = 0;
            if (last == _period) Overflow(1);
            // Then whole rounds at once.
            long rounds = Math.DivRem(counts, _period + 1, out counts);
            Overflow(rounds);
            if (_compare <= _period) Match(rounds);
        }
    }

    private void Overflow(long times)
    {
        OverflowEvents += ((Overflows + times) / MatchesPerEvent) - (Overflows / MatchesPerEvent);
        Overflows += times;
    }

    private void Match(long times)
    {
        MatchEvents += ((Matches + times) / MatchesPerEvent) - (Matches / MatchesPerEvent);
        Matches += times;
    }

    private readonly long CountsToOverflow() =>
        _count <= _period ? _period - _count + 1 : 0x10000 - _count + _period + 1;

    // The count after CNT equals COMP.
    private readonly long CountsToMatch()
    {
        int last = _count <= _period ? _period : 0xFFFF;
        if (_compare >= _count && _compare <= last) return _compare - _count + 1;
        return _compare <= _period ? last - _count + 1 + _compare + 1 : long.MaxValue;
    }
}
