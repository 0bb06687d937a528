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

    private readonly CodeStorage _code;
    private readonly Profile _profile;

    private RegionPlan(CodeStorage code, Profile profile)
    {
        _code = code;
        _profile = profile;
    }

    /// <summary>Gets the instructions by address.</summary>
    public WordMap<Place> Places { get; } = new();

    /// <summary>Gets the addresses at which the region can be entered.</summary>
    public WordSet Entries { get; private set; } = new();

    /// <summary>Gets for each RET the addresses that it may return to inside the region.</summary>
    public WordMap<WordSet> Returns { get; } = new();

    /// <summary>Gets the functions called inside the region whose code is part of it.</summary>
    public WordSet Callees { get; } = new();

    /// <summary>Gets for each indirect jump the targets seen.</summary>
    public WordMap<WordSet> IndirectTargets { get; } = new();

    /// <summary>Gets the places where an access by pointer is expected to be to I/O.</summary>
    public WordSet InputOutput => _profile.InputOutput;

    /// <summary>Plans a region.</summary>
    /// <param name="code">What was executed so far.</param>
    /// <param name="profile">What else is known of the program.</param>
    /// <param name="root">Where the function begins.</param>
    /// <param name="wanted">Where the region is to be entered.</param>
    /// <returns>The plan, or null when there is nothing to translate.</returns>
    public static RegionPlan? Create(CodeStorage code, Profile profile, int root, int[] wanted)
    {
        var plan = new RegionPlan(code, profile);
        plan.Entries.Add(wanted);
        plan.Entries.Add(root);
        var called = new WordMap<WordSet>(); // function to the return sites inside the region
        plan.Follow(plan.Entries.Words, plan.Places, called, LargestRegion, isRoot: true);
        plan.AddCallees(called);
        int translated = 0;
        foreach (Place place in plan.Places.Values)
            if (place.Handling == Handling.Translated) translated++;
        if (translated == 0) return null;

        var entries = new WordSet();
        foreach (int entry in plan.Entries.Words)
            if (plan.Places.TryGet(entry, out Place? place) && place.Handling != Handling.Interpreted) entries.Add(entry);
        plan.Entries = entries;
        return plan.Entries.Count > 0 ? plan : null;
    }

    /// <summary>All that the region follows from, to tell whether another plan would lead to another.</summary>
    /// <returns>Numbers that mean nothing else.</returns>
    public int[] Shape()
    {
        var shape = new List<int>();
        foreach (Place place in Places.Values) shape.Add((place.Address << 2) | (int)place.Handling);
        Add(Entries);
        foreach (WordSet sites in Returns.Values) Add(sites);
        foreach (WordSet targets in IndirectTargets.Values) Add(targets);
        return [.. shape];

        void Add(WordSet words)
        {
            shape.Add(-words.Count);
            foreach (int word in words.Words) shape.Add(word);
        }
    }

    /// <summary>Where control can go inside one function; a call goes on behind it.</summary>
    /// <param name="place">The instruction.</param>
    /// <returns>Word addresses.</returns>
    public int[] Successors(Place place)
    {
        Decoded code = place.Code;
        if (place.Handling == Handling.Interpreted)
        {
            // A loop that only waits goes on behind itself.
            if (IdleLoops.Length(_code, place.Address) is > 0 and int words) return [place.Address + words];
            return code.Op is Reti or Illegal or OutsideFlash or Break or Rjmp ? [] : [place.Next];
        }

        return code.Op switch
        {
            Rjmp or Jmp => [code.K],
            Ret => [],
            Ijmp or Eijmp => _profile.TargetsOf(place.Address).Words.ToArray(),
            >= Brcs and <= Brid => [place.Next, code.K],
            Cpse or Sbrc or Sbrs or Sbis or Sbic => [place.Next, AfterSkip(place)],
            _ => [place.Next],
        };
    }

    /// <summary>Where a skip leads.</summary>
    /// <param name="place">The skip.</param>
    /// <returns>The word address behind the skipped instruction.</returns>
    public static int AfterSkip(Place place) => place.Next + place.Skipped;

    private void Follow(ReadOnlySpan<int> from, WordMap<Place> places, WordMap<WordSet> called, int limit, bool isRoot)
    {
        List<int> work = [.. from];
        while (work.Count > 0)
        {
            int address = work[^1];
            work.RemoveAt(work.Count - 1);
            if (places.Contains(address) || places.Count >= limit || !_code.WasReached(address)) continue;
            Place place = Classify(address);
            places.Add(address, place);
            if (place.Code.Op is Ijmp or Eijmp) IndirectTargets.Put(address, _profile.TargetsOf(address));
            foreach (int next in Successors(place))
            {
                work.Add(next);
                bool resumes = place.Handling == Handling.Interpreted || place.Code.Op is Icall or Eicall;
                if (isRoot && (resumes || next <= address)) Entries.Add(next);
            }

            if (place.Code.Op is Call or Rcall)
            {
                WordSet.At(called, place.Code.K).Add(place.Next);
            }
        }
    }

    // Functions that are small with all they call become part of the region, the smallest first.
    private void AddCallees(WordMap<WordSet> called)
    {
        var functions = new WordMap<Callee>();
        var closures = new List<Closure>();
        foreach (int function in called.Words) Explore(function, functions);
        foreach (int function in called.Words)
        {
            WordSet? parts = ClosureOf(function, functions);
            closures.Add(new Closure(function, parts, parts is null ? int.MaxValue : SizeOf(parts)));
        }

        closures.Sort(static (a, b) => a.Size != b.Size ? a.Size.CompareTo(b.Size) : a.Function.CompareTo(b.Function));
        foreach ((int function, WordSet? parts, _) in closures)
        {
            int size = parts is null ? int.MaxValue : SizeOf(parts);
            if (size > LargestCallee || Places.Count + size > LargestRegion)
            {
                // Its callers come back from outside.
                Entries.Add(called[function].Words);
                continue;
            }

            foreach (int part in parts!.Words)
            {
                if (!Callees.Add(part)) continue;
                foreach (Place place in functions[part].Places.Values) Places.Add(place.Address, place);
            }
        }

        foreach (int function in Callees.Words)
        {
            WordMap<WordSet> calls = functions[function].Calls;
            foreach (int callee in calls.Words) WordSet.At(called, callee).Add(calls[callee].Words);
        }

        foreach (int function in Callees.Words)
        {
            foreach (Place place in functions[function].Places.Values)
                if (place.Code.Op == Ret) WordSet.At(Returns, place.Address).Add(called[function].Words);
        }

        // Of those that are not yet part of the region.
        int SizeOf(WordSet parts)
        {
            int size = 0;
            foreach (int part in parts.Words)
                if (!Callees.Contains(part)) size += functions[part].Places.Count;
            return size;
        }
    }

    private void Explore(int function, WordMap<Callee> functions)
    {
        var callee = new Callee(new WordMap<Place>(), new WordMap<WordSet>());
        if (!functions.Add(function, callee)) return;
        Follow([function], callee.Places, callee.Calls, LargestCallee + 1, isRoot: false);
        foreach (int inner in callee.Calls.Words) Explore(inner, functions);
    }

    // A function with all it calls, or null when that is too much, or not translated from its first instruction.
    private static WordSet? ClosureOf(int function, WordMap<Callee> functions)
    {
        var closure = new WordSet();
        List<int> work = [function];
        int size = 0;
        while (work.Count > 0)
        {
            int next = work[^1];
            work.RemoveAt(work.Count - 1);
            if (!closure.Add(next)) continue;
            size += functions[next].Places.Count;
            if (size > LargestCallee || !functions[next].Places.TryGet(next, out Place? first) || first.Handling == Handling.Interpreted) return null;
            foreach (int inner in functions[next].Calls.Words) work.Add(inner);
        }

        return closure;
    }

    private sealed record Closure(int Function, WordSet? Parts, int Size);

    private sealed record Callee(WordMap<Place> Places, WordMap<WordSet> Calls);

    private Place Classify(int address)
    {
        Decoded code = _code.At(address);
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
        if (IdleLoops.Length(_code, address) > 0) handling = Handling.Interpreted;
        int skipped = code.Op is Cpse or Sbrc or Sbrs or Sbis or Sbic ? _code.At(address + 1).Op is Lds or Sts or Jmp or Call ? 2 : 1 : 0;
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
