using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Xmega.Cpu;

/// <summary>
/// Where decoded instructions are kept: two tables that stay where they are in memory, so that the interpreter can point
/// into them. Chips that hold the same program share one, from whatever thread: what stands at a place follows from the
/// program alone, and comes there whole.
/// </summary>
internal sealed unsafe class CodeStorage
{
    /// <summary>Entries of a table; a few past the program space catch execution and skips that run off its end.</summary>
    public const int Length = InstructionDecoder.ProgramSpaceWords + 4;

    private readonly Decoded[] _plain = GC.AllocateArray<Decoded>(Length, pinned: true);
    private readonly Decoded[] _fused = GC.AllocateArray<Decoded>(Length, pinned: true);

    public CodeStorage()
    {
        Plain = (Decoded*)Marshal.UnsafeAddrOfPinnedArrayElement(_plain, 0);
        Fused = (Decoded*)Marshal.UnsafeAddrOfPinnedArrayElement(_fused, 0);
    }

    /// <summary>
    /// Gets a value indicating whether chips on several threads may share tables: on processors that keep the order of
    /// reads, who sees an operation sees its operands, too.
    /// </summary>
    public static bool CanBeShared { get; } = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;

    /// <summary>Gets every instruction by itself.</summary>
    public Decoded* Plain { get; }

    /// <summary>Gets the table with fused instructions.</summary>
    public Decoded* Fused { get; }

    /// <summary>Puts an instruction into a table, all of it at once.</summary>
    /// <param name="place">Where.</param>
    /// <param name="code">The instruction.</param>
    public static void Put(Decoded* place, Decoded code) => Volatile.Write(ref *(long*)place, Unsafe.BitCast<Decoded, long>(code));

    /// <summary>Copies what has been decoded so far.</summary>
    /// <param name="other">Where to.</param>
    public void CopyTo(CodeStorage other)
    {
        _plain.AsSpan().CopyTo(other._plain);
        _fused.AsSpan().CopyTo(other._fused);
    }

    /// <summary>Drops what was decoded from a range of words; only of tables that nobody shares.</summary>
    /// <param name="first">The first word.</param>
    /// <param name="count">Words.</param>
    public void Clear(int first, int count)
    {
        Array.Clear(_plain, first, count);
        Array.Clear(_fused, first, count);
    }
}
