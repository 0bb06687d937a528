using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>The committed samples do what their READMEs show.</summary>
public class SampleTests
{
    [Theory]
    [InlineData("hello-usart")]
    [InlineData("nested-interrupts")]
    [InlineData("dhrystone-like")]
    [InlineData("aes-benchmark")]
    public async Task A_sample_prints_its_text_and_exits_with_success(string name)
    {
        RunResult run = FirmwareRunner.Run(FirmwareRunner.LoadSample(name), new RunOptions());
        Assert.Equal(StopReason.Exit, run.Stop);
        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Diagnostics);
        await Verify($"{FirmwareRunner.Text(run)}\n{run.Cycles} cycles, {run.Instructions} instructions\n").UseTextForParameters(name);
    }

    [Fact]
    public void The_blinks_toggle_alike_one_with_and_one_without_the_CPU()
    {
        RunOptions twoSeconds = new() { For = EmulatedTime.FromSeconds(2) };
        RunResult interrupt = FirmwareRunner.Run(FirmwareRunner.LoadSample("blink-interrupt"), twoSeconds);
        RunResult events = FirmwareRunner.Run(FirmwareRunner.LoadSample("blink-event"), twoSeconds);
        Assert.Equal(7, interrupt.Interrupts["TCC0_OVF"]);
        Assert.Empty(events.Interrupts);
        Assert.Equal(199, events.Events["CH0"]);
        Assert.True(events.SleepCycles > 3_999_000);
    }
}
