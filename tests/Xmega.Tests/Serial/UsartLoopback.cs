using CsCheck;
using Xmega.Memory;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.UsartBench;

namespace Xmega.Tests.Serial;

public class UsartLoopback
{
    public static TheoryData<int> Formats
    {
        get
        {
            var formats = new TheoryData<int>();
            foreach (int size in new[] { 0, 1, 2, EIGHT, NINE })
                foreach (int parity in new[] { 0, EVEN, ODD })
                    foreach (int stop in new[] { 0, SBMODE })
                        formats.Add(size | parity | stop);
            return formats;
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_USART_hears_itself_in_every_format(int format)
    {
        int mask = (format & 7) == NINE ? 0x1FF : (0x20 << (format & 7)) - 1;
        Bench bench = Bench(3, 0, format).Wire("PORTC.PIN3", "PORTC.PIN2").Watch("USARTC0.TX").Watch("USARTC0.RX");
        foreach (int character in new[] { 0x000, 0x1FF, 0x055, 0x1AA, 0x101 })
        {
            bench.Write("USARTC0.CTRLB", RXEN | TXEN | (character >> 8)).Write("USARTC0.DATA", character & 0xFF).Advance(1000);
            int status = bench.Read("USARTC0.STATUS");
            Assert.Equal(RXCIF | TXCIF | DREIF, status & ~RXB8);
            Assert.Equal(character & mask, bench.Read("USARTC0.DATA") | ((status & RXB8) << 8));
        }

        Assert.Equal([.. bench.Trace.Where(t => t.Signal == "USARTC0.TX").Select(t => t.Value)], [.. bench.Trace.Where(t => t.Signal == "USARTC0.RX").Select(t => t.Value)]);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, CLK2X)]
    [InlineData(1, -1, CLK2X)]
    [InlineData(3, -2, 0)]
    [InlineData(107, -7, CLK2X)]
    [InlineData(0, 0, 0, "USARTE1", "PORTE.PIN6")]
    [InlineData(107, -5, CLK2X, "USARTF0", "PORTF.PIN2")]
    public void Back_to_back_characters_arrive_at_another_USART(int bsel, int bscale, int speed, string other = "USARTD0", string rxd = "PORTD.PIN2")
    {
        Bench bench = Bench(bsel, bscale).Configure(other, bsel, bscale, EIGHT).Wire("PORTC.PIN3", rxd).Write("USARTC0.CTRLB", TXEN | speed).Advance(7).Write($"{other}.CTRLB", RXEN | speed);
        const string Text = "The quick brown fox\0\xFF";
        var received = new List<char>();
        int sent = 0;
        while (received.Count < Text.Length && bench.Now < 100_000)
        {
            if (sent < Text.Length && (bench.Read("USARTC0.STATUS") & DREIF) != 0) bench.Write("USARTC0.DATA", Text[sent++]);
            if ((bench.Read($"{other}.STATUS") & RXCIF) != 0) received.Add((char)bench.Read($"{other}.DATA"));
            bench.Advance(1);
        }

        Assert.Equal(Text, new string([.. received]));
    }

    [Fact]
    public void Both_ways_at_once()
    {
        Bench bench = Bench(1).Configure("USARTD0", 1, 0, EIGHT).Write("PORTD.DIR", 8)
            .Wire("PORTC.PIN3", "PORTD.PIN2").Wire("PORTD.PIN3", "PORTC.PIN2")
            .Write("USARTC0.CTRLB", RXEN | TXEN).Write("USARTD0.CTRLB", RXEN | TXEN)
            .Write("USARTC0.DATA", 'c').Advance(50).Write("USARTD0.DATA", 'd').Advance(400);
        Assert.Equal('d', bench.Read("USARTC0.DATA"));
        Assert.Equal('c', bench.Read("USARTD0.DATA"));
    }

    [Fact]
    public void Power_reduction_freezes_both_sides_and_they_go_on_where_they_stopped()
    {
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 5000]).Sample(
            (moment, stopped) =>
            {
                Bench Running() => Bench(5, -1).Wire("PORTC.PIN3", "PORTC.PIN2").Watch("USARTC0.*").Watch("PORTC.PIN3").Write("USARTC0.CTRLB", RXEN | TXEN).Write("USARTC0.DATA", 'a').Advance(moment);
                Bench straight = Running().Advance(2000);
                Bench held = Running();
                long at = held.Now;
                held.Write("PR.PRPC", 0x10).Advance(stopped).Write("PR.PRPC", 0).Advance(2000);
                Assert.Equal(straight.Trace.Select(t => (t.Cycle > at ? t.Cycle + stopped : t.Cycle, t.Signal, t.Value)), held.Trace);
            },
            iter: 100);
    }

    [Fact]
    public void State_goes_out_and_back_in_the_middle_of_frames()
    {
        Gen.Int[1, 400].Sample(
            moment =>
            {
                Bench Running() => Bench(5, -1).Wire("PORTC.PIN3", "PORTC.PIN2").Write("USARTC0.CTRLB", RXEN | TXEN).Write("USARTC0.DATA", 'a').Advance(10).Write("USARTC0.DATA", 'b');
                Bench straight = Running().Advance(moment);
                Bench resumed = new Bench().Wire("PORTC.PIN3", "PORTC.PIN2");
                resumed.AdvanceTo(straight.Now);
                var save = new StateStream();
                foreach (IoModule module in straight.Chip.Data.Io.Modules) module.State(save);
                var load = new StateStream(save.ToArray());
                foreach (IoModule module in resumed.Chip.Data.Io.Modules) module.State(load);
                straight.Watch("USARTC0.*").Watch("PORTC.*").Advance(2000);
                resumed.Watch("USARTC0.*").Watch("PORTC.*").Advance(2000);
                Assert.Equal(straight.Trace, resumed.Trace);
                Assert.Equal(straight.Read("USARTC0.STATUS"), resumed.Read("USARTC0.STATUS"));
                Assert.Equal('a', resumed.Read("USARTC0.DATA"));
                Assert.Equal('b', resumed.Read("USARTC0.DATA"));
            },
            iter: 60);
    }
}
