using Xmega.Electrical;

namespace Xmega.Workbench.Analog;

/// <summary>
/// A voltage with noise added: near to normally distributed, never more than six times its RMS, another value every
/// 100 ns. A seed says which noise: the same seed, the same noise at the same time, whoever looks and how often.
/// </summary>
/// <param name="of">The voltage without noise.</param>
/// <param name="rms">Microvolts.</param>
/// <param name="seed">Any number.</param>
public sealed class NoisyVoltage(IVoltage of, long rms, ulong seed) : IVoltage
{
    private const long Grain = 100_000;    // picoseconds
    private const int Summands = 12;       // of uniform numbers: their sum has a variance of one
    private const int Unit = 0x10000;      // each from 0 to one below this
    private const int ExactGrains = 8;     // in longer spans the bounds are those of any noise

    /// <inheritdoc/>
    public long At(long picoseconds) => of.At(picoseconds) + NoiseIn(picoseconds / Grain);

    /// <inheritdoc/>
    public VoltageRange Between(long from, long to)
    {
        VoltageRange range = of.Between(from, to);
        long low = long.MaxValue, high = long.MinValue;
        if ((to - from) / Grain > ExactGrains) (low, high) = (-rms * Summands / 2, rms * Summands / 2);
        else
            for (long grain = from / Grain; grain <= to / Grain; grain++)
                (low, high) = (Math.Min(low, NoiseIn(grain)), Math.Max(high, NoiseIn(grain)));
        return new VoltageRange(range.Lowest + low, range.Highest + high);
    }

    private long NoiseIn(long grain)
    {
        long sum = -(Summands * (Unit - 1L)) / 2;
        for (int draw = 0; draw < Summands / 4; draw++)
        {
            ulong bits = Mix(seed + ((((ulong)grain * (Summands / 4)) + (ulong)draw) * 0x9E3779B97F4A7C15));
            for (int n = 0; n < 4; n++, bits >>= 16) sum += (ushort)bits;
        }

        return sum * rms / Unit;
    }

    // SplitMix64's finalizer: every bit of the result depends on every bit given (Steele, Lea and Flood, 2014).
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
