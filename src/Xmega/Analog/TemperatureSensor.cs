using Xmega.Electrical;

namespace Xmega.Analog;

/// <summary>
/// The temperature sensor that the ADCs can measure: 0 V and ΔV's result at 0 K, and in a straight line through the result
/// that the signature row holds for 85 °C.
/// </summary>
/// <param name="calibration">TEMPSENSE: the unsigned 12-bit result at 85 °C with the 1 V reference.</param>
internal sealed class TemperatureSensor(int calibration) : IVoltage
{
    /// <summary>The temperature of the chip unless the board says otherwise: 25 °C, in millidegrees Celsius.</summary>
    public const int Nominal = 25_000;

    private const long ZeroCelsius = 273_000;  // in thousandths of a kelvin; firmware computes with 85 °C = 358 K
    private const long Calibrated = 358_000;
    private const long Reference = 1_000_000; // INT1V

    /// <summary>Gets or sets the temperature in millidegrees Celsius.</summary>
    public int Millicelsius { get; set; } = Nominal;

    public long At(long picoseconds) => AdcTransfer.VoltageOf((Millicelsius + ZeroCelsius) * calibration * 1000 / Calibrated, Reference);

    public VoltageRange Between(long from, long to) => new(At(from), At(from));
}
