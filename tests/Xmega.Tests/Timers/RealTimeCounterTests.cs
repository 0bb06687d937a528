using CsCheck;
using Xmega.Registers;
using Xmega.State;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Timers;

public class RealTimeCounterTests
{
    private const int DIV1 = 1, DIV2 = 2, DIV8 = 3, DIV1024 = 7;
    private const int OVFIF = 1, COMPIF = 2;
    private const int Tick = 2000; // cycles of 2 MHz in a cycle of the 1 kHz ULP clock

    private readonly Bench _bench = new();

    [Theory]
    [InlineData(DIV1, 1)]
    [InlineData(DIV2, 2)]
    [InlineData(DIV8, 8)]
    [InlineData(4, 16)]
    [InlineData(5, 64)]
    [InlineData(6, 256)]
    [InlineData(DIV1024, 1024)]
    public void The_count_starts_a_prescaled_period_after_CTRL_has_crossed_over(int prescaler, int division)
    {
        // RTC clock from cycle 0; CTRL is in effect from edge 2 on, so count n comes at edge 2 + n * division.
        Start(prescaler);
        Assert.Equal(0, _bench.AdvanceTo(((2 + division) * Tick) - 1).Read("RTC.CNT"));
        Assert.Equal(1, _bench.AdvanceTo((2 + division) * Tick).Read("RTC.CNT"));
        Assert.Equal(4, _bench.AdvanceTo(((2 + (5 * division)) * Tick) - 1).Read("RTC.CNT"));
        Assert.Equal(5, _bench.AdvanceTo((2 + (5 * division)) * Tick).Read("RTC.CNT"));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(20_000_000)] // five and a half hours
    public void The_count_is_exact_however_long_nobody_looked(long counts)
    {
        Start(DIV1);
        Assert.Equal((int)((counts - 1) & 0xFFFF), _bench.AdvanceTo(((2 + counts) * Tick) - 1).Read("RTC.CNT"));
        Assert.Equal((int)(counts & 0xFFFF), _bench.AdvanceTo((2 + counts) * Tick).Read("RTC.CNT"));
    }

    [Fact]
    public void SYNCBUSY_lasts_two_RTC_clocks()
    {
        Start(DIV1);
        Assert.Equal(1, _bench.Read("RTC.STATUS"));
        Assert.Equal(1, _bench.AdvanceTo((2 * Tick) - 1).Read("RTC.STATUS"));
        Assert.Equal(0, _bench.AdvanceTo(2 * Tick).Read("RTC.STATUS"));
        // In the middle of a period: the second edge from here is 1.5 clocks away.
        _bench.Advance(Tick / 2).Write("RTC.COMP", 3);
        Assert.Equal(1, _bench.AdvanceTo((4 * Tick) - 1).Read("RTC.STATUS"));
        Assert.Equal(0, _bench.AdvanceTo(4 * Tick).Read("RTC.STATUS"));
    }

    [Fact]
    public void Without_a_clock_a_write_stays_on_its_way()
    {
        _bench.Write("RTC.PER", 5).Advance(1_000_000);
        Assert.Equal(1, _bench.Read("RTC.STATUS"));
        Assert.Equal(5, _bench.Read("RTC.PER"));
        // RTCEN at 1 000 000: two edges later it arrives.
        _bench.Write("CLK.RTCCTRL", 1);
        Assert.Equal(1, _bench.AdvanceTo(1_000_000 + (2 * Tick) - 1).Read("RTC.STATUS"));
        Assert.Equal(0, _bench.AdvanceTo(1_000_000 + (2 * Tick)).Read("RTC.STATUS"));
    }

    [Fact]
    public void The_count_after_PER_clears_CNT_and_sets_OVFIF()
    {
        _bench.Write("RTC.PER", 9);
        Start(DIV1);
        // Count n at edge 2 + n; the tenth is the overflow.
        _bench.AdvanceTo((12 * Tick) - 1);
        Assert.Equal((9, 0), (_bench.Read("RTC.CNT"), _bench.Read("RTC.INTFLAGS") & OVFIF));
        _bench.AdvanceTo(12 * Tick);
        Assert.Equal((0, OVFIF), (_bench.Read("RTC.CNT"), _bench.Read("RTC.INTFLAGS") & OVFIF));
        _bench.Write("RTC.INTFLAGS", OVFIF);
        Assert.Equal(0, _bench.AdvanceTo((22 * Tick) - 1).Read("RTC.INTFLAGS") & OVFIF);
        Assert.Equal(OVFIF, _bench.AdvanceTo(22 * Tick).Read("RTC.INTFLAGS") & OVFIF);
    }

