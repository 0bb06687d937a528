using Xmega.Ports;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;
using static Xmega.Tests.Timers.AwexBench;

namespace Xmega.Tests.Timers;

/// <summary>Fault protection (8077I 15.6). The pins in question: 0 (low side of A) on from 20 k to 20 k + 8, 1 (high side) the rest.</summary>
public class FaultProtectionTests
{
    private const int Channel1 = 0x02;

    private static Bench Running(int fdctrl, int ctrl = 0x0F) => Start(ctrl, dtls: 1, dths: 1).Watch("AWEXC.FAULT").Watch("EVSYS.CH1").Watch("TCC0.ERR").ProtectFromSoftware(fdctrl);

    private static Bench Strobe(Bench bench) => bench.Write("EVSYS.STROBE", Channel1);

    [Theory]
    [InlineData(CLEAROE)]
    [InlineData(CLEARDIR)]
    [InlineData(CLEAROE | CycleByCycle)]
    [InlineData(CLEARDIR | CycleByCycle)]
    public void A_fault_acts_two_cycles_after_its_event_was_generated(int fdctrl)
    {
        Bench bench = Strobe(Running(fdctrl).AdvanceTo(42));
        Assert.Equal((0x55, 0, 0), (bench.AdvanceTo(43).Pins(), bench.Read("AWEXC.STATUS"), bench.Read("TCC0.INTFLAGS") & ERRIF));
        bench.AdvanceTo(44);
        Assert.Equal((0, FDF, ERRIF), (bench.Pins(), bench.Read("AWEXC.STATUS"), bench.Read("TCC0.INTFLAGS") & ERRIF));
        Assert.Equal([44], bench.CyclesOf("AWEXC.FAULT", 1));
        Assert.Equal([44], bench.CyclesOf("TCC0.ERR"));
    }

    [Fact]
    public void CLEAROE_gives_the_pins_back_to_OUT_and_CLEARDIR_lets_them_go()
    {
        Bench bench = Running(CLEAROE).Write("PORTC.OUT", 0xAA).AdvanceTo(44);
        Strobe(bench).Advance(2);
        Assert.Equal((0xAA, 0xFF, 0), (bench.Pins(), bench.Read("PORTC.DIR"), bench.Read("AWEXC.OUTOVEN")));

        bench = Running(CLEARDIR, ctrl: 0x05).Write("PORTC.OUT", 0xFF).AdvanceTo(44);
        Strobe(bench).Advance(2);
        Assert.Equal((0xCC, 0xFF), (bench.Read("PORTC.DIR"), bench.Read("AWEXC.OUTOVEN"))); // channels A and C
        Assert.Equal(LogicLevel.Floating, bench.Chip.FindPin("PORTC.PIN0")!.Level);
        Assert.Equal(LogicLevel.High, bench.Chip.FindPin("PORTC.PIN2")!.Level);
    }

    [Theory]
    [InlineData(0, Channel1)]
    [InlineData(2, Channel1)] // reserved: none
    [InlineData(CLEAROE, 0x04)]
    [InlineData(CLEAROE, 0)]
    public void Without_an_action_or_the_channel_in_the_mask_nothing_happens(int fdctrl, int mask)
    {
        Bench bench = Running(fdctrl).Write("AWEXC.FDEMASK", mask).AdvanceTo(42);
        Strobe(bench).Advance(2);
        Assert.Equal((0x55, 0, 0), (bench.Pins(), bench.Read("AWEXC.STATUS"), bench.Read("TCC0.INTFLAGS") & ERRIF));
        Assert.Equal(fdctrl == 2, bench.Chip.Diagnostics.All.Any(d => d.Kind == DiagnosticKind.Configuration));
    }

    [Fact]
    public void A_data_event_is_no_fault()
    {
        Bench bench = Running(CLEAROE).AdvanceTo(44).Write("EVSYS.DATA", Channel1).Write("EVSYS.STROBE", 0x01).Advance(4);
        Assert.Equal(0, bench.Read("AWEXC.STATUS"));
    }

    [Fact]
    public void Any_selected_channel_can_report_a_fault()
    {
        for (int n = 0; n < 8; n++)
        {
            Bench bench = Running(CLEAROE).Write("AWEXC.FDEMASK", 0xFF).AdvanceTo(44).Write("EVSYS.STROBE", 1 << n).Advance(2);
            Assert.Equal((FDF, 0), (bench.Read("AWEXC.STATUS"), bench.Pins()));
        }
    }

