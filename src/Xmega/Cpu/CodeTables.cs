using Xmega.Cpu.Translation;
using Xmega.Memory;

namespace Xmega.Cpu;

/// <summary>
/// The instructions that flash holds, decoded when they are first reached, in two tables: one by one, and as the
/// interpreter runs them as long as nothing is due, with frequent runs fused and with marks where loops, functions and
/// translated regions begin. As long as flash is as it was loaded they are those of all chips with the same firmware and
/// engine.
/// </summary>
internal sealed unsafe class CodeTables
{
    private const int Length = CodeStorage.Length;

    private readonly Decoded[] _next = new Decoded[Fusion.Longest]; // what is looked at together
    private readonly byte[] _flash;
    private LoadedFlash? _loaded; // what flash holds, as long as it is that
    private CodeStorage? _storage; // none as long as nobody asks

    public CodeTables(byte[] flash) => _flash = flash;

    /// <summary>Gets or sets what ends the CPU's slice: the tables are elsewhere now.</summary>
    public Action Moved { get; set; } = static () => { };

    /// <summary>Gets where they are kept now.</summary>
    public CodeStorage Storage => _storage ??= Choose();

    /// <summary>Gets every instruction by itself.</summary>
    public Decoded* Plain => Storage.Plain;

    /// <summary>Gets the table with fused instructions and marked places.</summary>
    public Decoded* Fused => Storage.Fused;

    /// <summary>Gets or sets who translates what is hot and is told of indirect jumps; null: nobody.</summary>
    public Translator? Translator
    {
        get;
        set
        {
            if (ReferenceEquals(field, value)) return;
            field = value;
            if (_loaded is not null) Replace(null);
        }
    }

    /// <summary>Decodes an instruction into the plain table.</summary>
    /// <param name="word">Word address, 0–0x20003.</param>
    /// <returns>The instruction.</returns>
    public Decoded Decode(int word)
    {
        Decoded decoded = Storage.At(word);
        Storage.PutPlain(word, decoded);
        return decoded;
    }

    /// <summary>Decodes an instruction into both tables, with what can be fused to it.</summary>
    /// <param name="word">Word address, 0–0x20003.</param>
    public void Fuse(int word)
    {
        CodeStorage code = Storage;
        int* places = stackalloc int[Fusion.Longest];
        int count = 0;
        for (int at = word; count < Fusion.Longest && at < Length; at += InstructionDecoder.IsTwoWords(code.Word(at)) ? 2 : 1)
        {
            places[count] = at;
            _next[count++] = code.At(at);
        }

        Decoded fused = IdleLoops.Recognise(code, word) ?? Fusion.Fuse(word, _next, count, out count);
        if (fused.Op >= Fusion.Polling) count = 1;
        code.PutFused(word, fused);
        for (int i = 0; i < count; i++) code.PutPlain(places[i], _next[i]);
    }

    /// <summary>Takes the tables and regions of a firmware, which other chips use, too; flash holds it.</summary>
    /// <param name="flash">The firmware.</param>
    public void Share(LoadedFlash flash)
    {
        _loaded = flash;
        Replace(null);
    }

    /// <summary>Flash has changed: drops what was made from a range of words.</summary>
    /// <param name="first">The first word.</param>
    /// <param name="last">The last word.</param>
    public void Forget(int first, int last)
    {
        if (_storage is null)
        {
            _loaded = null;
            return;
        }

        // The words before may be the first of an instruction of two words, or of a fused run or a loop that reaches here.
        first = Math.Max(first - IdleLoops.Longest, 0);
        // What others use, and what a translation is being planned from, stays as it is.
        if (_storage.Regions.Reaches(first, last)) Replace(null);
        else if (_loaded is not null) Replace(_storage.CopyFor(_flash));
        _loaded = null;
        _storage?.Clear(first, last - first + 1);
    }

    private CodeStorage Choose() => _loaded is not { } loaded ? new CodeStorage(_flash)
        : !CodeStorage.CanBeShared ? new CodeStorage(loaded.Content)
        : Translator is null ? loaded.Code : loaded.Translated;

    private void Replace(CodeStorage? storage)
    {
        _storage = storage;
        Translator?.Drop();
        Moved();
    }
}
