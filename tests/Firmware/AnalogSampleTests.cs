using Xmega.Signals;
using Xmega.TestSupport;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>The samples with ADC, DAC and analog comparators: what comes in as volts is what firmware finds, and the other way round.</summary>
public sealed class AnalogSampleTests : ISignalProbe
{
    private const int Samples = 256;
    private const int SamplesAddress = 0x3000;
    private const double Frequency = 144.531; // hertz
    private const double Amplitude = 0.99;    // volts, against a reference of 1 V

    private readonly List<(long Cycle, long Value)> _seen = [];

    [Fact]
    public void A_sine_by_event_and_DMA_comes_back_with_twelve_bits_and_the_CPU_asleep()
    {
        RunResult run = Run("adc-event-dma", StimulusOf("adc-event-dma"), "ADCA.CH0.SAMPLE", out ATxmega128A1 chip);
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Empty(run.Diagnostics);

        Assert.Equal(Samples, _seen.Count);
        Assert.Equal([2000L], _seen.Zip(_seen.Skip(1), (a, b) => b.Cycle - a.Cycle).Distinct());
        Assert.True(run.SleepCycles > 0.95 * run.Cycles, $"{run.SleepCycles} of {run.Cycles} cycles asleep");

        // What DMA stored is the sine at the times of the samples, each within a code.
        double[] stored = Stored(chip);
        for (int n = 0; n < Samples; n++)
            Assert.InRange(stored[n] - (2048 * Amplitude * Math.Sin(2 * Math.PI * Frequency * _seen[n].Cycle / 2e6)), -1.01, 0.01);

        // 20 lg of the sine's RMS to that of an ideal quantizer's error: 73.9 dB.
        Assert.InRange(SignalToNoise(stored), 73.4, 74.4);
    }

    [Fact]
    public void Noise_of_the_source_is_found_in_the_samples()
    {
        string stimulus = StimulusOf("adc-event-dma").Replace("144.531Hz", "144.531Hz noise 1mV seed 7", StringComparison.Ordinal);
        Run("adc-event-dma", stimulus, "ADCA.CH0.SAMPLE", out ATxmega128A1 chip);
        Assert.InRange(SignalToNoise(Stored(chip)), 56.3, 57.5); // 20 lg (0.99 V / sqrt 2 / 1 mV) is 56.9 dB
    }

    [Fact]
    public void The_waveform_of_the_DAC_is_the_table_at_the_rate_of_the_timer()
    {
        RunResult run = Run("dac-waveform", "", "DACA.CH0", out _);
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Empty(run.Diagnostics);
        Assert.True(run.SleepCycles > 0.99 * run.Cycles);
        Assert.True(_seen.Count > 600);
        for (int n = 0; n < _seen.Count; n++)
        {
            long code = (long)Math.Floor(2048 + (2000 * Math.Sin(2 * Math.PI * n / 64)));
            Assert.InRange(_seen[n].Value, 3_300_000 * code / 4095, 3_300_000 * (code + 1) / 4095);
        }

        Assert.Equal([500L], _seen.Zip(_seen.Skip(1), (a, b) => b.Cycle - a.Cycle).Distinct());
    }

    [Theory]
    [InlineData("adc-event-dma", "adc-event-dma")]
    [InlineData("adc-interrupt", "adc-event-dma")]
    [InlineData("window-comparator", "window-comparator")]
    public void The_readme_shows_what_the_firmware_prints(string name, string stimulus)
    {
        RunResult run = Run(name, StimulusOf(stimulus), "VCC", out _);
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Empty(run.Diagnostics);
        string readme = File.ReadAllText(Path.Combine(Readme.Repository, "firmware-samples", name, "README.md"));
        Assert.Contains(FirmwareRunner.Text(run).ReplaceLineEndings("\n"), readme.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    void ISignalProbe.OnSignal(Signal signal, long cycle, long value) => _seen.Add((cycle, value));

    private static string StimulusOf(string sample) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "firmware-samples", sample, "stimulus.txt"));

    private static double[] Stored(ATxmega128A1 chip) =>
        [.. Enumerable.Range(0, Samples).Select(n => (double)(short)(chip.Data.Peek(SamplesAddress + (2 * n)) | (chip.Data.Peek(SamplesAddress + (2 * n) + 1) << 8)))];

    // The power of the sine that fits best (IEEE 1057, three parameters) to what is left without it, in decibels.
    private static double SignalToNoise(double[] samples)
    {
        double[][] basis = [[.. Phases().Select(Math.Sin)], [.. Phases().Select(Math.Cos)], [.. samples.Select(_ => 1.0)]];
        double[] left = [.. samples];

        // Nearly orthogonal: a few rounds of projection settle.
        for (int round = 0; round < 10; round++)
        {
            foreach (double[] direction in basis)
            {
                double part = Dot(left, direction) / Dot(direction, direction);
                for (int n = 0; n < left.Length; n++) left[n] -= part * direction[n];
            }
        }

        double mean = samples.Average();
        double total = samples.Sum(v => (v - mean) * (v - mean)), noise = Dot(left, left);
        return 10 * Math.Log10((total - noise) / noise);

        IEnumerable<double> Phases() => Enumerable.Range(0, samples.Length).Select(n => 2 * Math.PI * Frequency * n / 1000);
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private RunResult Run(string sample, string stimulus, string watched, out ATxmega128A1 chip)
    {
        FirmwareImage image = FirmwareRunner.LoadSample(sample);
        chip = new ATxmega128A1();
        chip.Load(image);
        _ = new StimulusPlayer(chip, StimulusFile.Parse(stimulus, "stimulus.txt", chip), "stimulus");
        chip.Signals.Find(watched)!.Watch(this);
        return new FirmwareRun(chip, image, new RunOptions()).Run();
    }
}
