using Xmega.Electrical;
using Xmega.Time;

namespace Xmega.Workbench.Analog;

/// <summary>A sine: offset + amplitude · sin(2π · frequency · t + phase), from a time on.</summary>
/// <remarks>
/// The phase is counted in whole parts of a turn, so that it does not drift however long a run is. The sine itself is a
/// polynomial of additions and multiplications, which IEEE 754 gives alike on every host; the library's is not.
/// </remarks>
/// <param name="offset">Microvolts about which it swings.</param>
/// <param name="amplitude">Microvolts from there to its peak.</param>
/// <param name="millihertz">Frequency in thousandths of a hertz, above 0.</param>
/// <param name="start">Picoseconds since power-on at which t is 0; before, the voltage is what it is then.</param>
/// <param name="degrees">Phase at the start.</param>
public sealed class SineVoltage(long offset, long amplitude, long millihertz, long start, int degrees = 0) : IVoltage
{
    private const long Turn = 1_000 * Timeline.PicosecondsPerSecond; // a turn in picoseconds times millihertz
    private const long Quarter = Turn / 4;

    private readonly long _phase = ((degrees % 360) + 360) % 360 * (Turn / 360);

    /// <inheritdoc/>
    public long At(long picoseconds) => ValueAt((long)(PhaseAt(picoseconds) % Turn));

    /// <inheritdoc/>
    public VoltageRange Between(long from, long to)
    {
        UInt128 begin = PhaseAt(from), end = PhaseAt(to);
        long swing = Math.Abs(amplitude);
        if (end - begin >= Turn) return new VoltageRange(offset - swing, offset + swing);

        // Between the quarter turns in the span it runs from peak to peak without turning back.
        long a = At(from), b = At(to);
        long low = Math.Min(a, b), high = Math.Max(a, b);
        for (UInt128 quarter = (begin / Quarter) + 1; quarter * Quarter <= end; quarter++)
        {
            if (quarter % 2 == 0) continue;
            long peak = quarter % 4 == 1 ? offset + amplitude : offset - amplitude;
            low = Math.Min(low, peak);
            high = Math.Max(high, peak);
        }

        return new VoltageRange(low - 1, high + 1); // the polynomial's own rounding
    }

    private UInt128 PhaseAt(long picoseconds) => ((UInt128)Math.Max(0, picoseconds - start) * (UInt128)millihertz) + (UInt128)_phase;

    private long ValueAt(long phase)
    {
        long inHalf = phase % (2 * Quarter);
        double x = Math.Min(inHalf, (2 * Quarter) - inHalf) * (Math.PI / 2 / Quarter);
        double square = x * x;

        // The Taylor series to x^17: off by less than 10^-12 up to a quarter turn.
        double sine = 1;
        for (int n = 16; n >= 2; n -= 2) sine = 1 - (square / (n * (n + 1.0)) * sine);
        long value = (long)Math.Round(amplitude * (x * sine));
        return phase < 2 * Quarter ? offset + value : offset - value;
    }
}
