using System.Text;
using CsCheck;
using Xmega.Serial;
using Xmega.TestSupport;
using Xmega.Workbench.Serial;
using Xunit;

namespace Xmega.Workbench.Tests.Serial;

public class SerialLineTests
{
    private const int RXCIF = 0x80;
    private const int DREIF = 0x20;
    private const int BUFOVF = 0x08;
    private const int RXEN = 0x10;
    private const int TXEN = 0x08;
    private const long Cycle = 500_000; // picoseconds at 2 MHz, the clock after reset

    // BSEL 12 at 2 MHz: a bit is 16 * 13 = 208 cycles, 9615 baud.
    private static Bench Bench(int format = 3) => new Bench().Write("PORTC.OUT", 8).Write("PORTC.DIR", 8).Write("USARTC0.BAUDCTRLA", 12).Write("USARTC0.CTRLC", format);

    [Theory]
    [InlineData(0x03, 8, FrameParity.None, 1)]
    [InlineData(0x22, 7, FrameParity.Even, 1)]
    [InlineData(0x38, 5, FrameParity.Odd, 2)]
    [InlineData(0x37, 9, FrameParity.Odd, 1)]
    public void What_a_USART_sends_an_independent_receiver_reads(int ctrlc, int dataBits, FrameParity parity, int stopBits)
    {
        Bench bench = Bench(ctrlc);
        var format = new FrameFormat(dataBits, parity, stopBits);
        Assert.Equal(format, bench.Chip.FindUsart("USARTC0")!.Format);
        var receiver = new SerialReceiver(bench.Chip, bench.Chip.FindPin("PORTC.PIN3")!, 208 * Cycle, format);
        bench.Write("USARTC0.CTRLB", TXEN);
        foreach (int value in new[] { 0x00, 0xFF, 0x55, 0x01 })
        {
            while ((bench.Read("USARTC0.STATUS") & DREIF) == 0) bench.Advance(1);
            bench.Write("USARTC0.DATA", value);
        }

        bench.Advance(6000);
        Assert.Equal([.. new[] { 0x00, 0xFF, 0x55, 0x01 }.Select(v => v & ((1 << Math.Min(8, dataBits)) - 1))], receiver.Received.Select(c => c.Value));
        Assert.All(receiver.Received, c => Assert.False(c.ParityError || c.FramingError));
        Assert.All(receiver.Received.Zip(receiver.Received.Skip(1)), p => Assert.Equal(format.Length * 208, p.Second.Cycle - p.First.Cycle));
    }

    [Fact]
    public void A_wrong_format_shows_as_errors()
    {
        Bench bench = Bench(0x23); // 8E1
        var odd = new SerialReceiver(bench.Chip, bench.Chip.FindPin("PORTC.PIN3")!, 208 * Cycle, new FrameFormat(8, FrameParity.Odd, 1));
        var none = new SerialReceiver(bench.Chip, bench.Chip.FindPin("PORTC.PIN3")!, 208 * Cycle, FrameFormat.EightNoneOne);
        bench.Write("USARTC0.CTRLB", TXEN).Write("USARTC0.DATA", 0).Advance(5000);
        Assert.True(Assert.Single(odd.Received).ParityError);
        Assert.True(Assert.Single(none.Received).FramingError); // it takes the parity bit, 0, for the stop bit
    }

    // Ten bits must hold within half a bit less a sample: about 4.5 %.
    [Theory]
    [InlineData(98, true)]
    [InlineData(102, true)]
    [InlineData(92, false)]
    [InlineData(108, false)]
    public void The_receiver_bears_two_percent_and_not_eight(int percent, bool received)
    {
        Bench bench = Bench();
        byte[] text = Encoding.ASCII.GetBytes("UUU\0\x7F~");
        var sender = new SerialTransmitter(bench.Chip, bench.Chip.FindPin("PORTC.PIN2")!, 208 * Cycle * percent / 100, FrameFormat.EightNoneOne);
        bench.Write("USARTC0.CTRLB", RXEN);
        sender.Send(text);
        Assert.Equal(received, Drain(bench, sender, out bool errors).SequenceEqual(text));
        Assert.Equal(!received, errors);
    }

