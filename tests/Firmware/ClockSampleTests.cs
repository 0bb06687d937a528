using System.Globalization;
using System.Text;
using Xmega.Serial;
using Xmega.Signals;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Time;
using Xmega.Workbench.Running;
using Xmega.Workbench.Serial;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>The samples about clocks, resets and the watchdog.</summary>
public sealed class ClockSampleTests : ISignalProbe
{
    private const long Millisecond = 1_000_000_000; // picoseconds
    private const long BitTime = Timeline.PicosecondsPerSecond / 115_200;
    private const int RtcClock = 1024;
    private const int Window = 32;

    private readonly List<(long Cycle, long Value)> _frequencies = [];

    [Theory]
    [InlineData(0)]
    [InlineData(14_745_600)]
    [InlineData(16_000_000)]
    public void The_tour_measures_every_clock_it_says_it_is_on(long crystal)
    {
        (RunResult run, string line, ATxmega128A1 chip) = Tour(crystal);
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));

        // The line was read at 115200 baud all along, whatever clock the characters came from.
        Assert.Equal(FirmwareRunner.Text(run), line);

        // Each figure is that of a clock that was on for more than a window, in the order of the tour, as exact as whole
        // cycles in a window allow.
        List<long> visited = [];
        for (int n = 0; n < _frequencies.Count; n++)
        {
            long end = n + 1 < _frequencies.Count ? _frequencies[n + 1].Cycle : chip.Cycle;
            if ((end - _frequencies[n].Cycle) * RtcClock > _frequencies[n].Value * Window) visited.Add(_frequencies[n].Value);
        }

        List<long> measured = [.. line.Split('\n').Where(l => l.EndsWith(" Hz", StringComparison.Ordinal)).Select(Hertz)];
        List<long> expected = [.. visited.Select(hertz => hertz / (RtcClock / Window) * (RtcClock / Window))];

        // 2 MHz was on between two stops, too: the slow ones are reported from it.
        Assert.Equal(expected.Distinct(), measured.Distinct());
        Assert.Equal(crystal == 0 ? 9 : 10, measured.Count);
        Assert.Equal(crystal == 0, line.Contains("no crystal", StringComparison.Ordinal));
        Assert.Equal(crystal == 0 ? 1 : 0, run.Diagnostics.Count);
        Assert.Equal(2_000_000, chip.Timeline.Hertz);
    }

    [Fact]
    public void The_tour_goes_on_at_2_MHz_when_the_crystal_stops_under_way()
    {
        (RunResult run, string line, _) = Tour(16_000_000, stopsAt: 700 * Millisecond);
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Contains("the crystal stopped: NMI, and on with 2 MHz\n", line, StringComparison.Ordinal);
        Assert.EndsWith("back at 2 MHz, locked               2000000 Hz\n", line, StringComparison.Ordinal);
        Assert.Equal(1, run.Interrupts["OSC_XOSCF"]);
        Assert.Empty(run.Diagnostics);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(-50_000)]
    public void The_DFLL_brings_a_wrong_oscillator_to_within_half_a_step(int error)
    {
        (RunResult run, string line, _) = Tour(0, error: error);
        Assert.Equal((StopReason.Exit, 1), (run.Stop, run.ExitCode));
        string[] lines = line.Split('\n');
        Assert.Contains($"32 MHz oscillator                  {32 * (1_000_000 + error)} Hz  WRONG", lines);
        long calibrated = Hertz(Assert.Single(lines, l => l.StartsWith("32 MHz oscillator, calibrated", StringComparison.Ordinal)));
        Assert.InRange(calibrated, 32_000_000 - 36_000, 32_000_000 + 36_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(14_745_600)]
    public void The_readme_of_the_tour_shows_what_the_firmware_prints(long crystal) => AssertReadme("clock-tour", Tour(crystal).Line);

    [Fact]
    public void The_watchdog_bites_late_and_early_and_the_run_goes_on()
    {
        RunResult run = FirmwareRunner.Run(FirmwareRunner.LoadSample("watchdog"), new RunOptions(), out ATxmega128A1 chip);
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Empty(run.Diagnostics);
        AssertReadme("watchdog", FirmwareRunner.Text(run));
        Assert.Equal([ResetSource.Watchdog, ResetSource.Watchdog, ResetSource.Software], chip.Resets.Select(r => r.Source));
    }

    void ISignalProbe.OnSignal(Signal signal, long cycle, long value) => _frequencies.Add((cycle, value));

    private static long Hertz(string line) => long.Parse(line[34..^3], CultureInfo.InvariantCulture);

    private static void AssertReadme(string sample, string text)
    {
        string readme = File.ReadAllText(Path.Combine(Readme.Repository, "firmware-samples", sample, "README.md"));
        Assert.Contains(text.ReplaceLineEndings("\n"), readme.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private (RunResult Run, string Line, ATxmega128A1 Chip) Tour(long crystal, long? stopsAt = null, int error = 0)
    {
        FirmwareImage image = FirmwareRunner.LoadSample("clock-tour");
        var chip = new ATxmega128A1 { ExternalClockHertz = crystal };
        chip.Load(image);
        chip.SetOscillatorError(InternalOscillator.Rc32M, error);
        _frequencies.Add((0, chip.Signals.Find("CLK.PER")!.Value));
        chip.Signals.Find("CLK.PER")!.Watch(this);
        var receiver = new SerialReceiver(chip, chip.FindPin("PORTC.PIN3")!, BitTime, FrameFormat.EightNoneOne);
        if (stopsAt is { } time) chip.Timeline.Book(chip.CreateAction("crystal stops", Phase.World, () => chip.ExternalClockHertz = 0), time);
        RunResult run = new FirmwareRun(chip, image, new RunOptions()).Run();
        Assert.DoesNotContain(receiver.Received, c => c.FramingError);
        return (run, Encoding.ASCII.GetString([.. receiver.Received.Select(c => (byte)c.Value)]), chip);
    }
}
