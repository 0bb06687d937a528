using System.Text;
using Xmega.Firmware;
using Xunit;
using static Xmega.Tests.Firmware.FirmwareFiles;

namespace Xmega.Tests.Firmware;

public sealed class IntelHexTests
{
    private const string Data = ":0400000001020304F2";

    [Fact]
    public void A_data_record_goes_to_flash()
    {
        FirmwareImage image = LoadHex(Data, End);

        FirmwareSegment run = Assert.Single(image.SegmentsOf(MemoryKind.Flash));
        Assert.Equal(0u, run.Address);
        Assert.Equal([1, 2, 3, 4], run.Bytes.ToArray());
        Assert.Equal(4, image.SizeOf(MemoryKind.Flash));
        Assert.Equal(0, image.SizeOf(MemoryKind.Eeprom));
        Assert.Equal(FirmwareFormat.IntelHex, image.Format);
        Assert.Equal("file.hex", image.FileName);
        Assert.Empty(image.Symbols);
        Assert.Empty(image.Notices);
        Assert.Null(image.EntryPoint);
        Assert.Null(image.ElfFile);
        Assert.Null(image.FunctionAt(0));
    }

    [Theory]
    [InlineData(":0400000001020304F2\n:00000001FF\n")]
    [InlineData(":0400000001020304F2\n:00000001FF")]
    [InlineData(":0400000001020304F2\r\n:00000001FF\r\n")]
    [InlineData(":0400000001020304F2\r:00000001FF\r")]
    [InlineData("\n\r\n :0400000001020304f2 \t\n\n\n:00000001ff  \n\n \n")]
    [InlineData("\u00EF\u00BB\u00BF:0400000001020304F2\n:00000001FF\n")]
    public void Line_ends_blank_lines_spaces_and_case_do_not_matter(string text)
    {
        Assert.Equal([1, 2, 3, 4], BytesOf(FirmwareImage.Load(Encoding.Latin1.GetBytes(text), "file.hex"), MemoryKind.Flash));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("\r")]
    public void Lines_are_counted_alike_whatever_ends_them(string lineEnd)
    {
        byte[] file = Encoding.Latin1.GetBytes(string.Join(lineEnd, "", Data, "", "x"));
        Assert.StartsWith("file.hex:4: the line begins with 'x'", Error(() => FirmwareImage.Load(file, "file.hex")), StringComparison.Ordinal);
    }

    [Fact]
    public void Gaps_stay_gaps_and_neighbours_join_in_any_order()
    {
        FirmwareImage image = LoadHex(Record(0, 0x20, 9), Record(0, 0x02, 3, 4), Record(0, 0x00, 1, 2), End);

        Assert.Equal([0u, 0x20u], image.SegmentsOf(MemoryKind.Flash).Select(run => run.Address));
        Assert.Equal([1, 2, 3, 4, 9], BytesOf(image, MemoryKind.Flash));
        Assert.Equal(5, image.SizeOf(MemoryKind.Flash));
        Assert.Empty(image.Notices);
    }

    [Fact]
    public void A_linear_base_counts_on_over_64_KiB()
    {
        FirmwareImage image = LoadHex(Record(4, 0, 0, 1), Record(0, 0xFFFE, 1, 2, 3, 4), End);

        FirmwareSegment run = Assert.Single(image.SegmentsOf(MemoryKind.Flash));
        Assert.Equal(0x1FFFEu, run.Address);
        Assert.Equal([1, 2, 3, 4], run.Bytes.ToArray());
    }

    [Fact]
    public void A_segment_base_wraps_at_64_KiB()
    {
        FirmwareImage image = LoadHex(Record(2, 0, 0x10, 0x01), Record(0, 0xFFFE, 1, 2, 3, 4), End);

        Assert.Equal([0x10010u, 0x2000Eu], image.SegmentsOf(MemoryKind.Flash).Select(run => run.Address));
        Assert.Equal([3, 4, 1, 2], BytesOf(image, MemoryKind.Flash));
    }

    [Fact]
    public void The_last_base_record_counts()
    {
        FirmwareImage image = LoadHex(
            Record(2, 0, 0x20, 0x00), Record(0, 0, 1), Record(4, 0, 0, 1), Record(0, 0, 2), Record(2, 0, 0x00, 0x01), Record(0, 0, 3), End);

        Assert.Equal([0x10u, 0x10000u, 0x20000u], image.SegmentsOf(MemoryKind.Flash).Select(run => run.Address));
        Assert.Equal([3, 2, 1], BytesOf(image, MemoryKind.Flash));
    }