    [Theory]
    [InlineData(0x03, 0)]
    [InlineData(0x23, 0x04)]
    [InlineData(0x3F, 0x04)]
    public void A_sender_that_follows_the_USART_uses_its_rate_and_format(int ctrlc, int clk2x)
    {
        Bench bench = Bench(ctrlc).Write("USARTC0.BAUDCTRLB", 0xF0).Write("USARTC0.BAUDCTRLA", 5); // 3.5 cycles a tick
        var sender = new SerialTransmitter(bench.Chip, bench.Chip.FindUsart("USARTC0")!);
        byte[] text = Encoding.ASCII.GetBytes("Hello, world");
        sender.Send(text);
        bench.Advance(5000);
        Assert.Equal(text.Length, sender.Waiting); // nobody listens yet
        bench.Write("USARTC0.CTRLB", RXEN | clk2x).Watch("USARTC0.RX");
        long from = bench.Now;
        Assert.Equal(text, Drain(bench, sender, out bool errors));
        Assert.False(errors);
        // Back to back: a frame is Length bits of 16 (8) ticks of 3.5 cycles.
        double frame = bench.Chip.FindUsart("USARTC0")!.Format.Length * (clk2x == 0 ? 16 : 8) * 3.5;
        Assert.InRange(bench.Trace[^1].Cycle - from, frame * (text.Length - 0.5), frame * (text.Length + 0.5));
    }

    [Fact]
    public void It_waits_for_slow_firmware_and_never_overflows_it()
    {
        Gen.Int[1, 20_000].Array[4, 12].Sample(
            pauses =>
            {
                Bench bench = Bench().Write("USARTC0.CTRLB", RXEN);
                var sender = new SerialTransmitter(bench.Chip, bench.Chip.FindUsart("USARTC0")!);
                byte[] text = [.. pauses.Select((_, i) => (byte)('a' + i))];
                sender.Send(text);
                var received = new List<byte>();
                foreach (int pause in pauses)
                {
                    bench.Advance(pause);
                    while ((bench.Read("USARTC0.STATUS") & RXCIF) == 0) bench.Advance(1);
                    Assert.Equal(0, bench.Read("USARTC0.STATUS") & BUFOVF);
                    Assert.InRange(bench.Chip.FindUsart("USARTC0")!.UnreadCharacters, 1, 2);
                    received.Add((byte)bench.Read("USARTC0.DATA"));
                }

                Assert.Equal(text, received);
                bench.Advance(300);
                Assert.True(sender.IsIdle);
            },
            iter: 30);
    }

    [Fact]
    public void A_sender_at_its_own_rate_keeps_it_when_the_clock_changes()
    {
        // Two frames of 2080 cycles at 2 MHz; in the middle of the first the clock doubles, so the second one's start is
        // 1040 µs after the first's still, but more cycles on.
        Bench bench = new();
        var sender = new SerialTransmitter(bench.Chip, bench.Chip.FindPin("PORTC.PIN2")!, 208 * Cycle, FrameFormat.EightNoneOne);
        var receiver = new SerialReceiver(bench.Chip, bench.Chip.FindPin("PORTC.PIN2")!, 208 * Cycle, FrameFormat.EightNoneOne);
        sender.Send("ab"u8);
        bench.Advance(208 + 1040);
        bench.Chip.Timeline.SetFrequency(4_000_000, 1);
        bench.Advance(10_000);
        Assert.Equal(['a', 'b'], receiver.Received.Select(c => (char)c.Value));
        Assert.Equal(1040 + (2 * 1040), receiver.Received[1].Cycle - receiver.Received[0].Cycle);
    }

    private static byte[] Drain(Bench bench, SerialTransmitter sender, out bool errors)
    {
        var received = new List<byte>();
        errors = false;
        long last = bench.Now + 100_000;
        for (long idle = 0; bench.Now < last && idle < 1000; idle = sender.IsIdle ? idle + 1 : 0)
        {
            bench.Advance(1);
            int status = bench.Read("USARTC0.STATUS");
            if ((status & RXCIF) == 0) continue;
            errors |= (status & 0x1C) != 0;
            received.Add((byte)bench.Read("USARTC0.DATA"));
        }

        return [.. received];
    }
}
