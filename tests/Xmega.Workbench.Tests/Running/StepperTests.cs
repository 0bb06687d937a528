using CsCheck;
using Xmega.Firmware;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Running;

/// <summary>An observer hears the same steps whether the CPU halts for it at each boundary or runs on.</summary>
public class StepperTests
{
    [Theory]
    [InlineData("nested-interrupts")] // interrupts within interrupts
    [InlineData("watchdog")]          // resets
    [InlineData("blink-event")]       // asleep, nothing but events
    [InlineData("bootloader")]        // flash that changes under the CPU
    [InlineData("dma-memcpy")]        // a shared bus
    public void A_run_that_halts_and_one_that_runs_on_tell_the_same(string sample) => Compare(Programs.Sample(sample), new EmulatedTime(300_000, true));

    [Fact]
    public void So_they_do_whatever_the_program_does()
    {
        string[] pieces = ["rcall f", "push r0", "pop r0", "subi r16, 5", "out 0x3d, r16", "reti", "ret", "nop", "sei", "sts 0x2000, r16", "break", "wdr", "sleep", "cli", "rjmp f"];
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[5, 40].Sample(
            body => Compare(Programs.Assemble([.. body.Take(body.Length / 2), "f:", .. body.Skip(body.Length / 2), "self:", "rjmp self"]), new EmulatedTime(400, true)),
            iter: 100,
            seed: "0000000000000");
    }

    private static void Compare(FirmwareImage image, EmulatedTime time)
    {
        (List<ExecutionStep> halting, RunResult first) = Run(image, time, halts: true);
        (List<ExecutionStep> running, RunResult second) = Run(image, time, halts: false);
        Assert.NotEmpty(halting);
        Assert.Equal(halting, running);
        Assert.Equal((first.Stop, first.Cycles, first.Instructions), (second.Stop, second.Cycles, second.Instructions));
    }

    private static (List<ExecutionStep> Steps, RunResult Result) Run(FirmwareImage image, EmulatedTime time, bool halts)
    {
        var steps = new Steps { LooksAtChip = halts };
        RunResult result = new FirmwareRun(Programs.Chip(image), image, new RunOptions { For = time, Observers = [steps] }).Run();
        return (steps.Heard, result);
    }

    private sealed class Steps : IExecutionObserver
    {
        public bool LooksAtChip { get; init; }

        public List<ExecutionStep> Heard { get; } = [];

        public void OnStep(in ExecutionStep step) => Heard.Add(step);
    }
}
