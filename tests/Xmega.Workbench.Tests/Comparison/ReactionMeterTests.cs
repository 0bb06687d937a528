using Xmega.Signals;
using Xmega.TestSupport;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Workbench.Tests.Comparison;

/// <summary>Latency between two signals that the test makes itself, and cycles in handlers that it counts by hand.</summary>
public class ReactionMeterTests
{
    private readonly Bench _bench = new();
    private readonly Signal _from;
    private readonly Signal _to;

    public ReactionMeterTests()
    {
        _from = _bench.Chip.Services.Signals.Add("T.FROM", SignalKind.Bit, 1, "stimulus", () => 0);
        _to = _bench.Chip.Services.Signals.Add("T.TO", SignalKind.Bit, 1, "reaction", () => 0);
    }

    [Fact]
    public void A_latency_is_the_cycles_from_stimulus_to_reaction()
    {
        ReactionMeter meter = Meter(1, 1);
        At(10, _from, 1).At(14, _to, 1).At(20, _from, 0).At(21, _to, 0).At(30, _from, 1).At(37, _to, 1);
        Assert.Equal([new Reaction(1, 10, 14, 4 * 500_000), new Reaction(2, 30, 37, 7 * 500_000)], meter.Reactions);
        Assert.Equal([4L, 7], meter.Reactions.Select(r => r.Cycles));
        Assert.Equal((2, 0), (meter.Stimuli, meter.Missed));
    }

    [Fact]
    public void Without_a_value_every_change_counts()
    {
        ReactionMeter meter = Meter(null, null);
        At(10, _from, 1).At(14, _to, 1).At(20, _from, 0).At(21, _to, 0);
        Assert.Equal([4L, 1], meter.Reactions.Select(r => r.Cycles));
    }

    [Fact]
    public void A_reaction_in_the_same_cycle_takes_none()
    {
        ReactionMeter meter = Meter(1, 1);
        At(10, _from, 1).At(10, _to, 1);
        Assert.Equal(0, Assert.Single(meter.Reactions).Cycles);
    }

    [Fact]
    public void A_stimulus_that_the_next_one_overtakes_is_missed_and_the_last_one_is_open()
    {
        ReactionMeter meter = Meter(1, 1);
        At(5, _to, 1).At(10, _from, 1).At(20, _from, 1).At(23, _to, 1).At(24, _to, 1).At(30, _from, 1);
        Assert.Equal((3, 1), (meter.Stimuli, meter.Missed));
        Assert.Equal(new Reaction(2, 20, 23, 1_500_000), Assert.Single(meter.Reactions));
    }

    [Fact]
    public void Time_is_exact_when_the_clock_changes_between()
    {
        ReactionMeter meter = Meter(1, 1);
        At(10, _from, 1);
        _bench.AdvanceTo(14).Chip.Timeline.SetFrequency(32_000_000, 1);
        At(46, _to, 1);
        Assert.Equal(new Reaction(1, 10, 46, (4 * 500_000) + (32 * 31_250)), Assert.Single(meter.Reactions));
    }

    [Fact]
    public void Nothing_is_watched_when_it_is_finished()
    {
        ReactionMeter meter = Meter(1, 1);
        Assert.True(_from.IsWatched);
        meter.Finish();
        Assert.All(_bench.Chip.Signals.All, s => Assert.False(s.IsWatched));
    }

    // Entry takes 3 cycles, RETI 5 (22-bit program counter). The low handler is nop, nop, reti; the high one a reti.
    [Theory]
    [InlineData(0, 3 + 2 + 5)]                  // alone
    [InlineData(14, 3 + 2 + 5 + 3 + 5)]         // the high one interrupts the low one: one span, nothing counted twice
    [InlineData(60, (3 + 2 + 5) + (3 + 5))]     // one after the other
    public void Cycles_in_handlers_count_from_entry_to_the_end_of_the_return(long second, long expected)
    {
        var bench = new InterruptBench([.. Enumerable.Repeat("nop", 100), "break"]);
        bench.Source(10, 1, 10).Handler(10, "nop", "nop", "reti");
        bench.Source(20, 3, second == 0 ? [] : [second]);
        ReactionMeter meter = new(bench.Chip, Condition(bench, "PMIC.TEST_10", 1), Condition(bench, "PMIC.TEST_10", 0));
        bench.Run();
        meter.Finish();
        Assert.Equal(expected, meter.HandlerCycles);
        Assert.Equal((second == 14 ? 18 : 10) - 1, Assert.Single(meter.Reactions).Cycles); // to the last cycle of RETI
    }

    [Fact]
    public void A_handler_that_still_runs_at_the_end_counts_up_to_there()
    {
        var bench = new InterruptBench([.. Enumerable.Repeat("nop", 100)]);
        bench.Source(10, 1, 10).Handler(10, "nop", "nop", "break");
        ReactionMeter meter = new(bench.Chip, Condition(bench, "PMIC.TEST_10", 1), Condition(bench, "PMIC.TEST_10", 0));
        bench.Run();
        meter.Finish();
        Assert.Equal(3 + 2 + 1, meter.HandlerCycles);
    }

    private static SignalCondition Condition(InterruptBench bench, string name, long value) => new(bench.Chip.Signals.Find(name)!, value);

    private ReactionMeter Meter(long? from, long? to) => new(_bench.Chip, new SignalCondition(_from, from), new SignalCondition(_to, to));

    private ReactionMeterTests At(long cycle, Signal signal, long value)
    {
        _bench.AdvanceTo(cycle);
        signal.Changed(value);
        return this;
    }
}
