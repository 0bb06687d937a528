using Xmega.ExternalBus;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Dma.DmaBench;

namespace Xmega.Tests.Dma;

/// <summary>DMA between internal memory and what is special at the other end: the external bus, the AES module.</summary>
public class DmaDestinationTests
{
    private const int AES = 0x04; // TRIGSRC
    private const int External = 0x010000, Sram = 0x2000, Back = 0x2100;
    private const int KEY = 0xC3, STATE = 0xC2;

    [Theory]
    [InlineData(0)] // bursts of 1
    [InlineData(3)] // of 8
    public void A_block_goes_to_external_memory_and_comes_back(int burst)
    {
        Bench bench = Enabled();
        bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x10000, 0);
        bench.Write("PORTH.DIR", 0xFF).Write("EBI.CTRL", 0x0D).Write("EBI.CS0.BASEADDR", External >> 8).Write("EBI.CS0.CTRLA", (8 << 2) | 1);
        byte[] bytes = [.. Enumerable.Range(0, 200).Select(n => (byte)((n * 7) + 1))];
        bench.Fill(Sram, bytes).Channel(0, Sram, External + 0x7F9C, 200).Write("DMA.CH0.CTRLA", ENABLE | TRFREQ | burst).Advance(5000);
        Assert.Equal(bytes, bench.Look(External + 0x7F9C, 200));
        bench.Channel(1, External + 0x7F9C, Back, 200).Write("DMA.CH1.CTRLA", ENABLE | TRFREQ | burst).Advance(5000);
        Assert.Equal(bytes, bench.Look(Back, 200));
        Assert.Equal(TRNIF, bench.Read("DMA.CH1.CTRLB") & (TRNIF | ERRIF));
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Plaintext_goes_in_and_ciphertext_comes_out_without_the_CPU()
    {
        // SP 800-38A, F.1.1. With AUTO the 16th byte starts the operation, and its end requests the way back.
        byte[] key = Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3C");
        byte[] plain = Convert.FromHexString("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51");
        byte[] cipher = Convert.FromHexString("3AD77BB40D7A3660A89ECAF32466EF97F5D3D58503B9699DE785895A96FDBAAF");
        Bench bench = Enabled().Fill(Sram, plain);
        for (int block = 0; block < 2; block++)
        {
            bench.Write("AES.CTRL", 0x40); // AUTO
            foreach (byte b in key) bench.Write("AES.KEY", b); // an encryption leaves the last subkey there
            bench.Channel(0, Sram + (16 * block), STATE, 16, SRC_INC).Channel(1, STATE, Back + (16 * block), 16, DEST_INC, AES)
                .Write("DMA.CH1.CTRLA", ENABLE).Write("DMA.CH0.CTRLA", ENABLE | TRFREQ).Advance(700);
            Assert.Equal(TRNIF, bench.Read("DMA.CH1.CTRLB") & (TRNIF | ERRIF));
            bench.Write("DMA.INTFLAGS", 0xFF);
        }

        Assert.Equal(cipher, bench.Look(Back, 32));
        Assert.Equal(0, bench.Read("AES.STATUS")); // taken by reading STATE
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void The_key_may_come_by_DMA_too()
    {
        Bench bench = Enabled().Fill(Sram, Convert.FromHexString("000102030405060708090A0B0C0D0E0F")).Fill(Sram + 16, Convert.FromHexString("00112233445566778899AABBCCDDEEFF"));
        bench.Write("AES.CTRL", 0x40);
        bench.Channel(0, Sram, KEY, 16, SRC_INC).Channel(1, Sram + 16, STATE, 16, SRC_INC).Write("DMA.CH0.CTRLA", ENABLE | TRFREQ | 3).Write("DMA.CH1.CTRLA", ENABLE | TRFREQ | 3).Advance(500);
        byte[] result = [.. Enumerable.Range(0, 16).Select(_ => (byte)bench.Read("AES.STATE"))];
        Assert.Equal("69C4E0D86A7B0430D8CDB78070B4C55A", Convert.ToHexString(result)); // FIPS-197 C.1
    }
}
