using System.IO.Enumeration;
using Xmega.Time;

namespace Xmega.Signals;

/// <summary>The one list of everything that can be watched, by path name.</summary>
public sealed class SignalList
{
    private readonly Schedule _schedule;
    private readonly List<Signal> _all = [];
    private readonly List<Signal> _sampled = [];
    private readonly Dictionary<string, Signal> _byName = new(StringComparer.OrdinalIgnoreCase);

    internal SignalList(Schedule schedule) => _schedule = schedule;

    /// <summary>Gets the sampled signals that somebody watches, in the order in which they were named.</summary>
    public IEnumerable<Signal> SampledAndWatched => _sampled.Where(s => s.IsWatched);

    /// <summary>Gets all signals in a fixed order; sampled ones are not among them.</summary>
    public IReadOnlyList<Signal> All => _all;

    /// <summary>Finds a signal by name; letter case does not matter.</summary>
    /// <param name="name">The path name.</param>
    /// <returns>The signal, or null.</returns>
    public Signal? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Finds signals by a pattern in which <c>*</c> stands for any text and <c>?</c> for one character.</summary>
    /// <param name="glob">The pattern; letter case does not matter.</param>
    /// <returns>The signals in the order of the list.</returns>
    public IEnumerable<Signal> Match(string glob) => _all.Where(s => FileSystemName.MatchesSimpleExpression(glob, s.Name));

    /// <summary>Adds a signal. Call at construction only.</summary>
    /// <param name="name">The path name.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="width">Bits of a bus; 1 for a bit.</param>
    /// <param name="meaning">What it means, in a few words.</param>
    /// <param name="peek">Its value now, without side effects.</param>
    /// <param name="watchedChanged">Called when the first probe comes or the last one goes.</param>
    /// <returns>The signal.</returns>
    internal Signal Add(string name, SignalKind kind, int width, string meaning, Func<long> peek, Action? watchedChanged = null)
    {
        var signal = new Signal(_schedule, name, kind, width, meaning, peek, watchedChanged);
        _all.Add(signal);
        _byName.Add(name, signal);
        return signal;
    }

    /// <summary>Names a value that has no signal of its own: a register, a variable. Possible at any time.</summary>
    /// <param name="name">The path name.</param>
    /// <param name="width">Bits, 1–64.</param>
    /// <param name="meaning">What it means, in a few words.</param>
    /// <param name="peek">Its value now, without side effects.</param>
    /// <param name="isAnalog">Whether the value is volts, in microvolts.</param>
    /// <returns>The signal.</returns>
    internal Signal AddSampled(string name, int width, string meaning, Func<long> peek, bool isAnalog = false)
    {
        var signal = new Signal(_schedule, name, isAnalog ? SignalKind.Analog : width == 1 ? SignalKind.Bit : SignalKind.Bus, width, meaning, peek, null) { IsSampled = true };
        _sampled.Add(signal);
        _byName.Add(name, signal);
        return signal;
    }
}
