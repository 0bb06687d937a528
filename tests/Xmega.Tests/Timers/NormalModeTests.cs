using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Timers;

public class NormalModeTests
{
    private const int OVFIF = 0x01;
    private const int CCAIF = 0x10;

    [Fact]
    public void With_DIV1_the_first_tick_comes_in_the_cycle_after_the_write()
    {
        Bench bench = new Bench().AdvanceTo(100).Write("TCC0.CTRLA", 1);
        Assert.Equal(0, bench.Read("TCC0.CNT"));
        Assert.Equal(1, bench.AdvanceTo(101).Read("TCC0.CNT"));
        Assert.Equal(7, bench.AdvanceTo(107).Read("TCC0.CNT"));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(5, 64)]
    [InlineData(6, 256)]
    [InlineData(7, 1024)]
    public void Prescaled_ticks_come_with_the_multiples_of_the_divider_whenever_CLKSEL_was_written(int clksel, int divider)
    {
        // The common prescaler is not restarted: after a write in cycle 1000 the ticks are at multiples of n above 1000.
        Bench bench = new Bench().AdvanceTo(1000).Write("TCD1.CTRLA", clksel);
        long first = ((1000 / divider) + 1) * divider;
        Assert.Equal(0, bench.AdvanceTo(first - 1).Read("TCD1.CNT"));
        Assert.Equal(1, bench.AdvanceTo(first).Read("TCD1.CNT"));
        Assert.Equal(1, bench.AdvanceTo(first + divider - 1).Read("TCD1.CNT"));
        Assert.Equal(2, bench.AdvanceTo(first + divider).Read("TCD1.CNT"));
    }

    [Fact]
    public void Overflow_sets_the_flag_on_the_tick_that_leaves_TOP()
    {
        Bench bench = new Bench().Write("TCC0.PER", 4).Write("TCC0.CTRLA", 1); // written in cycle 0: CNT = cycle mod 5
        Assert.Equal(4, bench.AdvanceTo(4).Read("TCC0.CNT"));
        Assert.Equal(0, bench.Read("TCC0.INTFLAGS") & OVFIF);
        Assert.Equal(0, bench.AdvanceTo(5).Read("TCC0.CNT"));
        Assert.Equal(OVFIF, bench.Read("TCC0.INTFLAGS") & OVFIF);
    }

    [Fact]
    public void A_match_sets_the_flag_on_the_tick_that_leaves_the_value_though_the_channel_is_off()
    {
        Bench bench = new Bench().Write("TCC0.CCA", 3).Write("TCC0.CTRLA", 1);
        Assert.Equal(0, bench.AdvanceTo(3).Read("TCC0.INTFLAGS") & CCAIF);
        Assert.Equal(CCAIF, bench.AdvanceTo(4).Read("TCC0.INTFLAGS") & CCAIF);
    }

    [Fact]
    public void Writing_one_clears_a_flag_and_no_other()
    {
        Bench bench = new Bench().Write("TCC0.PER", 4).Write("TCC0.CTRLA", 1).AdvanceTo(7).Write("TCC0.CTRLA", 0);
        Assert.Equal(0xF1, bench.Read("TCC0.INTFLAGS")); // all CCx are 0: left at cycle 1
        Assert.Equal(0xE1, bench.Write("TCC0.INTFLAGS", 0x10).Read("TCC0.INTFLAGS"));
        Assert.Equal(0xE0, bench.Write("TCC0.INTFLAGS", 0x01).Read("TCC0.INTFLAGS"));
        Assert.Equal(0x30, new Bench().Write("TCC1.CTRLA", 1).AdvanceTo(7).Read("TCC1.INTFLAGS")); // no channels C and D
    }

    [Fact]
    public void Counting_down_reloads_PER_on_the_tick_after_zero_and_overflows_there()
    {
        Bench bench = new Bench().Write("TCC0.PER", 6).Write("TCC0.CNT", 2).Write("TCC0.CTRLFSET", 1).Write("TCC0.CTRLA", 1);
        Assert.Equal(0, bench.AdvanceTo(2).Read("TCC0.CNT"));
        Assert.Equal(0, bench.Read("TCC0.INTFLAGS") & OVFIF);
        Assert.Equal(6, bench.AdvanceTo(3).Read("TCC0.CNT"));
        Assert.Equal(OVFIF, bench.Read("TCC0.INTFLAGS") & OVFIF);
    }

