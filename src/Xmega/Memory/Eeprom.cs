using Xmega.State;

namespace Xmega.Memory;

/// <summary>
/// EEPROM: 64 pages of 32 bytes, and the page buffer through which they are written. Each byte of the buffer has a tag
/// that says it was loaded; erasing and writing touch tagged bytes only (8077I 4.7, 8331B 33.6.2).
/// </summary>
public sealed class Eeprom
{
    /// <summary>Bytes of EEPROM.</summary>
    public const int Size = 0x800;

    /// <summary>Bytes of a page, and of the page buffer.</summary>
    public const int PageSize = 32;

    private readonly byte[] _cells = new byte[Size];
    private readonly byte[] _buffer = new byte[PageSize];
    private uint _tags;

    internal Eeprom()
    {
        ProgramMemory.Erase(_cells);
        EraseBuffer();
    }

    /// <summary>Gets the contents; erased it holds 0xFF.</summary>
    public Span<byte> Span => _cells;

    /// <summary>Gets a value indicating whether it answers at 0x1000–0x17FF of the data space: NVM.CTRLB.EEMAPEN.</summary>
    public bool IsMapped { get; internal set; }

    /// <summary>Gets the page buffer.</summary>
    internal ReadOnlySpan<byte> Buffer => _buffer;

    /// <summary>Gets which bytes of the page buffer are loaded, a bit a byte.</summary>
    internal uint Tags => _tags;

    /// <summary>Gets or sets what reads while EEPROM is being programmed, or null while it is not.</summary>
    internal Func<int, byte>? BusyRead { get; set; }

    /// <summary>Reads through the mapping, as a load instruction does.</summary>
    /// <param name="offset">Byte 0–0x7FF.</param>
    /// <returns>The byte.</returns>
    internal byte Read(int offset) => BusyRead is { } busy ? busy(offset) : _cells[offset];

    /// <summary>Loads a byte of the page buffer: a second load of the same byte leaves the AND of both.</summary>
    /// <param name="offset">Byte address; the low five bits count.</param>
    /// <param name="value">The byte.</param>
    internal void LoadBuffer(int offset, byte value)
    {
        offset &= PageSize - 1;
        _buffer[offset] &= value;
        _tags |= 1u << offset;
    }

    internal void EraseBuffer()
    {
        ProgramMemory.Erase(_buffer);
        _tags = 0;
    }

    internal void State(StateStream s)
    {
        s.Bytes(_cells);
        s.Bytes(_buffer);
        int tags = (int)_tags;
        s.Value(ref tags);
        _tags = (uint)tags;
    }
}
