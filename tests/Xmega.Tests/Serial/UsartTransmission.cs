using CsCheck;
using Xmega.Ports;
using Xmega.Serial;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.UsartBench;

namespace Xmega.Tests.Serial;

public class UsartTransmission
{
    private const string Txd = "PORTC.PIN3";

    // Frame of 8N1 = 10 bits of 16 ticks (8 with CLK2X). TXEN written in cycle n starts the generator: tick m at n + m * period.
    // DATA written in the same cycle moves to the shift register at tick 1.
    [Theory]
    [InlineData(0, 0, 0, 1, 160)]        // fPER / 16, the fastest: 160 cycles
    [InlineData(0, 0, CLK2X, 1, 80)]     // fPER / 8
    [InlineData(12, 0, 0, 13, 2080)]     // 9600 at 2 MHz: 16 * 13 * 10
    [InlineData(12, 0, CLK2X, 13, 1040)]
    [InlineData(12, 2, 0, 52, 8320)]     // times 2^2
    [InlineData(5, -1, 0, 3, 560)]       // periods 3, 4, 3, 4: 3.5 * 160
    [InlineData(3, -2, 0, 1, 280)]       // 1 + 3/4 = 1.75 * 160
    [InlineData(4095, 7, 0, 524288, 83886080)]
    public void A_frame_begins_at_the_next_tick_and_lasts_its_bits(int bsel, int bscale, int speed, long start, long length)
    {
        Bench bench = Bench(bsel, bscale).Watch("USARTC0.TX").Write("USARTC0.CTRLB", TXEN | speed);
        long n = bench.Now;
        bench.Write("USARTC0.DATA", 0x41);

        bench.AdvanceTo(n + start - 1);
        Assert.Equal(0, bench.Read("USARTC0.STATUS"));
        bench.Advance(1);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal([(n + start, "USARTC0.TX", 0x41L)], bench.Trace);

        // The frame ends ten bits of ticks after tick 1: for a fraction the sum begins behind the first period.
        long end = n + Ticks(bsel, bscale, 161)[1 + (speed == 0 ? 160 : 80)];
        Assert.InRange(end - (n + start), length - 1, length + 1);
        bench.AdvanceTo(end - 1);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        bench.Advance(1);
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void A_character_that_does_not_leave_the_chip_is_pointed_out()
    {
        Bench bench = Bench(0, 0).Write("PORTC.DIRCLR", 1 << 3).Write("USARTC0.CTRLB", TXEN).Write("USARTC0.DATA", 0x41).Advance(1);
        Assert.Contains("TXD (PORTC.PIN3) is an input", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);

        bench = Bench(0, 0).Write("PORTC.DIRSET", 1 << 3).Write("USARTC0.CTRLB", TXEN).Write("USARTC0.DATA", 0x41).Advance(1);
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Every_edge_on_the_pin_lies_on_its_tick_for_any_rate() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[-7, 3], Gen.Byte, Gen.Int[0, 40], Gen.Bool).Sample(
            (bsel, bscale, character, wait, doubleSpeed) =>
            {
                Bench bench = Bench(bsel, bscale).Watch(Txd).Write("USARTC0.CTRLB", TXEN | (doubleSpeed ? CLK2X : 0));
                long n = bench.Now;
                bench.Advance(wait).Write("USARTC0.DATA", character);
                int perBit = doubleSpeed ? 8 : 16;
                long[] ticks = Ticks(bsel, bscale, 400);
                int first = Array.FindIndex(ticks, t => t > wait);
                string levels = "0" + string.Concat(Enumerable.Range(0, 8).Select(b => (character >> b) & 1)) + "1";
                var expected = new List<(long, string, long)>();
                for (int i = 0; i < levels.Length; i++)
                    if (levels[i] != (i == 0 ? '1' : levels[i - 1])) expected.Add((n + ticks[first + (i * perBit)], Txd, levels[i] - '0'));
                bench.AdvanceTo(n + ticks[^1]);
                Assert.Equal(expected, bench.Trace);
            },
            iter: 200);

    [Theory]
    [InlineData(0, 0x15, "0101011")]                        // 5N1: start, 1 0 1 0 1, stop
    [InlineData(1, 0x15, "01010101")]                       // 6N1
    [InlineData(2, 0x41, "010000011")]                      // 7N1
    [InlineData(3, 0x41, "0100000101")]                     // 8N1
    [InlineData(NINE, 0x41, "01000001001")]                 // 9N1, TXB8 = 0
    [InlineData(NINE | 0x100, 0x41, "01000001011")]         // 9N1, TXB8 = 1
    [InlineData(3 | EVEN, 0x41, "01000001001")]             // two ones: even parity 0
    [InlineData(3 | ODD, 0x41, "01000001011")]              // odd parity 1
    [InlineData(2 | EVEN, 0x43, "0110000111")]              // 7E1, three ones: 1
    [InlineData(3 | SBMODE, 0x41, "01000001011")]           // 8N2
    [InlineData(NINE | 0x100 | ODD | SBMODE, 0xFF, "0111111111011")] // 9O2, nine ones: 0
    [InlineData(0, 0xFF, "0111111")]                        // 5N1: upper bits are ignored
    public void A_frame_has_the_bits_of_its_format(int format, int character, string levels)
    {
        Bench bench = Bench(0, 0, format & 0xFF).Write("USARTC0.CTRLB", TXEN | ((format & 0x100) != 0 ? TXB8 : 0)).Write("USARTC0.DATA", character);
        Pin pin = bench.Chip.FindPin(Txd)!;
        bench.Advance(1 + 8); // tick 1 and half a bit
        var seen = new string([.. levels.Select(_ => { char level = pin.IsHigh ? '1' : '0'; bench.Advance(16); return level; })]);
        Assert.Equal(levels, seen);
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
        Assert.True(pin.IsHigh);
    }

    [Fact]
    public void The_end_of_the_frame_waits_for_every_stop_bit()
    {
        Bench bench = Bench(format: EIGHT | EVEN | SBMODE).Write("USARTC0.CTRLB", TXEN).Write("USARTC0.DATA", 0);
        bench.Advance(1 + (12 * 16) - 1);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        bench.Advance(1);
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void A_waiting_character_follows_without_a_gap_and_holds_the_end_flag_back()
    {
        Bench bench = Bench().Watch("USARTC0.TX").Write("USARTC0.CTRLB", TXEN);
        long n = bench.Now;
        bench.Write("USARTC0.DATA", 'a').Advance(1).Write("USARTC0.DATA", 'b');
        Assert.Equal(0, bench.Read("USARTC0.STATUS"));
        bench.Advance(159);
        Assert.Equal(0, bench.Read("USARTC0.STATUS"));
        bench.Advance(1);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        bench.AdvanceTo(n + 1 + 320);
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal([(n + 1, "USARTC0.TX", 'a'), (n + 161, "USARTC0.TX", 'b')], bench.Trace);
    }

    [Fact]
    public void A_write_while_the_buffer_is_full_is_ignored()
    {
        Bench bench = Bench().Watch("USARTC0.TX").Write("USARTC0.CTRLB", TXEN);
        bench.Write("USARTC0.DATA", 'a').Write("USARTC0.DATA", 'b').Advance(1).Write("USARTC0.DATA", 'c').Write("USARTC0.DATA", 'd').Advance(1000);
        Assert.Equal(['a', 'c'], bench.Trace.Select(t => (char)t.Value));
    }

    [Fact]
    public void The_ninth_bit_is_taken_together_with_the_data()
    {
        Bench bench = Bench(format: NINE).Watch("USARTC0.TX").Write("USARTC0.CTRLB", TXEN | TXB8).Write("USARTC0.DATA", 0x12).Write("USARTC0.CTRLB", TXEN).Advance(500);
        Assert.Equal(0x112, bench.Trace[0].Value);
    }

    [Fact]
    public void The_end_flag_is_cleared_by_writing_one_to_it()
    {
        Bench bench = Bench().Write("USARTC0.CTRLB", TXEN).Write("USARTC0.DATA", 0).Advance(200);
        bench.Write("USARTC0.STATUS", 0xFF & ~TXCIF);
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
        bench.Write("USARTC0.STATUS", TXCIF);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void Enabling_takes_the_output_value_but_not_the_direction()
    {
        Bench bench = Bench().Write("PORTC.OUT", 0);
        Pin pin = bench.Chip.FindPin(Txd)!;
        bench.Write("USARTC0.CTRLB", TXEN);
        Assert.Equal(LogicLevel.High, pin.Level);
        bench.Write("PORTC.DIR", 0);
        Assert.Equal(LogicLevel.Floating, pin.Level);
        bench.Write("PORTC.DIR", 8).Write("USARTC0.CTRLB", 0);
        Assert.Equal(LogicLevel.Low, pin.Level);
    }

    [Fact]
    public void The_line_idles_high_between_frames_whatever_OUT_says()
    {
        Bench bench = Bench().Write("PORTC.OUT", 0).Write("USARTC0.CTRLB", TXEN).Watch("USARTC0.TX");
        foreach (char c in "ab")
        {
            bench.Write("USARTC0.DATA", c).Advance(200);
            Assert.True(bench.Chip.FindPin(Txd)!.IsHigh);
        }

        Assert.Equal(2, bench.Trace.Count);
    }

    [Fact]
    public void A_format_written_during_a_frame_holds_from_the_next_one()
    {
        Bench bench = Bench().Write("USARTC0.CTRLB", TXEN).Watch("USARTC0.TX");
        long n = bench.Now;
        bench.Write("USARTC0.DATA", 0x55).Advance(20).Write("USARTC0.DATA", 0x55).Write("USARTC0.CTRLC", 0).Write("USARTC0.CTRLB", TXEN | CLK2X);
        // Ten bits of 16, then seven bits of 8.
        Assert.Equal(n + 1 + 160 + 56, bench.Chip.FindUsart("USARTC0")!.TransmitterIdleCycle);
        bench.AdvanceTo(n + 1 + 160 + 55);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        bench.Advance(1);
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal([0x55L, 0x15L], bench.Trace.Select(t => t.Value));
    }

    [Fact]
    public void Disabling_waits_for_what_is_under_way_and_pending()
    {
        Bench bench = Bench().Write("PORTC.OUT", 0).Watch("USARTC0.TX").Write("USARTC0.CTRLB", TXEN);
        IUsartPort usart = bench.Chip.FindUsart("USARTC0")!;
        long n = bench.Now;
        bench.Write("USARTC0.DATA", 0xFF).Advance(1).Write("USARTC0.DATA", 0xFF).Write("USARTC0.CTRLB", 0);
        Assert.Equal(n + 321, usart.TransmitterIdleCycle);
        bench.AdvanceTo(n + 320);
        Assert.True(usart.IsTransmitterOn);
        Assert.True(usart.Txd.IsHigh);
        bench.Advance(1);
        Assert.False(usart.IsTransmitterOn);
        Assert.False(usart.Txd.IsHigh);
        Assert.Equal(2, bench.Trace.Count);
        Assert.Equal(DREIF | TXCIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void A_character_written_before_enabling_is_sent_after_it()
    {
        Bench bench = Bench().Watch("USARTC0.TX").Write("USARTC0.DATA", 'x').Advance(100);
        Assert.Equal(0, bench.Read("USARTC0.STATUS"));
        long n = bench.Now;
        bench.Write("USARTC0.CTRLB", TXEN).Advance(1);
        Assert.Equal([n + 1], bench.CyclesOf("USARTC0.TX", 'x'));
    }

    [Fact]
    public void A_write_of_the_low_rate_byte_moves_the_rest_of_the_frame_at_once()
    {
        // 0x00: start and eight zeros, so the line rises at bit 9. After 16 ticks of one cycle the period becomes 5:
        // the rise comes at 1 + 16 + (144 - 16) * 5.
        Bench bench = Bench().Write("USARTC0.CTRLB", TXEN);
        long n = bench.Now;
        bench.Write("USARTC0.DATA", 0).Watch(Txd).Advance(17).Write("USARTC0.BAUDCTRLA", 4).Advance(2000);
        Assert.Equal([n + 17 + (128 * 5)], bench.CyclesOf(Txd, 1));
    }

    [Fact]
    public void A_write_of_the_high_rate_byte_waits_for_the_next_tick()
    {
        // Period 10. Written in cycle 15, the new period of 20 begins at tick 2 = cycle 20; TXD fell at tick 1 = cycle 10
        // and rises 144 ticks later: 20 + 143 * 20.
        Bench bench = Bench(9).Write("USARTC0.CTRLB", TXEN);
        long n = bench.Now;
        bench.Write("USARTC0.DATA", 0).Watch(Txd).Advance(15).Write("USARTC0.BAUDCTRLB", 0x10).Advance(4000);
        Assert.Equal([n + 10], bench.CyclesOf(Txd, 0));
        Assert.Equal([n + 20 + (143 * 20)], bench.CyclesOf(Txd, 1));
    }

    [Fact]
    public void A_reset_lets_the_pin_go_in_the_middle_of_a_frame()
    {
        Bench bench = Bench().Write("USARTC0.CTRLB", TXEN).Write("USARTC0.DATA", 0).Advance(50);
        bench.Chip.Reset(ResetSource.Software);
        Assert.Equal(LogicLevel.Floating, bench.Chip.FindPin(Txd)!.Level);
        bench.Advance(1000);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
    }
}
