using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A DataFlash of the AT45DB series: pages of 264 or 528 bytes that are written through two SRAM buffers, so that
/// firmware fills one while the other is being programmed.
/// </summary>
/// <remarks>
/// Limitations: pages have their odd standard size (no power-of-two option), there is no sector protection, no security
/// register, and no program and erase suspend. Times are the data sheet's typical ones.
/// </remarks>
public sealed class DataFlash : SpiDevice, IMemoryPart
{
    private const byte Erased = 0xFF;
    private const byte Atmel = 0x1F;

    private const byte RDY = 0x80;  // not busy
    private const byte COMP = 0x40; // the last comparison found a difference

    private const int PagesInBlock = 8;
    private const uint ChipErase = 0xC794809A;
    private const long Microsecond = Timeline.PicosecondsPerSecond / 1_000_000;

    private readonly Timeline _timeline;
    private readonly ScheduledAction _ready;
    private readonly byte[] _content;
    private readonly byte[][] _buffers;
    private readonly int _pageSize;
    private readonly int _offsetBits;
    private readonly byte _statusCode;
    private readonly byte[] _id;
    private readonly byte[] _head = new byte[4]; // command and address
    private int _count;
    private int _place; // in memory or in the buffer, of the next byte
    private int _busyBuffer = -1; // the buffer that programming or a transfer uses
    private bool _busy;
    private bool _differs;
    private bool _asleep;

    /// <summary>Initializes a new instance of the <see cref="DataFlash"/> class: erased.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pins">The pins it is wired to.</param>
    /// <param name="megabits">4, 8, 16 or 32, as in AT45DB041 to AT45DB321.</param>
    public DataFlash(ATxmega128A1 chip, SpiPins pins, int megabits)
        : base($"DataFlash at {pins.Cs.Name}", chip, pins)
    {
        (_pageSize, int pages, _statusCode, byte density, byte variant) = megabits switch
        {
            4 => (264, 2048, (byte)0x1C, (byte)0x24, (byte)0x00),
            8 => (264, 4096, (byte)0x24, (byte)0x25, (byte)0x00),
            16 => (528, 4096, (byte)0x2C, (byte)0x26, (byte)0x00),
            32 => (528, 8192, (byte)0x34, (byte)0x27, (byte)0x01),
            _ => throw new ArgumentOutOfRangeException(nameof(megabits), megabits, "4, 8, 16 or 32"),
        };
        _id = [Atmel, density, variant, 0x00];
        _offsetBits = _pageSize == 264 ? 9 : 10;
        _content = new byte[pages * _pageSize];
        Array.Fill(_content, Erased);
        _buffers = [new byte[_pageSize], new byte[_pageSize]];
        _timeline = chip.Timeline;
        _ready = chip.CreateAction(Name, Phase.World, () => (_busy, _busyBuffer) = (false, -1));
    }

    /// <summary>Gets the memory, page after page.</summary>
    public Memory<byte> Content => _content;

    /// <summary>Gets the bytes of a page.</summary>
    public int PageSize => _pageSize;

    private byte Status => (byte)((_busy ? 0 : RDY) | (_differs ? COMP : 0) | _statusCode);

    private int Page => (((_head[1] << 16) | (_head[2] << 8) | _head[3]) >> _offsetBits) % (_content.Length / _pageSize);

    private int Offset => (((_head[2] << 8) | _head[3]) & ((1 << _offsetBits) - 1)) % _pageSize;

    /// <inheritdoc/>
    public override void State(StateStream s)
    {
        base.State(s);
        s.Bytes(_content);
        foreach (byte[] buffer in _buffers) s.Bytes(buffer);
        s.Bytes(_head);
        s.Value(ref _count);
        s.Value(ref _place);
        s.Value(ref _busyBuffer);
        s.Value(ref _busy);
        s.Value(ref _differs);
        s.Value(ref _asleep);
    }

    /// <inheritdoc/>
    protected override void Begin() => _count = 0;

    /// <inheritdoc/>
    protected override int Exchange(byte received)
    {
        int at = _count++;
        if (at < 4) _head[at] = received;
        byte command = _head[0];
        if (_asleep) return Silent;
        if (command is 0xD7 or 0x57) return Status;
        if (command == 0x9F) return at < _id.Length ? _id[at] : Silent;
        if (at == 3) _place = Offset;
        int buffer = BufferOf(command);
        if (buffer >= 0 && buffer == _busyBuffer) return Silent;
        return command switch
        {
            0xD4 or 0xD6 or 0x54 or 0x56 when at >= 4 => FromBuffer(buffer),
            0xD1 or 0xD3 when at >= 3 => FromBuffer(buffer),
            0x84 or 0x87 when at >= 4 => ToBuffer(buffer, received),
            _ when _busy => Silent,
            0x82 or 0x85 when at >= 4 => ToBuffer(buffer, received),
            0x03 when at >= 3 => FromArray(at == 3),
            0x0B or 0x1B when at >= 4 => FromArray(at == 4),
            0xE8 or 0x68 when at >= 7 => FromArray(at == 7),
            0xD2 or 0x52 when at >= 7 => FromPage(),
            _ => Silent,
        };
    }

