using Xmega.Interrupts;
using Xmega.Memory;

namespace Xmega.Cpu.Translation;

/// <summary>
/// The last step, for one chip: finds the places that are hot, has them translated, and runs regions one after another.
/// Nothing that can be observed depends on when a translation is ready.
/// </summary>
internal sealed unsafe class Translator
{
    private readonly CpuCore _core;
    private readonly ProgramMemory _program;
    private readonly DataSpace _data;
    private readonly CodeTables _tables;
    private long _executed; // instructions at the last sample
    private long _cheap; // instructions since then that were not interpreted one by one
    private int _noise = 1;
    private byte[]? _left; // how often regions were left for a word that is in none
    private byte[]? _bailed; // and at a word because its access was not to SRAM
    private int _samples;
    private long _interpreted; // instructions, at samples
    private long _nextSearch; // for functions, when so many have been
    private int[] _starts = []; // of functions, in order
    private WordMap<WordSet> _calls = new(); // where functions are called
    private WordSet _called = new(); // indirectly

    /// <summary>Initializes a new instance of the <see cref="Translator"/> class.</summary>
    /// <param name="core">The CPU.</param>
    /// <param name="program">Flash.</param>
    /// <param name="data">The data space.</param>
    public Translator(CpuCore core, ProgramMemory program, DataSpace data)
    {
        _core = core;
        _program = program;
        _data = data;
        _tables = program.Tables;
    }

    /// <summary>Gets or sets a value indicating whether translation happens on another thread; otherwise at once.</summary>
    public bool InBackground { get; set; } = true;

    /// <summary>Gets the number of times that translated code was dropped: code that runs now must be left when it changes.</summary>
    public int Generation { get; private set; }

    /// <summary>Gets why something could not be translated, which is a fault in here; null if nothing was wrong.</summary>
    public Exception? Failure => _tables.Storage.Regions.Failure;

    /// <summary>
    /// Gets or sets the instructions that are interpreted before a function is translated, for each of its own: about what
    /// translating one costs, so that even the shortest run loses little by it.
    /// </summary>
    public int Patience { get; set; } = 8000;

    /// <summary>Gets or sets the cycles between two looks at what is interpreted, as long as much is.</summary>
    public int Period { get; set; } = 1 << 16;

    /// <summary>Gets a value indicating whether indirect jumps are to be told now: one look in four does.</summary>
    public bool Asks => (_samples & 3) == 0;

    /// <summary>Gets the cycle from which on it is time to look at what is interpreted.</summary>
    public long NextSample { get; private set; }

    /// <summary>
    /// Looks at where the CPU is: what has been interpreted since the last time is put down to that function, which is
    /// translated when it has cost enough.
    /// </summary>
    /// <param name="state">The CPU's state.</param>
    public void Sample(CpuState* state)
    {
        const int Few = 8, Seldom = 16, Rarely = 16, Jitter = 0x3FFF;
        long executed = state->Instructions - _executed, interpreted = executed - _cheap;
        (_executed, _cheap) = (state->Instructions, 0);
        int word = state->Pc;
        bool waits = word >= ProgramMemory.Words || IdleLoops.Length(_tables.Storage, word) > 0;
        long period = Period * (waits ? Rarely : interpreted * Few < executed ? Seldom : 1L);
        NextSample = state->Cycle + period + (Lot() & Jitter & (Period - 1)); // so that no period of the program hides a part of it
        if (_nextSearch == 0) _nextSearch = (long)Patience * 32;
        if (waits || interpreted <= 0) return;
        _samples++;
        _interpreted += interpreted;
        if (_interpreted >= _nextSearch)
        {
            FindFunctions();
            _nextSearch = 2 * _interpreted;
        }

        if (_starts.Length == 0) return;
        int root = RootOf(word), pays = WhoPays(root);
        Charge(pays, pays == root ? word : pays, interpreted, isEntry: false);
    }

    /// <summary>Takes off what only waited: loops whose turns were done in one go.</summary>
    /// <param name="instructions">How many instructions.</param>
    public void Skipped(long instructions) => _cheap += instructions;

    /// <summary>Remembers where an indirect jump or call went.</summary>
    /// <param name="site">The jump.</param>
    /// <param name="target">Where it went.</param>
    /// <param name="isCall">Whether a function begins there.</param>
    public void Jumped(int site, int target, bool isCall)
    {
        if (isCall) _called.Add(target);
        else _tables.Storage.Regions.Jumped(site, target);
    }

    /// <summary>The CPU is somewhere else in time: what is interpreted is looked at from there on.</summary>
    /// <param name="state">The CPU's state.</param>
    public void Restored(CpuState* state) => (NextSample, _executed, _cheap) = (state->Cycle, state->Instructions, 0);

    /// <summary>The regions are others now, or none: flash has changed.</summary>
    public void Drop()
    {
        Generation++;
        (_left, _bailed) = (null, null);
        _called = new WordSet();
        _starts = [];
    }

