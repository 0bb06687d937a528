using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Xmega.Workbench.Budgets;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;
using Profile = Xmega.Workbench.Profiling.Profile;

namespace Xmega.Cli;

/// <summary>A profile in tables, for people.</summary>
internal static class ProfileReport
{
    private const int FunctionsShown = 40;

    public static void Write(Profile profile, RunResult run, int lines)
    {
        IAnsiConsole console = Terminal.Output;
        console.WriteLine($"{run.Stop.Name()} after {N(profile.Cycles)} cycles: CPU load {Percent(profile.Cycles - profile.Asleep - profile.InReset, profile.Cycles)}, asleep {Percent(profile.Asleep, profile.Cycles)}, stack {profile.StackBytes} bytes");
        if (profile.DeepestCalls.Count > 0) console.WriteLine($"deepest stack: {string.Join(" > ", profile.DeepestCalls)}");

        Table table = NewTable("function", "calls", "own cycles", "%", "with calls", "min", "max", "stack");
        foreach (FunctionCost f in profile.Functions.Take(FunctionsShown))
            Row(table, f.Function.Name, N(f.Calls), N(f.Exclusive), Percent(f.Exclusive, profile.Cycles), N(f.Inclusive), N(f.Minimum), N(f.Maximum), N(f.Stack));
        if (profile.Functions.Count > FunctionsShown) Row(table, $"and {profile.Functions.Count - FunctionsShown} more", "", N(profile.Functions.Skip(FunctionsShown).Sum(f => f.Exclusive)));
        long entries = profile.Interrupts.Sum(i => i.Entry);
        if (entries > 0) Row(table, "[interrupt entries]", N(profile.Interrupts.Sum(i => i.Count)), N(entries), Percent(entries, profile.Cycles));
        if (profile.Asleep > 0) Row(table, "[asleep]", "", N(profile.Asleep), Percent(profile.Asleep, profile.Cycles));
        if (profile.InReset > 0) Row(table, "[reset]", "", N(profile.InReset), Percent(profile.InReset, profile.Cycles));
        console.Write(table);

        if (profile.Interrupts.Count > 0)
        {
            table = NewTable("interrupt", "taken", "cycles", "%", "latency min", "median", "max", "entry to return min", "median", "max", "nesting", "stack");
            foreach (InterruptCost i in profile.Interrupts)
                Row(table, i.Name, N(i.Count), N(i.Cycles), Percent(i.Cycles, profile.Cycles), N(i.Latency.Minimum), N(i.Latency.Median), N(i.Latency.Maximum), N(i.Duration.Minimum), N(i.Duration.Median), N(i.Duration.Maximum), N(i.Nesting), N(i.Stack));
            console.Write(table);
        }

        if (lines <= 0 || profile.Image.Lines.Ranges.Count == 0) return;
        table = NewTable("line", "cycles", "%", "instructions");
        foreach (LineCost line in profile.Lines().Take(lines))
            Row(table, line.Source?.ToString() ?? "[no line]", N(line.Cycles), Percent(line.Cycles, profile.Cycles), N(line.Executions));
        console.Write(table);
    }

    public static void WriteChanges(ProfileNumbers before, ProfileNumbers now)
    {
        Table table = NewTable("changed", "before", "now", "difference");
        foreach (string name in before.All.Keys.Union(now.All.Keys))
        {
            long a = before.All.GetValueOrDefault(name), b = now.All.GetValueOrDefault(name);
            if (a == b) continue;
            string share = a == 0 ? "new" : b == 0 ? "gone" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * (b - a) / a:+0.0;-0.0} %");
            Row(table, name, N(a), N(b), $"{(b > a ? "+" : "")}{N(b - a)} ({share})");
        }

        if (table.Rows.Count > 0) Terminal.Output.Write(table);
        else Terminal.Output.WriteLine("nothing changed against the baseline");
    }

    public static void WriteBudgets(IReadOnlyList<BudgetResult> results)
    {
        Table table = NewTable("budget", "limit", "actual", "");
        foreach (BudgetResult result in results)
            Row(table, result.Budget.Description, D(result.Budget.Limit), result.Actual is { } actual ? D(actual) : "never", result.IsKept ? "kept" : "BROKEN");
        Terminal.Output.Write(table);
    }

    /// <summary>Cycles and share of an instruction, for the left margin of a listing.</summary>
    public static string Margin(Profile profile, int address)
    {
        long cycles = profile.CyclesByWord[address / 2];
        return cycles == 0 ? new string(' ', 23) : string.Create(CultureInfo.InvariantCulture, $"{cycles,12} {100.0 * cycles / profile.Cycles,6:0.00} %  ");
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++) table.AddColumn(new TableColumn(Markup.Escape(columns[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        return table;
    }

    private static void Row(Table table, params string[] cells) => table.AddRow(cells.Select(c => (IRenderable)new Text(c)));

    private static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string D(decimal number) => number.ToString("#,0.####", CultureInfo.InvariantCulture);

    private static string Percent(long part, long whole) => whole == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");
}
