using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Analog.AdcBench;

namespace Xmega.Tests.Analog;

public class DacTests
{
    private const int LowPower = 0x02;
    private const int Channel0 = 0x04;
    private const int Channel1 = 0x08;
    private const int Internal = 0x10;
    private const int Dual = 0x40;
    private const int Avcc = 0x08;
    private const int Interval64 = 0x61;

    private static Bench Enabled(int ctrla = Channel0, int ctrlb = 0, int timctrl = Interval64) => new Bench()
        .Write("DACA.CTRLB", ctrlb).Write("DACA.CTRLC", Avcc).Write("DACA.TIMCTRL", timctrl).Write("DACA.CTRLA", ctrla | Enable).Advance(1000).Watch("DACA.CH?");

    private static long[] Cycles(Bench bench, int channel) => [.. bench.CyclesOf($"DACA.CH{channel}")];

    [Theory]
    [InlineData(0x00, 1.0)]
    [InlineData(0x08, 3.3)]
    [InlineData(0x10, 1.5)]
    [InlineData(0x18, 2.25)]
    public void The_output_is_DATA_of_4095_of_the_reference(int ctrlc, double reference)
    {
        Bench bench = Enabled().Write("DACA.CTRLC", ctrlc);
        bench.Volts("PORTA.PIN0", 1_500_000);
        bench.Volts("PORTB.PIN0", 2_250_000);
        for (int data = 0; data <= 0xFFF; data += 13)
        {
            bench.Write("DACA.CH0DATA", data).Advance(100);
            Assert.InRange(bench.Chip.FindPin("PORTA.PIN2")!.Microvolts - (data * reference * 1e6 / 4095), -1.0, 1.0);
        }

        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Left_adjusted_data_may_be_written_by_its_high_byte_alone()
    {
        Bench bench = Enabled().Write("DACA.CTRLC", Avcc | 1).Write("DACA.CH0DATA", 0x8000);
        bench.Advance(200);
        Assert.Equal(3_300_000L * 0x800 / 0xFFF, bench.Chip.FindPin("PORTA.PIN2")!.Microvolts);
        bench.Chip.Data.Write(0x0319, 0xFF);
        bench.Advance(200);
        Assert.Equal(3_300_000L * 0xFF0 / 0xFFF, bench.Chip.FindPin("PORTA.PIN2")!.Microvolts);
    }

    // CONINTVAL in clk_PER cycles, for one channel and for two.
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(1, 2, 3)]
    [InlineData(2, 4, 6)]
    [InlineData(3, 8, 12)]
    [InlineData(4, 16, 24)]
    [InlineData(5, 32, 48)]
    [InlineData(6, 64, 96)]
    [InlineData(7, 128, 192)]
    public void A_conversion_shows_after_the_interval_and_the_next_begins_then(int code, int single, int dual)
    {
        foreach ((int ctrla, int ctrlb, int interval) in (ReadOnlySpan<(int, int, int)>)[(0, 0, single), (0, Dual, dual), (LowPower, 0, 2 * single), (LowPower, Dual, 2 * dual)])
        {
            Bench bench = Enabled(ctrla, ctrlb, code << 4);
            long begun = bench.Now + 1;
            Assert.Equal(1, bench.Read("DACA.STATUS") & 1);
            bench.Write("DACA.CH0DATA", 100);
            Assert.Equal(0, bench.Read("DACA.STATUS") & 1);
            bench.Advance(1);
            Assert.Equal(1, bench.Read("DACA.STATUS") & 1);
            bench.Write("DACA.CH0DATA", 200).Advance(1000);
            Assert.Equal([begun + interval, begun + (2 * interval)], Cycles(bench, 0));
        }
    }

    [Fact]
    public void Two_channels_take_turns()
    {
        Bench bench = Enabled(Channel0 | Channel1, Dual, 0x50);
        long begun = bench.Now + 1;
        bench.Write("DACA.CH1DATA", 0xFFF).Advance(10).Write("DACA.CH0DATA", 0x800).Write("DACA.CH1DATA", 0x400).Advance(1000);
        Assert.Equal([begun + 48, begun + (3 * 48)], Cycles(bench, 1));
        Assert.Equal([begun + (2 * 48)], Cycles(bench, 0));
        Assert.Equal(3_300_000L * 0x800 / 0xFFF, bench.Chip.FindPin("PORTA.PIN2")!.Microvolts);
        Assert.Equal(3_300_000L * 0x400 / 0xFFF, bench.Chip.FindPin("PORTA.PIN3")!.Microvolts);
    }

