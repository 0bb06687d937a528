using Xmega.Electrical;
using Xmega.Registers;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.SystemControl;

public class ClockTests
{
    private const byte RC2MEN = 0x01, RC32MEN = 0x02, RC32KEN = 0x04, XOSCEN = 0x08, PLLEN = 0x10;

    private readonly Bench _bench = new();

    [Fact]
    public void After_a_reset_the_2_MHz_oscillator_clocks_the_chip()
    {
        Assert.Equal(0, _bench.Read("CLK.CTRL"));
        Assert.Equal(RC2MEN, _bench.Read("OSC.CTRL"));
        Assert.Equal(RC2MEN, _bench.Read("OSC.STATUS"));
        Assert.Equal(2_000_000, _bench.Chip.Timeline.Hertz);
        Assert.Equal(2_000_000, _bench.Chip.Signals.Find("CLK.PER")!.Value);
    }

    [Fact]
    public void An_oscillator_is_ready_its_startup_time_after_its_enable()
    {
        _bench.Advance(10).Write("OSC.CTRL", RC2MEN | RC32MEN | RC32KEN);
        // 5.8 us are 11.6 cycles of 2 MHz: ready in the twelfth.
        Assert.Equal(RC2MEN, _bench.AdvanceTo(10 + 11).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN | RC32MEN, _bench.AdvanceTo(10 + 12).Read("OSC.STATUS"));
        // 320 us are 640 cycles.
        Assert.Equal(RC2MEN | RC32MEN, _bench.AdvanceTo(10 + 639).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN | RC32MEN | RC32KEN, _bench.AdvanceTo(10 + 640).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN, _bench.Write("OSC.CTRL", RC2MEN).Read("OSC.STATUS"));
    }

