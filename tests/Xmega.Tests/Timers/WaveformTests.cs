using Xmega.Memory;
using Xmega.TestSupport;
using Xmega.Timers;
using Xunit;
using static Xmega.Tests.Timers.Waves;

namespace Xmega.Tests.Timers;

/// <summary>What comes out at the pins, against waveforms drawn from the manual's words cycle by cycle.</summary>
public class WaveformTests
{
    private const int SS = 3;
    private const int DS_T = 5;
    private const int DS_TB = 6;
    private const int DS_B = 7;
    private const int Per = 5;

    private static Bench Start(int mode, int clksel = 1) => new Bench().Watch("PORTC.PIN?").Write("PORTC.DIR", 0xFF).Write("TCC0.PER", Per).Write("TCC0.CTRLB", 0xF0 | mode).Write("TCC0.CTRLA", clksel);

    public static TheoryData<int> CompareValues => [.. Enumerable.Range(0, Per + 3)];

    [Theory]
    [MemberData(nameof(CompareValues))]
    public void Single_slope_is_high_for_CC_of_PER_plus_1_ticks_from_BOTTOM_on(int cc)
    {
        // CNT = cycle mod 6; the first BOTTOM that the counter arrives at is in cycle 6.
        Bench bench = Start(SS).Write("TCC0.CCC", cc).AdvanceTo(60);
        string period = new string('#', Math.Min(cc, Per + 1)) + new string('_', Math.Max(Per + 1 - cc, 0));
        Assert.Equal(Repeat(period, 54), Levels(bench, "PORTC.PIN2", 6, 60));
    }

    [Theory]
    [MemberData(nameof(CompareValues))]
    public void Dual_slope_is_high_for_2_CC_of_2_PER_ticks_around_BOTTOM(int cc)
    {
        // A period of 10 ticks, BOTTOM at 10, 20, ...; cleared at the match going up, set at the match going down.
        int high = Math.Min(cc, Per);
        string period = new string('#', high) + new string('_', 2 * (Per - high)) + new string('#', high);
        foreach (int mode in (int[])[DS_T, DS_TB, DS_B])
        {
            Bench bench = Start(mode).Write("TCC0.CCD", cc).AdvanceTo(70);
            Assert.Equal(Repeat(period, 60), Levels(bench, "PORTC.PIN3", 10, 70));
        }
    }

    [Theory]
    [MemberData(nameof(CompareValues))]
    public void Frequency_toggles_every_CCA_plus_1_ticks(int cca)
    {
        Bench bench = new Bench().Watch("PORTC.PIN0").Write("PORTC.DIR", 1).Write("TCC0.CCA", cca).Write("TCC0.CTRLB", 0x11).Write("TCC0.CTRLA", 2).AdvanceTo(100);
        // Ticks at 2, 4, ...: toggles at 2 (CCA + 1), 4 (CCA + 1), ...
        long[] toggles = [.. Enumerable.Range(1, 100).Select(k => 2L * k * (cca + 1)).Where(c => c <= 100)];
        Assert.Equal(toggles, bench.CyclesOf("PORTC.PIN0").Where(c => c > 0));
    }

    [Theory]
    [InlineData(0, "4 8 12 16 20 24")]
    [InlineData(SS, "4 8 12 16 20 24")]
    [InlineData(DS_T, "4 10 16 22")]              // CNT is at TOP in cycle 3, 9, ...
    [InlineData(DS_B, "6 12 18 24")]
    [InlineData(DS_TB, "4 6 10 12 16 18 22 24")]
    public void Overflow_comes_where_the_mode_says(int mode, string cycles)
    {
        Bench bench = new Bench().Watch("TCC0.OVF").Write("TCC0.PER", 3).Write("TCC0.CTRLB", mode).Write("TCC0.CTRLA", 1).AdvanceTo(24);
        Assert.Equal(cycles, string.Join(' ', bench.CyclesOf("TCC0.OVF")));
    }

    [Fact]
    public void Dual_slope_shows_its_direction_in_DIR()
    {
        Bench bench = new Bench().Write("TCC0.PER", 3).Write("TCC0.CTRLB", DS_T).Write("TCC0.CTRLA", 1);
        Assert.Equal([0, 0, 0, 1, 1, 1, 0, 0], Enumerable.Range(0, 8).Select(c => bench.AdvanceTo(c).Read("TCC0.CTRLFSET") & 1));
    }

