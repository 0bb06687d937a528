using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>
/// The fractional baud rate generator (8077I 21.3.1, 21.9): divides clk_PER to the sample tick, of which 16 (8 with
/// CLK2X) make a bit. The ticks are numbered; tick t lies at origin + ⌊(t − origin tick) · step / divisor⌋, so that any
/// one of them is found without counting those before it.
/// </summary>
/// <remarks>
/// With BSCALE at or above 0 the period is 2^BSCALE · (BSEL + 1) cycles. Below 0 an accumulator modulo 2^|BSCALE| gains
/// BSEL a tick and the period is 1 plus what it overflows by: the manual's 3, 4, 3, 4 for an average of 3.5 is BSEL 5,
/// BSCALE −1 (that the accumulator starts at 0: unverified).
/// </remarks>
internal sealed class BaudGenerator
{
    /// <summary>Samples a bit at normal speed.</summary>
    public const int NormalSpeed = 16;

    /// <summary>Samples a bit with CLK2X.</summary>
    public const int DoubleSpeed = 8;

    /// <summary>Edges of XCK a bit, where the generator makes XCK: a tick is half its period, BSEL + 1 cycles, and BSCALE does not count (8077I 21.3.1).</summary>
    public const int EdgesOfClock = 2;

    private long _originCycle;
    private long _originTick;
    private long _step = 1;
    private long _divisor = 1;
    private int _bsel;
    private int _bscale;
    private bool _makesClock;
    private bool _frozen;
    private long _frozenCycle;

    /// <summary>Gets a value indicating whether the generator runs: it does while the receiver or the transmitter is on (unverified).</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Gets a value indicating whether the manual allows the setting: BSCALE −7 to 7, and 0 with BSEL 0.</summary>
    public bool IsValid => _makesClock || _bscale >= -7 && (_bsel != 0 || _bscale == 0);

    /// <summary>Gets or sets the ticks of a bit: 16, or 8 with CLK2X.</summary>
    public int TicksPerBit { get; set; } = NormalSpeed;

    /// <summary>Gets the time of a bit on average.</summary>
    public BitTime BitTime => new(TicksPerBit * _step, _divisor);

    /// <summary>Starts or stops; the first tick comes a whole period after the start.</summary>
    public void Run(bool on, long now)
    {
        if (on == IsRunning) return;
        IsRunning = on;
        _originTick = 0;
        Restart(now);
    }

    /// <summary>Makes XCK, or the sample ticks of asynchronous reception.</summary>
    public void MakeClock(bool makesClock, long now)
    {
        if (makesClock == _makesClock) return;
        _originTick = FirstTickFrom(now + 1) - 1;
        _makesClock = makesClock;
        Restart(now);
    }

    /// <summary>Stops the clock of the generator, or lets it go on with what was left of the tick.</summary>
    public void Freeze(bool frozen, long now)
    {
        if (frozen == _frozen) return;
        _frozen = frozen;
        if (frozen) _frozenCycle = now;
        else _originCycle += now - _frozenCycle;
    }

    /// <summary>A write of BAUDCTRLA: the prescaler starts anew at once with the whole setting.</summary>
    public void SetLow(byte low, long now)
    {
        _bsel = (_bsel & 0xF00) | low;
        _originTick = FirstTickFrom(now + 1) - 1;
        Restart(now);
    }

    /// <summary>A write of BAUDCTRLB: taken at the prescaler's next reload (unverified; BAUDCTRLA has to be written last for an immediate update).</summary>
    public void SetHigh(byte high, long now)
    {
        int bsel = ((high & 0x0F) << 8) | (_bsel & 0xFF);
        int bscale = (sbyte)high >> 4;
        if (bsel == _bsel && bscale == _bscale) return;
        (_bsel, _bscale) = (bsel, bscale);
        long tick = FirstTickFrom(now + 1);
        long cycle = CycleOf(tick);
        _originTick = tick;
        Restart(cycle);
    }

    /// <summary>The cycle of a tick.</summary>
    /// <param name="tick">Its number; one before the last change of the setting gives no more than some cycle that has passed.</param>
    /// <returns>The cycle, or <see cref="ScheduledAction.Never"/> while the clock is stopped.</returns>
    public long CycleOf(long tick) => _frozen ? ScheduledAction.Never : _originCycle + ((tick - _originTick) * _step / _divisor);

    /// <summary>The number of the first tick at or after a cycle.</summary>
    /// <param name="cycle">The cycle, not before the current one.</param>
    public long FirstTickFrom(long cycle)
    {
        if (_frozen) cycle = _frozenCycle + 1;
        if (cycle <= _originCycle) return _originTick;
        // ⌊m · step / divisor⌋ ≥ n holds from m = ⌈n · divisor / step⌉ on.
        return _originTick + ((((cycle - _originCycle) * _divisor) + _step - 1) / _step);
    }

    public void Reset()
    {
        _bsel = _bscale = 0;
        TicksPerBit = NormalSpeed;
        IsRunning = _frozen = _makesClock = false;
        _originTick = 0;
        Restart(0);
    }

    public void State(StateStream s)
    {
        bool running = IsRunning;
        int ticksPerBit = TicksPerBit;
        s.Value(ref running);
        s.Value(ref ticksPerBit);
        IsRunning = running;
        TicksPerBit = ticksPerBit;
        s.Value(ref _originCycle);
        s.Value(ref _originTick);
        s.Value(ref _bsel);
        s.Value(ref _bscale);
        s.Value(ref _makesClock);
        s.Value(ref _frozen);
        s.Value(ref _frozenCycle);
        (_step, _divisor) = Ratio();
    }

    private void Restart(long cycle)
    {
        _originCycle = cycle;
        (_step, _divisor) = Ratio();
    }

    private (long Step, long Divisor) Ratio() => _makesClock ? (_bsel + 1L, 1) : _bscale >= 0
        ? ((_bsel + 1L) << _bscale, 1)
        : ((1L << -_bscale) + _bsel, 1L << -_bscale);
}
