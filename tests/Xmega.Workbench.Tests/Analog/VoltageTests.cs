using CsCheck;
using Xmega.Electrical;
using Xmega.TestSupport;
using Xmega.Workbench.Analog;
using Xunit;

namespace Xmega.Workbench.Tests.Analog;

public class VoltageTests
{
    private const long Microsecond = 1_000_000;
    private const long CyclePicoseconds = 500_000; // 2 MHz

    private static readonly Gen<long> Level = Gen.Long[-1_000_000, 4_000_000];

    private static readonly Gen<IVoltage> Any = Gen.OneOf(
        Level.Select(v => (IVoltage)new ConstantVoltage(v)),
        Gen.Select(Level, Level, Gen.Long[0, 100 * Microsecond], Gen.Long[0, 100 * Microsecond]).Select(g => (IVoltage)new RampVoltage(g.Item1, g.Item2, g.Item3, g.Item4)),
        Gen.Select(Level, Level, Gen.Long[1, 200_000_000], Gen.Long[0, 100 * Microsecond], Gen.Int[-400, 400]).Select(g => (IVoltage)new SineVoltage(g.Item1, g.Item2, g.Item3, g.Item4, g.Item5)),
        Gen.Select(Gen.Select(Gen.Long[1, 10 * Microsecond], Level).Array[1, 20], Gen.Long[0, 50 * Microsecond]).Select(g => (IVoltage)Sampled(g.Item1, g.Item2)));

    private static readonly Gen<IVoltage> Noisy = Gen.Select(Any, Gen.Long[0, 50_000], Gen.ULong).Select(g => (IVoltage)new NoisyVoltage(g.Item1, g.Item2, g.Item3));

    private static SampledVoltage Sampled((long Step, long Microvolts)[] steps, long start)
    {
        long time = 0;
        return new SampledVoltage([.. steps.Select(s => (time += s.Step, s.Microvolts))], start);
    }

    [Fact]
    public void Bounds_hold() =>
        Gen.Select(Gen.OneOf(Any, Noisy), Gen.Long[0, 200 * Microsecond], Gen.Long[0, 20 * Microsecond]).Sample(
            (voltage, from, span) =>
            {
                VoltageRange range = voltage.Between(from, from + span), ever = voltage.Between(from, long.MaxValue);
                for (int n = 0; n <= 16; n++)
                {
                    long value = voltage.At(from + (span * n / 16));
                    Assert.InRange(value, range.Lowest, range.Highest);
                    Assert.InRange(value, ever.Lowest, ever.Highest);
                }
            },
            iter: 2000,
            threads: 1);

    // The naive way: look in every cycle.
    [Fact]
    public void A_pin_changes_in_the_cycles_in_which_someone_who_looks_in_each_of_them_sees_it() =>
        Gen.Select(Gen.OneOf(Any, Noisy), Gen.Int[0, 100]).Sample(
            (voltage, begin) =>
            {
                var bench = new Bench();
                bench.Advance(begin).Watch("PORTA.PIN3");
                bench.Chip.FindPin("PORTA.PIN3")!.AddDriver("test").Give(voltage);
                bench.Advance(400);

                var expected = new List<(long, string, long)>();
                bool high = false;
                for (long cycle = begin; cycle <= begin + 400; cycle++)
                {
                    long now = voltage.At(cycle * CyclePicoseconds);
                    bool next = high ? now >= 1_400_000 : now > 1_900_000;
                    if (next != high || cycle == begin) expected.Add((cycle, "PORTA.PIN3", next ? 1 : 0));
                    high = next;
                }

                Assert.Equal(expected, bench.Trace);
            },
            iter: 300,
            threads: 1);

    [Fact]
    public void A_sine_is_a_sine_to_a_microvolt_and_does_not_drift()
    {
        var sine = new SineVoltage(1_000_000, 500_000, 50_000, 0, 90);
        for (int degrees = 0; degrees < 720; degrees++)
        {
            long time = 20_000_000_000L * degrees / 360;
            Assert.InRange(sine.At(time) - (1_000_000 + (500_000 * Math.Sin((degrees + 90) * Math.PI / 180))), -1.0, 1.0);
            Assert.Equal(sine.At(time), sine.At(time + (1_000_000 * 20_000_000_000L)));
        }
    }

