using Xmega.Ports;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Timers;

public class EventActionTests
{
    private const int CAPT = 1 << 5;
    private const int UPDOWN = 2 << 5;
    private const int QDEC = 3 << 5;
    private const int RESTART = 4 << 5;
    private const int FRQ = 5 << 5;
    private const int PW = 6 << 5;
    private const int EVDLY = 0x10;
    private const int CH0 = 8;
    private const int ERRIF = 0x02;
    private const int CCAIF = 0x10;

    // A software event on channels (bits), with their data bits; what it does is done when this returns.
    private static Bench Strobe(Bench bench, int channels, int data = 0, int wait = Latency.Event) =>
        bench.Write("EVSYS.DATA", data).Write("EVSYS.STROBE", channels).Advance(wait);

    // TCC0 runs with DIV1 from cycle 0: CNT is the cycle.
    private static Bench Start(int ctrld, int ctrlb = 0x10) => new Bench().Write("TCC0.CTRLB", ctrlb).Write("TCC0.CTRLD", ctrld).Write("TCC0.CTRLA", 1);

    [Fact]
    public void A_capture_takes_the_count_of_the_cycle_in_which_the_event_acts()
    {
        Bench bench = Strobe(Start(CAPT | CH0).AdvanceTo(100), 1);
        Assert.Equal(CCAIF, bench.Read("TCC0.INTFLAGS") & CCAIF);
        Assert.Equal(100 + Latency.Event, bench.Advance(50).Read("TCC0.CCA"));
        Assert.Equal(0, bench.Read("TCC0.INTFLAGS") & CCAIF);
    }

    [Fact]
    public void EVDLY_delays_the_action_by_one_cycle()
    {
        Bench bench = Strobe(Start(CAPT | EVDLY | CH0).AdvanceTo(100), 1);
        Assert.Equal(0, bench.Read("TCC0.INTFLAGS") & CCAIF);
        Assert.Equal(101 + Latency.Event, bench.Advance(1).Read("TCC0.CCA"));
    }

    [Fact]
    public void Events_in_neighbouring_cycles_are_all_delayed()
    {
        Bench bench = Start(CAPT | EVDLY | CH0).AdvanceTo(100);
        Strobe(bench, 1, 0, 1);
        Strobe(bench, 1, 0, 10);
        Assert.Equal([103, 104], new[] { bench.Read("TCC0.CCA"), bench.Read("TCC0.CCA") });
    }

    [Fact]
    public void Channels_B_to_D_capture_the_events_of_the_following_event_channels_modulo_8()
    {
        Bench bench = Start(CAPT | (CH0 + 6), 0xF0);
        Strobe(bench.AdvanceTo(10), 0x40);
        Strobe(bench.AdvanceTo(20), 0x80);
        Strobe(bench.AdvanceTo(30), 0x01);
        Strobe(bench.AdvanceTo(40), 0x02);
        Assert.Equal([12, 22, 32, 42], new[] { "CCA", "CCB", "CCC", "CCD" }.Select(c => bench.Read("TCC0." + c)));
    }

    [Fact]
    public void A_channel_that_is_not_enabled_goes_on_comparing()
    {
        Bench bench = Strobe(Start(CAPT | CH0, 0x10).Write("TCC0.CCB", 50).AdvanceTo(10), 0x03);
        Assert.Equal(CCAIF, bench.Read("TCC0.INTFLAGS") & 0x30);
        Assert.Equal(0x30, bench.AdvanceTo(51).Read("TCC0.INTFLAGS") & 0x30);
    }

