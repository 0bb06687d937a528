using System.Globalization;
using Xmega.SystemControl;

namespace Xmega.Cli;

/// <summary>How the command line writes errors of the chip's own oscillators.</summary>
internal static class OscillatorArguments
{
    private const decimal PartsPerMillion = 1_000_000;

    private static readonly (string Name, InternalOscillator Oscillator)[] Names =
        [("RC2M", InternalOscillator.Rc2M), ("RC32M", InternalOscillator.Rc32M), ("RC32K", InternalOscillator.Rc32K), ("ULP", InternalOscillator.UltraLowPower)];

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
