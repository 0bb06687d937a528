using CsCheck;
using Xmega.Timers;
using Xunit;

namespace Xmega.Tests.Timers;

/// <summary>The arithmetic of the counter's way against going it tick by tick.</summary>
public class CountSequenceTests
{
    private static readonly Gen<(CountSequence Sequence, CountPosition Start)> Any = Gen.Select(
        Gen.Bool,
        Gen.OneOf(Gen.Int[0, 8], Gen.Int[0xF8, 0x108], Gen.Int[0xFFF0, 0xFFFF]),
        Gen.Bool.Select(b => b ? 0xFF : 0xFFFF),
        Gen.OneOf(Gen.Int[0, 12], Gen.Int[0xF0, 0x110], Gen.Int[0xFFF0, 0xFFFF]),
        Gen.Bool,
        (dual, top, max, count, down) => (new CountSequence(dual, top, max), new CountPosition(count, down)));

    [Fact]
    public void Any_number_of_ticks_comes_to_the_same_as_tick_by_tick() => Gen.Select(Any, Gen.OneOf(Gen.Int[0, 30], Gen.Int[0, 1200])).Sample((any, ticks) =>
    {
        CountPosition at = any.Start;
        for (int i = 0; i < ticks; i++) at = any.Sequence.Next(at);
        return any.Sequence.After(any.Start, ticks) == at;
    });

    [Fact]
    public void The_first_tick_that_reaches_or_leaves_a_value_is_found() => Gen.Select(Any, Gen.OneOf(Gen.Int[0, 12], Gen.Int[0xF0, 0x110], Gen.Int[0xFFF0, 0xFFFF])).Sample((any, count) =>
    {
        const int Horizon = 800;
        long reach = 0, leave = 0;
        CountPosition at = any.Start;
        for (int tick = 1; tick <= Horizon; tick++)
        {
            if (leave == 0 && at.Count == count) leave = tick;
            at = any.Sequence.Next(at);
            if (reach == 0 && at.Count == count) reach = tick;
        }

        long foundReach = any.Sequence.TicksToReach(any.Start, count), foundLeave = any.Sequence.TicksToLeave(any.Start, count);
        return (reach == 0 ? foundReach > Horizon : foundReach == reach) && (leave == 0 ? foundLeave > Horizon : foundLeave == leave);
    });

    [Fact]
    public void After_the_approach_the_counter_repeats_itself_every_period() => Any.Sample(any =>
    {
        CountPosition landed = any.Sequence.After(any.Start, any.Sequence.TicksToLap(any.Start));
        int period = any.Sequence.Period(landed.Down);
        CountPosition at = landed;
        int seen = 0;
        for (int i = 0; i < period; i++)
        {
            at = any.Sequence.Next(at);
            if (at.Count == landed.Count && at.Down == any.Sequence.After(landed, period).Down) seen++;
        }

        return at.Count == landed.Count && seen == 1;
    }, iter: 200);

    [Theory]
    [InlineData(false, 3, 0, false, "1 2 3 0 1 2 3 0")]                    // up: 0..PER, then 0
    [InlineData(false, 3, 0, true, "3d 2d 1d 0d 3d 2d")]                   // down: 0, then PER
    [InlineData(false, 3, 65534, false, "65535 0 1 2 3 0")]                // above TOP: on to MAX, then 0
    [InlineData(true, 3, 0, false, "1 2 3d 2d 1d 0 1 2 3d")]               // dual slope: TOP and 0 each last one tick
    [InlineData(true, 0, 0, false, "0 0 0")]
    [InlineData(true, 1, 0, false, "1d 0 1d 0")]
    [InlineData(true, 3, 5, true, "4d 3d 2d 1d 0 1")]                      // TOP moved below a counter on its way down
    public void Way_of_the_counter(bool dual, int top, int count, bool down, string way)
    {
        var sequence = new CountSequence(dual, top, 0xFFFF);
        var at = new CountPosition(count, down);
        foreach (string step in way.Split(' '))
        {
            at = sequence.Next(at);
            Assert.Equal(step, $"{at.Count}{(at.Down ? "d" : "")}");
        }
    }
}