    [Fact]
    public void Direction_can_change_while_the_timer_runs()
    {
        Bench bench = new Bench().Write("TCC0.CTRLA", 1).AdvanceTo(10).Write("TCC0.CTRLFSET", 1);
        Assert.Equal(6, bench.AdvanceTo(14).Read("TCC0.CNT"));
        Assert.Equal(8, bench.Write("TCC0.CTRLFCLR", 1).AdvanceTo(16).Read("TCC0.CNT"));
    }

    [Fact]
    public void A_write_of_CNT_wins_over_the_tick_of_its_cycle()
    {
        Bench bench = new Bench().Write("TCC0.CTRLA", 1).AdvanceTo(50).Write("TCC0.CNT", 1000);
        Assert.Equal(1000, bench.Read("TCC0.CNT"));
        Assert.Equal(1003, bench.AdvanceTo(53).Read("TCC0.CNT"));
    }

    [Fact]
    public void Above_a_lowered_PER_the_counter_runs_on_to_MAX_without_overflow()
    {
        Bench bench = new Bench().Write("TCC0.CTRLA", 1).AdvanceTo(100).Write("TCC0.PER", 50);
        Assert.Equal(0xFFFF, bench.AdvanceTo(0xFFFF).Read("TCC0.CNT"));
        Assert.Equal(0, bench.AdvanceTo(0x10000).Read("TCC0.CNT"));
        Assert.Equal(0, bench.Read("TCC0.INTFLAGS") & OVFIF);
        Assert.Equal(OVFIF, bench.AdvanceTo(0x10000 + 51).Read("TCC0.INTFLAGS") & OVFIF);
    }

    [Fact]
    public void In_byte_mode_the_high_byte_is_cleared_at_every_tick()
    {
        Bench bench = new Bench().Write("TCC0.CNT", 0x12FE).Write("TCC0.CTRLE", 1).Write("TCC0.CTRLA", 1);
        Assert.Equal(0x00FF, bench.AdvanceTo(1).Read("TCC0.CNT"));
        Assert.Equal(0x0000, bench.AdvanceTo(2).Read("TCC0.CNT"));
        Assert.Equal(0x0001, bench.AdvanceTo(3).Read("TCC0.CNT"));
    }

    [Fact]
    public void Buffers_are_copied_by_the_tick_that_overflows()
    {
        Bench bench = new Bench().Write("TCC0.PER", 9).Write("TCC0.CTRLA", 1).AdvanceTo(3).Write("TCC0.PERBUF", 4).Write("TCC0.CCABUF", 2);
        Assert.Equal(0x03, bench.Read("TCC0.CTRLGSET"));
        Assert.Equal((9, 0, 0x03), (bench.AdvanceTo(9).Read("TCC0.PER"), bench.Read("TCC0.CCA"), bench.Read("TCC0.CTRLGSET")));
        Assert.Equal((4, 2, 0x00), (bench.AdvanceTo(10).Read("TCC0.PER"), bench.Read("TCC0.CCA"), bench.Read("TCC0.CTRLGSET")));
        Assert.Equal(0, bench.AdvanceTo(15).Read("TCC0.CNT")); // the new period holds from here on
    }

    [Fact]
    public void LUPD_holds_the_buffers_back()
    {
        Bench bench = new Bench().Write("TCC0.PER", 9).Write("TCC0.PERBUF", 4).Write("TCC0.CTRLFSET", 2).Write("TCC0.CTRLA", 1).AdvanceTo(25);
        Assert.Equal((9, 1), (bench.Read("TCC0.PER"), bench.Read("TCC0.CTRLGSET")));
        bench.Write("TCC0.CTRLFSET", 4); // so it does for the command UPDATE
        Assert.Equal(9, bench.Read("TCC0.PER"));
        Assert.Equal(4, bench.Write("TCC0.CTRLFCLR", 2).AdvanceTo(30).Read("TCC0.PER"));
    }

