namespace Xmega.Time;

/// <summary>
/// Turns clk_PER cycles into emulated time and back, segment by segment: firmware changes the clock while it runs, and
/// every change begins a new segment. What lives in time instead of cycles (oscillators, the RTC, stimulus) books here
/// and is re-booked in cycles at each change.
/// </summary>
public sealed class Timeline
{
    /// <summary>Picoseconds in a second.</summary>
    public const long PicosecondsPerSecond = 1_000_000_000_000;

    private readonly Schedule _schedule;
    private readonly List<ScheduledAction> _timed = [];
    private long _segmentCycle;
    private long _segmentPicoseconds;

    internal Timeline(Schedule schedule) => _schedule = schedule;

    /// <summary>Tells listeners, after the fact, that the frequency of clk_PER changed.</summary>
    public event Action? FrequencyChanged;

    /// <summary>Gets the frequency of clk_SYS in hertz, before the prescalers.</summary>
    public long SourceHertz { get; private set; } = 2_000_000;

    /// <summary>Gets the total prescaler division between clk_SYS and clk_PER: 1–2048.</summary>
    public int Divider { get; private set; } = 1;

    /// <summary>Gets the frequency of clk_PER in hertz.</summary>
    public double Hertz => (double)SourceHertz / Divider;

    /// <summary>Gets the emulated time of the current cycle in picoseconds since power-on.</summary>
    public long Picoseconds => PicosecondsAt(_schedule.Now);

    /// <summary>The emulated time at which a cycle of the current segment, or a later one at the present frequency, begins.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <returns>Picoseconds since power-on, rounded down.</returns>
    public long PicosecondsAt(long cycle) =>
        _segmentPicoseconds + Scale(cycle - _segmentCycle, (uint)Divider * (UInt128)PicosecondsPerSecond, (UInt128)SourceHertz, false);

    /// <summary>The first cycle that begins at or after a time, at the present frequency.</summary>
    /// <param name="picoseconds">Picoseconds since power-on.</param>
    /// <returns>The cycle; <see cref="ScheduledAction.Never"/> when it lies past the end of time.</returns>
    public long CycleAt(long picoseconds)
    {
        if (picoseconds == long.MaxValue) return ScheduledAction.Never;
        return _segmentCycle + Scale(picoseconds - _segmentPicoseconds, (UInt128)SourceHertz, (uint)Divider * (UInt128)PicosecondsPerSecond, true);
    }

    /// <summary>Books an action for a time; it moves with every change of the clock.</summary>
    /// <param name="action">The action.</param>
    /// <param name="picoseconds">Picoseconds since power-on.</param>
    public void Book(ScheduledAction action, long picoseconds)
    {
        action.Book(CycleAt(picoseconds));
        action.DuePicoseconds = picoseconds;
        if (!_timed.Contains(action)) _timed.Add(action);
    }

    /// <summary>Begins a new segment at the current cycle.</summary>
    /// <param name="sourceHertz">clk_SYS in hertz, above 0.</param>
    /// <param name="divider">Total prescaler division, 1–2048.</param>
    public void SetFrequency(long sourceHertz, int divider)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sourceHertz);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(divider);
        if (sourceHertz == SourceHertz && divider == Divider) return;
        _segmentPicoseconds = Picoseconds;
        _segmentCycle = _schedule.Now;
        SourceHertz = sourceHertz;
        Divider = divider;
        foreach (ScheduledAction action in _timed)
        {
            if (!action.IsBooked || action.DuePicoseconds < 0) continue;
            long due = action.DuePicoseconds;
            action.Book(CycleAt(due));
            action.DuePicoseconds = due;
        }

        FrequencyChanged?.Invoke();
    }

    internal void State(State.StateStream s)
    {
        long hertz = SourceHertz;
        int divider = Divider;
        s.Value(ref hertz);
        s.Value(ref divider);
        s.Value(ref _segmentCycle);
        s.Value(ref _segmentPicoseconds);
        SourceHertz = hertz;
        Divider = divider;
    }

    private static long Scale(long value, UInt128 numerator, UInt128 denominator, bool roundUp)
    {
        if (value <= 0) return 0;
        UInt128 product = (UInt128)value * numerator;
        if (roundUp) product += denominator - 1;
        UInt128 result = product / denominator;
        return result > (UInt128)(long.MaxValue / 2) ? long.MaxValue / 2 : (long)result;
    }
}
