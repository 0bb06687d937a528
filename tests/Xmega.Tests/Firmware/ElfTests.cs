using Xmega.Firmware;
using Xunit;
using static Xmega.Tests.Firmware.FirmwareFiles;

namespace Xmega.Tests.Firmware;

/// <summary>What a changed field of a good file leads to. <c>bare.elf</c> has four program headers at 0x34, the third for the boot section.</summary>
public sealed class ElfTests
{
    private const string Bare = "bare.elf";
    private const string Damaged = "the file is damaged, copy or build it again";
    private const int Headers = 52;             // ELF header's length, then program headers
    private const int BootHeader = Headers + (2 * 32);
    private const int EepromHeader = Headers + (3 * 32);

    [Theory]
    [InlineData(18, 2, 62, "an ELF file for a PC (x86-64), not for an AVR; build it with avr-gcc -mmcu=atxmega128a1")]
    [InlineData(18, 2, 40, "an ELF file for ARM, not for an AVR; build it with avr-gcc -mmcu=atxmega128a1")]
    [InlineData(18, 2, 185, "an ELF file for AVR32, which is another family, not for an AVR; build it with avr-gcc -mmcu=atxmega128a1")]
    [InlineData(18, 2, 4711, "an ELF file for machine 4711, not for an AVR; build it with avr-gcc -mmcu=atxmega128a1")]
    [InlineData(4, 1, 2, "the ELF header says class 2, byte order 1; AVR files have 1 and 1 (32 bit, little endian), " + Damaged)]
    [InlineData(5, 1, 0, "the ELF header says class 1, byte order 0; AVR files have 1 and 1 (32 bit, little endian), " + Damaged)]
    [InlineData(6, 1, 0, "the ELF header says version 0, only 1 exists; " + Damaged)]
    [InlineData(16, 2, 1, "an object file, not yet linked; link it into a program with avr-gcc -mmcu=atxmega128a1")]
    [InlineData(16, 2, 3, "the ELF header says type 3, a program has 2; link it with avr-gcc -mmcu=atxmega128a1")]
    [InlineData(36, 4, 0x85, "built for architecture avr5, not for the ATxmega128A1 (avrxmega7): build with -mmcu=atxmega128a1")]
    [InlineData(36, 4, 51, "built for architecture avr51, not for the ATxmega128A1 (avrxmega7): build with -mmcu=atxmega128a1")]
    [InlineData(36, 4, 100, "built for architecture avrtiny, not for the ATxmega128A1 (avrxmega7): build with -mmcu=atxmega128a1")]
    [InlineData(36, 4, 0, "built for architecture 0 (not said), not for the ATxmega128A1 (avrxmega7): build with -mmcu=atxmega128a1")]
    [InlineData(36, 4, 108, "built for architecture 108 (unknown), not for the ATxmega128A1 (avrxmega7): build with -mmcu=atxmega128a1")]
    [InlineData(42, 2, 56, "program headers of 56 bytes, they have 32; " + Damaged)]
    [InlineData(44, 2, 0xFFFF, "table of 65535 program headers: offset 0x34 and length 0x1FFFE0 leave the file, which has 1572 bytes; " + Damaged)]
    [InlineData(28, 4, 0xFFFFFFFF, "table of 4 program headers: offset 0xFFFFFFFF and length 0x80 leave the file, which has 1572 bytes; " + Damaged)]
    [InlineData(44, 2, 0, "the program has no bytes to load; link it with avr-gcc -mmcu=atxmega128a1")]
    [InlineData(46, 2, 64, "section headers of 64 bytes, they have 40; " + Damaged)]
    [InlineData(48, 2, 0xFFFF, "table of 65535 section headers: offset 0x4E4 and length 0x27FFD8 leave the file, which has 1572 bytes; " + Damaged)]
    [InlineData(BootHeader + 4, 4, 0xFFFFFFFE, "program header 2: offset 0xFFFFFFFE and length 0x4 leave the file, which has 1572 bytes; " + Damaged)]
    [InlineData(BootHeader + 16, 4, 5, "program header 2: 0x5 bytes in the file for 0x4 in memory; " + Damaged)]
    [InlineData(BootHeader + 12, 4, 0x21FFE, "program header 2: bytes 0x021FFE to 0x022001 do not fit in flash (0x000000 to 0x021FFF); make the program smaller or build with -mmcu=atxmega128a1")]
    [InlineData(BootHeader + 12, 4, 0x802000, "program header 2: bytes 0x802000 to 0x802003 are in data memory, which a file cannot fill; give the section a load address in flash, where start-up code copies it from (avr-gcc's linker scripts do)")]
    [InlineData(BootHeader + 12, 4, 0xFFFFFFFF, "program header 2: bytes 0xFFFFFFFF to 0x100000002 belong to no memory of the ATxmega128A1; build with -mmcu=atxmega128a1")]
    [InlineData(BootHeader + 12, 4, 0x00000E, "program header 2: byte 0x00000E (flash) is 0x0C here and 0xFE in program header 0; two programs were mixed in one file, build it again")]
    [InlineData(EepromHeader + 12, 4, 0x840000, "the firmware is for another chip: its signature is C0 FF EE, the ATxmega128A1's is 1E 97 4C; build with -mmcu=atxmega128a1")]
    public void A_bad_header_field_is_refused(int offset, int bytes, uint value, string problem)
    {
        Assert.Equal("file.elf: " + problem, ElfError(Edited(Bare, (offset, bytes, value))));
    }

