using CsCheck;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.UsartBench;

namespace Xmega.Tests.Serial;

public class UsartReception
{
    private const string Rxd = "PORTC.PIN2";
    private const int Bit = 16; // cycles a bit at BSEL 0

    // RXEN written in cycle n starts the generator: tick m at n + m * period. A line that falls in cycle c is seen by the
    // first tick at or after c + 2 (pin synchroniser): sample 1. Bit 9, the stop bit, is decided by its sample 10, that
    // is 9 * 16 + 9 ticks later (with CLK2X sample 6: 9 * 8 + 5).
    [Theory]
    [InlineData(0, 0, 10, 12 + 153)]
    [InlineData(12, 0, 10, 13 * (1 + 153))]       // c + 2 = 12: tick 1 at 13
    [InlineData(12, 0, 11, 13 * (1 + 153))]       // c + 2 = 13: still tick 1
    [InlineData(12, 0, 12, 13 * (2 + 153))]       // c + 2 = 14: tick 2
    [InlineData(12, CLK2X, 10, 13 * (1 + 77))]
    [InlineData(0, CLK2X, 10, 12 + 77)]
    public void The_flag_is_set_at_the_last_deciding_sample_of_the_stop_bit(int bsel, int speed, int fall, long set)
    {
        Bench bench = Receiver(out Line line, bsel, speed: speed);
        long n = bench.Now;
        int bit = (bsel + 1) * (speed == 0 ? 16 : 8);
        bench.Watch("USARTC0.RX").Advance(fall);
        line.Send("010000010", bit).Set(true);
        bench.AdvanceTo(n + set - 1);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        bench.Advance(1);
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal([(n + set, "USARTC0.RX", 0x41L)], bench.Trace);
        Assert.Equal(0x41, bench.Read("USARTC0.DATA"));
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
    }

