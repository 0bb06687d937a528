using CsCheck;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.UsartBench;

namespace Xmega.Tests.Serial;

/// <summary>Modes with XCK: synchronous master and slave, and master SPI.</summary>
public class UsartClocked
{
    private const int SYNCHRONOUS = 0x40;
    private const int MSPI = 0xC0;
    private const int UDORD = 0x04;
    private const int UCPHA = 0x02;
    private const string Xck = "PORTC.PIN1";
    private const string Rxd = "PORTC.PIN2";
    private const string Txd = "PORTC.PIN3";

    // USARTC0 makes XCK, USARTD0 follows it.
    private static Bench Pair(int bsel, int format, Bench? bench = null) => (bench ?? new Bench())
        .Wire(Xck, "PORTD.PIN1").Wire(Txd, "PORTD.PIN2").Wire(Rxd, "PORTD.PIN3")
        .Write("PORTC.DIR", 0x0A).Write("PORTD.DIR", 0x08)
        .Configure("USARTC0", bsel, 0, format | SYNCHRONOUS).Configure("USARTD0", 0, 0, format | SYNCHRONOUS)
        .Write("USARTD0.CTRLB", RXEN | TXEN).Write("USARTC0.CTRLB", RXEN | TXEN);

    private static Bench Spi(int bsel, int format) => new Bench().Write("PORTC.DIR", 0x0A).Configure("USARTC0", bsel, 0, format | MSPI).Write("USARTC0.CTRLB", RXEN | TXEN);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 5)]
    [InlineData(99, 100)]
    public void XCK_of_a_synchronous_master_has_half_periods_of_BSEL_and_1_cycles(int bsel, int half)
    {
        Bench bench = Pair(bsel, EIGHT).Watch(Xck).Advance(20 * half);
        long[] edges = [.. bench.CyclesOf(Xck)];
        Assert.InRange(edges.Length, 18, 21);
        for (int i = 1; i < edges.Length; i++) Assert.Equal(half, edges[i] - edges[i - 1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TXD_changes_at_the_rising_edge_of_XCK_or_the_falling_one_where_it_is_inverted(bool inverted)
    {
        Bench bench = Pair(3, EIGHT).Write("PORTC.PIN1CTRL", inverted ? 0x40 : 0).Advance(20).Watch(Xck).Watch(Txd).Write("USARTC0.DATA", 0x55).Advance(200);
        long[] changes = [.. bench.CyclesOf(Txd)];
        Assert.Equal(10, changes.Length); // start, eight bits that alternate, stop
        Assert.All(changes, c => Assert.Contains((c, Xck, inverted ? 0L : 1L), bench.Trace));
        for (int i = 1; i < changes.Length; i++) Assert.Equal(8, changes[i] - changes[i - 1]);
    }

    [Fact]
    public void Characters_go_both_ways_between_synchronous_master_and_slave_in_every_format() =>
        Gen.Select(Gen.Int[3, 20], Gen.Int[0, 4].Select(n => n < 4 ? n : NINE), Gen.Int[0, 2].Select(n => n == 0 ? 0 : n == 1 ? EVEN : ODD), Gen.Bool, Gen.Select(Gen.Byte, Gen.Byte).List[1, 4]).Sample(
            (bsel, size, parity, twoStop, characters) =>
            {
                Bench bench = Pair(bsel, size | parity | (twoStop ? SBMODE : 0)).Advance(50);
                int mask = size == NINE ? 0xFF : (0x20 << size) - 1;
                foreach ((byte there, byte back) in characters)
                {
                    bench.Write("USARTC0.DATA", there).Advance(7).Write("USARTD0.DATA", back).Advance(15 * 2 * (bsel + 1));
                    Assert.Equal(RXCIF | TXCIF | DREIF, bench.Read("USARTD0.STATUS"));
                    Assert.Equal(RXCIF | TXCIF | DREIF, bench.Read("USARTC0.STATUS"));
                    Assert.Equal((back & mask, there & mask), (bench.Read("USARTC0.DATA"), bench.Read("USARTD0.DATA")));
                    bench.Write("USARTC0.STATUS", TXCIF).Write("USARTD0.STATUS", TXCIF);
                }

                Assert.Empty(bench.Chip.Diagnostics.All);
            },
            iter: 60);

    [Fact]
    public void Frames_follow_each_other_without_a_gap()
    {
        Bench bench = Pair(3, EIGHT).Watch("USARTC0.TX").Watch("USARTD0.RX").Write("USARTC0.DATA", 1).Advance(30).Write("USARTC0.DATA", 2).Advance(90).Write("USARTC0.DATA", 3).Advance(300);
        long[] sent = [.. bench.CyclesOf("USARTC0.TX")];
        Assert.Equal([80L, 80L], [sent[1] - sent[0], sent[2] - sent[1]]);
        Assert.Equal([1L, 2L, 3L], bench.Trace.Where(t => t.Signal == "USARTD0.RX").Select(t => t.Value));
    }

    [Fact]
    public void A_synchronous_clock_too_fast_for_the_slave_is_pointed_out()
    {
        Bench bench = Pair(0, EIGHT).Advance(10);
        Assert.Contains("USARTD0: XCK from outside is too fast", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false, 0, true)]      // mode 0: sampled at the rising edge
    [InlineData(UCPHA, false, 1, false)] // mode 1
    [InlineData(0, true, 2, false)]      // mode 2: SCK is high when idle
    [InlineData(UCPHA, true, 3, true)]   // mode 3
    public void Master_SPI_has_the_four_modes(int phase, bool inverted, int mode, bool samplesRising)
    {
        foreach ((int order, int onTheLine) in new[] { (0, 0xC1), (UDORD, 0x83) })
        {
            Bench bench = Spi(3, phase | order).Write("PORTC.PIN1CTRL", inverted ? 0x40 : 0).Advance(11);
            Pin sck = bench.Chip.FindPin(Xck)!, mosi = bench.Chip.FindPin(Txd)!;
            Assert.Equal(mode >= 2, sck.IsHigh);
            bench.Write("USARTC0.DATA", 0xC1);
            int bits = 0, read = 0;
            for (int i = 0; i < 80; i++)
            {
                bool before = sck.IsHigh, data = mosi.IsHigh;
                bench.Advance(1);
                if (sck.IsHigh == before || sck.IsHigh != samplesRising) continue;
                read = (read << 1) | (data ? 1 : 0);
                bits++;
            }

            Assert.Equal((8, onTheLine, mode >= 2), (bits, read, sck.IsHigh));
        }
    }

    [Fact]
    public void Bytes_of_master_SPI_follow_without_a_gap_and_the_clock_stops_behind_the_last()
    {
        Bench bench = Spi(1, 0).Watch(Xck).Watch("USARTC0.TX").Wire(Txd, Rxd).Advance(7);
        bench.Write("USARTC0.DATA", 0x3C).Advance(2);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        bench.Write("USARTC0.DATA", 0xA7).Advance(100);
        long[] sent = [.. bench.CyclesOf("USARTC0.TX")], edges = [.. bench.CyclesOf(Xck)];
        Assert.Equal(32, sent[1] - sent[0]);
        Assert.Equal(Enumerable.Range(1, 32).Select(i => sent[0] + (2 * i)), edges);
        Assert.Equal(RXCIF | TXCIF | DREIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal((0x3C, 0xA7), (bench.Read("USARTC0.DATA"), bench.Read("USARTC0.DATA")));
        Assert.Equal(TXCIF | DREIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void Master_SPI_exchanges_bytes_with_an_SPI_slave_in_every_mode() =>
        Gen.Select(Gen.Int[0, 3], Gen.Bool, Gen.Int[1, 9], Gen.Select(Gen.Byte, Gen.Byte).List[1, 4]).Sample(
            (mode, lowestFirst, bsel, bytes) =>
            {
                Bench bench = Spi(bsel, ((mode & 1) != 0 ? UCPHA : 0) | (lowestFirst ? UDORD : 0)).Write("PORTC.PIN1CTRL", mode >= 2 ? 0x40 : 0)
                    .Wire(Xck, "PORTD.PIN7").Wire(Txd, "PORTD.PIN5").Wire(Rxd, "PORTD.PIN6").Write("PORTD.DIR", 0x40)
                    .Write("SPID.CTRL", 0x40 | (lowestFirst ? 0x20 : 0) | (mode << 2)).Advance(20);
                foreach ((byte there, byte back) in bytes)
                {
                    bench.Write("SPID.DATA", back).Write("USARTC0.DATA", there).Advance(18 * (bsel + 1));
                    Assert.Equal(RXCIF | TXCIF | DREIF, bench.Read("USARTC0.STATUS"));
                    Assert.Equal((back, there), (bench.Read("USARTC0.DATA"), bench.Read("SPID.DATA")));
                    bench.Write("USARTC0.STATUS", TXCIF);
                }

                Assert.Empty(bench.Chip.Diagnostics.All);
            },
            iter: 60);

    [Fact]
    public void Power_reduction_and_saved_states_stop_and_resume_in_the_middle()
    {
        Gen.Select(Gen.Int[1, 150], Gen.Int[1, 100], Gen.Bool).Sample(
            (moment, stopped, spi) =>
            {
                Bench Running() => (spi ? Spi(3, 0).Advance(3) : Pair(3, EIGHT).Advance(3)).Watch("PORTC.*").Watch("USARTC0.*").Write("USARTC0.DATA", 0x5A).Advance(10).Write("USARTC0.DATA", 0xC3).Advance(moment);
                Bench straight = Running(), resumed = Running();
                long at = straight.Now;
                Bench copy = straight.CopyTo(spi ? new Bench() : Pair(3, EIGHT));
                copy.Watch("PORTC.*").Watch("USARTC0.*").Advance(300);
                straight.Advance(300);
                Assert.Equal(straight.Trace.Where(t => t.Cycle > at), copy.Trace.Where(t => t.Cycle > at));
                if (!spi) return; // a stopped master stops its slave, but not the other way round
                resumed.Write("PR.PRPC", 0x10).Advance(stopped).Write("PR.PRPC", 0).Advance(300);
                Assert.Equal(straight.Trace.Select(t => (t.Cycle > at ? t.Cycle + stopped : t.Cycle, t.Signal, t.Value)), resumed.Trace);
            },
            iter: 60);
    }
}
