using Xmega.Electrical;
using Xmega.Ports;

namespace Xmega.Analog;

/// <summary>What distinguishes one pair of analog comparators from another.</summary>
/// <param name="Name">Datasheet name, as in <c>ACA</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="Vector">Vector of comparator 0; comparator 1 and the window follow.</param>
/// <param name="EventCode">CHnMUX code of comparator 0; comparator 1 and the window follow.</param>
internal sealed record AnalogComparatorFacts(string Name, int Base, int Vector, int EventCode);

/// <summary>What a pair of analog comparators compares, and where its output goes.</summary>
/// <param name="Pins">The pins of its port.</param>
/// <param name="Dac">The internal output of the DAC of its port.</param>
/// <param name="Bandgap">The bandgap reference.</param>
/// <param name="Output">The hand on pin 7.</param>
internal sealed record AnalogComparatorSurroundings(IReadOnlyList<Pin> Pins, DacInternalOutput Dac, IVoltage Bandgap, PinOverride Output);
