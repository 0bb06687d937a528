using Xmega.Ports;
using Xmega.TestSupport;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Stimulus;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Stimulus;

/// <summary>Captures of logic analysers, and of our own recorder, go onto pins as they were taken.</summary>
public class VcdCaptureTests
{
    private const string Header = "$timescale 10 ns $end\n$scope module la $end\n$var wire 1 ! D0 $end\n$var wire 1 \" D1 $end\n$var wire 4 # bus [3:0] $end\n$var real 64 $ volts $end\n$upscope $end\n$enddefinitions $end\n";

    [Fact]
    public void Changes_come_in_order_with_their_time()
    {
        VcdCapture capture = Read("$dumpvars 0! x\" bz # r0.5 $ $end\n#3 1!\n#3\n0\"\n$comment 1! $end\n#10 b101 #\n", "la.D0", "d1", "bus[0]", "bus[3]");
        Assert.Equal(
            [
                (0, 0, LogicLevel.Low), (0, 1, LogicLevel.Floating), (0, 2, LogicLevel.Floating), (0, 3, LogicLevel.Floating),
                (30_000, 0, LogicLevel.High), (30_000, 1, LogicLevel.Low),
                (100_000, 2, LogicLevel.High), (100_000, 3, LogicLevel.Low),
            ],
            capture.Changes);
    }

    [Theory]
    [InlineData("D0 goes up\n", "D0", 1, 1, "'D0' is not a declaration of a VCD: they begin with $")]
    [InlineData("$timescale 1 ns $end\n", "D0", 1, 17, "the file ends before $enddefinitions: is it a VCD?")]
    [InlineData("$version 1\n", "D0", 1, 1, "$version without $end")]
    [InlineData("$timescale 5 ns $end\n", "D0", 1, 17, "'5ns' is not a time scale: 1, 10 or 100 and fs, ps, ns, us, ms or s")]
    [InlineData(Header, "D7", 8, 17, "no wire 'D7' is declared above")]
    [InlineData(Header, "bus", 5, 25, "'bus' has 4 bits: name one of them, as in 'bus[3]'")]
    [InlineData(Header, "bus[4]", 5, 25, "'bus' has 4 bits: name one of them, as in 'bus[3]'")]
    [InlineData("$scope module a $end $var wire 1 ! x $end $upscope $end\n$scope module b $end $var wire 1 # x $end\n", "x", 2, 38, "'x' names more than one wire: write it with its scope, as in 'b.x'")]
    [InlineData(Header + "#5 1!\n#4 0!\n", "D0", 10, 1, "time goes back at '#4'")]
    [InlineData(Header + "#now\n", "D0", 9, 1, "'#now' is not a time")]
    [InlineData(Header + "#1\nup\n", "D0", 10, 1, "'up' is not a change of a value")]
    public void What_is_no_capture_is_told_with_line_and_column(string text, string wire, int line, int column, string problem) =>
        Assert.Equal($"in.vcd:{line}:{column}: {problem}", Assert.Throws<StimulusFormatException>(() => VcdCapture.Read(new StringReader(text), "in.vcd", wire)).Message);

    [Fact]
    public void A_recording_of_one_chip_replays_on_another_to_the_cycle()
    {
        using var folder = new TemporaryDirectory();
        var first = new Bench().Watch("PORTC.PIN0");
        using (FileStream file = File.Create(folder["a.vcd"]))
        using (var recorder = new VcdRecorder(first.Chip, first.Chip.Signals.Match("PORTC.PIN0"), file))
        {
            first.Write("PORTC.DIRSET", 1);
            foreach (int wait in new[] { 3, 1, 10, 200, 7 }) first.Advance(wait).Write("PORTC.OUTTGL", 1);
            first.Advance(10);
        }

        var second = new Bench().Watch("PORTD.PIN5");
        File.WriteAllText(folder["in.txt"], "10us vcd a.vcd PORTD.PIN5=PORTC.PIN0\n+1ms vcd a.vcd PORTD.PIN5=PIN0\n");
        _ = new StimulusPlayer(second.Chip, StimulusFile.Parse(File.ReadAllText(folder["in.txt"]), folder["in.txt"], second.Chip), "test");
        second.Advance(5000);
        long[] expected = [.. first.Trace.Where(t => t.Cycle > 0).Select(t => t.Cycle)];
        Assert.Equal(5, expected.Length);
        Assert.Equal([.. expected.Select(c => c + 20), .. expected.Select(c => c + 2020)], second.Trace.Where(t => t.Cycle is not (20 or 2020)).Select(t => t.Cycle));
    }

    private static VcdCapture Read(string body, params string[] wires) => VcdCapture.Read(new StringReader(Header + body), "in.vcd", wires);
}
