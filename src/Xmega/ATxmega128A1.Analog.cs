using Xmega.Analog;
using Xmega.Electrical;
using Xmega.Memory;
using Xmega.Ports;

namespace Xmega;

/// <summary>The composition of the analog modules: converters and comparators of ports A and B, and what they measure against.</summary>
public sealed partial class ATxmega128A1
{
    private const long BandgapMicrovolts = 1_100_000;
    private const long Internal1VMicrovolts = 1_000_000; // 10/11 of the bandgap

    private static readonly AdcFacts[] AdcInstances = [new("ADCA", 0x0200, 71, 0x20, 0x10), new("ADCB", 0x0240, 39, 0x24, 0x20)];

    private static readonly DacFacts[] DacInstances = [new("DACA", 0x0300, 0x15), new("DACB", 0x0320, 0x25)];

    private static readonly AnalogComparatorFacts[] AnalogComparatorInstances = [new("ACA", 0x0380, 68, 0x10), new("ACB", 0x0390, 36, 0x13)];

    private readonly TemperatureSensor _temperatureSensor = new(SignatureRows.TemperatureReading);

    /// <summary>Gets or sets the temperature of the chip in millidegrees Celsius, which the ADCs can measure; 25 °C unless set.</summary>
    public int Temperature
    {
        get => _temperatureSensor.Millicelsius;
        set => _temperatureSensor.Millicelsius = value;
    }

    private void AddAnalog()
    {
        // On pin 7, which no other module drives; the order is not documented.
        const int Priority = 10;

        // AREFA and AREFB are pins 0 of the ports.
        var bandgap = new ConstantVoltage(BandgapMicrovolts);
        var internal1V = new ConstantVoltage(Internal1VMicrovolts);
        Pin arefA = _ports["PORTA"].Pins[0], arefB = _ports["PORTB"].Pins[0];
        IVoltage[] adcReferences = [internal1V, new DividedVoltage(Supply, 10, 16), arefA, arefB];
        IVoltage[] dacReferences = [internal1V, Supply, arefA, arefB];
        var tenthOfVcc = new DividedVoltage(Supply, 1, 10);

        for (int n = 0; n < DacInstances.Length; n++)
        {
            Port port = _ports[$"PORT{DacInstances[n].Name[^1]}"];
            Dac dac = Add(new Dac(Services, DacInstances[n], new DacSurroundings([port.Pins[2], port.Pins[3]], dacReferences)));
            Add(new Adc(Services, AdcInstances[n], new AdcInputs([.. port.Pins], [_temperatureSensor, bandgap, tenthOfVcc, dac.InternalOutput], adcReferences)));
            string comparators = AnalogComparatorInstances[n].Name;
            Add(new AnalogComparator(Services, AnalogComparatorInstances[n], new AnalogComparatorSurroundings(port.Pins, dac.InternalOutput, bandgap, port.CreateOverride(7, comparators, Priority))));
        }
    }
}
