using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Security.Cryptography;
using Xmega.Electrical;

namespace Xmega.State;

/// <summary>
/// The whole machine at one instruction boundary: the chip's modules, memories and pins, and the state of the parts on
/// its board. It never changes, and any number of chips and threads may restore the same one.
/// </summary>
/// <remarks>
/// Flash is kept as its difference from the firmware that was loaded, so a snapshot goes with a firmware: its hash is
/// part of it. As a file: magic, format version, hash of the firmware, length, CRC-32, and the state, deflated.
/// </remarks>
public sealed class Snapshot
{
    /// <summary>The version of the format of files, and of the order of the fields in them.</summary>
    public const int FormatVersion = 1;

    private const int MagicOffset = 0;
    private const int VersionOffset = 8;
    private const int FirmwareOffset = 10;
    private const int CycleOffset = FirmwareOffset + SHA256.HashSizeInBytes;
    private const int LengthOffset = CycleOffset + 8;
    private const int ChecksumOffset = LengthOffset + 4;
    private const int HeaderSize = ChecksumOffset + 4;
    private const int LargestState = 64 << 20; // external memory and parts included

    internal Snapshot(byte[] state, IReadOnlyList<IVoltage> functions, ReadOnlyMemory<byte> firmwareHash, long cycle, bool isFromFile = false)
    {
        Functions = functions;
        IsFromFile = isFromFile;
        State = state;
        FirmwareHash = firmwareHash;
        Cycle = cycle;
    }

    /// <summary>Gets the cycle at which it was taken.</summary>
    public long Cycle { get; }

    /// <summary>Gets the SHA-256 of flash as the firmware was loaded, 32 bytes.</summary>
    public ReadOnlyMemory<byte> FirmwareHash { get; }

    internal ReadOnlyMemory<byte> State { get; }

    /// <summary>Gets the voltages on pins that are functions of time.</summary>
    internal IReadOnlyList<IVoltage> Functions { get; }

    /// <summary>Gets a value indicating whether another version of Xmega may have saved it.</summary>
    internal bool IsFromFile { get; }

    private static ReadOnlySpan<byte> Magic => "XMEGASNP"u8;

    /// <summary>The snapshot as the bytes of a file.</summary>
    /// <returns>The bytes.</returns>
    /// <exception cref="SnapshotException">A voltage on a pin is a function of time, which no file can hold.</exception>
    public byte[] ToArray()
    {
        if (Functions.Count > 0) throw new SnapshotException($"a snapshot with a voltage that is a function of time ({Functions[0].GetType().Name}) stays in memory: give the pin a constant voltage to save it in a file");
        using var file = new MemoryStream();
        Span<byte> header = stackalloc byte[HeaderSize];
        Magic.CopyTo(header[MagicOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(header[VersionOffset..], FormatVersion);
        FirmwareHash.Span.CopyTo(header[FirmwareOffset..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[CycleOffset..], Cycle);
        BinaryPrimitives.WriteInt32LittleEndian(header[LengthOffset..], State.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ChecksumOffset..], Checksum(header, State.Span));
        file.Write(header);
        using (var deflate = new DeflateStream(file, CompressionLevel.Optimal, leaveOpen: true)) deflate.Write(State.Span);
        return file.ToArray();
    }

    /// <summary>Reads a snapshot from the bytes of a file.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <returns>The snapshot.</returns>
    /// <exception cref="SnapshotException">The bytes are no snapshot, one of another version, or damaged.</exception>
    public static Snapshot Read(ReadOnlyMemory<byte> file, string name = "snapshot")
    {
        ReadOnlySpan<byte> header = file.Span;
        if (!header.StartsWith(Magic)) throw new SnapshotException($"{name}: not a snapshot: it does not begin with {System.Text.Encoding.ASCII.GetString(Magic)}");
        if (header.Length < HeaderSize) throw new SnapshotException($"{name}: truncated: {header.Length} bytes, the header alone has {HeaderSize}; save it again");
        int version = BinaryPrimitives.ReadUInt16LittleEndian(header[VersionOffset..]);
        if (version != FormatVersion) throw new SnapshotException($"{name}: format version {version}, this Xmega reads version {FormatVersion}; save it again");
        int length = BinaryPrimitives.ReadInt32LittleEndian(header[LengthOffset..]);
        if (length is < 0 or > LargestState) throw new SnapshotException($"{name}: damaged: a state of {length} bytes; save it again");
        byte[] state = Inflate(file[HeaderSize..], length, name);
        header = file.Span;
        if (Checksum(header, state) != BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumOffset..])) throw new SnapshotException($"{name}: damaged: the CRC does not match; save it again");
        return new Snapshot(state, [], file.Slice(FirmwareOffset, SHA256.HashSizeInBytes).ToArray(), BinaryPrimitives.ReadInt64LittleEndian(header[CycleOffset..]), isFromFile: true);
    }

    // Over everything but itself.
    private static uint Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> state)
    {
        var crc = new Crc32();
        crc.Append(header[..ChecksumOffset]);
        crc.Append(state);
        return crc.GetCurrentHashAsUInt32();
    }

    private static byte[] Inflate(ReadOnlyMemory<byte> deflated, int length, string name)
    {
        byte[] state = new byte[length];
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(deflated.ToArray()), CompressionMode.Decompress);
            int read = deflate.ReadAtLeast(state, length, throwOnEndOfStream: false);
            if (read < length) throw new SnapshotException($"{name}: truncated: {read} of {length} bytes of state; save it again");
        }
        catch (InvalidDataException)
        {
            throw new SnapshotException($"{name}: damaged: its state cannot be unpacked; save it again");
        }

        return state;
    }
}
