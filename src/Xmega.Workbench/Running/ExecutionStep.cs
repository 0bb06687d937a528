namespace Xmega.Workbench.Running;

/// <summary>What the CPU did in one step.</summary>
public enum StepKind
{
    /// <summary>An instruction.</summary>
    Instruction,

    /// <summary>The entry into an interrupt handler, with the wake-up where the CPU was asleep.</summary>
    InterruptEntry,

    /// <summary>Sleep up to something that was booked.</summary>
    Sleep,

    /// <summary>A reset.</summary>
    Reset,
}

/// <summary>One step of the CPU: what happens between two instruction boundaries.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Address">Flash byte address of the instruction; of an interrupt entry, where the interrupted program goes on.</param>
/// <param name="Start">The cycle in which it began.</param>
/// <param name="End">The cycle in which the next step begins.</param>
/// <param name="Next">Flash byte address of the next instruction.</param>
/// <param name="StackPointer">The stack pointer after it.</param>
/// <param name="Vector">The vector entered by <see cref="StepKind.InterruptEntry"/>, by its datasheet name; otherwise null.</param>
public readonly record struct ExecutionStep(StepKind Kind, int Address, long Start, long End, int Next, ushort StackPointer, string? Vector)
{
    /// <summary>Gets the cycles it took, waits included.</summary>
    public long Cycles => End - Start;
}

/// <summary>Hears every step of a run. A run that somebody observes goes step by step; one that nobody observes pays nothing.</summary>
public interface IExecutionObserver
{
    /// <summary>
    /// Gets a value indicating whether it looks at the chip from its steps: at registers, flags, counts, or to stop it.
    /// One that does not has enough in what the step says and in memory, and the CPU need not be halted for it.
    /// </summary>
    bool LooksAtChip => true;

    /// <summary>The CPU did one step.</summary>
    /// <param name="step">The step; where <see cref="LooksAtChip"/>, the chip stands at the boundary after it.</param>
    void OnStep(in ExecutionStep step);
}
