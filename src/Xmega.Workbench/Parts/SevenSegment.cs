using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A seven-segment display of one digit, or of several that share their segments and are lit by turns. A digit that is
/// lit by turns is seen for as long as an eye keeps it.
/// </summary>
public sealed class SevenSegment : IPinListener, IStateful
{
    private const int Point = 0x80;
    private const string Figures = "0123456789AbCdEF-";
    private const long Microsecond = Timeline.PicosecondsPerSecond / 1_000_000;
    private const long Glimpse = 20 * Microsecond;    // what is lit for less is not seen, as segments that change after their digit
    private const long Memory = 100_000 * Microsecond; // an eye's: a digit that is not lit again is dark after it

    private static readonly byte[] Patterns = [0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F, 0x77, 0x7C, 0x39, 0x5E, 0x79, 0x71, 0x40];

    private readonly Timeline _timeline;
    private readonly Pin[] _segments;
    private readonly Pin[] _commons;
    private readonly LogicLevel _lit;
    private readonly byte[] _seen;
    private readonly long[] _seenAt;
    private byte _pattern;
    private int _digits; // those that are selected, by bits
    private long _since;

    /// <summary>Initializes a new instance of the <see cref="SevenSegment"/> class.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="segments">The pins of segments a–g, and of the decimal point if it has one.</param>
    /// <param name="commonAnode">Whether a segment lights when its pin is low (and a digit's common pin high); otherwise the other way about.</param>
    /// <param name="commons">The pins of the digits' common ends, the leftmost first; none: one digit that is always selected.</param>
    public SevenSegment(ATxmega128A1 chip, IEnumerable<Pin> segments, bool commonAnode = false, params IEnumerable<Pin> commons)
    {
        (_segments, _commons) = ([.. segments], [.. commons]);
        if (_segments.Length is not (7 or 8)) throw new ArgumentException($"{_segments.Length} pins for segments: write 7, or 8 with the decimal point", nameof(segments));
        Name = $"seven-segment display at {_segments[0].Name}";
        chip.Attach(this);
        _timeline = chip.Timeline;
        _lit = commonAnode ? LogicLevel.Low : LogicLevel.High;
        (_seen, _seenAt) = (new byte[_commons.Length], new long[_commons.Length]);
        foreach (Pin pin in _segments.Concat(_commons)) pin.Listen(this);
        OnPinChanged(_segments[0]);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets what is seen: 0–9, A, b, C, d, E, F, -, a space for a dark digit, ? for anything else, each with a point after it where that is lit.</summary>
    public string Text => _commons.Length == 0 ? Figure(_pattern) : string.Concat(Enumerable.Range(0, _commons.Length).Select(n => Figure(SegmentsOf(n))));

    /// <summary>The segments of a digit that are seen.</summary>
    /// <param name="digit">0 for the leftmost.</param>
    /// <returns>A bit a segment, a in bit 0, the point in bit 7.</returns>
    public byte SegmentsOf(int digit)
    {
        if (_commons.Length == 0) return _pattern;
        if ((_digits & (1 << digit)) != 0 && _pattern != 0) return _pattern;
        return _timeline.Picoseconds - _seenAt[digit] <= Memory ? _seen[digit] : (byte)0;
    }

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        long now = _timeline.Picoseconds;
        if (_pattern != 0 && now - _since >= Glimpse)
        {
            for (int n = 0; n < _commons.Length; n++)
                if ((_digits & (1 << n)) != 0) (_seen[n], _seenAt[n]) = (_pattern, now);
        }

        _since = now;
        (_pattern, _digits) = (0, 0);
        for (int n = 0; n < _segments.Length; n++)
            if (_segments[n].Level == _lit) _pattern |= (byte)(1 << n);
        LogicLevel selected = _lit == LogicLevel.High ? LogicLevel.Low : LogicLevel.High;
        for (int n = 0; n < _commons.Length; n++)
            if (_commons[n].Level == selected) _digits |= 1 << n;
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        s.Bytes(_seen);
        foreach (ref long time in _seenAt.AsSpan()) s.Value(ref time);
        s.Value(ref _pattern);
        s.Value(ref _digits);
        s.Value(ref _since);
    }

    private static string Figure(byte pattern)
    {
        int bare = pattern & ~Point;
        int index = Array.IndexOf(Patterns, (byte)bare);
        char figure = bare == 0 ? ' ' : index < 0 ? '?' : Figures[index];
        return (pattern & Point) != 0 ? $"{figure}." : figure.ToString();
    }
}
