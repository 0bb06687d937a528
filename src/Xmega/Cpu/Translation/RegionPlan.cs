using static Xmega.Cpu.Op;

namespace Xmega.Cpu.Translation;

/// <summary>What the translator does with an instruction.</summary>
internal enum Handling
{
    /// <summary>Works on registers, flags, SRAM and flash: translated, and left before it when an access is not to SRAM.</summary>
    Translated,

    /// <summary>Goes to I/O space in its exact cycle, and ends its block, for the deadline may be another afterwards.</summary>
    InputOutput,

    /// <summary>Only the interpreter runs it: the region is left before it, and can be entered after it.</summary>
    Interpreted,
}

/// <summary>An instruction of a region.</summary>
/// <param name="Address">Word address.</param>
/// <param name="Code">What it is.</param>
/// <param name="Handling">What is done with it.</param>
/// <param name="Skipped">Words that a skip skips.</param>
internal sealed record Place(int Address, Decoded Code, Handling Handling, int Skipped)
{
    /// <summary>Gets the word address of the next instruction.</summary>
    public int Next => Address + (Code.Op is Lds or Sts or Jmp or Call ? 2 : 1);
}

/// <summary>
/// The first step: which instructions make up a region. It is what was executed so far of one function, and of the
/// functions it calls if they are small; what was never reached is left to the interpreter.
/// </summary>
internal sealed class RegionPlan
{
    /// <summary>Beyond this the runtime's compiler does worse, or stops optimising at all.</summary>
    public const int LargestRegion = 1000;

    private const int LargestCallee = 400;

    private readonly CodeTables _tables;
    private readonly Profile _profile;

    private RegionPlan(CodeTables tables, Profile profile)
    {
        _tables = tables;
        _profile = profile;
    }

    /// <summary>Gets the instructions by address.</summary>
    public SortedDictionary<int, Place> Places { get; } = [];

    /// <summary>Gets the addresses at which the region can be entered.</summary>
    public SortedSet<int> Entries { get; } = [];

    /// <summary>Gets for each RET the addresses that it may return to inside the region.</summary>
    public Dictionary<int, SortedSet<int>> Returns { get; } = [];

    /// <summary>Gets the functions called inside the region whose code is part of it.</summary>
    public HashSet<int> Callees { get; } = [];

    /// <summary>Gets for each indirect jump the targets seen.</summary>
    public Dictionary<int, SortedSet<int>> IndirectTargets { get; } = [];

    /// <summary>Gets the places where an access by pointer is expected to be to I/O.</summary>
    public HashSet<int> InputOutput => _profile.InputOutput;

    /// <summary>Plans a region.</summary>
    /// <param name="tables">What was executed so far.</param>
    /// <param name="profile">What else is known of the program.</param>
    /// <param name="root">Where the function begins.</param>
    /// <param name="wanted">Where the region is to be entered.</param>
    /// <returns>The plan, or null when there is nothing to translate.</returns>
    public static RegionPlan? Create(CodeTables tables, Profile profile, int root, IEnumerable<int> wanted)
    {
        var plan = new RegionPlan(tables, profile);
        foreach (int entry in wanted) plan.Entries.Add(entry);
        plan.Entries.Add(root);
        var called = new Dictionary<int, SortedSet<int>>(); // function to the return sites inside the region
        plan.Follow(plan.Entries, plan.Places, called, LargestRegion, isRoot: true);
        plan.AddCallees(called);
        if (!plan.Places.Values.Any(place => place.Handling == Handling.Translated)) return null;

        plan.Entries.RemoveWhere(entry => !plan.Places.TryGetValue(entry, out Place? place) || place.Handling == Handling.Interpreted);
        return plan.Entries.Count > 0 ? plan : null;
    }

    /// <summary>Where control can go inside one function; a call goes on behind it.</summary>
    /// <param name="place">The instruction.</param>
    /// <returns>Word addresses.</returns>
    public IEnumerable<int> Successors(Place place)
    {
        Decoded code = place.Code;
        if (place.Handling == Handling.Interpreted)
        {
            // A loop that only waits goes on behind itself.
            if (IdleLoops.Length(_tables, place.Address) is > 0 and int words) return [place.Address + words];
            return code.Op is Reti or Illegal or OutsideFlash or Break or Rjmp ? [] : [place.Next];
        }

        return code.Op switch
        {
            Rjmp or Jmp => [code.K],
            Ret => [],
            Ijmp or Eijmp => _profile.TargetsOf(place.Address),
            >= Brcs and <= Brid => [place.Next, code.K],
            Cpse or Sbrc or Sbrs or Sbis or Sbic => [place.Next, AfterSkip(place)],
            _ => [place.Next],
        };
    }

    /// <summary>Where a skip leads.</summary>
    /// <param name="place">The skip.</param>
    /// <returns>The word address behind the skipped instruction.</returns>
    public static int AfterSkip(Place place) => place.Next + place.Skipped;

