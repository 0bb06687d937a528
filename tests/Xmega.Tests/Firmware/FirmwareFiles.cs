using System.Buffers.Binary;
using System.Text;
using Xmega.Firmware;
using Xunit;

namespace Xmega.Tests.Firmware;

/// <summary>Firmware files for tests: the committed fixtures, HEX records, and edits to an ELF file.</summary>
internal static class FirmwareFiles
{
    public const string End = ":00000001FF";

    public static byte[] Fixture(string name)
    {
        using Stream stream = typeof(FirmwareFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"no fixture {name}");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return file;
    }

    public static FirmwareImage LoadFixture(string name) => FirmwareImage.Load(Fixture(name), name);

    /// <summary>A record with the right checksum.</summary>
    public static string Record(int type, int offset, params byte[] data)
    {
        byte[] bytes = [(byte)data.Length, (byte)(offset >> 8), (byte)offset, (byte)type, .. data];
        byte sum = 0;
        foreach (byte value in bytes) sum += value;
        return $":{Convert.ToHexString(bytes)}{(byte)-sum:X2}";
    }

    public static FirmwareImage LoadHex(params string[] lines) =>
        FirmwareImage.Load(Encoding.Latin1.GetBytes(string.Join('\n', lines) + "\n"), "file.hex");

    public static string HexError(params string[] lines) => Error(() => LoadHex(lines));

    public static string Error(Action load) => Assert.Throws<FirmwareFormatException>(load).Message;

    public static FirmwareImage LoadElf(byte[] file) => FirmwareImage.Load(file, "file.elf");

    public static string ElfError(byte[] file) => Error(() => LoadElf(file));

    /// <summary>A copy of the fixture with some of its little-endian fields changed.</summary>
    public static byte[] Edited(string fixture, params (int Offset, int Bytes, uint Value)[] edits)
    {
        byte[] file = Fixture(fixture);
        foreach ((int offset, int bytes, uint value) in edits)
        {
            for (int i = 0; i < bytes; i++) file[offset + i] = (byte)(value >> (8 * i));
        }

        return file;
    }

    /// <summary>Where a field of a section header stands.</summary>
    public static int SectionField(byte[] elf, int section, int field) =>
        (int)BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(32)) + (40 * section) + field;

    /// <summary>The first section of this type.</summary>
    public static int SectionOfType(byte[] elf, uint type)
    {
        int section = 0;
        while (BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(SectionField(elf, section, 4))) != type) section++;
        return section;
    }

    public static byte[] BytesOf(FirmwareImage image, MemoryKind kind) =>
        [.. image.SegmentsOf(kind).SelectMany(segment => segment.Bytes.ToArray())];

    /// <summary>A memory as the image leaves it when it was erased before.</summary>
    public static byte[] MemoryOf(FirmwareImage image, MemoryKind kind)
    {
        var memory = new byte[FirmwareImage.CapacityOf(kind)];
        memory.AsSpan().Fill(0xFF);
        image.CopyTo(kind, memory);
        return memory;
    }
}
