using System.Globalization;

namespace Xmega.Workbench.Boards;

/// <summary>How people write the frequency of a crystal or clock on XTAL1/XTAL2: 16MHz, 14745.6kHz.</summary>
public static class CrystalFrequency
{
    // A crystal may have 0.4 to 16 MHz, a clock as much as the part runs at (8067).
    private const decimal Highest = 32_000_000;

    private static readonly (string Unit, decimal Hertz)[] Units = [("MHz", 1_000_000m), ("kHz", 1_000m), ("Hz", 1m)];

    /// <summary>Reads a frequency.</summary>
    /// <param name="text">A number with its unit: Hz, kHz or MHz.</param>
    /// <param name="orZero">Whether 0Hz is one: a clock that stands.</param>
    /// <returns>Hertz, rounded down: 1 to 32,000,000, or 0.</returns>
    /// <exception cref="FormatException">The text is no such frequency; the message is for its writer.</exception>
    public static long Parse(string text, bool orZero = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach ((string unit, decimal hertz) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)) break;
            bool fits = number <= Highest / hertz && (number >= 1 / hertz || (orZero && number == 0));
            return fits ? (long)(number * hertz) : throw new FormatException($"{text} is not between 1Hz and 32MHz{(orZero ? ", nor 0Hz" : "")}");
        }

        throw new FormatException($"'{text}' is not a frequency: write 16MHz or 32.768kHz");
    }
}
