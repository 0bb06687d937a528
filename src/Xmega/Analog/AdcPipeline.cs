using Xmega.State;
using Xmega.Time;

namespace Xmega.Analog;

/// <summary>What a pipeline asks of the ADC that it belongs to.</summary>
internal interface IAdcChannels
{
    /// <summary>Whether a channel goes through the gain stage, as set now.</summary>
    /// <param name="channel">Channel number 0–3.</param>
    bool UsesGain(int channel);

    /// <summary>A channel's input is sampled and its conversion begins.</summary>
    /// <param name="channel">Channel number 0–3.</param>
    /// <returns>What it will be converted to.</returns>
    int Sample(int channel);

    /// <summary>A channel's conversion is done.</summary>
    /// <param name="channel">Channel number 0–3.</param>
    /// <param name="result">What its sample was converted to.</param>
    void Complete(int channel, int result);
}

/// <summary>
/// The pipeline that the four channels share (8331B 28.9, AVR1300 1.1): a conversion can enter with every edge of
/// clk_ADC and leaves 1 + RES/2 clocks later; one that goes through the gain stage is sampled a clock before it enters.
/// Only the edges at which something begins or ends are booked.
/// </summary>
/// <remarks>
/// Which channel begins is decided at the edge: the lowest of those that wait, then, free running, the next in turn. Two
/// begin at the same edge when the first has no gain and the second has: its sample is then amplified while the first
/// is in the first stage. The input is sampled at the edge; the chip's sampling window is the half clock after it.
/// </remarks>
internal sealed class AdcPipeline
{
    /// <summary>Channels of an ADC.</summary>
    public const int Channels = 4;

    private const int Places = 16; // conversions under way: one enters with each clock and stays at most seven

    private readonly Schedule _schedule;
    private readonly IAdcChannels _channels;
    private readonly ScheduledAction _edge;
    private readonly long[] _end = new long[Places]; // a ring, in the order in which they end
    private readonly byte[] _channel = new byte[Places];
    private readonly int[] _result = new int[Places];
    private int _first;
    private int _count;
    private long _origin;    // cycle of a clk_ADC edge; the others follow at multiples of the period
    private int _period = 4; // clk_PER cycles in one of clk_ADC
    private long _freeEdge;  // the first edge with which a conversion can enter
    private long _heldSince; // the cycle in which the clock stopped
    private bool _isRunning; // enabled, and the clock not stopped
    private byte _started;   // START bits: software waits for these
    private byte _triggered; // events wait for these
    private byte _freeRunning; // channels that begin again and again
    private byte _turn;      // the next of them

    public AdcPipeline(Schedule schedule, string name, IAdcChannels channels)
    {
        _schedule = schedule;
        _channels = channels;
        _edge = schedule.Create(name, Phase.Module, Edge);
    }

    /// <summary>Gets or sets the START bits: channels whose conversion software has asked for and that has not begun.</summary>
    public byte Started
    {
        get => _started;
        set
        {
            _started = value;
            BookNext();
        }
    }

    /// <summary>Gets or sets the length of clk_ADC in clk_PER cycles; its phase begins anew, and what is under way has as many clocks left as before (unverified).</summary>
    public int Period
    {
        get => _period;
        set
        {
            if (_period == value) return;
            int before = _period;
            _period = value;
            RestartClock();
            for (int n = 0; n < _count; n++)
            {
                ref long end = ref _end[(_first + n) % Places];
                end = _origin + ((end - _schedule.Now) / before * value);
            }

            BookNext();
        }
    }

    /// <summary>Sets the channels that convert without being asked, a bit each.</summary>
    public byte FreeRunning
    {
        set
        {
            if (_freeRunning == value) return;
            _freeRunning = value;
            _turn = 0;
            BookNext();
        }
    }

    private bool HasWaiting => (_started | _triggered | _freeRunning) != 0;

    /// <summary>Gets the clocks from the beginning of a conversion without gain to its result: 7 with 12 bits, 5 with 8.</summary>
    /// <param name="bits">The resolution.</param>
    public static int Propagation(int bits) => 1 + (bits / 2);

    /// <summary>Gets or sets the resolution in bits of conversions that begin from now on: 12 or 8.</summary>
    public int Bits { get; set; } = 12;

