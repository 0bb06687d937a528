using Xmega.TestSupport;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>The copies by CPU and by DMA, and the table of what a DMA copy costs.</summary>
public class DmaSampleTests
{
    [Theory]
    [InlineData("dma-memcpy")]
    [InlineData("cpu-memcpy")]
    public void The_readme_shows_what_the_firmware_prints(string name)
    {
        RunResult run = FirmwareRunner.Run(FirmwareRunner.LoadSample(name), new RunOptions());
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Empty(run.Diagnostics);
        string readme = File.ReadAllText(Path.Combine(Readme.Repository, "firmware-samples", name, "README.md"));
        Assert.Contains(FirmwareRunner.Text(run).ReplaceLineEndings("\n"), readme.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Copied_by_DMA_takes_half_as_long_as_by_the_CPU()
    {
        ReactionMeter cpu = Copies("cpu-memcpy"), dma = Copies("dma-memcpy");
        Assert.Equal((32, 32), (cpu.Reactions.Count, dma.Reactions.Count));
        Assert.All(dma.Reactions.Zip(cpu.Reactions), pair => Assert.InRange(2 * Cycles(pair.First), 0, Cycles(pair.Second)));
    }

    private static long Cycles(Reaction copy) => copy.ReactionCycle - copy.StimulusCycle;

    private static ReactionMeter Copies(string sample)
    {
        FirmwareImage image = FirmwareRunner.LoadSample(sample);
        var chip = new ATxmega128A1();
        chip.Load(image);
        var meter = new ReactionMeter(chip, new SignalCondition(chip.Signals.Find("PORTD.PIN0")!, 1), new SignalCondition(chip.Signals.Find("PORTD.PIN0")!, 0));
        new FirmwareRun(chip, image, new RunOptions()).Run();
        meter.Finish();
        return meter;
    }
}
