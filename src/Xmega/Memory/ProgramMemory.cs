using Xmega.Cpu;
using Xmega.State;

namespace Xmega.Memory;

/// <summary>
/// Flash: 128 KiB application and 8 KiB boot section, and beside it the instructions it holds, decoded when they are
/// first reached. The contents stay where they are in memory, so that the interpreter can point into them.
/// </summary>
public sealed unsafe class ProgramMemory
{
    /// <summary>Bytes of flash: 0x00000–0x21FFF.</summary>
    public const int Size = 0x22000;

    /// <summary>Words of flash.</summary>
    public const int Words = Size / 2;

    /// <summary>What erased flash, and anything past its end, reads as (past the end: unverified).</summary>
    public const byte Erased = 0xFF;

    /// <summary>Bytes of a page: what is erased and written at a time.</summary>
    public const int PageSize = 512;

    /// <summary>First byte of the application table section, the last part of the application section.</summary>
    public const int TableStart = 0x1E000;

    /// <summary>First byte of the boot section.</summary>
    public const int BootStart = 0x20000;

    private const int Pages = Size / PageSize;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);

    // Pages that were written since the firmware was loaded, and what was loaded, which never changes.
    private readonly bool[] _changed = new bool[Pages];
    private LoadedFlash? _firmware;

    internal ProgramMemory()
    {
        Tables = new CodeTables(_bytes);
        Erase(_bytes);
        Bytes = Pinned.AddressOf(_bytes);
    }

    /// <summary>Gets the contents.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>Gets or sets a value indicating whether (E)LPM must ask <see cref="IFlashAccess"/>: a command is selected, a section is locked or busy.</summary>
    internal bool ReadsAreSpecial { get; set; }

    /// <summary>Gets or sets a value indicating whether flash is being programmed: where code may be fetched from is up to <see cref="IFlashAccess"/>.</summary>
    internal bool IsBusy { get; set; }

    internal byte* Bytes { get; }

    // What was last loaded: most chips are loaded before anybody needs to know what erased flash looks like.
    private LoadedFlash Loaded => _firmware ?? LoadedFlash.Erased;

    /// <summary>Gets the instructions decoded from the contents.</summary>
    internal CodeTables Tables { get; }

    /// <summary>The section an address lies in.</summary>
    /// <param name="address">Byte address.</param>
    /// <returns>The section; the boot section for an address past the end of flash.</returns>
    public static FlashSection SectionOf(int address) => address switch
    {
        < TableStart => FlashSection.Application,
        < BootStart => FlashSection.Table,
        _ => FlashSection.Boot,
    };

    /// <summary>Reads a byte as LPM and ELPM do.</summary>
    /// <param name="address">Byte address.</param>
    /// <returns>The byte; 0xFF past the end of flash.</returns>
    public byte Read(uint address) => address < Size ? _bytes[address] : Erased;

    /// <summary>Reads an instruction word.</summary>
    /// <param name="word">Word address.</param>
    /// <returns>The word; 0xFFFF past the end of flash.</returns>
    public ushort ReadWord(int word) => (uint)word < Words ? (ushort)(_bytes[2 * word] | (_bytes[(2 * word) + 1] << 8)) : (ushort)0xFFFF;

    /// <summary>Erases cells of flash or EEPROM, or a buffer of what is to be written there.</summary>
    /// <param name="cells">The cells.</param>
    internal static void Erase(Span<byte> cells)
    {
        // By doubling: Span.Fill is made for the host's widest vectors, and so never compiled ahead of time.
        cells[0] = Erased;
        for (int done = 1; done < cells.Length; done *= 2) cells[..Math.Min(done, cells.Length - done)].CopyTo(cells[done..]);
    }

    /// <summary>Erases all of flash, as a programmer does before it writes.</summary>
    public void Erase()
    {
        Erase(_bytes);
        Array.Fill(_changed, true);
        Tables.Forget(0, Words - 1);
    }

    /// <summary>Changes the contents and drops what was decoded from them.</summary>
    /// <param name="address">Byte address.</param>
    /// <param name="data">The new bytes.</param>
    public void Write(int address, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        data.CopyTo(_bytes.AsSpan(address));
        Tables.Forget(address / 2, (address + data.Length - 1) / 2);
        for (int page = address / PageSize; page <= (address + data.Length - 1) / PageSize; page++) _changed[page] = true;
    }

    /// <summary>The SHA-256 of flash as it was when the firmware was loaded.</summary>
    /// <returns>32 bytes.</returns>
    internal ReadOnlyMemory<byte> LoadedHash() => Loaded.Hash;

    /// <summary>Takes a firmware: a snapshot holds what differs from it.</summary>
    /// <param name="flash">Flash as the firmware fills it.</param>
    internal void Load(LoadedFlash flash)
    {
        flash.Content.CopyTo(_bytes, 0);
        _firmware = flash;
        Array.Clear(_changed);
        Tables.Share(flash);
    }

    /// <summary>Takes over another chip's firmware.</summary>
    /// <param name="other">Its flash.</param>
    internal void LoadFrom(ProgramMemory other)
    {
        if (Loaded != other.Loaded) Load(other.Loaded);
    }

    /// <summary>Carries the pages that differ from the firmware out or in.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        Span<byte> content = stackalloc byte[PageSize];
        for (int page = 0; page < Pages; page++)
        {
            bool differs = _changed[page] && !PageOf(_bytes, page).SequenceEqual(PageOf(Loaded.Content, page));
            bool wasChanged = differs;
            s.Value(ref differs);
            PageOf(differs ? _bytes : Loaded.Content, page).CopyTo(content);
            if (differs) s.Bytes(content);
            // What is decoded, and translated, stays where nothing changes.
            if (!s.IsRestoring || !(differs || wasChanged)) continue;
            if (!PageOf(_bytes, page).SequenceEqual(content)) Write(page * PageSize, content);
            _changed[page] = differs;
        }
    }

    private static Span<byte> PageOf(byte[] flash, int page) => flash.AsSpan(page * PageSize, PageSize);
}