    /// <summary>Events ask for conversions of channels.</summary>
    /// <param name="channels">A bit each.</param>
    public void Trigger(int channels)
    {
        if (!_isRunning) return;
        _triggered |= (byte)channels;
        BookNext();
    }

    public void Enable()
    {
        _isRunning = true;
        RestartClock();
    }

    /// <summary>Stops clk_ADC; what is under way and what waits is lost.</summary>
    public void Disable()
    {
        _isRunning = false;
        _started = _triggered = 0;
        _count = 0;
        _turn = 0;
        _edge.Cancel();
    }

    /// <summary>Aborts what is under way and begins clk_ADC anew with the next clk_PER edge; what waits, begins with it (FLUSH).</summary>
    public void Flush()
    {
        if (!_isRunning) return;
        _count = 0;
        RestartClock();
    }

    /// <summary>The clock of the module stops: all stands still.</summary>
    public void Hold()
    {
        if (!_isRunning) return;
        _isRunning = false;
        _heldSince = _schedule.Now;
        _edge.Cancel();
    }

    /// <summary>The clock of an enabled module runs again.</summary>
    public void Resume()
    {
        long held = _schedule.Now - _heldSince;
        _isRunning = true;
        _origin += held;
        _freeEdge += held;
        for (int n = 0; n < _count; n++) _end[(_first + n) % Places] += held;
        BookNext();
    }

    public void State(StateStream s)
    {
        foreach (ref long end in _end.AsSpan()) s.Value(ref end);
        s.Bytes(_channel);
        foreach (ref int result in _result.AsSpan()) s.Value(ref result);
        s.Value(ref _first);
        s.Value(ref _count);
        s.Value(ref _origin);
        s.Value(ref _period);
        s.Value(ref _freeEdge);
        s.Value(ref _heldSince);
        s.Value(ref _isRunning);
        s.Value(ref _started);
        s.Value(ref _triggered);
        s.Value(ref _freeRunning);
        s.Value(ref _turn);
        s.Value(_edge);
    }

    private void RestartClock()
    {
        _origin = _freeEdge = _schedule.Now + Latency.AdcTrigger;
        BookNext();
    }

    // The first edge at or after a cycle.
    private long EdgeFrom(long cycle) => cycle <= _origin ? _origin : _origin + ((cycle - _origin + _period - 1) / _period * _period);

    private void BookNext()
    {
        if (!_isRunning) return;
        long next = _count > 0 ? _end[_first] : ScheduledAction.Never;
        if (HasWaiting)
        {
            // What can begin at the edge that is being dealt with in this very cycle has begun.
            long edge = EdgeFrom(_schedule.Now + Latency.AdcTrigger);
            next = Math.Min(next, edge);
        }

        if (next != _edge.Cycle) _edge.Book(next);
    }

    private void Edge()
    {
        long now = _schedule.Now;
        while (_count > 0 && _end[_first] <= now)
        {
            int done = _first;
            _first = (_first + 1) % Places;
            _count--;
            _channels.Complete(_channel[done], _result[done]);
        }

        if (EdgeFrom(now) == now)
            while (HasWaiting && BeginNext(now)) continue;
        BookNext();
    }

    // Begins the conversion whose turn it is, unless it has to wait for the next edge.
    private bool BeginNext(long now)
    {
        int waiting = _started | _triggered;
        int channel = waiting != 0 ? System.Numerics.BitOperations.TrailingZeroCount(waiting) : _turn;
        bool gain = _channels.UsesGain(channel);
        long entry = Math.Max(now + (gain ? _period : 0), _freeEdge);
        if (entry > now + (gain ? _period : 0)) return false;

        byte bit = (byte)(1 << channel);
        if (waiting == 0) _turn = (_freeRunning >> (_turn + 1)) == 0 ? (byte)0 : (byte)(_turn + 1);
        _started &= (byte)~bit;
        _triggered &= (byte)~bit;
        _freeEdge = entry + _period;
        long end = entry + ((long)Propagation(Bits) * _period);
        if (_count > 0) end = Math.Max(end, _end[(_first + _count - 1) % Places]); // the resolution went down meanwhile
        int place = (_first + _count++) % Places;
        _end[place] = end;
        _channel[place] = (byte)channel;
        _result[place] = _channels.Sample(channel);
        return true;
    }
}
