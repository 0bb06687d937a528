using Xmega.Ports;
using Xmega.TestSupport;

namespace Xmega.Tests.Serial;

/// <summary>Bits of the USART registers by their datasheet names, and short hands for benches that use them.</summary>
internal static class UsartBench
{
    public const int RXCIF = 0x80;
    public const int TXCIF = 0x40;
    public const int DREIF = 0x20;
    public const int FERR = 0x10;
    public const int BUFOVF = 0x08;
    public const int PERR = 0x04;
    public const int RXB8 = 0x01;

    public const int RXEN = 0x10;
    public const int TXEN = 0x08;
    public const int CLK2X = 0x04;
    public const int MPCM = 0x02;
    public const int TXB8 = 0x01;

    public const int EVEN = 0x20;
    public const int ODD = 0x30;
    public const int SBMODE = 0x08;
    public const int EIGHT = 3;
    public const int NINE = 7;

    /// <summary>A bench with USARTC0's TXD as an output and the rate set, nothing enabled.</summary>
    public static Bench Bench(int bsel = 0, int bscale = 0, int format = EIGHT) =>
        new Bench().Write("PORTC.OUT", 0x08).Write("PORTC.DIR", 0x08).Configure("USARTC0", bsel, bscale, format);

    public static Bench Configure(this Bench bench, string usart, int bsel, int bscale, int format) => bench
        .Write($"{usart}.BAUDCTRLB", ((bscale & 15) << 4) | (bsel >> 8))
        .Write($"{usart}.BAUDCTRLA", bsel & 0xFF)
        .Write($"{usart}.CTRLC", format);

    public static Bench Wire(this Bench bench, string a, string b)
    {
        bench.Chip.FindPin(a)!.Join(bench.Chip.FindPin(b)!);
        return bench;
    }

    /// <summary>The cycles from the generator's start to tick 1, 2, ... by the accumulator that the reference describes.</summary>
    public static long[] Ticks(int bsel, int bscale, int count)
    {
        var ticks = new long[count + 1];
        int modulus = 1 << Math.Max(0, -bscale);
        int accumulator = 0;
        for (int i = 1; i <= count; i++)
        {
            if (bscale >= 0)
            {
                ticks[i] = ticks[i - 1] + ((long)(bsel + 1) << bscale);
                continue;
            }

            accumulator += bsel;
            ticks[i] = ticks[i - 1] + 1 + (accumulator / modulus);
            accumulator %= modulus;
        }

        return ticks;
    }
}

/// <summary>Puts a pin to levels in exact cycles.</summary>
internal sealed class Line
{
    private readonly Bench _bench;
    private readonly PinDriver _driver;
    private readonly bool _openDrain;

    public Line(Bench bench, string pin, bool openDrain = false)
    {
        _bench = bench;
        _openDrain = openDrain;
        _driver = bench.Chip.FindPin(pin)!.AddDriver("test");
        Set(true);
    }

    public void Set(bool high) => _driver.Drive = high && _openDrain ? PinDrive.None : PinDrive.Strong(high);

    /// <summary>Holds levels, one character each ('0' or '1'), for so many cycles each, from the current cycle on.</summary>
    public Line Send(string levels, long cyclesEach)
    {
        foreach (char level in levels)
        {
            Set(level == '1');
            _bench.Advance(cyclesEach);
        }

        return this;
    }
}
