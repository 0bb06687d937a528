using Xmega.State;
using Xmega.Time;

namespace Xmega.Electrical;

/// <summary>
/// Whether a voltage is above another, with hysteresis, and when that changes. While both are known functions of time
/// the next crossing is searched for and booked; nothing is sampled in between. Finer than a cycle nobody can see: what
/// rises and falls again within one is not noticed.
/// </summary>
internal sealed class VoltageComparison
{
    // Looks at the bounds of a span before the search pauses, and goes on in the cycle up to which nothing can happen.
    private const int Patience = 400;

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Action _changed;
    private readonly ScheduledAction _look;
    private IVoltage? _input;
    private IVoltage _rising = ConstantVoltage.Ground;
    private IVoltage _falling = ConstantVoltage.Ground;
    private bool _isAbove;

    /// <summary>Initializes a new instance of the <see cref="VoltageComparison"/> class, which compares nothing yet.</summary>
    /// <param name="schedule">Books the crossings.</param>
    /// <param name="timeline">Turns time into cycles.</param>
    /// <param name="supply">VCC, which any of the voltages may depend on.</param>
    /// <param name="name">Name for people.</param>
    /// <param name="phase">Where in a cycle a crossing is noticed.</param>
    /// <param name="changed">Called in the cycle in which <see cref="IsAbove"/> changed by itself.</param>
    public VoltageComparison(Schedule schedule, Timeline timeline, Supply supply, string name, Phase phase, Action changed)
    {
        _schedule = schedule;
        _timeline = timeline;
        _changed = changed;
        _look = schedule.Create(name, phase, Look);
        supply.Changed += Look;
    }

    /// <summary>Gets a value indicating whether something is compared.</summary>
    public bool IsRunning => _input is not null;

    /// <summary>Gets a value indicating whether the input is above; false while nothing is compared.</summary>
    public bool IsAbove => _isAbove;

    /// <summary>Compares from now on, beginning at once with what is so now.</summary>
    /// <param name="input">What is compared.</param>
    /// <param name="rising">What it must exceed to be above.</param>
    /// <param name="falling">What it must fall below to be so no longer: no higher than <paramref name="rising"/>.</param>
    /// <param name="wasAbove">What counts as so before, where the hysteresis leaves it open.</param>
    public void Start(IVoltage input, IVoltage rising, IVoltage falling, bool wasAbove)
    {
        (_input, _rising, _falling, _isAbove) = (input, rising, falling, wasAbove);
        Evaluate();
    }

    /// <summary>Goes on comparing after a state was restored, which says what is so and what is booked.</summary>
    /// <param name="input">What is compared.</param>
    /// <param name="rising">What it must exceed to be above.</param>
    /// <param name="falling">What it must fall below to be so no longer.</param>
    public void Resume(IVoltage? input, IVoltage rising, IVoltage falling) => (_input, _rising, _falling) = (input, rising, falling);

    /// <summary>Compares nothing any longer.</summary>
    public void Stop()
    {
        _input = null;
        _rising = _falling = ConstantVoltage.Ground;
        _isAbove = false;
        _look.Cancel();
    }

    /// <summary>Compares again because one of the voltages is another function of time than before. The caller looks at <see cref="IsAbove"/> itself.</summary>
    public void Evaluate()
    {
        if (_input is null) return;
        long now = _timeline.Picoseconds;
        if (IsOnTheOtherSide(now)) _isAbove = !_isAbove;
        BookNext(now);
    }

    public void State(StateStream s)
    {
        s.Value(ref _isAbove);
        s.Value(_look);
    }

    private void Look()
    {
        bool before = _isAbove;
        Evaluate();
        if (_isAbove != before) _changed();
    }

    private bool IsOnTheOtherSide(long time)
    {
        long input = _input!.At(time);
        return _isAbove ? input < _falling.At(time) : input > _rising.At(time);
    }

    private bool CanCross(long from, long to)
    {
        VoltageRange input = _input!.Between(from, to);
        return _isAbove ? input.Lowest < _falling.Between(from, to).Highest : input.Highest > _rising.Between(from, to).Lowest;
    }

    // Strides over spans in which the bounds rule a crossing out, ever longer ones; halves the stride where they do not.
    private void BookNext(long now)
    {
        if (!CanCross(now, long.MaxValue))
        {
            _look.Cancel();
            return;
        }

        long finest = Math.Max(1, _timeline.PicosecondsAt(_schedule.Now + 1) - now);
        long reached = now, stride = finest;
        for (int looks = 0; looks < Patience; looks++)
        {
            long end = reached + stride;
            if (end < 0) break;
            if (!CanCross(reached, end))
            {
                reached = end;
                stride *= 2;
            }
            else if (stride > finest)
            {
                stride = Math.Max(finest, stride / 2);
            }
            else
            {
                reached = end;
                if (IsOnTheOtherSide(reached)) break;
            }
        }

        _timeline.Book(_look, Math.Max(reached, now + 1));
    }
}
