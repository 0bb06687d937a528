using CsCheck;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Timers.AwexBench;
using static Xmega.Tests.Timers.Waves;

namespace Xmega.Tests.Timers;

/// <summary>Dead-time insertion and the output matrix (8077I 15.3, 15.4).</summary>
public class DeadTimeTests
{
    // WGA is high for 8 cycles from BOTTOM on and low for 12. The low side goes on DTLS cycles after the rising edge and
    // off with the falling one; the high side goes on DTHS cycles after the falling edge and off with the rising one.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(3, 5)]
    [InlineData(7, 11)]
    [InlineData(8, 12)]  // as long as the pulses: nothing is left of them
    [InlineData(9, 3)]
    [InlineData(3, 13)]
    [InlineData(200, 255)]
    public void Each_side_is_held_off_after_its_own_edge(int dtls, int dths)
    {
        Bench bench = Start(0x01, dtls: dtls, dths: dths).AdvanceTo(140);
        int low = Math.Max(8 - dtls, 0), high = Math.Max(12 - dths, 0);
        Assert.Equal(Repeat(Pulse(8 - low, low, 12), 120), Levels(bench, "PORTC.PIN0", 20, 140));
        Assert.Equal(Repeat(Pulse(20 - high, high, 0), 120), Levels(bench, "PORTC.PIN1", 20, 140));
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(1, 5)]
    [InlineData(2, 12)]
    [InlineData(3, 15)]
    public void Each_channel_has_its_own_generator_and_pair_of_pins(int channel, int cc)
    {
        Bench bench = Start(1 << channel, dtls: 2, dths: 3).AdvanceTo(80);
        Assert.Equal(Repeat(Pulse(2, cc - 2, 20 - cc), 60), Levels(bench, $"PORTC.PIN{2 * channel}", 20, 80));
        Assert.Equal(Repeat(Pulse(cc + 3, 17 - cc, 0), 60), Levels(bench, $"PORTC.PIN{(2 * channel) + 1}", 20, 80));
        Assert.All(bench.Trace.Where(t => t.Value == 1), t => Assert.Equal(channel, (t.Signal[^1] - '0') / 2));
    }

    [Fact]
    public void The_second_extension_works_on_timer_E0_and_PORTE()
    {
        Bench bench = new Bench().Watch("PORTE.PIN?").Write("PORTE.DIR", 0xFF).Write("AWEXE.DTBOTH", 2).Write("AWEXE.OUTOVEN", 0x03).Write("AWEXE.CTRL", 1)
            .Write("TCE0.PER", 19).Write("TCE0.CCA", 8).Write("TCE0.CTRLB", SS).Write("TCE0.CTRLA", 1).AdvanceTo(60);
        Assert.Equal(Repeat(Pulse(2, 6, 12), 40), Levels(bench, "PORTE.PIN0", 20, 60));
        Assert.Equal(Repeat(Pulse(10, 10, 0), 40), Levels(bench, "PORTE.PIN1", 20, 60));
    }

    [Fact]
    public void An_edge_within_a_dead_time_loads_the_counter_anew()
    {
        // Rising at 20 loads 12; falling at 28, before it has run out, loads 4: the high side is on from 32 to 40.
        Bench bench = Start(0x01, dtls: 12, dths: 4).AdvanceTo(60);
        Assert.DoesNotContain(bench.Trace, t => t.Signal == "PORTC.PIN0" && t.Value == 1);
        Assert.Equal(Pulse(12, 8, 0), Levels(bench, "PORTC.PIN1", 20, 40));
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(5, true)]
    public void A_dead_time_that_ends_with_an_edge_that_an_event_makes_ends_nothing(int dtls, bool on)
    {
        // Software events on channel 0 clock the timer every 3 cycles: WGA is high for 2 ticks, 6 cycles.
        Bench bench = Start(0x01, dtls: dtls).Write("TCC0.CTRLA", 0).Write("TCC0.PER", 3).Write("TCC0.CCA", 2).Write("TCC0.CTRLA", 8);
        for (int i = 0; i < 12; i++) bench.Write("EVSYS.STROBE", 1).Advance(3);
        Assert.Equal(on, bench.Trace.Any(t => t.Signal == "PORTC.PIN0" && t.Value == 1));
    }

    [Fact]
    public void In_common_waveform_mode_channel_A_feeds_every_pair()
    {
        Bench bench = Start(CWCM | 0x0F, dtls: 2, dths: 3).AdvanceTo(80);
        for (int n = 0; n < 4; n++)
        {
            Assert.Equal(Repeat(Pulse(2, 6, 12), 60), Levels(bench, $"PORTC.PIN{2 * n}", 20, 80));
            Assert.Equal(Repeat(Pulse(11, 9, 0), 60), Levels(bench, $"PORTC.PIN{(2 * n) + 1}", 20, 80));
        }
    }

