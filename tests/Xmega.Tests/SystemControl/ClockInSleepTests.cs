using Xmega.Cpu;
using Xmega.Ports;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.SystemControl;

/// <summary>What runs on in the sleep modes that stop clk_PER, and what it takes for the rest to be back.</summary>
public class ClockInSleepTests
{
    private const int PDOWN = 2, PSAVE = 3, STDBY = 6, ESTDBY = 7;
    private const byte RC2MEN = 0x01, RC32MEN = 0x02, RC32KEN = 0x04, XOSCEN = 0x08, PLLEN = 0x10;
    private const long Millisecond = 1_000_000_000, Microsecond = 1_000_000;

    public static TheoryData<string, long> Sources => new()
    {
        { "2 MHz", OscillatorFacts.Rc2MStartup },
        { "32 MHz", OscillatorFacts.Rc32MStartup },
        { "32.768 kHz", OscillatorFacts.Rc32KStartup },
        { "external clock", 6 * Microsecond / 8 },
        { "crystal", 16_384 * Microsecond / 8 },
        { "PLL", OscillatorFacts.Rc2MStartup + OscillatorFacts.PllLock },
        { "PLL of 32 MHz", OscillatorFacts.Rc32MStartup + OscillatorFacts.PllLock },
        { "PLL of the crystal", (16_384 * Microsecond / 8) + OscillatorFacts.PllLock },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void Power_down_stops_the_source_and_waking_takes_its_start(string source, long startup)
    {
        (long down, byte stopped) = Sleep(source, PDOWN, out double hertz);
        (long standby, byte kept) = Sleep(source, STDBY, out _);
        Assert.Equal(0, stopped);
        Assert.NotEqual(0, kept);

        // The edges of clk_PER may lie otherwise.
        Assert.InRange(down - standby, startup - (long)(1e12 / hertz), startup + (long)(1e12 / hertz));
    }

    [Theory]
    [InlineData(PDOWN, 0)]
    [InlineData(PSAVE, 0)]
    [InlineData(STDBY, RC2MEN | RC32MEN | RC32KEN)]
    [InlineData(ESTDBY, RC2MEN | RC32MEN | RC32KEN)]
    public void All_that_are_enabled_come_back_each_in_its_time(int mode, int kept)
    {
        ATxmega128A1 chip = Chip();
        chip.Data.Write(0x50, RC2MEN | RC32MEN | RC32KEN);
        chip.Services.Schedule.AdvanceTo(1_000);
        Assert.Equal(kept, Run(chip, mode).Running);
        Assert.Equal(RC2MEN | RC32MEN | RC32KEN, chip.Data.Read(0x50));

        // 10.3 us for the 2 MHz oscillator: the 32 MHz one was faster, that of 32.768 kHz takes 320 us.
        Assert.Equal(RC2MEN | RC32MEN | kept, chip.Data.Read(0x51));
        chip.Services.Schedule.AdvanceTo(chip.Services.Schedule.Now + 640);
        Assert.Equal(RC2MEN | RC32MEN | RC32KEN, chip.Data.Read(0x51));
    }

    [Theory]
    [InlineData(PDOWN, 0, 0)]
    [InlineData(PSAVE, XOSCEN, 10)]
    public void The_crystal_on_TOSC_runs_on_for_the_RTC_in_power_save_alone(int mode, int kept, int counts)
    {
        ATxmega128A1 chip = Chip();
        chip.HasWatchCrystal = true;
        chip.Data.Write(0x52, 0x02);
        chip.Data.Write(0x50, RC2MEN | XOSCEN);
        chip.Services.Schedule.AdvanceTo(2_000_000);
        chip.Data.Write(0x43, (1 << 1) | 1); // TOSC, 1.024 kHz
        chip.Data.Write(0x0400, 1);
        chip.Services.Schedule.AdvanceTo(2_010_000);
        int before = chip.Data.Read(0x0408);
        (_, byte running) = Run(chip, mode, chip.Timeline.Picoseconds);
        Assert.Equal(kept, running);
        Assert.InRange(chip.Data.Read(0x0408) - before, counts, counts + 1);
        Assert.Equal(kept, chip.Data.Read(0x51) & XOSCEN);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void A_DFLL_stands_in_power_down_and_goes_on_after_it()
    {
        ATxmega128A1 chip = Chip();
        chip.SetOscillatorError(Xmega.SystemControl.InternalOscillator.Rc2M, 40_000); // 18 steps
        chip.Data.Write(0x50, RC2MEN | RC32KEN);
        chip.Services.Schedule.AdvanceTo(1_000);
        chip.Data.Write(0x68, 1);
        chip.Services.Schedule.AdvanceTo(12_000); // five of them
        byte before = chip.Data.Read(0x6A);
        Run(chip, PDOWN, chip.Timeline.Picoseconds);
        Assert.Equal(0x40 - 5, before);
        Assert.Equal(before, chip.Data.Read(0x6A));
        chip.Services.Schedule.AdvanceTo(chip.Services.Schedule.Now + 100_000);
        Assert.Equal(0x40 - 18, chip.Data.Read(0x6A));
    }

    [Theory]
    [InlineData(2_000_000, 1)]
    [InlineData(3_300_000, 0)]
    public void A_low_supply_does_not_matter_to_a_clock_that_stands(long atWaking, int remarks)
    {
        ATxmega128A1 chip = Chip();
        chip.Data.Write(0x50, RC2MEN | RC32MEN);
        chip.Services.Schedule.AdvanceTo(100);
        chip.Data.Write(0x34, 0xD8);
        chip.Data.Write(0x40, 1);
        chip.Services.Protection.Close();
        At(chip, 4 * Millisecond, () => chip.Vcc = 2_000_000);
        At(chip, 8 * Millisecond, () => Assert.Empty(chip.Diagnostics.All));
        At(chip, 9 * Millisecond, () => chip.Vcc = atWaking);
        Run(chip, PDOWN);
        Assert.Equal(remarks, chip.Diagnostics.All.Count(d => d.Message.Contains("VCC at 2000 mV", StringComparison.Ordinal)));
        Assert.Equal(remarks, chip.Diagnostics.All.Count);
    }

    private static (long Time, byte Running) Sleep(string source, int mode, out double hertz)
    {
        ATxmega128A1 chip = Chip();
        chip.ExternalClockHertz = 8_000_000;
        (byte xosc, byte pll, byte enable, byte select) = source switch
        {
            "2 MHz" => ((byte)0, (byte)0, RC2MEN, (byte)0),
            "32 MHz" => ((byte)0, (byte)0, RC32MEN, (byte)1),
            "32.768 kHz" => ((byte)0, (byte)0, RC32KEN, (byte)2),
            "external clock" => ((byte)0, (byte)0, XOSCEN, (byte)3),
            "crystal" => ((byte)0x4B, (byte)0, XOSCEN, (byte)3),
            "PLL" => ((byte)0, (byte)10, (byte)(PLLEN | RC2MEN), (byte)4),
            "PLL of 32 MHz" => ((byte)0, (byte)(0x80 | 4), (byte)(PLLEN | RC32MEN), (byte)4),
            _ => ((byte)0x4B, (byte)(0xC0 | 4), (byte)(PLLEN | XOSCEN), (byte)4),
        };
        chip.Data.Write(0x52, xosc);
        chip.Data.Write(0x55, pll);
        chip.Data.Write(0x50, (byte)(RC2MEN | (enable & ~PLLEN)));
        chip.Services.Schedule.AdvanceTo(5_000);
        chip.Data.Write(0x50, (byte)(RC2MEN | enable));
        chip.Services.Schedule.AdvanceTo(6_000);
        chip.Data.Write(0x34, 0xD8);
        chip.Data.Write(0x40, select);
        chip.Services.Protection.Close();
        chip.Data.Write(0x50, enable);
        Assert.Equal(select, chip.Data.Read(0x40));
        hertz = chip.Timeline.Hertz;
        return Run(chip, mode, chip.Timeline.Picoseconds);
    }

    // SLEEP, woken by PORTC.PIN2 ten milliseconds later: the time from there to BREAK, and what ran in between.
    private static (long Time, byte Running) Run(ATxmega128A1 chip, int mode, long start = 0)
    {
        byte running = 0xFF;
        chip.Data.Write(0x48, (byte)((mode << 1) | 1));
        PinDriver driver = chip.FindPin("PORTC.PIN2")!.AddDriver("button");
        At(chip, start + (5 * Millisecond), () => running = chip.Data.Peek(0x51));
        At(chip, start + (10 * Millisecond), () => driver.Drive = PinDrive.Strong(true));
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(1, chip.Register(20));
        return (chip.Timeline.PicosecondsAt(chip.Cycle) - start - (10 * Millisecond), running);
    }

    private static ATxmega128A1 Chip()
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(0x200, Assembler.Assemble(0x100, ["sleep", "nop", "break"]));
        chip.Program.Write(8, Assembler.Assemble(4, ["inc r20", "reti"]));
        chip.ProgramCounter = 0x200;
        chip.StatusRegister = 0x80;
        chip.Data.Write(0xA2, 0x07);
        chip.Data.Write(0x0652, 1); // PORTC.PIN2CTRL: rising
        chip.Data.Write(0x064A, 4);
        chip.Data.Write(0x0649, 3);
        return chip;
    }

    private static void At(ATxmega128A1 chip, long picoseconds, Action action) => chip.Timeline.Book(chip.CreateAction("test", Phase.World, action), picoseconds);
}
