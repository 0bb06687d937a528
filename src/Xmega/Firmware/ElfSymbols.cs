using System.Text;

namespace Xmega.Firmware;

/// <summary>Reads the symbol table of an ELF file.</summary>
internal static class ElfSymbols
{
    private const int EntryBytes = 16;

    private const ushort Undefined = 0;         // SHN_UNDEF
    private const ushort Absolute = 0xFFF1;     // SHN_ABS
    private const ushort Reserved = 0xFF00;     // SHN_LORESERVE

    /// <summary>The symbols that name something: no file names, sections, undefined or nameless entries.</summary>
    /// <exception cref="FirmwareFormatException">The tables contradict the file or themselves.</exception>
    public static List<FirmwareSymbol> Read(ElfReader elf, List<ElfSection> sections)
    {
        int index = sections.FindIndex(section => section.Type == ElfSection.SymbolTable);
        if (index < 0) return []; // stripped
        ReadOnlySpan<byte> table = sections[index].Read(elf, "symbol table");
        if (sections[index].EntrySize != EntryBytes || table.Length % EntryBytes != 0)
            throw elf.Fail(FormattableString.Invariant($"symbol table (section {index}): {sections[index].Size} bytes in entries of {sections[index].EntrySize}, they have {EntryBytes}; {FirmwareText.Damaged}"));
        uint link = sections[index].Link;
        if (link >= sections.Count || sections[(int)link].Type != ElfSection.StringTable)
            throw elf.Fail(FormattableString.Invariant($"symbol table (section {index}): section {link} is not its string table; {FirmwareText.Damaged}"));
        ReadOnlySpan<byte> names = sections[(int)link].Read(elf, "string table");

        var symbols = new List<FirmwareSymbol>(table.Length / EntryBytes);
        long nameBytes = 0;
        for (int number = 0; number < table.Length / EntryBytes; number++)
        {
            ReadOnlySpan<byte> entry = table.Slice(number * EntryBytes, EntryBytes);
            ushort section = ElfReader.Half(entry, 14);
            if (KindOf(entry[12]) is not { } kind || section == Undefined || (section >= Reserved && section != Absolute)) continue;

            ReadOnlySpan<byte> name = NameAt(elf, names, ElfReader.Word(entry, 0), number);
            if (name.IsEmpty) continue;
            // Names may share their ends, but not so much that a small file fills the memory.
            nameBytes += name.Length;
            if (nameBytes > 4L * elf.Length) throw elf.Fail($"the symbols' names overlap too much; {FirmwareText.Damaged}");

            uint value = ElfReader.Word(entry, 4);
            (SymbolSpace space, uint address) = section == Absolute ? (SymbolSpace.Absolute, value) : FirmwarePlacement.LocateSymbol(value);
            symbols.Add(new FirmwareSymbol(FirmwareText.OneLine(Encoding.UTF8.GetString(name)), space, address, ElfReader.Word(entry, 8), kind, BindingOf(entry[12])));
        }

        return symbols;
    }

    private static ReadOnlySpan<byte> NameAt(ElfReader elf, ReadOnlySpan<byte> names, uint offset, int number)
    {
        if (offset >= names.Length)
            throw elf.Fail(FormattableString.Invariant($"symbol {number}: its name at 0x{offset:X} is outside the string table of {names.Length} bytes; {FirmwareText.Damaged}"));
        ReadOnlySpan<byte> name = names[(int)offset..];
        int end = name.IndexOf((byte)0);
        return end >= 0 ? name[..end] : throw elf.Fail(FormattableString.Invariant($"symbol {number}: its name has no end; {FirmwareText.Damaged}"));
    }

    // STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_COMMON, STT_TLS; sections and files name nothing in memory.
    private static SymbolKind? KindOf(byte info) => (info & 0xF) switch
    {
        0 => SymbolKind.Label,
        1 or 5 or 6 => SymbolKind.Object,
        2 => SymbolKind.Function,
        _ => null,
    };

    // STB_LOCAL, STB_GLOBAL, STB_WEAK.
    private static SymbolBinding BindingOf(byte info) => (info >> 4) switch
    {
        0 => SymbolBinding.Local,
        2 => SymbolBinding.Weak,
        _ => SymbolBinding.Global,
    };
}
