using System.CommandLine;
using System.Globalization;
using System.Text;
using Spectre.Console;
using Xmega.Firmware;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Running;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega compare A B --from SIGNAL --to SIGNAL</c>: two firmwares that do the same job, side by side.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var a = new Argument<string>("A") { Description = "a firmware, .hex or .elf" };
        var b = new Argument<string>("B") { Description = "another that does the same job" };
        var from = new Option<string>("--from") { Description = "the stimulus: a signal, and the value it takes", HelpName = "SIGNAL[=VALUE]", Required = true };
        var to = new Option<string>("--to") { Description = "the reaction: a signal, and the value it takes", HelpName = "SIGNAL[=VALUE]", Required = true };
        var fromB = new Option<string?>("--from-b") { Description = "the stimulus in B, where it has another name", HelpName = "SIGNAL[=VALUE]" };
        var toB = new Option<string?>("--to-b") { Description = "the reaction in B, where it has another name", HelpName = "SIGNAL[=VALUE]" };
        Option<EmulatedTime?> runFor = Arguments.Time("--for", "run each this long");
        Option<EmulatedTime?> timeout = Arguments.Time("--timeout", "give up after this long (default 60s, unless --for is given)");
        var board = new BoardOptions();
        var html = new Option<string?>("--html") { Description = "also writes one self-contained page with histograms and a timing diagram", HelpName = "FILE" };
        Option<bool> json = Arguments.Json();
        var command = new Command("compare", "Compares two firmwares that do the same job: latency, jitter, CPU cost, misses.") { a, b, from, to, fromB, toB, runFor, timeout, html, json };
        board.AddTo(command);
        command.SetAction(result =>
        {
            string fromA = result.GetRequiredValue(from), toA = result.GetRequiredValue(to);
            var options = new RunOptions { For = result.GetValue(runFor), Timeout = result.GetValue(timeout) };
            Measurement[] both =
            [
                Measure(result.GetRequiredValue(a), board.Overlays(result), chip => board.Attach(chip, result), fromA, toA, options),
                Measure(result.GetRequiredValue(b), board.Overlays(result), chip => board.Attach(chip, result), result.GetValue(fromB) ?? fromA, result.GetValue(toB) ?? toA, options),
            ];
            IReadOnlyList<ComparisonRow> rows = ComparisonTable.Rows(both[0], both[1]);
            if (result.GetValue(html) is { } file)
            {
                using FileStream page = Arguments.CreateFile(html.Name, file);
                page.Write(Encoding.UTF8.GetBytes(ComparisonPage.Write(both[0], both[1])));
            }

            if (result.IsSet(json)) WriteJson(both, rows);
            else WriteTable(both, rows);
            return both.Max(m => m.Run.ExitCode);
        });
        return command;
    }

    private static Measurement Measure(string path, MemoryOverlay[] overlays, Action<ATxmega128A1> attach, string from, string to, RunOptions options)
    {
        FirmwareImage image = Arguments.LoadFirmwareAndSayNotices(path);
        var chip = new ATxmega128A1();
        chip.Load(image, overlays);
        attach(chip);
        var meter = new ReactionMeter(chip, Arguments.Condition(chip, image, "--from", from), Arguments.Condition(chip, image, "--to", to));
        RunResult run = new FirmwareRun(chip, image, options).Run();
        meter.Finish();
        if (meter.Stimuli == 0) Terminal.Remark("", $"{path}: the stimulus {from} never came", "yellow");
        return new Measurement(Path.GetFileNameWithoutExtension(path), from, to, run, meter);
    }

    private static void WriteTable(Measurement[] both, IReadOnlyList<ComparisonRow> rows)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(new TableColumn(Markup.Escape(both[0].Name)).RightAligned()).AddColumn(new TableColumn(Markup.Escape(both[1].Name)).RightAligned()).AddColumn(new TableColumn("ratio").RightAligned());
        foreach (ComparisonRow row in rows)
            table.AddRow(row.Label, row.Format(row.A), row.Format(row.B), row.Ratio?.ToString("0.###", CultureInfo.InvariantCulture) ?? "");
        Terminal.Output.Write(table);
    }

    private static void WriteJson(Measurement[] both, IReadOnlyList<ComparisonRow> rows)
    {
        using var output = new JsonOutput();
        var json = output.Writer;
        json.WriteStartObject();
        json.WriteStartArray("firmwares");
        for (int i = 0; i < both.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("firmware", both[i].Name);
            json.WriteString("from", both[i].From);
            json.WriteString("to", both[i].To);
            json.WriteString("stop", both[i].Run.Stop.Name());
            foreach (ComparisonRow row in rows) WriteNumber(row.Key, i == 0 ? row.A : row.B);
            json.WriteStartArray("latencies");
            foreach (Reaction reaction in both[i].Reactions) json.WriteNumberValue(reaction.Cycles);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("ratios");
        foreach (ComparisonRow row in rows) WriteNumber(row.Key, row.Ratio);
        json.WriteEndObject();
        json.WriteEndObject();

        void WriteNumber(string key, decimal? value)
        {
            if (value is { } number) json.WriteNumber(key, number);
            else json.WriteNull(key);
        }
    }
}
