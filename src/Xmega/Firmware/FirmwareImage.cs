namespace Xmega.Firmware;

/// <summary>Which of the chip's memories a segment of a firmware image is placed in.</summary>
public enum MemoryKind
{
    /// <summary>Program memory, byte addresses 0x00000–0x21FFF (128 KiB application and 8 KiB boot section).</summary>
    Flash,

    /// <summary>EEPROM, byte addresses 0x000–0x7FF.</summary>
    Eeprom,

    /// <summary>Fuse bytes 0–5.</summary>
    Fuse,

    /// <summary>The lock bits byte.</summary>
    Lock,

    /// <summary>Device signature, 3 bytes; checked against the chip, never written.</summary>
    Signature,

    /// <summary>User signature row, 512 bytes.</summary>
    UserSignature,
}

/// <summary>The file formats firmware comes in.</summary>
public enum FirmwareFormat
{
    /// <summary>Intel HEX: bytes and their addresses, no symbols.</summary>
    IntelHex,

    /// <summary>ELF as avr-gcc links it.</summary>
    Elf,
}

/// <summary>An unbroken run of bytes in one memory.</summary>
/// <param name="Address">Byte address in that memory, not in the file's combined address space.</param>
/// <param name="Bytes">At least one byte; the run ends inside the memory.</param>
public sealed record FirmwareSegment(uint Address, ReadOnlyMemory<byte> Bytes);

