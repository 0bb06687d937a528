using System.Text.RegularExpressions;
using Xunit;

namespace Xmega.Workbench.Tests.Support;

/// <summary>Headless Chromium, for pages that say by attributes of their body what came of a reader's acts.</summary>
internal static partial class Browser
{
    private const string Program = "chromium";

    public static bool IsInstalled => Tool.IsInstalled(Program);

    /// <summary>Opens a page and gives the document as it then stands.</summary>
    public static string Open(TemporaryDirectory files, string page, int width) => Tool.Run(
        Program,
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        $"--user-data-dir={files["profile"]}", $"--window-size={width},800", "--virtual-time-budget=2000", "--dump-dom", $"file://{files[page]}");

    /// <summary>The value of <c>data-NAME</c> of the body.</summary>
    public static string Attribute(string page, string name)
    {
        Match match = Regex.Match(page, $"<body[^>]* data-{name}=\"([^\"]*)\"");
        Assert.True(match.Success, $"no data-{name} in {BodyTag().Match(page).Value}");
        return match.Groups[1].Value;
    }

    /// <summary>Nothing of the page is wider than a screen of so many pixels.</summary>
    public static void AssertFits(string page, int width)
    {
        using var files = new TemporaryDirectory();

        // A browser window has a least width; a frame in it has none.
        File.WriteAllText(files["page.html"], page + "<script>const root = document.documentElement; parent.postMessage((root.scrollWidth - root.clientWidth) + ' of ' + innerWidth, '*')</script>");
        File.WriteAllText(files["frame.html"], $"<body><script>onmessage = e => document.body.setAttribute('data-width', e.data)</script><iframe style=\"border:0\" width=\"{width}\" height=\"800\" src=\"page.html\"></iframe></body>");
        Assert.Equal($"0 of {width}", Attribute(Open(files, "frame.html", 800), "width"));
    }

    [GeneratedRegex("<body[^>]*>")]
    private static partial Regex BodyTag();
}
