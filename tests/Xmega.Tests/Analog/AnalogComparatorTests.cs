using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Analog.AdcBench;

namespace Xmega.Tests.Analog;

public class AnalogComparatorTests
{
    private const long Volt = 1_000_000;
    private const int HighSpeed = 0x08;
    private const int BothEdges = 0x00;
    private const int Falling = 0x80;
    private const int Rising = 0xC0;
    private const int Scaler = 7;
    private const int Bandgap = 6;

    // At 2 MHz both delays are within a cycle: one to be over, two of the synchroniser.
    private const int Delay = 3;

    private readonly Bench _bench = new Bench().Watch("ACA.*");

    private bool Output => (_bench.Read("ACA.STATUS") & 0x10) != 0;

    private PinDriver Compare(int control = Enable, int mux = Bandgap)
    {
        PinDriver input = _bench.Volts("PORTA.PIN0", 0);
        _bench.Write("ACA.AC0MUXCTRL", mux).Write("ACA.AC0CTRL", control).Advance(10);
        return input;
    }

    [Fact]
    public void The_output_is_one_while_the_positive_input_is_above_the_negative_one()
    {
        PinDriver input = Compare();
        foreach ((long microvolts, bool above) in (ReadOnlySpan<(long, bool)>)[(1_099_999, false), (1_100_000, false), (1_100_001, true), (1_100_000, false), (3 * Volt, true), (0, false)])
        {
            input.Give(microvolts);
            _bench.Advance(10);
            Assert.Equal(above, Output);
        }
    }

    [Theory]
    [InlineData(0x02, 10_000)]
    [InlineData(0x04, 25_000)]
    public void With_hysteresis_it_takes_half_of_it_more_to_switch(int hysteresis, long half)
    {
        PinDriver input = Compare(Enable | hysteresis);
        foreach ((long offset, bool above) in (ReadOnlySpan<(long, bool)>)[(half, false), (half + 1, true), (-half, true), (-half - 1, false), (half, false)])
        {
            input.Give(1_100_000 + offset);
            _bench.Advance(10);
            Assert.Equal(above, Output);
        }
    }

    [Theory]
    [InlineData(HighSpeed, 32_000_000, 2 + 2)]
    [InlineData(0, 32_000_000, 5 + 2)]
    [InlineData(HighSpeed, 2_000_000, 1 + 2)]
    [InlineData(0, 2_000_000, 1 + 2)]
    public void The_output_comes_after_the_delay_and_the_synchroniser(int mode, int hertz, int cycles)
    {
        if (hertz == 32_000_000) _bench.Write("OSC.CTRL", 3).Advance(10_000).WriteProtected("CLK.CTRL", 1);
        PinDriver input = Compare(Enable | mode);
        long moved = _bench.Now;
        input.Give(2 * Volt);
        _bench.Advance(50);
        Assert.Equal([moved + cycles], _bench.CyclesOf("ACA.AC0", 1));
        Assert.Equal(0x11, _bench.Read("ACA.STATUS"));
    }

    [Fact]
    public void What_is_over_before_the_delay_is_not_seen()
    {
        PinDriver input = Compare();
        input.Give(2 * Volt);
        _bench.Advance(Delay - 1);
        input.Give(0);
        _bench.Advance(50);
        Assert.Empty(_bench.CyclesOf("ACA.AC0"));
    }

    [Fact]
    public void Each_input_of_the_multiplexers_is_what_it_says()
    {
        for (int pin = 0; pin < 8; pin++) _bench.Volts($"PORTA.PIN{pin}", (pin + 1) * 300_000);
        _bench.Write("DACA.CTRLC", 8).Write("DACA.CTRLA", 0x11).Write("DACA.CH0DATA", 2000).Advance(200);
        long dac = 2000 * 3_300_000L / 4095;
        long[] negative = [300_000, 600_000, 1_200_000, 1_800_000, 2_400_000, dac, 1_100_000, 3_300_000 * 33 / 64];
        _bench.Write("ACA.CTRLB", 32);
        for (int p = 0; p < 8; p++)
        {
            for (int n = 0; n < 8; n++)
            {
                long positive = p < 7 ? (p + 1) * 300_000 : dac;
                _bench.Write("ACA.AC0CTRL", 0).Write("ACA.AC0MUXCTRL", (p << 3) | n).Write("ACA.AC0CTRL", Enable).Advance(10);
                Assert.True(Output == (positive > negative[n]), $"MUXPOS {p}, MUXNEG {n}");
            }
        }
    }