    [Fact]
    public void Latched_outputs_wait_for_FDF_to_be_cleared_and_then_for_UPDATE()
    {
        Bench bench = Strobe(Running(CLEAROE).AdvanceTo(44)).AdvanceTo(90); // UPDATEs at 60 and 80 change nothing
        Assert.Equal((0, FDF), (bench.Pins(), bench.Read("AWEXC.STATUS")));
        bench.Write("AWEXC.STATUS", FDF);
        Assert.Equal((0, 0, 1), (bench.AdvanceTo(99).Pins(), bench.Read("AWEXC.STATUS"), (int)bench.Chip.Signals.Find("AWEXC.FAULT")!.Value));
        // At 100 all waveforms rise, with a dead time of 1.
        Assert.Equal((0, 0xFF), (bench.AdvanceTo(100).Pins(), bench.Read("AWEXC.OUTOVEN")));
        Assert.Equal(0x55, bench.AdvanceTo(101).Pins());
        Assert.Equal([100], bench.CyclesOf("AWEXC.FAULT", 0));
        Assert.Equal([46], bench.CyclesOf("TCC0.ERR"));
    }

    [Fact]
    public void Cycle_by_cycle_outputs_return_at_the_next_UPDATE_and_FDF_stays()
    {
        Bench bench = Strobe(Running(CLEAROE | CycleByCycle).AdvanceTo(44));
        Assert.Equal(0, bench.AdvanceTo(60).Pins());
        Assert.Equal((0x55, FDF), (bench.AdvanceTo(61).Pins(), bench.Read("AWEXC.STATUS")));
        // Another fault, with FDF still set, is one all the same.
        Strobe(bench.AdvanceTo(64)).AdvanceTo(66);
        Assert.Equal(0, bench.Pins());
        Assert.Equal([46, 66], bench.CyclesOf("TCC0.ERR"));
        Assert.Equal([60], bench.CyclesOf("AWEXC.FAULT", 0));
    }

    [Fact]
    public void CLEARDIR_restores_the_directions_that_it_has_cleared()
    {
        Bench bench = Running(CLEARDIR | CycleByCycle, ctrl: 0x05).Write("PORTC.DIR", 0x1D).AdvanceTo(44);
        Strobe(bench).AdvanceTo(59);
        Assert.Equal(0x0C, bench.Read("PORTC.DIR"));
        Assert.Equal((0x1D, 0xFF), (bench.AdvanceTo(60).Read("PORTC.DIR"), bench.Read("AWEXC.OUTOVEN")));
    }

    [Fact]
    public void CLEAROE_restores_the_overrides_of_the_enabled_channels()
    {
        Bench bench = Running(CLEAROE | CycleByCycle, ctrl: 0x05).Write("AWEXC.OUTOVEN", 0x01);
        Strobe(bench.AdvanceTo(44)).AdvanceTo(60);
        Assert.Equal(0x33, bench.Read("AWEXC.OUTOVEN"));
    }

    [Fact]
    public void In_pattern_generation_mode_the_pattern_waits_and_is_what_returns()
    {
        Bench bench = Start(PGM, outoven: 0x0F).ProtectFromSoftware(CLEAROE).AdvanceTo(44);
        Strobe(bench).AdvanceTo(50).Write("AWEXC.DTLSBUF", 0x30).Write("AWEXC.DTHSBUF", 0x80).AdvanceTo(65);
        Assert.Equal((0, 0, FDF | 3), (bench.Pins(), bench.Read("PORTC.OUT"), bench.Read("AWEXC.STATUS")));
        bench.Write("AWEXC.STATUS", FDF | 3).AdvanceTo(80);
        Assert.Equal((0xB0, 0x30, 0x80, 0), (bench.Pins(), bench.Read("AWEXC.OUTOVEN"), bench.Read("PORTC.OUT"), bench.Read("AWEXC.STATUS")));
    }