    [Theory]
    [InlineData(0, "0101011", 0x15, 0)]
    [InlineData(0, "0111111", 0x1F, 0)]
    [InlineData(1, "01010101", 0x15, 0)]
    [InlineData(2, "010000011", 0x41, 0)]
    [InlineData(NINE, "01000001001", 0x41, 0)]
    [InlineData(NINE, "01000001011", 0x41, RXB8)]
    [InlineData(NINE | ODD, "011111111100", 0xFF, RXB8 | FERR)] // start, nine ones, parity 0, and the stop bit is missing
    [InlineData(EIGHT | EVEN, "01000001001", 0x41, 0)]
    [InlineData(EIGHT | EVEN, "01000001011", 0x41, PERR)]
    [InlineData(EIGHT | ODD, "01000001011", 0x41, 0)]
    [InlineData(EIGHT | ODD, "01000001001", 0x41, PERR)]
    [InlineData(EIGHT, "0100000100", 0x41, FERR)]
    [InlineData(EIGHT | EVEN, "01000001010", 0x41, FERR | PERR)]
    [InlineData(EIGHT | SBMODE, "01000001010", 0x41, 0)]        // only the first stop bit counts
    public void Characters_come_with_their_ninth_bit_and_errors(int format, string levels, int data, int status)
    {
        Bench bench = Receiver(out Line line, 0, format);
        line.Send(levels, Bit);
        Assert.Equal(DREIF | RXCIF | status, bench.Read("USARTC0.STATUS"));
        Assert.Equal(data, bench.Read("USARTC0.DATA"));
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void The_buffer_holds_two_and_the_shift_register_a_third_without_loss()
    {
        Bench bench = Receiver(out Line line);
        foreach (char c in "abc") Send(line, c);
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal(3, bench.Chip.FindUsart("USARTC0")!.UnreadCharacters);
        Assert.Equal("abc", new string([.. Enumerable.Range(0, 3).Select(_ => (char)bench.Read("USARTC0.DATA"))]));
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void A_start_bit_while_a_third_character_waits_overruns_it()
    {
        Bench bench = Receiver(out Line line);
        foreach (char c in "abc") Send(line, c);
        long fall = bench.Now;
        line.Set(false);
        // The start bit is confirmed at its sample 10: seen at fall + 2, nine ticks later.
        bench.AdvanceTo(fall + 10);
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        bench.Advance(1);
        Assert.Equal(DREIF | RXCIF | BUFOVF, bench.Read("USARTC0.STATUS"));
        bench.AdvanceTo(fall + Bit);
        line.Send("0010011011", Bit); // 'd' without its start bit, and idle
        Assert.Equal(DREIF | RXCIF | BUFOVF, bench.Read("USARTC0.STATUS"));
        Assert.Equal('a', bench.Read("USARTC0.DATA"));
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal('b', bench.Read("USARTC0.DATA"));
        Assert.Equal('d', bench.Read("USARTC0.DATA"));
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void Reading_before_the_start_bit_saves_the_third_character()
    {
        Bench bench = Receiver(out Line line);
        foreach (char c in "abc") Send(line, c);
        Assert.Equal('a', bench.Read("USARTC0.DATA"));
        Send(line, 'd');
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal("bcd", new string([.. Enumerable.Range(0, 3).Select(_ => (char)bench.Read("USARTC0.DATA"))]));
    }

    // Start bit of one cycle per tick: sample 1 is seen 2 cycles after the fall, samples 8, 9, 10 are 7, 8, 9 ticks later.
    [Theory]
    [InlineData(7, false)]  // high again before sample 8
    [InlineData(8, false)]  // sample 8 low, 9 and 10 high
    [InlineData(9, true)]   // samples 8 and 9 low: confirmed
    [InlineData(16, true)]
    public void A_start_bit_is_confirmed_by_the_majority_of_its_middle_samples(int low, bool confirmed)
    {
        Bench bench = Receiver(out Line line);
        line.Set(false);
        bench.Advance(low);
        line.Set(true);
        bench.Advance(400);
        Assert.Equal(confirmed ? DREIF | RXCIF : DREIF, bench.Read("USARTC0.STATUS"));
        if (confirmed) Assert.Equal(0xFF, bench.Read("USARTC0.DATA"));
    }

    [Theory]
    [InlineData(7, 1, 0)]  // a spike on one of the samples 8, 9, 10 is voted down
    [InlineData(8, 1, 0)]
    [InlineData(9, 1, 0)]
    [InlineData(6, 2, 0)]  // samples 7, 8
    [InlineData(7, 2, 1)]  // samples 8, 9
    [InlineData(8, 2, 1)]  // samples 9, 10
    [InlineData(9, 2, 0)]  // samples 10, 11
    [InlineData(0, 7, 0)]  // samples 1-7 do not count
    [InlineData(10, 6, 0)] // nor do 11-16
    public void A_bit_is_the_majority_of_its_middle_samples(int from, int length, int bit)
    {
        Bench bench = Receiver(out Line line);
        line.Send("0", Bit);
        // Bit 0 of the character is 0 with a spike that begins at sample `from` + 1.
        line.Send("0", from).Send("1", length).Send("0", Bit - from - length);
        line.Send("00000001", Bit);
        Assert.Equal(bit, bench.Read("USARTC0.DATA"));
    }

    [Theory]
    [InlineData(3, 1, 0)]
    [InlineData(3, 2, 1)] // samples 4, 5
    [InlineData(4, 2, 1)] // samples 5, 6
    [InlineData(5, 2, 0)]
    public void With_CLK2X_the_samples_4_5_6_decide(int from, int length, int bit)
    {
        Bench bench = Receiver(out Line line, speed: CLK2X);
        line.Send("0", 8).Send("0", from).Send("1", length).Send("0", 8 - from - length).Send("00000001", 8);
        Assert.Equal(bit, bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void The_next_start_bit_may_come_right_behind_the_samples_of_the_stop_bit()
    {
        // 8N1 with a stop bit of 10 samples only.
        Bench bench = Receiver(out Line line);
        line.Send("010000010", Bit).Send("1", 10).Send("011000010", Bit).Send("1", Bit);
        Assert.Equal(0x41, bench.Read("USARTC0.DATA"));
        Assert.Equal(0x43, bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void A_break_is_one_character_with_a_framing_error_until_the_line_has_been_high()
    {
        Bench bench = Receiver(out Line line);
        line.Send("0", 100 * Bit);
        Assert.Equal(DREIF | RXCIF | FERR, bench.Read("USARTC0.STATUS"));
        Assert.Equal(0, bench.Read("USARTC0.DATA"));
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        line.Send("1", Bit);
        Send(line, 'x');
        Assert.Equal('x', bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void An_inverted_pin_receives_an_inverted_line()
    {
        Bench bench = UsartBench.Bench().Write("PORTC.PIN2CTRL", 0x40);
        var line = new Line(bench, Rxd);
        line.Set(false);
        bench.Write("USARTC0.CTRLB", RXEN);
        line.Send("1011111010", Bit);
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal(0x41, bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void A_glitch_between_two_ticks_is_not_seen()
    {
        Bench bench = Receiver(out Line line, 12);
        bench.Watch("USARTC0.RX").Advance(13 - 2 + 1); // just after the last change that tick 1 sees
        line.Send("0", 12).Send("1", 13 * 200);
        Assert.Empty(bench.Trace);
    }

    [Fact]
    public void A_line_that_is_low_when_the_receiver_starts_is_no_start_bit()
    {
        Bench bench = UsartBench.Bench().Write("USARTC0.CTRLB", RXEN).Advance(1000);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
    }

    [Fact]
    public void Disabling_flushes_the_buffer_and_drops_the_frame_under_way()
    {
        Bench bench = Receiver(out Line line);
        Send(line, 'a');
        line.Send("01000", Bit);
        bench.Write("USARTC0.CTRLB", 0);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        bench.Write("USARTC0.CTRLB", RXEN);
        line.Send("11111111", Bit);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        Send(line, 'b');
        Assert.Equal('b', bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void Enabling_makes_the_pin_an_input_and_disabling_gives_the_direction_back()
    {
        Bench bench = UsartBench.Bench().Write("PORTC.DIR", 0x04).Write("PORTC.OUT", 0x04);
        Pin pin = bench.Chip.FindPin(Rxd)!;
        Assert.Equal(LogicLevel.High, pin.Level);
        bench.Write("USARTC0.CTRLB", RXEN);
        Assert.Equal(LogicLevel.Floating, pin.Level);
        bench.Write("USARTC0.CTRLB", 0);
        Assert.Equal(LogicLevel.High, pin.Level);
    }

    [Fact]
    public void Writing_one_to_the_receive_flag_leaves_unread_data_alone()
    {
        Bench bench = Receiver(out Line line);
        Send(line, 'a');
        bench.Write("USARTC0.STATUS", RXCIF);
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal('a', bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void Looking_at_the_data_does_not_take_it()
    {
        Bench bench = Receiver(out Line line);
        Send(line, 'a');
        int address = TestSupport.Bench.AddressOf("USARTC0.DATA");
        Assert.Equal((byte)'a', bench.Chip.Data.Io.Peek(address));
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal('a', bench.Read("USARTC0.DATA"));
        Assert.Equal(0, bench.Read("USARTC0.DATA"));
    }

    [Theory]
    [InlineData(NINE, "01000001001", "01000001011", RXB8)]   // the ninth bit marks an address
    [InlineData(EIGHT, "01000001001", "01000001011", 0)]     // else the first stop bit does: "data" is a frame with stop bit 0
    public void In_multiprocessor_mode_only_addresses_are_received(int format, string data, string address, int status)
    {
        Bench bench = Receiver(out Line line, 0, format, MPCM);
        bench.Watch("USARTC0.RX");
        line.Send(data + "1", Bit);
        Assert.Equal(DREIF, bench.Read("USARTC0.STATUS"));
        line.Send(address + "1", Bit);
        Assert.Equal(DREIF | RXCIF | status, bench.Read("USARTC0.STATUS"));
        bench.Write("USARTC0.CTRLB", RXEN);
        line.Send(data + "1", Bit);
        Assert.Equal(2, bench.Trace.Count);
    }

    [Theory]
    [InlineData("CTRLC", 0)]
    [InlineData("CTRLB", RXEN | CLK2X)]
    public void A_format_written_during_a_frame_holds_from_the_next_one(string register, int value)
    {
        Bench bench = Receiver(out Line line);
        line.Send("0", 8);
        bench.Write($"USARTC0.{register}", value);
        line.Send("0", 8).Send("100000101", Bit);
        Assert.Equal(DREIF | RXCIF, bench.Read("USARTC0.STATUS"));
        Assert.Equal(0x41, bench.Read("USARTC0.DATA"));
    }

    [Fact]
    public void A_write_of_the_low_rate_byte_moves_the_samples_at_once()
    {
        // The line falls and stays low. Sample 1 is seen 2 cycles later; 20 cycles on, the period goes from 1 to 5: of the
        // 153 ticks to the stop bit's sample 10, 20 - 2 are over.
        Bench bench = Receiver(out Line line);
        long fall = bench.Now;
        line.Set(false);
        bench.Watch("USARTC0.RX").Advance(20).Write("USARTC0.BAUDCTRLA", 4).Advance(2000);
        Assert.Equal([fall + 20 + ((153 - 18) * 5)], bench.CyclesOf("USARTC0.RX"));
    }

    [Fact]
    public void State_goes_out_and_back_at_any_moment_of_a_noisy_line()
    {
        Gen.Select(Gen.Int[1, 40].Array[20, 60], Gen.Int[0, 19]).Sample(
            (lengths, moment) =>
            {
                Bench straight = UsartBench.Bench(2, -1);
                var line = new Line(straight, Rxd);
                straight.Write("USARTC0.CTRLB", RXEN);
                for (int i = 0; i < moment; i++) line.Send(i % 2 == 0 ? "0" : "1", lengths[i]);
                var save = new StateStream();
                foreach (IoModule module in straight.Chip.Data.Io.Modules) module.State(save);
                Bench resumed = new();
                var again = new Line(resumed, Rxd);
                again.Set(moment == 0 || moment % 2 == 0);
                resumed.AdvanceTo(straight.Now);
                var load = new StateStream(save.ToArray());
                foreach (IoModule module in resumed.Chip.Data.Io.Modules) module.State(load);
                straight.Watch("USARTC0.RX");
                resumed.Watch("USARTC0.RX");
                for (int i = moment; i < lengths.Length; i++)
                {
                    line.Send(i % 2 == 0 ? "0" : "1", lengths[i]);
                    again.Send(i % 2 == 0 ? "0" : "1", lengths[i]);
                    Assert.Equal(straight.Read("USARTC0.STATUS"), resumed.Read("USARTC0.STATUS"));
                }

                Assert.Equal(straight.Trace, resumed.Trace);
            },
            iter: 300);
    }

    [Fact]
    public void The_receiver_samples_as_a_plain_sampler_would_for_any_line()
    {
        // The reference samples the line at every tick, through two cycles of history, one sample after the other.
        Gen.Select(Gen.Int[0, 5], Gen.Int[-3, 1], Gen.Bool, Gen.Int[1, 60].Array[5, 120]).Sample(
            (bsel, bscale, doubleSpeed, lengths) =>
            {
                Bench bench = UsartBench.Bench(bsel, bscale);
                var line = new Line(bench, Rxd);
                bench.Advance(5).Write("USARTC0.CTRLB", RXEN | (doubleSpeed ? CLK2X : 0)).Watch("USARTC0.RX");
                long n = bench.Now;
                var history = new List<bool>();
                bool level = true;
                foreach (int length in lengths)
                {
                    history.AddRange(Enumerable.Repeat(level, length));
                    line.Send(level ? "1" : "0", length);
                    level = !level;
                }

                bench.Write("USARTC0.CTRLB", 0);
                IEnumerable<(long Cycle, int Value)> expected = Sampler(history, Ticks(bsel, bscale, history.Count), doubleSpeed ? 8 : 16)
                    .Select(r => (r.Cycle + n, r.Value));
                Assert.Equal(expected, bench.Trace.Select(t => (t.Cycle, (int)t.Value)));
            },
            iter: 500);
    }

    private static IEnumerable<(long Cycle, int Value)> Sampler(List<bool> history, long[] ticks, int perBit)
    {
        bool before = true;
        int sample = -1; // samples since the start edge
        int ones = 0, frame = 0;
        for (int i = 1; i < ticks.Length && ticks[i] <= history.Count; i++)
        {
            bool now = ticks[i] < 2 || history[(int)ticks[i] - 2];
            if (sample < 0 && before && !now) (sample, ones, frame) = (0, 0, 0);
            else if (sample >= 0) sample++;
            before = now;
            if (sample < 0) continue;
            int place = sample / perBit, inBit = (sample % perBit) - (perBit / 2) + 1;
            if (inBit is >= 0 and <= 2 && now) ones++;
            if (inBit != 2) continue;
            if (place == 0 && ones >= 2) sample = -1;
            if (ones >= 2) frame |= 1 << place;
            ones = 0;
            if (place != 9 || sample < 0) continue;
            sample = -1;
            yield return (ticks[i], ((frame >> 1) & 0xFF) | ((frame & 0x200) == 0 ? 0x400 : 0));
        }
    }

    private static Bench Receiver(out Line line, int bsel = 0, int format = EIGHT, int speed = 0)
    {
        Bench bench = UsartBench.Bench(bsel, 0, format);
        line = new Line(bench, Rxd);
        bench.Advance(100).Write("USARTC0.CTRLB", RXEN | speed);
        return bench;
    }

    private static void Send(Line line, char c) =>
        line.Send("0" + string.Concat(Enumerable.Range(0, 8).Select(b => (c >> b) & 1)) + "1", Bit);
}