    [Fact]
    public void A_pin_without_its_override_bit_shows_OUT_and_not_the_timers_output()
    {
        // CCxEN of both timers set: without the extension all six outputs would be on the pins.
        Bench bench = Start(0x05, outoven: 0x01).Write("PORTC.OUT", 0x12).Write("TCC0.CTRLB", 0xF0 | SS).Write("TCC1.CCA", 0xFFFF).Write("TCC1.CTRLB", 0x30 | SS).Write("TCC1.CTRLA", 1);
        // In cycle 22 WGA, WGB, WGC and WGD are high. Pin 0 is WGA; 1, 4 and 5 belong to enabled pairs without override
        // and show OUT; 2 and 3 are the timer's own.
        Assert.Equal(0b0001_1111, bench.AdvanceTo(22).Pins());
        Assert.Equal(0b0001_1010, bench.AdvanceTo(34).Pins()); // A and C low, D (15) still high
        bench.Write("AWEXC.CTRL", 0);
        Assert.Equal(0b0000_1000, bench.Pins() & 0b1100_1111);
    }

    [Fact]
    public void Pins_4_and_5_go_from_timer_1_to_channel_C_and_back()
    {
        Bench bench = Start(0x00).Write("TCC1.PER", 3).Write("TCC1.CCA", 2).Write("TCC1.CTRLB", 0x10 | SS).Write("TCC1.CTRLA", 1);
        bench.AdvanceTo(40).Write("AWEXC.CTRL", 0x04).AdvanceTo(60).Write("AWEXC.CTRL", 0).AdvanceTo(72);
        Assert.Equal(Repeat("##__", 20), Levels(bench, "PORTC.PIN4", 20, 40));
        Assert.Equal(Pulse(0, 12, 8), Levels(bench, "PORTC.PIN4", 40, 60));
        Assert.Equal(Repeat("##__", 12), Levels(bench, "PORTC.PIN4", 60, 72));
    }

