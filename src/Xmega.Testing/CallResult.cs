namespace Xmega.Testing;

/// <summary>What a firmware function returned, and what it cost.</summary>
/// <param name="Bits">R18–R25 as they were at its return, R18 lowest: where avr-gcc puts results.</param>
/// <param name="Cycles">CPU cycles from its first instruction through its RET, with interrupts that were served meanwhile.</param>
public readonly record struct CallResult(ulong Bits, long Cycles)
{
    /// <summary>Gets a result of one byte, as of <c>uint8_t</c> or <c>bool</c>: R24.</summary>
    public byte AsByte => (byte)(Bits >> 48);

    /// <summary>Gets a result of two bytes, as of <c>int</c> or <c>int16_t</c>: R25:R24.</summary>
    public short AsInt16 => (short)(Bits >> 48);

    /// <summary>Gets a result of two bytes, as of <c>uint16_t</c> or a pointer: R25:R24.</summary>
    public ushort AsUInt16 => (ushort)(Bits >> 48);

    /// <summary>Gets a result of four bytes, as of <c>long</c> or <c>int32_t</c>: R25–R22.</summary>
    public int AsInt32 => (int)(Bits >> 32);

    /// <summary>Gets a result of four bytes, as of <c>uint32_t</c>: R25–R22.</summary>
    public uint AsUInt32 => (uint)(Bits >> 32);

    /// <summary>Gets a result of four bytes, as of <c>float</c> and avr-gcc's <c>double</c>: R25–R22.</summary>
    public float AsSingle => BitConverter.UInt32BitsToSingle(AsUInt32);

    /// <summary>Gets a result of eight bytes, as of <c>int64_t</c>: R25–R18.</summary>
    public long AsInt64 => (long)Bits;
}
