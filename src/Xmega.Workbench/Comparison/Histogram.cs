using System.Text;
using Xmega.Workbench.Reporting;

namespace Xmega.Workbench.Comparison;

/// <summary>Latencies as bars, drawn as SVG.</summary>
internal static class Histogram
{
    private const int Bins = 40;
    private const int Width = 400;
    private const int Height = 160;
    private const int Floor = 130; // where the bars stand

    /// <summary>Adds a figure to the page; both firmwares share the axis from first to last cycle.</summary>
    public static void Write(StringBuilder page, Measurement measurement, long first, long last, string variant)
    {
        long size = Math.Max(1, (last - first + Bins) / Bins);
        int bins = (int)((last - first) / size) + 1;
        var counts = new int[bins];
        foreach (long latency in measurement.Latency.Sorted) counts[(latency - first) / size]++;
        int most = Math.Max(1, counts.Max());
        double bar = (double)Width / bins;

        string name = Html.Text(measurement.Name);
        page.Append(Html.Invariant($"<figure>\n<figcaption class=\"{variant}\">{name}</figcaption>\n<svg class=\"histogram\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"latency histogram of {name}\">\n"));
        page.Append(Html.Invariant($"<line class=\"grid\" x1=\"0\" y1=\"{Floor}\" x2=\"{Width}\" y2=\"{Floor}\"/>\n"));
        for (int i = 0; i < bins; i++)
        {
            if (counts[i] == 0) continue;
            double height = Math.Max(2, (Floor - 10.0) * counts[i] / most);
            long from = first + (i * size);
            string range = size == 1 ? $"{from}" : $"{from}–{from + size - 1}";
            page.Append(Html.Invariant($"<rect class=\"{variant}\" x=\"{(i * bar) + 0.5:0.##}\" y=\"{Floor - height:0.##}\" width=\"{Math.Max(1, bar - 1):0.##}\" height=\"{height:0.##}\"><title>{range} cycles: {counts[i]}</title></rect>\n"));
        }

        page.Append(Html.Invariant($"<text x=\"0\" y=\"150\">{first}</text>\n<text x=\"{Width / 2}\" y=\"150\" text-anchor=\"middle\">cycles</text>\n<text x=\"{Width}\" y=\"150\" text-anchor=\"end\">{last}</text>\n</svg>\n</figure>\n"));
    }
}
