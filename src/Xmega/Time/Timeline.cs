using System.Runtime.CompilerServices;

namespace Xmega.Time;

/// <summary>
/// Turns clk_PER cycles into emulated time and back, segment by segment: firmware changes the clock while it runs, and
/// every change begins a new segment. What lives in time instead of cycles (oscillators, the RTC, stimulus) books here
/// and is re-booked in cycles at each change. In the deep sleep modes clk_PER stands: the cycle then does not advance, and
/// all that is booked in cycles stands with it, while time passes from one action booked in time to the next.
/// </summary>
/// <remarks>
/// Within a segment the conversion is exact. The start of a segment is kept to an attosecond, rounded down, so that a
/// million changes of the clock shift time by less than one picosecond. Time ends after 2^63 ps: 106 days.
/// </remarks>
public sealed class Timeline
{
    /// <summary>Picoseconds in a second.</summary>
    public const long PicosecondsPerSecond = 1_000_000_000_000;

    private const int AttosecondsPerPicosecond = 1_000_000;

    // Bounds of 64-bit arithmetic on time since the last change of the clock: no product passes 2^64.
    private const long NearCycles = 1L << 50;
    private const ulong NearSeconds = 4_000_000;
    private const long MostNearHertz = 1L << 40;
    private const long MostEvenCycles = 1L << 43;
    private const long MostCycles = 1L << 60;

    private readonly Schedule _schedule;
    private readonly Func<long, long> _cycleAt;
    private long _segmentCycle;
    private long _segmentPicoseconds;
    private int _segmentAttoseconds; // 0-999 999, past the picosecond

    // The length of a cycle where it is a whole number of attoseconds, as at 2 MHz or 32,768 Hz; and how many such cycles
    // 64 bits take: 0 where it is none, as at 12 MHz.
    private long _cyclePicoseconds;
    private long _cycleAttoseconds;
    private long _evenCycles;

    internal Timeline(Schedule schedule)
    {
        _schedule = schedule;
        _cycleAt = CycleAt;
        MeasureCycle();
    }

    /// <summary>Tells listeners, after the fact, that the frequency of clk_PER, clk_PER2 or clk_PER4 changed.</summary>
    public event Action? FrequencyChanged;

    /// <summary>Tells listeners, after the fact, that clk_PER stopped or runs again.</summary>
    public event Action? RunningChanged;

    /// <summary>Gets a value indicating whether clk_PER runs.</summary>
    public bool IsRunning { get; private set; } = true;

    /// <summary>Gets the time of the next action booked in time, for a clk_PER that stands; <see cref="long.MaxValue"/> for none.</summary>
    public long NextPicoseconds => _schedule.EarliestTimed()?.DuePicoseconds ?? long.MaxValue;

    /// <summary>Gets the frequency of clk_SYS in hertz, before the prescalers.</summary>
    public long SourceHertz { get; private set; } = OscillatorFacts.Rc2MHertz;

    /// <summary>Gets the total prescaler division between clk_SYS and clk_PER: 1–2048.</summary>
    public int Divider { get; private set; } = 1;

    /// <summary>Gets the cycles of clk_PER2, the clock of the EBI, in one of clk_PER: 1 or 2.</summary>
    public int Per2Ratio { get; private set; } = 1;

    /// <summary>Gets the cycles of clk_PER4, the clock of the Hi-Res extension, in one of clk_PER: 1, 2 or 4.</summary>
    public int Per4Ratio { get; private set; } = 1;

    /// <summary>Gets the frequency of clk_PER in hertz.</summary>
    public double Hertz => (double)SourceHertz / Divider;

    /// <summary>Gets the emulated time of the current cycle in picoseconds since power-on.</summary>
    public long Picoseconds => PicosecondsAt(_schedule.Now);

    /// <summary>The emulated time at which a cycle of the current segment, or a later one at the present frequency, begins.</summary>
    /// <param name="cycle">The cycle; one before the current segment counts as its first.</param>
    /// <returns>Picoseconds since power-on, rounded down; the end of time for a cycle past it.</returns>
    public long PicosecondsAt(long cycle) => TimeAt(cycle).Picoseconds;