    /// <summary>Runs regions as long as one leads to another and the deadline allows.</summary>
    /// <param name="state">The CPU's state: at an entry.</param>
    /// <param name="deadline">The first cycle in which no instruction starts any more.</param>
    /// <returns>False when nothing could be run: the interpreter must do the next instruction.</returns>
    public bool Run(CpuState* state, long deadline)
    {
        const int LongestBudget = 1 << 30, AddressMask = 0xFFFFFF;
        byte* sram = _data.Sram - DataSpace.SramStart;
        bool moved = false;
        _core.RegionEnd = deadline;
        if (!CanRun(state)) return false; // regions themselves do not change that, and are left when an access does
        int generation = Generation;
        CodeStorage storage = _tables.Storage;
        while (true)
        {
            long start = state->Cycle, budget = _core.RegionEnd - start;
            if (budget <= 0) return moved;
            if (budget > LongestBudget)
            {
                budget = LongestBudget;
                _core.RegionEnd = start + LongestBudget;
            }

            RegionEntry entry = storage.Regions.Entries[storage.EntryAt(state->Pc)];
            long tally = entry.Region.Code(_core, state, sram, _program.Bytes, entry.Number, budget);
            var exit = (RegionExit)(state->Pc >> 24);
            state->Pc &= AddressMask;
            if (exit == RegionExit.Access) tally -= entry.Region.Refunds[state->Pc];
            state->Cycle = _core.RegionEnd - RegionTally.Budget(tally);
            state->Instructions += RegionTally.Instructions(tally);
            _cheap += RegionTally.Instructions(tally);
            if (state->Cycle == start) return moved;
            moved = true;
            if (generation != Generation) return true;
            if (exit == RegionExit.Access)
            {
                Bailed(entry.Region.Root, state->Pc);
                return true;
            }

            if (storage.Fused[state->Pc].Op == Fusion.Region) continue;
            if (exit == RegionExit.Edge) Left(state->Pc);
            return true;
        }
    }

    /// <summary>Whether the CPU is in a state that regions are made for.</summary>
    /// <param name="state">The state.</param>
    /// <returns>False when RAMP or EIND are not zero, or reads of flash are special.</returns>
    public bool CanRun(CpuState* state) =>
        (state->RampD | state->RampX | state->RampY | state->RampZ) == 0 && !_program.ReadsAreSpecial;

    // The function that a place is taken to belong to: the one that begins at it or last before it.
    private int RootOf(int word)
    {
        int index = Array.BinarySearch(_starts, word);
        if (index >= 0) return word;
        return ~index > 0 && _tables.Storage.WasReached(_starts[~index - 1]) ? _starts[~index - 1] : word;
    }

    // A function that runs through once is translated with those that call it, and not by itself: to enter it would cost as
    // much as to interpret it. Of several that call it one is taken by lot.
    private int WhoPays(int root)
    {
        const int Deepest = 8;
        for (int depth = 0; depth < Deepest && !HasLoop(root) && _calls.TryGet(root, out WordSet? sites); depth++)
        {
            int caller = RootOf(sites.Words[Lot() % sites.Count]);
            if (caller == root) break;
            root = caller;
        }

        return root;
    }

    private bool HasLoop(int root)
    {
        CodeStorage storage = _tables.Storage;
        int end = root + SizeOf(root);
        for (int word = root; word < end; word++)
            if (storage.Plain[word] is { Op: (>= Op.Brcs and <= Op.Brid) or Op.Rjmp or Op.Jmp } jump && jump.K >= root && jump.K <= word) return true;
        return false;
    }

    // A number from a fixed row that has no period of the program's.
    private int Lot()
    {
        _noise = (_noise * 1103515245) + 12345;
        return (_noise >> 16) & 0x7FFF;
    }

    // Where functions begin, as far as the program has been executed: what is called, and where vectors lead.
    private void FindFunctions()
    {
        var starts = new WordSet();
        starts.Add(_called.Words);
        var calls = new WordMap<WordSet>();
        CodeStorage storage = _tables.Storage;
        for (int word = storage.NextUsed(0); word < ProgramMemory.Words; word = storage.NextUsed(word + 1))
        {
            Decoded code = storage.Plain[word];
            if (code.Op is not (Op.Call or Op.Rcall or Op.Jmp or Op.Rjmp)) continue;
            bool isVector = code.Op is Op.Jmp or Op.Rjmp && (word & (Pmic.BootVectors - 1)) < 2 * Pmic.VectorCount;
            if (isVector || code.Op is Op.Call or Op.Rcall) starts.Add(code.K);
            if (code.Op is not (Op.Call or Op.Rcall)) continue;
            WordSet.At(calls, code.K).Add(word);
        }

        (_starts, _calls) = (starts.Words.ToArray(), calls);
    }

    // How many words a function has at most: up to the next that begins.
    private int SizeOf(int root)
    {
        int index = Array.BinarySearch(_starts, root + 1);
        if (index < 0) index = ~index;
        return index < _starts.Length ? Math.Min(_starts[index] - root, RegionPlan.LargestRegion) : RegionPlan.LargestRegion;
    }

    // A region was left for a place that is in none.
    private void Left(int word)
    {
        const int Many = 64, Cost = 50; // about as many instructions could be interpreted instead
        if (word >= ProgramMemory.Words) return;
        _left ??= new byte[ProgramMemory.Words];
        if (++_left[word] < Many) return;
        _left[word] = 0;
        if (IdleLoops.Length(_tables.Storage, word) == 0) Charge(RootOf(word), word, Many * Cost, isEntry: true);
    }

    // A region was left because an access was not to SRAM.
    private void Bailed(int root, int site)
    {
        const byte Often = 40;
        _bailed ??= new byte[ProgramMemory.Words];
        if (_bailed[site] < Often && ++_bailed[site] == Often && _tables.Storage.Regions.GoesToInputOutput(root, site)) Translate();
    }

    private void Charge(int root, int word, long instructions, bool isEntry)
    {
        if (_tables.Storage.Regions.Charge(root, word, instructions, Patience * (long)SizeOf(root), isEntry)) Translate();
    }

    private void Translate()
    {
        FindFunctions();
        if (InBackground) _tables.Storage.Regions.Start();
        else _tables.Storage.Regions.Work();
    }
}