    /// <inheritdoc/>
    protected override void End(bool wholeBytes)
    {
        if (!wholeBytes || _count == 0) return;
        byte command = _head[0];
        if (command == 0xAB) _asleep = false;
        if (_asleep || (_busy && command != 0xAB)) return;
        if (command == 0xB9) _asleep = true;
        if (_count < 4) return;
        int buffer = BufferOf(command);
        Span<byte> page = _content.AsSpan(Page * _pageSize, _pageSize);
        switch (command)
        {
            case 0x82 or 0x85 when _count > 4:
            case 0x83 or 0x86:
                page.Fill(Erased);
                Program(buffer, page, 14_000);
                break;
            case 0x88 or 0x89:
                Program(buffer, page, 2_000);
                break;
            case 0x58 or 0x59:
                page.CopyTo(_buffers[buffer]);
                BeBusy(buffer, 14_000);
                break;
            case 0x53 or 0x55:
                page.CopyTo(_buffers[buffer]);
                BeBusy(buffer, 200);
                break;
            case 0x60 or 0x61:
                _differs = !page.SequenceEqual(_buffers[buffer]);
                BeBusy(buffer, 200);
                break;
            case 0x81:
                page.Fill(Erased);
                BeBusy(-1, 13_000);
                break;
            case 0x50:
                _content.AsSpan(Page / PagesInBlock * PagesInBlock * _pageSize, PagesInBlock * _pageSize).Fill(Erased);
                BeBusy(-1, 30_000);
                break;
            case 0x7C:
                EraseSector();
                break;
            case 0xC7 when global::System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(_head) == ChipErase:
                _content.AsSpan().Fill(Erased);
                BeBusy(-1, 5_000_000);
                break;
        }
    }

    // Which buffer a command names; the commands of the second are those of the first plus a few.
    private static int BufferOf(byte command) => command switch
    {
        0xD4 or 0xD1 or 0x54 or 0x84 or 0x82 or 0x83 or 0x88 or 0x58 or 0x53 or 0x60 => 0,
        0xD6 or 0xD3 or 0x56 or 0x87 or 0x85 or 0x86 or 0x89 or 0x59 or 0x55 or 0x61 => 1,
        _ => -1,
    };

    private byte FromBuffer(int buffer)
    {
        byte value = _buffers[buffer][_place];
        _place = (_place + 1) % _pageSize;
        return value;
    }

    private int ToBuffer(int buffer, byte value)
    {
        _buffers[buffer][_place] = value;
        _place = (_place + 1) % _pageSize;
        return Silent;
    }

    // Over the end of a page into the next one, and over the end of memory to its beginning.
    private byte FromArray(bool first)
    {
        if (first) _place = (Page * _pageSize) + Offset;
        byte value = _content[_place];
        _place = (_place + 1) % _content.Length;
        return value;
    }

    // Round and round in one page.
    private byte FromPage()
    {
        byte value = _content[(Page * _pageSize) + _place];
        _place = (_place + 1) % _pageSize;
        return value;
    }

    private void Program(int buffer, Span<byte> page, long microseconds)
    {
        for (int i = 0; i < page.Length; i++) page[i] &= _buffers[buffer][i];
        BeBusy(buffer, microseconds);
    }

    // The first sector is split: its first block, and the rest of it.
    private void EraseSector()
    {
        int pages = _pageSize == 264 && _content.Length / _pageSize == 2048 ? 256 : _content.Length / _pageSize / 16;
        int sector = Page / pages, first = sector * pages, count = pages;
        if (sector == 0) (first, count) = Page < PagesInBlock ? (0, PagesInBlock) : (PagesInBlock, pages - PagesInBlock);
        _content.AsSpan(first * _pageSize, count * _pageSize).Fill(Erased);
        BeBusy(-1, 700_000);
    }

    private void BeBusy(int buffer, long microseconds)
    {
        (_busy, _busyBuffer) = (true, buffer);
        _timeline.Book(_ready, _timeline.Picoseconds + (microseconds * Microsecond));
    }
}
