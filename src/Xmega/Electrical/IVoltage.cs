namespace Xmega.Electrical;

/// <summary>
/// A voltage against ground as a function of emulated time alone. It is looked at when somebody samples it; nobody is
/// ticked. Who has to know when it passes a level asks for the bounds of a span and searches (<see cref="VoltageComparison"/>).
/// </summary>
public interface IVoltage
{
    /// <summary>The voltage at a time.</summary>
    /// <param name="picoseconds">Picoseconds since power-on.</param>
    /// <returns>Microvolts.</returns>
    long At(long picoseconds);

    /// <summary>Bounds of the voltage over a span, both ends included. They hold; the closer they are, the faster a crossing is found.</summary>
    /// <param name="from">Picoseconds since power-on.</param>
    /// <param name="to">Picoseconds since power-on, no less than <paramref name="from"/>; <see cref="long.MaxValue"/>: for ever.</param>
    /// <returns>The lowest and highest voltage that can occur.</returns>
    VoltageRange Between(long from, long to);
}

/// <summary>Bounds of a voltage, inclusive.</summary>
/// <param name="Lowest">Microvolts.</param>
/// <param name="Highest">Microvolts.</param>
public readonly record struct VoltageRange(long Lowest, long Highest);

/// <summary>A voltage that does not change.</summary>
/// <param name="Microvolts">Microvolts.</param>
public sealed record ConstantVoltage(long Microvolts) : IVoltage
{
    /// <summary>Gets ground.</summary>
    public static ConstantVoltage Ground { get; } = new(0);

    /// <inheritdoc/>
    public long At(long picoseconds) => Microvolts;

    /// <inheritdoc/>
    public VoltageRange Between(long from, long to) => new(Microvolts, Microvolts);
}

/// <summary>A voltage of the chip that a module sets as it runs: the module says so to whoever looks ahead.</summary>
internal sealed class SetVoltage : IVoltage
{
    /// <summary>Gets or sets the voltage from now on, in microvolts.</summary>
    public long Microvolts { get; set; }

    public long At(long picoseconds) => Microvolts;

    public VoltageRange Between(long from, long to) => new(Microvolts, Microvolts);
}

/// <summary>A fraction of another voltage, as a divider makes it, with an offset: rounded down to a microvolt.</summary>
/// <param name="of">What is divided.</param>
/// <param name="numerator">Above the line.</param>
/// <param name="denominator">Below the line.</param>
internal sealed class DividedVoltage(IVoltage of, int numerator, int denominator) : IVoltage
{
    /// <summary>Gets or sets what is divided.</summary>
    public IVoltage Of { get; set; } = of;

    /// <summary>Gets or sets the numerator.</summary>
    public int Numerator { get; set; } = numerator;

    /// <summary>Gets or sets what is added, in microvolts.</summary>
    public long Offset { get; set; }

    public long At(long picoseconds) => Divide(Of.At(picoseconds));

    public VoltageRange Between(long from, long to)
    {
        VoltageRange whole = Of.Between(from, to);
        return new VoltageRange(Divide(whole.Lowest), Divide(whole.Highest));
    }

    private long Divide(long microvolts) => (microvolts * Numerator / denominator) + Offset;
}
