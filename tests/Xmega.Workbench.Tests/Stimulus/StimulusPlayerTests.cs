using Xmega.TestSupport;
using Xmega.Workbench.Stimulus;
using Xunit;

namespace Xmega.Workbench.Tests.Stimulus;

/// <summary>Edges come in the first cycle that begins at or after their time: 500 ns a cycle at 2 MHz.</summary>
public class StimulusPlayerTests
{
    private readonly Bench _bench = new Bench().Watch("PORTC.PIN?");

    [Fact]
    public void Absolute_and_relative_times_give_exact_cycles()
    {
        Play("0 PORTC.PIN0 0\n1us PORTC.PIN0 1\n+1us PORTC.PIN0 0\n10us PORTC.PIN0 1\n10001ns PORTC.PIN0 0", 100);
        Assert.Equal([(0L, 0L), (2, 1), (4, 0), (20, 1), (21, 0)], Edges("PORTC.PIN0"));
    }

    [Fact]
    public void Lines_at_the_same_time_act_in_the_same_cycle()
    {
        Play("1us PORTC.PIN0 1\n1us PORTC.PIN1 1\n+0 PORTC.PIN2 1", 100);
        Assert.Equal([(2L, "PORTC.PIN0"), (2, "PORTC.PIN1"), (2, "PORTC.PIN2")], _bench.Trace.Select(t => (t.Cycle, t.Signal)));
    }

    [Fact]
    public void Z_lets_go_of_the_pin()
    {
        Play("1us PORTC.PIN0 1\n2us PORTC.PIN0 z\n3us PORTC.PIN0 0", 100);
        Assert.Equal([(2L, 1L), (4, 2), (6, 0)], Edges("PORTC.PIN0"));
    }

    [Fact]
    public void A_loop_does_its_lines_so_often()
    {
        Play("1us PORTC.PIN0 0\nrepeat 3\n+1us PORTC.PIN0 1\n+500ns PORTC.PIN0 0\nend\n+5us PORTC.PIN0 1", 100);
        Assert.Equal([(2L, 0L), (4, 1), (5, 0), (7, 1), (8, 0), (10, 1), (11, 0), (21, 1)], Edges("PORTC.PIN0"));
    }

    [Fact]
    public void Loops_nest()
    {
        Play("repeat 2\n+5us PORTC.PIN1 1\nrepeat 2\n+1us PORTC.PIN0 1\n+1us PORTC.PIN0 0\nend\n+1us PORTC.PIN1 0\nend", 200);
        Assert.Equal([(10L, 1L), (20, 0), (30, 1), (40, 0)], Edges("PORTC.PIN1"));
        Assert.Equal([(12L, 1L), (14, 0), (16, 1), (18, 0), (32, 1), (34, 0), (36, 1), (38, 0)], Edges("PORTC.PIN0"));
    }

    [Fact]
    public void Times_of_the_world_stay_when_the_clock_changes()
    {
        // 10 cycles of 500 ns are 5 µs; the other 5 µs to the edge are 160 cycles of 31.25 ns, the next ones 32 each.
        _ = new StimulusPlayer(_bench.Chip, StimulusFile.Parse("10us PORTC.PIN0 1\n+1us PORTC.PIN0 0\n12us PORTC.PIN0 1", "in.txt", _bench.Chip), "test");
        _bench.AdvanceTo(10).Chip.Timeline.SetFrequency(32_000_000, 1);
        _bench.Advance(1000);
        Assert.Equal([(170L, 1L), (202, 0), (234, 1)], Edges("PORTC.PIN0"));
    }

    [Fact]
    public void A_wait_that_no_cycle_divides_does_not_drift()
    {
        // 333 ns a step at 2 MHz: step n is in the first cycle at or after n * 333 / 500.
        Play("repeat 1000\n+333ns PORTC.PIN0 1\n+333ns PORTC.PIN0 0\nend", 10_000);
        Assert.Equal(Enumerable.Range(1, 2000).Select(n => ((n * 333L) + 499) / 500).Distinct().Max(), _bench.Trace[^1].Cycle);
    }

