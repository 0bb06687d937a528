using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Workbench.Tests.Running;

public class EmulatedTimeTests
{
    [Theory]
    [InlineData("1ps", 1)]
    [InlineData("250ns", 250_000)]
    [InlineData("0.5ns", 500)]
    [InlineData("10us", 10_000_000)]
    [InlineData("10µs", 10_000_000)]
    [InlineData("5ms", 5_000_000_000)]
    [InlineData("2s", 2_000_000_000_000)]
    [InlineData("1.5 s", 1_500_000_000_000)]
    [InlineData(".25us", 250_000)]
    [InlineData("8640000s", 8_640_000_000_000_000_000)]
    public void A_number_with_a_unit_is_a_time(string text, long picoseconds)
    {
        Assert.True(EmulatedTime.TryParse(text, out EmulatedTime? time));
        Assert.Equal(new EmulatedTime(picoseconds, false), time);
    }

    [Theory]
    [InlineData("1cycle", 1)]
    [InlineData("1500cycles", 1500)]
    [InlineData("2.0 cycles", 2)]
    public void Cycles_are_whole(string text, long cycles)
    {
        Assert.True(EmulatedTime.TryParse(text, out EmulatedTime? time));
        Assert.Equal(new EmulatedTime(cycles, true), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData(".")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData(" 1s")]
    [InlineData("1,5s")]
    [InlineData("1.5.5s")]
    [InlineData("1e3s")]
    [InlineData("1S")]
    [InlineData("1min")]
    [InlineData("0.1ps")]
    [InlineData("0.0001ns")]
    [InlineData("0cycles")]
    [InlineData("1.5cycles")]
    [InlineData("8640001s")]
    [InlineData("9223372036854775807cycles")]
    [InlineData("99999999999999999999999999999999s")]
    public void Anything_else_is_none(string text) => Assert.False(EmulatedTime.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 ps")]
    [InlineData(999, "999 ps")]
    [InlineData(1000, "1 ns")]
    [InlineData(31_250, "31.25 ns")]
    [InlineData(1_343_750, "1.344 us")]
    [InlineData(6_250_000_000, "6.25 ms")]
    [InlineData(60_000_000_000_000, "60 s")]
    [InlineData(8_640_000_000_000_000_000, "8640000 s")]
    public void People_read_a_time_in_the_unit_that_fits(long picoseconds, string text) => Assert.Equal(text, EmulatedTime.Format(picoseconds));

    [Fact]
    public void Seconds_are_picoseconds() => Assert.Equal(new EmulatedTime(3_000_000_000_000, false), EmulatedTime.FromSeconds(3));
}
