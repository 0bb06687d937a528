using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Analog.AdcBench;

namespace Xmega.Tests.Analog;

/// <summary>When conversions begin and end, in ADC clocks.</summary>
public class AdcTimingTests
{
    // An ADC that has been enabled in cycle 3: clk_ADC has an edge in cycle 4 and every 4 cycles from there.
    private static Bench Enabled(int ctrlb = 0, int channelControl = SingleEnded, int prescaler = 0)
    {
        Bench bench = new Bench().Advance(3).Write("ADCA.CTRLB", ctrlb).Write("ADCA.PRESCALER", prescaler);
        for (int n = 0; n < 4; n++) bench.Write($"ADCA.CH{n}.CTRL", channelControl);
        bench.Write("ADCA.CTRLA", Enable).Watch("ADCA.*").AdvanceTo(3 + (100 << prescaler) * Clock);
        return bench;
    }

    private static long[] Clocks(Bench bench, string signal, long since, int period = Clock) =>
        [.. bench.CyclesOf(signal).Select(c => (c - since) % period == 0 ? (c - since) / period : throw new InvalidOperationException($"{c} is not on the grid"))];

    [Theory]
    [InlineData(0, SingleEnded, 7)]
    [InlineData(EightBits, SingleEnded, 5)]
    [InlineData(LeftAdjusted, SingleEnded, 7)]
    [InlineData(Signed, Differential, 7)]
    [InlineData(Signed, WithGain, 8)]
    [InlineData(Signed | EightBits, WithGain, 6)]
    public void A_conversion_takes_one_clock_half_a_clock_a_bit_and_one_for_the_gain(int ctrlb, int channel, int clocks)
    {
        for (int prescaler = 0; prescaler < 8; prescaler++)
        {
            int period = Clock << prescaler;
            Bench bench = Enabled(ctrlb, channel, prescaler);
            long edge = bench.Now + 1;
            bench.Write("ADCA.CTRLA", Enable | 0x04).Advance(((long)clocks * period) + 1);
            Assert.Equal([edge], bench.CyclesOf("ADCA.CH0.SAMPLE"));
            Assert.Equal([edge + ((long)clocks * period)], bench.CyclesOf("ADCA.CH0"));
            Assert.Equal(1, bench.Read("ADCA.INTFLAGS"));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 4)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(4, 1)]
    public void It_begins_with_the_first_edge_at_least_a_cycle_later(int cyclesLater, int wait)
    {
        Bench bench = Enabled();
        bench.Advance(cyclesLater);
        long start = bench.Now;
        bench.Write("ADCA.CH0.CTRL", 0x80 | SingleEnded);
        Assert.Equal(0x80 | SingleEnded, bench.Read("ADCA.CH0.CTRL"));
        Assert.Equal(Enable | 0x04, bench.Read("ADCA.CTRLA"));
        bench.Advance(wait - 1);
        Assert.Equal(Enable | 0x04, bench.Read("ADCA.CTRLA"));
        bench.Advance(1);
        Assert.Equal(Enable, bench.Read("ADCA.CTRLA"));
        Assert.Equal(SingleEnded, bench.Read("ADCA.CH0.CTRL"));
        Assert.Equal([start + wait], bench.CyclesOf("ADCA.CH0.SAMPLE"));
    }

    // 8331B 28.9: two channels at once, without gain, with gain on the first, on the second, on both.
    [Theory]
    [InlineData(SingleEnded, SingleEnded, 0, 1, 7, 8)]
    [InlineData(WithGain, SingleEnded, 0, 2, 8, 9)]
    [InlineData(SingleEnded, WithGain, 0, 0, 7, 8)]
    [InlineData(WithGain, WithGain, 0, 1, 8, 9)]
    public void Two_channels_go_through_the_pipeline_one_after_the_other(int first, int second, int sample0, int sample1, int end0, int end1)
    {
        Bench bench = Enabled(Signed).Write("ADCA.CH0.CTRL", first).Write("ADCA.CH1.CTRL", second);
        long edge = bench.Now + 1;
        bench.Write("ADCA.CTRLA", Enable | 0x0C).Advance(100);
        Assert.Equal([sample0], Clocks(bench, "ADCA.CH0.SAMPLE", edge));
        Assert.Equal([sample1], Clocks(bench, "ADCA.CH1.SAMPLE", edge));
        Assert.Equal([end0], Clocks(bench, "ADCA.CH0", edge));
        Assert.Equal([end1], Clocks(bench, "ADCA.CH1", edge));
    }

