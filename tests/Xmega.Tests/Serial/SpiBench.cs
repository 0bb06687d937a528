using Xmega.TestSupport;

namespace Xmega.Tests.Serial;

/// <summary>Bits of the SPI registers by their datasheet names, and a bench with a master wired to a slave.</summary>
internal static class SpiBench
{
    public const int CLK2X = 0x80;
    public const int ENABLE = 0x40;
    public const int DORD = 0x20;
    public const int MASTER = 0x10;
    public const int MODE = 0x0C;

    public const int IF = 0x80;
    public const int WRCOL = 0x40;

    public const string SS = "PORTC.PIN4";
    public const string MOSI = "PORTC.PIN5";
    public const string MISO = "PORTC.PIN6";
    public const string SCK = "PORTC.PIN7";

    /// <summary>SPIC as the master with SS high as an output, alone.</summary>
    public static Bench Master(int ctrl) =>
        new Bench().Write("PORTC.OUT", 0x10).Write("PORTC.DIR", 0xB0).Write("SPIC.CTRL", ENABLE | MASTER | ctrl);

    /// <summary>SPIC as the master and SPID as the slave, not yet selected, wired to each other.</summary>
    public static Bench Pair(int ctrl, int slaveCtrl) =>
        Wired(new Bench()).Write("PORTC.OUT", 0x10).Write("PORTC.DIR", 0xB0).Write("PORTD.DIR", 0x40)
            .Write("SPID.CTRL", ENABLE | slaveCtrl).Write("SPIC.CTRL", ENABLE | MASTER | ctrl);

    public static Bench Wired(Bench bench)
    {
        for (int pin = 4; pin < 8; pin++) bench.Chip.FindPin($"PORTC.PIN{pin}")!.Join(bench.Chip.FindPin($"PORTD.PIN{pin}")!);
        return bench;
    }

    public static Bench Select(this Bench bench, bool selected = true) => bench.Write(selected ? "PORTC.OUTCLR" : "PORTC.OUTSET", 0x10);

    /// <summary>Puts another bench, with the same wires, where this one is.</summary>
    public static Bench CopyTo(this Bench bench, Bench other)
    {
        other.Chip.Restore(bench.Chip.Save());
        return other;
    }
}