    [Theory]
    [InlineData(MemoryKind.Flash, 0x00, 0x0000, 0x22000)]
    [InlineData(MemoryKind.Eeprom, 0x81, 0x0000, 2048)]
    [InlineData(MemoryKind.Fuse, 0x82, 0x0000, 6)]
    [InlineData(MemoryKind.Lock, 0x83, 0x0000, 1)]
    [InlineData(MemoryKind.UserSignature, 0x85, 0x0000, 512)]
    public void Every_memory_takes_its_first_and_last_byte(MemoryKind kind, byte upper, int offset, int size)
    {
        int last = (upper << 16) + offset + size - 1;
        byte[] end = [(byte)(last >> 24), (byte)(last >> 16)];
        byte[] memory = MemoryOf(LoadHex(Record(4, 0, 0, upper), Record(0, offset, 0x5A), Record(4, 0, end), Record(0, last & 0xFFFF, 0x5A), End), kind);

        Assert.Equal(size, memory.Length);
        Assert.Equal(0x5A, memory[0]);
        Assert.Equal(0x5A, memory[^1]);
        Assert.DoesNotContain(memory.Skip(1).SkipLast(1), value => value != 0xFF);
    }

    [Theory]
    [InlineData(0x1E, 0x97, 0x4C)]
    [InlineData(0x4C, 0x97, 0x1E)] // as <avr/signature.h> places it
    public void This_chips_signature_is_accepted_in_either_order(byte first, byte second, byte third)
    {
        FirmwareImage image = LoadHex(Record(4, 0, 0, 0x84), Record(0, 0, first, second, third), End);
        Assert.Equal([first, second, third], BytesOf(image, MemoryKind.Signature));
    }

    [Fact]
    public void Start_address_records_give_the_entry_point()
    {
        Assert.Equal(0x12344u + 0x10u, LoadHex(Data, Record(3, 0, 0x12, 0x34, 0x00, 0x14), End).EntryPoint);
        Assert.Equal(0x00020004u, LoadHex(Data, Record(5, 0, 0, 2, 0, 4), End).EntryPoint);
    }

    [Fact]
    public void Data_given_twice_with_the_same_values_is_a_notice()
    {
        FirmwareImage image = LoadHex(Data, Record(0, 2, 3, 4, 5), End);
        Assert.Equal([1, 2, 3, 4, 5], BytesOf(image, MemoryKind.Flash));
        Assert.Equal(["file.hex:2: bytes 0x000002 to 0x000003 (flash) repeat line 1 with the same values"], image.Notices);
    }

    [Fact]
    public void Many_repetitions_are_one_notice()
    {
        Assert.Equal(
            ["file.hex:2: bytes 0x000000 to 0x000003 (flash) repeat line 1 with the same values; 2 such overlaps more"],
            LoadHex(Data, Data, Data, Data, End).Notices);
    }

    [Fact]
    public void Data_given_twice_with_different_values_names_both_lines()
    {
        const string message = "file.hex:3: byte 0x000003 (flash) is 0x05 here and 0x04 in line 1; two programs were mixed in one file, build it again";
        Assert.Equal(message, HexError(Data, "", Record(0, 3, 5), End));
        Assert.Equal(
            "file.hex:2: byte 0x000003 (flash) is 0x04 here and 0x05 in line 1; two programs were mixed in one file, build it again",
            HexError(Record(0, 3, 5), Data, End));
        // The piece that covers the byte may have begun before a shorter one.
        Assert.Equal(message, HexError(Data, Record(0, 1, 2), Record(0, 3, 5), End));
    }

    [Fact]
    public void A_segment_that_wraps_onto_itself_is_compared_too()
    {
        Assert.Equal(
            "file.hex:3: byte 0x000000 (flash) is 0x02 here and 0x01 in line 2; two programs were mixed in one file, build it again",
            HexError(Record(2, 0, 0, 0), Record(0, 0, 1), Record(0, 0xFFFF, 9, 2), End));
    }

    [Theory]
    [InlineData(":0400000001020304F3", "bad checksum: record says 0xF3, sum is 0xF2; the file is damaged, copy or build it again")]
    [InlineData("0400000001020304F2", "the line begins with '0', not ':'; this is no Intel HEX record, the file is damaged, copy or build it again")]
    [InlineData("\u001A", "the line begins with byte 0x1A, not ':'; this is no Intel HEX record, the file is damaged, copy or build it again")]
    [InlineData(":040000000102030GF2", "'G' is no hexadecimal digit (character 17 of the record); the file is damaged, copy or build it again")]
    [InlineData(":0400000001020304F2\u00E9", "byte 0xE9 is no hexadecimal digit (character 20 of the record); the file is damaged, copy or build it again")]
    [InlineData(":0400000001020304F2 ;", "byte 0x20 is no hexadecimal digit (character 20 of the record); the file is damaged, copy or build it again")]
    [InlineData(":", "the record is cut short: 0 digits after ':', at least 10 are needed; the file is damaged, copy or build it again")]
    [InlineData(":0", "the record is cut short: 1 digit after ':', at least 10 are needed; the file is damaged, copy or build it again")]
    [InlineData(":00000001F", "the record is cut short: 9 digits after ':', at least 10 are needed; the file is damaged, copy or build it again")]
    [InlineData(":0400000001020304F", "the record is shorter than its count: 0x04 data bytes make 18 digits after ':', there are 17; the file is damaged, copy or build it again")]
    [InlineData(":04000000010203F6", "the record is shorter than its count: 0x04 data bytes make 18 digits after ':', there are 16; the file is damaged, copy or build it again")]
    [InlineData(":030000000102030400", "the record is longer than its count: 0x03 data bytes make 16 digits after ':', there are 18; the file is damaged, copy or build it again")]
    [InlineData(":00000006FA", "unknown record type 0x06, Intel HEX has 0x00 to 0x05; the file is damaged, copy or build it again")]
    [InlineData(":000000FF01", "unknown record type 0xFF, Intel HEX has 0x00 to 0x05; the file is damaged, copy or build it again")]
    [InlineData(":0100000100FE", "a type 0x01 record has 0 bytes of data, this one 1; the file is damaged, copy or build it again")]
    [InlineData(":0100000200FD", "a type 0x02 record has 2 bytes of data, this one 1; the file is damaged, copy or build it again")]
    [InlineData(":020000030000FB", "a type 0x03 record has 4 bytes of data, this one 2; the file is damaged, copy or build it again")]
    [InlineData(":03000004000000F9", "a type 0x04 record has 2 bytes of data, this one 3; the file is damaged, copy or build it again")]
    [InlineData(":050000050000000000F6", "a type 0x05 record has 4 bytes of data, this one 5; the file is damaged, copy or build it again")]
    public void A_bad_record_is_refused_with_its_line(string record, string problem)
    {
        Assert.Equal("file.hex:3: " + problem, HexError(Data, "", record, End));
    }

