using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Signals;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Profiling;

/// <summary>
/// Counts where the cycles of a run go: by instruction, by function with and without what it calls, by interrupt, asleep.
/// Every cycle of the run is counted exactly once.
/// </summary>
/// <remarks>
/// Calls are followed by the stack pointer: a function ends when its return address has left the stack. A jump from one
/// function into another (a tail call) ends the first and begins the second in its place. <c>rcall .+0</c>, which only
/// reserves stack, is no call. Cycles of a function with what it calls leave out interrupts and sleep.
/// </remarks>
public sealed class Profiler : IExecutionObserver, ISignalProbe
{
    private const int DeepestStack = 4096; // frames; more are a stack that makes no sense

    private readonly ATxmega128A1 _chip;
    private readonly FirmwareImage _image;
    private readonly FunctionMap _map;
    private readonly List<FunctionCounter> _functions = [];
    private readonly SortedDictionary<string, InterruptCounter> _interrupts = new(StringComparer.Ordinal);
    private readonly Dictionary<Signal, InterruptCounter> _requests = [];
    private readonly List<Frame> _frames = [];
    private readonly List<long> _clocks = [0]; // busy cycles by depth of interrupts
    private readonly CallNode _root = new("", -1, isInterrupt: false);
    private readonly long _firstCycle;
    private int _level;

    /// <summary>Initializes a new instance of the <see cref="Profiler"/> class, which counts from the chip's present cycle on.</summary>
    /// <param name="chip">The chip, with the firmware loaded.</param>
    /// <param name="image">The firmware, for its symbols and lines.</param>
    public Profiler(ATxmega128A1 chip, FirmwareImage image)
    {
        _chip = chip;
        _image = image;
        _map = new FunctionMap(image);
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
    public void OnStep(in ExecutionStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Instruction:
                Executed(step);
                break;
            case StepKind.InterruptEntry:
                EnterInterrupt(step);
                break;
            case StepKind.Sleep:
                Asleep += step.Cycles;
                break;
            case StepKind.Reset:
                while (_frames.Count > 0) Pop(step.End);
                InReset += step.Cycles;
                break;
        }
    }

    /// <summary>Ends the profile.</summary>
    /// <returns>What was counted.</returns>
    public Profile Finish()
    {
        foreach (Signal signal in _requests.Keys) signal.Unwatch(this);
        while (_frames.Count > 0) Pop(_chip.Cycle);
        return new Profile(_image, this, _root, _chip.Cycle - _firstCycle, _map.Functions, _functions, [.. _interrupts.Values.Where(i => i.Count > 0)], ReadFlash());
    }

