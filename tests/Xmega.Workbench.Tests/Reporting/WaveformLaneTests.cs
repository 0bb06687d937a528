using CsCheck;
using Xmega.Workbench.Reporting;
using Xunit;

namespace Xmega.Workbench.Tests.Reporting;

/// <summary>A lane is bounded, and yet has the whole run.</summary>
public class WaveformLaneTests
{
    [Fact]
    public void The_first_changes_are_exact()
    {
        WaveformLane lane = Lane(WaveformLane.ExactChanges, n => 10 * n);
        Assert.Equal(WaveformLane.ExactChanges, lane.Exact.Count);
        Assert.Empty(lane.Blocks);
        Assert.Equal((0, 10L * (WaveformLane.ExactChanges - 1)), (lane.First, lane.Last));
    }

    [Fact]
    public void A_steady_signal_of_any_length_ends_as_a_block()
    {
        WaveformLane lane = Lane(1_000_000, n => 500_000L * n);
        Assert.Equal(1_000_000 - WaveformLane.ExactChanges, Assert.Single(lane.Blocks).Count);
        Assert.Equal(lane.Last, lane.Blocks[0].End);
    }

    [Fact]
    public void Bursts_stay_apart_by_their_pauses()
    {
        // A thousand bursts of three changes: the changes join, the pauses stay.
        WaveformLane lane = Lane(3000 + WaveformLane.ExactChanges, n => (n / 3 * 1_000_000_000L) + (n % 3 * 1_000_000L));
        Assert.Equal(1000, lane.Blocks.Count);
        Assert.All(lane.Blocks, b => Assert.Equal((3, 2_000_000), (b.Count, b.End - b.Start)));
    }

    [Fact]
    public void High_time_is_what_the_levels_say()
    {
        var lane = new WaveformLane("X", LaneKind.Level, 1, 100);
        lane.Add(150, 0);
        lane.Add(400, 1);
        lane.Add(410, 2);
        lane.Add(500, 1);
        Assert.Equal(50 + 10 + 7, lane.HighUntil(507));
    }

    [Fact]
    public void Nothing_is_lost_and_nothing_overlaps() => Gen.Long[0, 5_000_000].Array[0, 9000].Sample(
        gaps =>
        {
            var lane = new WaveformLane("X", LaneKind.Event, 0, 0);
            long time = 0;
            foreach (long gap in gaps) lane.Add(time += gap, 1);
            long[] ends = [.. lane.Exact.SelectMany(e => new[] { e.Time, e.Time }), .. lane.Blocks.SelectMany(b => new[] { b.Start, b.End })];
            return lane.Exact.Count + lane.Blocks.Sum(b => b.Count) == gaps.Length && lane.Count == gaps.Length && lane.Blocks.Count <= 1000 && ends.Order().SequenceEqual(ends);
        },
        iter: 50);

    private static WaveformLane Lane(int changes, Func<int, long> time)
    {
        var lane = new WaveformLane("X", LaneKind.Level, 0, 0);
        for (int n = 0; n < changes; n++) lane.Add(time(n), (n + 1) & 1);
        return lane;
    }
}
