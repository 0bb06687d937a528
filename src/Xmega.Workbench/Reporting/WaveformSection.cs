using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Reporting;

/// <summary>The waveforms of a report: their data, from which the page's script draws, and the same in a table.</summary>
internal static class WaveformSection
{
    private const string Viewer = """
        <div class="controls" role="toolbar" aria-label="View of the waveforms">
        <button type="button" data-act="in" aria-label="Zoom in" title="zoom in (+)">+</button>
        <button type="button" data-act="out" aria-label="Zoom out" title="zoom out (−)">−</button>
        <button type="button" data-act="left" aria-label="Earlier" title="earlier (←)">←</button>
        <button type="button" data-act="right" aria-label="Later" title="later (→)">→</button>
        <button type="button" data-act="all" title="the whole run (0)">all</button>
        <output id="view"></output>
        </div>
        <div id="waves" role="application" tabindex="0" aria-label="Waveforms" aria-describedby="keys">
        <noscript>The waveforms need JavaScript; the table below has the same signals.</noscript>
        </div>
        <p class="remark" id="keys"><output id="cursor" aria-live="polite"></output> Drag to move, pinch or turn the wheel (after a click) to zoom, click to set a mark to measure from. Keys: <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>←</kbd> <kbd>→</kbd> move, <kbd>0</kbd> whole run, <kbd>↑</kbd> <kbd>↓</kbd> choose a signal, <kbd>n</kbd> <kbd>p</kbd> its next and previous change, <kbd>m</kbd> mark.</p>

        """;

    public static void Write(StringBuilder page, FirmwareReport report)
    {
        if (report.Lanes.Count == 0)
        {
            page.Append("<p>No pin, event channel or interrupt changed.</p>\n");
            return;
        }

        page.Append(Viewer);
        page.Append(CultureInfo.InvariantCulture, $"<script type=\"application/json\" id=\"data\">{Data(report)}</script>\n");
        long end = report.Start + report.Run.Picoseconds;
        string leftOut = report.LanesLeftOut > 0 ? $" {report.LanesLeftOut} more signals changed and are left out; --vcd has them." : "";
        if (report.PinsSettled > 0) page.Append(CultureInfo.InvariantCulture, $"<p class=\"remark\">Not shown: {report.PinsSettled} {(report.PinsSettled == 1 ? "pin that was" : "pins that were")} given one level and kept it.</p>\n");
        page.Append("<details><summary>The signals in a table</summary>\n");
        ReportPage.Table(
            page, "Signals that changed", ReportPage.Head("signal", "changes", "first", "last", "high"),
            report.Lanes.Select(l => ReportPage.Row(
                Html.Text(l.Name), Html.Number(l.Count), EmulatedTime.Format(l.First - report.Start), EmulatedTime.Format(l.Last - report.Start),
                l.Kind == LaneKind.Level ? Html.Percent(l.HighUntil(end), report.Run.Picoseconds) : "")),
            $"The first {Html.Number(WaveformLane.ExactChanges)} changes of a signal are drawn exactly, later ones as solid blocks where they lie too close together; --vcd records every one.{leftOut}");
        page.Append("</details>\n");
    }

    // Times are differences in picoseconds; levels one character each; values of events only where they mean something.
    private static string Data(FirmwareReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("end", report.Run.Picoseconds);
            json.WriteStartArray("lanes");
            foreach (WaveformLane lane in report.Lanes) Write(json, lane, report.Start);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, WaveformLane lane, long start)
    {
        json.WriteStartObject();
        json.WriteString("name", lane.Name);
        json.WriteString("kind", lane.Kind switch { LaneKind.Level => "level", LaneKind.Byte => "byte", _ => "event" });
        json.WriteNumber("initial", lane.Initial);
        json.WriteStartArray("times");
        long before = start;
        foreach ((long time, _) in lane.Exact)
        {
            json.WriteNumberValue(time - before);
            before = time;
        }

        json.WriteEndArray();
        if (lane.Kind == LaneKind.Level)
        {
            json.WriteString("values", string.Concat(lane.Exact.Select(e => (char)('0' + e.Value))));
        }
        else if (lane.Kind == LaneKind.Byte)
        {
            json.WriteStartArray("values");
            foreach ((_, long value) in lane.Exact) json.WriteNumberValue(value);
            json.WriteEndArray();
        }

        json.WriteStartArray("blocks");
        foreach (ChangeBlock block in lane.Blocks)
        {
            // From the change before, how long, how many, the value after.
            json.WriteNumberValue(block.Start - before);
            json.WriteNumberValue(block.End - block.Start);
            json.WriteNumberValue(block.Count);
            json.WriteNumberValue(block.Value);
            before = block.End;
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
