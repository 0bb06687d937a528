using Xmega.Firmware;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Signals;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Profiling;

/// <summary>
/// Counts where the cycles of a run go: by instruction, by function with and without what it calls, by interrupt, asleep.
/// Every cycle of the run is counted exactly once. Cycles of a function with what it calls leave out interrupts and sleep.
/// </summary>
/// <remarks>Calls are followed by the stack pointer, and so hold for recursion, tail calls and stacks that a scheduler switches.</remarks>
public sealed class Profiler : IExecutionObserver, ISignalProbe
{
    private readonly ATxmega128A1 _chip;
    private readonly FirmwareImage _image;
    private readonly CallStack _calls;
    private readonly List<FunctionCounter> _functions = [];
    private readonly SortedDictionary<string, InterruptCounter> _interrupts = new(StringComparer.Ordinal);
    private readonly Dictionary<Signal, InterruptCounter> _requests = [];
    private readonly CallNode _root = new("", -1, isInterrupt: false);
    private readonly long _firstCycle;

    /// <summary>Initializes a new instance of the <see cref="Profiler"/> class, which counts from the chip's present cycle on.</summary>
    /// <param name="chip">The chip, with the firmware loaded.</param>
    /// <param name="image">The firmware, for its symbols and lines.</param>
    public Profiler(ATxmega128A1 chip, FirmwareImage image)
    {
        _chip = chip;
        _image = image;
        _calls = new CallStack(chip, new FunctionMap(image)) { Began = Began, Ended = Ended };
        _firstCycle = chip.Cycle;
        StackStart = StackLowest = chip.StackPointer;
        foreach (InterruptLine line in chip.Interrupts.Lines)
        {
            _requests.Add(line.Request, Counter(line.Name));
            line.Request.Watch(this);
        }
    }

    internal long[] CyclesByWord { get; } = new long[ProgramMemory.Size / 2];

    internal long[] ExecutionsByWord { get; } = new long[ProgramMemory.Size / 2];

    internal long[] TakenByWord { get; } = new long[ProgramMemory.Size / 2];

    internal long Asleep { get; private set; }

    internal long InReset { get; private set; }

    internal int StackStart { get; private set; }

    internal int StackLowest { get; private set; }

    internal IReadOnlyList<string> DeepestCalls { get; private set; } = [];

    /// <inheritdoc/>
    public bool LooksAtChip => false;

    /// <inheritdoc/>
    public void OnStep(in ExecutionStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Instruction:
                Executed(step);
                break;
            case StepKind.InterruptEntry:
                Interrupted(step);
                break;
            case StepKind.Sleep:
                Asleep += step.Cycles;
                break;
            case StepKind.Reset:
                _calls.Clear(step.End);
                InReset += step.Cycles;
                break;
        }
    }

    /// <summary>Ends the profile.</summary>
    /// <returns>What was counted.</returns>
    public Profile Finish()
    {
        foreach (Signal signal in _requests.Keys) signal.Unwatch(this);
        _calls.Clear(_chip.Cycle);
        ushort[] flash = [.. Enumerable.Range(0, ProgramMemory.Size / 2).Select(_chip.Program.ReadWord)];
        return new Profile(_image, this, _root, _chip.Cycle - _firstCycle, _calls.Map.Functions, _functions, _interrupts, flash);
    }

    /// <inheritdoc/>
    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (value != 0) _requests[signal].RequestedAt = cycle;
    }

    private void Executed(in ExecutionStep step)
    {
        CallFrame frame = _calls.Enter(step);
        CounterOf(frame.Function).Cycles += step.Cycles;
        frame.Node!.Cycles += step.Cycles;
        (Cpu.Op op, int behind) = _calls.Look(step.Address);
        int word = step.Address / 2;
        if (word < CyclesByWord.Length)
        {
            CyclesByWord[word] += step.Cycles;
            ExecutionsByWord[word]++;
            if (step.Next != behind) TakenByWord[word]++;
        }

        if (step.StackPointer > StackStart && _calls.Frames.Count == 1) StackStart = step.StackPointer; // the start-up code sets it
        Lowest(step.StackPointer);
        _calls.Leave(step, op, behind);
    }

    private void Interrupted(in ExecutionStep step)
    {
        InterruptCounter counter = Counter(step.Vector!);
        counter.Count++;
        counter.EntryCycles += step.Cycles;
        counter.Latency.Add(step.End - Math.Max(counter.RequestedAt, counter.LastEnd));
        _calls.Interrupt(step);
        _calls.Frames[^1].Node!.Cycles += step.Cycles;
        counter.Nesting = Math.Max(counter.Nesting, _calls.Level);
        Lowest(step.StackPointer);
    }

    private void Began(CallFrame frame)
    {
        CallNode parent = _calls.Frames.Count > 1 ? _calls.Frames[^2].Node! : _root;
        if (frame.Vector is { } vector)
        {
            frame.Node = parent.Child(vector, -1, isInterrupt: true);
            return;
        }

        ProfiledFunction function = _calls.Map.Functions[frame.Function];
        frame.Node = parent.Child(function.Name, function.Address, isInterrupt: false);
        FunctionCounter counter = CounterOf(frame.Function);
        counter.Calls++;
        counter.Active++;
    }

    private void Ended(CallFrame frame, long cycle, long busy)
    {
        int used = Math.Max(0, frame.StackBefore - frame.Lowest);
        if (frame.Vector is { } vector)
        {
            InterruptCounter interrupt = Counter(vector);
            interrupt.Duration.Add(cycle - frame.Entered);
            interrupt.Cycles += busy;
            interrupt.Stack = Math.Max(interrupt.Stack, used);
            interrupt.LastEnd = cycle;
            return;
        }

        FunctionCounter counter = CounterOf(frame.Function);
        counter.Stack = Math.Max(counter.Stack, used);
        if (--counter.Active == 0) counter.Ended(busy);
    }

    private void Lowest(int stack)
    {
        if (stack >= StackLowest || (uint)(stack - DataSpace.SramStart) >= DataSpace.SramSize) return;
        StackLowest = stack;
        DeepestCalls = [.. _calls.Frames.Select(f => f.Node!.Name)];
    }

    private FunctionCounter CounterOf(int function)
    {
        while (_functions.Count <= function) _functions.Add(new FunctionCounter());
        return _functions[function];
    }

    private InterruptCounter Counter(string vector)
    {
        if (!_interrupts.TryGetValue(vector, out InterruptCounter? counter)) _interrupts.Add(vector, counter = new InterruptCounter());
        return counter;
    }
}
