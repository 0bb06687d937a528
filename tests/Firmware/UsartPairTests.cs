using Xmega.Workbench.Comparison;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>Bytes sent back in bursts at 4 Mbaud: an interrupt that others hold up loses some, a DMA channel none.</summary>
public class UsartPairTests
{
    private const int Bytes = 50 * 44;

    [Fact]
    public void The_DMA_channel_sends_back_what_the_interrupt_loses()
    {
        (RunResult run, ReactionMeter meter) = Measure("usart-dma");
        Assert.Equal((0, Bytes, 0L), (run.ExitCode, run.Usart["USARTC0"].Length, meter.Missed));
        Assert.InRange(meter.Reactions.Max(r => r.Cycles), 1, 5);

        (run, meter) = Measure("usart-interrupt");
        Assert.Equal(1, run.ExitCode);
        Assert.InRange(run.Usart["USARTC0"].Length, 1, Bytes - 1);
        Assert.True(meter.Reactions.Max(r => r.Cycles) > 20);
    }

    private static (RunResult Run, ReactionMeter Meter) Measure(string sample)
    {
        FirmwareImage image = FirmwareRunner.LoadSample(sample);
        var chip = new ATxmega128A1();
        chip.Load(image);
        string stimulus = Path.Combine(AppContext.BaseDirectory, "firmware-samples", "usart-interrupt", "stimulus.txt");
        _ = new StimulusPlayer(chip, StimulusFile.Parse(File.ReadAllText(stimulus), stimulus, chip), "stimulus");
        var meter = new ReactionMeter(chip, new SignalCondition(chip.Signals.Find("USARTC0.RX")!, null), new SignalCondition(chip.Signals.Find("USARTC0.TX")!, null));
        RunResult run = new FirmwareRun(chip, image, new RunOptions()).Run();
        meter.Finish();
        Assert.Empty(run.Diagnostics);
        return (run, meter);
    }
}