    [Fact]
    public void A_buffered_duty_cycle_changes_at_BOTTOM_and_nowhere_else()
    {
        Bench bench = Start(SS).Write("TCC0.CCA", 4).AdvanceTo(15).Write("TCC0.CCABUF", 1).AdvanceTo(30);
        Assert.Equal("####__####__#_____#_____", Levels(bench, "PORTC.PIN0", 6, 30));
    }

    [Fact]
    public void An_unbuffered_duty_cycle_below_the_count_is_missed_for_one_period()
    {
        Bench bench = Start(SS).Write("TCC0.CCA", 5).AdvanceTo(15).Write("TCC0.CCA", 2).AdvanceTo(30); // CNT = 3
        Assert.Equal("#####_########____##____", Levels(bench, "PORTC.PIN0", 6, 30));
    }

    [Fact]
    public void The_outputs_of_timer_1_are_on_pins_4_and_5()
    {
        Bench bench = new Bench().Watch("PORTE.PIN?").Write("PORTE.DIR", 0xFF).Write("TCE1.PER", 3).Write("TCE1.CCA", 1).Write("TCE1.CCB", 2)
            .Write("TCE1.CTRLB", 0x30 | SS).Write("TCE1.CTRLA", 1).AdvanceTo(20);
        Assert.Equal(Repeat("#___", 16), Levels(bench, "PORTE.PIN4", 4, 20));
        Assert.Equal(Repeat("##__", 16), Levels(bench, "PORTE.PIN5", 4, 20));
    }

    [Fact]
    public void Only_an_enabled_channel_in_a_waveform_mode_takes_the_place_of_OUT()
    {
        Bench bench = new Bench().Write("PORTC.DIR", 0x0F).Write("PORTC.OUT", 0x0F).Write("TCC0.CTRLB", 0xF0);
        Assert.Equal(0x0F, bench.Advance(5).Read("PORTC.IN"));                           // NORMAL: no override
        Assert.Equal(0x0A, bench.Write("TCC0.CTRLB", 0x50 | SS).Advance(5).Read("PORTC.IN")); // A and C, low at first
        Assert.Equal(0x0F, bench.Write("TCC0.CTRLB", SS).Advance(5).Read("PORTC.IN"));
    }

    [Fact]
    public void CTRLC_presets_the_outputs_while_the_timer_is_off_and_RESTART_clears_them()
    {
        Bench bench = new Bench().Write("PORTC.DIR", 0x0F).Write("TCC0.CTRLB", 0xF0 | SS).Write("TCC0.CTRLC", 0x05);
        Assert.Equal(0x05, bench.Advance(5).Read("PORTC.IN") & 0x0F);
        bench.Write("TCC0.CTRLFSET", 0x08);
        Assert.Equal((0, 0), (bench.Read("TCC0.CTRLC"), bench.Advance(5).Read("PORTC.IN") & 0x0F));
        bench.Write("TCC0.CTRLA", 1).Write("TCC0.CTRLC", 0x05);
        Assert.Equal(0, bench.Read("TCC0.CTRLC"));
    }

    [Fact]
    public void Outputs_nobody_sees_cost_nothing_and_are_right_when_looked_at()
    {
        Bench bench = new Bench().Write("TCC0.PER", 9).Write("TCC0.CCA", 3).Write("TCC0.CCB", 7).Write("TCC0.CTRLB", SS).Write("TCC0.CTRLA", 1);
        Assert.Equal(0, bench.Chip.Services.Schedule.Count);
        Assert.Equal(0x02, bench.AdvanceTo(5_000_000_004).Read("TCC0.CTRLC")); // CNT = 4: A is past, B is not
        Assert.Equal(0x00, bench.AdvanceTo(5_000_000_007).Read("TCC0.CTRLC"));
    }

    [Fact]
    public void An_extension_takes_an_output_over_and_gives_it_back()
    {
        Bench bench = Start(SS).Write("TCC0.CCA", 2);
        IoModule module = bench.Chip.Data.Io.Modules.Single(m => m.Name == "TCC0");
        CompareOutput output = ((TimerCounter)module).Outputs[0];
        var edges = new List<(long, bool)>();
        output.Changed += () => edges.Add((bench.Now, output.Level));
        output.IsFollowed = output.IsDetached = true;
        bench.AdvanceTo(15);
        Assert.Equal([(6, true), (8, false), (12, true), (14, false)], edges);
        Assert.DoesNotContain(bench.Trace, t => t.Signal == "PORTC.PIN0" && t.Value == 1);
        output.IsFollowed = output.IsDetached = false;
        bench.AdvanceTo(20);
        Assert.Equal([18], bench.CyclesOf("PORTC.PIN0", 1));
    }
}
