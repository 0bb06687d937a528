using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A character display with an HD44780: written, and read with its busy flag, over 8 or 4 data lines. It takes what is on
/// the lines at the falling edge of E, and begins as after power-on: 8 bits, one line, display off.
/// </summary>
/// <remarks>
/// Limitations: the times are those at 270 kHz; what is written while it is busy is not taken and counted. The reset by
/// instructions needs no special order. Characters are ASCII with the Japanese ROM's ¥, → and ←; others are shown as □.
/// </remarks>
public sealed class Hd44780 : IPinListener, IStateful
{
    private const int SecondLine = 0x40;
    private const int LineLength = 40;
    private const int RamSize = 0x80; // by address; 80 bytes of it are there
    private const int GlyphSize = 64;
    private const long Microsecond = Timeline.PicosecondsPerSecond / 1_000_000;
    private const long Quick = 37 * Microsecond;
    private const long Slow = 1_520 * Microsecond; // clear and home

    private readonly Timeline _timeline;
    private readonly Hd44780Pins _pins;
    private readonly Pin[] _data;
    private readonly PinDriver[] _drivers;
    private readonly byte[] _characters = new byte[RamSize];
    private readonly byte[] _glyphs = new byte[GlyphSize];
    private bool _enabled;
    private bool _fourBits;
    private bool _lowNibble; // is next
    private int _nibble;
    private bool _twoLines;
    private bool _intoGlyphs;
    private bool _increments = true;
    private bool _shifts;
    private byte _display; // the low bits of display control
    private int _address;
    private int _offset; // of the display
    private long _busyUntil;
    private int _ignored;

    /// <summary>Initializes a new instance of the <see cref="Hd44780"/> class.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pins">The pins it is wired to.</param>
    /// <param name="columns">Characters in a row, 1–40.</param>
    /// <param name="rows">Rows: 1, 2 or 4.</param>
    public Hd44780(ATxmega128A1 chip, Hd44780Pins pins, int columns = 16, int rows = 2)
    {
        _data = [.. pins.Data];
        if (_data.Length is not (4 or 8)) throw new ArgumentException($"{_data.Length} data pins: write 8, or 4 for D4–D7", nameof(pins));
        if (columns is < 1 or > LineLength) throw new ArgumentOutOfRangeException(nameof(columns));
        if (rows is not (1 or 2 or 4)) throw new ArgumentOutOfRangeException(nameof(rows));
        Name = $"HD44780 at {pins.E.Name}";
        chip.Attach(this);
        (_timeline, _pins, Columns, Rows) = (chip.Timeline, pins, columns, rows);
        _drivers = [.. _data.Select(p => p.AddDriver(Name))];
        _characters.AsSpan().Fill((byte)' ');
        _enabled = pins.E.IsHigh;
        pins.E.Listen(this);
        pins.Rw?.Listen(this);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets the characters in a row.</summary>
    public int Columns { get; }

    /// <summary>Gets the rows.</summary>
    public int Rows { get; }

    /// <summary>Gets the display data RAM by address: the second line begins at 0x40.</summary>
    public ReadOnlyMemory<byte> Characters => _characters;

    /// <summary>Gets the character generator RAM: eight glyphs of eight rows.</summary>
    public ReadOnlyMemory<byte> Glyphs => _glyphs;

    /// <summary>Gets a value indicating whether the display is on.</summary>
    public bool IsOn => (_display & 0x04) != 0;

    /// <summary>Gets a value indicating whether the cursor is shown.</summary>
    public bool HasCursor => (_display & 0x02) != 0;

    /// <summary>Gets the address that the next character goes to.</summary>
    public int Address => _address;

    /// <summary>Gets a value indicating whether it is at work and takes nothing.</summary>
    public bool IsBusy => _timeline.Picoseconds < _busyUntil;

    /// <summary>Gets how many writes came while it was busy, and were not taken.</summary>
    public int IgnoredWrites => _ignored;

    /// <summary>Gets what is seen, a line of text a row; spaces while the display is off.</summary>
    public string Text => string.Join('\n', Enumerable.Range(0, Rows).Select(Row));

    /// <summary>What is seen in a row.</summary>
    /// <param name="row">0 for the upper one.</param>
    /// <returns>As many characters as there are columns.</returns>
    public string Row(int row) => string.Create(Columns, row, (text, r) =>
    {
        for (int column = 0; column < text.Length; column++) text[column] = IsOn ? Letter(_characters[AddressOf(r, column)]) : ' ';
    });

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        bool enabled = _pins.E.IsHigh;
        bool reads = _pins.Rw is { IsHigh: true };
        if (enabled == _enabled)
        {
            if (enabled) Answer(reads);
            return;
        }

        _enabled = enabled;
        if (enabled)
        {
            Answer(reads);
            return;
        }

        Answer(false);
        if (reads) TakeRead();
        else TakeWrite();
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        s.Bytes(_characters);
        s.Bytes(_glyphs);
        s.Value(ref _enabled);
        s.Value(ref _fourBits);
        s.Value(ref _lowNibble);
        s.Value(ref _nibble);
        s.Value(ref _twoLines);
        s.Value(ref _intoGlyphs);
        s.Value(ref _increments);
        s.Value(ref _shifts);
        s.Value(ref _display);
        s.Value(ref _address);
        s.Value(ref _offset);
        s.Value(ref _busyUntil);
        s.Value(ref _ignored);
    }

