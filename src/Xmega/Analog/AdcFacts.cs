using Xmega.Electrical;

namespace Xmega.Analog;

/// <summary>What distinguishes one ADC from another.</summary>
/// <param name="Name">Datasheet name, as in <c>ADCA</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="Vector">Vector of channel 0; the other channels follow.</param>
/// <param name="EventCode">CHnMUX code of channel 0; the other channels follow.</param>
/// <param name="DmaCode">TRIGSRC code of channel 0; the other channels and the combined request follow.</param>
internal sealed record AdcFacts(string Name, int Base, int Vector, int EventCode, int DmaCode);

/// <summary>What an ADC measures, and against what.</summary>
/// <param name="Pins">By MUXPOS: the pins of its port.</param>
/// <param name="Internal">By MUXINT: temperature sensor, bandgap, VCC/10, the DAC's internal output.</param>
/// <param name="References">By REFSEL.</param>
internal sealed record AdcInputs(IVoltage[] Pins, IVoltage[] Internal, IVoltage[] References);
