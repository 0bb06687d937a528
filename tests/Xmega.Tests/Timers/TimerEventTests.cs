using Xmega.Ports;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Timers;

public class TimerEventTests
{
    // TCC0 counts to per at a divider; its overflow goes through channel 0 to the clock of TCC1.
    private static Bench Chain(int per, int clksel) => new Bench()
        .Write("TCC0.PER", per).Write("EVSYS.CH0MUX", 0xC0).Write("TCC1.CTRLA", 8).Write("TCC0.CTRLA", clksel);

    [Fact]
    public void The_high_timer_of_a_chain_is_updated_one_cycle_after_the_low_one_overflows()
    {
        Bench bench = Chain(9, 1); // overflow at cycles 10, 20, ...
        Assert.Equal(0, bench.AdvanceTo(10 + Latency.TimerEvent - 1).Read("TCC1.CNT"));
        Assert.Equal(1, bench.AdvanceTo(10 + Latency.TimerEvent).Read("TCC1.CNT"));
        Assert.Equal(2, bench.AdvanceTo(20 + Latency.TimerEvent).Read("TCC1.CNT"));
    }

    [Fact]
    public void A_chain_of_two_timers_counts_32_bits_over_billions_of_cycles_and_books_nothing()
    {
        Bench bench = Chain(0xFFFF, 1);
        Assert.Equal(0, bench.Chip.Services.Schedule.Count);
        long cycle = 0;
        foreach (long step in (long[])[65535, 1, 1, 1, 1, 999_999_999, 12_345_678, 4_000_000_000, 1])
        {
            bench.Advance(step);
            cycle += step;
            Assert.Equal(cycle % 65536, bench.Read("TCC0.CNT"));
            Assert.Equal(((cycle - Latency.TimerEvent) >> 16) & 0xFFFF, bench.Read("TCC1.CNT"));
            Assert.Equal(0, bench.Chip.Services.Schedule.Count);
        }
    }

    [Fact]
    public void A_chain_of_four_timers_counts_64_bits()
    {
        Bench bench = Chain(0xFFFF, 1)
            .Write("EVSYS.CH1MUX", 0xC8).Write("TCD0.CTRLA", 9)
            .Write("EVSYS.CH2MUX", 0xD0).Write("TCD1.CTRLA", 10);
        long cycle = (5L << 48) + (4L << 32) + (3L << 16) + 2000;
        bench.AdvanceTo(cycle);
        Assert.Equal((2000, 3, 4, 5), (bench.Read("TCC0.CNT"), bench.Read("TCC1.CNT"), bench.Read("TCD0.CNT"), bench.Read("TCD1.CNT")));
        Assert.Equal(0, bench.Chip.Services.Schedule.Count);
    }

    [Fact]
    public void Changes_of_the_low_timer_move_the_high_one_at_the_right_cycle()
    {
        Bench bench = Chain(9, 1).AdvanceTo(35);                    // overflows at 10, 20, 30
        bench.Write("TCC0.CNT", 9).AdvanceTo(36 + Latency.TimerEvent);   // and now at 36
        Assert.Equal(4, bench.Read("TCC1.CNT"));
        bench.AdvanceTo(40).Write("TCC0.PERBUF", 4);                // at 46, then every 5: 51, 56
        Assert.Equal(4, bench.AdvanceTo(46 + Latency.TimerEvent - 1).Read("TCC1.CNT"));
        Assert.Equal(6, bench.AdvanceTo(51 + Latency.TimerEvent).Read("TCC1.CNT"));
        bench.AdvanceTo(56).Write("TCC0.CTRLA", 0);                 // the overflow at 56 was on its way already
        Assert.Equal(7, bench.AdvanceTo(200).Read("TCC1.CNT"));
        Assert.Equal(0, bench.Chip.Services.Schedule.Count);
    }

