using Xmega.State;

namespace Xmega.Dma;

/// <summary>
/// The registers of one channel and the rules by which its addresses and counters run (8077I 5.4, 5.5, 5.14): burst,
/// block, transaction. What moves bytes, and when, is <see cref="DmaBurst"/>'s and <see cref="DmaController"/>'s business.
/// </summary>
internal sealed class DmaChannel
{
    public const int CTRLA = 0x0;
    public const int CTRLB = 0x1;
    public const int ADDRCTRL = 0x2;
    public const int TRIGSRC = 0x3;
    public const int TRFCNT = 0x4;
    public const int REPCNT = 0x6;
    public const int SRCADDR0 = 0x8;
    public const int DESTADDR0 = 0xC;

    public const byte ENABLE = 0x80;   // channel enable
    public const byte RESET = 0x40;    // software reset
    public const byte REPEAT = 0x20;   // repeat mode
    public const byte TRFREQ = 0x10;   // transfer request
    public const byte SINGLE = 0x04;   // one burst, not one block, per trigger
    public const byte BURSTLEN = 0x03; // burst length: 1, 2, 4 or 8 bytes

    public const byte CHBUSY = 0x80;    // transaction under way
    public const byte CHPEND = 0x40;    // trigger waiting
    public const byte ERRIF = 0x20;     // error
    public const byte TRNIF = 0x10;     // transaction complete
    public const byte ERRINTLVL = 0x0C; // interrupt level of ERRIF
    public const byte TRNINTLVL = 0x03; // interrupt level of TRNIF

    public const int DirectionReserved = 3;

    private const int AddressMask = 0xFFFFFF;
    private const int Increment = 1;
    private const int Decrement = 2;
    private const int ReloadAtBlock = 1;
    private const int ReloadAtBurst = 2;
    private const int ReloadAtTransaction = 3;

    /// <summary>Bytes of a block when TRFCNT is 0 (unverified: the manual says blocks of up to 64 KB).</summary>
    private const int LargestBlock = 0x10000;

    private readonly Counted _source = new();
    private readonly Counted _destination = new();
    private ushort _blockSize; // TRFCNT as written
    private int _left = LargestBlock;
    private byte _repeatCount;
    private bool _inBlock;
    private bool _isLastOfRepeat; // REPEAT was cleared by hardware, as the last block began

    public DmaChannel(int number) => Number = number;

    /// <summary>Gets the channel's number, 0–3.</summary>
    public int Number { get; }

    /// <summary>Gets or sets CTRLA; RESET reads zero.</summary>
    public byte Control { get; set; }

    /// <summary>Gets or sets the interrupt levels in CTRLB.</summary>
    public byte Levels { get; set; }

    /// <summary>Gets or sets ERRIF and TRNIF.</summary>
    public byte Flags { get; set; }

    public byte AddressControl { get; set; }

    public byte Trigger { get; set; }

    /// <summary>Gets or sets CHBUSY.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Gets or sets a value indicating whether a trigger was caught that has not been served.</summary>
    public bool IsTriggered { get; set; }

    /// <summary>Gets or sets a value indicating whether the transfer of one trigger has begun and is not complete.</summary>
    public bool IsTransferring { get; set; }

    /// <summary>Gets or sets a value indicating whether software has disabled the channel and its buffer is being emptied.</summary>
    public bool IsAborting { get; set; }

    public bool IsEnabled => (Control & ENABLE) != 0;

    public bool IsSingleShot => (Control & SINGLE) != 0;

    /// <summary>Gets a value indicating whether blocks repeat until further notice.</summary>
    public bool RepeatsForever => (Control & REPEAT) != 0 && _repeatCount == 0;

    /// <summary>Gets the bytes of the next burst: the last one of a block may be shorter (unverified).</summary>
    public int BurstLength => Math.Min(1 << (Control & BURSTLEN), _left);

    /// <summary>Gets the address of the next read.</summary>
    public int Source => _source.Address;

    /// <summary>Gets the address of the next write.</summary>
    public int Destination => _destination.Address;

    /// <summary>A register byte that counts or is counted by: TRFCNT, REPCNT, SRCADDR, DESTADDR, as they run.</summary>
    /// <param name="offset">Bytes from the channel's base.</param>
    public byte Running(int offset) => offset switch
    {
        TRFCNT => (byte)_left,
        TRFCNT + 1 => (byte)(_left >> 8),
        REPCNT => _repeatCount,
        >= DESTADDR0 => (byte)(_destination.Address >> (8 * (offset - DESTADDR0))),
        _ => (byte)(_source.Address >> (8 * (offset - SRCADDR0))),
    };