    [Fact]
    public void The_count_after_COMP_sets_COMPIF()
    {
        _bench.Write("RTC.PER", 9).Write("RTC.COMP", 4);
        Start(DIV1);
        // CNT becomes 4 at edge 6 and 5 at edge 7.
        _bench.AdvanceTo((7 * Tick) - 1);
        Assert.Equal((4, 0), (_bench.Read("RTC.CNT"), _bench.Read("RTC.INTFLAGS")));
        _bench.AdvanceTo(7 * Tick);
        Assert.Equal((5, COMPIF), (_bench.Read("RTC.CNT"), _bench.Read("RTC.INTFLAGS")));
    }

    [Fact]
    public void A_COMP_above_PER_never_matches()
    {
        _bench.Write("RTC.PER", 9).Write("RTC.COMP", 10);
        Start(DIV1);
        Assert.Equal(OVFIF, _bench.AdvanceTo(1000 * Tick).Read("RTC.INTFLAGS"));
    }

    [Fact]
    public void A_written_CNT_counts_from_the_second_edge_on()
    {
        Start(DIV1);
        _bench.AdvanceTo((10 * Tick) + 1).Write("RTC.CNT", 0x1234);
        // Edges 11 and 12: at 11 the old count goes on, at 12 the new one is there, at 13 it counts.
        Assert.Equal(9, _bench.AdvanceTo((12 * Tick) - 1).Read("RTC.CNT"));
        Assert.Equal(0x1234, _bench.AdvanceTo(12 * Tick).Read("RTC.CNT"));
        Assert.Equal(0x1235, _bench.AdvanceTo(13 * Tick).Read("RTC.CNT"));
    }

    [Fact]
    public void Reading_the_low_byte_holds_the_high_byte_in_TEMP()
    {
        _bench.Write("RTC.CNT", 0x12FF);
        Start(DIV1);
        _bench.AdvanceTo(2 * Tick);
        int cnt = Bench.AddressOf("RTC.CNT");
        Assert.Equal(0xFF, _bench.Chip.Data.Read(cnt));
        Assert.Equal(0x12, _bench.Read("RTC.TEMP"));
        _bench.AdvanceTo(3 * Tick); // 0x1300 now
        Assert.Equal(0x12, _bench.Chip.Data.Read(cnt + 1));
        Assert.Equal(0x1300, _bench.Read("RTC.CNT"));
    }

    [Fact]
    public void A_count_past_a_lowered_PER_wraps_at_the_end_without_overflow()
    {
        _bench.Write("RTC.CNT", 0xFFF0).Write("RTC.PER", 9);
        Start(DIV1);
        // CNT 0xFFF0 at edge 2, so 0 at edge 18 and the overflow 10 counts later.
        Assert.Equal(0, _bench.AdvanceTo(18 * Tick).Read("RTC.INTFLAGS") & OVFIF);
        Assert.Equal(0, _bench.Read("RTC.CNT"));
        Assert.Equal(0, _bench.AdvanceTo((28 * Tick) - 1).Read("RTC.INTFLAGS") & OVFIF);
        Assert.Equal(OVFIF, _bench.AdvanceTo(28 * Tick).Read("RTC.INTFLAGS") & OVFIF);
    }

    [Fact]
    public void An_overflow_keeps_its_time_when_clk_PER_changes()
    {
        _bench.Watch("RTC.OVF").Write("RTC.PER", 9);
        Start(DIV1);
        _bench.Write("OSC.CTRL", 3).AdvanceTo(1000).WriteProtected("CLK.CTRL", 1);
        // 500 us have passed; edge 12 comes at 12 ms: 11.5 ms are 368 000 cycles of 32 MHz.
        _bench.AdvanceTo(1000 + 368_000);
        Assert.Equal([1000 + 368_000], _bench.CyclesOf("RTC.OVF"));
    }

