using Xmega.Memory;

namespace Xmega.Cli;

/// <summary>Data memory that is to be shown at the end of a run.</summary>
/// <param name="address">Its first byte.</param>
/// <param name="length">Bytes.</param>
internal sealed class MemoryDump(int address, int length)
{
    /// <summary>Gets the address of its first byte.</summary>
    public int Address => address;

    /// <summary>Gets what was in it at the end.</summary>
    public byte[] Bytes { get; } = new byte[length];

    /// <summary>Looks at the memory, without side effects.</summary>
    /// <param name="data">The data space.</param>
    public void Take(DataSpace data)
    {
        for (int i = 0; i < Bytes.Length; i++) Bytes[i] = (byte)data.Peek(address + i);
    }
}
