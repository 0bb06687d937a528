using System.Globalization;
using Xmega.Electrical;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Analog;

/// <summary>A shape that cannot be read: which word is wrong, and what to do.</summary>
/// <param name="word">The word's place, from 0; behind the last one for something that is missing.</param>
/// <param name="problem">What is wrong and how to mend it.</param>
public sealed class AnalogShapeException(int word, string problem) : Exception(problem)
{
    /// <summary>Gets the word's place, from 0.</summary>
    public int Word { get; } = word;
}

/// <summary>
/// What an analog source does from a time on, as people write it: <c>1.2V</c>, <c>step 0V 3.3V 2ms</c>, <c>ramp 0V 3.3V
/// 10ms</c>, <c>sine 1V 0.5V 1kHz [90deg]</c> (offset, amplitude, frequency, phase), <c>csv FILE</c>; any of them with
/// <c>noise 2mV [seed 7]</c> (RMS) behind it.
/// </summary>
public sealed class AnalogShape
{
    private static readonly (string Unit, decimal Millihertz)[] FrequencyUnits = [("MHz", 1_000_000_000), ("kHz", 1_000_000), ("mHz", 1), ("Hz", 1_000)];

    private readonly Func<long, IVoltage> _begin;

    private AnalogShape(Func<long, IVoltage> begin) => _begin = begin;

    /// <summary>Whether a word begins a shape.</summary>
    /// <param name="word">The word.</param>
    /// <returns>True for a voltage with its unit, and for step, ramp, sine and csv.</returns>
    public static bool Begins(string word) => word is "step" or "ramp" or "sine" or "csv" || Volts.TryParse(word, out _);

    /// <summary>Reads a shape.</summary>
    /// <param name="words">Its words.</param>
    /// <param name="readFile">Gives the content of a CSV file.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="AnalogShapeException">The words are not of the form.</exception>
    /// <exception cref="FormatException">The CSV file is not of its form; the message says where.</exception>
    public static AnalogShape Parse(IReadOnlyList<string> words, Func<string, string> readFile)
    {
        int used;
        Func<long, IVoltage> begin;
        switch (words.Count > 0 ? words[0] : "")
        {
            case "step" or "ramp":
                long first = VoltageAt(words, 1), last = VoltageAt(words, 2), duration = TimeAt(words, 3);
                begin = words[0] == "ramp" ? start => new RampVoltage(first, last, start, duration) : start => new RampVoltage(first, last, start + duration, 0);
                used = 4;
                break;
            case "sine":
                long offset = VoltageAt(words, 1), amplitude = VoltageAt(words, 2), frequency = FrequencyAt(words, 3);
                int degrees = words.Count > 4 && words[4].EndsWith("deg", StringComparison.Ordinal) ? DegreesAt(words, 4) : int.MaxValue;
                used = degrees == int.MaxValue ? 4 : 5;
                begin = start => new SineVoltage(offset, amplitude, frequency, start, degrees == int.MaxValue ? 0 : degrees);
                break;
            case "csv":
                if (words.Count < 2) throw new AnalogShapeException(1, "csv needs a file of times and voltages");
                IReadOnlyList<(long, long)> samples = SampledVoltage.ReadCsv(readFile(words[1]), words[1]);
                begin = start => new SampledVoltage(samples, start);
                used = 2;
                break;
            default:
                long volts = VoltageAt(words, 0);
                begin = _ => new ConstantVoltage(volts);
                used = 1;
                break;
        }

        return new AnalogShape(used < words.Count ? WithNoise(words, used, begin) : begin);
    }

    /// <summary>Lets the shape begin.</summary>
    /// <param name="picoseconds">Picoseconds since power-on.</param>
    /// <returns>The voltage that it makes.</returns>
    public IVoltage BeginAt(long picoseconds) => _begin(picoseconds);

    private static Func<long, IVoltage> WithNoise(IReadOnlyList<string> words, int at, Func<long, IVoltage> begin)
    {
        if (words[at] != "noise") throw new AnalogShapeException(at, $"'{words[at]}' is one word too many: only noise may follow here, as in 'noise 2mV'");
        long rms = VoltageAt(words, at + 1);
        if (rms < 0) throw new AnalogShapeException(at + 1, "noise is given by its RMS, which is not negative");
        ulong seed = 0;
        if (words.Count > at + 2 && words[at + 2] != "seed") throw new AnalogShapeException(at + 2, $"'{words[at + 2]}' is one word too many: only seed may follow here, as in 'seed 7'");
        if (words.Count > at + 2 && (words.Count < at + 4 || !ulong.TryParse(words[at + 3], NumberStyles.None, CultureInfo.InvariantCulture, out seed)))
            throw new AnalogShapeException(at + 3, "seed needs a whole number, as in 'seed 7'");
        if (words.Count > at + 4) throw new AnalogShapeException(at + 4, "nothing may follow the seed");
        return start => new NoisyVoltage(begin(start), rms, seed);
    }

    private static string WordAt(IReadOnlyList<string> words, int at, string what) =>
        at < words.Count ? words[at] : throw new AnalogShapeException(at, $"{what} is missing here");

    private static long VoltageAt(IReadOnlyList<string> words, int at) =>
        Volts.TryParse(WordAt(words, at, "a voltage, as in 1.2V,"), out long microvolts) ? microvolts : throw new AnalogShapeException(at, $"'{words[at]}' is not a voltage: write 1.2V or 20mV");

    private static long TimeAt(IReadOnlyList<string> words, int at) =>
        EmulatedTime.TryParse(WordAt(words, at, "a time, as in 10ms,"), out EmulatedTime? time, orZero: true) && !time.InCycles
            ? time.Amount
            : throw new AnalogShapeException(at, $"'{words[at]}' is not a time: write 250ns, 10us, 5ms or 2s");

    private static long FrequencyAt(IReadOnlyList<string> words, int at)
    {
        string word = WordAt(words, at, "a frequency, as in 1kHz,");
        (string unit, decimal scale) = FrequencyUnits.FirstOrDefault(u => word.EndsWith(u.Unit, StringComparison.Ordinal));
        if (unit is null || !decimal.TryParse(word.AsSpan(0, word.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || number * scale is < 1 or > 1_000_000_000_000m)
            throw new AnalogShapeException(at, $"'{word}' is not a frequency: write 50Hz, 1.5kHz or 2MHz, from 1mHz to 1000MHz");
        return (long)(number * scale);
    }

    private static int DegreesAt(IReadOnlyList<string> words, int at) =>
        int.TryParse(words[at].AsSpan(0, words[at].Length - 3), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int degrees)
            ? degrees
            : throw new AnalogShapeException(at, $"'{words[at]}' is not a phase: write whole degrees, as in 90deg");
}
