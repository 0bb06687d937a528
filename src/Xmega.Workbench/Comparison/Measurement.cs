using Xmega.Workbench.Running;

namespace Xmega.Workbench.Comparison;

/// <summary>What one of the compared firmwares did: figures that two runs give alike.</summary>
public sealed class Measurement
{
    /// <summary>Initializes a new instance of the <see cref="Measurement"/> class.</summary>
    /// <param name="name">The firmware's name.</param>
    /// <param name="from">Its stimulus, as the user named it.</param>
    /// <param name="to">Its reaction.</param>
    /// <param name="run">Its run.</param>
    /// <param name="meter">What was measured in it.</param>
    public Measurement(string name, string from, string to, RunResult run, ReactionMeter meter)
    {
        Name = name;
        From = from;
        To = to;
        Run = run;
        Stimuli = meter.Stimuli;
        Missed = meter.Missed;
        HandlerCycles = meter.HandlerCycles;
        Reactions = meter.Reactions;
        Transitions = meter.Transitions;
        Latency = new Distribution([.. meter.Reactions.Select(r => r.Cycles)]);
        LatencyPicoseconds = new Distribution([.. meter.Reactions.Select(r => r.Picoseconds)]);
    }

    /// <summary>Gets the firmware's name.</summary>
    public string Name { get; }

    /// <summary>Gets the stimulus, as the user named it.</summary>
    public string From { get; }

    /// <summary>Gets the reaction, as the user named it.</summary>
    public string To { get; }

    /// <summary>Gets the run.</summary>
    public RunResult Run { get; }

    /// <summary>Gets the number of stimuli.</summary>
    public int Stimuli { get; }

    /// <summary>Gets the stimuli whose reaction did not come before the next stimulus.</summary>
    public int Missed { get; }

    /// <summary>Gets the cycles spent in interrupt handlers, entry and return included.</summary>
    public long HandlerCycles { get; }

    /// <summary>Gets the stimuli that had a reaction.</summary>
    public IReadOnlyList<Reaction> Reactions { get; }

    /// <summary>Gets what the watched signals did.</summary>
    public IReadOnlyList<Transition> Transitions { get; }

    /// <summary>Gets the latency in clk_PER cycles.</summary>
    public Distribution Latency { get; }

    /// <summary>Gets the latency in picoseconds.</summary>
    public Distribution LatencyPicoseconds { get; }

    /// <summary>Gets the share of the run's cycles in which the CPU was awake, 0–1.</summary>
    public double CpuLoad => Run.Cycles == 0 ? 0 : 1 - ((double)Run.SleepCycles / Run.Cycles);

    /// <summary>Gets how many interrupts were taken.</summary>
    public long InterruptsTaken => Run.Interrupts.Values.Sum();

    /// <summary>Gets how many events the channels carried.</summary>
    public long EventsRouted => Run.Events.Values.Sum();
}

/// <summary>Whole numbers in order, and what people ask of them.</summary>
public sealed class Distribution
{
    private readonly long[] _sorted;

    /// <summary>Initializes a new instance of the <see cref="Distribution"/> class.</summary>
    /// <param name="values">The values, in any order.</param>
    public Distribution(IEnumerable<long> values) => _sorted = [.. values.Order()];

    /// <summary>Gets the values in rising order.</summary>
    public IReadOnlyList<long> Sorted => _sorted;

    /// <summary>Gets the smallest, or null when there is none.</summary>
    public long? Minimum => _sorted.Length > 0 ? _sorted[0] : null;

    /// <summary>Gets the largest, or null.</summary>
    public long? Maximum => _sorted.Length > 0 ? _sorted[^1] : null;

    /// <summary>Gets the value that half of all do not exceed, or null.</summary>
    public long? Median => Percentile(50);

    /// <summary>Gets the value that 99 of 100 do not exceed, or null.</summary>
    public long? Percentile99 => Percentile(99);

    /// <summary>Gets the largest less the smallest, or null.</summary>
    public long? Jitter => Maximum - Minimum;

    // Nearest rank: always one of the values.
    private long? Percentile(int percent) => _sorted.Length == 0 ? null : _sorted[(int)((((long)percent * _sorted.Length) + 99) / 100) - 1];
}