    private void Follow(IEnumerable<int> from, SortedDictionary<int, Place> places, Dictionary<int, SortedSet<int>> called, int limit, bool isRoot)
    {
        var work = new Stack<int>(from);
        while (work.TryPop(out int address))
        {
            if (places.ContainsKey(address) || places.Count >= limit || !_tables.WasReached(address)) continue;
            Place place = Classify(address);
            places.Add(address, place);
            if (place.Code.Op is Ijmp or Eijmp) IndirectTargets[address] = [.. _profile.TargetsOf(address)];
            foreach (int next in Successors(place))
            {
                work.Push(next);
                bool resumes = place.Handling == Handling.Interpreted || place.Code.Op is Icall or Eicall;
                if (isRoot && (resumes || next <= address)) Entries.Add(next);
            }

            if (place.Code.Op is Call or Rcall)
            {
                if (!called.TryGetValue(place.Code.K, out SortedSet<int>? sites)) called.Add(place.Code.K, sites = []);
                sites.Add(place.Next);
            }
        }
    }

    // Functions that are small with all they call become part of the region, the smallest first.
    private void AddCallees(Dictionary<int, SortedSet<int>> called)
    {
        var functions = new Dictionary<int, Callee>();
        foreach (int function in called.Keys) Explore(function, functions);
        foreach (int function in called.Keys.OrderBy(function => ClosureOf(function, functions)?.Sum(f => functions[f].Places.Count) ?? int.MaxValue))
        {
            HashSet<int>? closure = ClosureOf(function, functions);
            int size = closure?.Except(Callees).Sum(f => functions[f].Places.Count) ?? int.MaxValue;
            if (size > LargestCallee || Places.Count + size > LargestRegion)
            {
                // Its callers come back from outside.
                Entries.UnionWith(called[function]);
                continue;
            }

            foreach (int part in closure!.Except(Callees).ToArray())
            {
                Callees.Add(part);
                foreach ((int address, Place place) in functions[part].Places) Places.TryAdd(address, place);
            }
        }

        foreach (int function in Callees)
        {
            foreach ((int callee, SortedSet<int> sites) in functions[function].Calls)
            {
                if (called.TryGetValue(callee, out SortedSet<int>? known)) known.UnionWith(sites);
                else called.Add(callee, sites);
            }
        }

        foreach (int function in Callees)
        {
            foreach (Place place in functions[function].Places.Values.Where(place => place.Code.Op == Ret))
            {
                if (!Returns.TryGetValue(place.Address, out SortedSet<int>? sites)) Returns.Add(place.Address, sites = []);
                sites.UnionWith(called[function]);
            }
        }
    }

    private void Explore(int function, Dictionary<int, Callee> functions)
    {
        if (functions.ContainsKey(function)) return;
        var callee = new Callee([], []);
        functions.Add(function, callee);
        Follow([function], callee.Places, callee.Calls, LargestCallee + 1, isRoot: false);
        foreach (int inner in callee.Calls.Keys) Explore(inner, functions);
    }

    // A function with all it calls, or null when that is too much, or not translated from its first instruction.
    private static HashSet<int>? ClosureOf(int function, Dictionary<int, Callee> functions)
    {
        var closure = new HashSet<int>();
        var work = new Stack<int>([function]);
        int size = 0;
        while (work.TryPop(out int next))
        {
            if (!closure.Add(next)) continue;
            size += functions[next].Places.Count;
            if (size > LargestCallee || !functions[next].Places.TryGetValue(next, out Place? first) || first.Handling == Handling.Interpreted) return null;
            foreach (int inner in functions[next].Calls.Keys) work.Push(inner);
        }

        return closure;
    }

    private sealed record Callee(SortedDictionary<int, Place> Places, Dictionary<int, SortedSet<int>> Calls);

    private Place Classify(int address)
    {
        Decoded code = _tables.At(address);
        Handling handling = code.Op switch
        {
            Sleep or Break or Wdr or Spm or SpmZInc or Reti or Op.Des or Illegal or OutsideFlash or Brie or Brid => Handling.Interpreted,
            Sen or Cln or Sev or Clv or Ses or Cls => Handling.Interpreted,
            Rjmp when code.K == address => Handling.Interpreted,
            In => Address(code.K, isWrite: false),
            Out => Address(code.K, isWrite: true),
            Sbi or Cbi or Sbis or Sbic => Handling.InputOutput,
            Lds or Sts when code.K < Memory.IoSpace.Size => code.K is >= 0x30 and < 0x40 ? Handling.Interpreted : Handling.InputOutput,
            Lds or Sts when (uint)(code.K - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize => Handling.Interpreted,
            (>= LdX and <= LddZ) or (>= StX and <= StdZ) when InputOutput.Contains(address) => Handling.InputOutput,
            _ => Handling.Translated,
        };
        if (IdleLoops.Length(_tables, address) > 0) handling = Handling.Interpreted;
        int skipped = code.Op is Cpse or Sbrc or Sbrs or Sbis or Sbic ? _tables.At(address + 1).Op is Lds or Sts or Jmp or Call ? 2 : 1 : 0;
        return new Place(address, code, handling, skipped);
    }

    // The CPU's own registers: stack pointer and flags are in the region's hands, RAMP and EIND stay zero, the others are not for it.
    private static Handling Address(int address, bool isWrite) => address switch
    {
        0x3D or 0x3E or 0x3F => Handling.Translated,
        >= 0x38 and <= 0x3C when isWrite => Handling.Translated,
        >= 0x30 and < 0x40 => Handling.Interpreted,
        _ => Handling.InputOutput,
    };
}
