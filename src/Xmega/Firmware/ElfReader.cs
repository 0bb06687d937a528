using System.Buffers.Binary;

namespace Xmega.Firmware;

/// <summary>Bounds-checked access to an ELF32 little-endian file. Positions come from the file itself and are never trusted.</summary>
/// <param name="Bytes">The whole file.</param>
/// <param name="FileName">How messages name it.</param>
internal sealed record ElfReader(byte[] Bytes, string FileName)
{
    /// <summary>The file's length, bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>A byte range.</summary>
    /// <param name="offset">First byte in the file.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="what">What the message says lies there.</param>
    /// <exception cref="FirmwareFormatException">The range leaves the file.</exception>
    public ReadOnlySpan<byte> Slice(uint offset, ulong length, string what)
    {
        if (offset + length > (ulong)Bytes.Length)
        {
            throw Fail(FormattableString.Invariant($"{what}: offset 0x{offset:X} and length 0x{length:X} leave the file, which has {Bytes.Length} bytes; {FirmwareText.Damaged}"));
        }

        return Bytes.AsSpan((int)offset, (int)length);
    }

    /// <summary>An error about this file.</summary>
    public FirmwareFormatException Fail(string problem) => new(FileName, null, problem);

    /// <summary>A half word.</summary>
    public static ushort Half(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(record[offset..]);

    /// <summary>A word.</summary>
    public static uint Word(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(record[offset..]);
}