    [Fact]
    public void Two_values_wait_and_a_third_is_lost_with_ERRIF()
    {
        Bench bench = Start(CAPT | CH0).Watch("TCC0.ERR").Watch("TCC0.CCA");
        Strobe(bench.AdvanceTo(10), 1);
        Assert.Equal((CCAIF, 0), (bench.Read("TCC0.INTFLAGS") & (CCAIF | ERRIF), bench.Read("TCC0.CTRLGSET")));
        Strobe(bench.AdvanceTo(20), 1);
        Assert.Equal((CCAIF, 2), (bench.Read("TCC0.INTFLAGS") & (CCAIF | ERRIF), bench.Read("TCC0.CTRLGSET")));
        Strobe(bench.AdvanceTo(30), 1);
        Assert.Equal((CCAIF | ERRIF, 2), (bench.Read("TCC0.INTFLAGS") & (CCAIF | ERRIF), bench.Read("TCC0.CTRLGSET")));

        Assert.Equal(12, bench.Read("TCC0.CCA")); // the second moves up, and its flag is set anew
        Assert.Equal((CCAIF, 0), (bench.Read("TCC0.INTFLAGS") & CCAIF, bench.Read("TCC0.CTRLGSET")));
        Assert.Equal(22, bench.Read("TCC0.CCA"));
        Assert.Equal(0, bench.Read("TCC0.INTFLAGS") & CCAIF);
        Assert.Equal([12, 22], bench.CyclesOf("TCC0.CCA"));
        Assert.Equal([32], bench.CyclesOf("TCC0.ERR"));
    }

    [Fact]
    public void Writing_one_to_the_flag_empties_the_buffer_too()
    {
        Bench bench = Start(CAPT | CH0);
        Strobe(bench.AdvanceTo(10), 1);
        Strobe(bench, 1);
        bench.Write("TCC0.INTFLAGS", CCAIF);
        Assert.Equal((0, 0), (bench.Read("TCC0.INTFLAGS") & CCAIF, bench.Read("TCC0.CTRLGSET")));
    }

    [Fact]
    public void Captured_values_are_no_buffers_for_UPDATE()
    {
        Bench bench = Start(CAPT | CH0).Write("TCC0.PER", 39);
        Strobe(bench.AdvanceTo(10), 1);
        Strobe(bench.AdvanceTo(20), 1);
        bench.AdvanceTo(100);
        Assert.Equal(2, bench.Read("TCC0.CTRLGSET"));
        Assert.Equal([12, 22], new[] { bench.Read("TCC0.CCA"), bench.Read("TCC0.CCA") });
    }

    [Fact]
    public void Executing_the_vector_leaves_the_flag_of_a_capture_set()
    {
        Bench bench = Strobe(Start(CAPT | CH0).Write("TCC0.INTCTRLB", 1).Write("PMIC.CTRL", 1).AdvanceTo(10), 1);
        Assert.Equal(16, bench.Chip.Interrupts.PendingVector);
        bench.Chip.Interrupts.Acknowledge(bench.Now);
        Assert.Equal(CCAIF, bench.Read("TCC0.INTFLAGS") & CCAIF);
    }

    [Theory]
    [InlineData(0x7FFF, 1, 0x800C)]
    [InlineData(0x7FFF, 0, 0x000C)]
    [InlineData(0x8000, 1, 0x000C)]
    public void With_PER_below_0x8000_bit_15_holds_the_polarity_of_the_edge(int per, int data, int value) =>
        Assert.Equal(value, Strobe(Start(CAPT | CH0).Write("TCC0.PER", per).AdvanceTo(10), 1, data).Read("TCC0.CCA"));

    [Fact]
    public void RESTART_begins_the_period_anew()
    {
        Bench bench = Strobe(Start(RESTART | CH0).Write("TCC0.PER", 99).Watch("TCC0.OVF").AdvanceTo(50), 1);
        Assert.Equal(0, bench.Read("TCC0.CNT"));
        Assert.Equal([152], bench.AdvanceTo(200).CyclesOf("TCC0.OVF")); // 100 ticks after cycle 52
    }

    [Fact]
    public void Frequency_capture_measures_the_cycles_from_event_to_event()
    {
        Bench bench = Start(FRQ | CH0);
        Strobe(bench.AdvanceTo(50), 1);
        Assert.Equal(52, bench.Read("TCC0.CCA"));
        Strobe(bench.AdvanceTo(187), 1);
        Assert.Equal(137, bench.Read("TCC0.CCA"));
        Assert.Equal(0, bench.Read("TCC0.CNT"));
    }

