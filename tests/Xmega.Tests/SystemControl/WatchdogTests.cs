using Xmega.Cpu;
using Xmega.State;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.SystemControl;

public class WatchdogTests
{
    private const byte ENABLE = 0x02, CEN = 0x01, WEN = 0x02, WCEN = 0x01, WDRF = 0x08;
    private const long Millisecond = 2000; // cycles of 2 MHz
    private const byte WDLOCK = 0x02; // of fuse byte 4, programmed when 0

    // The main program sleeps, and turns round for ever after a reset, when SLEEP is a NOP.
    private static readonly string[] Endless = ["wdr", "loop:", "sleep", "rjmp loop"];

    public static TheoryData<int> Periods => [.. Enumerable.Range(0, 11)];

    [Theory]
    [MemberData(nameof(Periods))]
    public void It_bites_after_its_period(int code)
    {
        ATxmega128A1 chip = Started(code);
        RunTo(chip, ((8L << code) * Millisecond) - 1);
        Assert.Empty(chip.Resets);
        RunTo(chip, ((8L << code) * Millisecond) + 10);
        ResetRecord reset = Assert.Single(chip.Resets);
        Assert.Equal(ResetSource.Watchdog, reset.Source);
        Assert.InRange(reset.Cycle, (8L << code) * Millisecond, ((8L << code) * Millisecond) + 3);
        Assert.Equal(WDRF, chip.Data.Read(0x78) & WDRF);
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(-300_000)]
    public void It_is_as_wrong_as_the_ultra_low_power_oscillator(int error)
    {
        ATxmega128A1 chip = Started(4, error); // 128 of its milliseconds
        long expected = 128 * Millisecond * 1_000_000 / (1_000_000 + error);
        RunTo(chip, expected + 10);
        Assert.InRange(Assert.Single(chip.Resets).Cycle, expected, expected + 3);
    }

    [Theory]
    [MemberData(nameof(Periods))]
    public void In_window_mode_it_bites_after_closed_and_open_period(int code)
    {
        ATxmega128A1 chip = Started(code);
        Protected(chip, 0x81, (code << 2) | WEN | WCEN);
        RunTo(chip, 2 * (8L << code) * Millisecond);
        Assert.Empty(chip.Resets);
        RunTo(chip, (2 * (8L << code) * Millisecond) + 30);
        Assert.Equal(ResetSource.Watchdog, Assert.Single(chip.Resets).Source);
    }

    [Theory]
    [MemberData(nameof(Periods))]
    public void In_window_mode_an_early_WDR_resets_and_one_in_the_open_period_does_not(int code)
    {
        long closed = (8L << code) * Millisecond;
        Bench bench = Window(code);
        Clear(bench.AdvanceTo(closed));
        Assert.Empty(Requested(bench));

        // That WDR began a closed period of its own, in which another comes too early.
        Clear(bench.AdvanceTo((2 * closed) - 1));
        Assert.Equal([ResetSource.Watchdog], Requested(bench));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(15)]
    public void Reserved_periods_never_bite_and_get_a_remark(int code)
    {
        ATxmega128A1 chip = Started(code);
        Assert.Contains("reserved", Assert.Single(chip.Diagnostics.All).Message, StringComparison.Ordinal);
        RunTo(chip, 40 * Millisecond);
        Assert.Empty(chip.Resets);
    }

    [Fact]
    public void WDR_in_time_keeps_it_quiet()
    {
        // 8 ms are 16 000 cycles; this loop takes about 15 000.
        ATxmega128A1 chip = Program("again:", "wdr", "ldi r24, 0xA6", "ldi r25, 0x0E", "wait:", "sbiw r24, 1", "brne wait", "rjmp again");
        Protected(chip, 0x80, ENABLE | CEN);
        RunTo(chip, 20 * 16_000);
        Assert.Empty(chip.Resets);
    }

    [Fact]
    public void Without_the_signature_or_the_change_enable_nothing_changes()
    {
        var bench = new Bench();
        bench.Write("WDT.CTRL", ENABLE | CEN).WriteProtected("WDT.CTRL", ENABLE).WriteProtected("WDT.WINCTRL", WEN);
        Assert.Equal(0, bench.Read("WDT.CTRL"));
        Assert.Equal(0, bench.Read("WDT.WINCTRL"));
        Assert.Equal(3, bench.Chip.Diagnostics.All.Count);
        bench.WriteProtected("WDT.CTRL", (3 << 2) | ENABLE | CEN);
        Assert.Equal((3 << 2) | ENABLE, bench.Read("WDT.CTRL"));
        bench.WriteProtected("WDT.CTRL", CEN).Advance(100 * Millisecond);
        Assert.Equal(0, bench.Read("WDT.CTRL"));
        Assert.Empty(Requested(bench));
    }

    [Fact]
    public void A_setting_crosses_over_while_SYNCBUSY_shows_it_and_only_when_the_watchdog_is_on()
    {
        var bench = new Bench();
        Assert.Equal(0, bench.WriteProtected("WDT.WINCTRL", (2 << 2) | WCEN).Read("WDT.STATUS"));
        Assert.Equal(1, bench.WriteProtected("WDT.CTRL", (5 << 2) | ENABLE | CEN).Read("WDT.STATUS"));
        Assert.Equal(1, bench.Advance((3 * Millisecond) - 1).Read("WDT.STATUS"));
        Assert.Equal(0, bench.Advance(1).Read("WDT.STATUS"));
    }

