using System.Numerics;
using CsCheck;
using Xmega.State;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Time;

public class TimelineTests
{
    private const long Second = Timeline.PicosecondsPerSecond;

    // Every system clock the chip can have, odd ones among them: a cycle of 203 MHz is no whole number of picoseconds.
    private static readonly long[] Sources = [2_000_000, 32_000_000, 32_768, 8_000_000, 203_000_000, 62_000_000, 12_000_000, 400_001];

    private static readonly int[] Dividers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

    private static readonly Gen<(long Hertz, int Divider)> Clocks = Gen.Select(Gen.Int[0, Sources.Length - 1], Gen.Int[0, Dividers.Length - 1], static (s, d) => (Sources[s], Dividers[d]));

    [Fact]
    public void A_cycle_of_2_MHz_takes_500_000_picoseconds()
    {
        var schedule = new Schedule();
        var timeline = new Timeline(schedule);
        schedule.AdvanceTo(7);
        Assert.Equal(7 * 500_000, timeline.Picoseconds);
        Assert.Equal(2_000_000, timeline.Hertz);
    }

    [Fact]
    public void A_time_within_a_cycle_belongs_to_the_next_one()
    {
        var timeline = new Timeline(new Schedule());
        Assert.Equal(2, timeline.CycleAt(1_000_000));
        Assert.Equal(3, timeline.CycleAt(1_000_001));
        Assert.Equal(3, timeline.CycleAt(1_500_000));
        Assert.Equal(ScheduledAction.Never, timeline.CycleAt(long.MaxValue));
    }

    [Fact]
    public void Time_is_the_sum_over_the_segments() =>
        Gen.Select(Gen.Select(Clocks, Gen.Long[0, 5_000_000]).Array[1, 40], Gen.Long[0, 1000]).Sample((segments, ahead) =>
        {
            var schedule = new Schedule();
            var timeline = new Timeline(schedule);
            // The oracle keeps time as an exact fraction.
            (BigInteger Numerator, BigInteger Denominator) time = (0, 1);
            foreach (((long hertz, int divider), long cycles) in segments)
            {
                timeline.SetFrequency(hertz, divider);
                schedule.AdvanceTo(schedule.Now + cycles);
                time = (time.Numerator * hertz + (time.Denominator * cycles * divider * Second), time.Denominator * hertz);
                BigInteger common = BigInteger.GreatestCommonDivisor(time.Numerator, time.Denominator);
                time = (time.Numerator / common, time.Denominator / common);
            }

            // Each change rounds down by less than an attosecond, 40 of them by less than 40.
            BigInteger attoseconds = time.Numerator * 1_000_000 / time.Denominator;
            Assert.InRange(timeline.Picoseconds, (long)((attoseconds - segments.Length) / 1_000_000), (long)(attoseconds / 1_000_000));
            // And there is a way back from the time of any cycle to come.
            long cycle = schedule.Now + ahead;
            Assert.Equal(cycle, timeline.CycleAt(timeline.PicosecondsAt(cycle)));
        });

    [Fact]
    public void The_first_cycle_at_or_after_a_time_begins_then_and_the_one_before_does_not() =>
        Gen.Select(Gen.Select(Clocks, Gen.Long[0, 100_000]).Array[1, 10], Gen.Long[1, 10 * Second]).Sample((segments, ahead) =>
        {
            var schedule = new Schedule();
            var timeline = new Timeline(schedule);
            foreach (((long hertz, int divider), long cycles) in segments)
            {
                timeline.SetFrequency(hertz, divider);
                schedule.AdvanceTo(schedule.Now + cycles);
            }

            long time = timeline.Picoseconds + ahead;
            long cycle = timeline.CycleAt(time);
            Assert.True(timeline.PicosecondsAt(cycle) >= time);
            Assert.True(timeline.PicosecondsAt(cycle - 1) < time);
        });

