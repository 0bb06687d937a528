using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.UsartBench;

namespace Xmega.Tests.Serial;

/// <summary>IrDA mode: a USART with the pulse coder and decoder of IRCOM.</summary>
public class UsartInfrared
{
    private const int IRDA = 0x80;
    private const string Rxd = "PORTC.PIN2";
    private const string Txd = "PORTC.PIN3";

    // 96 cycles a bit.
    private static Bench Infrared(int txplctrl = 0, int rxplctrl = 0, int ctrl = 0) => Bench(5, 0, EIGHT | IRDA)
        .Write("IRCOM.CTRL", ctrl).Write("IRCOM.TXPLCTRL", txplctrl).Write("IRCOM.RXPLCTRL", rxplctrl).Write("USARTC0.CTRLB", RXEN | TXEN);

    [Theory]
    [InlineData(0, 18)]  // 3/16 of 96 cycles
    [InlineData(1, 1)]
    [InlineData(40, 40)]
    public void A_zero_is_a_pulse_and_a_one_is_none(int txplctrl, int pulse)
    {
        Bench bench = Infrared(txplctrl).Watch(Txd).Watch("USARTC0.TX");
        Assert.False(bench.Chip.FindPin(Txd)!.IsHigh);
        bench.Write("USARTC0.DATA", 0xA6).Advance(2000); // 0, 0 1 1 0 0 1 0 1, 1
        long begin = bench.CyclesOf("USARTC0.TX")[0];
        long[] zeros = [0, 1, 4, 5, 7];
        Assert.Equal(zeros.Select(bit => begin + (96 * bit)), bench.CyclesOf(Txd, 1));
        Assert.Equal(zeros.Select(bit => begin + (96 * bit) + pulse), bench.CyclesOf(Txd, 0));
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(30, 20)]
    [InlineData(0xFF, 0)] // not coded: the line itself
    [InlineData(0xFF, 200)]
    public void What_is_sent_as_light_is_received(int txplctrl, int rxplctrl)
    {
        Bench bench = Infrared(txplctrl, rxplctrl).Wire(Txd, Rxd);
        foreach (int character in new[] { 0x00, 0xFF, 0x55, 0xA6 })
        {
            bench.Write("USARTC0.DATA", character).Advance(1200);
            Assert.Equal(RXCIF, bench.Read("USARTC0.STATUS") & (RXCIF | FERR | BUFOVF));
            Assert.Equal(character, bench.Read("USARTC0.DATA"));
        }
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void The_filter_wants_pulses_of_one_sample_more_than_RXPLCTRL(int pulse, bool accepted)
    {
        Bench bench = Infrared(0, 9);
        var line = new Line(bench, Rxd);
        line.Set(false);
        bench.Advance(500).Watch("USARTC0.RX").Write("USARTC0.CTRLB", 0).Write("USARTC0.CTRLB", RXEN);
        line.Set(true);
        bench.Advance(pulse);
        line.Set(false);
        bench.Advance(1200);
        // One pulse is a start bit; everything behind it are ones.
        Assert.Equal(accepted ? [0xFFL] : [], bench.Trace.Select(t => t.Value));
    }

    [Fact]
    public void An_event_channel_takes_the_place_of_RXD()
    {
        // The pulses on TXD are rising edges of PORTC.PIN3, events of channel 2.
        Bench bench = Infrared(0, 0, 8 + 2).Write("PORTC.PIN3CTRL", 0x01).Write("EVSYS.CH2MUX", 0x63).Write("USARTC0.DATA", 0x96).Advance(1200);
        Assert.Equal(RXCIF, bench.Read("USARTC0.STATUS") & (RXCIF | FERR));
        Assert.Equal(0x96, bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void State_goes_out_and_back_in_the_middle_of_a_pulse()
    {
        for (int moment = 1; moment < 400; moment += 7)
        {
            Bench straight = Infrared().Wire(Txd, Rxd).Write("USARTC0.DATA", 0x18).Advance(moment);
            Bench resumed = straight.CopyTo(new Bench().Wire(Txd, Rxd));
            foreach (Bench bench in new[] { straight, resumed }) bench.Watch(Txd).Watch("USARTC0.*").Advance(1500);
            Assert.Equal(straight.Trace, resumed.Trace);
            Assert.Equal(0x18, resumed.Read("USARTC0.DATA"));
        }
    }
}