    [Fact]
    public void Noise_has_its_RMS_and_no_mean_and_is_the_same_for_the_same_seed()
    {
        var noise = new NoisyVoltage(ConstantVoltage.Ground, 10_000, 7);
        long[] values = [.. Enumerable.Range(0, 20_000).Select(n => noise.At(n * 100_000L))];
        Assert.InRange(values.Average(), -200, 200);
        Assert.InRange(Math.Sqrt(values.Average(v => (double)v * v)), 9_800, 10_200);
        Assert.Equal(values, Enumerable.Range(0, 20_000).Select(n => new NoisyVoltage(ConstantVoltage.Ground, 10_000, 7).At(n * 100_000L)));
        Assert.NotEqual(values[0], new NoisyVoltage(ConstantVoltage.Ground, 10_000, 8).At(0));
    }

    [Theory]
    [InlineData("1.2V", 0, 1_200_000)]
    [InlineData("step 0V 3.3V 2us", 2, 0)]
    [InlineData("step 0V 3.3V 2us", 3, 3_300_000)]
    [InlineData("ramp 0V 3V 10us", 6, 1_500_000)]
    [InlineData("sine 1V 500mV 250kHz", 2, 1_500_000)]
    [InlineData("sine 1V 500mV 250kHz 180deg", 2, 500_000)]
    [InlineData("csv wave.csv", 2, 1_500_000)]
    [InlineData("20mV noise 0V seed 3", 5, 20_000)]
    public void A_shape_is_what_it_says(string text, int microsecond, long microvolts)
    {
        var shape = AnalogShape.Parse(text.Split(' '), name => name == "wave.csv" ? "time,volts\n0, 1.0\n2e-6; 2V # two\n" : "");
        Assert.True(AnalogShape.Begins(text.Split(' ')[0]));
        Assert.Equal(microvolts, shape.BeginAt(1 * Microsecond).At(microsecond * Microsecond));
    }

    [Theory]
    [InlineData("1.2", 0, "'1.2' is not a voltage: write 1.2V or 20mV")]
    [InlineData("ramp 0V", 2, "a voltage, as in 1.2V, is missing here")]
    [InlineData("ramp 0V 1V 10", 3, "'10' is not a time: write 250ns, 10us, 5ms or 2s")]
    [InlineData("sine 0V 1V 0Hz", 3, "'0Hz' is not a frequency: write 50Hz, 1.5kHz or 2MHz, from 1mHz to 1000MHz")]
    [InlineData("sine 0V 1V 1Hz deg", 4, "'deg' is not a phase: write whole degrees, as in 90deg")]
    [InlineData("1V loud", 1, "'loud' is one word too many: only noise may follow here, as in 'noise 2mV'")]
    [InlineData("1V noise 1mV seed x", 4, "seed needs a whole number, as in 'seed 7'")]
    public void What_is_wrong_with_a_shape_is_said_with_its_word(string text, int word, string problem)
    {
        AnalogShapeException wrong = Assert.Throws<AnalogShapeException>(() => AnalogShape.Parse(text.Split(' '), _ => ""));
        Assert.Equal((word, problem), (wrong.Word, wrong.Message));
    }

    [Theory]
    [InlineData("", "w.csv: has no samples: write a time and a voltage on each line, as in '0.001, 1.25'")]
    [InlineData("t,v\n1,2,3", "w.csv:2: a line is a time and a voltage, as in '0.001, 1.25'")]
    [InlineData("1,2\n1,3", "w.csv:2: times must rise from line to line")]
    [InlineData("1,2\nx,3", "w.csv:2: 'x' is not a time: write seconds, or 250ns, 10us, 5ms, 2s")]
    [InlineData("1,x", "w.csv:1: 'x' is not a voltage: write volts, or 1.25V, 20mV")]
    public void What_is_wrong_with_a_CSV_file_is_said_with_its_line(string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<FormatException>(() => SampledVoltage.ReadCsv(text, "w.csv")).Message);
}