    [Fact]
    public void The_scaler_divides_VCC_by_64()
    {
        _bench.Volts("PORTA.PIN0", Volt);
        _bench.Write("ACA.AC0MUXCTRL", Scaler).Write("ACA.AC0CTRL", Enable);
        for (int factor = 0; factor < 64; factor++)
        {
            _bench.Write("ACA.CTRLB", factor).Advance(10);
            Assert.Equal(Volt > 3.3e6 * (factor + 1) / 64, Output);
        }

        _bench.Write("ACA.CTRLB", 31).Advance(10);
        Assert.False(Output);
        _bench.Chip.Vcc = 1_900_000;
        _bench.Advance(10);
        Assert.True(Output);
    }

    [Fact]
    public void It_follows_a_DAC_and_a_digital_level()
    {
        _bench.Write("DACA.CTRLC", 8).Write("DACA.CTRLA", 0x11).Write("DACA.CH0DATA", 100);
        _bench.Write("ACA.AC0MUXCTRL", (7 << 3) | Bandgap).Write("ACA.AC0CTRL", Enable).Write("ACA.AC1MUXCTRL", (4 << 3) | Bandgap).Write("ACA.AC1CTRL", Enable).Write("PORTA.DIR", 0x10).Advance(200);
        Assert.Equal(0, _bench.Read("ACA.STATUS") & 0x30);
        _bench.Write("DACA.CH0DATA", 4000).Write("PORTA.OUT", 0x10).Advance(200);
        Assert.Equal(0x30, _bench.Read("ACA.STATUS") & 0x30);
    }

    [Theory]
    [InlineData(BothEdges, 1, 2, 3)]
    [InlineData(Rising, 1, 1, 2)]
    [InlineData(Falling, 0, 1, 1)]
    public void The_edges_of_INTMODE_set_the_flag_and_raise_the_event(int mode, int afterRise, int afterFall, int afterRiseAgain)
    {
        _bench.Write("EVSYS.CH2MUX", 0x10).Write("PMIC.CTRL", 7);
        PinDriver input = Compare(Enable | mode | 0x20);
        long Events() => _bench.Chip.Events.Channels[2].Count;
        int[] expected = [afterRise, afterFall, afterRiseAgain];
        for (int n = 0; n < 3; n++)
        {
            input.Give(n % 2 == 0 ? 2 * Volt : 0);
            _bench.Advance(20);
            Assert.Equal(expected[n], Events());
            bool flagged = expected[n] > (n == 0 ? 0 : expected[n - 1]);
            Assert.Equal(flagged ? 1 : 0, _bench.Read("ACA.STATUS") & 1);
            Assert.Equal(flagged, _bench.Chip.Interrupts.Lines.Single(l => l.Name == "ACA_AC0").IsRequested);
            _bench.Write("ACA.STATUS", 1);
        }

        Assert.Equal(68, _bench.Chip.Interrupts.Lines.Single(l => l.Name == "ACA_AC0").Vector);
        Assert.Equal(2, _bench.Chip.Interrupts.Lines.Single(l => l.Name == "ACA_AC0").Level);
    }

    [Fact]
    public void Switched_off_it_gives_zero_and_no_edge()
    {
        PinDriver input = Compare();
        input.Give(2 * Volt);
        _bench.Advance(20).Write("ACA.STATUS", 1).Write("ACA.AC0CTRL", 0).Advance(20);
        Assert.Equal(0, _bench.Read("ACA.STATUS"));
        _bench.Write("ACA.AC0CTRL", Enable).Advance(20);
        Assert.Equal(0x11, _bench.Read("ACA.STATUS"));
    }

