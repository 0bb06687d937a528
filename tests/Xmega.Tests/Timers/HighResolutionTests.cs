using Xmega.Memory;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Timers.Waves;

namespace Xmega.Tests.Timers;

/// <summary>The Hi-Res extension (8077I ch. 16).</summary>
public class HighResolutionTests
{
    private const int FRQ = 1;
    private const int SS = 3;
    private const int DS_B = 7;

    // PSBCDIV 2_2: clk_PER4 = clk_SYS, clk_PER = clk_SYS / 4. The timer starts in cycle 0: CNT = 4 * cycle at first.
    private static Bench Start(int mode, int per, int cca = 0) => new Bench().Watch("PORTC.PIN0").Watch("TCC0.*").Watch("HIRESC.OC0A")
        .WriteProtected("CLK.PSCTRL", 3).Write("PORTC.DIR", 0xFF).Write("HIRESC.CTRLA", 1)
        .Write("TCC0.PER", per).Write("TCC0.CCA", cca).Write("TCC0.CTRLB", 0x10 | mode).Write("TCC0.CTRLA", 1);

    // The edges of OC0A in quarters of a cycle, with their level, from a cycle on.
    private static IEnumerable<(long Quarter, long Level)> Edges(Bench bench, long from, long to) => bench.Trace
        .Where(t => t.Signal == "TCC0.OC0A" && t.Cycle >= from && t.Cycle < to)
        .Zip(bench.Trace.Where(t => t.Signal == "HIRESC.OC0A" && t.Cycle >= from && t.Cycle < to), (edge, quarter) =>
        {
            Assert.Equal(edge.Cycle, quarter.Cycle);
            return ((4 * edge.Cycle) + quarter.Value, edge.Value);
        });

