using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A serial NOR flash of the 25 series as Winbond's W25Q80: pages of 256 bytes that programming can only clear bits in,
/// sectors of 4, 32 and 64 KiB to erase, status registers with write enable, busy and block protection, power-down.
/// </summary>
/// <remarks>
/// Limitations: one data line each way (no dual or quad commands), no suspend, no security registers, no SFDP; WP and HOLD
/// are not wired. Block protection covers the top or bottom 1/16 to all, as in the W25Q80. Times are the data sheet's
/// typical ones.
/// </remarks>
public sealed class SpiFlash : SpiDevice, IMemoryPart
{
    /// <summary>Bytes of a page: programming wraps round in it.</summary>
    public const int PageSize = 256;

    private const byte Erased = 0xFF;

    private const byte WriteStatus = 0x01;
    private const byte PageProgram = 0x02;
    private const byte ReadData = 0x03;
    private const byte WriteDisable = 0x04;
    private const byte ReadStatus1 = 0x05;
    private const byte WriteEnable = 0x06;
    private const byte FastRead = 0x0B;
    private const byte Erase4K = 0x20;
    private const byte ReadStatus2 = 0x35;
    private const byte UniqueId = 0x4B;
    private const byte WriteEnableVolatile = 0x50;
    private const byte Erase32K = 0x52;
    private const byte EraseChip = 0x60;
    private const byte EnableReset = 0x66;
    private const byte ManufacturerId = 0x90;
    private const byte Reset = 0x99;
    private const byte JedecId = 0x9F;
    private const byte WakeUp = 0xAB;
    private const byte PowerDown = 0xB9;
    private const byte EraseChipToo = 0xC7;
    private const byte Erase64K = 0xD8;

    private const byte BUSY = 0x01; // programming or erasing
    private const byte WEL = 0x02;  // write enable latch
    private const byte BP = 0x1C;   // block protection
    private const int BP_gp = 2;
    private const byte TB = 0x20;   // protection from the bottom
    private const byte CMP = 0x40;  // in status 2: protects what would not be, and the other way round
    private const byte WritableStatus1 = 0xFC;
    private const byte WritableStatus2 = 0x43;

    private const byte Winbond = 0xEF;

    private readonly Timeline _timeline;
    private readonly ScheduledAction _ready;
    private readonly byte[] _content;
    private readonly byte[] _page = new byte[PageSize];
    private readonly byte[] _pageUsed = new byte[PageSize];
    private readonly int _capacityCode;
    private byte _status1;
    private byte _status2;
    private bool _volatileStatus;
    private bool _asleep;
    private bool _resetEnabled;
    private byte _command;
    private int _count; // bytes of the command so far, its code included
    private int _address;