/// <summary>Bytes that take the place of an image's, or fill a gap in it.</summary>
/// <param name="Memory">Which memory; not the signature, which cannot be written.</param>
/// <param name="Address">Byte address in that memory.</param>
/// <param name="Bytes">At least one byte, all inside the memory.</param>
public sealed record MemoryOverlay(MemoryKind Memory, int Address, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// A firmware file, read and checked as a whole: what goes into which memory, and the names in it.
/// Immutable, and safe to share between threads and chips.
/// </summary>
public sealed class FirmwareImage
{
    private readonly IReadOnlyList<FirmwareSegment>[] _segments;
    private readonly SymbolTable _symbols;
    private readonly Lazy<LineTable> _lines;
    private object? _common;

    internal FirmwareImage(
        string fileName,
        FirmwareFormat format,
        IReadOnlyList<FirmwareSegment>[] segments,
        IReadOnlyList<FirmwareSymbol> symbols,
        IReadOnlyList<string> notices)
    {
        FileName = fileName;
        Format = format;
        Notices = notices;
        _segments = segments;
        _symbols = new SymbolTable(symbols, segments[(int)MemoryKind.Flash]);
        _lines = new(ReadLines);
    }

    /// <summary>The file as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>The format the content had.</summary>
    public FirmwareFormat Format { get; }

    /// <summary>
    /// Where the file says execution starts, as written there (ELF <c>e_entry</c>, HEX record 03 or 05), or null.
    /// For information: the chip starts where its reset vector is.
    /// </summary>
    public uint? EntryPoint { get; internal init; }

    /// <summary>All symbols, by space, then address, then name. Empty for Intel HEX and stripped ELF.</summary>
    public IReadOnlyList<FirmwareSymbol> Symbols => _symbols.All;

    /// <summary>Remarks, one line each, that do not keep the firmware from running: data given twice, a sibling chip's program.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>Which source line each address comes from, read at the first look; empty for Intel HEX and firmware built without <c>-g</c>.</summary>
    public LineTable Lines => _lines.Value;

    /// <summary>The whole ELF file, for readers of its debug information; null for Intel HEX.</summary>
    public ReadOnlyMemory<byte>? ElfFile { get; internal init; }

    /// <summary>Reads a firmware file; Intel HEX and ELF are told apart by content.</summary>
    /// <remarks>
    /// Bytes are placed as avr-gcc and avr-objcopy address them: flash at 0x000000, EEPROM at 0x810000, fuses at
    /// 0x820000, lock bits at 0x830000, signature at 0x840000, user signatures at 0x850000. A HEX file that was cut
    /// out of one memory and moved to address 0 (a classic <c>.eep</c> file) cannot be told from flash and is taken as flash.
    /// </remarks>
    /// <param name="file">The whole file; it is copied, later changes to it are not seen.</param>
    /// <param name="fileName">How messages name the file.</param>
    /// <exception cref="FirmwareFormatException">The file cannot be used, in whole or in part.</exception>
    public static FirmwareImage Load(ReadOnlyMemory<byte> file, string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        return FileContent.Recognise(file.Span, fileName) == FirmwareFormat.Elf
            ? Elf.Load(file.ToArray(), fileName)
            : IntelHex.Load(file.Span, fileName);
    }

    /// <summary>How many bytes a memory of the chip has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such memory.</exception>
    public static int CapacityOf(MemoryKind kind) => FirmwarePlacement.Of(kind).Size;

    /// <summary>What goes into a memory, by ascending address; runs neither touch nor overlap. Empty when the file leaves the memory alone.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such memory.</exception>
    public IReadOnlyList<FirmwareSegment> SegmentsOf(MemoryKind kind)
    {
        ThrowIfUnknown(kind);
        return _segments[(int)kind];
    }

    /// <summary>How many bytes the file puts into a memory, gaps not counted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such memory.</exception>
    public int SizeOf(MemoryKind kind) => SegmentsOf(kind).Sum(segment => segment.Bytes.Length);

    /// <summary>Gets what all chips that run the image have in common, from whatever thread they ask.</summary>
    /// <param name="create">Makes it, at the first use; of several threads that do, one is heard.</param>
    /// <typeparam name="T">What it is: one type for an image.</typeparam>
    /// <returns>The same object at every use.</returns>
    internal T Common<T>(Func<FirmwareImage, T> create)
        where T : class
    {
        return (T)(Volatile.Read(ref _common) ?? Interlocked.CompareExchange(ref _common, create(this), null) ?? _common);
    }

    /// <summary>Puts the file's bytes into a memory and leaves what lies in the gaps as it is.</summary>
    /// <param name="kind">Which memory.</param>
    /// <param name="memory">The memory from its address 0.</param>
    /// <exception cref="ArgumentException"><paramref name="memory"/> is shorter than <see cref="CapacityOf"/> says.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No such memory.</exception>
    public void CopyTo(MemoryKind kind, Span<byte> memory)
    {
        if (memory.Length < CapacityOf(kind))
            throw new ArgumentException($"{kind} needs {CapacityOf(kind)} bytes, got {memory.Length}.", nameof(memory));
        foreach (FirmwareSegment segment in SegmentsOf(kind))
            segment.Bytes.Span.CopyTo(memory[(int)segment.Address..]);
    }

    /// <summary>The symbol with this exact name, or null. Of several, the most visible, then the lowest address.</summary>
    public FirmwareSymbol? FindSymbol(string name) => _symbols.Find(name);

    /// <summary>Says which function, or table in flash, an address lies in.</summary>
    /// <remarks>
    /// A symbol whose size covers the address comes first, the innermost of several. Else the nearest function or
    /// global label below, in the same unbroken run of flash; a local assembler label only where no such symbol reaches:
    /// behind the end of a function, or with nothing else before it. Marks of the linker script
    /// (<c>__ctors_start</c>, <c>_etext</c>) name no code.
    /// </remarks>
    /// <param name="byteAddress">Flash byte address (twice the program counter).</param>
    /// <returns>The symbol and the distance from it, or null when nothing is known about the address.</returns>
    public CodeLocation? FunctionAt(uint byteAddress) => _symbols.FunctionAt(byteAddress);

    private LineTable ReadLines() =>
        ElfFile is { } file ? LineTable.Read(file.ToArray(), FileName, hasVectors: FindSymbol("__vectors") is { Space: SymbolSpace.Code, Address: 0 }) : LineTable.Empty;

    private void ThrowIfUnknown(MemoryKind kind)
    {
        if ((uint)kind >= _segments.Length) throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such memory.");
    }
}
