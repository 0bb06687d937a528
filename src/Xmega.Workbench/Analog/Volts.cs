using System.Globalization;

namespace Xmega.Workbench.Analog;

/// <summary>Voltages as people write them: <c>0.5V</c>, <c>-20mV</c>, <c>150uV</c>; inside, whole microvolts.</summary>
public static class Volts
{
    private const decimal Limit = 1_000;

    private static readonly (string Unit, decimal Microvolts)[] Units = [("uV", 1), ("µV", 1), ("mV", 1_000), ("V", 1_000_000)];

    /// <summary>Reads a voltage.</summary>
    /// <param name="text">What people wrote.</param>
    /// <param name="microvolts">The voltage, rounded towards zero.</param>
    /// <param name="needsUnit">Whether a bare number will not do; it counts volts.</param>
    /// <returns>False for anything else than a number with a unit, from -1000 V to 1000 V.</returns>
    public static bool TryParse(string text, out long microvolts, bool needsUnit = true)
    {
        microvolts = 0;
        (string unit, decimal scale) = Units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.Ordinal));
        if (unit is null)
        {
            if (needsUnit) return false;
            (unit, scale) = ("", Units[^1].Microvolts);
        }

        if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal number)) return false;
        if (Math.Abs(number) > Limit) return false;
        microvolts = (long)(number * scale);
        return true;
    }

    /// <summary>A voltage as people read it.</summary>
    /// <param name="microvolts">The voltage.</param>
    /// <returns>Volts, as in <c>0.5 V</c>.</returns>
    public static string Format(long microvolts) => string.Create(CultureInfo.InvariantCulture, $"{microvolts / 1e6m:0.######} V");
}