    /// <summary>Writes such a byte: a value that is running, and the one that it is reloaded with.</summary>
    /// <param name="offset">Bytes from the channel's base.</param>
    /// <param name="value">The byte.</param>
    public void SetRunning(int offset, byte value)
    {
        switch (offset)
        {
            case TRFCNT:
                SetBlockSize((_blockSize & 0xFF00) | value);
                break;
            case TRFCNT + 1:
                SetBlockSize((_blockSize & 0xFF) | (value << 8));
                break;
            case REPCNT:
                _repeatCount = value;
                break;
            case >= DESTADDR0:
                _destination.SetByte(offset - DESTADDR0, value);
                break;
            default:
                _source.SetByte(offset - SRCADDR0, value);
                break;
        }
    }

    /// <summary>A burst begins; the first of the last block clears REPEAT.</summary>
    public void BeginBurst()
    {
        if (_inBlock) return;
        _inBlock = true;
        if ((Control & REPEAT) == 0 || _repeatCount != 1) return;
        Control &= unchecked((byte)~REPEAT);
        _isLastOfRepeat = true;
    }

    /// <summary>A byte was read: TRFCNT and the source address run on.</summary>
    public void Read()
    {
        _left--;
        _source.Step((AddressControl >> 4) & 3);
    }

    /// <summary>A byte was written: the destination address runs on.</summary>
    public void Written() => _destination.Step(AddressControl & 3);

    /// <summary>A burst is complete: counters and addresses are reloaded as they are to be.</summary>
    /// <returns>Whether the transaction is complete too. When blocks repeat forever, each counts as one (unverified): TRNIF is set after each.</returns>
    public bool EndBurst()
    {
        bool block = _left == 0;
        bool transaction = block && ((Control & REPEAT) == 0 || _repeatCount == 0);
        if (block)
        {
            _inBlock = false;
            _left = _blockSize == 0 ? LargestBlock : _blockSize;
            if (_repeatCount > 0 && ((Control & REPEAT) != 0 || _isLastOfRepeat)) _repeatCount--;
            _isLastOfRepeat = false;
        }

        if (Reloads(AddressControl >> 6)) _source.Reload();
        if (Reloads((AddressControl >> 2) & 3)) _destination.Reload();
        return transaction;

        bool Reloads(int mode) => mode switch
        {
            ReloadAtBurst => true,
            ReloadAtBlock => block,
            ReloadAtTransaction => transaction,
            _ => false,
        };
    }

    /// <summary>Disabled, whether complete or not: nothing is pending any more.</summary>
    public void Disable()
    {
        Control &= unchecked((byte)~(ENABLE | TRFREQ));
        IsBusy = IsTriggered = IsTransferring = IsAborting = _inBlock = _isLastOfRepeat = false;
    }

    public void Reset()
    {
        Disable();
        Control = Levels = Flags = AddressControl = Trigger = _repeatCount = 0;
        SetBlockSize(0);
        _source.Reset();
        _destination.Reset();
    }

    public void State(StateStream s)
    {
        byte control = Control, levels = Levels, flags = Flags, addressControl = AddressControl, trigger = Trigger;
        bool busy = IsBusy, triggered = IsTriggered, transferring = IsTransferring, aborting = IsAborting;
        s.Value(ref control);
        s.Value(ref levels);
        s.Value(ref flags);
        s.Value(ref addressControl);
        s.Value(ref trigger);
        s.Value(ref busy);
        s.Value(ref triggered);
        s.Value(ref transferring);
        s.Value(ref aborting);
        s.Value(ref _blockSize);
        s.Value(ref _left);
        s.Value(ref _repeatCount);
        s.Value(ref _inBlock);
        s.Value(ref _isLastOfRepeat);
        _source.State(s);
        _destination.State(s);
        if (!s.IsRestoring) return;
        (Control, Levels, Flags, AddressControl, Trigger) = (control, levels, flags, addressControl, trigger);
        (IsBusy, IsTriggered, IsTransferring, IsAborting) = (busy, triggered, transferring, aborting);
    }

    private void SetBlockSize(int value)
    {
        _blockSize = (ushort)value;
        _left = value == 0 ? LargestBlock : value;
    }

    /// <summary>A 24-bit address that runs, and what it is reloaded with.</summary>
    private sealed class Counted
    {
        private int _start;
        private int _address;

        public int Address => _address;

        public void SetByte(int number, byte value)
        {
            _start = (_start & ~(0xFF << (8 * number))) | (value << (8 * number));
            _address = (_address & ~(0xFF << (8 * number))) | (value << (8 * number));
        }

        // A reserved direction leaves the address alone (unverified).
        public void Step(int direction) =>
            _address = (_address + (direction == Increment ? 1 : direction == Decrement ? -1 : 0)) & AddressMask;

        public void Reload() => _address = _start;

        public void Reset() => _start = _address = 0;

        public void State(StateStream s)
        {
            s.Value(ref _start);
            s.Value(ref _address);
        }
    }
}