    [Fact]
    public void Of_channels_that_wait_the_lowest_is_first()
    {
        Bench bench = Enabled();
        long edge = bench.Now + 5;
        bench.Advance(1).Write("ADCA.CTRLA", Enable | 0x20).Advance(1).Write("ADCA.CTRLA", Enable | 0x28).Advance(100);
        Assert.Equal([0L], Clocks(bench, "ADCA.CH1.SAMPLE", edge));
        Assert.Equal([1L], Clocks(bench, "ADCA.CH3.SAMPLE", edge));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    public void Free_running_gives_a_result_a_clock_from_the_channels_of_the_sweep_in_turn(int sweep, int channels)
    {
        Bench bench = Enabled().Write("ADCA.EVCTRL", sweep << 6);
        long edge = bench.Now + 1;
        bench.Write("ADCA.CTRLB", FreeRun).Advance(200);
        for (int channel = 0; channel < 4; channel++)
        {
            long[] clocks = Clocks(bench, $"ADCA.CH{channel}", edge);
            Assert.Equal(channel < channels ? [.. Enumerable.Range(0, clocks.Length).Select(n => 7L + channel + (channels * n))] : [], clocks);
            Assert.Equal(channel < channels, clocks.Length > 5);
        }

        bench.Write("ADCA.CTRLB", 0).Advance(8 * Clock);
        int done = bench.Trace.Count;
        bench.Advance(1000);
        Assert.Equal(done, bench.Trace.Count);
    }

    // 8331B 28.9.6: all four, the last two with gain.
    [Fact]
    public void Free_running_with_gain_on_two_channels_still_gives_a_result_a_clock()
    {
        Bench bench = Enabled(Signed).Write("ADCA.CH2.CTRL", WithGain).Write("ADCA.CH3.CTRL", WithGain).Write("ADCA.EVCTRL", 3 << 6);
        long edge = bench.Now + 1;
        bench.Write("ADCA.CTRLB", Signed | FreeRun).Advance(200);
        for (int channel = 0; channel < 4; channel++)
        {
            long[] clocks = Clocks(bench, $"ADCA.CH{channel}", edge);
            Assert.Equal(Enumerable.Range(0, clocks.Length).Select(n => 7L + channel + (4 * n)), clocks);
        }
    }

    [Fact]
    public void The_multiplexer_may_be_set_for_the_next_conversion_while_one_is_under_way()
    {
        Bench bench = Enabled(Signed);
        bench.Volts("PORTA.PIN0", 250_000);
        bench.Volts("PORTA.PIN1", 500_000);
        bench.Write("ADCA.CTRLA", Enable | 4).Advance(1).Write("ADCA.CH0.MUXCTRL", 8).Advance(3).Write("ADCA.CTRLA", Enable | 4).Advance(100);
        Assert.Equal([512L, 1024L], bench.Trace.Where(t => t.Signal == "ADCA.CH0").Select(t => t.Value));
    }

    [Fact]
    public void A_flush_aborts_what_is_under_way_keeps_what_waits_and_restarts_the_clock()
    {
        Bench bench = Enabled();
        bench.Write("ADCA.CTRLA", Enable | 0x0C).Advance(2);
        Assert.Equal(Enable | 0x08, bench.Read("ADCA.CTRLA"));
        long flushed = bench.Now;
        bench.Write("ADCA.CTRLA", Enable | 0x08 | 0x02).Advance(100);
        Assert.Empty(bench.CyclesOf("ADCA.CH0"));
        Assert.Equal([flushed + 1], bench.CyclesOf("ADCA.CH1.SAMPLE"));
        Assert.Equal([flushed + 1 + (7 * Clock)], bench.CyclesOf("ADCA.CH1"));
        Assert.Equal(Enable, bench.Read("ADCA.CTRLA"));
    }

    [Fact]
    public void Switching_it_off_aborts_all_and_the_result_stays()
    {
        Bench bench = Enabled(Signed);
        bench.Volts("PORTA.PIN0", 250_000);
        bench.Write("ADCA.CTRLA", Enable | 4).Advance(100).Write("ADCA.CTRLA", Enable | 0x3C).Advance(8).Write("ADCA.CTRLA", 0).Advance(100).Write("ADCA.CTRLA", Enable).Advance(100);
        Assert.Single(bench.CyclesOf("ADCA.CH0"));
        Assert.Empty(bench.CyclesOf("ADCA.CH1"));
        Assert.Equal(512, bench.Read("ADCA.CH0.RES"));
    }

    [Fact]
    public void Power_reduction_lets_it_stand_still()
    {
        Bench bench = Enabled();
        long edge = bench.Now + 1;
        bench.Write("ADCA.CTRLA", Enable | 0x0C).Advance(10).Write("PR.PRPA", 2).Advance(1003).Write("PR.PRPA", 0).Advance(100);
        Assert.Equal([edge + 28 + 1003], bench.CyclesOf("ADCA.CH0"));
        Assert.Equal([edge + 32 + 1003], bench.CyclesOf("ADCA.CH1"));
    }

    [Fact]
    public void A_new_prescaler_takes_the_clocks_that_are_left_along()
    {
        Bench bench = Enabled();
        bench.Write("ADCA.CTRLA", Enable | 4).Advance(1 + (3 * Clock));
        long changed = bench.Now;
        bench.Write("ADCA.PRESCALER", 1).Advance(100);
        Assert.Equal([changed + 1 + (4 * 8)], bench.CyclesOf("ADCA.CH0"));
    }
}
