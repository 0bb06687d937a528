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

/// <summary>A run of bytes of a firmware image.</summary>
/// <param name="Memory">The memory they belong to.</param>
/// <param name="Address">Byte address of the first in that memory.</param>
/// <param name="Data">The bytes.</param>
public sealed record FirmwareSegment(MemoryKind Memory, uint Address, ReadOnlyMemory<byte> Data);

/// <summary>What a firmware file holds.</summary>
/// <param name="Segments">Its bytes, in order.</param>
public sealed record FirmwareImage(IReadOnlyList<FirmwareSegment> Segments);
