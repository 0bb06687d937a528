namespace Xmega.Analog;

/// <summary>What a voltage is converted to: the ideal transfer function of an ADC (8077I ch. 25, 8331B 28.5), in integers.</summary>
internal static class AdcTransfer
{
    /// <summary>The fixed offset ΔV of unsigned conversions is VREF divided by this: VREF · 0.05, so that 0 V converts to 204 of 4095. The data sheet of a later family gives 190 as typical.</summary>
    private const int OffsetDivisor = 20;

    /// <summary>Signed: (VINP − VINN) · gain · 2048 / VREF with 12 bits. The factor is 2048 (AVR1300) and not 2047 (8331B 28.5): less than one apart.</summary>
    /// <param name="difference">VINP − VINN in microvolts.</param>
    /// <param name="gain">Gain, 1–64.</param>
    /// <param name="reference">VREF in microvolts.</param>
    /// <param name="bits">Resolution: 8 or 12.</param>
    /// <returns>The result, rounded down and clamped.</returns>
    public static int Signed(long difference, int gain, long reference, int bits)
    {
        long top = (1L << (bits - 1)) - 1;
        return (int)Math.Clamp(Floor(difference * gain * (top + 1), reference), -top - 1, top);
    }

    /// <summary>Unsigned: (VINP + ΔV) · 4096 / VREF with 12 bits.</summary>
    /// <param name="input">VINP in microvolts.</param>
    /// <param name="reference">VREF in microvolts.</param>
    /// <param name="bits">Resolution: 8 or 12.</param>
    /// <returns>The result, rounded down and clamped.</returns>
    public static int Unsigned(long input, long reference, int bits)
    {
        long top = (1L << bits) - 1;
        return (int)Math.Clamp(Floor(((input * OffsetDivisor) + reference) * (top + 1), reference * OffsetDivisor), 0, top);
    }

    /// <summary>The voltage whose unsigned 12-bit result, ΔV included, is a given one.</summary>
    /// <param name="result">The result, which may have a fraction: in thousandths.</param>
    /// <param name="reference">VREF in microvolts.</param>
    /// <returns>Microvolts.</returns>
    public static long VoltageOf(long result, long reference) => (result * reference / (4096 * 1000)) - (reference / OffsetDivisor);

    // No reference voltage at all: everything is beyond its ends.
    private static long Floor(long numerator, long denominator)
    {
        if (denominator <= 0) return numerator >= 0 ? long.MaxValue : long.MinValue;
        long quotient = numerator / denominator;
        return numerator % denominator < 0 ? quotient - 1 : quotient;
    }
}
