using System.Text.Json;
using System.Text.RegularExpressions;
using Xmega.Firmware;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Reporting;
using Xmega.Workbench.Routing;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Reporting;

/// <summary>The report as text, and as a reader uses it.</summary>
public class ReportPageTests
{
    // Does what a reader does and notes each view: its first and last picosecond.
    private const string Reader = """
        <script>
        const waves = document.getElementById('waves'), said = document.getElementById('cursor');
        const set = (name, value) => document.body.setAttribute('data-' + name, value);
        const note = (name, act) => { act(); set(name, waves.dataset.view); };
        const press = key => waves.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        const turn = deltaY => { const box = waves.getBoundingClientRect(); waves.dispatchEvent(new WheelEvent('wheel', { deltaY, clientX: box.left + box.width / 2, bubbles: true, cancelable: true })); };
        note('home', () => {});
        note('in', () => document.querySelector('[data-act=in]').click());
        note('right', () => press('ArrowRight'));
        note('unfocused', () => turn(-100));
        waves.focus();
        note('wheel', () => turn(-100));
        note('closest', () => { for (let i = 0; i < 60; i++) press('+'); });
        note('all', () => press('0'));
        press('ArrowDown');
        set('chosen', waves.dataset.chosen);
        press('n');
        set('said', said.textContent);
        press('m');
        press('n');
        set('measured', said.textContent);
        set('focus', document.activeElement.id);
        </script>
        """;

    private static readonly FirmwareReport Timestamps = Run("edge-timestamp-event");
    private static readonly string Page = ReportPage.Write(Timestamps);

    [Fact]
    public void A_page_needs_nothing_but_itself()
    {
        Assert.DoesNotContain("http:", Page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https:", Page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(?i)\\b(src|srcset|action|poster)\\s*=|href=\"[^#]|@import|url\\(|<(link|iframe|object|embed|base)\\b|fetch\\(|XMLHttpRequest|import\\(", Page);
    }

    [Fact]
    public void Two_runs_give_the_same_page() => Assert.Equal(Page, ReportPage.Write(Run("edge-timestamp-event")));

