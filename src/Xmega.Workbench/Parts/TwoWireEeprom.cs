using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A serial EEPROM of the 24 series: pages that writing wraps round in, 5 ms of writing during which it does not answer,
/// reading on and on over the end of memory to its beginning.
/// </summary>
/// <remarks>
/// Limitations: writing always takes the 5 ms that data sheets give as the longest.
/// </remarks>
public sealed class TwoWireEeprom : TwoWireDevice, IMemoryPart
{
    /// <summary>The address of a device with A2–A0 at ground.</summary>
    public const int DefaultAddress = 0x50;

    private const long WritePicoseconds = Timeline.PicosecondsPerSecond / 1000 * 5;

    private readonly Timeline _timeline;
    private readonly ScheduledAction _ready;
    private readonly byte[] _content;
    private readonly byte[] _page;
    private readonly bool[] _pageUsed;
    private readonly int _addressBytes;
    private readonly int _address;
    private readonly int _blockBits; // of the word address in the device address
    private readonly Pin? _writeProtect;
    private bool _busy;
    private bool _writes;   // addressed for writing
    private int _received;  // bytes since the address
    private int _pointer;

    /// <summary>Initializes a new instance of the <see cref="TwoWireEeprom"/> class: erased.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pins">The pins it is wired to.</param>
    /// <param name="kilobits">1, 2, 4, 8, 16, 32, 64, 128, 256 or 512, as in the part's name.</param>
    /// <param name="address">The seven bits of its address: 0x50–0x57.</param>
    /// <param name="writeProtect">WP: while it is high nothing is written; null: at ground.</param>
    public TwoWireEeprom(ATxmega128A1 chip, TwoWirePins pins, int kilobits, int address = DefaultAddress, Pin? writeProtect = null)
        : base($"I2C EEPROM 0x{address:X2} at {pins.Sda.Name}", chip, pins)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(address & ~7, DefaultAddress, nameof(address));
        _timeline = chip.Timeline;
        _content = new byte[kilobits * 128];
        Array.Fill(_content, (byte)0xFF);
        int pageSize = kilobits switch { <= 2 => 8, <= 16 => 16, <= 64 => 32, <= 256 => 64, _ => 128 };
        (_page, _pageUsed) = (new byte[pageSize], new bool[pageSize]);
        _addressBytes = kilobits <= 16 ? 1 : 2;
        _blockBits = kilobits switch { 4 => 1, 8 => 2, 16 => 3, _ => 0 };
        _address = address & ~((1 << _blockBits) - 1);
        _writeProtect = writeProtect;
        _ready = chip.CreateAction(Name, Phase.World, () => _busy = false);
    }

    /// <inheritdoc/>
    public Memory<byte> Content => _content;

    /// <summary>Gets the bytes of a page.</summary>
    public int PageSize => _page.Length;

    /// <inheritdoc/>
    public override void State(StateStream s)
    {
        base.State(s);
        s.Bytes(_content);
        s.Bytes(_page);
        foreach (ref bool used in _pageUsed.AsSpan()) s.Value(ref used);
        s.Value(ref _busy);
        s.Value(ref _writes);
        s.Value(ref _received);
        s.Value(ref _pointer);
    }

    /// <inheritdoc/>
    protected override bool Address(int address, bool reads)
    {
        int block = (1 << _blockBits) - 1;
        if (_busy || (address & ~block) != _address) return false;
        _writes = !reads;
        _received = 0;
        Array.Clear(_pageUsed);
        if (_blockBits > 0) _pointer = (_pointer & 0xFF) | ((address & block) << 8);
        return true;
    }

    /// <inheritdoc/>
    protected override bool Receive(byte value)
    {
        if (_received++ < _addressBytes)
        {
            _pointer = _addressBytes == 1 ? (_pointer & ~0xFF) | value : (_pointer << 8) | value;
            _pointer &= _content.Length - 1;
            return true;
        }

        if (_writeProtect is { IsHigh: true }) return false;
        int place = _pointer & (PageSize - 1);
        _page[place] = value;
        _pageUsed[place] = true;
        _pointer = (_pointer & ~(PageSize - 1)) | ((place + 1) & (PageSize - 1));
        return true;
    }

    /// <inheritdoc/>
    protected override byte Send()
    {
        byte value = _content[_pointer];
        _pointer = (_pointer + 1) & (_content.Length - 1);
        return value;
    }

    // Only a STOP begins to write; another START forgets what came.
    /// <inheritdoc/>
    protected override void End(bool stop)
    {
        bool writes = stop && _writes && _received > _addressBytes && _writeProtect is not { IsHigh: true };
        _writes = false;
        if (!writes) return;
        int page = _pointer & ~(PageSize - 1);
        for (int i = 0; i < PageSize; i++)
            if (_pageUsed[i]) _content[page + i] = _page[i];
        _busy = true;
        _timeline.Book(_ready, _timeline.Picoseconds + WritePicoseconds);
    }
}
