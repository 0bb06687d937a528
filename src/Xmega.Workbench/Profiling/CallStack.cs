using Xmega.Cpu;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Profiling;

/// <summary>A function or interrupt handler that is under way.</summary>
internal sealed class CallFrame
{
    /// <summary>Gets the index of the function; -1 for an interrupt.</summary>
    public int Function { get; init; } = -1;

    /// <summary>Gets the vector's datasheet name; null for a function.</summary>
    public string? Vector { get; init; }

    public bool IsInterrupt => Vector is not null;

    /// <summary>Gets the stack pointer with the return address pushed: above it, the frame has ended.</summary>
    public int StackPointer { get; init; }

    /// <summary>Gets the stack pointer before the return address was pushed.</summary>
    public int StackBefore { get; init; }

    /// <summary>Gets or sets the lowest stack pointer since it began.</summary>
    public int Lowest { get; set; }

    /// <summary>Gets the cycle in which it began.</summary>
    public long Entered { get; init; }

    /// <summary>Gets the busy cycles of its depth of interrupts when it began.</summary>
    public long Clock { get; init; }

    /// <summary>Gets the depth of interrupts it runs at: 0 is the main program.</summary>
    public int Level { get; init; }

    /// <summary>Gets or sets its place in the tree of calls.</summary>
    public CallNode? Node { get; set; }
}

/// <summary>Follows calls, returns and interrupts by the stack pointer.</summary>
/// <remarks>
/// A function ends when its return address has left the stack. A jump from one function into another (a tail call) ends
/// the first and begins the second in its place. <c>rcall .+0</c>, which only reserves stack, is no call. RETI ends the
/// running interrupt wherever the stack pointer went: a scheduler may have switched stacks. Main is nobody's callee.
/// </remarks>
internal sealed class CallStack(ATxmega128A1 chip, FunctionMap map)
{
    private const int Deepest = 4096; // frames; more are a stack that makes no sense

    private readonly List<CallFrame> _frames = [];
    private readonly List<long> _clocks = [0]; // busy cycles by depth of interrupts
    private readonly KnownInstructions _flash = new(chip);

    /// <summary>Gets or sets what hears that a frame began; the frames below it are those that it was called from.</summary>
    public Action<CallFrame> Began { get; set; } = static _ => { };

    /// <summary>Gets or sets what hears that a frame ended, in a cycle, after so many busy cycles of its own depth of interrupts.</summary>
    public Action<CallFrame, long, long> Ended { get; set; } = static (_, _, _) => { };

    public FunctionMap Map => map;

    /// <summary>Gets the frames under way, the outermost first.</summary>
    public IReadOnlyList<CallFrame> Frames => _frames;

    /// <summary>Gets the depth of interrupts.</summary>
    public int Level { get; private set; }

    /// <summary>Before an instruction is counted: makes the frame on top the function that it belongs to.</summary>
    /// <returns>The frame on top.</returns>
    public CallFrame Enter(in ExecutionStep step)
    {
        int function = map.Of(step.Address);
        if (_frames.Count == 0 || _frames[^1].IsInterrupt)
        {
            int stack = _frames.Count == 0 ? step.StackPointer : _frames[^1].StackPointer;
            Push(function >= 0 ? function : map.Entered(step.Address), stack, stack, step.Start);
        }
        else if (function >= 0 && _frames[^1].Function != function)
        {
            CallFrame left = _frames[^1];
            Pop(step.Start);
            Push(function, left.StackPointer, left.StackBefore, step.Start);
        }

        _clocks[Level] += step.Cycles;
        return _frames[^1];
    }

    /// <summary>After an instruction was counted: calls and returns.</summary>
    /// <param name="step">The instruction.</param>
    /// <param name="op">What it was.</param>
    /// <param name="behind">Flash byte address behind it.</param>
    public void Leave(in ExecutionStep step, Op op, int behind)
    {
        int stack = step.StackPointer;
        _frames[^1].Lowest = Math.Min(_frames[^1].Lowest, stack);
        if (op is (Op.Call or Op.Rcall or Op.Icall or Op.Eicall) && step.Next != behind)
        {
            int function = map.Entered(step.Next);
            if (_frames.Count == 1 && map.Functions[function].Name == "main") Pop(step.End);
            Push(function, stack, stack + 3, step.End);
            return;
        }

        if (op == Op.Reti && Level > 0)
        {
            while (!_frames[^1].IsInterrupt) Pop(step.End);
            Pop(step.End);
        }

        while (_frames.Count > 1 && !_frames[^1].IsInterrupt && stack > _frames[^1].StackPointer) Pop(step.End);
    }

    /// <summary>The entry into an interrupt.</summary>
    public void Interrupt(in ExecutionStep step)
    {
        MakeRoom(step.Start);
        Level++;
        if (_clocks.Count == Level) _clocks.Add(0);
        Add(new CallFrame { Vector = step.Vector, StackPointer = step.StackPointer, StackBefore = step.StackPointer + 3, Lowest = step.StackPointer, Entered = step.Start, Clock = _clocks[Level], Level = Level });
        _clocks[Level] += step.Cycles;
    }

    /// <summary>Everything ends: a reset, or the end of the run.</summary>
    public void Clear(long cycle)
    {
        while (_frames.Count > 0) Pop(cycle);
    }

    /// <summary>What an instruction was, and the flash byte address behind it.</summary>
    public (Op Op, int Behind) Look(int address)
    {
        (Op op, _, int behind) = _flash.At(address);
        return (op, behind);
    }

    private void Push(int function, int stack, int before, long cycle)
    {
        MakeRoom(cycle);
        Add(new CallFrame { Function = function, StackPointer = stack, StackBefore = before, Lowest = stack, Entered = cycle, Clock = _clocks[Level], Level = Level });
    }

    private void Add(CallFrame frame)
    {
        _frames.Add(frame);
        Began(frame);
    }

    private void MakeRoom(long cycle)
    {
        if (_frames.Count >= Deepest) Clear(cycle);
    }

    private void Pop(long cycle)
    {
        CallFrame frame = _frames[^1];
        _frames.RemoveAt(_frames.Count - 1);
        if (_frames.Count > 0) _frames[^1].Lowest = Math.Min(_frames[^1].Lowest, frame.Lowest);
        Ended(frame, cycle, _clocks[Level] - frame.Clock);
        if (frame.IsInterrupt) Level--;
    }
}
