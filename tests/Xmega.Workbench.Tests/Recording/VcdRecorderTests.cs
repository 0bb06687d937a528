using System.Text;
using Xmega.Signals;
using Xmega.TestSupport;
using Xmega.Workbench.Recording;
using Xunit;

namespace Xmega.Workbench.Tests.Recording;

/// <summary>Recordings of signals that the test makes and changes itself: a cycle is 500 ns at 2 MHz, the clock after reset.</summary>
public class VcdRecorderTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void The_header_declares_one_bit_wires_first_in_scopes_by_module_and_has_no_date()
    {
        Signal count = Add("X.COUNT", SignalKind.Bus, 8, 5), volts = Add("X.AREF", SignalKind.Analog, 1, 1_650_000);
        Signal pin = Add("X.PIN", SignalKind.Bit, 1, 1), loose = Add("Y.PIN", SignalKind.Bit, 1, 2);
        Signal overflow = Add("Y.OVF", SignalKind.Event, 1, 0), sent = Add("Y.TX", SignalKind.Event, 9, 0);
        Assert.Equal(
            """
            $version Xmega $end
            $timescale 1 ns $end
            $scope module X $end
            $var wire 1 ! PIN $end
            $upscope $end
            $scope module Y $end
            $var wire 1 " PIN $end
            $var wire 1 # OVF $end
            $upscope $end
            $scope module X $end
            $var wire 8 $ COUNT $end
            $var real 64 % AREF $end
            $upscope $end
            $scope module Y $end
            $var wire 9 & TX $end
            $upscope $end
            $enddefinitions $end
            #0
            $dumpvars
            1!
            z"
            0#
            b101 $
            r1.65 %
            b0 &
            $end

            """,
            Record([count, volts, pin, loose, overflow, sent]));
    }

    [Fact]
    public void Levels_buses_and_volts_change_when_they_do()
    {
        Signal pin = Add("X.PIN"), bus = Add("X.BUS", SignalKind.Bus, 8), volts = Add("X.AREF", SignalKind.Analog), sent = Add("X.TX", SignalKind.Event, 9);
        Assert.Equal(
            "#1000\n1!\nb11111111 \"\n#1500\nz!\nr-0.25 #\n#2000\nb1000001 $\n#2500\nb1000001 $\n",
            Changes(
                [pin, bus, volts, sent],
                () =>
                {
                    At(2, pin, 1);
                    At(2, bus, 255);
                    At(3, pin, 2);
                    At(3, volts, -250_000);
                    At(4, sent, 'A');
                    At(5, sent, 'A');
                }));
    }

    [Fact]
    public void An_event_is_high_for_its_cycle() => Assert.Equal("#1000\n1!\n#1500\n0!\n#5000\n1!\n#5500\n0!\n", Events(2, 10));

    [Fact]
    public void Events_in_consecutive_cycles_join() => Assert.Equal("#1000\n1!\n#2500\n0!\n#3000\n1!\n#3500\n0!\n", Events(2, 3, 4, 6));

    [Fact]
    public void An_event_that_comes_twice_in_a_cycle_is_drawn_once() => Assert.Equal("#1000\n1!\n#2000\n0!\n", Events(2, 2, 3, 3));

    [Fact]
    public void Pulses_of_several_signals_fall_each_in_its_time()
    {
        Signal a = Add("X.A", SignalKind.Event), b = Add("X.B", SignalKind.Event), pin = Add("X.PIN");
        Assert.Equal(
            "#1000\n1!\n#1500\n1\"\n#2000\n0\"\n0!\n#3000\n1#\n",
            Changes(
                [a, b, pin],
                () =>
                {
                    At(2, a, 0);
                    At(3, b, 0);
                    At(3, a, 0);
                    At(6, pin, 1);
                }));
    }

    [Theory]
    [InlineData(32_000_000, "#1000\n1!\n#1500\n0!\n#5000\n1\"\n#5031\n0\"\n")] // both from cycle 10 on: 31.25 ns a cycle
    [InlineData(1_000_000, "#1000\n1!\n#1500\n0!\n#5000\n1\"\n#6000\n0\"\n")]
    public void A_pulse_keeps_its_length_when_the_clock_changes_later(long hertz, string expected)
    {
        Signal a = Add("X.A", SignalKind.Event), b = Add("X.B", SignalKind.Event);
        Assert.Equal(
            expected,
            Changes(
                [a, b],
                () =>
                {
                    At(2, a, 0);
                    _bench.AdvanceTo(10).Chip.Timeline.SetFrequency(hertz, 1);
                    At(10, b, 0);
                }));
    }

    [Fact]
    public void Times_never_go_back_even_when_the_clock_changes_under_a_pulse()
    {
        Signal a = Add("X.A", SignalKind.Event), pin = Add("X.PIN");
        string changes = Changes(
            [a, pin],
            () =>
            {
                At(2, a, 0);
                _bench.Chip.Timeline.SetFrequency(32_000_000, 1); // in cycle 2: cycle 4 begins 62.5 ns later
                At(4, pin, 1);
                At(5, a, 0);
                _bench.Chip.Timeline.SetFrequency(32_768, 1);
                At(6, pin, 0);
            });
        long[] times = [.. changes.Split('\n').Where(l => l.StartsWith('#')).Select(l => long.Parse(l[1..], null))];
        Assert.Equal(times.Order().Distinct(), times);
        Assert.Contains("#1062\n0!\n1\"\n", changes, StringComparison.Ordinal);
    }

    [Fact]
    public void At_its_limit_the_recording_ends_with_a_remark()
    {
        Signal pin = Add("X.PIN");
        var stream = new MemoryStream();
        using var recorder = new VcdRecorder(_bench.Chip, [pin], stream, limit: 200);
        for (int n = 1; n <= 1000; n++) At(n, pin, n & 1);
        Assert.True(recorder.IsTruncated);
        recorder.Dispose();
        string text = Text(stream);
        Assert.EndsWith("\n$comment recording ended here: 200 bytes written $end\n", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 200, 500);
    }

    [Fact]
    public void A_recording_below_its_limit_is_whole()
    {
        var recorder = new VcdRecorder(_bench.Chip, [Add("X.PIN")], new MemoryStream());
        recorder.Dispose();
        Assert.False(recorder.IsTruncated);
    }

    [Fact]
    public void Nothing_is_watched_after_the_recording()
    {
        Signal[] all = [.. _bench.Chip.Signals.All];
        var recorder = new VcdRecorder(_bench.Chip, all, new MemoryStream());
        Assert.All(all, s => Assert.True(s.IsWatched));
        recorder.Dispose();
        Assert.All(all, s => Assert.False(s.IsWatched));
    }

    [Fact]
    public void Ten_thousand_signals_have_as_many_codes()
    {
        // One, two and three characters: 94 + 94 * 94 codes have at most two.
        Signal[] signals = [.. Enumerable.Range(0, 10_000).Select(n => Add($"X.S{n}"))];
        string[] codes = [.. Record(signals).Split('\n').Where(l => l.StartsWith("$var", StringComparison.Ordinal)).Select(l => l.Split(' ')[3])];
        Assert.Equal(10_000, codes.Distinct().Count());
        Assert.Equal(3, codes.Max(c => c.Length));
        Assert.All(codes, c => Assert.All(c, letter => Assert.InRange(letter, '!', '~')));
    }

    [Fact]
    public void Every_signal_of_the_chip_can_be_recorded()
    {
        string text = Record([.. _bench.Chip.Signals.All]);
        Assert.Equal(_bench.Chip.Signals.All.Count, text.Split('\n').Count(l => l.StartsWith("$var ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_small_recording_is_as_it_was()
    {
        // PC0 toggles twice while TCC0 counts to 7 and over; BREAK ends the run.
        ATxmega128A1 chip = AssemblyProgram.Chip(
            "ldi r16, 1", "sts 0x0640, r16", "ldi r17, 7", "sts 0x0826, r17", "ldi r17, 0", "sts 0x0827, r17", "sts 0x0800, r16",
            "sts 0x0647, r16", "nop", "nop", "sts 0x0647, r16", "nop", "nop", "nop", "nop", "break");
        var stream = new MemoryStream();
        using (new VcdRecorder(chip, chip.Signals.Match("PORTC.PIN0").Concat(chip.Signals.Match("TCC0.CNT")).Concat(chip.Signals.Match("TCC0.OVF")), stream))
            AssemblyProgram.Run(chip);
        await Verify(Text(stream));
    }

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());

    private Signal Add(string name, SignalKind kind = SignalKind.Bit, int width = 1, long value = 0) =>
        _bench.Chip.Services.Signals.Add(name, kind, width, "of the test", () => value);

    private void At(long cycle, Signal signal, long value)
    {
        _bench.AdvanceTo(cycle);
        signal.Changed(value);
    }

    private string Events(params long[] cycles)
    {
        Signal happening = Add("X.EVENT", SignalKind.Event);
        return Changes([happening], () => Array.ForEach(cycles, c => At(c, happening, 0)));
    }

    private string Record(Signal[] signals, Action? act = null)
    {
        var stream = new MemoryStream();
        using (new VcdRecorder(_bench.Chip, signals, stream)) act?.Invoke();
        return Text(stream);
    }

    // What follows the initial values.
    private string Changes(Signal[] signals, Action act)
    {
        string text = Record(signals, act);
        const string EndOfValues = "\n$end\n";
        return text[(text.IndexOf(EndOfValues, StringComparison.Ordinal) + EndOfValues.Length)..];
    }
}