    [Fact]
    public void With_TRIG_an_event_converts_what_was_written_and_without_new_data_nothing()
    {
        Bench bench = Enabled(Channel0, 0x01).Write("DACA.EVCTRL", 3);
        bench.Write("DACA.CH0DATA", 0x123).Advance(1000);
        Assert.Empty(Cycles(bench, 0));
        Assert.Equal(0, bench.Read("DACA.STATUS") & 1);
        long strobe = bench.Now;
        bench.Write("EVSYS.STROBE", 8).Advance(500).Write("EVSYS.STROBE", 8).Advance(500);
        Assert.Equal([strobe + 2 + 64], Cycles(bench, 0));
        Assert.Equal(1, bench.Read("DACA.STATUS") & 1);
    }

    [Fact]
    public void Each_empty_data_register_in_use_asks_for_DMA()
    {
        Bench bench = new();
        bool Requested(int channel) => bench.Chip.Services.DmaRequests.Find(0x15 + channel)!.IsRequested;
        Assert.False(Requested(0));
        bench.Write("DACA.CTRLA", Enable);
        Assert.True(Requested(0));
        Assert.False(Requested(1));
        bench.Write("DACA.CTRLB", Dual);
        Assert.True(Requested(1));
        bench.Write("DACA.CH0DATA", 5);
        Assert.False(Requested(0));
        bench.Advance(1);
        Assert.True(Requested(0));
    }

    [Fact]
    public void Only_an_enabled_output_is_at_the_pin_and_reads_as_a_digital_level_there()
    {
        Bench bench = Enabled(0).Write("DACA.CH0DATA", 0xFFF).Advance(200);
        Pin pin = bench.Chip.FindPin("PORTA.PIN2")!;
        Assert.Equal(LogicLevel.Floating, pin.Level);
        bench.Write("DACA.CTRLA", Enable | Channel0);
        Assert.Equal(LogicLevel.High, pin.Level);
        bench.Write("DACA.CH0DATA", 0x300).Advance(200);
        Assert.Equal(LogicLevel.Low, pin.Level);
        bench.Write("DACA.CTRLA", Channel0);
        Assert.Equal(LogicLevel.Floating, pin.Level);
    }

    [Fact]
    public void The_ADC_measures_the_internal_output()
    {
        Bench bench = Enabled(Internal).Write("ADCA.REFCTRL", 0x10).Write("ADCA.CH0.MUXCTRL", 3 << 3).EnableAdc(Signed);
        bench.Write("DACA.CH0DATA", 1000).Advance(200);
        Assert.Equal((int)(1000 * 3.3 / 4095 / (3.3 / 1.6) * 2048), bench.Convert());
        Assert.Equal(LogicLevel.Floating, bench.Chip.FindPin("PORTA.PIN2")!.Level);
    }

    [Fact]
    public void Power_reduction_lets_it_stand_still()
    {
        Bench bench = Enabled();
        long begun = bench.Now + 1;
        bench.Write("DACA.CH0DATA", 100).Advance(10).Write("PR.PRPA", 4).Advance(777).Write("PR.PRPA", 0).Advance(100);
        Assert.Equal([begun + 64 + 777], Cycles(bench, 0));
    }

    [Theory]
    [InlineData("DACA.TIMCTRL", 0x01, 0, "DACA: CONINTVAL leaves 0.5 us for a conversion, which needs 1 us: the output does not settle")]
    [InlineData("DACA.TIMCTRL", 0x6F, 0x40, "DACA: REFRESH is off or slower than 30 us: held values droop between conversions")]
    [InlineData("DACA.CTRLC", 0x10, 0, "DACA: the reference at AREF is 0 V: it has to be between 1 V and VCC - 0.6 V")]
    [InlineData("DACA.CH1DATA", 5, 0, "DACA: data is written for channel 1 while CHSEL selects channel 0 alone: it is never converted")]
    public void What_the_part_does_not_do_is_said_once(string register, int value, int ctrlb, string message)
    {
        Bench bench = Enabled(0, ctrlb).Write(register, value);
        bench.Write("DACA.CH0DATA", 1).Advance(200).Write("DACA.CH0DATA", 2).Advance(200);
        Assert.Equal(message, Assert.Single(bench.Chip.Diagnostics.All).Message);
    }

    [Fact]
    public void Data_that_is_overwritten_before_it_was_converted_is_said()
    {
        Bench bench = Enabled().Write("DACA.CH0DATA", 1).Advance(2).Write("DACA.CH0DATA", 2).Write("DACA.CH0DATA", 3);
        Assert.Equal("DACA: CH0DATA is written while CH0DRE is 0: the data before is never converted", Assert.Single(bench.Chip.Diagnostics.All).Message);
    }
}