    [Fact]
    public void Many_changes_of_the_clock_add_up_to_no_drift()
    {
        var schedule = new Schedule();
        var timeline = new Timeline(schedule);
        // 203 000 cycles at 203 MHz and as many at 29 MHz, one by one: 1 ms and 7 ms, whatever the number of segments.
        for (int i = 0; i < 203_000; i++)
        {
            timeline.SetFrequency(203_000_000, 1);
            schedule.AdvanceTo(schedule.Now + 1);
            timeline.SetFrequency(203_000_000, 7);
            schedule.AdvanceTo(schedule.Now + 1);
        }

        Assert.InRange(timeline.Picoseconds, (Second / 125) - 1, Second / 125);
    }

    [Fact]
    public void The_cycle_of_a_time_is_the_quotient_rounded_up_however_far_away_it_is() =>
        Gen.Select(Clocks, Clocks, Gen.Long[0, 100_000], Gen.Int[1, 62], Gen.Long[0, long.MaxValue]).Sample((first, clock, cycles, bits, time) =>
        {
            var schedule = new Schedule();
            var timeline = new Timeline(schedule);
            timeline.SetFrequency(first.Hertz, first.Divider);
            schedule.AdvanceTo(cycles);
            timeline.SetFrequency(clock.Hertz, clock.Divider);
            BigInteger begin = (BigInteger)cycles * first.Divider * Second * 1_000_000 / first.Hertz; // attoseconds
            long picoseconds = (long)(begin / 1_000_000) + 1 + (time >> bits);
            BigInteger distance = ((BigInteger)picoseconds * 1_000_000) - begin, length = (BigInteger)clock.Divider * Second * 1_000_000; // times hertz
            Assert.Equal((long)(((distance * clock.Hertz) + length - 1) / length) + cycles, timeline.CycleAt(picoseconds));
        });

    [Fact]
    public void A_frequency_that_no_clock_has_takes_no_time_to_divide_by()
    {
        var timeline = new Timeline(new Schedule());
        timeline.SetFrequency(long.MaxValue, 1);
        Assert.Equal(ScheduledAction.Never, timeline.CycleAt(long.MaxValue - 1));
    }

    [Fact]
    public void An_action_booked_in_time_runs_in_the_first_cycle_at_or_after_it_whatever_the_clock_does() =>
        Gen.Select(Gen.Select(Clocks, Gen.Long[0, 50_000]).Array[1, 30], Gen.Long[0, Second / 10].Array[1, 12]).Sample((segments, times) =>
        {
            var schedule = new Schedule();
            var timeline = new Timeline(schedule);
            var ran = new (long Cycle, long Count)[times.Length];
            ScheduledAction[] actions = [.. times.Select((_, i) => schedule.Create($"a{i}", Phase.Module, () => ran[i] = (schedule.Now, ran[i].Count + 1)))];
            for (int i = 0; i < times.Length; i++) timeline.Book(actions[i], times[i]);
            var begin = new List<(long Cycle, long Picoseconds)> { (0, 0) };
            foreach (((long hertz, int divider), long cycles) in segments)
            {
                timeline.SetFrequency(hertz, divider);
                schedule.AdvanceTo(schedule.Now + cycles);
                // An action that ran in this segment: its cycle is the first that begins at or after its time.
                for (int i = 0; i < times.Length; i++)
                {
                    if (ran[i].Cycle <= begin[^1].Cycle || ran[i].Count == 0) continue;
                    Assert.True(timeline.PicosecondsAt(ran[i].Cycle) >= times[i]);
                    Assert.True(timeline.PicosecondsAt(ran[i].Cycle - 1) < times[i]);
                }

                begin.Add((schedule.Now, timeline.Picoseconds));
            }

            // And none is missed, doubled or early.
            for (int i = 0; i < times.Length; i++)
                Assert.Equal(times[i] <= timeline.Picoseconds ? 1 : 0, ran[i].Count);
        });

