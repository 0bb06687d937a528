namespace Xmega.Firmware;

/// <summary>
/// Reads a linked ELF program for AVR (System V ABI, generation 4, chapters 4 and 5; machine flags from binutils'
/// <c>include/elf/avr.h</c>). Bytes are taken by load address, where a programmer would write them: the image of
/// <c>.data</c> lies in flash, and <c>.bss</c> has none.
/// </summary>
internal static class Elf
{
    internal const int HeaderBytes = 52;
    private const int ProgramHeaderBytes = 32;
    private const int SectionHeaderBytes = 40;
    private const uint SegmentLoad = 1;             // PT_LOAD

    private const ushort MachineAvr = 83;           // EM_AVR
    private const ushort TypeObject = 1;            // ET_REL
    private const ushort TypeExecutable = 2;        // ET_EXEC

    private const uint ArchitectureMask = 0x7F;     // EF_AVR_MACH; bit 7 says the linker may relax
    private const uint FirstXmega = 101;            // avrxmega1
    private const uint Avrxmega7 = 107;             // more than 64 KiB flash, more than 64 KiB data space

    /// <summary>Reads a whole file.</summary>
    /// <param name="file">The file; kept by the image, so nobody else may hold it.</param>
    /// <param name="fileName">How messages name it.</param>
    /// <exception cref="FirmwareFormatException">The file cannot be used.</exception>
    public static FirmwareImage Load(byte[] file, string fileName)
    {
        var elf = new ElfReader(file, fileName);
        CheckIdentification(elf);
        ReadOnlySpan<byte> header = elf.Slice(0, HeaderBytes, "ELF header");
        CheckProgramType(elf, header);

        List<string> notices = [];
        CheckArchitecture(elf, ElfReader.Word(header, 36) & ArchitectureMask, notices);
        IReadOnlyList<FirmwareSegment>[] segments = ReadSegments(elf, header, notices);
        SignatureCheck.Verify(segments[(int)MemoryKind.Signature], fileName);

        List<FirmwareSymbol> symbols = [];
        if (ReadSections(elf, header) is { Count: > 0 } sections)
        {
            symbols = ElfSymbols.Read(elf, sections);
            if (ElfDeviceNote.Read(elf, sections) is { } device && !device.StartsWith("atxmega128a1", StringComparison.OrdinalIgnoreCase))
                notices.Add(FirmwareText.OneLine($"{fileName}: built for {device}; it runs here as on an ATxmega128A1"));
        }

        return new FirmwareImage(fileName, FirmwareFormat.Elf, segments, symbols, notices)
        {
            EntryPoint = ElfReader.Word(header, 24),
            ElfFile = file,
        };
    }

    // Class and byte order say how to read the rest, so they are looked at before its length.
    private static void CheckIdentification(ElfReader elf)
    {
        ReadOnlySpan<byte> identity = elf.Slice(0, 20, "ELF header");
        bool swapped = identity[5] == 2;
        int machine = swapped ? (identity[18] << 8) | identity[19] : ElfReader.Half(identity, 18);
        if (machine != MachineAvr)
            throw elf.Fail(FormattableString.Invariant($"an ELF file for {MachineName(machine)}, not for an AVR; build it with avr-gcc -mmcu=atxmega128a1"));
        if (identity[4] != 1 || swapped || identity[5] != 1)
            throw elf.Fail(FormattableString.Invariant($"the ELF header says class {identity[4]}, byte order {identity[5]}; AVR files have 1 and 1 (32 bit, little endian), {FirmwareText.Damaged}"));
        if (identity[6] != 1)
            throw elf.Fail(FormattableString.Invariant($"the ELF header says version {identity[6]}, only 1 exists; {FirmwareText.Damaged}"));
    }

    private static string MachineName(int machine) => machine switch
    {
        3 => "a PC (i386)",
        8 => "MIPS",
        40 => "ARM",
        62 => "a PC (x86-64)",
        94 => "Xtensa",
        183 => "ARM (AArch64)",
        185 => "AVR32, which is another family",
        243 => "RISC-V",
        _ => FormattableString.Invariant($"machine {machine}"),
    };

    private static void CheckProgramType(ElfReader elf, ReadOnlySpan<byte> header)
    {
        ushort type = ElfReader.Half(header, 16);
        if (type == TypeObject)
            throw elf.Fail("an object file, not yet linked; link it into a program with avr-gcc -mmcu=atxmega128a1");
        if (type != TypeExecutable)
            throw elf.Fail(FormattableString.Invariant($"the ELF header says type {type}, a program has {TypeExecutable}; link it with avr-gcc -mmcu=atxmega128a1"));
    }

    private static void CheckArchitecture(ElfReader elf, uint architecture, List<string> notices)
    {
        if (architecture is < FirstXmega or > Avrxmega7)
        {
            throw elf.Fail($"built for architecture {ArchitectureName(architecture)}, not for the ATxmega128A1 (avrxmega7): {FirmwareText.Rebuild}");
        }

        if (architecture != Avrxmega7)
            notices.Add(FirmwareText.OneLine($"{elf.FileName}: built for architecture {ArchitectureName(architecture)}, the ATxmega128A1 is an avrxmega7; {FirmwareText.Rebuild}"));
    }

