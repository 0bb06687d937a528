using System.Globalization;
using System.Net;

namespace Xmega.Workbench.Reporting;

/// <summary>What every page needs.</summary>
internal static class Html
{
    /// <summary>Text as it stands in HTML, never markup.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share as people read it; what is there is never shown as nothing.</summary>
    public static string Percent(long part, long whole) => whole == 0 || part == 0 ? "0 %" : 1000 * (Int128)part < whole ? "&lt; 0.1 %" : Invariant($"{100.0 * part / whole:0.0} %");
}
