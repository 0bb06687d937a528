using System.Globalization;
using Xmega.SystemControl;

namespace Xmega.Cli;

/// <summary>How the command line writes frequencies of crystals and errors of the chip's own oscillators.</summary>
internal static class OscillatorArguments
{
    private const decimal PartsPerMillion = 1_000_000;

    private static readonly (string Name, InternalOscillator Oscillator)[] Names =
        [("RC2M", InternalOscillator.Rc2M), ("RC32M", InternalOscillator.Rc32M), ("RC32K", InternalOscillator.Rc32K), ("ULP", InternalOscillator.UltraLowPower)];

    /// <summary>Reads a frequency for XTAL1/XTAL2: 16MHz.</summary>
    /// <returns>Hertz.</returns>
    public static long Frequency(string option, string text)
    {
        // 8067: a crystal of 0.4 to 16 MHz, a clock up to the highest the part runs at.
        const decimal Lowest = 1, Highest = 32_000_000;
        foreach ((string unit, decimal hertz) in ((string, decimal)[])[("MHz", 1_000_000m), ("kHz", 1_000m), ("Hz", 1m)])
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)) break;
            return number >= Lowest / hertz && number <= Highest / hertz ? (long)(number * hertz) : throw new UsageException($"{option}: {text} is not between 1Hz and 32MHz");
        }

        throw new UsageException($"{option}: '{text}' is not a frequency: write 16MHz or 32.768kHz");
    }

    /// <summary>Makes oscillators fast or slow: RC32M=+1.5%, or RC2M=-200ppm,ULP=20%.</summary>
    public static void SetErrors(ATxmega128A1 chip, string option, string text)
    {
        const decimal Most = 30; // percent: as far off as the ultra low power oscillator may be
        foreach (string part in text.Split(','))
        {
            (string name, string error) = Arguments.Pair(option, part, "NAME=ERROR, as in RC32M=+1.5%");
            int index = Array.FindIndex(Names, n => n.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (index < 0) throw new UsageException($"{option}: no oscillator '{name}': the chip has {string.Join(", ", Names.Select(n => n.Name))}");
            (int length, decimal percent) = error.EndsWith('%') ? (1, 1m) : error.EndsWith("ppm", StringComparison.OrdinalIgnoreCase) ? (3, 100 / PartsPerMillion) : (0, 0m);
            if (length == 0 || !decimal.TryParse(error.AsSpan(0, error.Length - length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal number))
                throw new UsageException($"{option}: '{error}' is not an error of an oscillator: write +1.5% or -200ppm");
            if (Math.Abs(number) > Most / percent) throw new UsageException($"{option}: {error} is not between -30% and +30%");
            chip.SetOscillatorError(Names[index].Oscillator, (int)(number * percent * (PartsPerMillion / 100)));
        }
    }
}