    [Theory]
    [InlineData(0x00022000, 1, "byte 0x022000 does not fit in flash (0x000000 to 0x021FFF); make the program smaller or build with -mmcu=atxmega128a1")]
    [InlineData(0x00021FFF, 2, "bytes 0x021FFF to 0x022000 do not fit in flash (0x000000 to 0x021FFF); make the program smaller or build with -mmcu=atxmega128a1")]
    [InlineData(0x00802000, 4, "bytes 0x802000 to 0x802003 are in data memory, which a file cannot fill; give the section a load address in flash, where start-up code copies it from (avr-gcc's linker scripts do)")]
    [InlineData(0x008107FF, 2, "bytes 0x8107FF to 0x810800 do not fit in EEPROM (0x810000 to 0x8107FF); put less there or build with -mmcu=atxmega128a1")]
    [InlineData(0x00820000, 7, "bytes 0x820000 to 0x820006 do not fit in the fuses (0x820000 to 0x820005); put less there or build with -mmcu=atxmega128a1")]
    [InlineData(0x00830001, 1, "byte 0x830001 does not fit in the lock bits (0x830000 only); put less there or build with -mmcu=atxmega128a1")]
    [InlineData(0x00840003, 1, "byte 0x840003 does not fit in the signature (0x840000 to 0x840002); put less there or build with -mmcu=atxmega128a1")]
    [InlineData(0x00850200, 2, "bytes 0x850200 to 0x850201 do not fit in the user signature row (0x850000 to 0x8501FF); put less there or build with -mmcu=atxmega128a1")]
    [InlineData(0x00860000, 1, "byte 0x860000 belongs to no memory of the ATxmega128A1; build with -mmcu=atxmega128a1")]
    [InlineData(0xFFFFFFFE, 4, "bytes 0xFFFFFFFE to 0x100000001 belong to no memory of the ATxmega128A1; build with -mmcu=atxmega128a1")]
    public void Bytes_past_a_memory_are_refused(uint address, int count, string problem)
    {
        byte[] upper = [(byte)(address >> 24), (byte)(address >> 16)];
        Assert.Equal("file.hex:2: " + problem, HexError(Record(4, 0, upper), Record(0, (int)(address & 0xFFFF), new byte[count]), End));
    }

    [Fact]
    public void Another_chips_signature_is_refused()
    {
        Assert.Equal(
            "file.hex: the firmware is for another chip: its signature is 1E 95 0F, the ATxmega128A1's is 1E 97 4C; build with -mmcu=atxmega128a1",
            HexError(Data, Record(4, 0, 0, 0x84), Record(0, 0, 0x1E, 0x95, 0x0F), End));
    }

    [Fact]
    public void A_missing_end_record_is_refused()
    {
        Assert.Equal("file.hex:3: the end record (:00000001FF) is missing; the file was cut short, copy or build it again", HexError(Data, "", Record(0, 8, 1)));
    }

    [Fact]
    public void Data_after_the_end_record_is_refused()
    {
        Assert.Equal("file.hex:4: data after the end record in line 2; two files may have been joined, build the file again", HexError(Data, End, "", Data, End));
    }

    [Fact]
    public void A_file_without_data_is_refused()
    {
        Assert.Equal("file.hex: the file has records but no data; build it again", HexError(End));
        Assert.Equal("file.hex: the file has records but no data; build it again", HexError(Record(4, 0, 0, 1), Record(0, 0), End));
    }

    [Fact]
    public void The_exception_has_file_and_line()
    {
        FirmwareFormatException exception = Assert.Throws<FirmwareFormatException>(() => LoadHex(Data, "x"));
        Assert.Equal("file.hex", exception.FileName);
        Assert.Equal(2, exception.Line);
    }
}