    [Fact]
    public void Buffers_are_copied_on_UPDATE()
    {
        Bench bench = Start(0x01, dtls: 1, dths: 1).AdvanceTo(25).Write("AWEXC.DTLSBUF", 4).Write("AWEXC.DTHSBUF", 6);
        Assert.Equal((1, 1, 3), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS"), bench.Read("AWEXC.STATUS")));
        bench.AdvanceTo(39);
        Assert.Equal((1, 1, 3), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS"), bench.Read("AWEXC.STATUS")));
        bench.AdvanceTo(40); // BOTTOM: the edge of this cycle has the new dead time already
        Assert.Equal((4, 6, 0), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS"), bench.Read("AWEXC.STATUS")));
        bench.AdvanceTo(60);
        Assert.Equal(Pulse(1, 7, 12) + Pulse(4, 4, 12), Levels(bench, "PORTC.PIN0", 20, 60));
        Assert.Equal(Pulse(9, 11, 0) + Pulse(14, 6, 0), Levels(bench, "PORTC.PIN1", 20, 60));
    }

    [Fact]
    public void LUPD_holds_the_buffers_back_and_the_command_UPDATE_copies_them()
    {
        Bench bench = Start(0x01).Write("TCC0.CTRLFSET", 0x02).Write("AWEXC.DTBOTHBUF", 5).AdvanceTo(45);
        Assert.Equal((0, 0, 3), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS"), bench.Read("AWEXC.STATUS")));
        bench.Write("TCC0.CTRLFCLR", 0x02).Write("TCC0.CTRLFSET", 0x04);
        Assert.Equal((5, 5, 0), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS"), bench.Read("AWEXC.STATUS")));
    }

    [Fact]
    public void A_buffer_whose_valid_bit_is_cleared_stays_where_it_is()
    {
        Bench bench = Start(0x01).Write("AWEXC.DTBOTHBUF", 5).Write("AWEXC.STATUS", 0x02).AdvanceTo(25);
        Assert.Equal((0, 5), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS")));
    }

    [Fact]
    public void The_generators_cost_nothing_while_no_channel_uses_them()
    {
        Bench bench = Start(0x00);
        Assert.Equal(0, bench.Chip.Services.Schedule.Count);
        Assert.True(bench.Write("AWEXC.CTRL", 1).Chip.Services.Schedule.Count > 0);
    }

    private static readonly Gen<(string Register, int Value, int Pause)[]> Firmware = Gen.Select(
        Gen.Frequency(
            (4, Gen.Select(Choice.Of("TCC0.CCA", "TCC0.CCB", "TCC0.CCC", "TCC0.CCD", "TCC0.CCABUF"), Gen.Int[0, 25])),
            (4, Gen.Select(Choice.Of("AWEXC.DTLS", "AWEXC.DTHS", "AWEXC.DTBOTH", "AWEXC.DTLSBUF", "AWEXC.DTHSBUF"), Gen.Int[0, 12])),
            (1, Gen.Select(Gen.Const("TCC0.PER"), Gen.Int[1, 24])),
            (1, Gen.Select(Gen.Const("TCC0.CTRLB"), Choice.Of(0, 1, 3, 5, 6, 7))),
            (1, Gen.Select(Gen.Const("TCC0.CTRLFSET"), Choice.Of(1, 4))),
            (1, Gen.Select(Gen.Const("TCC0.CTRLFCLR"), Gen.Const(1)))),
        Gen.Int[0, 60],
        (write, pause) => (write.Item1, write.Item2, pause)).Array[5, 40];

    // The manual's generator, ticked every cycle: an edge loads the counter, which holds both sides off until it is zero.
    private sealed class NaiveGenerator
    {
        private bool _waveform;
        private int _counter;

        public int Step(bool waveform, int dtls, int dths)
        {
            if (waveform != _waveform) _counter = waveform ? dtls : dths;
            else if (_counter > 0) _counter--;
            _waveform = waveform;
            return _counter > 0 ? 0 : waveform ? 1 : 2;
        }
    }

    [Theory]
    [InlineData(0x0F)]
    [InlineData(CWCM | 0x0F)]
    public void Random_firmware_sees_what_naive_generators_show_and_never_both_sides_on(int ctrl) => Firmware.Sample(firmware =>
    {
        Bench bench = Start(ctrl, dtls: 3, dths: 2).Watch("TCC0.OC0?");
        var naive = new NaiveGenerator[] { new(), new(), new(), new() };
        foreach ((string register, int value, int pause) in firmware)
        {
            for (int i = 0; i < pause; i++)
            {
                bench.Advance(1);
                // What an UPDATE of this cycle copies counts for the edges of this cycle.
                (int dtls, int dths) = (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS"));
                int expected = 0;
                for (int n = 0; n < 4; n++)
                {
                    bool waveform = bench.Chip.Signals.Find($"TCC0.OC0{"ABCD"[(ctrl & CWCM) != 0 ? 0 : n]}")!.Value == 1;
                    expected |= naive[n].Step(waveform, dtls, dths) << (2 * n);
                }

                Assert.Equal(expected, bench.Pins());
            }

            bench.Write(register, value);
        }

        // Not for an instant, in the order in which the pins changed.
        var level = new bool[8];
        foreach ((long cycle, string signal, long value) in bench.Trace.Where(t => t.Signal.StartsWith("PORTC", StringComparison.Ordinal)))
        {
            int pin = signal[^1] - '0';
            level[pin] = value == 1;
            Assert.False(level[pin] && level[pin ^ 1], $"both sides on in cycle {cycle}: {signal}");
        }
    }, iter: 60, threads: 1, print: f => string.Join("; ", f.Select(w => $"+{w.Pause} {w.Register}={w.Value}")));

    [Fact]
    public void Stopped_by_power_reduction_a_dead_time_stands_still_and_the_pins_stay_as_they_are()
    {
        // The dead time that begins at 20 has two cycles left at 23. In 123 the timer, which ran on, is where it was.
        Bench bench = Start(0x01, dtls: 5).AdvanceTo(23).Write("PR.PRPC", 0x04).AdvanceTo(123).Write("PR.PRPC", 0).AdvanceTo(140);
        Assert.Equal(Pulse(105, 3, 12), Levels(bench, "PORTC.PIN0", 20, 140));
        Assert.Equal(new string('_', 108) + new string('#', 12), Levels(bench, "PORTC.PIN1", 20, 140));
    }

    [Fact]
    public void An_edge_while_it_was_stopped_is_seen_when_it_goes_on()
    {
        Bench bench = Start(0x01, dtls: 2, dths: 2).AdvanceTo(35).Write("PR.PRPC", 0x04).AdvanceTo(103).Write("PR.PRPC", 0).AdvanceTo(120);
        Assert.Equal(Pulse(10, 73, 7) + new string('#', 10), Levels(bench, "PORTC.PIN1", 20, 120));
        Assert.Equal(Pulse(2, 6, 77) + Pulse(0, 3, 12), Levels(bench, "PORTC.PIN0", 20, 120));
    }

    [Fact]
    public void Stopped_it_sees_no_fault()
    {
        Bench bench = Start(0x01).Watch("AWEXC.FAULT").ProtectFromSoftware(CLEAROE).Write("PR.PRPC", 0x04).AdvanceTo(50).Write("EVSYS.STROBE", 2).AdvanceTo(60);
        bench.Write("PR.PRPC", 0).AdvanceTo(100);
        Assert.Empty(bench.CyclesOf("AWEXC.FAULT"));
        bench.Write("EVSYS.STROBE", 2).AdvanceTo(110);
        Assert.Equal([102], bench.CyclesOf("AWEXC.FAULT"));
    }
}
