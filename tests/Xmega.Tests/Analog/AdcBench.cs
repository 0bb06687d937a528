using Xmega.Ports;
using Xmega.TestSupport;

namespace Xmega.Tests.Analog;

/// <summary>What tests of converters and comparators do: volts at pins, conversions.</summary>
internal static class AdcBench
{
    public const int Enable = 0x01;
    public const int Signed = 0x10;
    public const int FreeRun = 0x08;
    public const int EightBits = 0x04;
    public const int LeftAdjusted = 0x06;
    public const int SingleEnded = 0x01;
    public const int Differential = 0x02;
    public const int WithGain = 0x03;

    /// <summary>clk_PER cycles in one of clk_ADC with PRESCALER = 0.</summary>
    public const int Clock = 4;

    public static PinDriver Volts(this Bench bench, string pin, long microvolts)
    {
        PinDriver source = bench.Chip.FindPin(pin)!.AddDriver(pin);
        source.Give(microvolts);
        return source;
    }

    /// <summary>Enables ADCA and lets it start up.</summary>
    public static Bench EnableAdc(this Bench bench, int ctrlb = 0)
    {
        bench.Write("ADCA.CTRLB", ctrlb).Write("ADCA.CTRLA", Enable);
        return bench.Advance(24 * Clock);
    }

    /// <summary>Converts on channel 0 and gives RES.</summary>
    public static int Convert(this Bench bench)
    {
        bench.Write("ADCA.CTRLA", Enable | 0x04).Advance(10 * Clock);
        return bench.Read("ADCA.CH0.RES");
    }

    public static byte[] StateOf(this Bench bench, params string[] modules)
    {
        var stream = new State.StateStream();
        bench.Carry(stream, modules);
        return stream.ToArray();
    }

    public static void Carry(this Bench bench, State.StateStream stream, params string[] modules)
    {
        foreach (string name in modules) bench.Chip.Data.Io.Modules.Single(m => m.Name == name).State(stream);
    }
}
