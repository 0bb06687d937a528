using Xmega.Workbench.Comparison;
using Xunit;

namespace Xmega.Workbench.Tests.Comparison;

public class ComparisonTableTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(3, 2, 3)]
    [InlineData(4, 2, 4)]
    [InlineData(99, 50, 99)]
    [InlineData(100, 50, 99)]
    [InlineData(101, 51, 100)]
    [InlineData(200, 100, 198)]
    [InlineData(1000, 500, 990)]
    public void Percentiles_are_values_of_the_nearest_rank(int count, long median, long p99)
    {
        // 1 … count, the largest first: the value is its own rank, ceil(percent * count / 100).
        var distribution = new Distribution(Enumerable.Range(1, count).Select(v => (long)v).Reverse());
        Assert.Equal((median, p99), (distribution.Median, distribution.Percentile99));
        Assert.Equal((1, count, count - 1), (distribution.Minimum, distribution.Maximum, distribution.Jitter));
    }

    [Fact]
    public void Of_nothing_there_are_no_figures()
    {
        var distribution = new Distribution([]);
        Assert.Empty(distribution.Sorted);
        Assert.All(new[] { distribution.Minimum, distribution.Maximum, distribution.Median, distribution.Percentile99, distribution.Jitter }, v => Assert.Null(v));
    }

    [Fact]
    public void A_ratio_is_the_first_over_the_second_where_both_are_there()
    {
        Dictionary<string, ComparisonRow> rows = Rows(Measurements.Of("a", 30, 20, 40, null, 90), Measurements.Sleeping("b", 2000, [4, 4, 4, 4, 4]));
        Assert.Equal((5, 5, 1m), Row(rows["stimuli"]));
        Assert.Equal((4, 5, 0.8m), Row(rows["reactions"]));
        Assert.Equal((1, 0, null), Row(rows["missed"]));
        Assert.Equal((20, 4, 5m), Row(rows["latencyMin"]));
        Assert.Equal((30, 4, 7.5m), Row(rows["latencyMedian"]));
        Assert.Equal((90, 4, 22.5m), Row(rows["latencyMax"]));
        Assert.Equal((90 * 500_000, 4 * 500_000, 22.5m), Row(rows["latencyMaxPs"]));
        Assert.Equal((70, 0, null), Row(rows["jitter"]));
        Assert.Equal((1m, 0.666667m, 1.5m), Row(rows["cpuLoad"]));
        Assert.Equal((0, 2000, 0m), Row(rows["sleepCycles"]));
        Assert.Equal((7, 7, 1m), Row(rows["interrupts"]));
        Assert.Equal((5, 5, 1m), Row(rows["events"]));
    }

    [Fact]
    public void Where_there_was_no_reaction_there_is_a_dash()
    {
        ComparisonRow row = Rows(Measurements.Of("a", null, null), Measurements.Of("b", 4, 4))["latencyMax"];
        Assert.Equal(((decimal?)null, 4m, (decimal?)null), Row(row));
        Assert.Equal(("–", "4"), (row.Format(row.A), row.Format(row.B)));
    }

    [Theory]
    [InlineData(ComparisonUnit.Count, 1234567, "1,234,567")]
    [InlineData(ComparisonUnit.Cycles, 0, "0")]
    [InlineData(ComparisonUnit.Time, 1_343_750, "1.344 us")]
    [InlineData(ComparisonUnit.Share, 0.123456, "12.35 %")]
    public void Figures_read_as_their_unit_asks(ComparisonUnit unit, double value, string text) =>
        Assert.Equal(text, new ComparisonRow("", "", null, null, unit).Format((decimal)value));

    [Fact]
    public void The_telling_stimulus_is_the_slowest_that_both_reacted_to()
    {
        (Reaction a, Reaction b) = ComparisonTable.TellingStimulus(Measurements.Of("a", 30, 90, 40, 20), Measurements.Of("b", 4, null, 4, 50))!.Value;
        Assert.Equal((4, 20, 4, 50), (a.Ordinal, a.Cycles, b.Ordinal, b.Cycles));
        Assert.Equal((4000, 4050), (b.StimulusCycle, b.ReactionCycle));
    }

    [Fact]
    public void Of_equals_the_first_is_told()
    {
        (Reaction a, _) = ComparisonTable.TellingStimulus(Measurements.Of("a", 9, 9), Measurements.Of("b", 9, 9))!.Value;
        Assert.Equal(1, a.Ordinal);
    }

    [Fact]
    public void No_stimulus_tells_when_none_had_both_reactions() =>
        Assert.Null(ComparisonTable.TellingStimulus(Measurements.Of("a", 4, null), Measurements.Of("b", null, 4)));

    private static (decimal? A, decimal? B, decimal? Ratio) Row(ComparisonRow row) => (row.A, row.B, row.Ratio);

    private static Dictionary<string, ComparisonRow> Rows(Measurement a, Measurement b) => ComparisonTable.Rows(a, b).ToDictionary(r => r.Key);
}
