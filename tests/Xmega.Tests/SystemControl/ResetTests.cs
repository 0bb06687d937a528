using Xmega.Cpu;
using Xmega.Ports;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.SystemControl;

public class ResetTests
{
    private const int RST_STATUS = 0x78, RST_CTRL = 0x79;
    private const byte PORF = 0x01, EXTRF = 0x02, SRF = 0x20;

    [Fact]
    public void A_software_reset_starts_the_program_anew_24_cycles_later()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(
            "lds r20, 0x0078", "sbrc r20, 5", "break",       // RST.STATUS: SRF ends the program
            "ldi r16, 0xD8", "ldi r17, 1", "ldi r18, 0x55",
            "sts 0x0680, r18", "sts 0x2000, r18",            // PORTE.DIR, SRAM
            "out 0x34, r16", "sts 0x0079, r17",              // CCP, RST.CTRL
            "ldi r18, 0x66", "break");
        AssemblyProgram.Run(chip);
        Assert.Equal(PORF | SRF, chip.Register(20));
        Assert.Equal(0x55, chip.Register(18)); // no instruction after the request; the register file is kept
        Assert.Equal(0x55, chip.Data.Peek(0x2000));
        Assert.Equal(0, chip.Data.Peek(0x0680));
        Assert.Equal(0x3FFF, chip.StackPointer);
        ResetRecord reset = Assert.Single(chip.Resets);
        Assert.Equal(ResetSource.Software, reset.Source);
        // Then LDS of two cycles, SBRC, BREAK.
        Assert.Equal(reset.Cycle + Latency.StartUp, chip.Cycle - 4);
        Assert.Equal(reset.Cycle, (long)(reset.Picoseconds / 500_000));
    }

    [Fact]
    public void The_RESET_pin_holds_the_chip_while_it_is_low()
    {
        ATxmega128A1 chip = Counting();
        PinDriver driver = chip.FindPin("reset")!.AddDriver("test");
        At(chip, 1000, () => driver.Drive = PinDrive.Strong(false));
        At(chip, 5000, () => driver.Drive = PinDrive.Strong(true));
        chip.Data.Write(0x0680, 0x01); // PORTE.DIR
        RunTo(chip, 4000);
        Assert.Equal(1, chip.Signals.Find("CPU.RESET")!.Value);
        Assert.Equal(0, chip.ProgramCounter);
        Assert.Equal(LogicLevel.Floating, chip.FindPin("PORTE.PIN0")!.Level);
        RunTo(chip, 5000 + 24);
        Assert.Equal(0, chip.ProgramCounter);
        RunTo(chip, 6000);
        Assert.NotEqual(0, chip.ProgramCounter);
        Assert.Equal(0, chip.Signals.Find("CPU.RESET")!.Value);
        Assert.Equal(PORF | EXTRF, chip.Data.Read(RST_STATUS));
        Assert.Equal(ResetSource.External, Assert.Single(chip.Resets).Source);
    }

    [Fact]
    public void A_new_request_starts_the_sequence_anew()
    {
        ATxmega128A1 chip = Counting();
        chip.Services.Fuses[4] = 0xF6; // SUT 01: 4 ms
        PinDriver driver = chip.FindPin("RESET")!.AddDriver("test");
        At(chip, 1000, () => driver.Drive = PinDrive.Strong(false));
        At(chip, 2000, () => driver.Drive = PinDrive.None);
        At(chip, 6000, () => driver.Drive = PinDrive.Strong(false));
        At(chip, 7000, () => driver.Drive = PinDrive.None);
        RunTo(chip, 7000 + 8000 + 20);
        Assert.Equal(0, chip.ProgramCounter);
        RunTo(chip, 7000 + 8000 + 100);
        Assert.NotEqual(0, chip.ProgramCounter);
        Assert.Equal(2, chip.Resets.Count);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(1, 4)]
    [InlineData(0, 64)]
    public void The_SUT_fuses_delay_the_start(int sut, int milliseconds)
    {
        ATxmega128A1 chip = Counting();
        chip.Services.Fuses[4] = (byte)(0xF2 | (sut << 2));
        Request(chip);
        long taken = chip.Cycle;
        RunTo(chip, taken + (milliseconds * 2000) + Latency.StartUp);
        Assert.Equal(0, chip.ProgramCounter);
        RunTo(chip, chip.Cycle + 4);
        Assert.NotEqual(0, chip.ProgramCounter);
    }

    [Fact]
    public void The_delay_is_as_wrong_as_the_ultra_low_power_oscillator()
    {
        ATxmega128A1 chip = Counting();
        chip.SetOscillatorError(InternalOscillator.UltraLowPower, -200_000);
        chip.Services.Fuses[4] = 0xF6; // SUT 01: 4 ms, here 5
        Request(chip);
        RunTo(chip, chip.Cycle + 9_990);
        Assert.Equal(0, chip.ProgramCounter);
        RunTo(chip, chip.Cycle + 60);
        Assert.NotEqual(0, chip.ProgramCounter);
    }

    [Fact]
    public void A_disabled_RESET_pin_does_nothing()
    {
        ATxmega128A1 chip = Counting();
        chip.Services.Fuses[4] = 0xEE; // RSTDISBL
        chip.FindPin("RESET")!.AddDriver("test").Drive = PinDrive.Strong(false);
        RunTo(chip, 100);
        Assert.Empty(chip.Resets);
    }

    [Fact]
    public void Held_in_reset_for_ever_is_the_end_of_a_run()
    {
        ATxmega128A1 chip = Counting();
        chip.FindPin("RESET")!.AddDriver("test").Drive = PinDrive.Strong(false);
        Assert.Equal(CpuStop.AsleepForever, chip.Run());
    }

    [Fact]
    public void Writing_ones_clears_flags_and_power_on_clears_all_but_its_own()
    {
        ATxmega128A1 chip = Counting();
        Request(chip);
        chip.Step();
        chip.Data.Write(RST_STATUS, PORF);
        Assert.Equal(SRF, chip.Data.Read(RST_STATUS));
        chip.Reset(ResetSource.External);
        Assert.Equal(EXTRF | SRF, chip.Data.Read(RST_STATUS));
        chip.Reset(ResetSource.PowerOn);
        Assert.Equal(PORF, chip.Data.Read(RST_STATUS));
    }

    [Fact]
    public void A_firmware_that_resets_itself_without_end_fills_no_memory()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("ldi r16, 0xD8", "ldi r17, 1", "out 0x34, r16", "sts 0x0079, r17");
        RunTo(chip, 100_000);
        Assert.Equal(1000, chip.Resets.Count);
    }

    [Fact]
    public void A_brown_out_holds_the_chip_while_VCC_is_below_the_level_of_the_fuses()
    {
        ATxmega128A1 chip = Counting();
        chip.Services.Fuses[5] = 0xEC; // BODACT 10: continuous; BODLEVEL 100: 2.4 V
        chip.Reset(ResetSource.PowerOn);
        At(chip, 1000, () => chip.Vcc = 2_500_000);
        At(chip, 2000, () => chip.Vcc = 2_300_000);
        At(chip, 4000, () => chip.Vcc = 3_300_000);
        RunTo(chip, 3000);
        Assert.Equal(0, chip.ProgramCounter);
        RunTo(chip, 5000);
        Assert.NotEqual(0, chip.ProgramCounter);
        Assert.Equal(PORF | 0x04, chip.Data.Read(RST_STATUS));
        Assert.InRange(Assert.Single(chip.Resets).Cycle, 2000, 2010);
    }

    [Fact]
    public void With_the_factory_fuses_VCC_may_fall_until_the_power_on_level()
    {
        ATxmega128A1 chip = Counting();
        At(chip, 1000, () => chip.Vcc = 1_500_000);
        RunTo(chip, 2000);
        Assert.Empty(chip.Resets);
        chip.Data.Write(RST_STATUS, 0xFF);
        At(chip, 3000, () => chip.Vcc = 500_000);
        At(chip, 4000, () => chip.Vcc = 3_300_000);
        RunTo(chip, 5000);
        Assert.Equal(PORF, chip.Data.Read(RST_STATUS));
        Assert.NotEqual(0, chip.ProgramCounter);
    }

    private static ATxmega128A1 Counting() => AssemblyProgram.Chip("nop", "loop:", "adiw r24, 1", "rjmp loop");

    private static void Request(ATxmega128A1 chip)
    {
        chip.Data.Write(0x34, 0xD8);
        chip.Data.Write(RST_CTRL, 1);
        chip.Services.Protection.Close();
        chip.Step();
    }

    private static void At(ATxmega128A1 chip, long cycle, Action action) => chip.CreateAction("test", Phase.World, action).Book(cycle);

    private static void RunTo(ATxmega128A1 chip, long cycle)
    {
        ScheduledAction end = chip.CreateAction("end", Phase.Limit, chip.Stop);
        end.Book(cycle);
        chip.Run();
        end.Cancel();
    }
}
