using Xmega.Electrical;
using Xmega.Ports;

namespace Xmega.Analog;

/// <summary>What distinguishes one DAC from another.</summary>
/// <param name="Name">Datasheet name, as in <c>DACA</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="DmaCode">TRIGSRC code of channel 0; channel 1 follows.</param>
internal sealed record DacFacts(string Name, int Base, int DmaCode);

/// <summary>What surrounds a DAC.</summary>
/// <param name="Pins">The output pins of channels 0 and 1.</param>
/// <param name="References">By REFSEL.</param>
internal sealed record DacSurroundings(Pin[] Pins, IVoltage[] References);