    [Fact]
    public void A_big_endian_machine_is_named_too()
    {
        Assert.Equal(
            "file.elf: an ELF file for MIPS, not for an AVR; build it with avr-gcc -mmcu=atxmega128a1",
            ElfError(Edited(Bare, (5, 1, 2), (18, 2, 0x0800))));
    }

    [Theory]
    [InlineData(4, "ELF header: offset 0x0 and length 0x14 leave the file, which has 4 bytes; " + Damaged)]
    [InlineData(51, "ELF header: offset 0x0 and length 0x34 leave the file, which has 51 bytes; " + Damaged)]
    [InlineData(52, "table of 4 program headers: offset 0x34 and length 0x80 leave the file, which has 52 bytes; " + Damaged)]
    [InlineData(180, "program header 0: offset 0xB4 and length 0x10 leave the file, which has 180 bytes; " + Damaged)]
    [InlineData(1571, "table of 8 section headers: offset 0x4E4 and length 0x140 leave the file, which has 1571 bytes; " + Damaged)]
    public void A_file_cut_short_is_refused(int length, string problem)
    {
        Assert.Equal("file.elf: " + problem, ElfError(Fixture(Bare)[..length]));
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] file = Fixture(Bare);
        for (int length = 0; length < file.Length; length++)
            Assert.StartsWith("file.elf: ", ElfError(file[..length]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_symbol_table_is_refused()
    {
        byte[] file = Fixture(Bare);
        int table = SectionOfType(file, 2);
        int symbols = BitConverter.ToInt32(file, SectionField(file, table, 16));
        int strings = BitConverter.ToInt32(file, SectionField(file, table, 24));
        int lastCharacter = BitConverter.ToInt32(file, SectionField(file, strings, 16)) + 448;

        Assert.Equal(
            $"file.elf: symbol table (section {table}): 544 bytes in entries of 8, they have 16; {Damaged}",
            ElfError(Edited(Bare, (SectionField(file, table, 36), 4, 8))));
        Assert.Equal(
            $"file.elf: symbol table (section {table}): section 99 is not its string table; {Damaged}",
            ElfError(Edited(Bare, (SectionField(file, table, 24), 4, 99))));
        Assert.Equal(
            $"file.elf: symbol table (section {table}): section 1 is not its string table; {Damaged}",
            ElfError(Edited(Bare, (SectionField(file, table, 24), 4, 1))));
        Assert.Equal(
            $"file.elf: symbol table (section {table}): offset 0x{symbols:X} and length 0xFFFFFFF0 leave the file, which has 1572 bytes; {Damaged}",
            ElfError(Edited(Bare, (SectionField(file, table, 20), 4, 0xFFFFFFF0))));
        Assert.Equal(
            $"file.elf: symbol 6: its name at 0xFFFFFFFF is outside the string table of 449 bytes; {Damaged}",
            ElfError(Edited(Bare, (symbols + (6 * 16), 4, 0xFFFFFFFF))));
        Assert.Equal(
            $"file.elf: symbol 33: its name has no end; {Damaged}",
            ElfError(Edited(Bare, (symbols + (33 * 16), 4, 448), (lastCharacter, 1, 'x'))));
        Assert.Equal(
            $"file.elf: string table (section {strings}): offset 0x{lastCharacter - 448:X} and length 0x7FFFFFFF leave the file, which has 1572 bytes; {Damaged}",
            ElfError(Edited(Bare, (SectionField(file, strings, 20), 4, 0x7FFFFFFF))));
    }

    [Fact]
    public void Names_that_share_too_many_bytes_are_refused()
    {
        // A thousand symbols whose names are one long string, each from its beginning.
        byte[] file = [.. Fixture(Bare), .. new byte[16 * 1000], .. Enumerable.Repeat((byte)'x', 4000), 0];
        int table = SectionOfType(file, 2);
        int strings = BitConverter.ToInt32(file, SectionField(file, table, 24));
        for (int i = 0; i < 1000; i++) file[1572 + (16 * i) + 14] = 1;
        Set(file, SectionField(file, table, 16), 1572);
        Set(file, SectionField(file, table, 20), 16000);
        Set(file, SectionField(file, strings, 16), 1572 + 16000);
        Set(file, SectionField(file, strings, 20), 4001);

        Assert.Equal($"file.elf: the symbols' names overlap too much; {Damaged}", ElfError(file));
    }

    [Fact]
    public void Program_headers_that_share_bytes_of_the_file_are_refused()
    {
        byte[] file = [.. Fixture(Bare), .. Enumerable.Repeat((byte)0xFF, 4096)];
        Set(file, EepromHeader + 4, 1572); // 2048 bytes for EEPROM, then the same 4096 for flash
        Set(file, EepromHeader + 16, 2048);
        Set(file, EepromHeader + 20, 2048);
        Set(file, BootHeader + 4, 1572);
        Set(file, BootHeader + 16, 4096);
        Set(file, BootHeader + 20, 4096);

        Assert.Equal($"file.elf: program header 3: the program headers share bytes of the file; {Damaged}", ElfError(file));
    }

    [Fact]
    public void Overlapping_headers_with_the_same_bytes_are_a_notice()
    {
        // The boot section's header points at the first four bytes of the program.
        FirmwareImage image = LoadElf(Edited(Bare, (BootHeader + 4, 4, 0xB4), (BootHeader + 12, 4, 0)));
        Assert.Equal(["file.elf: program header 2: bytes 0x000000 to 0x000003 (flash) repeat program header 0 with the same values"], image.Notices);
        Assert.Equal(16, image.SizeOf(MemoryKind.Flash));
    }

    [Theory]
    [InlineData(102, "avrxmega2")]
    [InlineData(106, "avrxmega6")]
    public void Another_xmega_architecture_is_a_notice(uint architecture, string name)
    {
        Assert.Equal(
            [$"file.elf: built for architecture {name}, the ATxmega128A1 is an avrxmega7; build with -mmcu=atxmega128a1"],
            LoadElf(Edited(Bare, (36, 4, architecture))).Notices);
    }

    [Fact]
    public void Another_chip_of_the_same_architecture_is_a_notice()
    {
        byte[] file = Fixture("memories.elf");
        int name = file.AsSpan().IndexOf("atxmega128a1\0"u8);
        "atxmega128d3"u8.CopyTo(file.AsSpan(name));
        Assert.Equal(["file.elf: built for atxmega128d3; it runs here as on an ATxmega128A1"], LoadElf(file).Notices);
    }

    [Fact]
    public void A_stripped_program_loads_without_symbols()
    {
        FirmwareImage image = LoadElf(Edited(Bare, (32, 4, 0), (48, 2, 0)));
        Assert.Empty(image.Symbols);
        Assert.Null(image.FindSymbol("reset"));
        Assert.Null(image.FunctionAt(0));
        Assert.Equal(20, image.SizeOf(MemoryKind.Flash));
    }

    [Fact]
    public void Of_two_symbols_with_one_name_the_more_visible_is_found()
    {
        byte[] file = Fixture(Bare);
        int symbols = BitConverter.ToInt32(file, SectionField(file, SectionOfType(file, 2), 16));
        int local = symbols + (6 * 16); // local_loop takes boot_entry's name
        FirmwareImage image = LoadElf(Edited(Bare, (local, 4, BitConverter.ToUInt32(file, symbols + (18 * 16)))));

        Assert.Equal([2u, 0x20000u], image.Symbols.Where(symbol => symbol.Name == "boot_entry").Select(symbol => symbol.Address));
        Assert.Equal(0x20000u, image.FindSymbol("boot_entry")?.Address);
    }

    [Theory]
    [InlineData(14, 2, 0)]          // SHN_UNDEF
    [InlineData(14, 2, 0xFFF2)]     // SHN_COMMON
    [InlineData(12, 1, 3)]          // STT_SECTION
    [InlineData(12, 1, 4)]          // STT_FILE
    [InlineData(0, 4, 0)]           // no name
    public void A_symbol_that_names_no_place_is_left_out(int field, int bytes, uint value)
    {
        byte[] file = Fixture(Bare);
        int symbols = BitConverter.ToInt32(file, SectionField(file, SectionOfType(file, 2), 16));
        FirmwareImage image = LoadElf(Edited(Bare, (symbols + (9 * 16) + field, bytes, value)));

        Assert.Null(image.FindSymbol("after"));
        Assert.Equal(LoadFixture(Bare).Symbols.Count - 1, image.Symbols.Count);
    }

    [Fact]
    public void The_entry_point_is_kept_as_written()
    {
        Assert.Equal(0x20000u, LoadElf(Edited(Bare, (24, 4, 0x20000))).EntryPoint);
    }

    private static void Set(byte[] file, int offset, int value) => BitConverter.TryWriteBytes(file.AsSpan(offset), value);
}
