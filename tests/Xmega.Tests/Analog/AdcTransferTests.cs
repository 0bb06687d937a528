using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Analog.AdcBench;

namespace Xmega.Tests.Analog;

/// <summary>What a conversion gives, over the whole input range in every mode, against the manual's formulas in floating point.</summary>
public class AdcTransferTests
{
    private const long Volt = 1_000_000;

    public static TheoryData<int, int, int, int> Modes()
    {
        var modes = new TheoryData<int, int, int, int>();
        foreach (int resolution in (int[])[0, EightBits, LeftAdjusted])
        {
            for (int reference = 0; reference < 4; reference++)
            {
                modes.Add(resolution, SingleEnded, 0, reference);
                modes.Add(resolution | Signed, SingleEnded, 0, reference);
                modes.Add(resolution | Signed, Differential, 0, reference);
            }

            for (int gain = 0; gain <= 6; gain++) modes.Add(resolution | Signed, WithGain, gain, 0);
        }

        return modes;
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_transfer_function_is_the_manuals_to_one_LSB(int ctrlb, int inputMode, int gain, int reference)
    {
        Bench bench = new Bench().Write("ADCA.CH0.CTRL", (gain << 2) | inputMode).Write("ADCA.REFCTRL", reference << 4);
        double vref = reference switch { 0 => 1.0, 1 => 3.3 / 1.6, 2 => 2.0, _ => 1.25 };
        bench.Volts("PORTA.PIN0", 2 * Volt);
        bench.Volts("PORTB.PIN0", 5 * Volt / 4);

        // Positive input PA1; negative PA2, or with gain PA6.
        bench.Write("ADCA.CH0.MUXCTRL", (1 << 3) | 2);
        PinDriver positive = bench.Volts("PORTA.PIN1", 0), negative = bench.Volts(inputMode == WithGain ? "PORTA.PIN6" : "PORTA.PIN2", 0);
        bench.EnableAdc(ctrlb);

        double full = vref / (1 << gain);
        for (int step = -250; step <= 250; step++)
        {
            double difference = step * full * 1.1 / 250;
            double low = inputMode == SingleEnded ? 0 : 1.5;
            positive.Give((long)Math.Round((low + difference) * 1e6));
            negative.Give((long)Math.Round(low * 1e6));
            Assert.InRange(bench.Convert() - Expected(ctrlb, difference, 1 << gain, vref), -Lsb(ctrlb), Lsb(ctrlb));
        }

        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    private static int Lsb(int ctrlb) => (ctrlb & LeftAdjusted) == LeftAdjusted ? 16 : 1;

    // 8331B 28.5: TOP is 2047 or 4095, 127 or 255; ΔV is VREF * 0.05. RES as the 16 bits that firmware reads.
    private static double Expected(int ctrlb, double volts, int gain, double vref)
    {
        int bits = (ctrlb & LeftAdjusted) == EightBits ? 8 : 12;
        double result;
        if ((ctrlb & Signed) != 0)
        {
            double top = Math.Pow(2, bits - 1) - 1;
            result = Math.Clamp(volts * gain / vref * (top + 1), -top - 1, top);
        }
        else
        {
            double top = Math.Pow(2, bits) - 1;
            result = Math.Clamp((volts + (0.05 * vref)) / vref * (top + 1), 0, top);
        }

        int word = (int)Math.Floor(result);
        if ((ctrlb & LeftAdjusted) == LeftAdjusted) word *= 16;
        return word & 0xFFFF;
    }

    [Theory]
    [InlineData(1, 0x00, 0x10, 2389)] // bandgap: 1.1 V of 3.3 V / 1.6, and 0.05
    [InlineData(1, 0x10, 0x10, 1092)]
    [InlineData(2, 0x00, 0x00, 1556)] // VCC / 10: 0.33 V of 1 V, and 0.05
    [InlineData(2, 0x10, 0x00, 675)]
    public void Internal_inputs_are_measured_against_ground(int input, int ctrlb, int refctrl, int expected)
    {
        Bench bench = new Bench().Write("ADCA.REFCTRL", refctrl | 0x03).Write("ADCA.CH0.MUXCTRL", input << 3).EnableAdc(ctrlb);
        Assert.InRange(bench.Convert(), expected - 1, expected + 1);
    }

    [Fact]
    public void The_temperature_is_what_firmware_computes_from_TEMPSENSE()
    {
        Bench bench = new Bench().Write("ADCA.REFCTRL", 0x01).EnableAdc();
        int calibration = bench.Chip.SignatureRows.Production(0x2E) | (bench.Chip.SignatureRows.Production(0x2F) << 8);
        foreach (int celsius in (int[])[-40, 0, 25, 85])
        {
            bench.Chip.Temperature = 1000 * celsius;
            Assert.InRange((bench.Convert() * 358.0 / calibration) - 273, celsius - 0.3, celsius + 0.3);
        }
    }

    [Fact]
    public void VCC_moves_the_reference_that_is_made_of_it()
    {
        Bench bench = new Bench().Write("ADCA.REFCTRL", 0x10).Write("ADCA.CH0.CTRL", SingleEnded).EnableAdc(Signed);
        bench.Volts("PORTA.PIN0", Volt);
        Assert.Equal((int)(1.0 / (3.3 / 1.6) * 2048), bench.Convert());
        bench.Chip.Vcc = 2 * Volt;
        Assert.Equal((int)(1.0 / (2.0 / 1.6) * 2048), bench.Convert());
    }

    [Fact]
    public void A_digital_level_is_measured_as_what_it_is()
    {
        Bench bench = new Bench().Write("ADCA.REFCTRL", 0x10).Write("ADCA.CH0.CTRL", SingleEnded).Write("ADCA.CH0.MUXCTRL", 4 << 3).EnableAdc(Signed);
        bench.Write("PORTA.DIR", 0x10);
        Assert.Equal(0, bench.Convert());
        bench.Write("PORTA.OUT", 0x10);
        Assert.Equal(2047, bench.Convert());
    }

    [Fact]
    public void Every_pin_of_the_port_is_an_input_of_every_channel()
    {
        Bench bench = new Bench().EnableAdc(Signed);
        for (int pin = 0; pin < 8; pin++) bench.Volts($"PORTA.PIN{pin}", (pin + 1) * 100_000);
        for (int channel = 0; channel < 4; channel++)
        {
            bench.Write($"ADCA.CH{channel}.CTRL", SingleEnded);
            for (int pin = 0; pin < 8; pin++)
            {
                bench.Write($"ADCA.CH{channel}.MUXCTRL", pin << 3).Write($"ADCA.CH{channel}.CTRL", 0x80 | SingleEnded).Advance(40);
                Assert.Equal((int)((pin + 1) * 0.1 * 2048), bench.Read($"ADCA.CH{channel}RES"));
            }
        }
    }

    [Theory]
    [InlineData("PRESCALER", 6, "ADCA: clk_ADC is 7.8 kHz: the ADC works from 100 kHz to 2 MHz; set PRESCALER")]
    [InlineData("REFCTRL", 0x20, "ADCA: the reference at AREF is 0 V: it has to be between 1 V and VCC - 0.6 V")]
    [InlineData("CTRLB", 0x02, "ADCA: RESOLUTION is set to 1, which is reserved: taken as 12 bits")]
    [InlineData("EVCTRL", 0x07, "ADCA: EVACT is set to 7, which is reserved: events start nothing")]
    [InlineData("CH0.CTRL", 0x02, "ADCA: CH0: INPUTMODE is differential and CONVMODE unsigned, which is reserved: taken as single ended")]
    [InlineData("CH0.MUXCTRL", 0x18, "ADCA: CH0 measures the DAC, whose internal output is off (ENABLE and IDOEN): 0 V")]
    [InlineData("CH0.MUXCTRL", 0x20, "ADCA: CH0: the positive multiplexer is set to 4, which is reserved: 0 V")]
    [InlineData("CH0.MUXCTRL", 0x00, "ADCA: CH0 measures the temperature sensor, and REFCTRL.TEMPREF is 0: it is off, 0 V")]
    public void What_the_part_does_not_do_is_said_once(string register, int value, string message)
    {
        Bench bench = new Bench().Write("ADCA.CH0.CTRL", register == "CH0.MUXCTRL" ? 0 : SingleEnded).EnableAdc();
        bench.Write($"ADCA.{register}", value).Advance(10_000);
        bench.Write("ADCA.CTRLA", 5).Advance(10_000).Write("ADCA.CTRLA", 5).Advance(10_000);
        Assert.Equal(message, Assert.Single(bench.Chip.Diagnostics.All).Message);
    }

    [Fact]
    public void Starting_too_early_is_said()
    {
        Bench bench = new Bench().Write("ADCA.CH0.CTRL", SingleEnded).Write("ADCA.CTRLA", 4);
        Assert.Equal("ADCA: a conversion is started while ENABLE is 0: it never begins", Assert.Single(bench.Chip.Diagnostics.All).Message);
        bench = new Bench().Write("ADCA.CH0.CTRL", SingleEnded).Write("ADCA.CTRLA", 5).Advance(100);
        Assert.Equal("ADCA: a conversion begins less than 12 ADC clocks after ENABLE: the part is still starting up, and its result inaccurate", Assert.Single(bench.Chip.Diagnostics.All).Message);
    }
}
