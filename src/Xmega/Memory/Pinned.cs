using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Xmega.Memory;

/// <summary>Arrays that stay where they are, so that the interpreter and translated code can point into them.</summary>
internal static unsafe class Pinned
{
    /// <summary>Makes an array of zeroes.</summary>
    /// <param name="length">Bytes.</param>
    /// <returns>The array.</returns>
    public static byte[] Create(int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true); // the framework has no code for AllocateArray of bytes
        Array.Clear(bytes);
        return bytes;
    }

    /// <summary>Where a pinned array is.</summary>
    /// <param name="bytes">The array.</param>
    /// <returns>The address of its first byte, for as long as somebody keeps the array.</returns>
    public static byte* AddressOf(byte[] bytes) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(bytes));
}
