using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A strip of WS2812 light-emitting diodes: 24 bits a diode, green, red, blue, highest bit first, at 800 kHz; the length
/// of the high part is the bit, and 50 µs of low show the colours.
/// </summary>
/// <remarks>Limitations: the low part of a bit is not measured; every diode shows its colour at the same time.</remarks>
public sealed class Ws2812 : IStateful
{
    private const int BitsInColour = 24;
    private const long Nanosecond = 1_000;

    // WS2812B: 0.35 µs (0) and 0.7 µs (1), each ±150 ns; the middle between the two windows divides.
    private const long Zero = 350 * Nanosecond;
    private const long One = 700 * Nanosecond;
    private const long Tolerance = 150 * Nanosecond;
    private const long Divide = (Zero + One) / 2;
    private const long ResetLow = 50_000 * Nanosecond;

    private readonly Timeline _timeline;
    private readonly PulseWatch _pulses;
    private readonly int[] _shown;
    private readonly int[] _coming;
    private int _bits; // that have come since the last reset
    private int _shift;
    private long _fell;
    private int _bad;
    private long _frames;

    /// <summary>Initializes a new instance of the <see cref="Ws2812"/> class, dark.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pin">The pin of its data input.</param>
    /// <param name="count">How many diodes it has, above 0.</param>
    public Ws2812(ATxmega128A1 chip, Pin pin, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Name = $"WS2812 strip at {pin.Name}";
        chip.Attach(this);
        _timeline = chip.Timeline;
        (_shown, _coming) = (new int[count], new int[count]);
        _pulses = new PulseWatch(chip, pin, activeLow: false, TakeBit);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets the colours that are shown, as 0xRRGGBB, the diode next to the chip first.</summary>
    public IReadOnlyList<int> Colours
    {
        get
        {
            if (!_pulses.IsActive) ShowAfterReset(_timeline.Picoseconds);
            return _shown;
        }
    }

    /// <summary>Gets how many bits were of a length that the datasheet does not allow; they count as what they are closer to.</summary>
    public int BadBits => _bad;

    /// <summary>Gets how many times colours were shown.</summary>
    public long Frames
    {
        get
        {
            _ = Colours;
            return _frames;
        }
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        _pulses.State(s);
        foreach (ref int colour in _shown.AsSpan()) s.Value(ref colour);
        foreach (ref int colour in _coming.AsSpan()) s.Value(ref colour);
        s.Value(ref _bits);
        s.Value(ref _shift);
        s.Value(ref _fell);
        s.Value(ref _bad);
        s.Value(ref _frames);
    }

    private void TakeBit()
    {
        ShowAfterReset(_pulses.Began);
        long width = _pulses.Width;
        _fell = _pulses.Began + width;
        bool one = width > Divide;
        if (Math.Abs(width - (one ? One : Zero)) > Tolerance) _bad++;
        _shift = (_shift << 1) | (one ? 1 : 0);
        int diode = _bits / BitsInColour;
        if (++_bits % BitsInColour != 0 || diode >= _coming.Length) return;
        _coming[diode] = ((_shift << 8) & 0xFF0000) | ((_shift >> 8) & 0x00FF00) | (_shift & 0x0000FF);
    }

    // The line has been low up to now. A colour that did not come whole is not shown.
    private void ShowAfterReset(long now)
    {
        if (_bits == 0 || now - _fell < ResetLow) return;
        _bits = 0;
        _frames++;
        _coming.CopyTo(_shown, 0);
    }
}
