using CsCheck;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class PinSynchroniserTests
{
    // port.md 3: sampled by the first flip-flop at the edge that ends cycle c, in IN at the edge that ends c + 1.
    [Fact]
    public void A_change_in_cycle_c_is_in_IN_from_cycle_c_plus_2_on()
    {
        var bench = new Bench();
        PinDriver pin = bench.AdvanceTo(100).Driven("PORTC.PIN0", true);
        Assert.Equal(0, bench.Read("PORTC.IN"));
        Assert.Equal(0, bench.AdvanceTo(101).Read("PORTC.IN"));
        Assert.Equal(1, bench.AdvanceTo(102).Read("PORTC.IN"));
        bench.AdvanceTo(200);
        pin.Set(false);
        Assert.Equal(1, bench.AdvanceTo(201).Read("PORTC.IN"));
        Assert.Equal(0, bench.AdvanceTo(202).Read("PORTC.IN"));
    }

    [Fact]
    public void A_pulse_within_one_cycle_is_not_sampled()
    {
        var bench = new Bench();
        PinDriver pin = bench.AdvanceTo(100).Driven("PORTC.PIN0", true);
        pin.Set(false);
        for (int c = 100; c < 105; c++) Assert.Equal(0, bench.AdvanceTo(c).Read("PORTC.IN"));
    }

    [Fact]
    public void An_output_reads_back_through_the_same_flip_flops()
    {
        var bench = new Bench();
        bench.AdvanceTo(100).Write("PORTC.DIR", 0xFF).Write("PORTC.OUT", 0xA5);
        Assert.Equal(0, bench.AdvanceTo(101).Read("PORTC.IN"));
        Assert.Equal(0xA5, bench.AdvanceTo(102).Read("PORTC.IN"));
    }

    [Fact]
    public void Reading_IN_books_nothing()
    {
        var bench = new Bench();
        bench.AdvanceTo(100);
        int booked = bench.Chip.Services.Schedule.Count;
        bench.Driven("PORTC.PIN0", true);
        Assert.Equal(1, bench.Advance(2).Read("PORTC.IN"));
        Assert.Equal(booked, bench.Chip.Services.Schedule.Count);
    }

    [Fact]
    public void Any_sequence_of_changes_reads_as_two_flip_flops_clocked_every_cycle()
    {
        // Each step: cycles to the next change (0: another one in the same cycle), and the eight pins' levels.
        Gen.Select(Gen.Int[0, 4], Gen.Byte).List[1, 40].Sample(steps =>
        {
            var bench = new Bench();
            bench.AdvanceTo(10);
            PinDriver[] pins = [.. Enumerable.Range(0, 8).Select(n => bench.Driven($"PORTC.PIN{n}", false))];
            byte first = 0, second = 0, level = 0;
            foreach ((int gap, byte levels) in steps)
            {
                for (int i = 0; i < gap; i++) Clock();
                level = levels;
                for (int n = 0; n < 8; n++) pins[n].Set((levels & (1 << n)) != 0);
                Assert.Equal(second, bench.Read("PORTC.IN"));
            }

            for (int i = 0; i < 4; i++) Clock();

            void Clock()
            {
                (second, first) = (first, level);
                bench.Advance(1);
                Assert.Equal(second, bench.Read("PORTC.IN"));
            }
        }, iter: 300);
    }

    // VPORT2 is port C. OUT writes in its one cycle c, IN reads in c + 1: the flip-flops hold the old value.
    [Fact]
    public void IN_right_after_OUT_gives_the_old_value()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 0xFF", "out 0x18, r16", "nop", "nop", "out 0x19, r16", "in r17, 0x1A", "break");
        Assert.Equal(0, chip.Register(17));
    }

    [Fact]
    public void IN_one_instruction_after_OUT_gives_the_new_value()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 0xFF", "out 0x18, r16", "nop", "nop", "out 0x19, r16", "nop", "in r17, 0x1A", "break");
        Assert.Equal(0xFF, chip.Register(17));
    }
}
