using Xmega.Workbench.Parts;
using Xunit;
using static Xmega.Workbench.Tests.Parts.PartBench;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>Parts that show something.</summary>
public class DisplayPartTests
{
    private readonly PartBench _bench = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_seven_segment_digit_shows_figures(bool commonAnode)
    {
        var digit = new SevenSegment(_bench.Chip, _bench.Port("PORTC", 0, 8), commonAnode);
        Assert.Equal(" ", digit.Text);
        int turn = commonAnode ? 0xFF : 0;
        Assert.Equal("3", Show(0x4F));
        Assert.Equal("b.", Show(0xFC));
        Assert.Equal("?", Show(0x21));

        string Show(int pattern)
        {
            _bench.Write("PORTC", 0, 8, pattern ^ turn);
            return digit.Text;
        }
    }

    [Fact]
    public void Digits_that_are_lit_by_turns_are_seen_together_until_nobody_lights_them()
    {
        var display = new SevenSegment(_bench.Chip, _bench.Port("PORTC", 0, 7), false, _bench.Port("PORTD", 0, 2));
        _bench.Write("PORTD", 0, 2, 3);
        for (int n = 0; n < 4; n++)
        {
            // The segments change before the digit does: for two microseconds the wrong one shows it.
            _bench.Write("PORTC", 0, 7, (n & 1) == 0 ? 0x5B : 0x66).Wait(2 * Microsecond);
            _bench.Write("PORTD", 0, 2, (n & 1) == 0 ? 2 : 1).Wait(Millisecond);
            _bench.Write("PORTD", 0, 2, 3);
        }

        Assert.Equal("24", display.Text);
        _bench.Wait(200 * Millisecond);
        Assert.Equal("  ", display.Text);
    }

    [Fact]
    public void A_strip_takes_colours_from_the_lengths_of_pulses()
    {
        _bench.Chip.Timeline.SetFrequency(32_000_000, 1);
        var strip = new Ws2812(_bench.Chip, _bench["PORTC.PIN0"], 2);
        foreach (int grb in new[] { 0x8001FE, 0x00FF00, 0x123456 })
            for (int bit = 23; bit >= 0; bit--)
                _bench.Pulse("PORTC.PIN0", (grb & (1 << bit)) != 0 ? 700_000 : 350_000, 600_000);
        Assert.Equal([0, 0], strip.Colours);
        _bench.Wait(50 * Microsecond);
        Assert.Equal([0x0180FE, 0xFF0000], strip.Colours);
        Assert.Equal((1, 0), (strip.Frames, strip.BadBits));
        _bench.Pulse("PORTC.PIN0", Microsecond, Microsecond);
        Assert.Equal(1, strip.BadBits);
        Assert.Equal([0x0180FE, 0xFF0000], strip.Colours);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void A_character_display_shows_what_is_written_to_it(int lines)
    {
        var lcd = new Hd44780(_bench.Chip, new Hd44780Pins(_bench["PORTD.PIN0"], _bench["PORTD.PIN1"], _bench["PORTD.PIN2"], _bench.Port("PORTC", 8 - lines, lines)));
        _bench.Write("PORTD", 0, 3, 0);
        if (lines == 4)
        {
            Strobe(0x20);
            _bench.Wait(50 * Microsecond);
        }

        foreach (int instruction in new[] { lines == 4 ? 0x28 : 0x38, 0x0E, 0x06, 0x01 }) Put(instruction, 2 * Millisecond);
        Assert.True(lcd.IsOn && lcd.HasCursor);
        Text("Hi");
        Put(0xC0);
        Text("A1~");
        Assert.Equal("Hi              \nA1→             ", lcd.Text);

        Put(0x18); // the display moves left, and right again
        Assert.Equal("i", lcd.Row(0).Trim());
        Put(0x02, 2 * Millisecond);
        Assert.Equal((0, "Hi"), (lcd.Address, lcd.Row(0).Trim()));

        Put(0x80 | 0x27);
        Text("xy");
        Assert.Equal((byte)'x', lcd.Characters.Span[0x27]);
        Assert.Equal((byte)'y', lcd.Characters.Span[0x40]);
        Put(0x48);
        Put(0x15, rs: true);
        Assert.Equal(0x15, lcd.Glyphs.Span[8]);
        Put(0x08);
        Assert.Equal("", lcd.Row(0).Trim());
        Assert.Equal(0, lcd.IgnoredWrites);

        void Text(string text)
        {
            foreach (char c in text) Put(c, rs: true);
        }

        void Put(int value, long wait = 50 * Microsecond, bool rs = false)
        {
            _bench.Set("PORTD.PIN0", rs);
            Strobe(value);
            if (lines == 4) Strobe(value << 4);
            _bench.Wait(wait);
        }

        void Strobe(int value) => _bench.Write("PORTC", 8 - lines, lines, (value & 0xFF) >> (8 - lines)).Pulse("PORTD.PIN2", Microsecond, Microsecond);
    }

    [Fact]
    public void A_character_display_is_busy_after_a_write_and_says_so()
    {
        // The data lines belong to the display alone here: all pulled low, which clears it each time E falls.
        var lcd = new Hd44780(_bench.Chip, new Hd44780Pins(_bench["PORTD.PIN0"], _bench["PORTD.PIN1"], _bench["PORTD.PIN2"], _bench.Port("PORTC", 0, 8)));
        _bench["PORTC.PIN0"].AddDriver("resistor").Drive = Xmega.Ports.PinDrive.Pull(true);
        _bench.Write("PORTD", 0, 3, 0).Pulse("PORTD.PIN2", Microsecond, Microsecond);
        Assert.True(lcd.IsBusy);
        Assert.True(BusyFlag());
        _bench.Set("PORTD.PIN1", false).Pulse("PORTD.PIN2", Microsecond, Microsecond);
        Assert.Equal(1, lcd.IgnoredWrites);
        _bench.Wait(1_530 * Microsecond);
        Assert.False(BusyFlag());
        Assert.Equal(Xmega.Ports.LogicLevel.Floating, _bench["PORTC.PIN7"].Level);

        bool BusyFlag()
        {
            _bench.Set("PORTD.PIN1", true).Set("PORTD.PIN2", true).Wait(Microsecond);
            bool busy = _bench["PORTC.PIN7"].IsHigh;
            _bench.Set("PORTD.PIN2", false).Wait(Microsecond);
            return busy;
        }
    }
}
