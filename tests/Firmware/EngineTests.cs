using Xmega.Cpu;
using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>
/// C programs at three optimisation levels, and the samples with their interrupts, DMA and sleep, end in the same cycle with
/// the same memory on both engines. Translation happens at once and early, so that short programs meet it too.
/// </summary>
public class EngineTests
{
    public static TheoryData<string> Samples() =>
        [.. Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "firmware-samples")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(ConformanceTests.Builds), MemberType = typeof(ConformanceTests))]
    public void Nobody_can_tell_which_engine_ran_a_program(string program, string level) =>
        Compare(FirmwareRunner.Load(Path.Combine("Programs", $"{program}.{level}.hex")), new RunOptions { Timeout = EmulatedTime.FromSeconds(120) });

    [Theory]
    [MemberData(nameof(Samples))]
    public void Nobody_can_tell_which_engine_ran_a_sample(string sample) =>
        Compare(FirmwareRunner.LoadSample(sample), new RunOptions { For = EmulatedTime.FromSeconds(1) });

    private static void Compare(FirmwareImage image, RunOptions options)
    {
        (RunResult interpreted, ATxmega128A1 a) = Run(image, options, CpuEngine.Interpreter);
        (RunResult translated, ATxmega128A1 b) = Run(image, options, CpuEngine.Translator);
        Assert.Null(b.Cpu.Translator.Failure);
        Assert.Equal((interpreted.Stop, interpreted.Cycles, interpreted.Instructions, interpreted.SleepCycles, interpreted.StackLowest), (translated.Stop, translated.Cycles, translated.Instructions, translated.SleepCycles, translated.StackLowest));
        Assert.Equal(FirmwareRunner.Text(interpreted), FirmwareRunner.Text(translated));
        Assert.Equal(interpreted.Diagnostics, translated.Diagnostics);
        Assert.Equal(interpreted.Events, translated.Events);
        Assert.Equal(interpreted.Interrupts, translated.Interrupts);
        Assert.Equal(a.StatusRegister, b.StatusRegister);
        Assert.Equal(a.Data.SramSpan, b.Data.SramSpan);
        for (int register = 0; register < 32; register++) Assert.Equal(a.Register(register), b.Register(register));
    }

    private static (RunResult Run, ATxmega128A1 Chip) Run(FirmwareImage image, RunOptions options, CpuEngine engine)
    {
        var chip = new ATxmega128A1 { Engine = engine };
        chip.Cpu.Translator.InBackground = false;
        (chip.Cpu.Translator.Patience, chip.Cpu.Translator.Period) = (8, 256);
        chip.Load(image);
        return (new FirmwareRun(chip, image, options).Run(), chip);
    }
}
