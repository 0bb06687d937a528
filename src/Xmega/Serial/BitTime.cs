namespace Xmega.Serial;

/// <summary>How long a bit lasts, in clk_PER cycles, as a fraction: the fractional baud generator is exact on average only.</summary>
/// <param name="Numerator">Above the line, above 0.</param>
/// <param name="Denominator">Below the line, above 0.</param>
public readonly record struct BitTime(long Numerator, long Denominator)
{
    /// <summary>The cycles that a number of bits take.</summary>
    /// <param name="bits">How many, at least 0.</param>
    /// <returns>Cycles, rounded down.</returns>
    public long Cycles(long bits) => bits * Numerator / Denominator;
}