    [Fact]
    public void What_firmware_and_files_are_called_and_send_is_text_and_never_markup()
    {
        // USARTC0 sends "<b".
        FirmwareReport report = Run(Programs.Assemble("ldi r16, 8", "sts 0x08A4, r16", "ldi r16, 0x3C", "sts 0x08A0, r16", "ldi r16, 0x62", "sts 0x08A0, r16", "break"));
        string page = ReportPage.Write(report with { Name = "</title><script>alert(1)</script>" });
        Assert.Contains("&lt;b</pre>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    // PORTD: all outputs, and bit 0 goes up and down.
    [Fact]
    public void Pins_that_keep_the_one_level_they_were_given_are_counted_and_not_drawn()
    {
        FirmwareReport report = Run(Programs.Assemble("ldi r16, 0xFF", "sts 0x0660, r16", "ldi r16, 1", "sts 0x0665, r16", "nop", "sts 0x0666, r16", "break"));
        Assert.Equal(["PORTD.PIN0"], report.Lanes.Select(l => l.Name));
        Assert.Equal(7, report.PinsSettled);
        Assert.Contains("Not shown: 7 pins that were given one level and kept it.", ReportPage.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Routes_are_kept_that_the_firmware_puts_back_by_any_kind_of_store()
    {
        FirmwareReport report = Run(Programs.Assemble(
            "ldi r16, 0x60", "sts 0x0180, r16",                         // EVSYS.CH0MUX: PORTC_PIN0
            "ldi r17, 8", "sts 0x0800, r17",                            // TCC0.CTRLA: counts events of channel 0
            "ldi r18, 1", "sts 0x0190, r18", "nop", "nop", "nop",       // EVSYS.STROBE
            "ldi r26, 0x81", "ldi r27, 1", "ldi r19, 0xC0", "st X+, r19", // EVSYS.CH1MUX: TCC0_OVF
            "ldi r19, 0", "st -X, r19", "sts 0x0180, r19", "sts 0x0800, r19", "break"));
        Assert.Equal([new RoutedGenerator("PORTC_PIN0", 1)], report.Channels[0].Generators);
        Assert.Equal([new EventUser("TCC0", "clock")], report.Channels[0].Users);
        Assert.Equal([new RoutedGenerator("TCC0_OVF", 0)], report.Channels[1].Generators);
        Assert.All(report.Channels.Skip(2), c => Assert.False(c.IsUsed));
    }

    [Fact]
    public void Figures_are_those_of_run_and_profile()
    {
        FirmwareReport report = Run("nested-interrupts");
        string page = ReportPage.Write(report);
        foreach (InterruptCost i in report.Profile.Interrupts)
            Assert.Contains($"<tr><th scope=\"row\">{i.Name}</th><td>{i.Count:N0}</td><td>{i.Latency.Minimum:N0}</td><td>{i.Latency.Median:N0}</td><td>{i.Latency.Maximum:N0}</td><td>{i.Duration.Minimum:N0}</td>", page, StringComparison.Ordinal);
        Assert.Contains($"{report.Run.Cycles:N0} cycles", page, StringComparison.Ordinal);
        Assert.Equal(report.Run.Interrupts.Count, report.Lanes.Count(l => l.Name.StartsWith("PMIC.", StringComparison.Ordinal)));
        foreach ((string vector, long count) in report.Run.Interrupts)
            Assert.InRange(report.Lanes.Single(l => l.Name == "PMIC." + vector).Count, (2 * count) - 1, 2 * count); // a handler begins and ends
    }

    [Fact]
    public void The_routing_graph_names_generators_channels_and_users()
    {
        Assert.Contains("aria-label=\"Event routing: PORTC_PIN0 by channel 0 to TCC0 capture CCA, ", Page, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(Page, "<g class=\"node generator\">"));
        Assert.Equal(2, Regex.Count(Page, "<g class=\"node channel\">"));
        Assert.Equal(2, Regex.Count(Page, "<g class=\"node user\">"));
    }

    [Fact]
    public void Everything_has_a_name_for_who_cannot_see_it()
    {
        Assert.Equal(Regex.Count(Page, "<table>"), Regex.Count(Page, "<table>\n<caption>[^<]+</caption>"));
        Assert.DoesNotMatch("<button(?![^>]*aria-label)[^>]*>[^a-z]", Page);
        Assert.DoesNotMatch("role=\"(img|region|application|toolbar)\"(?![^>]*aria-label=\"[^\"]+)", Page);
        Assert.DoesNotMatch("<th(?![^>]*scope)[ >]", Page.Replace("<thead>", "", StringComparison.Ordinal));
        string[] ids = [.. Regex.Matches(Page, " id=\"([^\"]+)\"").Select(m => m.Groups[1].Value)];
        Assert.Equal(ids.Distinct(), ids);
        foreach (Match reference in Regex.Matches(Page, "(?:aria-labelledby|aria-describedby|href)=\"#?([^\"]+)\"")) Assert.Contains(reference.Groups[1].Value, ids);
    }

    [Fact]
    public void Waveform_data_hold_every_change()
    {
        JsonElement[] lanes = [.. JsonDocument.Parse(Regex.Match(Page, "id=\"data\">(.*?)</script>").Groups[1].Value).RootElement.GetProperty("lanes").EnumerateArray()];
        Assert.Equal(Timestamps.Lanes.Select(l => l.Name), lanes.Select(l => l.GetProperty("name").GetString()));
        Assert.Equal(Timestamps.Lanes.Select(l => l.Exact.Count), lanes.Select(l => l.GetProperty("times").GetArrayLength()));
        Assert.Equal(Timestamps.Run.Events["CH0"], Timestamps.Lanes.Single(l => l.Name == "EVSYS.CH0").Count);
    }

    [Fact]
    public void Waveforms_zoom_move_and_speak()
    {
        if (!Browser.IsInstalled) return;
        using var files = new TemporaryDirectory();
        File.WriteAllText(files["page.html"], Page + Reader);
        string page = Browser.Open(files, "page.html", 1200);
        long end = Timestamps.Run.Picoseconds;
        Assert.Equal((0, end), View(page, "home"));
        AssertNear((end / 4, 3 * end / 4), View(page, "in"));
        AssertNear((3 * end / 8, 7 * end / 8), View(page, "right"));
        Assert.Equal(View(page, "right"), View(page, "unfocused"));
        (long from, long to) = View(page, "wheel");
        Assert.InRange(to - from, (0.4 * end) - 2, (0.4 * end) + 2);
        (from, to) = View(page, "closest");
        Assert.InRange(to - from, 19_998, 20_002);
        Assert.Equal((0, end), View(page, "all"));
        WaveformLane chosen = Timestamps.Lanes[1];
        Assert.Equal(chosen.Name, Browser.Attribute(page, "chosen"));
        Assert.Contains($": {chosen.Name} ", Browser.Attribute(page, "said"), StringComparison.Ordinal);
        Assert.EndsWith(" from the mark.", Browser.Attribute(page, "measured"), StringComparison.Ordinal);
        Assert.Equal("waves", Browser.Attribute(page, "focus"));
    }

    [Theory]
    [InlineData("edge-timestamp-event", 390)]
    [InlineData("nested-interrupts", 320)]
    public void Nothing_is_wider_than_a_telephone(string sample, int width)
    {
        if (!Browser.IsInstalled) return;
        Browser.AssertFits(ReportPage.Write(Run(sample)), width);
    }

    private static FirmwareReport Run(string sample)
    {
        FirmwareImage image = Programs.Sample(sample);
        ATxmega128A1 chip = Programs.Chip(image);
        string stimulus = Programs.SampleFile(sample, "stimulus.txt");
        if (File.Exists(stimulus)) _ = new StimulusPlayer(chip, StimulusFile.Parse(File.ReadAllText(stimulus), stimulus, chip), "stimulus");
        return Run(chip, image);
    }

    private static FirmwareReport Run(FirmwareImage image) => Run(Programs.Chip(image), image);

    private static FirmwareReport Run(ATxmega128A1 chip, FirmwareImage image)
    {
        using var recorder = new ReportRecorder(chip, image);
        return recorder.Finish(new FirmwareRun(chip, image, new RunOptions { Observers = [recorder] }).Run());
    }

    private static (long From, long To) View(string page, string name)
    {
        long[] ends = [.. Browser.Attribute(page, name).Split(' ').Select(long.Parse)];
        return (ends[0], ends[1]);
    }

    private static void AssertNear((long From, long To) expected, (long From, long To) actual)
    {
        Assert.InRange(actual.From, expected.From - 2, expected.From + 2);
        Assert.InRange(actual.To, expected.To - 2, expected.To + 2);
    }
}
