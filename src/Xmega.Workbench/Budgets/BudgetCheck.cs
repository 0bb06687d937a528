using Xmega.Firmware;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Budgets;

/// <summary>What became of a budget.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="Actual">What was measured; null when what it is about never happened.</param>
public sealed record BudgetResult(Budget Budget, decimal? Actual)
{
    /// <summary>Gets a value indicating whether the budget was kept. One that nothing was measured for is broken: it would pass whatever the firmware does.</summary>
    public bool IsKept => Actual <= Budget.Limit;

    /// <summary>Gets why it is broken, in one line.</summary>
    public string Problem => Actual is null ? "never happened in this run" : FormattableString.Invariant($"{Actual:0.####} is more than {Budget.Limit:0.####}");
}

/// <summary>Measures a run against budgets.</summary>
public sealed class BudgetCheck
{
    private readonly IReadOnlyList<Budget> _budgets;
    private readonly Dictionary<Budget, ReactionMeter> _meters = [];

    /// <summary>Initializes a new instance of the <see cref="BudgetCheck"/> class, before the run.</summary>
    /// <param name="chip">The chip, with the firmware loaded.</param>
    /// <param name="image">The firmware: a function or vector that it does not have is an error, not a kept budget.</param>
    /// <param name="budgets">The budgets.</param>
    /// <param name="fileName">How messages name their file.</param>
    /// <param name="condition">Reads <c>SIGNAL[=VALUE]</c>.</param>
    /// <exception cref="BudgetFormatException">A budget names what does not exist.</exception>
    public BudgetCheck(ATxmega128A1 chip, FirmwareImage image, IReadOnlyList<Budget> budgets, string fileName, Func<string, SignalCondition> condition)
    {
        _budgets = budgets;
        foreach (Budget budget in budgets)
        {
            if (budget.Kind is BudgetKind.FunctionCycles or BudgetKind.FunctionStack && image.FindSymbol(budget.Name) is not { Space: SymbolSpace.Code })
                throw new BudgetFormatException(fileName, budget.Line, $"the firmware has no function '{budget.Name}'{(image.Symbols.Count == 0 ? ": it has no symbols, give the .elf" : "")}");
            if (budget.Kind is BudgetKind.InterruptCycles or BudgetKind.InterruptLatency or BudgetKind.InterruptStack && chip.Interrupts.Lines.All(l => l.Name != budget.Name))
                throw new BudgetFormatException(fileName, budget.Line, $"no interrupt '{budget.Name}': write a vector's datasheet name, as in TCC0_OVF");
            if (budget.Kind == BudgetKind.SignalLatency) _meters.Add(budget, new ReactionMeter(chip, condition(budget.From), condition(budget.To)));
        }
    }

    /// <summary>Compares after the run.</summary>
    /// <param name="profile">The run's profile.</param>
    /// <returns>The results in the budgets' order.</returns>
    public IReadOnlyList<BudgetResult> Finish(Profile profile)
    {
        foreach (ReactionMeter meter in _meters.Values) meter.Finish();
        return [.. _budgets.Select(b => new BudgetResult(b, Measure(b, profile)))];
    }

    private decimal? Measure(Budget budget, Profile profile)
    {
        FunctionCost[] functions = [.. profile.Functions.Where(f => f.Function.Name == budget.Name)];
        InterruptCost? interrupt = profile.Interrupts.FirstOrDefault(i => i.Name == budget.Name);
        return budget.Kind switch
        {
            BudgetKind.FunctionCycles => functions.Length > 0 ? functions.Max(f => f.Maximum) : null,
            BudgetKind.FunctionStack => functions.Length > 0 ? functions.Max(f => f.Stack) : null,
            BudgetKind.InterruptCycles => interrupt?.Duration.Maximum,
            BudgetKind.InterruptLatency => interrupt?.Latency.Maximum,
            BudgetKind.InterruptStack => interrupt?.Stack,
            BudgetKind.Stack => profile.StackBytes,
            BudgetKind.CpuLoad => (decimal)profile.CpuLoad,
            BudgetKind.Cycles => profile.Cycles,
            _ => _meters[budget].Reactions.Count > 0 ? _meters[budget].Reactions.Max(r => r.Cycles) : null,
        };
    }
}
