using Xmega.Firmware;
using Xunit;
using static Xmega.Tests.Firmware.FirmwareFiles;

namespace Xmega.Tests.Firmware;

/// <summary>Compiled programs, against what <c>avr-objdump -h</c>, <c>avr-nm -S</c> and <c>avr-readelf -s</c> say about them.</summary>
public sealed class FixtureTests
{
    [Theory]
    [InlineData("memories")]
    [InlineData("bare")]
    public void Both_formats_of_a_program_give_equal_memories(string name)
    {
        FirmwareImage elf = LoadFixture(name + ".elf");
        FirmwareImage hex = LoadFixture(name + ".hex");
        foreach (MemoryKind kind in Enum.GetValues<MemoryKind>())
        {
            Assert.Equal(elf.SegmentsOf(kind).Select(run => (run.Address, run.Bytes.Length)), hex.SegmentsOf(kind).Select(run => (run.Address, run.Bytes.Length)));
            Assert.Equal(MemoryOf(elf, kind), MemoryOf(hex, kind));
        }

        Assert.Empty(elf.Notices);
        Assert.Empty(hex.Notices);
    }

    [Fact]
    public void Memories_has_its_sections_where_objdump_says()
    {
        FirmwareImage image = LoadFixture("memories.elf");

        FirmwareSegment flash = Assert.Single(image.SegmentsOf(MemoryKind.Flash));
        Assert.Equal(0u, flash.Address);
        Assert.Equal(0x312 + 8, flash.Bytes.Length); // .text, and .data at its load address
        Assert.Equal([0x0C, 0x94], flash.Bytes.Span[..2].ToArray());
        Assert.Equal("memories\0"u8.ToArray(), flash.Bytes.Slice(0x1F4, 9).ToArray());
        Assert.Equal([0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44], flash.Bytes[0x312..].ToArray());
        Assert.Equal([.. "hello\0"u8, 0x34, 0x12], BytesOf(image, MemoryKind.Eeprom));
        Assert.Equal([0xFF, 0x21, 0xBF, 0x00, 0xF3, 0xE4], BytesOf(image, MemoryKind.Fuse));
        Assert.Equal([0xFC], BytesOf(image, MemoryKind.Lock));
        Assert.Equal([0x4C, 0x97, 0x1E], BytesOf(image, MemoryKind.Signature));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], BytesOf(image, MemoryKind.UserSignature));
        Assert.Equal(FirmwareFormat.Elf, image.Format);
        Assert.Equal(0u, image.EntryPoint);
    }

    [Fact]
    public void The_flash_only_HEX_file_has_flash_only()
    {
        FirmwareImage image = LoadFixture("memories-flash.hex");
        Assert.Equal(MemoryOf(LoadFixture("memories.elf"), MemoryKind.Flash), MemoryOf(image, MemoryKind.Flash));
        Assert.All(Enum.GetValues<MemoryKind>().Skip(1), kind => Assert.Empty(image.SegmentsOf(kind)));
    }

    [Fact]
    public void Bare_has_a_boot_section_and_EEPROM()
    {
        FirmwareImage image = LoadFixture("bare.elf");
        Assert.Equal([(0u, 16), (0x20000u, 4)], image.SegmentsOf(MemoryKind.Flash).Select(run => (run.Address, run.Bytes.Length)));
        Assert.Equal([0x0C, 0x94, 0x00, 0x00], image.SegmentsOf(MemoryKind.Flash)[1].Bytes.ToArray());
        Assert.Equal([0xC0, 0xFF, 0xEE], BytesOf(image, MemoryKind.Eeprom));
    }

    [Theory]
    [InlineData("main", SymbolSpace.Code, 0x29C, 34, SymbolKind.Function, SymbolBinding.Global)]
    [InlineData("sum", SymbolSpace.Code, 0x24E, 34, SymbolKind.Function, SymbolBinding.Local)]
    [InlineData("__vector_14", SymbolSpace.Code, 0x270, 44, SymbolKind.Function, SymbolBinding.Global)]
    [InlineData("__vector_15", SymbolSpace.Code, 0x24A, 0, SymbolKind.Label, SymbolBinding.Weak)]
    [InlineData("banner", SymbolSpace.Code, 0x1F4, 9, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("table", SymbolSpace.Data, 0x2000, 8, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("ticks", SymbolSpace.Data, 0x2008, 1, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("__bss_end", SymbolSpace.Data, 0x2009, 0, SymbolKind.Label, SymbolBinding.Global)]
    [InlineData("boot_count", SymbolSpace.Eeprom, 6, 2, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("__fuse", SymbolSpace.Fuse, 0, 6, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("__lock", SymbolSpace.Lock, 0, 1, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("__signature", SymbolSpace.Signature, 0, 3, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("serial", SymbolSpace.UserSignature, 0, 8, SymbolKind.Object, SymbolBinding.Global)]
    [InlineData("__stack", SymbolSpace.Absolute, 0x3FFF, 0, SymbolKind.Label, SymbolBinding.Weak)]
    [InlineData("__SREG__", SymbolSpace.Absolute, 0x3F, 0, SymbolKind.Label, SymbolBinding.Local)]
    public void Symbols_are_what_nm_says(string name, SymbolSpace space, uint address, uint size, SymbolKind kind, SymbolBinding binding)
    {
        Assert.Equal(new FirmwareSymbol(name, space, address, size, kind, binding), LoadFixture("memories.elf").FindSymbol(name));
    }

    [Fact]
    public void Symbols_are_sorted_and_leave_out_files_and_sections()
    {
        IReadOnlyList<FirmwareSymbol> symbols = LoadFixture("memories.elf").Symbols;
        Assert.Equal(symbols.OrderBy(symbol => symbol.Space).ThenBy(symbol => symbol.Address).ThenBy(symbol => symbol.Name, StringComparer.Ordinal), symbols);
        Assert.DoesNotContain(symbols, symbol => symbol.Name.Length == 0 || symbol.Name == "memories.c");
        Assert.Equal(186, symbols.Count); // lines of avr-nm
    }

    [Theory]
    [InlineData(0x000, "__vectors")]
    [InlineData(0x1F3, "__vectors+0x1F3")]
    [InlineData(0x1F4, "banner")]
    [InlineData(0x1FD, "banner+0x9")]               // the byte that pads it
    [InlineData(0x1FE, "__init")]                   // not __ctors_end
    [InlineData(0x216, "__do_copy_data")]
    [InlineData(0x23C, "__do_clear_bss+0xA")]       // not .do_clear_bss_start inside it
    [InlineData(0x242, "__do_clear_bss+0x10")]      // the call of main has no name
    [InlineData(0x24A, "__bad_interrupt")]          // not one of a hundred weak vectors
    [InlineData(0x24E, "sum")]
    [InlineData(0x26F, "sum+0x21")]
    [InlineData(0x270, "__vector_14")]
    [InlineData(0x2BD, "main+0x21")]
    [InlineData(0x30E, "_exit")]
    [InlineData(0x310, "_exit+0x2")]                // not __stop_program
    [InlineData(0x31A, null)]                       // behind the program
    [InlineData(0x21FFE, null)]
    public void An_address_has_the_name_a_reader_expects(uint address, string? name)
    {
        Assert.Equal(name, LoadFixture("memories.elf").FunctionAt(address)?.ToString());
    }

    [Theory]
    [InlineData(0x00, "reset")]
    [InlineData(0x02, "reset+0x2")]                 // not the local label there
    [InlineData(0x08, "helper")]
    [InlineData(0x0A, "helper+0x2")]                // not the local label inside it
    [InlineData(0x0C, "after")]                     // local, but helper has ended
    [InlineData(0x0E, "after+0x2")]
    [InlineData(0x10, null)]
    [InlineData(0x1FFFF, null)]
    [InlineData(0x20003, "boot_entry+0x3")]
    [InlineData(0x20004, null)]
    [InlineData(0xFFFFFFFF, null)]
    public void Local_labels_name_code_only_where_nothing_else_does(uint address, string? name)
    {
        Assert.Equal(name, LoadFixture("bare.elf").FunctionAt(address)?.ToString());
    }
}