    private static char Letter(byte code) => code switch
    {
        0x5C => '¥',
        0x7E => '→',
        0x7F => '←',
        >= 0x20 and < 0x7E => (char)code,
        _ => '□',
    };

    // The rows of a display with four are the halves of the two lines.
    private int AddressOf(int row, int column)
    {
        int line = _twoLines ? row & 1 : 0;
        int length = _twoLines ? LineLength : 2 * LineLength;
        int place = column + (_twoLines ? row / 2 : row) * Columns;
        return (line * SecondLine) + ((place + _offset) % length);
    }

    // The data lines while E is high.
    private void Answer(bool reads)
    {
        int value = 0;
        if (reads)
        {
            value = _pins.Rs.IsHigh ? Memory() : (IsBusy ? 0x80 : 0) | _address;
            if (_fourBits && _lowNibble) value <<= 4;
        }

        for (int n = 0; n < _drivers.Length; n++)
            _drivers[n].Drive = reads ? PinDrive.Strong((value & (1 << (8 - _drivers.Length + n))) != 0) : PinDrive.None;
    }

    private void TakeRead()
    {
        if (_fourBits && (_lowNibble = !_lowNibble)) return;
        if (!_pins.Rs.IsHigh || IsBusy) return;
        Advance();
        _busyUntil = _timeline.Picoseconds + Quick;
    }

    private void TakeWrite()
    {
        int value = 0;
        for (int n = 0; n < _data.Length; n++)
            if (_data[n].IsHigh) value |= 1 << (8 - _data.Length + n);
        if (_fourBits)
        {
            _lowNibble = !_lowNibble;
            if (_lowNibble)
            {
                _nibble = value & 0xF0;
                return;
            }

            value = _nibble | (value >> 4);
        }

        if (IsBusy)
        {
            _ignored++;
            return;
        }

        _busyUntil = _timeline.Picoseconds + Quick;
        if (_pins.Rs.IsHigh) Store((byte)value);
        else Execute(value);
    }

    // The highest bit that is set says which instruction it is.
    private void Execute(int value)
    {
        switch (value)
        {
            case >= 0x80: // set DDRAM address
                (_intoGlyphs, _address) = (false, value & 0x7F);
                break;
            case >= 0x40: // set CGRAM address
                (_intoGlyphs, _address) = (true, value & 0x3F);
                break;
            case >= 0x20: // function set: DL, N
                bool fourBits = (value & 0x10) == 0;
                if (fourBits != _fourBits) _lowNibble = false;
                (_fourBits, _twoLines) = (fourBits, (value & 0x08) != 0);
                break;
            case >= 0x10: // shift: S/C, R/L
                bool right = (value & 0x04) != 0;
                if ((value & 0x08) != 0) Shift(right);
                else Move(right);
                break;
            case >= 0x08: // display on: D, C, B
                _display = (byte)(value & 0x07);
                break;
            case >= 0x04: // entry mode: I/D, S
                (_increments, _shifts) = ((value & 0x02) != 0, (value & 0x01) != 0);
                break;
            case >= 0x02: // home
                Home();
                break;
            case 0x01: // clear
                _characters.AsSpan().Fill((byte)' ');
                _increments = true;
                Home();
                break;
        }
    }

    private void Home()
    {
        (_intoGlyphs, _address, _offset) = (false, 0, 0);
        _busyUntil = _timeline.Picoseconds + Slow;
    }

    private byte Memory() => _intoGlyphs ? _glyphs[_address & 0x3F] : _characters[_address];

    private void Store(byte value)
    {
        if (_intoGlyphs) _glyphs[_address & 0x3F] = value;
        else _characters[_address] = value;
        bool shifts = _shifts && !_intoGlyphs;
        Advance();
        if (shifts) Shift(!_increments);
    }

    private void Advance() => Move(_increments);

    private void Move(bool forwards)
    {
        int step = forwards ? 1 : -1;
        if (_intoGlyphs)
        {
            _address = (_address + step) & 0x3F;
            return;
        }

        // Each line's end is followed by the beginning of the other.
        int length = _twoLines ? LineLength : 2 * LineLength;
        bool second = _twoLines && _address >= SecondLine;
        int column = (second ? _address - SecondLine : _address) + step;
        if (column >= 0 && column < length)
        {
            _address += step;
            return;
        }

        int other = _twoLines && !second ? SecondLine : 0;
        _address = other + (forwards ? 0 : length - 1);
    }

    private void Shift(bool right)
    {
        int length = _twoLines ? LineLength : 2 * LineLength;
        _offset = (_offset + (right ? length - 1 : 1)) % length;
    }
}

/// <summary>The pins that an HD44780 is wired to.</summary>
/// <param name="Rs">Register select: high for characters, low for instructions.</param>
/// <param name="Rw">High to read; null: tied low.</param>
/// <param name="E">Enable.</param>
/// <param name="Data">D0–D7, or D4–D7.</param>
public sealed record Hd44780Pins(Pin Rs, Pin? Rw, Pin E, IReadOnlyList<Pin> Data);