    [Fact]
    public void Pulls_give_way_to_the_chip()
    {
        Play("1us PORTC.PIN0 pullup\n1us PORTC.PIN1 pulldown", 10);
        _bench.Write("PORTC.DIRSET", 3).Write("PORTC.OUTSET", 2);
        Assert.Equal([(2L, "PORTC.PIN0", 1L), (2, "PORTC.PIN1", 0), (10, "PORTC.PIN0", 0), (10, "PORTC.PIN1", 1)], _bench.Trace);
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Text_with_a_rate_is_on_the_pin_bit_by_bit()
    {
        // 10,000 baud at 2 MHz: 200 cycles a bit, after one bit of idle line; A is 1000 0010 with the lowest bit first.
        Play("1ms PORTC.PIN5 \"A\" 10000", 6000);
        Assert.Equal([(0L, 1L), (2200, 0), (2400, 1), (2600, 0), (3600, 1), (3800, 0), (4000, 1)], Edges("PORTC.PIN5"));
    }

    [Fact]
    public void Text_for_a_receiver_waits_for_it_and_loses_nothing()
    {
        Play("0 USARTC0.RX \"abcd\"\n1ms USARTC0.RX \"e\"", 5000);
        _bench.Write("USARTC0.BAUDCTRLA", 1).Write("USARTC0.CTRLB", 0x10);
        string text = "";
        for (int i = 0; i < 100; i++)
        {
            _bench.Advance(1000);
            if ((_bench.Read("USARTC0.STATUS") & 0x80) != 0) text += (char)_bench.Read("USARTC0.DATA");
        }

        Assert.Equal("abcde", text);
    }

    [Fact]
    public void Volts_follow_their_shapes_from_the_time_of_the_line_on()
    {
        long Microvolts(string pin = "PORTA.PIN1") => _bench.Chip.FindPin(pin)!.Microvolts;
        Play("0 PORTA.PIN1 1.2V\n1ms PORTA.PIN1 ramp 0V 2V 1ms\n+1ms PORTA.PIN1 0\n+1ms VCC step 3.3V 2V 500us", 1000);
        Assert.Equal(1_200_000, Microvolts());
        _bench.AdvanceTo(3000);
        Assert.Equal(1_000_000, Microvolts());
        _bench.AdvanceTo(4001);
        Assert.Equal(0, Microvolts());
        _bench.AdvanceTo(6999);
        Assert.Equal(3_300_000, _bench.Chip.Vcc);
        _bench.AdvanceTo(7000);
        Assert.Equal(2_000_000, _bench.Chip.Vcc);
    }

    private (long Cycle, long Value)[] Edges(string pin) => [.. _bench.Trace.Where(t => t.Signal == pin).Select(t => (t.Cycle, t.Value))];

    [Fact]
    public void The_external_clock_comes_and_stops()
    {
        // The failure monitor is on: back to 2 MHz when it stops.
        Play("0 XTAL 8MHz\n10us xtal 0Hz\n20us XTAL 500kHz", 1);
        _bench.Watch("CLK.PER").Write("OSC.CTRL", 0x09).Advance(5).WriteProtected("CLK.CTRL", 3).WriteProtected("OSC.XOSCFAIL", 1).Advance(100);
        Assert.Equal([8_000_000L, 2_000_000], _bench.Trace.Where(t => t.Signal == "CLK.PER").Select(t => t.Value));
        Assert.Equal(3, _bench.Read("OSC.XOSCFAIL"));
        Assert.Equal(500_000, _bench.Chip.ExternalClockHertz);
    }

    private void Play(string text, long cycles)
    {
        _ = new StimulusPlayer(_bench.Chip, StimulusFile.Parse(text, "in.txt", _bench.Chip), "test");
        _bench.Advance(cycles);
    }
}
