using System.Globalization;
using System.Text.RegularExpressions;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Comparison;

public class ComparisonPageTests
{
    // Does what a reader does and notes each view: the diagram's first and last cycle.
    private const string Reader = """
        <script>
        const svg = document.getElementById('timing'), box = svg.getBoundingClientRect();
        const note = (name, act) => { act(); document.body.setAttribute('data-' + name, svg.dataset.view); };
        const press = key => svg.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        const turn = deltaY => svg.dispatchEvent(new WheelEvent('wheel', { deltaY, clientX: box.left + box.width / 2, bubbles: true, cancelable: true }));
        const click = selector => document.querySelector(selector).click();
        note('home', () => {});
        note('in', () => click('[data-zoom="0.5"]'));
        note('out', () => click('[data-zoom="2"]'));
        note('plus', () => press('+'));
        note('right', () => press('ArrowRight'));
        note('left', () => press('ArrowLeft'));
        note('minus', () => press('-'));
        note('near', () => turn(-100));
        note('far', () => turn(100));
        note('all', () => click('[data-reset]'));
        note('farther', () => { turn(100); press('-'); click('[data-zoom="2"]'); press('ArrowRight'); });
        document.body.setAttribute('data-labels', document.querySelectorAll('.axis text').length);
        </script>
        """;

    private static readonly Measurement Interrupt = Measurements.Of("by-interrupt", 30, 20, 40, null, 90, 25, 31);
    private static readonly Measurement Event = Measurements.Of("by-event", 4, 4, 4, 4, 4, 4, 4);

    [Fact]
    public void A_page_needs_nothing_but_itself()
    {
        string page = ComparisonPage.Write(Interrupt, Event).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
        Assert.DoesNotContain("http:", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https:", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(?i)\\b(src|href|srcset|action|poster)\\s*=|@import|url\\((?!#)|<(link|iframe|object|embed|base)\\b|fetch\\(|XMLHttpRequest|import\\(", page);
    }

    [Fact]
    public void Equal_measurements_give_equal_pages() => Assert.Equal(
        ComparisonPage.Write(Interrupt, Event),
        ComparisonPage.Write(Measurements.Of("by-interrupt", 30, 20, 40, null, 90, 25, 31), Measurements.Of("by-event", 4, 4, 4, 4, 4, 4, 4)));

    [Fact]
    public void Names_are_text_and_never_markup()
    {
        string page = ComparisonPage.Write(Measurements.Of("<b>&\"'", 3), Measurements.Of("</title><script>alert(1)</script>", 4));
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("alert(1)<", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\"'", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;&amp;&quot;", page, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(page, "<script>"));
    }

    [Fact]
    public void The_page_shows_the_figures_of_the_table()
    {
        string page = ComparisonPage.Write(Interrupt, Event);
        foreach (ComparisonRow row in ComparisonTable.Rows(Interrupt, Event))
            Assert.Contains($"{row.Label}</th><td>{row.Format(row.A)}</td><td>{row.Format(row.B)}</td><td>{row.Ratio?.ToString("0.###", CultureInfo.InvariantCulture)}</td>", page, StringComparison.Ordinal);
        Assert.Equal(6 + 1, Regex.Count(page, "<rect class=\"[ab]\"")); // bars: six latencies apart, and one
    }

    [Fact]
    public void Without_a_reaction_there_is_a_page_without_a_diagram()
    {
        string page = ComparisonPage.Write(Measurements.Of("a", null, null), Measurements.Of("b"));
        Assert.Contains("No stimulus had a reaction in both variants.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"timing\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_diagram_zooms_and_moves_by_button_key_and_wheel()
    {
        if (!Browser.IsInstalled) return;
        using var files = new TemporaryDirectory();
        File.WriteAllText(files["page.html"], ComparisonPage.Write(Interrupt, Event) + Reader);
        string page = Browser.Open(files, "page.html", 1200);

        // The telling stimulus took 90 cycles: the drawing goes from -90 to 360, the view at first from -22 to 135.
        Assert.Equal((-22, 135), View(page, "home"));
        Assert.Equal((17.25, 95.75), View(page, "in"));
        Assert.Equal(View(page, "home"), View(page, "out"));
        Assert.Equal(157 * 0.8, Span(page, "plus"), 0.05);
        Assert.Equal(View(page, "plus").From + (157 * 0.8 / 8), View(page, "right").From, 0.05);
        Assert.Equal(View(page, "plus"), View(page, "left"));
        Assert.Equal(View(page, "home"), View(page, "minus"));
        Assert.Equal(157 * 0.8, Span(page, "near"), 0.05);
        Assert.Equal(View(page, "home"), View(page, "far"));
        Assert.Equal((-90, 360), View(page, "all"));
        Assert.Equal((-90, 360), View(page, "farther"));
        Assert.InRange(int.Parse(Browser.Attribute(page, "labels"), CultureInfo.InvariantCulture), 3, 12);
    }

    [Theory]
    [InlineData(390)]
    [InlineData(320)]
    public void Nothing_is_wider_than_a_telephone(int width)
    {
        if (!Browser.IsInstalled) return;
        Browser.AssertFits(ComparisonPage.Write(Measurements.Of("edge-timestamp-interrupt", 30, 20_000), Measurements.Of("edge-timestamp-event", 4, 4)), width);
    }

    private static (double From, double To) View(string page, string name)
    {
        double[] ends = [.. Browser.Attribute(page, name).Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
        return (ends[0], ends[1]);
    }

    private static double Span(string page, string name) => View(page, name).To - View(page, name).From;
}
