using Xmega.Memory;

namespace Xmega.Cpu;

/// <summary>
/// The instructions that flash holds, decoded when they are first reached, in two tables: one by one, and as the
/// interpreter runs them as long as nothing is due, with frequent runs fused and with marks where loops and functions
/// begin. As long as flash is as it was loaded, and nothing is translated, they are those of all chips with the same firmware.
/// </summary>
internal sealed unsafe class CodeTables
{
    private const int Length = CodeStorage.Length;

    private readonly HashSet<int> _busy = []; // loops that poll what is to be read each time
    private readonly ProgramMemory _program;
    private LoadedFlash? _shared; // whose tables these are
    private CodeStorage? _storage; // none as long as nobody asks

    public CodeTables(ProgramMemory program) => _program = program;

    /// <summary>Gets or sets what ends the CPU's slice: the tables are elsewhere now.</summary>
    public Action Moved { get; set; } = static () => { };

    /// <summary>Gets where they are kept now.</summary>
    public CodeStorage Storage => _storage ??= _shared?.Code ?? new CodeStorage();

    /// <summary>Gets every instruction by itself.</summary>
    public Decoded* Plain => Storage.Plain;

    /// <summary>Gets the table with fused instructions and marked places.</summary>
    public Decoded* Fused => Storage.Fused;

    /// <summary>Gets or sets who translates what is hot and is told of indirect jumps; null: nobody.</summary>
    public Translation.Translator? Translator { get; set; }

    /// <summary>Decodes an instruction into the plain table.</summary>
    /// <param name="word">Word address, 0–0x20003.</param>
    /// <returns>The instruction.</returns>
    public Decoded Decode(int word)
    {
        Decoded decoded = At(word);
        CodeStorage.Put(Plain + word, decoded);
        return decoded;
    }

    /// <summary>Decodes an instruction into both tables, with what can be fused to it.</summary>
    /// <param name="word">Word address, 0–0x20003.</param>
    public void Fuse(int word)
    {
        Span<Decoded> next = stackalloc Decoded[Fusion.Longest];
        Span<int> places = stackalloc int[Fusion.Longest];
        int count = 0;
        for (int at = word; count < next.Length && at < Length; at += InstructionDecoder.IsTwoWords(_program.ReadWord(at)) ? 2 : 1)
        {
            places[count] = at;
            next[count++] = At(at);
        }

        Decoded fused = (_busy.Contains(word) ? null : IdleLoops.Recognise(this, word)) ?? Fusion.Fuse(word, next[..count], out count);
        if (fused.Op >= Fusion.Polling) count = 1;
        CodeStorage.Put(Fused + word, fused);
        for (int i = 0; i < count; i++)
        {
            CodeStorage.Put(Plain + places[i], next[i]);
        }
    }

    /// <summary>Drops what was decoded from a range of words.</summary>
    /// <param name="first">The first word.</param>
    /// <param name="last">The last word.</param>
    public void Forget(int first, int last)
    {
        // The words before may be the first of an instruction of two words, or of a fused run or a loop that reaches here.
        first = Math.Max(first - IdleLoops.Longest, 0);
        if (_shared is not null) Own(copies: false);
        else _storage?.Clear(first, last - first + 1);
        _busy.Clear();
    }

    /// <summary>Takes the tables of a firmware, which other chips use, too; flash holds it.</summary>
    /// <param name="flash">The firmware.</param>
    public void Share(LoadedFlash flash)
    {
        if (!CodeStorage.CanBeShared) return;
        (_shared, _storage) = (flash, null);
        Moved();
    }

    /// <summary>A loop that polls is to be run turn by turn: what it reads is to be read each time.</summary>
    /// <param name="word">Word address of its first instruction.</param>
    public void KeepBusy(int word)
    {
        _busy.Add(word);
        Fuse(word);
    }

    /// <summary>Makes a place the entry of a translated region.</summary>
    /// <param name="word">Word address.</param>
    /// <param name="number">The entry's number.</param>
    public void Enter(int word, int number)
    {
        Own(copies: true);
        Fused[word] = new Decoded(Fusion.Region, 0, 0, 0, number);
    }

    /// <summary>A place is no longer the entry of a region.</summary>
    /// <param name="word">Word address.</param>
    public void Leave(int word)
    {
        if (Fused[word].Op == Fusion.Region) Fused[word] = default;
    }

    /// <summary>Whether an instruction was executed, or is part of a fused run that was.</summary>
    /// <param name="word">Word address.</param>
    /// <returns>True if it was.</returns>
    public bool WasReached(int word) => word < ProgramMemory.Words && Plain[word].Op != Op.Undecoded;

    /// <summary>The opcode at an address.</summary>
    /// <param name="word">Word address.</param>
    /// <returns>The word.</returns>
    public ushort Word(int word) => _program.ReadWord(word);

    /// <summary>The instruction at an address, whether it was reached or not.</summary>
    /// <param name="word">Word address, 0–0x20003.</param>
    /// <returns>The instruction.</returns>
    public Decoded At(int word) => Plain[word].Op != Op.Undecoded ? Plain[word]
        : word < ProgramMemory.Words ? InstructionDecoder.Decode(word, _program.ReadWord(word), _program.ReadWord(word + 1))
        : new Decoded(Op.OutsideFlash, 1, 0, 0, 0);

    // From now on these are the chip's own. Who plans a translation meanwhile reads the one or the other, whole.
    private void Own(bool copies)
    {
        if (_shared is null) return;
        var own = new CodeStorage();
        if (copies) Storage.CopyTo(own);
        _storage = own;
        _shared = null;
        Moved();
    }
}
