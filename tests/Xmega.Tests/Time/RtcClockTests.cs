using System.Numerics;
using CsCheck;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Time;

/// <summary>The edges of the clock of the RTC, against exact fractions.</summary>
public class RtcClockTests
{
    private const long Second = Timeline.PicosecondsPerSecond;

    private static readonly Gen<(long Hertz, int Division)> Clocks =
        Gen.Select(Gen.OneOf(Gen.Const(1024L), Gen.Const(32_768L), Gen.Long[1, 1_000_000]), Gen.Int[1, 1024]);

    [Fact]
    public void Edges_within_a_time_are_the_whole_part_of_the_quotient() =>
        Gen.Select(Clocks, Gen.Int[1, 62], Gen.Long[0, long.MaxValue]).Sample((clock, bits, time) =>
            Assert.Equal((long)((BigInteger)(time >> bits) * clock.Hertz / ((BigInteger)Second * clock.Division)), RtcClock.EdgesIn(time >> bits, clock.Hertz, clock.Division)));

    [Fact]
    public void An_edge_is_counted_from_its_time_on_and_not_before() =>
        Gen.Select(Clocks, Gen.Int[1, 47], Gen.Long[1, 1L << 48]).Sample((clock, bits, number) =>
        {
            long edge = 1 + (number >> bits), time = RtcClock.TimeOf(edge, clock.Hertz, clock.Division);
            BigInteger exact = (((BigInteger)edge * clock.Division * Second) + clock.Hertz - 1) / clock.Hertz;
            if (time == long.MaxValue)
            {
                Assert.True(exact > long.MaxValue - Second);
                return;
            }

            Assert.Equal(exact, time);
            Assert.Equal((edge, edge - 1), (RtcClock.EdgesIn(time, clock.Hertz, clock.Division), RtcClock.EdgesIn(time - 1, clock.Hertz, clock.Division)));
        });
}