    private static string ArchitectureName(uint architecture) => architecture switch
    {
        100 => "avrtiny",
        >= FirstXmega and <= Avrxmega7 => FormattableString.Invariant($"avrxmega{architecture - 100}"),
        1 or 2 or 3 or 4 or 5 or 6 or 25 or 31 or 35 or 51 => FormattableString.Invariant($"avr{architecture}"),
        0 => "0 (not said)",
        _ => FormattableString.Invariant($"{architecture} (unknown)"),
    };

    private static IReadOnlyList<FirmwareSegment>[] ReadSegments(ElfReader elf, ReadOnlySpan<byte> header, List<string> notices)
    {
        ReadOnlySpan<byte> table = ReadTable(elf, header, 28, 42, ProgramHeaderBytes, "program header");
        var assembler = new SegmentAssembler(elf.FileName, originsAreLines: false);
        long total = 0;
        for (int number = 0; number < table.Length / ProgramHeaderBytes; number++)
        {
            ReadOnlySpan<byte> entry = table.Slice(number * ProgramHeaderBytes, ProgramHeaderBytes);
            uint inFile = ElfReader.Word(entry, 16);
            uint inMemory = ElfReader.Word(entry, 20);
            if (ElfReader.Word(entry, 0) != SegmentLoad || inFile == 0) continue;
            if (inFile > inMemory)
                throw assembler.Fail(number, $"0x{inFile:X} bytes in the file for 0x{inMemory:X} in memory; {FirmwareText.Damaged}");

            uint offset = ElfReader.Word(entry, 4);
            elf.Slice(offset, inFile, FormattableString.Invariant($"program header {number}"));
            assembler.Add(ElfReader.Word(entry, 12), (int)offset, (int)inFile, number);

            // A linker never uses a byte of the file twice; a file that does could ask for unbounded work.
            total += inFile;
            if (total > elf.Length) throw assembler.Fail(number, $"the program headers share bytes of the file; {FirmwareText.Damaged}");
        }

        if (assembler.IsEmpty) throw elf.Fail("the program has no bytes to load; link it with avr-gcc -mmcu=atxmega128a1");
        return assembler.Build(elf.Bytes, notices);
    }

    internal static List<ElfSection> ReadSections(ElfReader elf, ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> table = ReadTable(elf, header, 32, 46, SectionHeaderBytes, "section header");
        var sections = new List<ElfSection>(table.Length / SectionHeaderBytes);
        for (int at = 0; at < table.Length; at += SectionHeaderBytes)
        {
            ReadOnlySpan<byte> entry = table.Slice(at, SectionHeaderBytes);
            sections.Add(new ElfSection(
                sections.Count, ElfReader.Word(entry, 4), ElfReader.Word(entry, 16), ElfReader.Word(entry, 20),
                ElfReader.Word(entry, 24), ElfReader.Word(entry, 36), ElfReader.Word(entry, 0)));
        }

        return sections;
    }

    // A table's offset, entry size and count; the two half words stand together in the ELF header.
    private static ReadOnlySpan<byte> ReadTable(ElfReader elf, ReadOnlySpan<byte> header, int offsetAt, int entrySizeAt, int entrySize, string what)
    {
        ushort stated = ElfReader.Half(header, entrySizeAt);
        ushort count = ElfReader.Half(header, entrySizeAt + 2);
        if (count == 0) return [];
        if (stated != entrySize)
            throw elf.Fail(FormattableString.Invariant($"{what}s of {stated} bytes, they have {entrySize}; {FirmwareText.Damaged}"));
        return elf.Slice(ElfReader.Word(header, offsetAt), (ulong)count * (ulong)entrySize, FormattableString.Invariant($"table of {FirmwareText.Count(count, what)}"));
    }
}

/// <summary>A section header, as far as it matters here.</summary>
/// <param name="Number">Its index.</param>
/// <param name="Type">SHT_…</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Size">How many they are.</param>
/// <param name="Link">The index of the section that belongs to it.</param>
/// <param name="EntrySize">Bytes an entry, for a table.</param>
/// <param name="Name">Where its name begins in the section of names.</param>
internal sealed record ElfSection(int Number, uint Type, uint Offset, uint Size, uint Link, uint EntrySize, uint Name)
{
    /// <summary>SHT_SYMTAB.</summary>
    public const uint SymbolTable = 2;

    /// <summary>SHT_STRTAB.</summary>
    public const uint StringTable = 3;

    /// <summary>SHT_NOTE.</summary>
    public const uint Note = 7;

    /// <summary>Its bytes.</summary>
    /// <exception cref="FirmwareFormatException">They leave the file.</exception>
    public ReadOnlySpan<byte> Read(ElfReader elf, string what) => elf.Slice(Offset, Size, FormattableString.Invariant($"{what} (section {Number})"));
}
