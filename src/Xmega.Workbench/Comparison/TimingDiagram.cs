using System.Globalization;
using System.Text;
using Xmega.Signals;
using Xmega.Workbench.Reporting;

namespace Xmega.Workbench.Comparison;

/// <summary>One stimulus in both variants, drawn as SVG: the signals around it, aligned at the stimulus, in cycles.</summary>
internal static class TimingDiagram
{
    private const int Width = 900;
    private const int Left = 130; // room for the names
    private const int RowHeight = 26;
    private const int Top = 24;
    private const int ShortestWindow = 40;

    /// <summary>Adds the diagram to the page.</summary>
    /// <returns>False when there is no stimulus with a reaction in both.</returns>
    public static bool Write(StringBuilder page, Measurement a, Measurement b)
    {
        if (ComparisonTable.TellingStimulus(a, b) is not { } pair) return false;
        long longest = Math.Max(ShortestWindow, Math.Max(pair.A.Cycles, pair.B.Cycles));
        long from = -longest, to = 4 * longest;
        var rows = new List<(string Variant, string Name, string Path)>();
        foreach ((Measurement measurement, string variant, long zero) in new[] { (a, "a", pair.A.StimulusCycle), (b, "b", pair.B.StimulusCycle) })
        {
            foreach (IGrouping<Signal, Transition> signal in measurement.Transitions.GroupBy(t => t.Signal).OrderBy(g => g.Key.Name, StringComparer.Ordinal))
            {
                if (!signal.Any(t => t.Cycle - zero >= from && t.Cycle - zero <= to)) continue;
                rows.Add((variant, signal.Key.Name, Path([.. signal.Select(t => (t.Cycle - zero, t.Value))], signal.Key.Kind == SignalKind.Event, from, to)));
            }
        }

        int height = Top + (rows.Count * RowHeight) + 10;
        double scale = (Width - Left - 10.0) / (to - from);
        page.Append(Html.Invariant($"<svg id=\"timing\" viewBox=\"0 0 {Width} {height}\" role=\"img\" tabindex=\"0\" aria-label=\"timing diagram around one stimulus\" data-left=\"{Left}\" data-width=\"{Width - Left - 10}\" data-from=\"{from}\" data-to=\"{to}\" data-home-from=\"{-longest / 4}\" data-home-to=\"{longest + (longest / 2)}\">\n"));
        page.Append(Html.Invariant($"<defs><clipPath id=\"plot\"><rect x=\"{Left}\" y=\"0\" width=\"{Width - Left - 10}\" height=\"{height}\"/></clipPath></defs>\n<g class=\"axis\"></g>\n"));
        for (int i = 0; i < rows.Count; i++)
            page.Append(Html.Invariant($"<text x=\"4\" y=\"{Top + (i * RowHeight) + 17}\" class=\"{rows[i].Variant}\">{Html.Text(rows[i].Name)}</text>\n"));
        page.Append("<g clip-path=\"url(#plot)\">\n");
        page.Append(Html.Invariant($"<g class=\"waves\" transform=\"translate({Left - (from * scale):0.###} 0) scale({scale:0.######} 1)\">\n<line class=\"zero\" x1=\"0\" y1=\"{Top - 4}\" x2=\"0\" y2=\"{height}\"/>\n"));
        for (int i = 0; i < rows.Count; i++)
            page.Append(Html.Invariant($"<path class=\"wave {rows[i].Variant}\" transform=\"translate(0 {Top + (i * RowHeight)})\" d=\"{rows[i].Path}\"/>\n"));
        page.Append("</g>\n</g>\n</svg>\n");
        return true;
    }

    // A step line: high at 4, low at 20, floating between; a happening is high for its cycle.
    private static string Path((long Cycle, long Value)[] changes, bool isEvent, long from, long to)
    {
        var path = new StringBuilder();
        long level = changes.LastOrDefault(c => c.Cycle < from).Value;
        int y = isEvent ? 20 : Height(level);
        path.Append(CultureInfo.InvariantCulture, $"M{from} {y}");
        foreach ((long cycle, long value) in changes.Where(c => c.Cycle >= from && c.Cycle <= to))
        {
            if (isEvent)
            {
                path.Append(CultureInfo.InvariantCulture, $"H{cycle}V4H{cycle + 1}V20");
                continue;
            }

            path.Append(CultureInfo.InvariantCulture, $"H{cycle}V{Height(value)}");
        }

        return path.Append(CultureInfo.InvariantCulture, $"H{to}").ToString();

        static int Height(long value) => value switch { 0 => 20, 1 => 4, _ => 12 };
    }
}