    [Fact]
    public void AC0OUT_drives_pin_7()
    {
        PinDriver input = Compare();
        _bench.Write("PORTA.DIR", 0x80).Write("PORTA.OUT", 0x80);
        Pin pin = _bench.Chip.FindPin("PORTA.PIN7")!;
        Assert.True(pin.IsHigh);
        _bench.Write("ACA.CTRLA", 1);
        Assert.False(pin.IsHigh);
        input.Give(2 * Volt);
        _bench.Advance(10);
        Assert.True(pin.IsHigh);
        _bench.Write("PORTA.OUT", 0).Write("ACA.CTRLA", 0);
        Assert.False(pin.IsHigh);
    }

    // WINTMODE and, for a way of the input below, inside, above, inside, below, the steps that set WIF.
    [Theory]
    [InlineData(0, new[] { 2 })]
    [InlineData(1, new[] { 1, 3 })]
    [InlineData(2, new[] { 4 })]
    [InlineData(3, new[] { 2, 4 })]
    public void A_window_tells_when_the_input_enters_the_chosen_state(int mode, int[] flagged)
    {
        _bench.Write("EVSYS.CH0MUX", 0x12);
        PinDriver input = _bench.Volts("PORTA.PIN2", 0);
        _bench.Volts("PORTA.PIN0", 2 * Volt);
        _bench.Volts("PORTA.PIN1", Volt);
        _bench.Write("ACA.AC0MUXCTRL", (2 << 3) | 0).Write("ACA.AC1MUXCTRL", (2 << 3) | 1).Write("ACA.AC0CTRL", Enable).Write("ACA.AC1CTRL", Enable);
        _bench.Write("ACA.WINCTRL", 0x10 | (mode << 2) | 1).Advance(20);
        (long Microvolts, int State)[] way = [(0, 2), (1_500_000, 1), (2_500_000, 0), (1_500_000, 1), (500_000, 2)];
        for (int n = 0; n < way.Length; n++)
        {
            input.Give(way[n].Microvolts);
            _bench.Advance(20);
            int status = _bench.Read("ACA.STATUS");
            Assert.Equal(way[n].State, status >> 6);
            Assert.Equal(flagged.Contains(n), (status & 4) != 0);
            Assert.Equal(flagged.Contains(n), _bench.Chip.Interrupts.Lines.Single(l => l.Name == "ACA_ACW").IsRequested);
            _bench.Write("ACA.STATUS", 4);
        }

        Assert.Equal(flagged.Length, _bench.Chip.Events.Channels[0].Count);
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_jump_over_the_window_does_not_enter_it()
    {
        PinDriver input = _bench.Volts("PORTA.PIN2", 0);
        _bench.Volts("PORTA.PIN0", 2 * Volt);
        _bench.Volts("PORTA.PIN1", Volt);
        _bench.Write("ACA.AC0MUXCTRL", (2 << 3) | 0).Write("ACA.AC1MUXCTRL", (2 << 3) | 1).Write("ACA.AC0CTRL", Enable).Write("ACA.AC1CTRL", Enable).Write("ACA.WINCTRL", 0x14).Advance(20);
        input.Give(3 * Volt);
        _bench.Advance(20);
        input.Give(0);
        _bench.Advance(20);
        Assert.Equal(0, _bench.Read("ACA.STATUS") & 4);
        Assert.Equal([0L, 2L], _bench.Trace.Where(t => t.Signal == "ACA.WIN").Select(t => t.Value));
    }

    [Fact]
    public void Power_reduction_lets_it_stand_still()
    {
        PinDriver input = Compare();
        _bench.Write("PR.PRPA", 1);
        input.Give(2 * Volt);
        _bench.Advance(100);
        Assert.Empty(_bench.CyclesOf("ACA.AC0"));
        long back = _bench.Now;
        _bench.Write("PR.PRPA", 0).Advance(100);
        Assert.Equal([back + Delay], _bench.CyclesOf("ACA.AC0"));
    }

    [Fact]
    public void Nothing_is_booked_while_nothing_moves()
    {
        int booked = _bench.Chip.Services.Schedule.Count;
        Compare();
        Assert.Equal(booked, _bench.Chip.Services.Schedule.Count);
    }
}