    [Fact]
    public void Prescaler_events_clock_a_timer_at_powers_of_two_that_CLKSEL_does_not_have()
    {
        Bench bench = new Bench().Write("EVSYS.CH3MUX", 0x8F).Write("TCE0.CTRLA", 11); // clk_PER / 32768
        bench.AdvanceTo(32768L * 1000);
        Assert.Equal(999, bench.Read("TCE0.CNT"));
        Assert.Equal(1000, bench.Advance(Latency.Event).Read("TCE0.CNT"));
    }

    [Fact]
    public void Software_events_tick_a_timer_once_each()
    {
        Bench bench = new Bench().Write("TCF1.CTRLA", 15).Write("TCF1.PER", 2).Write("TCF1.INTCTRLA", 1);
        for (int i = 0; i < 3; i++) bench.Write("EVSYS.STROBE", 0x80).Advance(10);
        Assert.Equal(0, bench.Read("TCF1.CNT"));
        Assert.Equal(1, bench.Read("TCF1.INTFLAGS") & 1);
        Assert.True(bench.Chip.Interrupts.Lines.Single(l => l.Name == "TCF1_OVF").IsRequested);
    }

    [Theory]
    [InlineData(0xC0, "TCC0.OVF")]
    [InlineData(0xC5, "TCC0.CCB")]
    public void Events_reach_the_users_one_cycle_after_the_flag(int code, string signal)
    {
        Bench bench = new Bench().Watch(signal).Watch("EVSYS.CH5")
            .Write("TCC0.PER", 6).Write("TCC0.CCB", 3).Write("EVSYS.CH5MUX", code).Write("TCC0.CTRLA", 3).AdvanceTo(200);
        Assert.NotEmpty(bench.CyclesOf(signal));
        Assert.Equal(bench.CyclesOf(signal).Select(c => c + Latency.TimerEvent).Where(c => c <= 200), bench.CyclesOf("EVSYS.CH5"));
    }

    [Fact]
    public void Events_come_whether_or_not_the_flag_is_set_already()
    {
        Bench bench = new Bench().Write("TCC0.PER", 9).Write("EVSYS.CH0MUX", 0xC0).Write("TCC0.CTRLA", 1).AdvanceTo(102);
        Assert.Equal(10, bench.Chip.Events.Channels[0].Count);
    }

    [Fact]
    public void A_level_on_a_pin_ticks_a_watched_timer_in_every_cycle_while_it_lasts()
    {
        Bench bench = new Bench().Write("PORTA.PIN0CTRL", 0x03).Write("EVSYS.CH0MUX", 0x50).Write("TCC0.CTRLA", 8).Watch("TCC0.CNT"); // low-level sensing
        PinDriver pin = bench.Chip.FindPin("PORTA.PIN0")!.AddDriver("test");
        pin.Drive = PinDrive.Strong(false);
        bench.AdvanceTo(50);
        pin.Drive = PinDrive.Strong(true);
        bench.AdvanceTo(60);
        pin.Drive = PinDrive.Strong(false);
        bench.AdvanceTo(100);
        IReadOnlyList<long> ticks = bench.CyclesOf("TCC0.CNT");
        Assert.Equal(10, bench.Read("TCC0.CNT"));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => ticks[0] + i), ticks);
    }

    [Fact]
    public void Two_regular_sources_that_follow_each_other_on_a_channel_tick_once_a_cycle()
    {
        // clk_PER events take two cycles to the user, those of a timer one: at the change both arrive in one cycle.
        Bench bench = new Bench().Write("TCC0.PER", 0).Write("TCC0.CTRLA", 1).Write("EVSYS.CH0MUX", 0x80).Write("TCC1.CTRLA", 8).AdvanceTo(50);
        int count = bench.Read("TCC1.CNT");
        bench.Write("EVSYS.CH0MUX", 0xC0).AdvanceTo(150);
        Assert.Equal(count + 100, bench.Read("TCC1.CNT"));
        Assert.Equal(bench.Read("TCC1.CNT"), bench.Chip.Events.Channels[0].Count);
    }
}