    /// <summary>The first cycle that begins at or after a time, at the present frequency.</summary>
    /// <param name="picoseconds">Picoseconds since power-on; a time before the current segment counts as its start.</param>
    /// <returns>The cycle; <see cref="ScheduledAction.Never"/> for the end of time, <see cref="ScheduledAction.Unknown"/> for any time to come while clk_PER stands.</returns>
    public long CycleAt(long picoseconds)
    {
        if (picoseconds == long.MaxValue) return ScheduledAction.Never;
        if (picoseconds <= _segmentPicoseconds) return _segmentCycle;
        if (!IsRunning) return ScheduledAction.Unknown;

        // The guess may be wrong by a few cycles; when a cycle begins is exact.
        double cycles = (picoseconds - _segmentPicoseconds) * (Hertz / PicosecondsPerSecond);
        if (cycles > MostCycles) return ScheduledAction.Never; // at frequencies that no clock has
        long cycle = _segmentCycle + (long)cycles;
        while (PicosecondsAt(cycle) < picoseconds) cycle++;
        while (PicosecondsAt(cycle - 1) >= picoseconds) cycle--;
        return cycle;
    }

    /// <summary>Books an action for a time; it moves with every change of the clock.</summary>
    /// <param name="action">The action.</param>
    /// <param name="picoseconds">Picoseconds since power-on; the end of time takes the action off the schedule.</param>
    public void Book(ScheduledAction action, long picoseconds)
    {
        action.Book(CycleAt(picoseconds));
        if (action.IsBooked) action.DuePicoseconds = picoseconds;
    }

