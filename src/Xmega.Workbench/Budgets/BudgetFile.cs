using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Xmega.Workbench.Budgets;

/// <summary>
/// Reads limits from TOML: tables <c>[[budget]]</c>, each with <c>function = "NAME"</c>, <c>interrupt = "VECTOR"</c>,
/// <c>from</c> and <c>to</c> signals, or nothing for the whole run, and the limits <c>max_cycles</c>, <c>max_latency</c>,
/// <c>stack_bytes</c>, <c>cpu_load</c>.
/// </summary>
public static class BudgetFile
{
    private const string Form = "write [[budget]] and below it function, interrupt, or from and to, with max_cycles, max_latency, stack_bytes or cpu_load";

    /// <summary>Reads a file.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="fileName">How messages name it.</param>
    /// <returns>The limits in their order.</returns>
    /// <exception cref="BudgetFormatException">The file cannot be used.</exception>
    public static IReadOnlyList<Budget> Parse(string text, string fileName)
    {
        DocumentSyntax document = SyntaxParser.Parse(text, fileName, validate: true);
        if (document.Diagnostics.FirstOrDefault() is { } error) throw new BudgetFormatException(fileName, error.Span.Start.Line + 1, $"not TOML: {error.Message}");
        var budgets = new List<Budget>();
        if (document.KeyValues.Any()) ReadTable(document.KeyValues, 1, fileName, budgets);
        foreach (TableSyntaxBase table in document.Tables)
        {
            int line = table.Span.Start.Line + 1;
            if (table.Name?.ToString().Trim() is not ("budget" or "\"budget\"")) throw new BudgetFormatException(fileName, line, $"unknown table '{table.Name?.ToString().Trim()}': {Form}");
            ReadTable(table.Items, line, fileName, budgets);
        }

        return budgets.Count > 0 ? budgets : throw new BudgetFormatException(fileName, 1, $"no budget: {Form}");
    }

    private static void ReadTable(SyntaxList<KeyValueSyntax> items, int tableLine, string fileName, List<Budget> budgets)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var limits = new List<(string Key, decimal Value, int Line)>();
        foreach (KeyValueSyntax item in items)
        {
            string key = item.Key!.ToString().Trim();
            int line = item.Span.Start.Line + 1;
            switch (key)
            {
                case "function" or "interrupt" or "from" or "to":
                    texts[key] = item.Value is StringValueSyntax { Value: { Length: > 0 } value } ? value : throw new BudgetFormatException(fileName, line, $"{key} takes a name in quotes");
                    break;
                case "max_cycles" or "max_latency" or "stack_bytes" or "cpu_load":
                    limits.Add((key, Number(item, key, line, fileName), line));
                    break;
                default:
                    throw new BudgetFormatException(fileName, line, $"unknown key '{key}': {Form}");
            }
        }

        string? subject = (texts.ContainsKey("function"), texts.ContainsKey("interrupt"), texts.ContainsKey("from"), texts.ContainsKey("to")) switch
        {
            (true, false, false, false) => "function",
            (false, true, false, false) => "interrupt",
            (false, false, true, true) => "signals",
            (false, false, false, false) => "run",
            _ => null,
        };
        if (subject is null) throw new BudgetFormatException(fileName, tableLine, $"a budget is about a function, an interrupt, the way from one signal to another, or the whole run: {Form}");
        if (limits.Count == 0) throw new BudgetFormatException(fileName, tableLine, $"a budget without a limit: {Form}");
        foreach ((string key, decimal value, int line) in limits)
        {
            BudgetKind kind = (subject, key) switch
            {
                ("function", "max_cycles") => BudgetKind.FunctionCycles,
                ("function", "stack_bytes") => BudgetKind.FunctionStack,
                ("interrupt", "max_cycles") => BudgetKind.InterruptCycles,
                ("interrupt", "max_latency") => BudgetKind.InterruptLatency,
                ("interrupt", "stack_bytes") => BudgetKind.InterruptStack,
                ("signals", "max_latency") => BudgetKind.SignalLatency,
                ("run", "stack_bytes") => BudgetKind.Stack,
                ("run", "cpu_load") => BudgetKind.CpuLoad,
                ("run", "max_cycles") => BudgetKind.Cycles,
                _ => throw new BudgetFormatException(fileName, line, $"{key} is no limit of {(subject == "signals" ? "a way between signals" : subject == "run" ? "the whole run" : $"a {subject}")}: {Form}"),
            };
            budgets.Add(new Budget(kind, value, line)
            {
                Name = texts.GetValueOrDefault("function") ?? texts.GetValueOrDefault("interrupt") ?? "",
                From = texts.GetValueOrDefault("from") ?? "",
                To = texts.GetValueOrDefault("to") ?? "",
            });
        }
    }

    private static decimal Number(KeyValueSyntax item, string key, int line, string fileName)
    {
        decimal? number = item.Value switch
        {
            IntegerValueSyntax integer => integer.Value,
            FloatValueSyntax { Value: >= 0 and <= 1e15 } real => (decimal)real.Value,
            _ => null,
        };
        if (number is not { } value || value < 0) throw new BudgetFormatException(fileName, line, $"{key} takes a number that is not negative");
        if (key == "cpu_load" ? value > 1 : value != decimal.Truncate(value))
            throw new BudgetFormatException(fileName, line, key == "cpu_load" ? "cpu_load is a share, 0 to 1: write 0.35 for 35 %" : $"{key} takes a whole number");
        return value;
    }
}
