using System.Globalization;
using System.Text;
using Xmega.Workbench.Routing;

namespace Xmega.Workbench.Reporting;

/// <summary>The event system as firmware has set it up, drawn as SVG: generators, channels, users.</summary>
internal sealed class RoutingGraph
{
    private const int LineHeight = 14;
    private const int Padding = 9;
    private const int Gap = 12;

    private readonly IReadOnlyList<RoutedChannel> _channels;
    private readonly Column _generators;
    private readonly Column _middle;
    private readonly Column _users;
    private readonly int _width;
    private readonly int _letters;

    private RoutingGraph(IReadOnlyList<RoutedChannel> channels, bool isWide)
    {
        _channels = channels;
        _width = isWide ? 880 : 340;
        _letters = isWide ? 30 : 16;
        (_generators, _middle, _users) = isWide ? (new Column(0, 200), new Column(330, 190), new Column(640, 240)) : (new Column(0, 96), new Column(122, 92), new Column(238, 102));
    }

    /// <summary>Draws the graph, once for wide and once for narrow screens; a style sheet shows one of them.</summary>
    public static void Write(StringBuilder page, IReadOnlyList<RoutedChannel> channels)
    {
        RoutedChannel[] used = [.. channels.Where(c => c.IsUsed)];
        page.Append("<figure class=\"graph\">\n");
        new RoutingGraph(used, isWide: true).Draw(page, "wide");
        new RoutingGraph(used, isWide: false).Draw(page, "narrow");
        page.Append("</figure>\n");
    }

    private static string[] Lines(string module, string detail, int letters)
    {
        if (detail.Length <= letters) return detail.Length == 0 ? [module] : [module, detail];
        int space = detail.LastIndexOf(' ', letters);
        return space < 0 ? [module, detail] : [module, detail[..space], detail[(space + 1)..]];
    }

    // PORTC_PIN0 is the port's, TCC0_OVF the timer's.
    private static (string Module, string Detail) Split(string generator)
    {
        int bar = generator.IndexOf('_', StringComparison.Ordinal);
        return bar < 0 ? (generator, "") : (generator[..bar], generator[(bar + 1)..]);
    }

    private void Draw(StringBuilder page, string name)
    {
        long most = Math.Max(1, _channels.Max(c => c.Count));
        var edges = new StringBuilder();
        foreach (RoutedChannel channel in _channels)
        {
            string events = channel.Count == 1 ? "1 event" : Html.Number(channel.Count) + " events";
            Node middle = _middle.Add($"CH{channel.Channel}", Lines($"CH{channel.Channel}", events, _letters), channel.Count > 0 ? "channel" : "channel idle");
            foreach (RoutedGenerator generator in channel.Generators)
            {
                (string module, string detail) = Split(generator.Name);
                _generators.Add(generator.Name, Lines(module, detail, _letters), "generator");
            }

            foreach (EventUser user in channel.Users) _users.Add(user.ToString(), Lines(user.Module, user.Action, _letters), "user");
            if (channel.Users.Count == 0) _users.Add("nobody" + middle.Key, ["nobody"], "nobody");
        }

        int height = Math.Max(_generators.Height, Math.Max(_middle.Height, _users.Height));
        foreach (Column column in new[] { _generators, _middle, _users }) column.CentreIn(height);
        foreach (RoutedChannel channel in _channels)
        {
            Node middle = _middle.Find($"CH{channel.Channel}");
            foreach (RoutedGenerator generator in channel.Generators) Edge(edges, _generators, _generators.Find(generator.Name), _middle, middle, generator.Count, most);
            foreach (EventUser user in channel.Users) Edge(edges, _middle, middle, _users, _users.Find(user.ToString()), channel.Count, most);
            if (channel.Users.Count == 0) Edge(edges, _middle, middle, _users, _users.Find("nobody" + middle.Key), 0, most);
        }

        page.Append(CultureInfo.InvariantCulture, $"<svg class=\"{name}\" viewBox=\"-1 -1 {_width + 2} {height + 2}\" role=\"img\" aria-label=\"Event routing: {Html.Text(Spoken())}\">\n");
        page.Append(edges);
        foreach (Column column in new[] { _generators, _middle, _users }) column.Draw(page);
        page.Append("</svg>\n");
    }

    // The picture in words.
    private string Spoken() => string.Join("; ", _channels.Select(c =>
        $"{string.Join(" or ", c.Generators.Select(g => g.Name).DefaultIfEmpty("no generator"))} by channel {c.Channel} to {string.Join(", ", c.Users.Select(u => u.ToString()).DefaultIfEmpty("nobody"))}, {Html.Number(c.Count)} events"));

    private static void Edge(StringBuilder edges, Column from, Node a, Column to, Node b, long count, long most)
    {
        // Wider by the magnitude of the count.
        double width = count == 0 ? 1.25 : 1.5 + (3 * Math.Log(1 + count) / Math.Log(1 + most));
        int x1 = from.Left + from.Width, x2 = to.Left, middle = (x1 + x2) / 2, y1 = a.Top + (a.Height / 2), y2 = b.Top + (b.Height / 2);
        edges.Append(CultureInfo.InvariantCulture, $"<path class=\"edge{(count == 0 ? " idle" : "")}\" stroke-width=\"{width:0.##}\" d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}\"/>\n");
    }

    private sealed class Node(string key, string[] lines, string style)
    {
        public string Key => key;

        public string[] Lines => lines;

        public string Style => style;

        public int Top { get; set; }

        public int Height => (lines.Length * LineHeight) + (2 * Padding);
    }

    private sealed class Column(int left, int width)
    {
        private readonly List<Node> _nodes = [];

        public int Left => left;

        public int Width => width;

        public int Height => _nodes.Sum(n => n.Height) + (Gap * Math.Max(0, _nodes.Count - 1));

        public Node Find(string key) => _nodes.Find(n => n.Key == key)!;

        public Node Add(string key, string[] lines, string style)
        {
            if (_nodes.Find(n => n.Key == key) is { } known) return known;
            var node = new Node(key, lines, style);
            _nodes.Add(node);
            return node;
        }

        // Evenly over the height, so that edges stay flat.
        public void CentreIn(int height)
        {
            int extra = (height - Height) / (_nodes.Count + 1), top = extra;
            foreach (Node node in _nodes)
            {
                node.Top = top;
                top += node.Height + Gap + extra;
            }
        }

        public void Draw(StringBuilder page)
        {
            foreach (Node node in _nodes)
            {
                page.Append(CultureInfo.InvariantCulture, $"<g class=\"node {node.Style}\"><rect x=\"{left}\" y=\"{node.Top}\" width=\"{width}\" height=\"{node.Height}\" rx=\"7\"/>");
                for (int i = 0; i < node.Lines.Length; i++)
                    page.Append(CultureInfo.InvariantCulture, $"<text x=\"{left + (width / 2)}\" y=\"{node.Top + Padding + (LineHeight * i) + 11}\"{(i == 0 ? " class=\"name\"" : "")}>{Html.Text(node.Lines[i])}</text>");
                page.Append("</g>\n");
            }
        }
    }
}
