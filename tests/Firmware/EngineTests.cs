using Xmega.Cpu;
using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>C programs at three optimisation levels end in the same cycle with the same memory on both engines.</summary>
public class EngineTests
{
    [Theory]
    [MemberData(nameof(ConformanceTests.Builds), MemberType = typeof(ConformanceTests))]
    public void Nobody_can_tell_which_engine_ran_a_program(string program, string level)
    {
        FirmwareImage image = FirmwareRunner.Load(Path.Combine("Programs", $"{program}.{level}.hex"));
        (RunResult interpreted, ATxmega128A1 a) = Run(image, CpuEngine.Interpreter);
        (RunResult translated, ATxmega128A1 b) = Run(image, CpuEngine.Translator);
        Assert.Equal((interpreted.Cycles, interpreted.Instructions, interpreted.StackLowest), (translated.Cycles, translated.Instructions, translated.StackLowest));
        Assert.Equal(FirmwareRunner.Text(interpreted), FirmwareRunner.Text(translated));
        Assert.Equal(a.StatusRegister, b.StatusRegister);
        Assert.Equal(a.Data.SramSpan, b.Data.SramSpan);
        for (int register = 0; register < 32; register++) Assert.Equal(a.Register(register), b.Register(register));
    }

    private static (RunResult Run, ATxmega128A1 Chip) Run(FirmwareImage image, CpuEngine engine)
    {
        var chip = new ATxmega128A1 { Engine = engine };
        chip.Load(image);
        return (new FirmwareRun(chip, image, new RunOptions { Timeout = EmulatedTime.FromSeconds(120) }).Run(), chip);
    }
}