    /// <summary>Begins a new segment at the current cycle.</summary>
    /// <param name="sourceHertz">clk_SYS in hertz, above 0.</param>
    /// <param name="divider">Total prescaler division, 1–2048.</param>
    /// <param name="per4Ratio">Cycles of clk_PER4 in one of clk_PER: 1, 2 or 4.</param>
    /// <param name="per2Ratio">Cycles of clk_PER2 in one of clk_PER: 1 or 2.</param>
    public void SetFrequency(long sourceHertz, int divider, int per4Ratio = 1, int per2Ratio = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sourceHertz);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(divider);
        bool sameTime = sourceHertz == SourceHertz && divider == Divider;
        if (sameTime && per4Ratio == Per4Ratio && per2Ratio == Per2Ratio) return;
        (_segmentPicoseconds, _segmentAttoseconds) = TimeAt(_schedule.Now);
        _segmentCycle = _schedule.Now;
        SourceHertz = sourceHertz;
        Divider = divider;
        Per4Ratio = per4Ratio;
        Per2Ratio = per2Ratio;
        MeasureCycle();
        if (!sameTime) _schedule.RebookTimed(_cycleAt);
        FrequencyChanged?.Invoke();
    }

    /// <summary>Stops clk_PER at the current cycle.</summary>
    internal void Stop()
    {
        if (!IsRunning) return;
        (_segmentPicoseconds, _segmentAttoseconds) = TimeAt(_schedule.Now);
        _segmentCycle = _schedule.Now;
        SetRunning(false);
    }

    /// <summary>Lets clk_PER run on from the current cycle.</summary>
    internal void Start()
    {
        if (!IsRunning) SetRunning(true);
    }

    /// <summary>Lets time pass up to the next action booked in time while clk_PER stands, and does that.</summary>
    /// <returns>False when none is booked.</returns>
    internal bool AdvanceStopped()
    {
        if (_schedule.EarliestTimed() is not { } next) return false;
        FinishInstruction();
        if (next.DuePicoseconds > _segmentPicoseconds) (_segmentPicoseconds, _segmentAttoseconds) = (next.DuePicoseconds, 0);
        _schedule.Do(next);
        return true;
    }

    internal void State(State.StateStream s)
    {
        bool isRunning = IsRunning;
        s.Value(ref isRunning);
        IsRunning = isRunning;
        long hertz = SourceHertz;
        int divider = Divider, per4 = Per4Ratio, per2 = Per2Ratio;
        s.Value(ref hertz);
        s.Value(ref divider);
        s.Value(ref per4);
        s.Value(ref per2);
        s.Value(ref _segmentCycle);
        s.Value(ref _segmentPicoseconds);
        s.Value(ref _segmentAttoseconds);
        (SourceHertz, Divider, Per4Ratio, Per2Ratio) = (hertz, divider, per4, per2);
        MeasureCycle();
    }

    private void SetRunning(bool isRunning)
    {
        IsRunning = isRunning;
        _schedule.RebookTimed(_cycleAt);
        RunningChanged?.Invoke();
    }

    private void MeasureCycle()
    {
        _evenCycles = 0;
        if (SourceHertz >= MostNearHertz) return;
        (_cyclePicoseconds, long rest) = Math.DivRem(Divider * PicosecondsPerSecond, SourceHertz);
        (_cycleAttoseconds, rest) = Math.DivRem(rest * AttosecondsPerPicosecond, SourceHertz);
        if (rest == 0) _evenCycles = Math.Min(MostEvenCycles, (long.MaxValue / 4) / (_cyclePicoseconds + 1));
    }

    // A clock that fails does so within an instruction, which is taken to its end all the same.
    private void FinishInstruction()
    {
        if (_schedule.Now == _segmentCycle) return;
        (_segmentPicoseconds, _segmentAttoseconds) = TimeAt(_schedule.Now);
        _segmentCycle = _schedule.Now;
    }

    // When a cycle begins.
    private Moment TimeAt(long cycle)
    {
        if (cycle <= _segmentCycle) return new Moment(_segmentPicoseconds, _segmentAttoseconds);
        if (cycle - _segmentCycle < _evenCycles && _segmentPicoseconds < long.MaxValue / 2) return TimeEven(cycle - _segmentCycle);
        if (cycle - _segmentCycle < NearCycles && TimeNear((ulong)(cycle - _segmentCycle) * (uint)Divider) is { } near) return near;
        return TimeFar(cycle);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // code with numbers of 128 bits is never compiled ahead of time: the near case is
    private Moment TimeFar(long cycle)
    {
        UInt128 hertz = (UInt128)SourceHertz;
        (UInt128 whole, UInt128 rest) = UInt128.DivRem((UInt128)(cycle - _segmentCycle) * (uint)Divider * (UInt128)PicosecondsPerSecond, hertz);
        UInt128 attoseconds = (rest * AttosecondsPerPicosecond / hertz) + (uint)_segmentAttoseconds;
        UInt128 picoseconds = whole + (UInt128)_segmentPicoseconds + (attoseconds / AttosecondsPerPicosecond);
        return picoseconds >= (UInt128)long.MaxValue ? new Moment(long.MaxValue, 0) : new Moment((long)picoseconds, (int)(attoseconds % AttosecondsPerPicosecond));
    }

    // Without a division by the frequency, for waveforms, which ask at every change.
    private Moment TimeEven(long cycles)
    {
        ulong attoseconds = (ulong)((cycles * _cycleAttoseconds) + _segmentAttoseconds);
        return new Moment(_segmentPicoseconds + (cycles * _cyclePicoseconds) + (long)(attoseconds / AttosecondsPerPicosecond), (int)(attoseconds % AttosecondsPerPicosecond));
    }

    // The same in 64 bits for any frequency: seconds, then millionths of what is left, three times over.
    private Moment? TimeNear(ulong sourceCycles)
    {
        const ulong Million = 1_000_000;
        (ulong seconds, ulong rest) = Math.DivRem(sourceCycles, (ulong)SourceHertz);
        if (seconds >= NearSeconds || SourceHertz >= MostNearHertz) return null;
        (ulong microseconds, rest) = Math.DivRem(rest * Million, (ulong)SourceHertz);
        (ulong picoseconds, rest) = Math.DivRem(rest * Million, (ulong)SourceHertz);
        ulong attoseconds = (rest * Million / (ulong)SourceHertz) + (uint)_segmentAttoseconds;
        picoseconds += (ulong)_segmentPicoseconds + (seconds * Million * Million) + (microseconds * Million) + (attoseconds / Million);
        return picoseconds >= long.MaxValue ? new Moment(long.MaxValue, 0) : new Moment((long)picoseconds, (int)(attoseconds % Million));
    }

    // Whole picoseconds, and the attoseconds past them.
    private readonly record struct Moment(long Picoseconds, int Attoseconds);
}
