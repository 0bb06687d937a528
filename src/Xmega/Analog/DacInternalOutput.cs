using Xmega.Electrical;

namespace Xmega.Analog;

/// <summary>The wire from a DAC to the multiplexers of the ADC and the analog comparators of the same port.</summary>
internal sealed class DacInternalOutput : IVoltage
{
    private static readonly IVoltage Off = ConstantVoltage.Ground;

    private IVoltage _voltage = Off;

    /// <summary>Tells who looks ahead that the voltage is another than before.</summary>
    public event Action? Changed;

    /// <summary>Gets a value indicating whether the DAC is enabled and IDOEN set.</summary>
    public bool IsOn => _voltage != Off;

    public long At(long picoseconds) => _voltage.At(picoseconds);

    public VoltageRange Between(long from, long to) => _voltage.Between(from, to);

    /// <summary>Puts a voltage on the wire, or ground.</summary>
    /// <param name="output">The voltage; null for ground.</param>
    public void Follow(IVoltage? output)
    {
        IVoltage voltage = output ?? Off;
        if (_voltage == voltage) return;
        _voltage = voltage;
        Changed?.Invoke();
    }

    /// <summary>The voltage on the wire moved.</summary>
    public void Moved() => Changed?.Invoke();
}
