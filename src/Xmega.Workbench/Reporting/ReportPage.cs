using System.Globalization;
using System.Text;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Reporting;

/// <summary>
/// A run as one HTML page that needs no network: at a glance, event routing, waveforms that can be zoomed by mouse, fingers
/// and keys, interrupts, CPU time, serial text and diagnostics.
/// </summary>
public static class ReportPage
{
    private const int FunctionsShown = 60;
    private const int DiagnosticsShown = 200;
    private const int TextShown = 65_536; // characters of a USART
    private const int InterruptsInBar = 5;

    /// <summary>Writes the page.</summary>
    /// <param name="report">The run.</param>
    /// <returns>HTML; the same for two equal runs.</returns>
    public static string Write(FirmwareReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        (string Id, string Title, Action<StringBuilder> Write)[] sections =
        [
            ("time", "CPU time", p => WriteTime(p, report.Profile)),
            ("events", "Event routing", p => WriteRouting(p, report.Channels)),
            ("waveforms", "Waveforms", p => WaveformSection.Write(p, report)),
            ("interrupts", "Interrupts", p => WriteInterrupts(p, report.Profile)),
            ("functions", "Functions", p => WriteFunctions(p, report.Profile)),
            ("usart", "Serial text", p => WriteText(p, report.Run)),
            ("diagnostics", "Diagnostics", p => WriteDiagnostics(p, report)),
        ];
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Html.Text(report.Name)} on an emulated ATxmega128A1</title>
            <style>
            {Asset("report.css")}</style>
            </head>
            <body>
            <a class="skip" href="#time">Skip to the report</a>
            <header>
            <h1>{Html.Text(report.Name)}</h1>
            <p>One run on an emulated ATxmega128A1; all times are emulated.</p>

