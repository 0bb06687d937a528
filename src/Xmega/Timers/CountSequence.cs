namespace Xmega.Timers;

/// <summary>Where a counter stands: CNT, and DIR.</summary>
/// <param name="Count">0–0xFFFF.</param>
/// <param name="Down">True when it counts down.</param>
internal readonly record struct CountPosition(int Count, bool Down);

/// <summary>
/// The way of a counter through its values, as pure arithmetic: <see cref="Next"/> is the rule of one tick (8077I 14.6),
/// everything else says the same about any number of ticks without going through them.
/// </summary>
/// <remarks>
/// After an approach of at most one lap (CNT was written, or TOP moved, so that CNT stands above TOP) the counter goes
/// round a fixed cycle of <see cref="Period"/> ticks. TOP is found by equality: above it, counting up, the counter runs
/// on to MAX and wraps to 0 (14.6.4).
/// </remarks>
/// <param name="Dual">Dual slope: turns at TOP and at 0. Otherwise it goes in the direction of DIR and starts anew.</param>
/// <param name="Top">The value to turn or to start anew at, 0–0xFFFF.</param>
/// <param name="Max">The largest value after a tick: 0xFFFF, or 0xFF in byte mode, which clears the high byte at every tick.</param>
internal readonly record struct CountSequence(bool Dual, int Top, int Max)
{
    /// <summary>A number of ticks for what does not happen.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The ticks of one lap.</summary>
    /// <param name="down">DIR; without meaning for dual slope.</param>
    public int Period(bool down)
    {
        if (!Dual) return Highest(down) + 1;
        if (Top > Max) return Max + 1;
        return Top == 0 ? 1 : 2 * Top;
    }

    /// <summary>The position after one tick.</summary>
    public CountPosition Next(CountPosition at)
    {
        int count = at.Count;
        if (!Dual)
        {
            if (at.Down) return at with { Count = (count == 0 ? Top : count - 1) & Max };
            return at with { Count = count == Top ? 0 : (count + 1) & Max };
        }

        if (Top == 0 && count == 0) return new CountPosition(0, false);
        bool down = GoesDown(at);
        count = (down ? count - 1 : count + 1) & Max;
        // DIR shows the new direction as soon as the counter stands at TOP or BOTTOM.
        return new CountPosition(count, count != 0 && (count == Top || down));
    }

    /// <summary>Whether the next tick starts the sequence anew: leaves TOP, or 0 when counting down.</summary>
    public bool StartsAnewFrom(CountPosition at) => at.Count == (at.Down ? 0 : Top);

    /// <summary>The position after a number of ticks.</summary>
    /// <param name="at">The position now.</param>
    /// <param name="ticks">At least 0.</param>
    public CountPosition After(CountPosition at, long ticks)
    {
        if (ticks == 0) return at;
        if (LeadsStraightTo(at, at.Count + ticks)) return at with { Count = at.Count + (int)ticks };
        if (at.Count > Max)
        {
            at = Next(at);
            ticks--;
        }

        long approach = Approach(at, out CountPosition landing);
        if (ticks < approach) return at with { Count = at.Count + (int)(GoesDown(at) ? -ticks : ticks) };
        return ticks == 0 ? at : AfterOnLap(landing, (int)((ticks - approach) % Period(at.Down)));
    }

    /// <summary>How many ticks until the counter arrives at a value.</summary>
    /// <param name="at">The position now.</param>
    /// <param name="count">The value.</param>
    /// <returns>At least 1: standing there now does not count; or <see cref="Never"/>.</returns>
    public long TicksToReach(CountPosition at, int count)
    {
        if (count > Max) return Never;
        if (at.Count < count && LeadsStraightTo(at, count)) return count - at.Count;
        long ticks = 0;
        if (at.Count > Max)
        {
            at = Next(at);
            ticks = 1;
            if (at.Count == count) return ticks;
        }

        long approach = Approach(at, out CountPosition landing);
        if (approach > 0)
        {
            int distance = GoesDown(at) ? at.Count - count : count - at.Count;
            if (distance > 0 && distance < approach) return ticks + distance;
            ticks += approach;
            if (landing.Count == count) return ticks;
        }

        int onLap = TicksOnLap(landing, count);
        return onLap == 0 ? Never : ticks + onLap;
    }

    /// <summary>Which tick from now on is the one that leaves a value.</summary>
    /// <param name="at">The position now.</param>
    /// <param name="count">The value.</param>
    /// <returns>1 when the counter stands there now; or <see cref="Never"/>.</returns>
    public long TicksToLeave(CountPosition at, int count)
    {
        if (at.Count == count) return 1;
        long reach = TicksToReach(at, count);
        return reach == Never ? Never : reach + 1;
    }

    /// <summary>How many ticks until the counter is on its lap, 0 when it is there.</summary>
    public int TicksToLap(CountPosition at) => at.Count > Max ? 1 + Approach(Next(at), out _) : Approach(at, out _);

    // The usual case of a counter on its way up, which needs none of the arithmetic of laps.
    private bool LeadsStraightTo(CountPosition at, long count) => !Dual && !at.Down && count <= Math.Min(Top, Max);

    // Ticks until the counter is on its lap, and where it arrives there. The position must not be above MAX.
    private int Approach(CountPosition at, out CountPosition landing)
    {
        landing = at;
        bool down = GoesDown(at);
        if (Dual && Top > Max)
        {
            // Never turns: once at 0 it goes up and wraps at MAX for ever.
            if (!down) return 0;
            landing = new CountPosition(0, false);
            return at.Count;
        }

        int highest = Highest(at.Down);
        if (at.Count <= highest) return 0;
        landing = down ? new CountPosition(highest, !Dual || highest != 0) : new CountPosition(0, at.Down);
        return down ? at.Count - highest : Max + 1 - at.Count;
    }

    private bool GoesDown(CountPosition at) => Dual ? at.Count != 0 && (at.Down || at.Count == Top) : at.Down;

    // The largest value of the lap; a reload in byte mode loses the high byte of TOP.
    private int Highest(bool down) => down && !Dual ? Top & Max : Math.Min(Top, Max);

    private CountPosition AfterOnLap(CountPosition at, int ticks)
    {
        int period = Period(at.Down);
        if (Dual && Top <= Max)
        {
            int phase = (Phase(at) + ticks) % period;
            return phase <= Top ? new CountPosition(phase, phase == Top && Top != 0) : new CountPosition(period - phase, true);
        }

        int step = at.Down && !Dual ? period - ticks : ticks;
        return new CountPosition((at.Count + step) % period, at.Down && !Dual);
    }

    // 0 stands for never.
    private int TicksOnLap(CountPosition at, int count)
    {
        int period = Period(at.Down);
        if (count > Highest(at.Down)) return 0;
        if (Dual && Top <= Max)
        {
            int phase = Phase(at);
            return Math.Min(Ahead(count - phase), Ahead(period - count - phase));
        }

        return Ahead(at.Down && !Dual ? at.Count - count : count - at.Count);

        int Ahead(int distance)
        {
            distance %= period;
            return distance <= 0 ? distance + period : distance;
        }
    }

    // Ticks since 0 on a dual-slope lap.
    private int Phase(CountPosition at) => GoesDown(at) && at.Count != Top ? (2 * Top) - at.Count : at.Count;
}