    [Fact]
    public void Pulse_width_capture_measures_how_long_a_pin_is_high()
    {
        Bench bench = Start(PW | CH0).Write("PORTD.PIN3CTRL", 0x00).Write("EVSYS.CH0MUX", 0x6B); // both edges of PD3
        PinDriver pin = bench.Chip.FindPin("PORTD.PIN3")!.AddDriver("test");
        pin.Drive = PinDrive.Strong(false);
        bench.AdvanceTo(100);
        bench.Write("TCC0.INTFLAGS", 0xFF);
        if (bench.Read("TCC0.CTRLGSET") != 0) bench.Read("TCC0.CCA");
        pin.Drive = PinDrive.Strong(true);
        bench.AdvanceTo(333);
        pin.Drive = PinDrive.Strong(false);
        Assert.Equal(233, bench.AdvanceTo(400).Read("TCC0.CCA"));
    }

    [Fact]
    public void UPDOWN_counts_events_of_one_channel_in_the_direction_that_a_pin_on_the_next_gives()
    {
        Bench bench = new Bench().Write("PORTA.PIN1CTRL", 0x03).Write("EVSYS.CH1MUX", 0x51); // PA1, level
        PinDriver pin = bench.Chip.FindPin("PORTA.PIN1")!.AddDriver("test");
        pin.Drive = PinDrive.Strong(true);
        bench.Write("TCC0.PER", 9).Write("TCC0.CTRLD", UPDOWN | CH0).Write("TCC0.CTRLA", CH0).Advance(10);
        for (int i = 0; i < 3; i++) Strobe(bench, 1);
        Assert.Equal((3, 0), (bench.Read("TCC0.CNT"), bench.Read("TCC0.CTRLFSET")));
        pin.Drive = PinDrive.Strong(false);
        bench.Advance(10);
        for (int i = 0; i < 4; i++) Strobe(bench, 1);
        Assert.Equal((9, 1), (bench.Read("TCC0.CNT"), bench.Read("TCC0.CTRLFSET"))); // past 0: PER, with an underflow
        Assert.Equal(1, bench.Read("TCC0.INTFLAGS") & 1);
        pin.Drive = PinDrive.Strong(true);
        bench.Advance(10);
        Assert.Equal(0, Strobe(bench, 1).Read("TCC0.CNT"));
    }

    [Fact]
    public void QDEC_counts_data_events_up_and_down_and_is_set_to_zero_by_the_index()
    {
        Bench bench = new Bench().Write("TCD0.PER", 7).Write("TCD0.CTRLD", QDEC | (CH0 + 2)).Write("TCD0.CTRLA", 1).Advance(100);
        Assert.Equal(0, bench.Read("TCD0.CNT")); // DIV1 does not count here
        for (int i = 0; i < 3; i++) Strobe(bench, 4, 4);
        Assert.Equal((3, 0), (bench.Read("TCD0.CNT"), bench.Read("TCD0.CTRLFSET")));
        Strobe(bench, 4, 0);
        Assert.Equal((2, 1), (bench.Read("TCD0.CNT"), bench.Read("TCD0.CTRLFSET")));
        Assert.Equal(0, bench.Read("TCD0.INTFLAGS") & ERRIF);
        Strobe(bench, 0, 4); // index at a count that is not BOTTOM
        Assert.Equal((0, ERRIF), (bench.Read("TCD0.CNT"), bench.Read("TCD0.INTFLAGS") & ERRIF));
        Strobe(bench.Write("TCD0.INTFLAGS", ERRIF), 0, 4);
        Assert.Equal(0, bench.Read("TCD0.INTFLAGS") & ERRIF);
        Strobe(bench, 4, 0); // down past 0 wraps to PER, up past PER to 0
        Assert.Equal(7, bench.Read("TCD0.CNT"));
        Strobe(bench, 4, 4);
        Assert.Equal(0, bench.Read("TCD0.CNT"));
    }

