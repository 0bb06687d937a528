using Xmega.TestSupport;

namespace Xmega.Tests.Dma;

/// <summary>Sets DMA channels up by their registers and looks at what they did, as firmware would.</summary>
internal static class DmaBench
{
    public const int ENABLE = 0x80;
    public const int RESET = 0x40;
    public const int REPEAT = 0x20;
    public const int TRFREQ = 0x10;
    public const int SINGLE = 0x04;

    public const int CHBUSY = 0x80;
    public const int CHPEND = 0x40;
    public const int ERRIF = 0x20;
    public const int TRNIF = 0x10;

    // ADDRCTRL
    public const int SRC_INC = 0x10;
    public const int DEST_INC = 0x01;

    /// <summary>CPU cycles from TRFREQ to the cycle of the first access.</summary>
    public const int Arbitration = 2;

    /// <summary>A bench whose controller is enabled.</summary>
    public static Bench Enabled(int control = 0x80) => new Bench().Write("DMA.CTRL", control);

    /// <summary>Writes everything of a channel but CTRLA.</summary>
    public static Bench Channel(this Bench bench, int n, int source, int destination, int count, int addressControl = SRC_INC | DEST_INC, int trigger = 0, int repeat = 0)
    {
        for (int i = 0; i < 3; i++)
        {
            bench.Write($"DMA.CH{n}.SRCADDR{i}", (source >> (8 * i)) & 0xFF);
            bench.Write($"DMA.CH{n}.DESTADDR{i}", (destination >> (8 * i)) & 0xFF);
        }

        return bench.Write($"DMA.CH{n}.TRFCNT", count).Write($"DMA.CH{n}.ADDRCTRL", addressControl).Write($"DMA.CH{n}.TRIGSRC", trigger).Write($"DMA.CH{n}.REPCNT", repeat);
    }

    /// <summary>Puts bytes into data memory.</summary>
    public static Bench Fill(this Bench bench, int address, params byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++) bench.Chip.Data.Write(address + i, bytes[i]);
        return bench;
    }

    /// <summary>Looks at bytes of data memory.</summary>
    public static byte[] Look(this Bench bench, int address, int count) => [.. Enumerable.Range(address, count).Select(bench.Chip.Data.Peek)];

    /// <summary>The running value of a three-byte address register.</summary>
    public static int Address(this Bench bench, string register) =>
        bench.Read(register + "0") | (bench.Read(register + "1") << 8) | (bench.Read(register + "2") << 16);
}