    /// <inheritdoc/>
    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (value != 0) _requests[signal].RequestedAt = cycle;
    }

    private ushort[] ReadFlash() => [.. Enumerable.Range(0, ProgramMemory.Size / 2).Select(_chip.Program.ReadWord)];

    private void Executed(in ExecutionStep step)
    {
        EnsureFrame(step);
        int word = step.Address / 2;
        Frame frame = _frames[^1];
        if (word < CyclesByWord.Length)
        {
            CyclesByWord[word] += step.Cycles;
            ExecutionsByWord[word]++;
        }

        CounterOf(frame.Function).Cycles += step.Cycles;
        frame.Node.Cycles += step.Cycles;
        _clocks[_level] += step.Cycles;

        ushort opcode = _chip.Program.ReadWord(Math.Min(word, (ProgramMemory.Size / 2) - 1));
        Op op = InstructionDecoder.Find(opcode)?.Op ?? Op.Illegal;
        int behind = step.Address + (InstructionDecoder.IsTwoWords(opcode) ? 4 : 2);
        if (step.Next != behind && word < TakenByWord.Length) TakenByWord[word]++;

        int stack = step.StackPointer;
        if (stack > StackStart && _frames.Count == 1) StackStart = stack; // the start-up code sets it
        Lowest(stack);
        bool calls = op is Op.Call or Op.Rcall or Op.Icall or Op.Eicall;
        if (calls && step.Next != behind) Call(step.Next, stack, step.End);
        else if (op == Op.Reti) ReturnFromInterrupt(stack, step.End);
        else
            while (_frames.Count > 1 && !_frames[^1].IsInterrupt && stack > _frames[^1].StackPointer) Pop(step.End);
    }

    // The frame of the function that is executing: the first one, the handler of an interrupt, or the target of a jump out of another.
    private void EnsureFrame(in ExecutionStep step)
    {
        int function = _map.Of(step.Address);
        if (_frames.Count == 0 || _frames[^1].IsInterrupt)
        {
            int stack = _frames.Count == 0 ? step.StackPointer : _frames[^1].StackPointer;
            Push(function >= 0 ? function : _map.Entered(step.Address), stack, stack, step.Start);
        }
        else if (function >= 0 && _frames[^1].Function != function)
        {
            Frame left = _frames[^1];
            Pop(step.Start);
            Push(function, left.StackPointer, left.StackBefore, step.Start);
        }
    }

    // The start-up code ends where it calls main: main is nobody's callee.
    private void Call(int target, int stack, long cycle)
    {
        int function = _map.Entered(target);
        if (_frames.Count == 1 && _map.Functions[function].Name == "main") Pop(cycle);
        Push(function, stack, stack + 3, cycle);
    }

    private void EnterInterrupt(in ExecutionStep step)
    {
        InterruptCounter counter = Counter(step.Vector!);
        counter.Count++;
        counter.EntryCycles += step.Cycles;
        counter.Latency.Add(step.End - Math.Max(counter.RequestedAt, counter.LastEnd));
        CallNode parent = _frames.Count > 0 ? _frames[^1].Node : _root;
        CallNode node = parent.Child(step.Vector!, -1, isInterrupt: true);
        node.Cycles += step.Cycles;
        _level++;
        if (_clocks.Count == _level) _clocks.Add(0);
        counter.Nesting = Math.Max(counter.Nesting, _level);
        var frame = new Frame { Interrupt = counter, Node = node, StackPointer = step.StackPointer, StackBefore = step.StackPointer + 3, Lowest = step.StackPointer, Entered = step.Start, Clock = _clocks[_level] };
        _clocks[_level] += step.Cycles;
        Add(frame);
        Lowest(step.StackPointer);
    }

    // RETI ends the running interrupt, wherever the stack pointer went meanwhile: a scheduler may have switched stacks.
    private void ReturnFromInterrupt(int stack, long cycle)
    {
        if (_level > 0)
        {
            while (!_frames[^1].IsInterrupt) Pop(cycle);
            Pop(cycle);
        }

        while (_frames.Count > 1 && !_frames[^1].IsInterrupt && stack > _frames[^1].StackPointer) Pop(cycle);
    }

    private void Push(int function, int stack, int before, long cycle)
    {
        FunctionCounter counter = CounterOf(function);
        counter.Calls++;
        counter.Active++;
        CallNode parent = _frames.Count > 0 ? _frames[^1].Node : _root;
        ProfiledFunction known = _map.Functions[function];
        Add(new Frame { Function = function, Node = parent.Child(known.Name, known.Address, isInterrupt: false), StackPointer = stack, StackBefore = before, Lowest = stack, Entered = cycle, Clock = _clocks[_level] });
    }

    private void Add(Frame frame)
    {
        if (_frames.Count >= DeepestStack)
            while (_frames.Count > 0) Pop(frame.Entered);
        _frames.Add(frame);
    }

    private void Pop(long cycle)
    {
        Frame frame = _frames[^1];
        _frames.RemoveAt(_frames.Count - 1);
        if (_frames.Count > 0) _frames[^1].Lowest = Math.Min(_frames[^1].Lowest, frame.Lowest);
        long busy = _clocks[_level] - frame.Clock;
        int used = Math.Max(0, frame.StackBefore - frame.Lowest);
        if (frame.Interrupt is { } interrupt)
        {
            interrupt.Duration.Add(cycle - frame.Entered);
            interrupt.Cycles += busy;
            interrupt.Stack = Math.Max(interrupt.Stack, used);
            interrupt.LastEnd = cycle;
            _level--;
            return;
        }

        FunctionCounter counter = CounterOf(frame.Function);
        counter.Stack = Math.Max(counter.Stack, used);
        if (--counter.Active == 0) counter.Ended(busy);
    }

    private void Lowest(int stack)
    {
        if (_frames.Count > 0) _frames[^1].Lowest = Math.Min(_frames[^1].Lowest, stack);
        if (stack >= StackLowest || (uint)(stack - DataSpace.SramStart) >= DataSpace.SramSize) return;
        StackLowest = stack;
        DeepestCalls = [.. _frames.Select(f => f.Node.Name)];
    }

    private FunctionCounter CounterOf(int function)
    {
        while (_functions.Count <= function) _functions.Add(new FunctionCounter());
        return _functions[function];
    }

    private InterruptCounter Counter(string vector)
    {
        if (!_interrupts.TryGetValue(vector, out InterruptCounter? counter)) _interrupts.Add(vector, counter = new InterruptCounter(vector));
        return counter;
    }

    private sealed class Frame
    {
        public int Function { get; init; } = -1;

        public InterruptCounter? Interrupt { get; init; }

        public bool IsInterrupt => Interrupt is not null;

        public required CallNode Node { get; init; }

        /// <summary>Gets the stack pointer with the return address pushed: above it, the frame has ended.</summary>
        public int StackPointer { get; init; }

        /// <summary>Gets the stack pointer before the return address was pushed.</summary>
        public int StackBefore { get; init; }

        public int Lowest { get; set; }

        public long Entered { get; init; }

        /// <summary>Gets the busy cycles of its depth of interrupts when it began.</summary>
        public long Clock { get; init; }
    }
}
