using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xmega.Cpu.Translation;
using Xmega.Memory;

namespace Xmega.Cpu;

/// <summary>
/// Where the instructions of a program are kept, decoded when they are first reached: two tables that stay where they are in
/// memory, so that the interpreter can point into them, and the regions translated from them. Chips that hold the program
/// share one, from whatever thread: what stands at a place follows from the program alone. It is put there at once, and from
/// then on only its operation changes.
/// </summary>
internal sealed unsafe class CodeStorage
{
    /// <summary>Entries of a table; a few past the program space catch execution and skips that run off its end.</summary>
    public const int Length = InstructionDecoder.ProgramSpaceWords + 4;

    private const int Page = 512; // words: a page of the host's memory holds as many of a table's entries

    private readonly byte[] _flash;
    private readonly bool[] _used = new bool[(Length / Page) + 1]; // pages
    private ushort[]? _entries; // numbers of regions' entries, by word, where there are any

    /// <summary>Initializes a new instance of the <see cref="CodeStorage"/> class: nothing decoded yet.</summary>
    /// <param name="flash">The program.</param>
    public CodeStorage(byte[] flash)
    {
        _flash = flash;
        Plain = Allocate();
        Fused = Allocate();
        Regions = new RegionStore(this);
    }

    /// <summary>Finalizes an instance of the <see cref="CodeStorage"/> class.</summary>
    ~CodeStorage()
    {
        NativeMemory.Free(Plain);
        NativeMemory.Free(Fused);
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

    /// <summary>Gets the regions translated from the program.</summary>
    public RegionStore Regions { get; private set; }

    /// <summary>Puts an instruction into the plain table.</summary>
    /// <param name="word">Where.</param>
    /// <param name="code">The instruction.</param>
    public void PutPlain(int word, Decoded code)
    {
        _used[word / Page] = true;
        Volatile.Write(ref *(long*)(Plain + word), Unsafe.BitCast<Decoded, long>(code));
    }

    /// <summary>Puts an instruction, or what stands for more than one, into the table with fused instructions, unless another did.</summary>
    /// <param name="word">Where.</param>
    /// <param name="code">What to put there.</param>
    public void PutFused(int word, Decoded code)
    {
        _used[word / Page] = true;
        Interlocked.CompareExchange(ref *(long*)(Fused + word), Unsafe.BitCast<Decoded, long>(code), 0);
    }

    /// <summary>A loop that polls is to be run turn by turn: what it reads is to be read each time.</summary>
    /// <param name="word">Word address of its first instruction.</param>
    public void KeepBusy(int word)
    {
        if (Fused[word].Op == Fusion.Polling) SetOperation(word, Fusion.Busy);
    }

    /// <summary>Makes a place the entry of a translated region.</summary>
    /// <param name="word">Word address.</param>
    /// <param name="number">The entry's number.</param>
    public void Enter(int word, int number)
    {
        if (number > ushort.MaxValue) return;
        _entries ??= GC.AllocateUninitializedArray<ushort>(ProgramMemory.Words);
        _entries[word] = (ushort)number;
        PutFused(word, new Decoded(Fusion.Region, 0, 0, 0, 0));
        SetOperation(word, Fusion.Region);
    }

    /// <summary>The number of the entry at a place that is one.</summary>
    /// <param name="word">Word address.</param>
    /// <returns>The number.</returns>
    public int EntryAt(int word)
    {
        Volatile.ReadBarrier(); // the mark was seen, so the number is there
        return _entries![word];
    }

    /// <summary>The first word from a place on at which anything may have been decoded.</summary>
    /// <param name="word">Word address.</param>
    /// <returns>A word address; <see cref="Length"/> or more when there is none.</returns>
    public int NextUsed(int word)
    {
        if (word >= Length || _used[word / Page]) return word;
        int page = Array.IndexOf(_used, true, word / Page);
        return page < 0 ? Length : page * Page;
    }

    /// <summary>The opcode at an address.</summary>
    /// <param name="word">Word address.</param>
    /// <returns>The word; 0xFFFF past the end of flash.</returns>
    public ushort Word(int word) => (uint)word < ProgramMemory.Words ? (ushort)(_flash[2 * word] | (_flash[(2 * word) + 1] << 8)) : (ushort)0xFFFF;

    /// <summary>The instruction at an address, whether it was reached or not.</summary>
    /// <param name="word">Word address, 0–0x20003.</param>
    /// <returns>The instruction.</returns>
    public Decoded At(int word) => Plain[word].Op != Op.Undecoded ? Plain[word]
        : word < ProgramMemory.Words ? InstructionDecoder.Decode(word, Word(word), Word(word + 1))
        : new Decoded(Op.OutsideFlash, 1, 0, 0, 0);

    /// <summary>Whether an instruction was executed, or is part of a fused run that was.</summary>
    /// <param name="word">Word address.</param>
    /// <returns>True if it was.</returns>
    public bool WasReached(int word) => word < ProgramMemory.Words && Plain[word].Op != Op.Undecoded;

    /// <summary>A copy for a chip that goes its own way.</summary>
    /// <param name="flash">The chip's flash.</param>
    /// <returns>What has been decoded and translated so far.</returns>
    public CodeStorage CopyFor(byte[] flash)
    {
        var copy = new CodeStorage(flash);
        for (int start = NextUsed(0); start < Length; start = NextUsed(start + Page))
        {
            uint bytes = (uint)(Math.Min(Page, Length - start) * sizeof(Decoded));
            Unsafe.CopyBlock(copy.Plain + start, Plain + start, bytes);
            Unsafe.CopyBlock(copy.Fused + start, Fused + start, bytes);
            copy._used[start / Page] = true;
        }

        // After the tables: what a thread that translates enters meanwhile is entered here too.
        copy.Regions = Regions.Copy(copy);
        RegionEntry[] entries = copy.Regions.Entries;
        for (int number = 0; number < entries.Length; number++) copy.Enter(entries[number].Address, number);
        return copy;
    }

    /// <summary>Drops what was decoded from a range of words; only of tables that nobody shares.</summary>
    /// <param name="first">The first word.</param>
    /// <param name="count">Words.</param>
    public void Clear(int first, int count)
    {
        for (int word = NextUsed(first); word < first + count; word = NextUsed(word + 1))
        {
            Plain[word] = default;
            Fused[word] = default;
        }
    }

    // Two megabytes that are zero: the host gives, and clears, only the pages that something is decoded into.
    private static Decoded* Allocate() => (Decoded*)NativeMemory.AllocZeroed(Length, (nuint)sizeof(Decoded));

    // What the operands are for both operations may be read with either.
    private void SetOperation(int word, Op op) => Volatile.Write(ref *(byte*)(Fused + word), (byte)op);
}
