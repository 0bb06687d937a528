using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Xmega.Interrupts;
using Xmega.Memory;

namespace Xmega.Cpu.Translation;

/// <summary>
/// The last step: keeps translated regions, has hot places translated in the background, runs regions one after another, and
/// drops them when flash changes. Nothing that can be observed depends on when a translation is ready.
/// </summary>
internal sealed unsafe class Translator
{
    // How often a function is translated anew because more of it turned out to be hot.
    private const int MostVersions = 8;

    private readonly CpuCore _core;
    private readonly ProgramMemory _program;
    private readonly DataSpace _data;
    private readonly CodeTables _tables;
    private Entry[] _entries = [];
    private readonly Dictionary<int, Function> _functions = [];
    private readonly ConcurrentQueue<Result> _ready = new();
    private Profile _profile = new();
    private long _executed; // instructions at the last sample
    private long _translated; // instructions in regions since then
    private int _noise = 1;
    private readonly Dictionary<int, int> _left = []; // how often regions were left for places that are in none
    private int _samples;
    private long _interpreted; // instructions, at samples
    private long _nextSearch; // for functions, when so many have been
    private int[] _starts = []; // of functions, in order
    private readonly HashSet<int> _called = []; // indirectly
    private Task _translating = Task.CompletedTask;
    private int _pending;
    private int _first = int.MaxValue, _last = -1; // the words that are translated lie in here

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
        program.CodeChanged += (first, count) => Forget(first, first + count - 1);
    }

    /// <summary>Gets or sets a value indicating whether translation happens on another thread; otherwise at once.</summary>
    public bool InBackground { get; set; } = true;

    /// <summary>Gets the number of times that translated code was dropped: code that runs now must be left when it changes.</summary>
    public int Generation { get; private set; }

    /// <summary>Gets the number of regions translated so far.</summary>
    public int Regions { get; private set; }

    /// <summary>Gets why something could not be translated, which is a fault in here; null if nothing was wrong.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Gets a value indicating whether translations are under way.</summary>
    public bool IsWaiting => _pending > 0;

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
        long executed = state->Instructions - _executed, interpreted = executed - _translated;
        (_executed, _translated) = (state->Instructions, 0);
        _noise = (_noise * 1103515245) + 12345; // so that no period of the program hides a part of it
        int word = state->Pc;
        bool waits = word >= ProgramMemory.Words || IdleLoops.Length(_tables, word) > 0;
        long period = Period * (waits ? Rarely : interpreted * Few < executed ? Seldom : 1L);
        NextSample = state->Cycle + period + ((_noise >> 16) & Jitter & (Period - 1));
        if (_nextSearch == 0) _nextSearch = (long)Patience * 32;
        if (waits || interpreted <= 0) return;
        _samples++;
        _interpreted += interpreted;
        if (_interpreted >= _nextSearch)
        {
            FindFunctions();
            _nextSearch = 2 * _interpreted;
        }

        if (_starts.Length > 0) Charge(word, interpreted, isWanted: false);
    }

    /// <summary>Remembers where an indirect jump or call went.</summary>
    /// <param name="site">The jump.</param>
    /// <param name="target">Where it went.</param>
    /// <param name="isCall">Whether a function begins there.</param>
    public void Jumped(int site, int target, bool isCall)
    {
        if (isCall) _called.Add(target);
        else _profile.Jumped(site, target);
    }

    /// <summary>Takes over what has been translated meanwhile.</summary>
    public void Install()
    {
        while (_ready.TryDequeue(out Result? result))
        {
            _pending--;
            if (result.Generation == Generation) Install(result);
        }
    }

    /// <summary>Runs regions as long as one leads to another and the deadline allows.</summary>
    /// <param name="number">The number of the entry at the program counter.</param>
    /// <param name="state">The CPU's state.</param>
    /// <param name="deadline">The first cycle in which no instruction starts any more.</param>
    /// <returns>False when nothing could be run: the interpreter must do the next instruction.</returns>
    public bool Run(int number, CpuState* state, long deadline)
    {
        const int LongestBudget = 1 << 30, AddressMask = 0xFFFFFF;
        byte* sram = _data.Sram - DataSpace.SramStart;
        bool moved = false;
        _core.RegionEnd = deadline;
        if (!CanRun(state)) return false; // regions themselves do not change that, and are left when an access does
        int generation = Generation;
        while (true)
        {
            long start = state->Cycle, budget = _core.RegionEnd - start;
            if (budget <= 0) return moved;
            if (budget > LongestBudget)
            {
                budget = LongestBudget;
                _core.RegionEnd = start + LongestBudget;
            }

            Entry entry = _entries[number];
            long tally = entry.Region.Code(_core, state, sram, _program.Bytes, entry.Number, budget);
            var exit = (RegionExit)(state->Pc >> 24);
            state->Pc &= AddressMask;
            if (exit == RegionExit.Access) tally -= entry.Region.Refunds[state->Pc];
            state->Cycle = _core.RegionEnd - RegionTally.Budget(tally);
            state->Instructions += RegionTally.Instructions(tally);
            _translated += RegionTally.Instructions(tally);
            if (state->Cycle == start) return moved;
            moved = true;
            if (generation != Generation) return true;
            ref Decoded next = ref _tables.Fused[state->Pc];
            if (exit == RegionExit.Access)
            {
                if (_profile.Bailed(state->Pc) && _functions.TryGetValue(entry.Root, out Function? function)) Translate(entry.Root, function);
                return true;
            }

            if (next.Op != Fusion.Region)
            {
                if (exit == RegionExit.Edge) Left(state->Pc);
                return true;
            }

            number = next.K;
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
        return ~index > 0 && _tables.WasReached(_starts[~index - 1]) ? _starts[~index - 1] : word;
    }

    // Where functions begin, as far as the program has been executed: what is called, and where vectors lead.
    private void FindFunctions()
    {
        var starts = new SortedSet<int>(_called);
        Decoded* plain = _tables.Plain;
        for (int word = 0; word < ProgramMemory.Words; word++)
        {
            Decoded code = plain[word];
            if (code.Op is not (Op.Call or Op.Rcall or Op.Jmp or Op.Rjmp)) continue;
            bool isVector = code.Op is Op.Jmp or Op.Rjmp && (word & (Pmic.BootVectors - 1)) < 2 * Pmic.VectorCount;
            if (isVector || code.Op is Op.Call or Op.Rcall) starts.Add(code.K);
        }

        _starts = [.. starts];
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
        ref int times = ref CollectionsMarshal.GetValueRefOrAddDefault(_left, word, out _);
        if (++times < Many) return;
        times = 0;
        if (word < ProgramMemory.Words && IdleLoops.Length(_tables, word) == 0) Charge(word, Many * Cost, isWanted: true);
    }

    // Puts instructions down to the function at a place. It is translated when they are as many as that costs; each time
    // anew it has to cost more.
    private void Charge(int word, long instructions, bool isWanted)
    {
        int root = RootOf(word);
        if (!_functions.TryGetValue(root, out Function? function)) _functions.Add(root, function = new Function());
        function.Interpreted += instructions;
        if (function.IsPending || function.Interpreted < (Patience * (long)SizeOf(root)) << function.Versions) return;
        function.Interpreted = 0;
        if (isWanted || (function.Covered is { } covered && Array.BinarySearch(covered, word) < 0)) function.Wanted.Add(word);
        Translate(root, function);
    }

    private void Translate(int root, Function function)
    {
        if (function.IsPending || function.Versions >= MostVersions) return;
        FindFunctions();
        function.Versions++;
        function.IsPending = true;
        int[] wanted = [.. function.Wanted];
        Profile profile = _profile.Copy();
        int generation = Generation;
        if (!InBackground)
        {
            Install(Emit(root, wanted, profile, generation));
            return;
        }

        // One after the other: the core that the CPU's thread runs on is not for this.
        _pending++;
        CodeStorage storage = _tables.Storage;
        _translating = _translating.ContinueWith(
            _ =>
            {
                _ready.Enqueue(Emit(root, wanted, profile, generation));
                GC.KeepAlive(storage); // the plan may have read it by pointer when the chip left it
            },
            TaskScheduler.Default);
    }

    // On whatever thread. What cannot be translated stays interpreted; a test sees to it that there is no such thing.
    private Result Emit(int root, int[] wanted, Profile profile, int generation)
    {
        try
        {
            if (RegionPlan.Create(_tables, profile, root, wanted) is not { } plan) return new Result(root, generation, null, null);
            RegionCode code = RegionEmitter.Emit(plan, Block.Split(plan), out IReadOnlyDictionary<int, long> refunds);
            return new Result(root, generation, new Region(code, refunds, [.. plan.Entries], [.. plan.Places.Keys]), null);
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidProgramException or KeyNotFoundException or ArgumentException or NotSupportedException)
        {
            return new Result(root, generation, null, e);
        }
    }

    private void Install(Result result)
    {
        _functions[result.Root].IsPending = false;
        Failure ??= result.Failure;
        if (result.Region is not { } region) return;
        _functions[result.Root].Covered = region.Covered;
        Regions++;
        var entries = new Entry[region.Entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            _tables.Enter(region.Entries[i], _entries.Length + i);
            entries[i] = new Entry(region, i, region.Entries[i], result.Root);
        }

        _entries = [.. _entries, .. entries];
        _first = Math.Min(_first, region.Covered[0]);
        _last = Math.Max(_last, region.Covered[^1] + 1);
    }

    private void Forget(int first, int last)
    {
        // Words that nobody has decoded yet are in no region.
        if (_pending == 0 && (last < _first || first > _last)) return;
        Generation++;
        foreach (Entry entry in _entries) _tables.Leave(entry.Address);
        _entries = [];
        _functions.Clear();
        _profile = new Profile();
        _called.Clear();
        _left.Clear();
        _starts = [];
        (_first, _last) = (int.MaxValue, -1);
    }

    private sealed record Region(RegionCode Code, IReadOnlyDictionary<int, long> Refunds, int[] Entries, int[] Covered);

    private sealed record Entry(Region Region, int Number, int Address, int Root);

    private sealed record Result(int Root, int Generation, Region? Region, Exception? Failure);

    private sealed class Function
    {
        public HashSet<int> Wanted { get; } = [];

        public int[]? Covered { get; set; }

        public long Interpreted { get; set; }

        public int Versions { get; set; }

        public bool IsPending { get; set; }
    }
}