    [Fact]
    public void The_period_is_one_of_time_whatever_the_clock_does()
    {
        ATxmega128A1 chip = Started(0);
        chip.Data.Write(0x50, 0x03); // 32 MHz oscillator on
        RunTo(chip, 100);
        Protected(chip, 0x40, 1);
        RunTo(chip, 100 + (32_000 * 7));
        Assert.Empty(chip.Resets);
        RunTo(chip, 100 + (32_000 * 8));
        Assert.InRange(Assert.Single(chip.Resets).Picoseconds, 8_000_000_000, 8_000_100_000);
    }

    [Fact]
    public void The_fuses_give_the_periods_and_lock_it_on()
    {
        ATxmega128A1 chip = Program("loop:", "nop", "rjmp loop");
        chip.Services.Fuses[1] = 0x21; // WDWP 2, WDP 1
        chip.Services.Fuses[4] = unchecked((byte)~(WDLOCK | 0x01));
        chip.Reset(ResetSource.PowerOn);
        Assert.Equal((1 << 2) | ENABLE, chip.Data.Read(0x80));
        Assert.Equal(2 << 2, chip.Data.Read(0x81));

        Protected(chip, 0x80, (9 << 2) | CEN);
        Assert.Equal((1 << 2) | ENABLE, chip.Data.Read(0x80));
        Protected(chip, 0x81, (9 << 2) | WEN | WCEN);
        Assert.Equal((2 << 2) | WEN, chip.Data.Read(0x81));
        Assert.Equal(2, chip.Diagnostics.All.Count);

        // 32 ms closed, 16 ms open, and again after the reset, now without a window.
        RunTo(chip, (48 + 17) * Millisecond);
        Assert.Equal(2, chip.Resets.Count);
        Assert.InRange(chip.Resets[1].Cycle - chip.Resets[0].Cycle, 16 * Millisecond, (16 * Millisecond) + 100);
    }

    [Fact]
    public void A_jump_to_itself_with_interrupts_off_is_not_the_end_while_the_watchdog_waits()
    {
        ATxmega128A1 chip = Program("in r16, 0x3F", "nop", "stuck:", "rjmp stuck");
        Protected(chip, 0x80, ENABLE | CEN);
        Assert.Equal(CpuStop.Exit, chip.Run()); // the second time: the reset stopped the watchdog
        Assert.Single(chip.Resets);
    }

    [Fact]
    public void It_wakes_a_sleeper_that_nothing_else_can_wake()
    {
        ATxmega128A1 chip = Program("sleep", "break");
        Protected(chip, 0x80, ENABLE | CEN);
        chip.Data.Write(0x48, 0x01); // SLEEP.CTRL: idle, SEN
        Assert.Equal(CpuStop.Break, chip.Run()); // after the reset SLEEP is a NOP
        Assert.Single(chip.Resets);
    }

    [Fact]
    public void Saved_state_bites_in_the_same_cycle()
    {
        Bench one = Window(1), other = Window(0);
        one.AdvanceTo(5 * Millisecond);
        var save = new StateStream();
        Carry(one, save);
        other.Chip.Services.Schedule.Restart(one.Now);
        Carry(other, new StateStream(save.ToArray()));
        Assert.Equal(one.Read("WDT.STATUS"), other.Read("WDT.STATUS"));
        foreach (Bench bench in (Bench[])[one, other])
        {
            Assert.Empty(Requested(bench.AdvanceTo((32 * Millisecond) - 1)));
            Assert.Single(Requested(bench.AdvanceTo(32 * Millisecond)));
        }

        static void Carry(Bench bench, StateStream s) => bench.Chip.Data.Io.Modules.First(m => m.Name == "WDT").State(s);
    }

    private static Bench Window(int code)
    {
        var bench = new Bench();
        bench.Chip.Program.Write(0, Assembler.Assemble(0, Endless));
        bench.Chip.ProgramCounter = 2; // past WDR
        bench.WriteProtected("WDT.CTRL", (code << 2) | ENABLE | CEN).WriteProtected("WDT.WINCTRL", (code << 2) | WEN | WCEN);
        return bench;
    }

    // WDR in the bench's present cycle.
    private static void Clear(Bench bench)
    {
        bench.Chip.ProgramCounter = 0;
        bench.Chip.Step();
    }

    // What the next instruction boundary carries out.
    private static IEnumerable<ResetSource> Requested(Bench bench)
    {
        int before = bench.Chip.Resets.Count;
        bench.Chip.Step();
        return bench.Chip.Resets.Skip(before).Select(r => r.Source);
    }

    private static ATxmega128A1 Program(params string[] lines)
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(0, Assembler.Assemble(0, lines));
        return chip;
    }

    private static ATxmega128A1 Started(int code, int error = 0)
    {
        ATxmega128A1 chip = Program(Endless);
        chip.SetOscillatorError(InternalOscillator.UltraLowPower, error);
        chip.ProgramCounter = 2; // past WDR
        chip.Data.Write(0x48, 0x01); // SLEEP.CTRL: idle, SEN
        Protected(chip, 0x80, (code << 2) | ENABLE | CEN);
        return chip;
    }

    private static void Protected(ATxmega128A1 chip, int address, int value)
    {
        chip.Data.Write(0x34, 0xD8);
        chip.Data.Write(address, (byte)value);
        chip.Services.Protection.Close();
    }

    private static void RunTo(ATxmega128A1 chip, long cycle)
    {
        ScheduledAction end = chip.CreateAction("end", Phase.Limit, chip.Stop);
        end.Book(cycle);
        chip.RunsAsleep = true;
        Assert.Equal(CpuStop.Requested, chip.Run());
        end.Cancel();
    }
}
