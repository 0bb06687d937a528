using System.Globalization;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Comparison;

/// <summary>A line of the comparison: one figure of both firmwares, and their ratio where that means something.</summary>
/// <param name="Key">Name in JSON.</param>
/// <param name="Label">Name for people.</param>
/// <param name="A">The first firmware's figure; null when there is none.</param>
/// <param name="B">The second's.</param>
/// <param name="Unit">What the figures count.</param>
public sealed record ComparisonRow(string Key, string Label, decimal? A, decimal? B, ComparisonUnit Unit)
{
    /// <summary>Gets the first over the second, where both are there and the second is not zero.</summary>
    public decimal? Ratio => A is { } a && B is { } b && b != 0 ? Math.Round(a / b, 3) : null;

    /// <summary>A figure as people read it.</summary>
    /// <param name="value">The figure.</param>
    /// <returns>Text; a dash for none.</returns>
    public string Format(decimal? value) => value is not { } v ? "–" : Unit switch
    {
        ComparisonUnit.Time => EmulatedTime.Format((long)v),
        ComparisonUnit.Share => (v * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %",
        _ => v.ToString("N0", CultureInfo.InvariantCulture),
    };
}

/// <summary>What a figure counts.</summary>
public enum ComparisonUnit
{
    /// <summary>Things.</summary>
    Count,

    /// <summary>clk_PER cycles.</summary>
    Cycles,

    /// <summary>Picoseconds.</summary>
    Time,

    /// <summary>A share of one.</summary>
    Share,
}

/// <summary>Two measurements side by side: the rows that the terminal, JSON and HTML all show.</summary>
public static class ComparisonTable
{
    /// <summary>The stimulus that tells most: the slowest of those that had a reaction in both, as far as pictures were kept.</summary>
    /// <param name="a">The first firmware.</param>
    /// <param name="b">The second.</param>
    /// <returns>Its reactions; null when there is none.</returns>
    public static (Reaction A, Reaction B)? TellingStimulus(Measurement a, Measurement b)
    {
        long lastA = a.Transitions.Count > 0 ? a.Transitions[^1].Cycle : 0, lastB = b.Transitions.Count > 0 ? b.Transitions[^1].Cycle : 0;
        Dictionary<int, Reaction> inB = b.Reactions.Where(r => r.ReactionCycle <= lastB).ToDictionary(r => r.Ordinal);
        (Reaction A, Reaction B)? slowest = null;
        foreach (Reaction reaction in a.Reactions.Where(r => r.ReactionCycle <= lastA))
        {
            if (!inB.TryGetValue(reaction.Ordinal, out Reaction other)) continue;
            if (slowest is not { } s || Math.Max(reaction.Cycles, other.Cycles) > Math.Max(s.A.Cycles, s.B.Cycles)) slowest = (reaction, other);
        }

        return slowest;
    }

    /// <summary>The rows.</summary>
    /// <param name="a">The first firmware.</param>
    /// <param name="b">The second.</param>
    /// <returns>In the order they are shown.</returns>
    public static IReadOnlyList<ComparisonRow> Rows(Measurement a, Measurement b)
    {
        return
        [
            Row("stimuli", "stimuli", ComparisonUnit.Count, m => m.Stimuli),
            Row("reactions", "reactions", ComparisonUnit.Count, m => m.Reactions.Count),
            Row("missed", "missed reactions", ComparisonUnit.Count, m => m.Missed),
            Row("latencyMin", "latency, min (cycles)", ComparisonUnit.Cycles, m => m.Latency.Minimum),
            Row("latencyMedian", "latency, median", ComparisonUnit.Cycles, m => m.Latency.Median),
            Row("latencyP99", "latency, p99", ComparisonUnit.Cycles, m => m.Latency.Percentile99),
            Row("latencyMax", "latency, max", ComparisonUnit.Cycles, m => m.Latency.Maximum),
            Row("latencyMedianPs", "latency, median (time)", ComparisonUnit.Time, m => m.LatencyPicoseconds.Median),
            Row("latencyMaxPs", "latency, max (time)", ComparisonUnit.Time, m => m.LatencyPicoseconds.Maximum),
            Row("jitter", "jitter (cycles)", ComparisonUnit.Cycles, m => m.Latency.Jitter),
            Row("handlerCycles", "CPU cycles in handlers", ComparisonUnit.Cycles, m => m.HandlerCycles),
            Row("cpuLoad", "CPU load", ComparisonUnit.Share, m => Math.Round((decimal)m.CpuLoad, 6)),
            Row("sleepCycles", "cycles asleep", ComparisonUnit.Cycles, m => m.Run.SleepCycles),
            Row("interrupts", "interrupts taken", ComparisonUnit.Count, m => m.InterruptsTaken),
            Row("events", "events routed", ComparisonUnit.Count, m => m.EventsRouted),
            Row("cycles", "cycles run", ComparisonUnit.Cycles, m => m.Run.Cycles),
        ];

        ComparisonRow Row(string key, string label, ComparisonUnit unit, Func<Measurement, decimal?> figure) => new(key, label, figure(a), figure(b), unit);
    }
}
