using Xmega.Cpu;
using Xmega.Ports;
using Xmega.State;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.SystemControl;

/// <summary>An external system clock that stops while nobody monitors it: the chip stands where it is.</summary>
public class LostClockTests
{
    private const long Millisecond = 1_000_000_000;

    // On to the external clock, then R20 and TCC0 count, which is looked at; a second start comes to a BREAK.
    private static readonly string[] Counting =
    [
        "lds r16, 0x0078", "sbrs r16, 0", "break", "sts 0x0078, r16", // RST.STATUS: only after power-on
        "ldi r16, 0x09", "sts 0x0050, r16", "wait:", "lds r17, 0x0051", "sbrs r17, 3", "rjmp wait",
        "ldi r18, 0xD8", "ldi r19, 3", "out 0x34, r18", "sts 0x0040, r19",
        "ldi r16, 1", "sts 0x0800, r16", "loop:", "lds r17, 0x0820", "inc r20", "rjmp loop",
    ];

    [Theory]
    [InlineData(0)] // in any cycle of the loop: between instructions, and in the midst of one that looks at a module
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_run_ends_when_nothing_can_bring_the_clock_back(int cycles)
    {
        ATxmega128A1 chip = Started();
        long end = (5 * Millisecond) + (cycles * 125_000);
        At(chip, end, () => chip.ExternalClockHertz = 0);
        Assert.Equal(CpuStop.ClockLost, chip.Run());
        Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), end, end + 1_000_000);
        Assert.Contains("XOSCFDEN", Assert.Single(chip.Diagnostics.All).Message, StringComparison.Ordinal);
        Assert.Equal(0, chip.Signals.Find("CLK.PER")!.Value);
    }

    [Fact]
    public void When_the_clock_is_back_the_program_goes_on_where_it_stood()
    {
        ATxmega128A1 chip = Started();
        (long Cycle, long Instructions, int Timer) stopped = default;
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        At(chip, 50 * Millisecond, () =>
        {
            stopped = (chip.Cycle, chip.Instructions, Timer(chip));
            chip.ExternalClockHertz = 8_000_000;
        });
        At(chip, 51 * Millisecond, chip.Stop);
        Assert.Equal(CpuStop.Requested, chip.Run());

        // Ready six clocks after it is back; then a millisecond of 8 MHz.
        Assert.InRange(chip.Cycle - stopped.Cycle, 7_980, 8_000);
        Assert.InRange(chip.Instructions - stopped.Instructions, 4_780, 4_810);
        Assert.InRange((ushort)(Timer(chip) - stopped.Timer), chip.Cycle - stopped.Cycle - 4, chip.Cycle - stopped.Cycle + 4);
        Assert.Single(chip.Diagnostics.All);
        Assert.Equal(8_000_000, chip.Signals.Find("CLK.PER")!.Value);
    }

    [Fact]
    public void The_watchdog_bites_by_its_own_oscillator()
    {
        ATxmega128A1 chip = Started();
        chip.Data.Write(0x34, 0xD8);
        chip.Data.Write(0x80, (4 << 2) | 3); // 128 ms
        chip.Services.Protection.Close();
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        Assert.Equal(CpuStop.Break, chip.Run());
        ResetRecord reset = Assert.Single(chip.Resets);
        Assert.Equal(ResetSource.Watchdog, reset.Source);
        Assert.InRange(reset.Picoseconds, 128 * Millisecond, 129 * Millisecond);
        Assert.Equal(2_000_000, chip.Timeline.Hertz);
    }

    [Fact]
    public void The_RESET_pin_is_heard()
    {
        ATxmega128A1 chip = Started();
        PinDriver driver = chip.FindPin("RESET")!.AddDriver("button");
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        At(chip, 7 * Millisecond, () => driver.Drive = PinDrive.Strong(false));
        At(chip, 8 * Millisecond, () => driver.Drive = PinDrive.Strong(true));
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(ResetSource.External, Assert.Single(chip.Resets).Source);
        Assert.True(chip.Timeline.IsRunning);
    }

    [Fact]
    public void No_interrupt_wakes_a_CPU_without_a_clock()
    {
        ATxmega128A1 chip = Started();
        chip.Data.Write(0x43, 1);      // the RTC by the ultra low power oscillator
        chip.Data.Write(0x0402, 0x03); // overflow, high
        chip.Data.Write(0x040A, 9);
        chip.Data.Write(0x040B, 0);
        chip.Data.Write(0x0400, 1);
        chip.Data.Write(0xA2, 7);
        chip.Program.Write(4 * 10, Assembler.Assemble(2 * 10, ["inc r21", "reti"]));
        chip.StatusRegister = 0x80;
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        Assert.Equal(CpuStop.ClockLost, chip.Run());
        Assert.Equal(0, chip.Register(21));
    }

    [Fact]
    public void A_run_that_has_another_end_goes_on_to_it()
    {
        ATxmega128A1 chip = Started();
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        chip.RunsAsleep = true;
        ScheduledAction end = chip.CreateAction("end", Phase.Limit, chip.Stop);
        chip.Timeline.Book(end, 100 * Millisecond);
        Assert.Equal(CpuStop.Requested, chip.Run());
        Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), 100 * Millisecond, (100 * Millisecond) + 1_000_000);
    }

    [Fact]
    public void A_PLL_goes_with_its_source_and_comes_back_with_it()
    {
        var bench = new Bench();
        bench.Chip.ExternalClockHertz = 8_000_000;
        bench.Write("OSC.CTRL", 0x09).Advance(10).Write("OSC.PLLCTRL", 0xC0 | 3).Write("OSC.CTRL", 0x19).Advance(60).WriteProtected("CLK.CTRL", 4);
        Assert.Equal(24_000_000, bench.Chip.Timeline.Hertz);
        bench.Chip.ExternalClockHertz = 0;
        Assert.False(bench.Chip.Timeline.IsRunning);
        Assert.Equal(0x01, bench.Read("OSC.STATUS"));
        bench.Chip.ExternalClockHertz = 4_000_000;
        while (!bench.Chip.Timeline.IsRunning) bench.Chip.Timeline.AdvanceStopped();
        Assert.Equal(12_000_000, bench.Chip.Timeline.Hertz);
        Assert.Equal(0x19, bench.Read("OSC.STATUS"));
    }

    [Fact]
    public void A_snapshot_of_a_standing_chip_stands()
    {
        ATxmega128A1 chip = Started();
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        chip.Run();
        Snapshot snapshot = chip.Save();
        chip.Restore(snapshot);
        Assert.False(chip.Timeline.IsRunning);
        Assert.Equal(CpuStop.ClockLost, chip.Run());
        long cycle = chip.Cycle;
        chip.ExternalClockHertz = 8_000_000;
        At(chip, 60 * Millisecond, chip.Stop);
        Assert.Equal(CpuStop.Requested, chip.Run());
        Assert.InRange(chip.Cycle - cycle, 8 * 54_990, 8 * 55_010);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_crystal_that_is_gone_when_the_chip_wakes_is_lost_then(bool monitored)
    {
        ATxmega128A1 chip = Asleep(monitored);
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        Assert.Equal(monitored ? CpuStop.Break : CpuStop.ClockLost, chip.Run());
        Assert.InRange(chip.Timeline.PicosecondsAt(chip.Cycle), 10 * Millisecond, 11 * Millisecond);
        Assert.Equal(monitored ? 1 : 0, chip.Register(20));
        Assert.Equal(monitored ? 0 : 1, chip.Diagnostics.All.Count);
        Assert.Equal(monitored ? 1 : 0, chip.Register(21));
    }

    [Fact]
    public void A_crystal_that_is_away_only_while_the_chip_sleeps_is_not_missed()
    {
        ATxmega128A1 chip = Asleep(monitored: true);
        byte status = 0xFF;
        At(chip, 5 * Millisecond, () => chip.ExternalClockHertz = 0);
        At(chip, 7 * Millisecond, () => chip.ExternalClockHertz = 8_000_000);
        At(chip, 9 * Millisecond, () => status = chip.Data.Peek(0x51));
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(0, status);
        Assert.Equal((1, 0), (chip.Register(20), chip.Register(21)));
        Assert.Equal(8_000_000, chip.Timeline.Hertz);
        Assert.Empty(chip.Diagnostics.All);
    }

    private static ATxmega128A1 Started()
    {
        var chip = new ATxmega128A1 { ExternalClockHertz = 8_000_000 };
        chip.Program.Write(0, Assembler.Assemble(0, ["jmp 0x200"]));
        chip.Program.Write(0x400, Assembler.Assemble(0x200, Counting));
        return chip;
    }

    // Power-down from the external clock; a pin wakes at 10 ms. R20 counts its interrupt, R21 that of the failure monitor.
    private static ATxmega128A1 Asleep(bool monitored)
    {
        var chip = new ATxmega128A1 { ExternalClockHertz = 8_000_000 };
        chip.Program.Write(0x200, Assembler.Assemble(0x100, ["sleep", "nop", "break"]));
        chip.Program.Write(4, Assembler.Assemble(2, ["jmp 0x180"]));
        chip.Program.Write(0x300, Assembler.Assemble(0x180, ["inc r21", "ldi r16, 2", "sts 0x0053, r16", "reti"])); // XOSCFDIF
        chip.Program.Write(8, Assembler.Assemble(4, ["inc r20", "reti"]));
        chip.ProgramCounter = 0x200;
        chip.Data.Write(0x50, 0x09);
        chip.Services.Schedule.AdvanceTo(10);
        Protected(chip, 0x40, 3);
        if (monitored) Protected(chip, 0x53, 1);
        chip.StatusRegister = 0x80;
        chip.Data.Write(0xA2, 7);
        chip.Data.Write(0x48, (2 << 1) | 1);
        chip.Data.Write(0x0652, 1); // PORTC.PIN2CTRL: rising
        chip.Data.Write(0x064A, 4);
        chip.Data.Write(0x0649, 3);
        PinDriver driver = chip.FindPin("PORTC.PIN2")!.AddDriver("button");
        At(chip, 10 * Millisecond, () => driver.Drive = PinDrive.Strong(true));
        return chip;
    }

    private static int Timer(ATxmega128A1 chip) => chip.Data.Peek(0x0820) | (chip.Data.Peek(0x0821) << 8);

    private static void Protected(ATxmega128A1 chip, int address, byte value)
    {
        chip.Data.Write(0x34, 0xD8);
        chip.Data.Write(address, value);
        chip.Services.Protection.Close();
    }

    private static void At(ATxmega128A1 chip, long picoseconds, Action action) => chip.Timeline.Book(chip.CreateAction("test", Phase.World, action), picoseconds);
}