    [Fact]
    public void An_action_booked_in_cycles_stays_in_its_cycle()
    {
        var schedule = new Schedule();
        var timeline = new Timeline(schedule);
        ScheduledAction action = schedule.Create("a", Phase.Module, static () => { });
        timeline.Book(action, 5_000_000);
        action.Book(100);
        timeline.SetFrequency(32_000_000, 1);
        Assert.Equal(100, action.Cycle);
    }

    [Fact]
    public void Actions_booked_in_time_and_in_cycles_run_in_order_after_a_change_of_the_clock() =>
        Gen.Select(Gen.Select(Gen.Bool, Gen.Long[0, 200]).Array[1, 30], Clocks).Sample((bookings, clock) =>
        {
            var schedule = new Schedule();
            var timeline = new Timeline(schedule);
            var ran = new List<(long Cycle, int Action)>();
            ScheduledAction[] actions = [.. bookings.Select((_, i) => schedule.Create($"a{i}", Phase.Module, () => ran.Add((schedule.Now, i))))];
            for (int i = 0; i < bookings.Length; i++)
            {
                if (bookings[i].Item1) timeline.Book(actions[i], bookings[i].Item2 * 500_000);
                else actions[i].Book(bookings[i].Item2);
            }

            timeline.SetFrequency(clock.Hertz, clock.Divider);
            (long, int)[] expected = [.. bookings.Select((b, i) => (b.Item1 ? timeline.CycleAt(b.Item2 * 500_000) : b.Item2, i)).Order()];
            schedule.AdvanceTo(expected.Max(e => e.Item1));
            Assert.Equal(expected, ran);
        });

    [Fact]
    public void A_limit_in_time_is_reached_when_its_cycle_begins_after_a_change_of_the_clock_too()
    {
        var schedule = new Schedule();
        var timeline = new Timeline(schedule);
        ScheduledAction limit = schedule.Create("limit", Phase.Limit, static () => { });
        timeline.Book(limit, 5_000_000);
        Assert.Equal(9, limit.Cycle);
        timeline.SetFrequency(4_000_000, 1);
        Assert.Equal(19, limit.Cycle);
    }

    [Fact]
    public void A_restored_action_that_lives_in_time_still_moves_with_the_clock()
    {
        var schedule = new Schedule();
        var timeline = new Timeline(schedule);
        ScheduledAction action = schedule.Create("a", Phase.Module, static () => { });
        schedule.AdvanceTo(10);
        timeline.Book(action, 50_000_000); // cycle 100 at 2 MHz
        var save = new StateStream();
        timeline.State(save);
        save.Value(action);

        var other = new Schedule();
        var otherTimeline = new Timeline(other);
        ScheduledAction restored = other.Create("a", Phase.Module, static () => { });
        other.Restart(10);
        var load = new StateStream(save.ToArray());
        otherTimeline.State(load);
        load.Value(restored);
        Assert.Equal(100, restored.Cycle);
        otherTimeline.SetFrequency(4_000_000, 1);
        // 45 us are left at cycle 10: 180 cycles of 4 MHz.
        Assert.Equal(190, restored.Cycle);
    }

    [Fact]
    public void The_end_of_time_is_no_booking()
    {
        var schedule = new Schedule();
        var timeline = new Timeline(schedule);
        ScheduledAction action = schedule.Create("a", Phase.Module, static () => { });
        timeline.Book(action, 1000);
        timeline.Book(action, long.MaxValue);
        Assert.False(action.IsBooked);
        Assert.Equal(long.MaxValue, timeline.PicosecondsAt(long.MaxValue - 1));
    }

    [Fact]
    public void Listeners_hear_of_a_change_of_the_fast_clocks_alone()
    {
        var timeline = new Timeline(new Schedule());
        int heard = 0;
        timeline.FrequencyChanged += () => heard++;
        timeline.SetFrequency(2_000_000, 2);
        timeline.SetFrequency(2_000_000, 2, 2, 2);
        timeline.SetFrequency(2_000_000, 2, 2, 2);
        Assert.Equal(2, heard);
        Assert.Equal(2, timeline.Per4Ratio);
    }
}