    [Fact]
    public void Commands_act_in_the_cycle_of_the_write()
    {
        Bench bench = new Bench().Write("TCC0.PERBUF", 7).Write("TCC0.CTRLFSET", 0x04);
        Assert.Equal((7, 0), (bench.Read("TCC0.PER"), bench.Read("TCC0.CTRLGSET")));

        bench.Write("TCC0.CTRLFSET", 1).Write("TCC0.CNT", 5).Write("TCC0.CTRLFSET", 0x08); // RESTART
        Assert.Equal((0, 0), (bench.Read("TCC0.CNT"), bench.Read("TCC0.CTRLFSET")));

        bench.Write("TCC0.CTRLA", 1).Write("TCC0.CTRLFSET", 0x0C); // RESET: not while running
        Assert.Equal(7, bench.Read("TCC0.PER"));
        bench.Write("TCC0.CTRLA", 0).Write("TCC0.INTCTRLA", 3).Write("TCC0.CTRLFSET", 0x0C);
        Assert.Equal((0xFFFF, 0), (bench.Read("TCC0.PER"), bench.Read("TCC0.INTCTRLA")));
    }

    [Fact]
    public void A_stopped_timer_keeps_its_count()
    {
        Bench bench = new Bench().Write("TCC0.CTRLA", 1).AdvanceTo(40).Write("TCC0.CTRLA", 0).AdvanceTo(90);
        Assert.Equal(40, bench.Read("TCC0.CNT"));
        Assert.Equal(45, bench.Write("TCC0.CTRLA", 1).AdvanceTo(95).Read("TCC0.CNT"));
    }

    [Fact]
    public void A_timer_nobody_listens_to_books_nothing()
    {
        Bench bench = new Bench().Write("TCC0.PER", 99).Write("TCC0.CTRLA", 1).Write("TCC1.CTRLA", 7);
        Assert.Equal(0, bench.Chip.Services.Schedule.Count);
        bench.Advance(3_000_000_057);
        Assert.Equal(57, bench.Read("TCC0.CNT"));
        Assert.Equal((int)(3_000_000_057 / 1024 % 65536), bench.Read("TCC1.CNT"));
    }

    [Fact]
    public void Only_an_enabled_interrupt_whose_flag_is_clear_is_booked()
    {
        Bench bench = new Bench().Write("TCC0.PER", 99).Write("TCC0.INTCTRLA", 1).Write("TCC0.CTRLA", 1);
        Assert.Equal(100, bench.Chip.Services.Schedule.NextCycle);
        bench.AdvanceTo(150);
        Assert.Equal(0, bench.Chip.Services.Schedule.Count);
        bench.Write("TCC0.INTFLAGS", OVFIF);
        Assert.Equal(200, bench.Chip.Services.Schedule.NextCycle);
    }

    [Fact]
    public void A_watched_timer_tells_overflows_matches_and_every_count_in_their_cycles()
    {
        Bench bench = new Bench().Watch("TCC0.OVF").Watch("TCC0.CCB").Watch("TCC0.CNT")
            .Write("TCC0.PER", 3).Write("TCC0.CCB", 1).Write("TCC0.CTRLA", 2).AdvanceTo(18); // ticks at 2, 4, 6, ...
        Assert.Equal([8, 16], bench.CyclesOf("TCC0.OVF"));
        Assert.Equal([4, 12], bench.CyclesOf("TCC0.CCB"));
        Assert.Equal([(2, 1), (4, 2), (6, 3), (8, 0), (10, 1), (12, 2), (14, 3), (16, 0), (18, 1)], bench.Trace.Where(t => t.Signal == "TCC0.CNT").Select(t => (t.Cycle, t.Value)));
    }

    [Fact]
    public void Taking_the_vector_clears_the_flag()
    {
        // PER = 99 and DIV1, enabled in cycle w: overflows at w + 100, w + 200, ...
        ATxmega128A1 chip = AssemblyProgram.Chip(
            "jmp main", ".word 0", ".word 0",
            ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0",
            ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0",
            ".word 0", // words 0-27; vector 14 is at word 28
            "inc r20", "reti",
            "main:", "ldi r16, 99", "sts 0x0826, r16", "ldi r17, 0", "sts 0x0827, r17",
            "ldi r16, 1", "sts 0x0806, r16", "sts 0x00A2, r16", "sts 0x0800, r16", "sei",
            "loop:", "lds r18, 0x080C", "cpi r20, 5", "brne loop", "break");
        AssemblyProgram.Run(chip);
        Assert.Equal(5, chip.Register(20));
        Assert.Equal(5, chip.Interrupts.Lines.Single(l => l.Name == "TCC0_OVF").Count);
        Assert.InRange(chip.Cycle, 500, 560);
    }
}
