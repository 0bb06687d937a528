using System.Globalization;
using System.Text;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>
/// Each pair of samples does its job, and its golden trace stays as it is: the comparison, and what the signals do in
/// order around the slowest stimulus, in both variants.
/// </summary>
public class PairTests
{
    // Cycles shown before the stimulus and after the reaction.
    private const int Before = 20;
    private const int After = 20;

    public static TheoryData<string> Names() => [.. Pair.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_pair_does_the_same_job_and_its_trace_is_golden(string name)
    {
        Pair pair = Pair.All.Single(p => p.Name == name);
        Measurement a = Measure(pair, pair.Interrupt, pair.To), b = Measure(pair, pair.Event, pair.ToOfEvent ?? pair.To);
        Assert.Equal(StopReason.Exit, a.Run.Stop);
        Assert.Equal(StopReason.Exit, b.Run.Stop);
        Assert.Equal(0, b.Run.ExitCode);
        Assert.Empty(a.Run.Diagnostics);
        Assert.Empty(b.Run.Diagnostics);

        // What the event system promises: the same latency every time, and never one missed.
        Assert.Equal(0, b.Missed);
        Assert.Equal(0, b.Latency.Jitter);
        Assert.True(a.Latency.Jitter > 0);

        var text = new StringBuilder();
        foreach (ComparisonRow row in ComparisonTable.Rows(a, b))
            text.Append(CultureInfo.InvariantCulture, $"{row.Label,-24}{row.Format(row.A),14}{row.Format(row.B),14}\n");
        (Reaction inA, Reaction inB) = ComparisonTable.TellingStimulus(a, b)!.Value;
        Trace(text, a, inA);
        Trace(text, b, inB);
        await Verify(text.ToString()).UseTextForParameters(name);
    }

    private static Measurement Measure(Pair pair, string sample, string to)
    {
        FirmwareImage image = FirmwareRunner.LoadSample(sample);
        var chip = new ATxmega128A1();
        chip.Load(image);
        if (File.Exists(pair.Stimulus)) _ = new StimulusPlayer(chip, StimulusFile.Parse(File.ReadAllText(pair.Stimulus), pair.Stimulus, chip), "stimulus");
        var meter = new ReactionMeter(chip, Condition(chip, pair.From), Condition(chip, to));
        RunResult run = new FirmwareRun(chip, image, new RunOptions()).Run();
        meter.Finish();
        return new Measurement(sample, pair.From, to, run, meter);
    }

    private static SignalCondition Condition(ATxmega128A1 chip, string text)
    {
        string[] parts = text.Split('=');
        return new SignalCondition(chip.Signals.Find(parts[0])!, parts[1] == "*" ? null : long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static void Trace(StringBuilder text, Measurement measurement, Reaction reaction)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n{measurement.Name}, stimulus {reaction.Ordinal}\n");
        foreach (Transition t in measurement.Transitions.Where(t => t.Cycle >= reaction.StimulusCycle - Before && t.Cycle <= reaction.ReactionCycle + After))
            text.Append(CultureInfo.InvariantCulture, $"{t.Cycle - reaction.StimulusCycle,6}  {t.Signal.Name} {t.Value}\n");
    }
}
