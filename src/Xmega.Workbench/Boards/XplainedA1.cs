using Xmega.Ports;
using Xmega.Workbench.Parts;

namespace Xmega.Workbench.Boards;

/// <summary>
/// The XMEGA-A1 Xplained board around a chip: eight LEDs on PORTE that light when low, eight switches to ground without
/// resistors (firmware turns the chip's pull-ups on), the light sensor and the thermistor at ADCB.
/// </summary>
/// <remarks>
/// Limitations: the sensors give the volts they are told. The board's 8 MiB SDRAM is a memory of the chip's EBI
/// (<see cref="ATxmega128A1.AttachExternalMemory"/>), and the loudspeaker at the DAC and the board controller are not there.
/// </remarks>
public sealed class XplainedA1
{
    private const int Count = 8; // of LEDs, and of switches

    /// <summary>Initializes a new instance of the <see cref="XplainedA1"/> class.</summary>
    /// <param name="chip">The chip on it.</param>
    /// <param name="bouncePicoseconds">How long its switches bounce; 0: not at all.</param>
    public XplainedA1(ATxmega128A1 chip, long bouncePicoseconds = 0)
    {
        Chip = chip;
        Leds = [.. Enumerable.Range(0, Count).Select(n => new Led(chip, PinOf(FormattableString.Invariant($"PORTE.PIN{n}")), activeLow: true))];
        Buttons = [.. Enumerable.Range(0, Count).Select(n => new Button(chip, PinOf(SwitchPin(n)), bouncePicoseconds: bouncePicoseconds, seed: n + 1))];
        Thermistor = PinOf("PORTB.PIN0").AddDriver("thermistor");
        LightSensor = PinOf("PORTB.PIN1").AddDriver("light sensor");
    }

    /// <summary>Gets the chip.</summary>
    public ATxmega128A1 Chip { get; }

    /// <summary>Gets LED0–LED7, on PE0–PE7.</summary>
    public IReadOnlyList<Led> Leds { get; }

    /// <summary>Gets SW0–SW7: SW0–SW5 on PD0–PD5, SW6 and SW7 on PR0 and PR1.</summary>
    public IReadOnlyList<Button> Buttons { get; }

    /// <summary>Gets the thermistor's hand on PB0, to give volts.</summary>
    public PinDriver Thermistor { get; }

    /// <summary>Gets the light sensor's hand on PB1, to give volts.</summary>
    public PinDriver LightSensor { get; }

    private static string SwitchPin(int number) => number < 6 ? FormattableString.Invariant($"PORTD.PIN{number}") : FormattableString.Invariant($"PORTR.PIN{number - 6}");

    private Pin PinOf(string name) => Chip.FindPin(name)!;
}