    [Fact]
    public void OUTOVEN_cannot_be_written_while_a_fault_lasts()
    {
        Bench bench = Strobe(Running(CLEAROE).AdvanceTo(44)).AdvanceTo(46).Write("AWEXC.OUTOVEN", 0xFF);
        Assert.Equal((0, 0), (bench.Read("AWEXC.OUTOVEN"), bench.Pins()));
        Assert.Contains(bench.Chip.Diagnostics.All, d => d.Kind == DiagnosticKind.ProtectedWrite && d.Message.Contains("AWEXC.OUTOVEN", StringComparison.Ordinal));
        bench.Write("AWEXC.STATUS", FDF).AdvanceTo(60).Write("AWEXC.OUTOVEN", 0x0F);
        Assert.Equal(0x0F, bench.Read("AWEXC.OUTOVEN"));
    }

    [Fact]
    public void A_fault_in_the_cycle_of_the_UPDATE_keeps_the_outputs_off()
    {
        Bench bench = Strobe(Running(CLEAROE | CycleByCycle).AdvanceTo(44)).AdvanceTo(58);
        Strobe(bench).AdvanceTo(79); // arrives at 60
        Assert.Equal(0, bench.Pins());
        Assert.DoesNotContain(bench.Trace, t => t.Cycle is >= 60 and < 80 && t.Signal == "AWEXC.FAULT");
        Assert.Equal([80], bench.AdvanceTo(85).CyclesOf("AWEXC.FAULT", 0));
    }

    [Fact]
    public void A_stopped_timer_gives_no_UPDATE_but_the_command_does()
    {
        Bench bench = Strobe(Running(CLEAROE | CycleByCycle).AdvanceTo(44)).AdvanceTo(50).Write("TCC0.CTRLA", 0).AdvanceTo(500);
        Assert.Equal(0, bench.Pins());
        bench.Write("TCC0.CTRLFSET", 0x04).Advance(1); // CNT = 10: A (8) and B (5) are low, C and D high
        Assert.Equal(0b0101_1010, bench.Pins());
    }

    // The pin rises in cycle 44: in IN at 46, the strobes of a level begin there, and reach the AWeX from 48 on. It falls in
    // cycle 95: the last strobe is of cycle 96 and arrives at 98.
    [Fact]
    public void A_pin_that_senses_its_level_keeps_the_fault_input_active()
    {
        Bench bench = Start(0x0F, dtls: 1, dths: 1).Watch("AWEXC.FAULT").Watch("TCC0.ERR");
        PinDriver pin = bench.ProtectFromPin(CLEAROE | CycleByCycle);
        bench.AdvanceTo(44);
        pin.Drive = PinDrive.Strong(true);
        bench.AdvanceTo(95);
        pin.Drive = PinDrive.Strong(false);
        bench.AdvanceTo(110);
        Assert.Equal([(48, 1), (100, 0)], bench.Trace.Where(t => t.Signal == "AWEXC.FAULT").Select(t => ((int)t.Cycle, (int)t.Value)));
        Assert.Equal([48], bench.CyclesOf("TCC0.ERR"));
    }

    [Theory]
    [InlineData(97, 100)]  // the last strobe arrives at 100: with the UPDATE
    [InlineData(96, 100)]  // at 99
    public void A_level_that_ends_with_the_UPDATE_is_too_late_for_it(int falls, int update)
    {
        Bench bench = Start(0x0F).Watch("AWEXC.FAULT");
        PinDriver pin = bench.ProtectFromPin(CLEAROE | CycleByCycle);
        bench.AdvanceTo(44);
        pin.Drive = PinDrive.Strong(true);
        bench.AdvanceTo(falls);
        pin.Drive = PinDrive.Strong(false);
        bench.AdvanceTo(130);
        Assert.Equal([falls + 3 < update ? update : update + 20], bench.CyclesOf("AWEXC.FAULT", 0));
    }

    [Fact]
    public void Clearing_FDF_while_the_level_lasts_is_in_vain_and_a_new_error()
    {
        Bench bench = Start(0x0F).Watch("AWEXC.FAULT").Watch("TCC0.ERR");
        PinDriver pin = bench.ProtectFromPin(CLEAROE);
        bench.AdvanceTo(44);
        pin.Drive = PinDrive.Strong(true);
        bench.AdvanceTo(70).Write("AWEXC.STATUS", FDF);
        Assert.Equal(0, bench.Read("AWEXC.STATUS"));
        Assert.Equal(FDF, bench.AdvanceTo(71).Read("AWEXC.STATUS"));
        bench.AdvanceTo(85);
        pin.Drive = PinDrive.Strong(false); // the last strobe arrives at 88
        bench.AdvanceTo(90).Write("AWEXC.STATUS", FDF).AdvanceTo(120);
        Assert.Equal([48, 71], bench.CyclesOf("TCC0.ERR"));
        Assert.Equal([100], bench.CyclesOf("AWEXC.FAULT", 0));
    }

