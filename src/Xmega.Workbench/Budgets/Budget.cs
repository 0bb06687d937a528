namespace Xmega.Workbench.Budgets;

/// <summary>What a budget limits.</summary>
public enum BudgetKind
{
    /// <summary>Cycles of the dearest call of a function, with what it calls, without interrupts.</summary>
    FunctionCycles,

    /// <summary>Bytes of stack from a function's call on.</summary>
    FunctionStack,

    /// <summary>Cycles of the longest run of an interrupt, from the beginning of its entry to the end of RETI.</summary>
    InterruptCycles,

    /// <summary>Cycles from an interrupt's request to the first instruction at its vector.</summary>
    InterruptLatency,

    /// <summary>Bytes of stack from an interrupt's entry on.</summary>
    InterruptStack,

    /// <summary>Bytes of stack of the whole run.</summary>
    Stack,

    /// <summary>Share of the cycles in which the CPU worked, 0–1.</summary>
    CpuLoad,

    /// <summary>Cycles of the whole run.</summary>
    Cycles,

    /// <summary>Cycles from one signal to another.</summary>
    SignalLatency,
}

/// <summary>One limit.</summary>
/// <param name="Kind">What it limits.</param>
/// <param name="Limit">The most that keeps it.</param>
/// <param name="Line">The line of the file that sets it.</param>
public sealed record Budget(BudgetKind Kind, decimal Limit, int Line)
{
    /// <summary>Gets the function or vector it is about; empty for limits of the whole run.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the stimulus of a latency between signals, as <c>SIGNAL[=VALUE]</c>.</summary>
    public string From { get; init; } = "";

    /// <summary>Gets the reaction of a latency between signals, as <c>SIGNAL[=VALUE]</c>.</summary>
    public string To { get; init; } = "";

    /// <summary>Gets what it limits, in words.</summary>
    public string Description => Kind switch
    {
        BudgetKind.FunctionCycles => $"{Name}(): cycles of a call",
        BudgetKind.FunctionStack => $"{Name}(): stack bytes",
        BudgetKind.InterruptCycles => $"{Name}: cycles from entry to return",
        BudgetKind.InterruptLatency => $"{Name}: latency in cycles",
        BudgetKind.InterruptStack => $"{Name}: stack bytes",
        BudgetKind.Stack => "stack bytes",
        BudgetKind.CpuLoad => "CPU load",
        BudgetKind.Cycles => "cycles of the run",
        _ => $"{From} to {To}: latency in cycles",
    };
}

/// <summary>A budget file that cannot be used: one line that says file, line, what and how to mend it.</summary>
public sealed class BudgetFormatException : FormatException
{
    /// <summary>Initializes a new instance of the <see cref="BudgetFormatException"/> class.</summary>
    /// <param name="fileName">The file.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="problem">What is wrong and what to do.</param>
    public BudgetFormatException(string fileName, int line, string problem)
        : base(FormattableString.Invariant($"{fileName}:{line}: {problem}"))
    {
    }
}