    [Fact]
    public void A_rotary_encoder_on_two_pins_turns_a_QDEC_timer_up_and_down()
    {
        // 8077I 6.4: pins with level sensing, CH0MUX = QDPH0, QDEN; QDPH90 leads when it goes forward. Four counts a line.
        Bench bench = new Bench().Write("PORTD.PIN0CTRL", 0x03).Write("PORTD.PIN1CTRL", 0x03).Write("EVSYS.CH0MUX", 0x68).Write("EVSYS.CH0CTRL", 0x08)
            .Write("TCD0.PER", 19).Write("TCD0.CTRLD", QDEC | CH0).Write("TCD0.CTRLA", 1);
        PinDriver[] pins = [.. new[] { "PORTD.PIN0", "PORTD.PIN1" }.Select(p => bench.Chip.FindPin(p)!.AddDriver("encoder"))];
        int phase = 0;
        Turn(0);
        bench.Write("TCD0.CNT", 0);
        for (int i = 0; i < 10; i++) Turn(1);
        Assert.Equal(10, bench.Read("TCD0.CNT"));
        for (int i = 0; i < 13; i++) Turn(-1);
        Assert.Equal((17, 1), (bench.Read("TCD0.CNT"), bench.Read("TCD0.CTRLFSET")));

        void Turn(int step)
        {
            phase = (phase + step) & 3;
            pins[0].Drive = PinDrive.Strong(phase is 2 or 3);
            pins[1].Drive = PinDrive.Strong(phase is 1 or 2);
            bench.Advance(20);
        }
    }

    [Theory]
    [InlineData(EVDLY, true)]
    [InlineData(0, false)]
    public void A_32_bit_capture_is_right_at_every_cycle_when_the_high_timer_delays_it(int delay, bool alwaysRight)
    {
        // TCC0 overflows in cycle 10 (CNT set to 0xFFF6 in cycle 0) and TCC1 follows one cycle later.
        bool right = true;
        for (int cycle = 3; cycle < 16; cycle++)
        {
            Bench bench = new Bench().Write("EVSYS.CH0MUX", 0xC0).Write("TCC0.CNT", 0xFFF6)
                .Write("TCC0.CTRLB", 0x10).Write("TCC0.CTRLD", CAPT | (CH0 + 1)).Write("TCC1.CTRLB", 0x10).Write("TCC1.CTRLD", CAPT | delay | (CH0 + 1))
                .Write("TCC1.CTRLA", CH0).Write("TCC0.CTRLA", 1);
            Strobe(bench.AdvanceTo(cycle), 2).Advance(5);
            int captured = bench.Read("TCC0.CCA") | (bench.Read("TCC1.CCA") << 16);
            right &= captured == 0xFFF6 + cycle + Latency.Event;
        }

        Assert.Equal(alwaysRight, right);
    }

    [Fact]
    public void A_capture_on_a_regular_event_takes_each_one()
    {
        Bench bench = new Bench().Write("EVSYS.CH0MUX", 0x86).Write("TCC0.CTRLB", 0x10).Write("TCC0.CTRLD", CAPT | CH0).Write("TCC0.CTRLA", 1); // every 64 cycles
        bench.AdvanceTo(140);
        Assert.Equal([66, 130], new[] { bench.Read("TCC0.CCA"), bench.Read("TCC0.CCA") });
    }

    [Fact]
    public void Power_reduction_stops_a_timer_where_it_is()
    {
        Bench bench = new Bench().Write("TCC0.CTRLA", 1).AdvanceTo(40).Write("PR.PRPC", 1).AdvanceTo(90).Write("PR.PRPC", 0);
        Assert.Equal(40, bench.Read("TCC0.CNT"));
        Assert.Equal(45, bench.Advance(5).Read("TCC0.CNT"));
    }
}