    /// <summary>Initializes a new instance of the <see cref="SpiFlash"/> class: erased.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pins">The pins it is wired to.</param>
    /// <param name="size">Bytes: a power of two from 64 KiB to 16 MiB.</param>
    public SpiFlash(ATxmega128A1 chip, SpiPins pins, int size)
        : base($"SPI flash at {pins.Cs.Name}", chip, pins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1 << 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 1 << 24);
        ArgumentOutOfRangeException.ThrowIfNotEqual(global::System.Numerics.BitOperations.IsPow2(size), true, nameof(size));
        _timeline = chip.Timeline;
        _content = new byte[size];
        Array.Fill(_content, Erased);
        _capacityCode = global::System.Numerics.BitOperations.Log2((uint)size);
        _ready = chip.CreateAction(Name, Phase.World, () => _status1 &= unchecked((byte)~(BUSY | WEL)));
    }

    /// <inheritdoc/>
    public Memory<byte> Content => _content;

    /// <inheritdoc/>
    public override void State(StateStream s)
    {
        base.State(s);
        s.Bytes(_content);
        s.Bytes(_page);
        s.Bytes(_pageUsed);
        s.Value(ref _status1);
        s.Value(ref _status2);
        s.Value(ref _volatileStatus);
        s.Value(ref _asleep);
        s.Value(ref _resetEnabled);
        s.Value(ref _command);
        s.Value(ref _count);
        s.Value(ref _address);
    }

    /// <inheritdoc/>
    protected override void Begin()
    {
        _count = 0;
        Array.Clear(_pageUsed);
    }

    /// <inheritdoc/>
    protected override int Exchange(byte received)
    {
        int at = _count++;
        if (at == 0)
        {
            _command = received;
            if (!Listens) _command = 0;
        }
        else if (at <= 3)
        {
            _address = ((_address << 8) | received) & 0xFFFFFF;
        }

        return _command switch
        {
            ReadStatus1 => _status1,
            ReadStatus2 => _status2,
            JedecId => at switch { 0 => Winbond, 1 => 0x40, 2 => _capacityCode, _ => Silent },
            ManufacturerId when at >= 3 => ((at - 3 + _address) & 1) == 0 ? Winbond : _capacityCode - 1,
            WakeUp when at >= 3 => _capacityCode - 1,
            UniqueId when at >= 4 => at <= 11 ? 0x10 + at : Silent,
            ReadData when at >= 3 => NextByte(),
            FastRead when at >= 4 => NextByte(),
            PageProgram when at >= 4 => TakeForPage(received),
            WriteStatus when at is 1 or 2 => TakeForPage(received),
            _ => Silent,
        };
    }

    /// <inheritdoc/>
    protected override void End(bool wholeBytes)
    {
        if (!wholeBytes || _count == 0) return;
        if (_command == WakeUp) _asleep = false;
        if (_asleep) return;
        bool reset = _resetEnabled;
        _resetEnabled = _command == EnableReset;
        switch (_command)
        {
            case WriteEnable: _status1 |= WEL; break;
            case WriteDisable: _status1 &= unchecked((byte)~WEL); break;
            case WriteEnableVolatile: _volatileStatus = true; return;
            case PowerDown: _asleep = true; break;
            case Reset when reset: _status1 &= unchecked((byte)~WEL); break;
            case WriteStatus when _count >= 2 && ((_status1 & WEL) != 0 || _volatileStatus): SetStatus(); break;
            case PageProgram when _count > 4 && MayChange(_address & ~(PageSize - 1), PageSize): Program(); break;
            case Erase4K when _count == 4: Erase(4 << 10, 45); break;
            case Erase32K when _count == 4: Erase(32 << 10, 120); break;
            case Erase64K when _count == 4: Erase(64 << 10, 150); break;
            case EraseChip or EraseChipToo when _count == 1: Erase(_content.Length, 2000); break;
        }

        _volatileStatus = false;
    }

    // Busy it says only that; asleep it hears only that it shall wake.
    private bool Listens => _asleep ? _command == WakeUp : (_status1 & BUSY) == 0 || _command is ReadStatus1 or ReadStatus2;

    private byte NextByte()
    {
        byte value = _content[_address & (_content.Length - 1)];
        _address++;
        return value;
    }

    private int TakeForPage(byte received)
    {
        int place = _command == WriteStatus ? _count - 2 : (_address + _count - 5) & (PageSize - 1);
        _page[place] = received;
        _pageUsed[place] = 1;
        return Silent;
    }

    private void SetStatus()
    {
        _status1 = (byte)((_status1 & ~WritableStatus1) | (_page[0] & WritableStatus1));
        if (_count >= 3) _status2 = (byte)((_status2 & ~WritableStatus2) | (_page[1] & WritableStatus2));
        if (!_volatileStatus) BeBusy(Timeline.PicosecondsPerSecond / 1000 * 10);
    }

    private void Program()
    {
        int page = _address & (_content.Length - 1) & ~(PageSize - 1);
        for (int i = 0; i < PageSize; i++)
            if (_pageUsed[i] != 0) _content[page + i] &= _page[i];
        BeBusy(Timeline.PicosecondsPerSecond / 1_000_000 * 700);
    }

    private void Erase(int size, int milliseconds)
    {
        int start = _address & (_content.Length - 1) & ~(size - 1);
        if (size == _content.Length) start = 0;
        if (!MayChange(start, size)) return;
        _content.AsSpan(start, size).Fill(Erased);
        BeBusy(Timeline.PicosecondsPerSecond / 1000 * milliseconds);
    }

    private void BeBusy(long picoseconds)
    {
        _status1 |= BUSY;
        _timeline.Book(_ready, _timeline.Picoseconds + picoseconds);
    }

    private bool MayChange(int start, int size)
    {
        if ((_status1 & WEL) == 0) return false;
        start &= _content.Length - 1;
        int fraction = (_status1 & BP) >> BP_gp;
        int protectedSize = fraction == 0 ? 0 : fraction >= 5 ? _content.Length : _content.Length >> (5 - fraction);
        bool fromBottom = (_status1 & TB) != 0;
        if ((_status2 & CMP) != 0) (protectedSize, fromBottom) = (_content.Length - protectedSize, !fromBottom);
        return fromBottom ? start >= protectedSize : start + size <= _content.Length - protectedSize;
    }
}