    [Fact]
    public void A_lasting_level_costs_nothing_while_it_changes_nothing()
    {
        Bench bench = Start(0x0F);
        PinDriver pin = bench.ProtectFromPin(CLEAROE);
        bench.AdvanceTo(44);
        pin.Drive = PinDrive.Strong(true);
        bench.AdvanceTo(60);
        Assert.True(bench.Chip.Services.Schedule.NextCycle > 61);
    }

    [Fact]
    public void A_regular_event_is_a_fault_each_time()
    {
        // clk_PER / 32 on channel 1: events at 32, 64, ..., each acting two cycles later; restored at 40, 80, 100, 140.
        Bench bench = Start(0x0F).Watch("AWEXC.FAULT").Write("EVSYS.CH1MUX", 0x85).ProtectFromSoftware(CLEAROE | CycleByCycle).AdvanceTo(145);
        Assert.Equal([34, 66, 98, 130], bench.CyclesOf("AWEXC.FAULT", 1));
        Assert.Equal([40, 80, 100, 140], bench.CyclesOf("AWEXC.FAULT", 0));
    }

    [Fact]
    public void The_error_interrupt_is_requested_and_its_vector_clears_only_ERRIF()
    {
        Bench bench = Strobe(Running(CLEAROE).Write("TCC0.INTCTRLA", 0x04).AdvanceTo(44)).AdvanceTo(46);
        Assert.True(bench.Chip.Interrupts.Lines.Single(l => l.Name == "TCC0_ERR").IsRequested);
        bench.Write("TCC0.INTFLAGS", ERRIF);
        Assert.Equal((0, FDF), (bench.Read("TCC0.INTFLAGS") & ERRIF, bench.Read("AWEXC.STATUS")));
    }

    public static TheoryData<string, string[]> Programs => new()
    {
        { "idle loop", ["loop:", "nop", "rjmp loop"] },
        { "calls", ["rjmp loop", "f:", "ret", "loop:", "rcall f", "rjmp loop"] },
        { "multiplies and stores", ["ldi r26, 0x00", "ldi r27, 0x20", "loop:", "mul r0, r1", "st X, r0", "push r0", "pop r0", "rjmp loop"] },
        { "asleep", ["ldi r16, 0x01", "sts 0x0048, r16", "loop:", "sleep", "rjmp loop"] },
    };

    // What the module's reaction is worth: the pin rises in cycle c, is in IN at c + 2, where the event is generated, and
    // the outputs are off at c + 4, whatever the CPU is at.
    [Theory]
    [MemberData(nameof(Programs))]
    public void Latency_is_the_same_whatever_the_CPU_does(string what, string[] program)
    {
        for (int rises = 105; rises < 125; rises++)
        {
            Bench bench = Start(CWCM | 0x0F).Write("TCC0.CCA", 19).Watch("AWEXC.FAULT").Watch("EVSYS.CH1");
            PinDriver pin = bench.ProtectFromPin(CLEAROE, sense: 1);
            bench.Chip.Program.Write(0, Assembler.Assemble(program));
            bench.Chip.RunsAsleep = true;
            ScheduledAction fault = bench.Chip.CreateAction("fault", Phase.World, () => pin.Drive = PinDrive.Strong(true));
            ScheduledAction end = bench.Chip.CreateAction("end", Phase.Limit, bench.Chip.Stop);
            fault.Book(rises);
            end.Book(200);
            bench.Chip.Run();
            Assert.True(bench.Chip.Cycle >= 200, what);
            Assert.Equal([rises + 4L], bench.CyclesOf("AWEXC.FAULT", 1));
            Assert.Equal(rises + 2 + Latency.Event, bench.CyclesOf("EVSYS.CH1").Single());
            foreach (int low in (int[])[0, 2, 4, 6]) Assert.Equal(rises + 4, bench.CyclesOf($"PORTC.PIN{low}", 0)[^1]);
            Assert.Equal(0, bench.Pins());
        }
    }
}
