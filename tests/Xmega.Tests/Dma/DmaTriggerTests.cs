using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Dma.DmaBench;

namespace Xmega.Tests.Dma;

/// <summary>What starts a transfer (8077I 5.3, 5.14.4), and what one trigger moves.</summary>
public class DmaTriggerTests
{
    private const int Source = 0x2100;
    private const int Destination = 0x2200;
    private const int TCC0_OVF = 0x40;
    private const int TCC0_CCA = 0x42;
    private const int USARTC0_RXC = 0x4B;
    private const int USARTC0_DRE = 0x4C;
    private const int GPIOR0 = 0x0000;

    private readonly Bench _bench = Enabled();

    [Fact]
    public void A_software_request_moves_a_block()
    {
        _bench.Fill(Source, 1, 2, 3, 4, 5).Channel(0, Source, Destination, 5).Write("DMA.CH0.CTRLA", ENABLE);
        Assert.Equal(0, _bench.Read("DMA.STATUS"));
        _bench.Advance(20).Write("DMA.CH0.CTRLA", ENABLE | TRFREQ);
        Assert.Equal(0x01, _bench.Read("DMA.STATUS"));
        Assert.Equal(ENABLE | TRFREQ, _bench.Read("DMA.CH0.CTRLA"));
        _bench.Advance(Arbitration);
        Assert.Equal(0x10, _bench.Read("DMA.STATUS"));
        Assert.Equal(ENABLE, _bench.Read("DMA.CH0.CTRLA"));
        _bench.Advance(100);
        Assert.Equal([1, 2, 3, 4, 5], _bench.Look(Destination, 5));
        Assert.Equal(0, _bench.Read("DMA.CH0.CTRLA"));
        Assert.Equal(TRNIF, _bench.Read("DMA.CH0.CTRLB"));
        Assert.Equal(0x01, _bench.Read("DMA.INTFLAGS"));
        Assert.Equal((5, Source + 5, Destination + 5), (_bench.Read("DMA.CH0.TRFCNT"), _bench.Address("DMA.CH0.SRCADDR"), _bench.Address("DMA.CH0.DESTADDR")));
    }

    [Fact]
    public void Every_overflow_of_a_timer_moves_one_burst_whatever_its_flag_says()
    {
        _bench.Fill(Source, 1, 2, 3, 4).Channel(0, Source, GPIOR0, 4, SRC_INC, TCC0_OVF).Write("DMA.CH0.CTRLA", ENABLE | SINGLE).Watch("DMA.CH0").Watch("TCC0.OVF");
        _bench.Write("TCC0.PER", 99).Write("TCC0.CTRLA", 1).Advance(1000);
        IReadOnlyList<long> overflows = _bench.CyclesOf("TCC0.OVF");
        // Two cycles of arbitration, two to read SRAM, one to write.
        Assert.Equal(overflows.Take(4).Select(c => c + 4), _bench.CyclesOf("DMA.CH0"));
        Assert.Equal(1, _bench.Read("TCC0.INTFLAGS") & 1);
    }

    [Fact]
    public void The_access_that_serves_a_timer_clears_the_flag_it_came_with()
    {
        _bench.Fill(Source, 0x34, 0x12).Channel(0, Source, Bench.AddressOf("TCC0.CCABUF"), 2, SRC_INC | DEST_INC, TCC0_CCA).Write("DMA.CH0.CTRLA", ENABLE | SINGLE | 1);
        _bench.Write("TCC0.PER", 999).Write("TCC0.CCA", 10).Write("TCC0.CTRLA", 1).Advance(12);
        Assert.Equal(0x10, _bench.Read("TCC0.INTFLAGS") & 0x10);
        _bench.Advance(20);
        Assert.Equal(0x1234, _bench.Read("TCC0.CCABUF"));
        Assert.Equal(0, _bench.Read("TCC0.INTFLAGS") & 0x10);
    }

    [Fact]
    public void The_data_register_of_a_transmitter_is_filled_whenever_it_is_empty()
    {
        _bench.Fill(Source, 0x55, 0x66, 0x77).Channel(2, Source, Bench.AddressOf("USARTC0.DATA"), 3, SRC_INC, USARTC0_DRE).Watch("USARTC0.TX");
        _bench.Write("PORTC.DIRSET", 0x08).Write("USARTC0.BAUDCTRLA", 0).Write("USARTC0.CTRLB", 0x08).Write("DMA.CH2.CTRLA", ENABLE | SINGLE).Advance(1000);
        Assert.Equal([0x55L, 0x66, 0x77], _bench.Trace.Select(t => t.Value));
        Assert.Equal(TRNIF, _bench.Read("DMA.CH2.CTRLB"));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_received_character_is_fetched()
    {
        // TXD on PC3 is wired to RXD on PC2 by sending with the receiver of the same USART on.
        _bench.Channel(1, Bench.AddressOf("USARTC0.DATA"), Destination, 2, DEST_INC, USARTC0_RXC).Write("DMA.CH1.CTRLA", ENABLE | SINGLE);
        _bench.Chip.FindPin("PORTC.PIN3")!.Join(_bench.Chip.FindPin("PORTC.PIN2")!);
        _bench.Write("PORTC.DIR", 0x08).Write("USARTC0.CTRLB", 0x18).Write("USARTC0.DATA", 0xA5).Advance(200).Write("USARTC0.DATA", 0x5A).Advance(1000);
        Assert.Equal([0xA5, 0x5A], _bench.Look(Destination, 2));
        Assert.Equal(0, _bench.Read("USARTC0.STATUS") & 0x80);
    }
}
