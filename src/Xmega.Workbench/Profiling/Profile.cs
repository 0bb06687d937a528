using Xmega.Firmware;
using Xmega.Memory;

namespace Xmega.Workbench.Profiling;

/// <summary>What one function cost.</summary>
/// <param name="Function">The function.</param>
/// <param name="Calls">How often it was entered.</param>
/// <param name="Exclusive">Cycles of its own instructions.</param>
/// <param name="Inclusive">Cycles with those of everything it called, without interrupts and sleep; recursion counts once.</param>
/// <param name="Minimum">Inclusive cycles of the cheapest call.</param>
/// <param name="Maximum">Inclusive cycles of the dearest call.</param>
/// <param name="Stack">Most bytes of stack in use from its call on: return address, its own and what it called, interrupts included.</param>
public sealed record FunctionCost(ProfiledFunction Function, long Calls, long Exclusive, long Inclusive, long Minimum, long Maximum, int Stack);

/// <summary>What one interrupt cost.</summary>
/// <param name="Name">The vector's datasheet name.</param>
/// <param name="Count">How often it was taken.</param>
/// <param name="Entry">Cycles of the entries: pushes of the program counter, and wake-ups.</param>
/// <param name="Cycles">Busy cycles from entry to RETI, without interrupts that interrupted it.</param>
/// <param name="Latency">From the request (or the end of the handler before, where the request came earlier) to the first instruction at the vector.</param>
/// <param name="Duration">From the beginning of the entry to the end of RETI, with everything that came between.</param>
/// <param name="Nesting">Deepest nesting it ran at; 1 is an interrupt of the main program.</param>
/// <param name="Stack">Most bytes of stack in use from its entry on.</param>
public sealed record InterruptCost(string Name, long Count, long Entry, long Cycles, CycleStatistics Latency, CycleStatistics Duration, int Nesting, int Stack);

/// <summary>What one source line cost.</summary>
/// <param name="Source">The line; null for code without lines.</param>
/// <param name="Cycles">Cycles of its instructions.</param>
/// <param name="Executions">Instructions executed.</param>
public sealed record LineCost(SourceLine? Source, long Cycles, long Executions);

/// <summary>Where the cycles of a run went. The exclusive cycles of all functions, the interrupt entries, sleep and resets add up to the run.</summary>
public sealed class Profile
{
    internal Profile(FirmwareImage image, Profiler profiler, CallNode root, long cycles, IReadOnlyList<ProfiledFunction> functions, IReadOnlyList<FunctionCounter> counters, IReadOnlyDictionary<string, InterruptCounter> interrupts, ushort[] flash)
    {
        Image = image;
        Root = root;
        Cycles = cycles;
        Asleep = profiler.Asleep;
        InReset = profiler.InReset;
        StackBytes = Math.Max(0, profiler.StackStart - profiler.StackLowest);
        StackLowest = profiler.StackLowest;
        DeepestCalls = profiler.DeepestCalls;
        CyclesByWord = profiler.CyclesByWord;
        ExecutionsByWord = profiler.ExecutionsByWord;
        TakenByWord = profiler.TakenByWord;
        Flash = flash;
        Functions = [.. counters.Select((c, i) => new FunctionCost(functions[i], c.Calls, c.Cycles, c.Inclusive, Math.Min(c.Minimum, c.Maximum), c.Maximum, c.Stack))
            .Where(f => f.Calls > 0)
            .OrderByDescending(f => f.Exclusive).ThenByDescending(f => f.Inclusive).ThenBy(f => f.Function.Address)];
        Interrupts = [.. interrupts.Where(i => i.Value.Count > 0).Select(i => new InterruptCost(i.Key, i.Value.Count, i.Value.EntryCycles, i.Value.Cycles, i.Value.Latency, i.Value.Duration, i.Value.Nesting, i.Value.Stack)).OrderByDescending(i => i.Cycles).ThenBy(i => i.Name, StringComparer.Ordinal)];
    }

