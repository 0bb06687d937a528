using Xmega.Electrical;

namespace Xmega.Workbench.Analog;

/// <summary>A voltage that a capacitor takes through a resistor: last + (first − last) · e^(−t / RC).</summary>
/// <remarks>
/// The exponential is a polynomial of additions and multiplications and an exact power of two, which IEEE 754 gives
/// alike on every host; the library's is not.
/// </remarks>
/// <param name="first">Microvolts before and at the start.</param>
/// <param name="last">Microvolts that it comes ever closer to.</param>
/// <param name="start">Picoseconds since power-on at which it begins to move.</param>
/// <param name="timeConstant">R · C in picoseconds, above 0.</param>
public sealed class ExponentialVoltage(long first, long last, long start, long timeConstant) : IVoltage
{
    private const double Ln2 = 0.693147180559945309;
    private const int HalvingsToNothing = 62; // no voltage of 64 bits is left after so many

    /// <inheritdoc/>
    public long At(long picoseconds)
    {
        if (picoseconds <= start) return first;
        double halvings = (picoseconds - start) / (timeConstant * Ln2);
        if (halvings >= HalvingsToNothing) return last;
        int whole = (int)halvings;
        double x = (halvings - whole) * Ln2;

        // The Taylor series to x^19: off by less than 10^-21 up to ln 2.
        double power = 1;
        for (int n = 19; n >= 1; n--) power = 1 - (x / n * power);
        return last + (long)Math.Round((first - last) * (power / (1L << whole)));
    }

    /// <inheritdoc/>
    public VoltageRange Between(long from, long to)
    {
        long a = At(from), b = At(to);
        return new VoltageRange(Math.Min(a, b) - 1, Math.Max(a, b) + 1); // the polynomial's own rounding
    }
}
