using Xmega.TestSupport;

namespace Xmega.Tests.Timers;

/// <summary>Waveforms as text: a character a cycle.</summary>
internal static class Waves
{
    /// <summary>The levels of a watched signal in every cycle of a range, from the edges that it told.</summary>
    public static string Levels(Bench bench, string signal, long from, long to)
    {
        var levels = new char[to - from];
        Array.Fill(levels, '_');
        foreach ((long cycle, _, long value) in bench.Trace.Where(t => t.Signal == signal && t.Cycle < to))
            Array.Fill(levels, value == 1 ? '#' : '_', (int)Math.Max(cycle - from, 0), (int)(to - Math.Max(cycle, from)));
        return new string(levels);
    }

    public static string Repeat(string period, int length) => string.Concat(Enumerable.Range(0, length).Select(i => period[i % period.Length]));

    /// <summary>Off, then on, then off: so many cycles each.</summary>
    public static string Pulse(int off, int on, int rest) => new string('_', off) + new string('#', on) + new string('_', rest);
}
