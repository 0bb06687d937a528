using Xmega.Memory;
using Xmega.State;

namespace Xmega.Nvm;

/// <summary>
/// An erase and/or write under way in flash, EEPROM or the user row. Memory changes when it ends; when the supply fails
/// in the middle, the bytes it touches are left half done and no others (8331B 33.9).
/// </summary>
internal sealed class Programming
{
    // A phase is done in as many steps as a byte has bits.
    private const int Steps = 8;

    private readonly ProgramMemory _flash;
    private readonly Eeprom _eeprom;
    private readonly SignatureRows _rows;
    private readonly byte[] _data = new byte[ProgramMemory.PageSize]; // the page buffer as it was at the start
    private uint _tags;
    private int _target;
    private int _start;
    private int _length;
    private bool _erases;
    private bool _writes;

    public Programming(ProgramMemory flash, Eeprom eeprom, SignatureRows rows)
    {
        _flash = flash;
        _eeprom = eeprom;
        _rows = rows;
    }

    /// <summary>Gets what is being programmed; <see cref="Target.None"/> while nothing is.</summary>
    public Target Target => (Target)_target;

    /// <summary>Gets a value indicating whether flash, or the user row beside it, is being programmed.</summary>
    public bool IsFlash => Target is not (Target.None or Target.Eeprom or Target.EepromPage);

    /// <summary>
    /// Whether flash cannot be read at an address meanwhile: the application section in any case, the boot section while
    /// it is programmed itself, and with it the user row and the whole application (8331B 33.11.1.1, table 33-2).
    /// </summary>
    /// <param name="address">Byte address.</param>
    /// <returns>True: who fetches or reads there waits.</returns>
    public bool Keeps(int address) =>
        IsFlash && (address < ProgramMemory.BootStart || Target is Target.UserRow or Target.Application || _start >= ProgramMemory.BootStart);

    public void Start(NvmCommand command, int start, int length, ReadOnlySpan<byte> buffer, uint tags)
    {
        _target = (int)command.Target;
        _start = start;
        _length = length;
        _erases = command.Erases;
        _writes = command.Writes;
        _tags = tags;
        buffer.CopyTo(_data);
    }

    /// <summary>What a byte of the memory that is being programmed holds when that is done.</summary>
    /// <param name="address">Its address there.</param>
    /// <returns>The byte.</returns>
    public byte ByteWhenDone(int address)
    {
        byte now = Old(address);
        return (uint)(address - _start) >= (uint)_length ? now : Changed(now, address, 1, 1);
    }

    /// <summary>Changes the memory as it is when all is done.</summary>
    public void Finish() => Apply(1, 1);

    /// <summary>Changes the memory as it is when the supply fails in the middle.</summary>
    /// <param name="elapsed">How long it went on.</param>
    /// <param name="total">How long it would have taken.</param>
    public void BreakOff(long elapsed, long total) => Apply(elapsed, total);

    public void State(StateStream s)
    {
        s.Value(ref _target);
        s.Value(ref _start);
        s.Value(ref _length);
        s.Value(ref _erases);
        s.Value(ref _writes);
        int tags = (int)_tags;
        s.Value(ref tags);
        _tags = (uint)tags;
        s.Bytes(_data);
    }

    private void Apply(long elapsed, long total)
    {
        Span<byte> page = stackalloc byte[ProgramMemory.PageSize];
        for (int start = _start; start < _start + _length; start += page.Length)
        {
            int length = Math.Min(page.Length, _start + _length - start);
            for (int i = 0; i < length; i++) page[i] = Changed(Old(start + i), start + i, elapsed, total);
            if (IsFlash && Target != Target.UserRow) _flash.Write(start, page[..length]);
            else page[..length].CopyTo((IsFlash ? _rows.User : _eeprom.Span)[start..]);
        }

        _target = (int)Target.None;
    }

    private byte Old(int address) => Target switch
    {
        Target.Eeprom or Target.EepromPage => _eeprom.Span[address],
        Target.UserRow => _rows.User[address],
        _ => _flash.Read((uint)address),
    };

    // Erasing sets bits, writing clears them: the lowest first, one a step (the order is a choice; the part promises none).
    private byte Changed(byte old, int address, long elapsed, long total)
    {
        int at = address & ((IsFlash ? ProgramMemory.PageSize : Eeprom.PageSize) - 1);
        if (!IsFlash && (_tags & (1u << at)) == 0) return old;
        int phases = _erases && _writes ? 2 : 1;
        int done = (int)(elapsed * phases * Steps / total);
        int value = old;
        if (_erases)
        {
            value |= Lowest(done);
            done -= Steps;
        }

        if (_writes) value &= _data[at] | ~Lowest(done);
        return (byte)value;
    }

    private static int Lowest(int bits) => (1 << Math.Clamp(bits, 0, Steps)) - 1;
}
