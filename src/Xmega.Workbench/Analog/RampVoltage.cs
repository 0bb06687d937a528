using Xmega.Electrical;

namespace Xmega.Workbench.Analog;

/// <summary>A voltage that goes from one value to another in a straight line and stays there; in no time at all it is a step.</summary>
/// <param name="first">Microvolts before and at the start.</param>
/// <param name="last">Microvolts at the end and after.</param>
/// <param name="start">Picoseconds since power-on at which it begins to move.</param>
/// <param name="duration">Picoseconds that it takes, at least 0.</param>
public sealed class RampVoltage(long first, long last, long start, long duration) : IVoltage
{
    /// <inheritdoc/>
    public long At(long picoseconds)
    {
        long past = picoseconds - start;
        if (past >= duration) return last;
        return past <= 0 ? first : first + (long)((Int128)(last - first) * past / duration);
    }

    /// <inheritdoc/>
    public VoltageRange Between(long from, long to)
    {
        long a = At(from), b = At(to);
        return new VoltageRange(Math.Min(a, b), Math.Max(a, b));
    }
}
