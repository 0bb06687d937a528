using CsCheck;
using Xmega.Interrupts;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class InputSensingTests
{
    private const int BOTHEDGES = 0, RISING = 1, FALLING = 2, LEVEL = 3, INPUT_DISABLE = 7, INVEN = 0x40;

    // A change in cycle c is in IN in c + 2 (synchroniser); the flag follows one cycle later, in c + 3.
    [Theory]
    [InlineData(BOTHEDGES, true, true)]
    [InlineData(RISING, true, false)]
    [InlineData(FALLING, false, true)]
    [InlineData(INPUT_DISABLE, false, false)]
    [InlineData(4, false, false)]
    [InlineData(6, false, false)]
    public void An_edge_sets_the_flag_one_cycle_after_IN_changed(int isc, bool senses, bool sensesFalling)
    {
        var bench = new Bench();
        PinDriver pin = bench.Driven("PORTC.PIN3", false);
        bench.Write("PORTC.PIN3CTRL", isc).Write("PORTC.INT0MASK", 0x08);
        bench.AdvanceTo(100);
        pin.Set(true);
        Assert.Equal(0, bench.AdvanceTo(102).Read("PORTC.INTFLAGS"));
        Assert.Equal(senses ? 1 : 0, bench.AdvanceTo(103).Read("PORTC.INTFLAGS"));
        bench.Write("PORTC.INTFLAGS", 0x01).AdvanceTo(200);
        Assert.Equal(0, bench.Read("PORTC.INTFLAGS"));
        pin.Set(false);
        Assert.Equal(0, bench.AdvanceTo(202).Read("PORTC.INTFLAGS"));
        Assert.Equal(sensesFalling ? 1 : 0, bench.AdvanceTo(203).Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void Sensing_comes_after_inversion()
    {
        var bench = new Bench();
        PinDriver pin = bench.Driven("PORTC.PIN3", true);
        bench.Write("PORTC.PIN3CTRL", INVEN | RISING).Write("PORTC.INT0MASK", 0x08).AdvanceTo(100);
        bench.Write("PORTC.INTFLAGS", 1);
        pin.Set(false);
        Assert.Equal(1, bench.AdvanceTo(103).Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void Switching_the_inversion_makes_an_edge()
    {
        var bench = new Bench();
        bench.Driven("PORTC.PIN3", false);
        bench.Write("PORTC.PIN3CTRL", RISING).Write("PORTC.INT0MASK", 0x08);
        bench.AdvanceTo(100).Write("PORTC.PIN3CTRL", INVEN | RISING);
        Assert.Equal(0, bench.AdvanceTo(102).Read("PORTC.INTFLAGS"));
        Assert.Equal(1, bench.AdvanceTo(103).Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void The_masks_choose_the_flags()
    {
        var bench = new Bench();
        bench.Write("PORTC.INT0MASK", 0x03).Write("PORTC.INT1MASK", 0x06).AdvanceTo(100);
        for (int pin = 0; pin < 4; pin++)
        {
            bench.Driven($"PORTC.PIN{pin}", true);
            bench.Advance(3);
            Assert.Equal(pin switch { 0 => 1, 1 => 3, 2 => 2, _ => 0 }, bench.Read("PORTC.INTFLAGS"));
            bench.Write("PORTC.INTFLAGS", 3);
        }
    }

    [Fact]
    public void Writing_ones_clears_those_flags_only()
    {
        var bench = new Bench();
        bench.Write("PORTC.INT0MASK", 1).Write("PORTC.INT1MASK", 1);
        bench.Driven("PORTC.PIN0", true);
        Assert.Equal(3, bench.Advance(3).Write("PORTC.INTFLAGS", 0).Read("PORTC.INTFLAGS"));
        Assert.Equal(1, bench.Write("PORTC.INTFLAGS", 2).Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void A_mask_written_while_the_edge_is_in_the_synchroniser_still_sees_it()
    {
        var bench = new Bench();
        bench.AdvanceTo(100);
        bench.Driven("PORTC.PIN0", true);
        bench.AdvanceTo(101).Write("PORTC.INT0MASK", 1);
        Assert.Equal(1, bench.AdvanceTo(103).Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void A_mask_written_after_IN_changed_sees_nothing()
    {
        var bench = new Bench();
        bench.AdvanceTo(100);
        bench.Driven("PORTC.PIN0", true);
        bench.AdvanceTo(102).Write("PORTC.INT0MASK", 1);
        Assert.Equal(0, bench.AdvanceTo(110).Read("PORTC.INTFLAGS"));
    }

    // Both follow IN by one cycle; clearing does not help while the level is there.
    [Fact]
    public void The_low_level_flag_stays_as_long_as_the_pin_is_low()
    {
        var bench = new Bench();
        PinDriver pin = bench.Driven("PORTC.PIN0", true);
        bench.Write("PORTC.PIN0CTRL", LEVEL).Write("PORTC.INT0MASK", 1).Write("PORTC.INTCTRL", 1).AdvanceTo(100);
        Assert.Equal(0, bench.Read("PORTC.INTFLAGS"));
        pin.Set(false);
        Assert.Equal(0, bench.AdvanceTo(102).Read("PORTC.INTFLAGS"));
        Assert.Equal(1, bench.AdvanceTo(103).Read("PORTC.INTFLAGS"));
        Assert.Equal(1, bench.Write("PORTC.INTFLAGS", 1).Advance(1).Read("PORTC.INTFLAGS"));
        bench.AdvanceTo(200);
        pin.Set(true);
        Assert.Equal(1, bench.AdvanceTo(202).Read("PORTC.INTFLAGS"));
        Assert.Equal(0, bench.AdvanceTo(203).Read("PORTC.INTFLAGS"));
        Assert.False(Line(bench, "PORTC_INT0").IsRequested);
    }

    [Fact]
    public void Choosing_low_level_sensing_on_a_low_pin_sets_the_flag()
    {
        var bench = new Bench();
        bench.Write("PORTC.INT1MASK", 1).AdvanceTo(100).Write("PORTC.PIN0CTRL", LEVEL);
        Assert.Equal(0, bench.Read("PORTC.INTFLAGS"));
        Assert.Equal(2, bench.AdvanceTo(101).Read("PORTC.INTFLAGS"));
        bench.Write("PORTC.PIN0CTRL", RISING);
        Assert.Equal(0, bench.AdvanceTo(102).Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void A_disabled_input_reads_zero()
    {
        var bench = new Bench();
        bench.Driven("PORTA.PIN0", true);
        Assert.Equal(1, bench.AdvanceTo(10).Read("PORTA.IN"));
        bench.Write("PORTA.PIN0CTRL", INPUT_DISABLE);
        Assert.Equal(0, bench.AdvanceTo(12).Read("PORTA.IN"));
        bench.Write("PORTA.PIN0CTRL", INVEN | INPUT_DISABLE);
        Assert.Equal(0, bench.AdvanceTo(14).Read("PORTA.IN"));
    }

    [Fact]
    public void Ports_without_events_cannot_disable_the_input()
    {
        var bench = new Bench();
        bench.Driven("PORTH.PIN0", true);
        Assert.Equal(1, bench.Write("PORTH.PIN0CTRL", INPUT_DISABLE).Advance(2).Read("PORTH.IN"));
    }

    [Fact]
    public void An_output_is_sensed_like_an_input()
    {
        var bench = new Bench();
        bench.Write("PORTC.DIR", 1).Write("PORTC.INT0MASK", 1).AdvanceTo(100).Write("PORTC.OUT", 1);
        Assert.Equal(1, bench.AdvanceTo(103).Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void A_pin_that_nobody_senses_books_nothing()
    {
        var bench = new Bench();
        bench.Write("PORTC.INT0MASK", 0xFE).Write("EVSYS.CH0MUX", 0x61).AdvanceTo(100);
        int booked = bench.Chip.Services.Schedule.Count;
        bench.Driven("PORTC.PIN0", true).Set(false);
        Assert.Equal(booked, bench.Chip.Services.Schedule.Count);
    }

    [Theory]
    [InlineData("PORTA", 66)]
    [InlineData("PORTB", 34)]
    [InlineData("PORTC", 2)]
    [InlineData("PORTD", 64)]
    [InlineData("PORTE", 43)]
    [InlineData("PORTF", 104)]
    [InlineData("PORTH", 96)]
    [InlineData("PORTJ", 98)]
    [InlineData("PORTK", 100)]
    [InlineData("PORTQ", 94)]
    [InlineData("PORTR", 4)]
    public void Both_vectors_of_a_port_are_where_the_map_says(string port, int vector)
    {
        var bench = new Bench();
        bench.Write($"{port}.INT0MASK", 1).Write($"{port}.INT1MASK", 2).Write($"{port}.INTCTRL", 0x0D).Write("PMIC.CTRL", 7);
        Assert.Equal((1, 3), (Line(bench, $"{port}_INT0").Level, Line(bench, $"{port}_INT1").Level));
        bench.Driven($"{port}.PIN0", true);
        bench.Advance(3);
        Assert.Equal(vector, bench.Chip.Interrupts.PendingVector);
        bench.Driven($"{port}.PIN1", true);
        bench.Advance(3);
        Assert.Equal(vector + 1, bench.Chip.Interrupts.PendingVector);
        Assert.Equal($"{port}_INT0", Registers.RegisterMap.ATxmega128A1.Vectors[vector]);
    }

    // The OUT in cycle c raises the pin; flag in c + 3 (as above), taken at the next instruction boundary, c + 4.
    // PORTC_INT0 is vector 2, word address 4.
    [Fact]
    public void The_vector_is_taken_four_cycles_after_the_pin_changed_and_clears_the_flag()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(Program(
            "ldi r16, 1", "sts 0x64A, r16", "sts 0x649, r16", "ldi r17, 7", "sts 0xA2, r17", "out 0x18, r16", "sei", "nop", "nop",
            "out 0x19, r16", "nop", "nop", "nop", "nop", "nop", "nop", "nop", "nop", "break",
            "handler:", "lds r20, 0x64C", "break"));
        var probe = new Probe();
        chip.Signals.Find("PORTC.PIN0")!.Watch(probe);
        chip.Signals.Find("PMIC.PORTC_INT0")!.Watch(probe);
        AssemblyProgram.Run(chip);
        Assert.Equal([("PORTC.PIN0", 0), ("PORTC.PIN0", 1), ("PMIC.PORTC_INT0", 1)], probe.Seen.Select(e => (e.Signal, e.Value)));
        Assert.Equal(4, probe.Seen[2].Cycle - probe.Seen[1].Cycle);
        Assert.Equal(0, chip.Register(20));
    }

    // The handler counts to five and then raises the pin itself: five interrupts from one low level.
    [Fact]
    public void A_low_level_interrupts_again_and_again()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(Program(
            "ldi r16, 1", "ldi r18, 3", "sts 0x650, r18", "sts 0x64A, r16", "sts 0x649, r16", "ldi r17, 7", "sts 0xA2, r17", "out 0x18, r16", "sei",
            "loop:", "inc r22", "cpi r20, 5", "brne loop", "nop", "nop", "nop", "nop", "nop", "nop", "break",
            "handler:", "inc r20", "cpi r20, 5", "brne again", "out 0x19, r16", "nop", "nop", "nop", "nop", "again:", "reti"));
        AssemblyProgram.Run(chip);
        Assert.Equal(5, chip.Register(20));
        Assert.Equal(5, chip.Interrupts.Lines.Single(l => l.Name == "PORTC_INT0").Count);
    }

    // A per-cycle model: two flip-flops, an edge detector behind them, flags one cycle later.
    [Fact]
    public void Any_waveform_sets_the_flags_of_a_model_clocked_every_cycle()
    {
        int[] senses = [BOTHEDGES, RISING, FALLING, LEVEL, INPUT_DISABLE, BOTHEDGES | INVEN, RISING | INVEN, LEVEL | INVEN];
        Gen<int> control = Gen.Int[0, senses.Length - 1].Select(i => senses[i]);
        // Kind 0-3: the pin takes a level; 4: PIN0CTRL; 5: INT0MASK; 6: clear.
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 6], Gen.Bool, control).List[1, 60].Sample(steps =>
        {
            var bench = new Bench();
            PinDriver pin = bench.Driven("PORTC.PIN0", false);
            bench.Write("PORTC.INT0MASK", 1).AdvanceTo(10);
            bench.Write("PORTC.INTFLAGS", 1);
            int isc = 0, mask = 1;
            bool level = false, first = false, second = false, flag = false, low = false, detected = false;
            foreach ((int gap, int kind, bool value, int pinControl) in steps)
            {
                for (int i = 0; i < gap; i++) Clock();
                switch (kind)
                {
                    case < 4: pin.Set(level = value); break;
                    case 4: bench.Write("PORTC.PIN0CTRL", isc = pinControl); break;
                    case 5: bench.Write("PORTC.INT0MASK", mask = value ? 1 : 0); break;
                    default: bench.Write("PORTC.INTFLAGS", 1); flag = false; break;
                }

                Assert.Equal(flag || low ? 1 : 0, bench.Read("PORTC.INTFLAGS"));
            }

            void Clock()
            {
                bool now = first;
                flag |= detected;
                low = mask == 1 && (isc & 7) == LEVEL && !second;
                detected = mask == 1 && now != second && (isc & 7) switch { BOTHEDGES => true, RISING => now, FALLING => !now, _ => false };
                second = now;
                first = (isc & 7) != INPUT_DISABLE && (level ^ ((isc & INVEN) != 0));
                bench.Advance(1);
                Assert.Equal(flag || low ? 1 : 0, bench.Read("PORTC.INTFLAGS"));
            }
        }, iter: 200);
    }

    private static InterruptLine Line(Bench bench, string name) => bench.Chip.Interrupts.Lines.Single(l => l.Name == name);

    private static string[] Program(params string[] main) => ["jmp main", "nop", "nop", "jmp handler", "main:", .. main];

    private sealed class Probe : ISignalProbe
    {
        public List<(long Cycle, string Signal, long Value)> Seen { get; } = [];

        public void OnSignal(Signal signal, long cycle, long value) => Seen.Add((cycle, signal.Name, value));
    }
}