    [Fact]
    public void The_internal_32_kHz_oscillator_gives_1024_Hz_and_32768_Hz()
    {
        _bench.Watch("RTC.*").Write("RTC.COMP", 1).Write("OSC.CTRL", 5).Write("CLK.RTCCTRL", 0x05).Write("RTC.CTRL", DIV1);
        // Ready at 640; a period of 1.024 kHz is 1953.125 cycles. CTRL and COMP from edge 2 on, CNT 1 at 3, match at 4: 7812.5.
        _bench.AdvanceTo(10_000);
        Assert.Equal([640 + 7813], _bench.CyclesOf("RTC.COMP"));
        Assert.Equal(2, _bench.Read("RTC.CNT"));
        // 32.768 kHz from cycle 10 000 on: 61.035 cycles; CNT 3 at 10 061.04, 4 at 10 122.07.
        _bench.Write("CLK.RTCCTRL", 0x0D);
        Assert.Equal(2, _bench.AdvanceTo(10_061).Read("RTC.CNT"));
        Assert.Equal(3, _bench.AdvanceTo(10_062).Read("RTC.CNT"));
        Assert.Equal(3, _bench.AdvanceTo(10_122).Read("RTC.CNT"));
        Assert.Equal(4, _bench.AdvanceTo(10_123).Read("RTC.CNT"));
        // A second of it is 32 768 counts.
        Assert.Equal(4 + 32_768 - 1, _bench.AdvanceTo(10_122 + 2_000_000).Read("RTC.CNT"));
        Assert.Equal(4 + 32_768, _bench.Advance(1).Read("RTC.CNT"));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void The_count_stands_while_its_oscillator_is_off()
    {
        _bench.Write("OSC.CTRL", 5).Write("CLK.RTCCTRL", 0x05).Write("RTC.CTRL", DIV1).AdvanceTo(100_000);
        int count = _bench.Read("RTC.CNT");
        // 99 360 cycles of 1953.125: 50 edges, two of them before the count.
        Assert.Equal(48, count);
        _bench.Write("OSC.CTRL", 1).Advance(1_000_000);
        Assert.Equal(count, _bench.Read("RTC.CNT"));
    }

    [Fact]
    public void The_watch_crystal_clocks_the_RTC_once_it_is_ready()
    {
        _bench.Chip.HasWatchCrystal = true;
        _bench.Write("OSC.XOSCCTRL", 2).Write("OSC.CTRL", 9).Write("CLK.RTCCTRL", 0x03).Write("RTC.CTRL", DIV1);
        // Ready after 1 s at 2 000 000; the first count is edge 3 of 1953.125 cycles: 5859.4.
        Assert.Equal(0, _bench.AdvanceTo(2_000_000 + 5859).Read("RTC.CNT"));
        Assert.Equal(1, _bench.AdvanceTo(2_000_000 + 5860).Read("RTC.CNT"));
    }

    [Fact]
    public void A_prescaler_without_a_clock_gets_a_remark_and_counts_once_there_is_one()
    {
        _bench.Write("RTC.CTRL", DIV1).Advance(100 * Tick);
        Assert.Equal(1, _bench.Read("RTC.STATUS"));
        Assert.Contains("RTCEN", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
        Assert.Equal(2, _bench.Write("CLK.RTCCTRL", 0x01).Advance(4 * Tick).Read("RTC.CNT"));
    }

    [Fact]
    public void The_clock_of_the_RTC_is_as_wrong_as_its_oscillator()
    {
        _bench.Chip.SetOscillatorError(InternalOscillator.UltraLowPower, 250_000);
        Start(DIV1);
        Assert.Equal(125 - 2, _bench.Advance(100 * Tick).Read("RTC.CNT"));
        _bench.Chip.SetOscillatorError(InternalOscillator.UltraLowPower, -250_000);
        Assert.Equal(125 - 2 + 75, _bench.Advance(100 * Tick).Read("RTC.CNT"));
    }

    [Fact]
    public void A_crystal_on_XTAL_is_none_on_TOSC()
    {
        _bench.Chip.ExternalClockHertz = 8_000_000;
        _bench.Write("OSC.CTRL", 9).Advance(10).Write("CLK.RTCCTRL", 0x03).Write("RTC.CTRL", DIV1).Advance(100 * Tick);
        Assert.Equal(0, _bench.Read("RTC.CNT"));
        Assert.Contains("RTCSRC 1", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x03)] // TOSC, not enabled
    [InlineData(0x05)] // RC32K, not enabled
    [InlineData(0x07)] // reserved
    public void A_clock_that_does_not_run_gets_a_remark(int rtcctrl)
    {
        _bench.Write("CLK.RTCCTRL", rtcctrl).Write("RTC.CTRL", DIV1).Advance(100 * Tick);
        Assert.Equal(0, _bench.Read("RTC.CNT"));
        Assert.Equal(DiagnosticKind.Configuration, Assert.Single(_bench.Chip.Diagnostics.All).Kind);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    [InlineData(2, 3)]
    [InlineData(6, 7)]
    public void Events_of_a_short_period_come_only_every_third_or_second_time(int per, int countsPerEvent)
    {
        _bench.Watch("EVSYS.CH0").Watch("RTC.OVF").Write("EVSYS.CH0MUX", 0x08).Write("RTC.PER", per);
        Start(DIV1);
        _bench.AdvanceTo(62 * Tick);
        // Counting starts at edge 2 and ends at 62: 60 counts, an overflow every PER + 1 of them; events are two cycles behind.
        Assert.Equal(Enumerable.Range(1, 60 / (per + 1)).Select(n => (2L + (n * (per + 1))) * Tick), _bench.CyclesOf("RTC.OVF"));
        Assert.Equal(
            Enumerable.Range(1, 60 / countsPerEvent).Select(n => ((2L + (n * countsPerEvent)) * Tick) + 2).Where(c => c <= 62 * Tick),
            _bench.CyclesOf("EVSYS.CH0"));
    }

    [Fact]
    public void A_compare_match_is_event_source_9()
    {
        _bench.Watch("EVSYS.CH3").Write("EVSYS.CH3MUX", 0x09).Write("RTC.PER", 9).Write("RTC.COMP", 4);
        Start(DIV1);
        _bench.AdvanceTo(30 * Tick);
        Assert.Equal([(7 * Tick) + 2, (17 * Tick) + 2, (27 * Tick) + 2], _bench.CyclesOf("EVSYS.CH3"));
    }

    [Fact]
    public void What_nobody_waited_for_is_no_event_later()
    {
        _bench.Write("RTC.PER", 9);
        Start(DIV1);
        _bench.AdvanceTo(100 * Tick).Watch("RTC.OVF").Watch("EVSYS.CH0").Write("EVSYS.CH0MUX", 0x08).Advance(10);
        Assert.Empty(_bench.Trace);
        Assert.Equal(0, _bench.Chip.Events.Channels[0].Count);
        Assert.Equal([102 * Tick], _bench.AdvanceTo(105 * Tick).CyclesOf("RTC.OVF"));
    }

    [Fact]
    public void Nothing_is_booked_while_nobody_waits()
    {
        Start(DIV1);
        _bench.Write("RTC.PER", 9).AdvanceTo(50 * Tick);
        Assert.Equal(0, _bench.Chip.Services.Schedule.Count);
        Assert.Equal(OVFIF | COMPIF, _bench.Read("RTC.INTFLAGS"));
        // With the flag set already the enabled interrupt needs no further overflow.
        _bench.Write("RTC.INTCTRL", 1);
        Assert.Equal(0, _bench.Chip.Services.Schedule.Count);
        Assert.Equal(1, _bench.Write("RTC.INTFLAGS", 3).Chip.Services.Schedule.Count);
    }

    [Fact]
    public void A_sleeping_CPU_wakes_at_the_overflow_and_the_vector_clears_the_flag()
    {
        ATxmega128A1 chip = AssemblyProgram.Run(
            "rjmp main", "nop",
            ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0",
            ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0", ".word 0",
            "rjmp handler",                           // vector 10, word 20
            "main:",
            "ldi r16, 1", "sts 0x0043, r16",          // CLK.RTCCTRL: ULP, RTCEN in cycle 4 (rjmp 2, ldi 1, sts 2)
            "sts 0x0402, r16",                        // RTC.INTCTRL: OVF low
            "sts 0x00A2, r16",                        // PMIC.CTRL: low level
            "ldi r17, 0", "ldi r18, 4",
            "sts 0x040A, r18", "sts 0x040B, r17",     // RTC.PER = 4
            "sts 0x0400, r16",                        // RTC.CTRL: DIV1
            "sts 0x0048, r16", "sei", "sleep",
            "break",
            "handler:", "lds r20, 0x0403", "break");
        // Edge 2 loads CTRL, the fifth count is edge 7: cycle 4 + 14 000. Then the next boundary, 5 to wake, 3 to enter,
        // rjmp 2, lds of I/O 2, break 1.
        Assert.Equal(4 + 14_000 + 1 + 5 + 3 + 2 + 2 + 1, chip.Cycle);
        Assert.Equal(COMPIF, chip.Register(20)); // COMP is 0: it matched at the first count
    }

    [Fact]
    public void Power_reduction_stops_the_count()
    {
        Start(DIV1);
        _bench.AdvanceTo(10 * Tick).Write("PR.PRGEN", 0x04).Advance(100 * Tick).Write("PR.PRGEN", 0);
        Assert.Equal(8, _bench.Read("RTC.CNT"));
        Assert.Equal(9, _bench.Advance(Tick).Read("RTC.CNT"));
    }

    [Fact]
    public void A_second_write_under_way_gets_a_remark_and_counts()
    {
        Start(DIV1);
        _bench.AdvanceTo(2 * Tick).Write("RTC.CNT", 100).Write("RTC.PER", 5000);
        Assert.Empty(_bench.Chip.Diagnostics.All);
        Assert.Equal(200, _bench.Write("RTC.CNT", 200).AdvanceTo(4 * Tick).Read("RTC.CNT"));
        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Reset_values_and_masks_are_those_of_the_manual()
    {
        Dictionary<string, int> reset = new() { ["RTC.PER"] = 0xFFFF };
        Start(DIV8);
        _bench.Write("RTC.PER", 7).Write("RTC.COMP", 3).Write("RTC.INTCTRL", 0x0F).AdvanceTo(100 * Tick).Write("RTC.TEMP", 5);
        _bench.Chip.Reset(ResetSource.External);
        foreach (NamedRegister register in RegisterMap.ATxmega128A1.Registers.Where(r => r.Name.StartsWith("RTC.", StringComparison.Ordinal)))
        {
            if (register.Name != "RTC.TEMP") Assert.Equal((register.Name, reset.GetValueOrDefault(register.Name)), (register.Name, _bench.Read(register.Name)));
            Memory.IoModule rtc = _bench.Chip.Data.Io.OwnerOf(register.Address)!;
            int fields = register.Fields.Aggregate(0, (m, f) => m | f.Mask);
            Register row = rtc.Registers[register.Address - rtc.BaseAddress]!;
            if (row.Access != Access.ReadOnly) Assert.Equal((register.Name, fields == 0 ? 0xFF : fields), (register.Name, row.Mask));
        }

        Assert.Equal(0, _bench.Chip.Services.Schedule.Count);
    }

    // What firmware may do at an edge of the RTC clock: write CTRL (0), CNT (1), PER (2), COMP (3), clear flags (4), nothing (5-7).
    private static readonly Gen<(int Verb, int Value, int Edges)> Steps = Gen.Select(Gen.Int[0, 7], Gen.Frequency((4, Gen.Int[0, 12]), (1, Gen.Int[0xFFF0, 0xFFFF])), Gen.Int[0, 60]);

    [Fact]
    public void The_counter_is_what_a_plain_model_ticked_edge_by_edge_says() =>
        Gen.Select(Gen.Bool, Steps.Array[1, 60]).Sample((watched, steps) =>
        {
            var bench = new Bench();
            if (watched) bench.Watch("RTC.*");
            bench.Write("CLK.RTCCTRL", 1);
            var model = new PlainModel();
            var overflows = new List<long>();
            var matches = new List<long>();
            foreach ((int verb, int value, int edges) in steps)
            {
                switch (verb)
                {
                    case 0:
                        bench.Write("RTC.CTRL", value & 3);
                        model.Write(0, value & 3);
                        break;
                    case 1:
                        bench.Write("RTC.CNT", value);
                        model.Write(1, value);
                        break;
                    case 2:
                        bench.Write("RTC.PER", value);
                        model.Write(2, value);
                        break;
                    case 3:
                        bench.Write("RTC.COMP", value);
                        model.Write(3, value);
                        break;
                    case 4:
                        bench.Write("RTC.INTFLAGS", value & 3);
                        model.Flags &= ~(value & 3);
                        break;
                }

                for (int i = 0; i < edges; i++)
                {
                    int before = model.Flags;
                    model.Flags = 0;
                    model.Tick();
                    if ((model.Flags & OVFIF) != 0) overflows.Add(model.Edge * Tick);
                    if ((model.Flags & COMPIF) != 0) matches.Add(model.Edge * Tick);
                    model.Flags |= before;
                }

                bench.AdvanceTo(model.Edge * Tick);
                Assert.Equal((model.Registers[1], model.Flags, model.IsBusy ? 1 : 0), (bench.Read("RTC.CNT"), bench.Read("RTC.INTFLAGS"), bench.Read("RTC.STATUS")));
            }

            if (!watched) return;
            Assert.Equal(overflows, bench.CyclesOf("RTC.OVF"));
            Assert.Equal(matches, bench.CyclesOf("RTC.COMP"));
        });

    [Fact]
    public void Saved_state_goes_on_where_it_was()
    {
        _bench.Write("RTC.PER", 9).Write("RTC.INTCTRL", 1);
        Start(DIV2);
        _bench.AdvanceTo(11 * Tick).Write("RTC.COMP", 7);
        var save = new StateStream();
        Carry(_bench, save);
        var other = new Bench();
        other.Chip.Services.Schedule.Restart(_bench.Now);
        Carry(other, new StateStream(save.ToArray()));
        for (int i = 0; i < 30; i++)
        {
            _bench.Advance(Tick);
            other.Advance(Tick);
            foreach (string register in (string[])["RTC.CNT", "RTC.INTFLAGS", "RTC.STATUS", "RTC.COMP"])
                Assert.Equal(_bench.Read(register), other.Read(register));
            Assert.Equal(_bench.Chip.Services.Schedule.NextCycle, other.Chip.Services.Schedule.NextCycle);
        }
    }

    private static void Carry(Bench bench, StateStream s)
    {
        bench.Chip.Timeline.State(s);
        foreach (string module in (string[])["CLK", "OSC", "RTC"]) bench.Chip.Data.Io.Modules.First(m => m.Name == module).State(s);
    }

    private void Start(int prescaler) => _bench.Write("CLK.RTCCTRL", 1).Write("RTC.CTRL", prescaler);

    // The manual's words, one edge at a time.
    private sealed class PlainModel
    {
        private static readonly int[] Divisions = [0, 1, 2, 8];

        private readonly (int Value, long Edge)?[] _onTheWay = new (int, long)?[4];
        private int _prescaled;

        public int[] Registers { get; } = [0, 0, 0xFFFF, 0];

        public long Edge { get; private set; }

        public int Flags { get; set; }

        public bool IsBusy => _onTheWay.Any(p => p is not null);

        public void Write(int register, int value) => _onTheWay[register] = (value, Edge + 2);

        public void Tick()
        {
            Edge++;
            int division = Divisions[Registers[0]];
            if (division != 0 && ++_prescaled == division)
            {
                _prescaled = 0;
                if (Registers[1] == Registers[3]) Flags |= COMPIF;
                if (Registers[1] == Registers[2]) Flags |= OVFIF;
                Registers[1] = Registers[1] == Registers[2] ? 0 : (Registers[1] + 1) & 0xFFFF;
            }

            for (int r = 0; r < 4; r++)
            {
                if (_onTheWay[r] is not { } pending || pending.Edge != Edge) continue;
                Registers[r] = pending.Value;
                _onTheWay[r] = null;
                if (r == 0) _prescaled = 0;
            }
        }
    }
}
