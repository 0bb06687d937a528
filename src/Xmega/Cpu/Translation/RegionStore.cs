namespace Xmega.Cpu.Translation;

/// <summary>A translated region.</summary>
/// <param name="Root">Where the function begins that it is of.</param>
/// <param name="Code">What runs it.</param>
/// <param name="Refunds">What to take off the tally when it was left before an access, by word address.</param>
/// <param name="Entries">Where it can be entered: word addresses, in order.</param>
/// <param name="Covered">The instructions in it: word addresses, in order.</param>
internal sealed record Region(int Root, RegionCode Code, WordMap<long> Refunds, int[] Entries, int[] Covered);

/// <summary>A place where a region can be entered.</summary>
/// <param name="Region">The region.</param>
/// <param name="Number">Which of its entries.</param>
/// <param name="Address">Word address.</param>
internal sealed record RegionEntry(Region Region, int Number, int Address);

/// <summary>
/// The fifth step: the regions of one program, for all chips that hold it, and what running it has taught of its functions.
/// They are translated on another thread, one after the other, the one first that has cost the most: the core that a CPU's
/// thread runs on is not for this. Chips on all threads use a store, and meet what is new in it where it is entered.
/// </summary>
internal sealed class RegionStore
{
    // How often a function is translated anew because more of it turned out to be hot.
    private const int MostVersions = 8;

    private readonly CodeStorage _code;
    private readonly object _gate = new();
    private readonly Dictionary<int, Function> _functions = [];
    private readonly List<Function> _wanted = [];
    private readonly Profile _profile;
    private volatile RegionEntry[] _entries = [];
    private bool _hasWorker;
    private int _underWay;
    private int _first = int.MaxValue, _last = -1; // the words that are translated lie in here

    /// <summary>Initializes a new instance of the <see cref="RegionStore"/> class: nothing is translated, nothing known.</summary>
    /// <param name="code">The program, which regions are entered in.</param>
    public RegionStore(CodeStorage code)
        : this(code, new Profile())
    {
    }

    private RegionStore(CodeStorage code, Profile profile)
    {
        _code = code;
        _profile = profile;
    }

    /// <summary>Gets the places where regions can be entered, by number; of two at one address the later counts.</summary>
    public RegionEntry[] Entries => _entries;

    /// <summary>Gets why something could not be translated, which is a fault in here; null if nothing was wrong.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Puts instructions down to a function. It is wanted when they are enough; each time anew it has to cost more.</summary>
    /// <param name="root">Where the function begins.</param>
    /// <param name="word">Where the CPU was.</param>
    /// <param name="instructions">How many were interpreted.</param>
    /// <param name="patience">How many are enough.</param>
    /// <param name="isEntry">Whether a region is to be entered at the word even if one has it in it.</param>
    /// <returns>True when something is wanted.</returns>
    public bool Charge(int root, int word, long instructions, long patience, bool isEntry)
    {
        lock (_gate)
        {
            Function function = FunctionAt(root);
            function.Interpreted += instructions;
            if (function.Interpreted < patience << function.Versions) return false;
            if (isEntry || (function.Region is { } region && Array.BinarySearch(region.Covered, word) < 0)) function.Entries.Add(word);
            return Want(function);
        }
    }

    /// <summary>Remembers where an indirect jump went.</summary>
    /// <param name="site">The jump.</param>
    /// <param name="target">Where it went.</param>
    public void Jumped(int site, int target)
    {
        lock (_gate) _profile.Jumped(site, target);
    }

    /// <summary>An access by pointer has turned out to go to I/O: the function is wanted with that known.</summary>
    /// <param name="root">Where the function begins.</param>
    /// <param name="site">The load or store.</param>
    /// <returns>True when something is wanted.</returns>
    public bool GoesToInputOutput(int root, int site)
    {
        lock (_gate) return _profile.InputOutput.Add(site) && Want(FunctionAt(root));
    }

    /// <summary>Has what is wanted translated on another thread.</summary>
    public void Start()
    {
        lock (_gate)
        {
            Monitor.Pulse(_gate);
            if (_hasWorker) return;
            _hasWorker = true;
        }

        // A thread of its own starts sooner than the first of a pool.
        new Thread(WorkOn) { IsBackground = true, Name = "xmega translator" }.Start();
    }