    [Fact]
    public void The_startup_time_stands_when_the_clock_changes_under_way()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN | RC32KEN).AdvanceTo(12).WriteProtected("CLK.CTRL", 1);
        // 12 cycles of 2 MHz are 6 us; 314 us are left: 10 048 cycles of 32 MHz.
        Assert.Equal(RC2MEN | RC32MEN, _bench.AdvanceTo(12 + 10_047).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN | RC32MEN | RC32KEN, _bench.AdvanceTo(12 + 10_048).Read("OSC.STATUS"));
    }

    [Fact]
    public void An_oscillator_switched_off_and_on_starts_anew()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN).AdvanceTo(8).Write("OSC.CTRL", RC2MEN).Write("OSC.CTRL", RC2MEN | RC32MEN);
        Assert.Equal(RC2MEN, _bench.AdvanceTo(8 + 11).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN | RC32MEN, _bench.AdvanceTo(8 + 12).Read("OSC.STATUS"));
    }

    [Fact]
    public void The_system_clock_changes_in_the_cycle_of_the_write()
    {
        _bench.Watch("CLK.PER").Write("OSC.CTRL", RC2MEN | RC32MEN).AdvanceTo(20).WriteProtected("CLK.CTRL", 1).Advance(320);
        Assert.Equal([(20, "CLK.PER", 32_000_000)], _bench.Trace);
        // 20 cycles of 500 ns and 320 of 31.25 ns.
        Assert.Equal(20_000_000, _bench.Chip.Timeline.Picoseconds);
        // Now the 2 MHz oscillator may go, and the 32 MHz one may not.
        Assert.Equal(RC32MEN, _bench.Write("OSC.CTRL", 0).Read("OSC.STATUS"));
        Assert.Equal(RC32MEN, _bench.Read("OSC.CTRL"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    public void A_source_that_is_not_ready_or_does_not_exist_is_not_taken(int source)
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN | RC32KEN).Advance(5).WriteProtected("CLK.CTRL", source);
        Assert.Equal(0, _bench.Read("CLK.CTRL"));
        Assert.Equal(2_000_000, _bench.Chip.Timeline.Hertz);
        Diagnostic remark = Assert.Single(_bench.Chip.Diagnostics.All);
        Assert.Equal(DiagnosticKind.Configuration, remark.Kind);
    }

    [Fact]
    public void Without_the_signature_nothing_changes()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN).Advance(20).Write("CLK.CTRL", 1).Write("CLK.PSCTRL", 4).Write("CLK.LOCK", 1).Write("OSC.XOSCFAIL", 1);
        Assert.Equal(4, _bench.Chip.Diagnostics.All.Count);
        Assert.Equal(0, _bench.Read("OSC.XOSCFAIL"));
        Assert.Equal(0, _bench.Read("CLK.CTRL"));
        Assert.Equal(0, _bench.Read("CLK.PSCTRL"));
        Assert.Equal(0, _bench.Read("CLK.LOCK"));
        Assert.All(_bench.Chip.Diagnostics.All, d => Assert.Equal(DiagnosticKind.ProtectedWrite, d.Kind));
    }

    [Theory]
    [InlineData(0x00, 1)]
    [InlineData(0x01, 2)]
    [InlineData(0x03, 4)]
    [InlineData(0x05, 8)]
    [InlineData(0x07, 16)]
    [InlineData(0x09, 32)]
    [InlineData(0x0B, 64)]
    [InlineData(0x0D, 128)]
    [InlineData(0x0F, 256)]
    [InlineData(0x11, 512)]
    public void Prescaler_A_divides_by(int code, int division)
    {
        _bench.WriteProtected("CLK.PSCTRL", code << 2);
        Assert.Equal(division, _bench.Chip.Timeline.Divider);
        Assert.Equal(code << 2, _bench.Read("CLK.PSCTRL"));
        Assert.Equal(2_000_000 / division, _bench.Chip.Signals.Find("CLK.PER")!.Value);
    }

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 2, 2, 2)]
    [InlineData(2, 4, 4, 1)]
    [InlineData(3, 4, 4, 2)]
    public void Prescalers_B_and_C_make_the_fast_clocks(int code, int division, int per4, int per2)
    {
        _bench.WriteProtected("CLK.PSCTRL", (0x03 << 2) | code);
        Assert.Equal(4 * division, _bench.Chip.Timeline.Divider);
        Assert.Equal(per4, _bench.Chip.Timeline.Per4Ratio);
        Assert.Equal(per2, _bench.Chip.Timeline.Per2Ratio);
    }

    [Fact]
    public void Reserved_codes_of_prescaler_A_change_nothing()
    {
        int[] valid = [0x00, 0x01, 0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D, 0x0F, 0x11];
        _bench.WriteProtected("CLK.PSCTRL", 0x04);
        foreach (int code in Enumerable.Range(0, 32).Except(valid))
        {
            _bench.WriteProtected("CLK.PSCTRL", code << 2);
            Assert.Equal(0x04, _bench.Read("CLK.PSCTRL"));
            Assert.Equal(2, _bench.Chip.Timeline.Divider);
        }

        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void The_lock_holds_source_and_prescalers_until_a_reset()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN).Advance(20).WriteProtected("CLK.LOCK", 1);
        _bench.WriteProtected("CLK.CTRL", 1).WriteProtected("CLK.PSCTRL", 4).WriteProtected("CLK.LOCK", 0);
        Assert.Equal(1, _bench.Read("CLK.LOCK"));
        Assert.Equal(0, _bench.Read("CLK.CTRL"));
        Assert.Equal(0, _bench.Read("CLK.PSCTRL"));
        Assert.Equal(2, _bench.Chip.Diagnostics.All.Count(d => d.Kind == DiagnosticKind.ProtectedWrite));
        _bench.Chip.Reset(Xmega.SystemControl.ResetSource.External);
        Assert.Equal(0, _bench.Read("CLK.LOCK"));
    }

    [Fact]
    public void A_reset_goes_back_to_2_MHz_even_when_its_oscillator_was_off()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN).Advance(20).WriteProtected("CLK.CTRL", 1).Write("OSC.CTRL", RC32MEN).WriteProtected("CLK.PSCTRL", 4);
        _bench.Chip.Reset(Xmega.SystemControl.ResetSource.External);
        Assert.Equal(2_000_000, _bench.Chip.Timeline.Hertz);
        Assert.Equal(RC2MEN, _bench.Read("OSC.STATUS"));
        Assert.Equal(RC2MEN, _bench.Read("OSC.CTRL"));
    }

    [Fact]
    public void The_PLL_multiplies_its_source_once_it_has_locked()
    {
        // 2 MHz x 16; the lock takes 25 us: 50 cycles.
        _bench.Write("OSC.PLLCTRL", 16).Write("OSC.CTRL", RC2MEN | PLLEN);
        Assert.Equal(RC2MEN, _bench.AdvanceTo(49).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN | PLLEN, _bench.AdvanceTo(50).Read("OSC.STATUS"));
        _bench.WriteProtected("CLK.CTRL", 4);
        Assert.Equal(32_000_000, _bench.Chip.Timeline.Hertz);
        // The PLL is the system clock and the 2 MHz oscillator feeds it: neither can be cleared.
        Assert.Equal(RC2MEN | PLLEN, _bench.Write("OSC.CTRL", 0).Read("OSC.CTRL"));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_quarter_of_32_MHz_feeds_the_PLL()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN).Advance(20).Write("OSC.PLLCTRL", 0x80 | 10).Write("OSC.CTRL", RC2MEN | RC32MEN | PLLEN).Advance(50);
        _bench.WriteProtected("CLK.PSCTRL", 0x04 | 1).WriteProtected("CLK.CTRL", 4);
        Assert.Equal(80_000_000, _bench.Chip.Timeline.SourceHertz);
        Assert.Equal(20_000_000, _bench.Chip.Timeline.Hertz);
    }

    [Fact]
    public void PLLCTRL_stays_while_the_PLL_is_on()
    {
        _bench.Write("OSC.PLLCTRL", 8).Write("OSC.CTRL", RC2MEN | PLLEN).Write("OSC.PLLCTRL", 8);
        Assert.Empty(_bench.Chip.Diagnostics.All);
        Assert.Equal(8, _bench.Write("OSC.PLLCTRL", 10).Read("OSC.PLLCTRL"));
        Assert.Single(_bench.Chip.Diagnostics.All);
        Assert.Equal(10, _bench.Write("OSC.CTRL", RC2MEN).Write("OSC.PLLCTRL", 10).Read("OSC.PLLCTRL"));
    }

    [Theory]
    [InlineData(0x00, false)] // factor 0
    [InlineData(0x44, false)] // reserved source
    [InlineData(0x88, false)] // source not on
    [InlineData(0x04, true)]  // 8 MHz: below 10 MHz, but it locks
    public void A_PLL_set_up_wrongly_gets_a_remark(int pllctrl, bool locks)
    {
        _bench.Write("OSC.PLLCTRL", pllctrl).Write("OSC.CTRL", RC2MEN | PLLEN).Advance(1000);
        Assert.Equal(locks, (_bench.Read("OSC.STATUS") & PLLEN) != 0);
        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void The_PLL_loses_its_lock_with_its_source()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN).Advance(20).Write("OSC.PLLCTRL", 0x80 | 4).Write("OSC.CTRL", RC2MEN | RC32MEN | PLLEN).Advance(50);
        Assert.Equal(RC2MEN | RC32MEN | PLLEN, _bench.Read("OSC.STATUS"));
        Assert.Equal(RC2MEN, _bench.Write("OSC.CTRL", RC2MEN | PLLEN).Read("OSC.STATUS"));
        // 12 cycles until the source is back, 50 until the lock.
        long start = _bench.Now;
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN | PLLEN);
        Assert.Equal(RC2MEN | RC32MEN, _bench.AdvanceTo(start + 61).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN | RC32MEN | PLLEN, _bench.AdvanceTo(start + 62).Read("OSC.STATUS"));
    }

    [Fact]
    public void More_than_32_MHz_gets_a_remark()
    {
        _bench.Write("OSC.PLLCTRL", 17).Write("OSC.CTRL", RC2MEN | PLLEN).Advance(50).WriteProtected("CLK.CTRL", 4);
        Assert.Equal(34_000_000, _bench.Chip.Timeline.Hertz);
        Assert.Contains("34000000 Hz", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x00, 8_000_000, 2)]       // external clock: 6 of its cycles, 0.75 us, 1.5 cycles of 2 MHz
    [InlineData(0x43, 8_000_000, 64)]      // crystal: 256 are 32 us
    [InlineData(0x47, 8_000_000, 256)]     // 1024 are 128 us
    [InlineData(0xCB, 16_000_000, 2048)]   // 16 384 of 16 MHz are 1.024 ms
    [InlineData(0x02, 32_768, 2_000_000)]  // 32 768 of 32.768 kHz are 1 s
    public void The_external_source_is_ready_after_its_startup_count(int xoscctrl, long hertz, long cycles)
    {
        _bench.Chip.ExternalClockHertz = hertz;
        _bench.Chip.HasWatchCrystal = true;
        _bench.Write("OSC.XOSCCTRL", xoscctrl).Write("OSC.CTRL", RC2MEN | XOSCEN);
        Assert.Equal(RC2MEN, _bench.AdvanceTo(cycles - 1).Read("OSC.STATUS"));
        Assert.Equal(RC2MEN | XOSCEN, _bench.AdvanceTo(cycles).Read("OSC.STATUS"));
        _bench.WriteProtected("CLK.CTRL", 3);
        Assert.Equal(hertz, _bench.Chip.Timeline.SourceHertz);
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Theory]
    [InlineData(0x00, 0)]           // nothing fitted
    [InlineData(0x02, 8_000_000)]   // no watch crystal
    [InlineData(0x04, 8_000_000)]   // reserved
    public void An_external_source_that_cannot_start_gets_a_remark_and_never_gets_ready(int xoscctrl, long hertz)
    {
        _bench.Chip.ExternalClockHertz = hertz;
        _bench.Write("OSC.XOSCCTRL", xoscctrl).Write("OSC.CTRL", RC2MEN | XOSCEN).Advance(10_000_000);
        Assert.Equal(RC2MEN, _bench.Read("OSC.STATUS"));
        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_crystal_outside_its_range_gets_a_remark()
    {
        _bench.Chip.ExternalClockHertz = 16_000_000;
        _bench.Write("OSC.XOSCCTRL", 0x0B).Write("OSC.CTRL", RC2MEN | XOSCEN);
        Assert.Contains("FRQRANGE", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void XOSCCTRL_stays_while_the_external_source_is_on()
    {
        _bench.Chip.ExternalClockHertz = 8_000_000;
        _bench.Write("OSC.XOSCCTRL", 0x4B).Write("OSC.CTRL", RC2MEN | XOSCEN).Write("OSC.XOSCCTRL", 0x00);
        Assert.Equal(0x4B, _bench.Read("OSC.XOSCCTRL"));
        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_monitored_system_clock_that_stops_falls_back_to_2_MHz_with_an_NMI()
    {
        RunFromExternal();
        _bench.WriteProtected("OSC.XOSCFAIL", 1).Write("OSC.CTRL", XOSCEN).Write("OSC.XOSCFAIL", 0).WriteProtected("OSC.XOSCFAIL", 0);
        Assert.Equal(1, _bench.Read("OSC.XOSCFAIL"));
        Assert.Equal(8_000_000, _bench.Chip.Timeline.Hertz);
        _bench.Chip.ExternalClockHertz = 0;
        Assert.Equal(2_000_000, _bench.Chip.Timeline.Hertz);
        Assert.Equal(0, _bench.Read("CLK.CTRL"));
        Assert.Equal(RC2MEN, _bench.Read("OSC.CTRL"));
        Assert.Equal(RC2MEN, _bench.Read("OSC.STATUS"));
        Assert.Equal(3, _bench.Read("OSC.XOSCFAIL"));
        Assert.Equal(1, _bench.Chip.Interrupts.PendingVector);
        // Writing 1 to the flag ends the request; the enable stays until a reset, and that is no attempt to clear it.
        int remarks = _bench.Chip.Diagnostics.All.Count;
        Assert.Equal(1, _bench.Write("OSC.XOSCFAIL", 2).Read("OSC.XOSCFAIL"));
        Assert.Equal(remarks, _bench.Chip.Diagnostics.All.Count);
        Assert.Equal(0, _bench.Chip.Interrupts.PendingVector);
    }

    [Fact]
    public void A_monitored_source_that_is_not_the_system_clock_is_switched_off()
    {
        _bench.Chip.ExternalClockHertz = 8_000_000;
        _bench.WriteProtected("OSC.XOSCFAIL", 1).Write("OSC.CTRL", RC2MEN | XOSCEN).Advance(10);
        _bench.Chip.ExternalClockHertz = 0;
        Assert.Equal(RC2MEN, _bench.Read("OSC.CTRL"));
        Assert.Equal(RC2MEN, _bench.Read("OSC.STATUS"));
        Assert.Equal(1, _bench.Read("OSC.XOSCFAIL"));
    }

    [Fact]
    public void An_unmonitored_system_clock_that_stops_leaves_the_chip_standing_with_a_remark()
    {
        RunFromExternal();
        _bench.Chip.ExternalClockHertz = 0;
        Assert.False(_bench.Chip.Timeline.IsRunning);
        Assert.Contains("XOSCFDEN", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12_000_000, 1_600_000, false)]
    [InlineData(16_000_000, 1_820_000, false)] // 12 to 32 MHz on a line from 1.6 to 2.7 V
    [InlineData(16_000_000, 1_819_000, true)]
    [InlineData(32_000_000, 2_700_000, false)]
    [InlineData(32_000_000, 2_699_000, true)]
    public void A_clock_too_fast_for_the_supply_gets_a_remark(long hertz, long microvolts, bool remark)
    {
        _bench.Chip.Vcc = microvolts;
        _bench.Chip.ExternalClockHertz = hertz;
        _bench.Write("OSC.CTRL", RC2MEN | XOSCEN).Advance(10).WriteProtected("CLK.CTRL", 3);
        Assert.Equal(remark ? 1 : 0, _bench.Chip.Diagnostics.All.Count);
        if (remark) Assert.Contains($"{hertz} Hz with VCC at {microvolts / 1000} mV", _bench.Chip.Diagnostics.All[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_supply_that_falls_below_what_the_clock_needs_gets_a_remark_when_it_does()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN).Advance(20).WriteProtected("CLK.CTRL", 1);
        // A volt in a millisecond, 32 000 cycles: at 2.7 V after 0.6 of it.
        _bench.Chip.Supply.Voltage = new FallingVoltage(_bench.Chip.Timeline.Picoseconds);
        Assert.Empty(_bench.AdvanceTo(20 + 19_190).Chip.Diagnostics.All);
        _bench.AdvanceTo(20 + 19_210);
        Assert.InRange(Assert.Single(_bench.Chip.Diagnostics.All).Cycle, 20 + 19_199, 20 + 19_205);
        // At 16 MHz 1.82 V will do.
        _bench.WriteProtected("CLK.PSCTRL", 1 << 2).Advance(100_000);
        Assert.Single(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void The_board_may_change_the_external_frequency()
    {
        RunFromExternal();
        _bench.Chip.ExternalClockHertz = 4_000_000;
        Assert.Equal(4_000_000, _bench.Chip.Timeline.Hertz);
    }

    [Fact]
    public void Calibration_stays_while_a_DFLL_is_on()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32MEN | RC32KEN).Advance(640);
        _bench.Write("DFLLRC32M.CALA", 0x33).Write("DFLLRC32M.CTRL", 1);
        Assert.Empty(_bench.Chip.Diagnostics.All);
        _bench.Write("DFLLRC32M.CALA", 0x44).Write("DFLLRC32M.CALB", 0x11);
        Assert.Equal(0x33, _bench.Read("DFLLRC32M.CALA"));
        Assert.Equal(0x20, _bench.Read("DFLLRC32M.CALB"));
        Assert.Equal(2, _bench.Chip.Diagnostics.All.Count);
    }

    [Fact]
    public void A_DFLL_without_a_reference_gets_a_remark()
    {
        _bench.Write("OSC.CTRL", RC2MEN | RC32KEN).Advance(640).Write("OSC.DFLLCTRL", 1).Write("DFLLRC2M.CTRL", 1);
        Assert.Contains("TOSC", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_runs_from_the_32_MHz_oscillator()
    {
        ATxmega128A1 chip = AssemblyProgram.Run(
            "ldi r16, 0x03", "sts 0x0050, r16",                     // OSC.CTRL: RC32MEN | RC2MEN
            "wait:", "lds r17, 0x0051", "sbrs r17, 1", "rjmp wait", // until RC32MRDY
            "ldi r18, 0xD8", "ldi r19, 1", "out 0x34, r18", "sts 0x0040, r19",
            "ldi r16, 0x01", "nop", "break");
        Assert.Equal(32_000_000, chip.Timeline.Hertz);
    }

    [Fact]
    public void Saved_state_brings_the_clock_back()
    {
        _bench.Chip.ExternalClockHertz = 8_000_000;
        _bench.Write("OSC.XOSCCTRL", 0x4B).Write("OSC.CTRL", RC2MEN | RC32MEN | XOSCEN).Advance(20).WriteProtected("CLK.CTRL", 1).WriteProtected("CLK.PSCTRL", 0x0D).Write("CLK.RTCCTRL", 0x01);
        var save = new StateStream();
        Carry(_bench, save);
        var other = new Bench();
        other.Chip.Services.Schedule.Restart(_bench.Now);
        Carry(other, new StateStream(save.ToArray()));
        foreach (NamedRegister r in RegisterMap.ATxmega128A1.Registers.Where(r => r.Address is >= 0x40 and < 0x70))
            Assert.Equal(_bench.Read(r.Name), other.Read(r.Name));
        // The crystal that was starting becomes ready in the same cycle in both, and the prescaled 32 MHz clock goes on.
        long ready = _bench.Now;
        while ((_bench.Advance(1).Read("OSC.STATUS") & XOSCEN) == 0) ready = _bench.Now + 1;
        Assert.Equal(0, other.AdvanceTo(ready - 1).Read("OSC.STATUS") & XOSCEN);
        Assert.Equal(XOSCEN, other.AdvanceTo(ready).Read("OSC.STATUS") & XOSCEN);
        Assert.Equal(_bench.Chip.Timeline.Picoseconds, other.Chip.Timeline.Picoseconds);
    }

    [Fact]
    public void Reset_values_and_masks_are_those_of_the_manual()
    {
        (string Name, int Reset, int Mask)[] expected =
        [
            ("CLK.CTRL", 0, 0x07), ("CLK.PSCTRL", 0, 0x7F), ("CLK.LOCK", 0, 0x01), ("CLK.RTCCTRL", 0, 0x0F),
            ("OSC.CTRL", 1, 0x1F), ("OSC.STATUS", 1, 0x00), ("OSC.XOSCCTRL", 0, 0xEF), ("OSC.XOSCFAIL", 0, 0x03),
            ("OSC.RC32KCAL", 0x80, 0xFF), ("OSC.PLLCTRL", 0, 0xDF), ("OSC.DFLLCTRL", 0, 0x03),
            ("DFLLRC32M.CTRL", 0, 0x01), ("DFLLRC32M.CALA", 0x40, 0x7F), ("DFLLRC32M.CALB", 0x20, 0x3F),
            ("DFLLRC32M.COMP0", 0, 0xFF), ("DFLLRC32M.COMP1", 0x12, 0xFF), ("DFLLRC32M.COMP2", 0x7A, 0xFF),
            ("DFLLRC2M.CTRL", 0, 0x01), ("DFLLRC2M.CALA", 0x40, 0x7F), ("DFLLRC2M.CALB", 0x20, 0x3F),
            ("DFLLRC2M.COMP0", 0, 0xFF), ("DFLLRC2M.COMP1", 0xA1, 0xFF), ("DFLLRC2M.COMP2", 0x07, 0xFF),
            ("PR.PRGEN", 0, 0x1F), ("PR.PRPA", 0, 0x07), ("PR.PRPB", 0, 0x07), ("PR.PRPC", 0, 0x7F), ("PR.PRPD", 0, 0x7F), ("PR.PRPE", 0, 0x7F), ("PR.PRPF", 0, 0x7F),
        ];
        foreach ((string name, int reset, int mask) in expected)
        {
            NamedRegister register = RegisterMap.ATxmega128A1.Find(name)!;
            Register row = Row(register.Address);
            Assert.Equal((name, reset), (name, _bench.Read(name)));
            Assert.Equal((name, mask), (name, row.Mask));
            int fields = register.Fields.Aggregate(0, (m, f) => m | f.Mask);
            if (fields != 0 && row.Access != Access.ReadOnly) Assert.Equal((name, fields), (name, mask));
        }

        // And no register of these modules is left out.
        Assert.Equal(
            RegisterMap.ATxmega128A1.Registers.Where(r => r.Address is (>= 0x40 and < 0x48) or (>= 0x50 and < 0x78)).Select(r => r.Name).Order(),
            expected.Select(e => e.Name).Order());
    }

    // 3.3 V up to a time, then a volt a millisecond less.
    private sealed class FallingVoltage(long start) : IVoltage
    {
        public long At(long picoseconds) => 3_300_000 - Math.Clamp((picoseconds - start) / 1_000, 0, 1_000_000);

        public VoltageRange Between(long from, long to) => new(At(to), At(from));
    }

    private static void Carry(Bench bench, StateStream s)
    {
        bench.Chip.Timeline.State(s);
        foreach (string module in (string[])["CLK", "OSC", "DFLLRC32M", "DFLLRC2M"])
            bench.Chip.Data.Io.Modules.First(m => m.Name == module).State(s);
    }

    private Register Row(int address)
    {
        Memory.IoModule module = _bench.Chip.Data.Io.OwnerOf(address)!;
        return module.Registers[address - module.BaseAddress]!;
    }

    private void RunFromExternal()
    {
        _bench.Chip.ExternalClockHertz = 8_000_000;
        _bench.Write("OSC.CTRL", RC2MEN | XOSCEN).Advance(10).WriteProtected("CLK.CTRL", 3);
        Assert.Equal(8_000_000, _bench.Chip.Timeline.Hertz);
    }
}