    [Fact]
    public void The_timer_counts_by_4_and_the_low_bits_of_CNT_are_zero()
    {
        // A period of (28 + 4) / 4 = 8 cycles; overflow on the tick that leaves TOP.
        Bench bench = Start(SS, 28);
        Assert.Equal([0, 4, 8, 12, 16, 20, 24, 28, 0, 4], Enumerable.Range(0, 10).Select(c => bench.AdvanceTo(c).Read("TCC0.CNT")));
        Assert.Equal([8, 16, 24], bench.AdvanceTo(30).CyclesOf("TCC0.OVF"));
        Assert.Equal(0x34, bench.Write("TCC0.CNT", 0x37).Read("TCC0.CNT"));
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    public static TheoryData<int> CompareValues => [.. Enumerable.Range(1, 31)];

    [Theory]
    [MemberData(nameof(CompareValues))]
    public void Single_slope_falls_CC_quarters_after_BOTTOM(int cc)
    {
        // BOTTOM at cycles 8 k: quarters 32 k. A pulse shorter than a cycle has both edges in one and is not seen.
        Bench bench = Start(SS, 28, cc).AdvanceTo(48);
        IEnumerable<(long, long)> expected = Enumerable.Range(1, 5).SelectMany(k => ((long, long)[])[(32 * k, 1), ((32 * k) + cc, 0)]);
        Assert.Equal(cc < 4 ? [] : expected, Edges(bench, 8, 48));
        // The pin changes at the beginning of the cycle in which the edge lies.
        Assert.Equal(Repeat(Pulse(0, cc / 4, 8 - (cc / 4)), 40), Levels(bench, "PORTC.PIN0", 8, 48));
        Assert.Equal((cc / 4) + 1, bench.CyclesOf("TCC0.CCA")[0]); // the match: upper 14 bits
    }

    [Theory]
    [MemberData(nameof(CompareValues))]
    public void Dual_slope_is_high_for_CC_quarters_on_either_side_of_BOTTOM(int cc)
    {
        // TOP = 32: 16 cycles a period, BOTTOM at 16 k.
        Bench bench = Start(DS_B, 32, cc).AdvanceTo(96);
        IEnumerable<(long, long)> expected = Enumerable.Range(1, 4).SelectMany(k => ((long, long)[])[((64 * k) + cc, 0), ((64 * k) + 64 - cc, 1)]);
        // With CC = 1 to 3 the fall lies in the first cycle after BOTTOM, with 29 to 31 in the last before TOP.
        Assert.Equal(expected, Edges(bench, 16, 80));
    }

    [Fact]
    public void Dual_slope_above_TOP_is_always_high()
    {
        Bench bench = Start(DS_B, 32, 33).AdvanceTo(96);
        Assert.Equal(new string('#', 80), Levels(bench, "PORTC.PIN0", 16, 96));
    }

    [Fact]
    public void Frequency_mode_toggles_every_CCA_plus_4_quarters()
    {
        Bench bench = Start(FRQ, 0xFFFF, 12).AdvanceTo(21);
        Assert.Equal([4, 8, 12, 16, 20], bench.CyclesOf("TCC0.OC0A"));
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Turned_off_the_timer_goes_on_by_1()
    {
        Bench bench = Start(SS, 28).AdvanceTo(5).Write("HIRESC.CTRLA", 0);
        Assert.Equal((20, 23), (bench.Read("TCC0.CNT"), bench.AdvanceTo(8).Read("TCC0.CNT")));
        bench.Write("HIRESC.CTRLA", 1);
        Assert.Equal((20, 24), (bench.Read("TCC0.CNT"), bench.AdvanceTo(9).Read("TCC0.CNT")));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 4, 1)]
    [InlineData(2, 1, 4)]
    [InlineData(3, 4, 4)]
    public void HREN_selects_the_timers(int hren, int count0, int count1)
    {
        Bench bench = new Bench().WriteProtected("CLK.PSCTRL", 3).Write("HIRESE.CTRLA", hren).Write("TCE0.CTRLA", 1).Write("TCE1.CTRLA", 1).Advance(3);
        Assert.Equal((3 * count0, 3 * count1), (bench.Read("TCE0.CNT"), bench.Read("TCE1.CNT")));
    }

    [Fact]
    public void Power_reduction_turns_it_off()
    {
        Bench bench = Start(SS, 28).Write("PR.PRPC", 0x04).Advance(3);
        Assert.Equal(3, bench.Read("TCC0.CNT"));
        Assert.Equal(4, bench.Write("PR.PRPC", 0).Advance(1).Read("TCC0.CNT")); // 3 became 0, then a tick of 4
    }

    [Theory]
    [InlineData(0, 1, 28, "clk_PER4 is 1 times clk_PER")]
    [InlineData(3, 2, 28, "CLKSEL of TCC0 is 2")]
    [InlineData(3, 1, 30, "TOP of TCC0 is 0x001E")]
    public void What_the_manual_leaves_undefined_is_said(int psctrl, int clksel, int per, string words)
    {
        Bench bench = new Bench().WriteProtected("CLK.PSCTRL", psctrl).Write("HIRESC.CTRLA", 1).Write("TCC0.PER", per).Write("TCC0.CTRLB", 0x10 | SS);
        Assert.Empty(bench.Chip.Diagnostics.All);
        bench.Write("TCC0.CTRLA", clksel);
        Diagnostic said = Assert.Single(bench.Chip.Diagnostics.All);
        Assert.Equal(DiagnosticKind.Configuration, said.Kind);
        Assert.Contains(words, said.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_the_clock_that_undoes_it_is_said_too()
    {
        Bench bench = Start(SS, 28);
        Assert.Empty(bench.Chip.Diagnostics.All);
        bench.WriteProtected("CLK.PSCTRL", 0);
        Assert.Contains("clk_PER4", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_goes_out_and_back()
    {
        Bench straight = Start(DS_B, 32, 18).AdvanceTo(21);
        var save = new StateStream();
        straight.Chip.Timeline.State(save);
        foreach (IoModule module in straight.Chip.Data.Io.Modules) module.State(save);
        Bench resumed = new Bench().AdvanceTo(21);
        var load = new StateStream(save.ToArray());
        resumed.Chip.Timeline.State(load);
        foreach (IoModule module in resumed.Chip.Data.Io.Modules) module.State(load);
        resumed.Watch("PORTC.PIN0").Watch("TCC0.*").Watch("HIRESC.OC0A").AdvanceTo(70);
        Assert.Equal(straight.AdvanceTo(70).Read("TCC0.CNT"), resumed.Read("TCC0.CNT"));
        Assert.Equal(straight.Chip.Signals.Find("HIRESC.OC0A")!.Value, resumed.Chip.Signals.Find("HIRESC.OC0A")!.Value);
        Assert.Equal(Edges(straight, 22, 70), Edges(resumed, 22, 70));
        Assert.NotEmpty(Edges(resumed, 22, 70));
    }

    [Fact]
    public void Dead_times_stay_whole_cycles()
    {
        // WGA rises at 8 k and falls at 8 k + 18 / 4, rounded down 4: low side from 1 to 4, high side from 4 + 2 to 8.
        Bench bench = Start(SS, 28, 18).Watch("PORTC.PIN1").Write("AWEXC.DTLS", 1).Write("AWEXC.DTHS", 2).Write("AWEXC.OUTOVEN", 3).Write("AWEXC.CTRL", 1).AdvanceTo(40);
        Assert.Equal(Repeat("_###____", 32), Levels(bench, "PORTC.PIN0", 8, 40));
        Assert.Equal(Repeat("______##", 32), Levels(bench, "PORTC.PIN1", 8, 40));
    }
}