    /// <summary>Translates what is wanted.</summary>
    public void Work()
    {
        while (Next(out int[] entries, out Profile profile) is { } function)
        {
            try
            {
                Done(function, Translate(function, entries, profile));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // It stays interpreted; tests see to it that there is no such thing.
                Failure ??= e;
                Done(function, null);
            }
        }
    }

    /// <summary>Whether a change of flash is one of what is translated, or may just be being translated.</summary>
    /// <param name="first">The first word.</param>
    /// <param name="last">The last word.</param>
    /// <returns>True if it is.</returns>
    public bool Reaches(int first, int last)
    {
        // Words that nobody has decoded yet are in no region.
        lock (_gate) return _underWay > 0 || _wanted.Count > 0 || (first <= _last && last >= _first);
    }

    /// <summary>What is translated and known now, for a chip that goes its own way.</summary>
    /// <param name="code">The chip's program.</param>
    /// <returns>A store.</returns>
    public RegionStore Copy(CodeStorage code)
    {
        lock (_gate)
        {
            var copy = new RegionStore(code, _profile.Copy()) { _entries = _entries, _first = _first, _last = _last };
            foreach ((int root, Function function) in _functions) copy._functions.Add(root, function.Copy());
            return copy;
        }
    }

    private Function FunctionAt(int root)
    {
        if (!_functions.TryGetValue(root, out Function? function)) _functions.Add(root, function = new Function(root));
        return function;
    }

    private bool Want(Function function)
    {
        if (function.IsUnderWay || function.Versions >= MostVersions) return false;
        if (!_wanted.Contains(function)) _wanted.Add(function);
        return true;
    }

    // To start a thread holds the CPU's up: it stays a while when nothing is wanted.
    private void WorkOn()
    {
        const int Stay = 200; // milliseconds
        bool goesOn = true;
        while (goesOn)
        {
            Work();
            lock (_gate)
            {
                if (_wanted.Count == 0) Monitor.Wait(_gate, Stay);
                _hasWorker = goesOn = _wanted.Count > 0;
            }
        }
    }

    private Function? Next(out int[] entries, out Profile profile)
    {
        lock (_gate)
        {
            if (_wanted.Count == 0)
            {
                (entries, profile) = ([], _profile);
                return null;
            }

            Function function = _wanted[0];
            foreach (Function other in _wanted)
                if (other.Interpreted > function.Interpreted) function = other;
            _wanted.Remove(function);
            function.IsUnderWay = true;
            _underWay++;
            function.Versions++;
            (entries, profile) = (function.Entries.Words.ToArray(), _profile.Copy());
            return function;
        }
    }

    // Null when there is nothing to translate, or nothing else than is.
    private Region? Translate(Function function, int[] entries, Profile profile)
    {
        if (RegionPlan.Create(_code, profile, function.Root, entries) is not { } plan) return null;
        int[] shape = plan.Shape();
        if (shape.AsSpan().SequenceEqual(function.Shape)) return null;
        function.Shape = shape;
        RegionCode code = RegionEmitter.Emit(plan, Block.Split(plan), out WordMap<long> refunds);
        return new Region(function.Root, code, refunds, plan.Entries.Words.ToArray(), plan.Places.Words.ToArray());
    }

    private void Done(Function function, Region? region)
    {
        lock (_gate)
        {
            (function.IsUnderWay, function.Interpreted) = (false, 0);
            _underWay--;
            if (region is null) return;
            function.Region = region;
            var entries = new RegionEntry[region.Entries.Length];
            for (int i = 0; i < entries.Length; i++) entries[i] = new RegionEntry(region, i, region.Entries[i]);
            int number = _entries.Length;
            _entries = [.. _entries, .. entries];
            foreach (RegionEntry entry in entries) _code.Enter(entry.Address, number++);
            _first = Math.Min(_first, region.Covered[0]);
            _last = Math.Max(_last, region.Covered[^1] + 1);
        }
    }

    private sealed class Function(int root)
    {
        public int Root => root;

        /// <summary>Gets where it is to be entered besides.</summary>
        public WordSet Entries { get; } = new();

        public Region? Region { get; set; }

        /// <summary>Gets or sets what its region was made from.</summary>
        public int[] Shape { get; set; } = [];

        public long Interpreted { get; set; }

        public int Versions { get; set; }

        public bool IsUnderWay { get; set; }

        public Function Copy()
        {
            var copy = new Function(root) { Region = Region, Shape = Shape, Interpreted = Interpreted, Versions = Versions };
            copy.Entries.Add(Entries.Words);
            return copy;
        }
    }
}