            """);
        WriteGlance(page, report);
        page.Append("<nav aria-label=\"Sections\">\n");
        foreach ((string id, string title, _) in sections) page.Append(CultureInfo.InvariantCulture, $"<a href=\"#{id}\">{title}</a>\n");
        page.Append("</nav>\n</header>\n<main>\n");
        foreach ((string id, string title, Action<StringBuilder> write) in sections)
        {
            page.Append(CultureInfo.InvariantCulture, $"<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n");
            write(page);
            page.Append("</section>\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"</main>\n<script>\n{Asset("report.js")}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    /// <summary>A table in a box of its own, which alone scrolls when the screen is narrow.</summary>
    internal static void Table(StringBuilder page, string caption, string head, IEnumerable<string> rows, string? remark = null)
    {
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n<caption>{caption}</caption>\n<thead>{head}</thead>\n<tbody>\n");
        foreach (string row in rows) page.Append(row).Append('\n');
        page.Append("</tbody>\n</table>\n</div>\n");
        if (remark is not null) page.Append(CultureInfo.InvariantCulture, $"<p class=\"remark\">{remark}</p>\n");
    }

    internal static string Row(string name, params ReadOnlySpan<string> cells)
    {
        var row = new StringBuilder($"<tr><th scope=\"row\">{name}</th>");
        foreach (string cell in cells) row.Append("<td>").Append(cell).Append("</td>");
        return row.Append("</tr>").ToString();
    }

    internal static string Head(params ReadOnlySpan<string> columns)
    {
        var head = new StringBuilder("<tr>");
        foreach (string column in columns) head.Append("<th scope=\"col\">").Append(column).Append("</th>");
        return head.Append("</tr>").ToString();
    }

    private static string Asset(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    // What was asked for by an option reads oddly as its bare name.
    private static string Ending(StopReason reason) => reason switch
    {
        StopReason.For => "time asked for",
        StopReason.Until => "signal asked for",
        StopReason.Text => "text asked for",
        StopReason.FailText => "forbidden text",
        _ => reason.Name(),
    };

    private static void WriteGlance(StringBuilder page, FirmwareReport report)
    {
        (RunResult run, Profile profile) = (report.Run, report.Profile);
        string verdict = run.ExitCode == 0 ? "good" : "bad";
        int sent = run.Usart.Values.Sum(b => b.Length);
        page.Append("<dl class=\"glance\">\n");
        Fact("ended by", $"<span class=\"{verdict}\">{Ending(run.Stop)}</span>", $"status {run.ExitCode}");
        Fact("ran for", EmulatedTime.Format(run.Picoseconds), Html.Number(run.Cycles) + " cycles");
        Fact("clock", Frequency(report.Hertz), "clk_PER at the end");
        Fact("CPU busy", Html.Percent(profile.Cycles - profile.Asleep - profile.InReset, profile.Cycles), Html.Number(run.Instructions) + " instructions");
        Fact("asleep", Html.Percent(profile.Asleep, profile.Cycles), Html.Number(profile.Asleep) + " cycles");
        Fact("interrupts", Html.Number(run.Interrupts.Values.Sum()), Plural(run.Interrupts.Count, "vector"));
        Fact("events", Html.Number(run.Events.Values.Sum()), Plural(run.Events.Count, "channel"));
        Fact("stack", Html.Number(profile.StackBytes) + " B", Invariant($"down to 0x{profile.StackLowest:X4}"));
        Fact("serial", Html.Number(sent) + " B", run.Usart.Count == 0 ? "nothing sent" : string.Join(", ", run.Usart.Keys));
        Fact("diagnostics", $"<span class=\"{(run.Diagnostics.Count == 0 ? "good" : "bad")}\">{run.Diagnostics.Count}</span>", run.Diagnostics.Count == 0 ? "none" : "see below");
        page.Append("</dl>\n");
        foreach (string text in run.MissingText) page.Append(CultureInfo.InvariantCulture, $"<p class=\"bad\">Expected text did not come: <code>{Html.Text(text)}</code></p>\n");

        void Fact(string name, string value, string detail) => page.Append(CultureInfo.InvariantCulture, $"<div><dt>{name}</dt><dd>{value} <small>{detail}</small></dd></div>\n");
    }

    private static void WriteTime(StringBuilder page, Profile profile)
    {
        InterruptCost[] interrupts = [.. profile.Interrupts.Where(i => i.Cycles > 0)];
        var parts = new List<(string Name, long Cycles, string Style)> { ("main program", profile.Cycles - profile.Asleep - profile.InReset - interrupts.Sum(i => i.Cycles), "p0") };
        parts.AddRange(interrupts.Take(InterruptsInBar).Select((i, n) => (i.Name, i.Cycles, Invariant($"p{n + 1}"))));
        parts.Add(("other interrupts", interrupts.Skip(InterruptsInBar).Sum(i => i.Cycles), "p6"));
        parts.Add(("reset", profile.InReset, "p7"));
        parts.Add(("asleep", profile.Asleep, "asleep"));
        parts.RemoveAll(p => p.Cycles <= 0);
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"bar\" role=\"img\" aria-label=\"{string.Join(", ", parts.Select(p => $"{Html.Text(p.Name)} {Html.Percent(p.Cycles, profile.Cycles)}"))}\">");
        foreach ((string name, long cycles, string style) in parts) page.Append(CultureInfo.InvariantCulture, $"<span class=\"{style}\" style=\"flex-grow:{cycles}\" title=\"{Html.Text(name)}\"></span>");
        page.Append("</div>\n<ul class=\"legend\">\n");
        foreach ((string name, long cycles, string style) in parts)
            page.Append(CultureInfo.InvariantCulture, $"<li><i class=\"{style}\"></i>{Html.Text(name)} <b>{Html.Percent(cycles, profile.Cycles)}</b> <small>{Html.Number(cycles)} cycles</small></li>\n");
        page.Append("</ul>\n");
        if (profile.DeepestCalls.Count > 0) page.Append(CultureInfo.InvariantCulture, $"<p class=\"remark\">Stack at its deepest, {profile.StackBytes} bytes: {string.Join(" › ", profile.DeepestCalls.Select(c => $"<code>{Html.Text(c)}</code>"))}</p>\n");
    }

    private static void WriteRouting(StringBuilder page, IReadOnlyList<RoutedChannel> channels)
    {
        RoutedChannel[] used = [.. channels.Where(c => c.IsUsed)];
        if (used.Length == 0)
        {
            page.Append("<p>The firmware did not use the event system.</p>\n");
            return;
        }

        page.Append("<p class=\"remark\">Who was joined with whom at any time of the run. What is joined needs no CPU.</p>\n");
        RoutingGraph.Write(page, channels);
        Table(page, "Event channels", Head("channel", "generator", "users", "events"), used.Select(c => Row(
            $"CH{c.Channel}",
            string.Join("<br>", c.Generators.Select(g => Html.Text(g.Name) + (c.Generators.Count > 1 ? $" <small>{Html.Number(g.Count)}</small>" : "")).DefaultIfEmpty("none")),
            string.Join("<br>", c.Users.Select(u => Html.Text(u.ToString())).DefaultIfEmpty("nobody")),
            Html.Number(c.Count))));
    }

    private static void WriteInterrupts(StringBuilder page, Profile profile)
    {
        if (profile.Interrupts.Count == 0)
        {
            page.Append("<p>No interrupt was taken.</p>\n");
            return;
        }

        const string Head = "<tr><th scope=\"col\" rowspan=\"2\">interrupt</th><th scope=\"col\" rowspan=\"2\">taken</th><th scope=\"colgroup\" colspan=\"3\">latency</th><th scope=\"colgroup\" colspan=\"3\">entry to return</th><th scope=\"col\" rowspan=\"2\">CPU</th><th scope=\"col\" rowspan=\"2\">nesting</th><th scope=\"col\" rowspan=\"2\">stack</th></tr>"
            + "<tr><th scope=\"col\">min</th><th scope=\"col\">median</th><th scope=\"col\">max</th><th scope=\"col\">min</th><th scope=\"col\">median</th><th scope=\"col\">max</th></tr>";
        Table(
            page, "Interrupts, in clk_PER cycles", Head,
            profile.Interrupts.Select(i => Row(
                Html.Text(i.Name), Html.Number(i.Count),
                Html.Number(i.Latency.Minimum), Html.Number(i.Latency.Median), Html.Number(i.Latency.Maximum),
                Html.Number(i.Duration.Minimum), Html.Number(i.Duration.Median), Html.Number(i.Duration.Maximum),
                Share(i.Cycles, profile.Cycles), Html.Number(i.Nesting), $"{i.Stack} B")),
            "Latency: from the request, or the end of the handler before, to the first instruction at the vector. Nesting 1 is an interrupt of the main program.");
    }

    private static void WriteFunctions(StringBuilder page, Profile profile)
    {
        if (profile.Image.Symbols.Count == 0) page.Append("<p class=\"remark\">The firmware has no symbols: functions are named by their addresses. Give the .elf instead of the .hex.</p>\n");
        int hidden = profile.Functions.Count - FunctionsShown;
        Table(
            page, "Functions, in clk_PER cycles, the dearest first", Head("function", "own share", "own cycles", "calls", "with calls", "min", "max", "stack"),
            profile.Functions.Take(FunctionsShown).Select(f => Row(
                $"<code>{Html.Text(f.Function.Name)}</code>", Share(f.Exclusive, profile.Cycles), Html.Number(f.Exclusive), Html.Number(f.Calls),
                Html.Number(f.Inclusive), Html.Number(f.Minimum), Html.Number(f.Maximum), $"{f.Stack} B")),
            hidden > 0 ? $"And {hidden} more." : null);
    }

    private static void WriteText(StringBuilder page, RunResult run)
    {
        if (run.Usart.Count == 0) page.Append("<p>No USART sent anything.</p>\n");
        foreach ((string name, byte[] bytes) in run.Usart)
        {
            string text = UsartText.Decode(bytes);
            string shown = text.Length <= TextShown ? text : text[..TextShown];
            page.Append(CultureInfo.InvariantCulture, $"<h3>{Html.Text(name)} <small>{Html.Number(bytes.Length)} bytes</small></h3>\n<pre tabindex=\"0\" role=\"region\" aria-label=\"What {Html.Text(name)} sent\">{Visible(shown)}</pre>\n");
            if (shown.Length < text.Length) page.Append(CultureInfo.InvariantCulture, $"<p class=\"remark\">The first {Html.Number(TextShown)} of {Html.Number(text.Length)} characters.</p>\n");
        }
    }

    // Control characters that HTML must not hold, as their pictures (U+2400 and on). A line break of a terminal is one.
    private static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (char c in text.Replace("\r\n", "\n", StringComparison.Ordinal)) visible.Append(c is '\n' or '\t' or >= ' ' and not '\u007F' ? c : c == '\u007F' ? '\u2421' : (char)('\u2400' + c));
        return Html.Text(visible.ToString());
    }

    private static void WriteDiagnostics(StringBuilder page, FirmwareReport report)
    {
        IReadOnlyList<Diagnostic> all = report.Run.Diagnostics;
        if (all.Count == 0)
        {
            page.Append("<p class=\"good\">The firmware did nothing that the hardware would frown upon.</p>\n");
            return;
        }

        Table(
            page, "What the firmware did wrong, or the emulator does not model", Head("kind", "cycle", "place", "remark"),
            all.Take(DiagnosticsShown).Select(d => Row(d.Kind.ToString(), Html.Number(d.Cycle), Html.Text(Invariant($"0x{d.ProgramCounter:X5} {report.Image.FunctionAt((uint)d.ProgramCounter)}").Trim()), Html.Text(d.Message))),
            all.Count > DiagnosticsShown ? $"And {all.Count - DiagnosticsShown} more." : null);
    }

    private static string Share(long part, long whole) =>
        Invariant($"<span class=\"share\"><i style=\"width:{(whole == 0 ? 0 : 100.0 * part / whole):0.##}%\"></i></span><span>{Html.Percent(part, whole)}</span>");

    private static string Frequency(double hertz) => hertz >= 1e6 ? Invariant($"{hertz / 1e6:0.###} MHz") : Invariant($"{hertz / 1e3:0.###} kHz");

    private static string Plural(int count, string what) => Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => Html.Invariant(text);
}
