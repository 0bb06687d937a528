using System.Globalization;
using Xmega.Electrical;
using Xmega.Time;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Analog;

/// <summary>A voltage that was sampled: straight lines between the samples, the first before and the last after them.</summary>
public sealed class SampledVoltage : IVoltage
{
    private readonly long[] _times;
    private readonly long[] _values;
    private readonly VoltageRange[] _tree; // bounds of the samples under each node of a binary tree: node n over 2n and 2n + 1
    private readonly long _start;

    /// <summary>Initializes a new instance of the <see cref="SampledVoltage"/> class.</summary>
    /// <param name="samples">At least one: picoseconds from the start, rising, and microvolts.</param>
    /// <param name="start">Picoseconds since power-on that the samples count from.</param>
    public SampledVoltage(IReadOnlyList<(long Picoseconds, long Microvolts)> samples, long start)
    {
        _times = [.. samples.Select(s => s.Picoseconds)];
        _values = [.. samples.Select(s => s.Microvolts)];
        _start = start;
        _tree = new VoltageRange[2 * _values.Length];
        for (int n = 0; n < _values.Length; n++) _tree[_values.Length + n] = new VoltageRange(_values[n], _values[n]);
        for (int n = _values.Length - 1; n > 0; n--) _tree[n] = Union(_tree[2 * n], _tree[(2 * n) + 1]);
    }

    /// <summary>Reads samples, a line each: time and voltage, separated by a comma, semicolon, blank or tab. A bare time is seconds, a bare voltage volts. A first line of other text is a heading; everything after # is a comment.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="fileName">Its name, for messages.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="FormatException">The file is not of this form: one line that says where, what, and what to do.</exception>
    public static IReadOnlyList<(long Picoseconds, long Microvolts)> ReadCsv(string text, string fileName)
    {
        var samples = new List<(long, long)>();
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        bool heading = true;
        for (int n = 0; n < lines.Length; n++)
        {
            string[] words = lines[n].Split('#')[0].Split([',', ';', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            FormatException Wrong(string problem) => new($"{fileName}:{n + 1}: {problem}");
            bool isTime = TryTime(words[0], out long time);
            if (heading && !isTime)
            {
                heading = false;
                continue;
            }

            heading = false;
            if (words.Length != 2) throw Wrong("a line is a time and a voltage, as in '0.001, 1.25'");
            if (!isTime) throw Wrong($"'{words[0]}' is not a time: write seconds, or 250ns, 10us, 5ms, 2s");
            if (!Volts.TryParse(words[1], out long microvolts, needsUnit: false)) throw Wrong($"'{words[1]}' is not a voltage: write volts, or 1.25V, 20mV");
            if (samples.Count > 0 && time <= samples[^1].Item1) throw Wrong("times must rise from line to line");
            samples.Add((time, microvolts));
        }

        return samples.Count > 0 ? samples : throw new FormatException($"{fileName}: has no samples: write a time and a voltage on each line, as in '0.001, 1.25'");
    }

    /// <inheritdoc/>
    public long At(long picoseconds)
    {
        long time = picoseconds - _start;
        int next = IndexAfter(time);
        if (next == 0) return _values[0];
        if (next == _times.Length) return _values[^1];
        long span = _times[next] - _times[next - 1];
        return _values[next - 1] + (long)((Int128)(_values[next] - _values[next - 1]) * (time - _times[next - 1]) / span);
    }

    /// <inheritdoc/>
    public VoltageRange Between(long from, long to)
    {
        long a = At(from), b = At(to);
        var range = new VoltageRange(Math.Min(a, b), Math.Max(a, b));
        int left = IndexAfter(from - _start) + _values.Length, right = IndexAfter(to - _start) + _values.Length;
        for (; left < right; left /= 2, right /= 2)
        {
            if (left % 2 == 1) range = Union(range, _tree[left++]);
            if (right % 2 == 1) range = Union(range, _tree[--right]);
        }

        return range;
    }

    private static VoltageRange Union(VoltageRange a, VoltageRange b) => new(Math.Min(a.Lowest, b.Lowest), Math.Max(a.Highest, b.Highest));

    private static bool TryTime(string word, out long picoseconds)
    {
        picoseconds = 0;
        if (EmulatedTime.TryParse(word, out EmulatedTime? time, orZero: true) && !time.InCycles)
        {
            picoseconds = time.Amount;
            return true;
        }

        if (!decimal.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal seconds) || seconds is < 0 or > 8_640_000m) return false;
        picoseconds = (long)(seconds * Timeline.PicosecondsPerSecond);
        return true;
    }

    // The first sample that lies after a time.
    private int IndexAfter(long time)
    {
        int index = Array.BinarySearch(_times, time);
        return index < 0 ? ~index : index + 1;
    }
}
