using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Xmega.Time;

namespace Xmega.Workbench.Running;

/// <summary>A span of emulated time as people write it: <c>250ns</c>, <c>10us</c>, <c>5ms</c>, <c>2s</c>, or a number of clk_PER cycles: <c>1500cycles</c>.</summary>
/// <param name="Amount">Picoseconds, or cycles.</param>
/// <param name="InCycles">Whether the amount counts cycles.</param>
public sealed record EmulatedTime(long Amount, bool InCycles)
{
    private static readonly Unit[] Units =
        [new("ps", 1m), new("ns", 1_000m), new("us", 1_000_000m), new("µs", 1_000_000m), new("ms", 1_000_000_000m), new("s", 1_000_000_000_000m)];

    /// <summary>Some seconds.</summary>
    /// <param name="seconds">Whole seconds.</param>
    /// <returns>The span.</returns>
    public static EmulatedTime FromSeconds(long seconds) => new(seconds * Timeline.PicosecondsPerSecond, false);

    /// <summary>Reads a span.</summary>
    /// <param name="text">What people wrote.</param>
    /// <param name="time">The span.</param>
    /// <param name="orZero">Whether no time at all will do, as at the start of a stimulus.</param>
    /// <returns>False for anything else than a number with a unit, from 1 ps or 1 cycle up to 100 days.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out EmulatedTime? time, bool orZero = false)
    {
        time = null;
        int digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] is '.')) digits++;
        if (!decimal.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || number < 0 || (number == 0 && !orZero)) return false;
        string suffix = text[digits..].Trim();
        if (suffix is "cycles" or "cycle")
        {
            if (number != decimal.Truncate(number) || number > long.MaxValue / 4) return false;
            time = new EmulatedTime((long)number, true);
            return true;
        }

        if (Array.Find(Units, u => u.Name == suffix) is not { } unit || number > 8_640_000m * Timeline.PicosecondsPerSecond / unit.Picoseconds) return false;
        time = new EmulatedTime((long)(number * unit.Picoseconds), false);
        return time.Amount > 0 || number == 0;
    }

    /// <summary>Picoseconds as people read them: three digits or so, with a unit.</summary>
    /// <param name="picoseconds">The span.</param>
    /// <returns>As in <c>6.25 ms</c>.</returns>
    public static string Format(long picoseconds)
    {
        int unit = 0;
        while (unit < Units.Length - 1 && picoseconds >= Units[NextUnit(unit)].Picoseconds) unit = NextUnit(unit);
        return (picoseconds / Units[unit].Picoseconds).ToString("0.###", CultureInfo.InvariantCulture) + " " + Units[unit].Name;

        static int NextUnit(int unit) => Units[unit + 1].Name == "µs" ? unit + 2 : unit + 1;
    }

    private sealed record Unit(string Name, decimal Picoseconds);
}