    /// <summary>Gets the firmware.</summary>
    public FirmwareImage Image { get; }

    /// <summary>Gets the cycles of the run.</summary>
    public long Cycles { get; }

    /// <summary>Gets the cycles asleep.</summary>
    public long Asleep { get; }

    /// <summary>Gets the cycles of resets.</summary>
    public long InReset { get; }

    /// <summary>Gets the share of the cycles in which the CPU worked, 0–1.</summary>
    public double CpuLoad => Cycles == 0 ? 0 : (double)(Cycles - Asleep - InReset) / Cycles;

    /// <summary>Gets the most bytes of stack in use.</summary>
    public int StackBytes { get; }

    /// <summary>Gets the lowest stack pointer.</summary>
    public int StackLowest { get; }

    /// <summary>Gets the calls that were open when the stack was deepest, from the outermost on.</summary>
    public IReadOnlyList<string> DeepestCalls { get; }

    /// <summary>Gets every function that ran, the dearest first.</summary>
    public IReadOnlyList<FunctionCost> Functions { get; }

    /// <summary>Gets every interrupt that was taken, the dearest first.</summary>
    public IReadOnlyList<InterruptCost> Interrupts { get; }

    /// <summary>Gets the calls as a tree; the root itself is nobody.</summary>
    public CallNode Root { get; }

    /// <summary>Gets the cycles spent on each instruction, by word address.</summary>
    public IReadOnlyList<long> CyclesByWord { get; }

    /// <summary>Gets how often each instruction was executed, by word address.</summary>
    public IReadOnlyList<long> ExecutionsByWord { get; }

    /// <summary>Gets how often each instruction went on somewhere else than behind itself, by word address.</summary>
    public IReadOnlyList<long> TakenByWord { get; }

    /// <summary>Gets flash at the end of the run, by word address.</summary>
    internal IReadOnlyList<ushort> Flash { get; }

    /// <summary>Every way to a function, or to an interrupt's entry, that cost cycles: nodes from the outermost on, in a fixed order.</summary>
    /// <returns>The ways with the cycles spent at their end.</returns>
    public IEnumerable<(IReadOnlyList<CallNode> Path, long Cycles)> Paths()
    {
        var open = new Stack<(CallNode Node, CallNode[] Path)>();
        open.Push((Root, []));
        while (open.TryPop(out (CallNode Node, CallNode[] Path) next))
        {
            if (next.Node.Cycles > 0) yield return (next.Path, next.Node.Cycles);
            foreach (CallNode child in next.Node.Children.Reverse()) open.Push((child, [.. next.Path, child]));
        }
    }

    /// <summary>Cycles by source line, the dearest first; code without lines comes as one.</summary>
    /// <returns>The lines that were executed.</returns>
    public IReadOnlyList<LineCost> Lines()
    {
        var lines = new Dictionary<SourceLine, (long Cycles, long Executions)>();
        (long Cycles, long Executions) none = default;
        for (int word = 0; word < ProgramMemory.Size / 2; word++)
        {
            if (ExecutionsByWord[word] == 0) continue;
            if (Image.Lines.Find((uint)(2 * word)) is { } line)
            {
                (long cycles, long executions) = lines.GetValueOrDefault(line);
                lines[line] = (cycles + CyclesByWord[word], executions + ExecutionsByWord[word]);
            }
            else
            {
                none = (none.Cycles + CyclesByWord[word], none.Executions + ExecutionsByWord[word]);
            }
        }

        IEnumerable<LineCost> costs = lines.Select(l => new LineCost(l.Key, l.Value.Cycles, l.Value.Executions));
        if (none.Executions > 0) costs = costs.Append(new LineCost(null, none.Cycles, none.Executions));
        return [.. costs.OrderByDescending(l => l.Cycles).ThenBy(l => l.Source?.File, StringComparer.Ordinal).ThenBy(l => l.Source?.Line)];
    }
}
