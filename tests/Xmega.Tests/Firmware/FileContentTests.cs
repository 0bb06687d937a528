using System.Text;
using Xmega.Firmware;
using Xunit;
using static Xmega.Tests.Firmware.FirmwareFiles;

namespace Xmega.Tests.Firmware;

public sealed class FileContentTests
{
    [Theory]
    [InlineData("", "the file is empty; give an Intel HEX or ELF file")]
    [InlineData(" \r\n\n", "the file has blank lines only; give an Intel HEX or ELF file")]
    [InlineData("\u00EF\u00BB\u00BF", "the file has blank lines only; give an Intel HEX or ELF file")]
    [InlineData("int main(void)\n", "looks like text, but its first line begins with 'i', not ':'; give an Intel HEX or ELF file")]
    [InlineData("S113000000\n", "looks like Motorola S-records; convert it with avr-objcopy -I srec -O ihex")]
    [InlineData("!<arch>\nx", "looks like a library of object files; link it into a program with avr-gcc -mmcu=atxmega128a1")]
    [InlineData("\u00FF\u00FE:\u0000", "looks like UTF-16 text; save it as plain ASCII or UTF-8")]
    [InlineData("\u00FE\u00FF\u0000:", "looks like UTF-16 text; save it as plain ASCII or UTF-8")]
    [InlineData("PK\u0003\u0004", "looks like a compressed archive; unpack it and give an Intel HEX or ELF file")]
    [InlineData("\u001F\u008B\u0008", "looks like a compressed archive; unpack it and give an Intel HEX or ELF file")]
    [InlineData("\u000C\u0094\u0025\u0001", "looks like a raw binary, which does not say where its bytes go; convert it with avr-objcopy -I binary -O ihex, or give the ELF or HEX file it was made from")]
    [InlineData("\u00FF\u00FF\u00FF\u00FF", "looks like a raw binary, which does not say where its bytes go; convert it with avr-objcopy -I binary -O ihex, or give the ELF or HEX file it was made from")]
    public void What_is_neither_HEX_nor_ELF_is_named(string content, string problem)
    {
        Assert.Equal("file: " + problem, Error(() => FirmwareImage.Load(Encoding.Latin1.GetBytes(content), "file")));
    }

    [Fact]
    public void The_name_of_the_file_does_not_matter()
    {
        Assert.Equal(FirmwareFormat.Elf, FirmwareImage.Load(Fixture("bare.elf"), "bare.hex").Format);
        Assert.Equal(FirmwareFormat.IntelHex, FirmwareImage.Load(Fixture("bare.hex"), "bare.elf").Format);
    }

    [Fact]
    public void A_file_name_cannot_break_the_line()
    {
        Assert.Equal("a?b?[31m: the file is empty; give an Intel HEX or ELF file", Error(() => FirmwareImage.Load(default, "a\nb\u001B[31m")));
    }

    [Fact]
    public void The_image_does_not_see_later_changes_to_the_file()
    {
        byte[] elf = Fixture("bare.elf");
        FirmwareImage image = FirmwareImage.Load(elf, "bare.elf");
        byte[] before = BytesOf(image, MemoryKind.Flash);
        elf.AsSpan().Clear();
        Assert.Equal(before, BytesOf(image, MemoryKind.Flash));
        Assert.Equal(Fixture("bare.elf"), image.ElfFile!.Value.ToArray());
    }

    [Fact]
    public void Unknown_memories_and_short_buffers_are_refused()
    {
        FirmwareImage image = LoadFixture("bare.hex");
        Assert.Throws<ArgumentOutOfRangeException>(() => image.SegmentsOf((MemoryKind)6));
        Assert.Throws<ArgumentOutOfRangeException>(() => FirmwareImage.CapacityOf((MemoryKind)(-1)));
        Assert.Throws<ArgumentException>(() => image.CopyTo(MemoryKind.Flash, new byte[0x21FFF]));
        Assert.Throws<ArgumentNullException>(() => FirmwareImage.Load(default, null!));
    }
}
