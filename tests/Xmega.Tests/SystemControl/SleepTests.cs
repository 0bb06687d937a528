using Xmega.Cpu;
using Xmega.Ports;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.SystemControl;

public class SleepTests
{
    private const int IDLE = 0, PDOWN = 2, PSAVE = 3, STDBY = 6, ESTDBY = 7;
    private const int PortCInt0 = 2, RtcOverflow = 10, Tcc0Overflow = 14;
    private const long Millisecond = 1_000_000_000;

    [Theory]
    [InlineData(IDLE, true)]
    [InlineData(PDOWN, false)]
    [InlineData(PSAVE, true)]
    [InlineData(STDBY, false)]
    [InlineData(ESTDBY, true)]
    public void The_RTC_wakes_from_the_modes_that_leave_its_clock_on(int mode, bool wakes)
    {
        ATxmega128A1 chip = Sleeper(mode, RtcOverflow);
        StartRtc(chip, 0x00, 99);
        Assert.Equal(wakes ? CpuStop.Break : CpuStop.AsleepForever, chip.Run());
        Assert.Equal(wakes ? 1 : 0, chip.Register(20));
        if (wakes) Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), 100 * Millisecond, 104 * Millisecond);
    }

    [Fact]
    public void The_internal_oscillator_runs_on_for_the_RTC_in_power_save()
    {
        ATxmega128A1 chip = Sleeper(PSAVE, RtcOverflow);
        chip.Data.Write(0x50, 0x05); // RC32KEN, RC2MEN
        StartRtc(chip, 2 << 1, 1023);
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), 1000 * Millisecond, 1005 * Millisecond);
        Assert.Equal(0x05, chip.Data.Read(0x51));
    }

    [Theory]
    [InlineData(IDLE, true)]
    [InlineData(PDOWN, false)]
    [InlineData(PSAVE, false)]
    [InlineData(STDBY, false)]
    [InlineData(ESTDBY, false)]
    public void A_timer_counts_and_wakes_only_in_idle(int mode, bool wakes)
    {
        ATxmega128A1 chip = Sleeper(mode, Tcc0Overflow);
        Write16(chip, 0x0826, 999);    // TCC0.PER
        chip.Data.Write(0x0806, 0x03); // INTCTRLA: OVF high
        chip.Data.Write(0x0800, 0x01); // CTRLA: DIV1
        Assert.Equal(wakes ? CpuStop.Break : CpuStop.AsleepForever, chip.Run());
        Assert.Equal(wakes, chip.Cycle > 1000);
    }

    [Fact]
    public void What_lives_in_cycles_stands_while_time_passes()
    {
        ATxmega128A1 chip = Sleeper(PSAVE, RtcOverflow);
        chip.Data.Write(0x0800, 0x01); // TCC0
        StartRtc(chip, 0x00, 999);
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), 1000 * Millisecond, 1004 * Millisecond);
        Assert.InRange(chip.Cycle, 1, 60);
        Assert.InRange(Read16(chip, 0x0820), 1, 60);
        Assert.InRange(chip.SleepPicoseconds, 999 * Millisecond, 1004 * Millisecond);
        Assert.InRange(chip.SleepCycles, 0, 20);
    }

    [Fact]
    public void Sleeping_costs_by_the_event_not_by_the_cycle()
    {
        ATxmega128A1 chip = Sleeper(PSAVE, RtcOverflow);
        StartRtc(chip, 0x00, 59_999); // a minute
        int steps = 0;
        while (chip.Step() is null) steps++;
        Assert.InRange(steps, 1, 60);
        Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), 60_000 * Millisecond, 60_004 * Millisecond);
    }

    [Fact]
    public void Waking_takes_the_oscillators_start_where_the_mode_stopped_it()
    {
        long idle = WakeTime(IDLE), standby = WakeTime(STDBY), down = WakeTime(PDOWN);
        Assert.InRange(standby, idle - 2_000_000, idle + 1_000_000);
        Assert.InRange(down - standby, OscillatorFacts.Rc2MStartup - 1_000_000, OscillatorFacts.Rc2MStartup + 1_000_000);
    }

    [Fact]
    public void An_edge_at_pin_2_latches_however_short_it_is()
    {
        ATxmega128A1 chip = SleeperAtPin(2, isc: 1);
        Pulse(chip, 2, 5 * Millisecond, 1_000);
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(1, chip.Register(20));
        Assert.Equal(0, chip.Data.Read(0x064C)); // INTFLAGS: served, and not sensed once more
    }

    [Fact]
    public void Another_pin_with_both_edges_wakes_and_interrupts_if_the_level_lasts()
    {
        ATxmega128A1 chip = SleeperAtPin(3, isc: 0);
        Pulse(chip, 3, 5 * Millisecond, Millisecond);
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(1, chip.Register(20));
    }

    [Fact]
    public void A_pulse_that_is_over_before_the_clock_runs_wakes_without_an_interrupt()
    {
        ATxmega128A1 chip = SleeperAtPin(3, isc: 0);
        Pulse(chip, 3, 5 * Millisecond, 1_000_000); // a microsecond; the oscillator takes ten
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(0, chip.Register(20));
    }

    [Fact]
    public void A_single_edge_at_another_pin_is_not_noticed_and_gets_a_remark()
    {
        ATxmega128A1 chip = SleeperAtPin(3, isc: 1);
        Pulse(chip, 3, 5 * Millisecond, Millisecond);
        Assert.Equal(CpuStop.AsleepForever, chip.Run());
        Assert.Contains("PORTC.PIN3", Assert.Single(chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_low_level_wakes_at_any_pin()
    {
        ATxmega128A1 chip = SleeperAtPin(5, isc: 3, idleHigh: true);
        Pulse(chip, 5, 5 * Millisecond, Millisecond, high: false);
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.True(chip.Register(20) >= 1);
    }

    [Fact]
    public void The_watchdog_bites_in_power_down()
    {
        ATxmega128A1 chip = Sleeper(PDOWN, PortCInt0);
        chip.Data.Write(0x34, 0xD8);
        chip.Data.Write(0x80, 0x03);
        chip.Services.Protection.Close();
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.InRange(Assert.Single(chip.Resets).Picoseconds, 8 * Millisecond, (8 * Millisecond) + 1_000_000);
        Assert.True(chip.Timeline.IsRunning);
    }

    [Fact]
    public void The_RESET_pin_ends_power_down()
    {
        ATxmega128A1 chip = Sleeper(PDOWN, PortCInt0);
        PinDriver driver = chip.FindPin("RESET")!.AddDriver("test");
        At(chip, 3 * Millisecond, () => driver.Drive = PinDrive.Strong(false));
        At(chip, 4 * Millisecond, () => driver.Drive = PinDrive.Strong(true));
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(ResetSource.External, Assert.Single(chip.Resets).Source);
        Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), 4 * Millisecond, 5 * Millisecond);
    }

    // BODPD in bits 1:0 of fuse byte 2, BODACT in bits 5:4 of byte 5, 10: continuous, 11: off. BODLEVEL 110: 1.9 V.
    [Theory]
    [InlineData(PDOWN, 0xFE, 0xFE, true)]
    [InlineData(PDOWN, 0xFF, 0xEE, false)] // BODACT does not count
    [InlineData(PSAVE, 0xFE, 0xFE, true)]
    [InlineData(STDBY, 0xFE, 0xFE, true)]
    [InlineData(IDLE, 0xFE, 0xFE, false)]  // idle is as active
    [InlineData(IDLE, 0xFF, 0xEE, true)]
    public void The_brown_out_detector_watches_in_sleep_as_BODPD_says(int mode, int fuse2, int fuse5, bool bites)
    {
        ATxmega128A1 chip = Sleeper(mode, PortCInt0, fuse2, fuse5);
        At(chip, 3 * Millisecond, () => chip.Vcc = 1_700_000);
        At(chip, 4 * Millisecond, () => chip.Vcc = 3_300_000);
        chip.RunsAsleep = true;
        At(chip, 6 * Millisecond, chip.Stop);
        Assert.Equal(bites ? CpuStop.Break : CpuStop.Requested, chip.Run());
        Assert.Equal(bites ? [ResetSource.BrownOut] : [], chip.Resets.Select(r => r.Source));
        // The reset ends with the brown-out, or at once if the detector is off in active mode.
        long end = (fuse5 & 0x10) != 0 ? 3 * Millisecond : 4 * Millisecond;
        if (bites) Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), end, end + (Millisecond / 2));
    }

    [Theory]
    [InlineData(PSAVE)]
    [InlineData(ESTDBY)]
    public void A_snapshot_in_deep_sleep_goes_on_as_the_chip_does(int mode)
    {
        ATxmega128A1 chip = Sleeper(mode, RtcOverflow), other = Sleeper(mode, RtcOverflow);
        StartRtc(chip, 0x00, 99);
        while (chip.Timeline.IsRunning) Assert.Null(chip.Step());
        chip.Step();
        other.Restore(chip.Save());
        Assert.False(other.Timeline.IsRunning);
        Assert.Equal((CpuStop.Break, CpuStop.Break), (chip.Run(), other.Run()));
        Assert.Equal(1, other.Register(20));
        Assert.Equal(StateDump.Of(chip), StateDump.Of(other));
        Assert.Equal(chip.Timeline.PicosecondsAt(chip.Cycle), other.Timeline.PicosecondsAt(other.Cycle));
    }

    [Fact]
    public void The_clock_of_the_waveform_shows_that_it_stands()
    {
        ATxmega128A1 chip = Sleeper(PDOWN, PortCInt0);
        Assert.Equal(CpuStop.AsleepForever, chip.Run());
        Assert.Equal(0, chip.Signals.Find("CLK.PER")!.Value);
        Assert.False(chip.Timeline.IsRunning);
    }

    // SLEEP, then BREAK; the handler counts in R20; a reset comes to a BREAK.
    private static ATxmega128A1 Sleeper(int mode, int vector, int fuse2 = 0xFF, int fuse5 = 0xFF)
    {
        var chip = new ATxmega128A1();
        chip.Fuses[2] = (byte)fuse2;
        chip.Fuses[5] = (byte)fuse5;
        chip.Reset(ResetSource.PowerOn);
        chip.Program.Write(0, Assembler.Assemble(0, ["break"]));
        chip.Program.Write(0x200, Assembler.Assemble(0x100, ["sleep", "nop", "break"]));
        chip.Program.Write(4 * vector, Assembler.Assemble(2 * vector, ["inc r20", "reti"]));
        chip.ProgramCounter = 0x200;
        chip.StatusRegister = 0x80;
        chip.Data.Write(0xA2, 0x07); // PMIC.CTRL
        chip.Data.Write(0x48, (byte)((mode << 1) | 1));
        return chip;
    }

    private static ATxmega128A1 SleeperAtPin(int pin, int isc, bool idleHigh = false)
    {
        ATxmega128A1 chip = Sleeper(PDOWN, PortCInt0);
        chip.FindPin($"PORTC.PIN{pin}")!.AddDriver("level").Drive = PinDrive.Pull(idleHigh);
        chip.Data.Write(0x0650 + pin, (byte)isc);
        chip.Data.Write(0x064A, (byte)(1 << pin)); // INT0MASK
        chip.Data.Write(0x0649, 0x03);             // INTCTRL
        return chip;
    }

    private static long WakeTime(int mode)
    {
        ATxmega128A1 chip = Sleeper(mode, PortCInt0);
        chip.Data.Write(0x0652, 1);
        chip.Data.Write(0x064A, 4);
        chip.Data.Write(0x0649, 3);
        Pulse(chip, 2, 5 * Millisecond, Millisecond);
        Assert.Equal(CpuStop.Break, chip.Run());
        return chip.Timeline.PicosecondsAt(chip.Cycle) - (5 * Millisecond);
    }

    private static void Pulse(ATxmega128A1 chip, int pin, long picoseconds, long length, bool high = true)
    {
        PinDriver driver = chip.FindPin($"PORTC.PIN{pin}")!.AddDriver("test");
        At(chip, picoseconds, () => driver.Drive = PinDrive.Strong(high));
        At(chip, picoseconds + length, () => driver.Drive = PinDrive.None);
    }

    private static void At(ATxmega128A1 chip, long picoseconds, Action action) => chip.Timeline.Book(chip.CreateAction("test", Phase.World, action), picoseconds);

    private static void StartRtc(ATxmega128A1 chip, int source, int period)
    {
        chip.Data.Write(0x43, (byte)(source | 1)); // CLK.RTCCTRL
        chip.Data.Write(0x0402, 0x03);             // INTCTRL: OVF high
        Write16(chip, 0x040A, period);
        chip.Data.Write(0x0400, 0x01);             // CTRL: DIV1
    }

    private static void Write16(ATxmega128A1 chip, int address, int value)
    {
        chip.Data.Write(address, (byte)value);
        chip.Data.Write(address + 1, (byte)(value >> 8));
    }

    private static int Read16(ATxmega128A1 chip, int address) => chip.Data.Read(address) | (chip.Data.Read(address + 1) << 8);
}
