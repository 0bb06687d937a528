using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Analog.AdcBench;

namespace Xmega.Tests.Analog;

/// <summary>What starts conversions besides software, and what their results start.</summary>
public class AdcEventTests
{
    private readonly Bench _bench;

    public AdcEventTests()
    {
        _bench = new Bench().Advance(3);
        for (int n = 0; n < 4; n++) _bench.Write($"ADCA.CH{n}.CTRL", SingleEnded);
        _bench.Write("ADCA.CTRLA", Enable).Watch("ADCA.*").AdvanceTo(403);
    }

    // EVSEL, EVACT, SWEEP, channels with an event; the ADC channels that convert.
    [Theory]
    [InlineData(0, 0, 3, 0xFF, new int[0])]
    [InlineData(0, 1, 0, 0xFF, new[] { 0 })]
    [InlineData(0, 2, 0, 0xFF, new[] { 0, 1 })]
    [InlineData(0, 3, 0, 0x04, new[] { 2 })]
    [InlineData(2, 4, 0, 0x24, new[] { 0, 3 })]
    [InlineData(3, 4, 0, 0x07, new int[0])]
    [InlineData(6, 4, 0, 0xFF, new[] { 0, 1 })]
    [InlineData(7, 4, 0, 0x80, new[] { 0 })]
    [InlineData(4, 5, 2, 0x10, new[] { 0, 1, 2 })]
    [InlineData(4, 5, 2, 0x20, new int[0])]
    [InlineData(4, 6, 3, 0x10, new[] { 0, 1, 2, 3 })]
    public void Events_start_the_channels_of_EVACT(int select, int action, int sweep, int strobes, int[] channels)
    {
        _bench.Write("ADCA.EVCTRL", (sweep << 6) | (select << 3) | action).Write("EVSYS.STROBE", strobes).Advance(200);
        for (int n = 0; n < 4; n++) Assert.Equal(channels.Contains(n) ? 1 : 0, _bench.CyclesOf($"ADCA.CH{n}").Count);
        Assert.Equal(Enable, _bench.Read("ADCA.CTRLA"));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void A_synchronised_sweep_begins_in_the_cycle_after_the_event_whatever_the_phase_of_the_clock(int action)
    {
        _bench.Write("ADCA.EVCTRL", (1 << 6) | action);
        for (int phase = 0; phase < 4; phase++)
        {
            _bench.AdvanceTo(1000 + (101 * phase));
            long arrival = _bench.Now + 2;
            _bench.Write("EVSYS.STROBE", 1).Advance(80);
            long start = _bench.CyclesOf("ADCA.CH0.SAMPLE")[phase], end = _bench.CyclesOf("ADCA.CH1")[phase];
            if (action == 6) Assert.Equal(arrival + 1, start);
            else Assert.Equal(0, start % 4);
            Assert.Equal(start + (8 * Clock), end);
        }
    }

    [Fact]
    public void A_synchronised_sweep_aborts_what_is_under_way()
    {
        _bench.Write("ADCA.EVCTRL", 6).Write("ADCA.CTRLA", Enable | 0x20).Advance(10).Write("EVSYS.STROBE", 1).Advance(100);
        Assert.Empty(_bench.CyclesOf("ADCA.CH3"));
        Assert.Single(_bench.CyclesOf("ADCA.CH0"));
    }

    // CMP is 600; RES for the voltages below, at and above it. BELOW and ABOVE do not include it.
    [Theory]
    [InlineData(0, true, true, true)]
    [InlineData(1, true, false, false)]
    [InlineData(3, false, false, true)]
    public void The_compare_mode_decides_on_flag_interrupt_and_event(int mode, bool below, bool equal, bool above)
    {
        PinDriver input = _bench.Volts("PORTA.PIN0", 0);
        _bench.Write("EVSYS.CH1MUX", 0x20).Write("ADCA.CTRLB", Signed).Write("ADCA.CMP", 600).Write("ADCA.CH0.INTCTRL", (mode << 2) | 3);
        int events = 0;
        foreach ((int result, bool holds) in (ReadOnlySpan<(int, bool)>)[(599, below), (600, equal), (601, above), (-5, below)])
        {
            input.Give(((2 * result) + 1) * 500_000L / 2048); // the middle of the code
            Assert.Equal(result, (short)_bench.Convert());
            if (holds) events++;
            Assert.Equal(holds ? 1 : 0, _bench.Read("ADCA.CH0.INTFLAGS"));
            Assert.Equal(holds ? 1 : 0, _bench.Read("ADCA.INTFLAGS"));
            Assert.Equal(holds, _bench.Chip.Interrupts.Lines.Single(l => l.Name == "ADCA_CH0").IsRequested);
            Assert.Equal(events, _bench.Chip.Events.Channels[1].Count);
            _bench.Write("ADCA.CH0.INTFLAGS", 1);
            Assert.Equal(0, _bench.Read("ADCA.INTFLAGS"));
        }
    }

    [Fact]
    public void Taking_the_vector_clears_the_flag()
    {
        var interrupts = _bench.Chip.Interrupts;
        _bench.Write("PMIC.CTRL", 7).Write("ADCA.CH2.INTCTRL", 1).Write("ADCA.CTRLA", Enable | 0x10).Advance(100);
        Assert.Equal(4, _bench.Read("ADCA.INTFLAGS"));
        Assert.Equal(73, interrupts.Lines.Single(l => l.Name == "ADCA_CH2").Vector);
        interrupts.Lines.Single(l => l.Name == "ADCA_CH2").Take();
        Assert.Equal(0, _bench.Read("ADCA.INTFLAGS"));
    }

    [Fact]
    public void A_result_asks_for_DMA_until_it_is_read()
    {
        bool Requested(int code) => _bench.Chip.Services.DmaRequests.Find(code)!.IsRequested;
        foreach (int offset in (int[])[0x24, 0x25, 0x10, 0x11])
        {
            Assert.False(Requested(0x10));
            _bench.Write("ADCA.CTRLA", Enable | 4).Advance(100);
            Assert.True(Requested(0x10));
            _ = _bench.Chip.Data.Read(0x0200 + offset);
        }

        Assert.False(Requested(0x10));
    }

    [Fact]
    public void The_second_byte_of_a_result_does_not_withdraw_the_request_of_the_next()
    {
        _bench.Write("ADCA.CTRLA", Enable | 4).Advance(100);
        _ = _bench.Chip.Data.Read(0x0224);
        _bench.Write("ADCA.CTRLA", Enable | 4).Advance(100);
        Assert.True(_bench.Chip.Services.DmaRequests.Find(0x10)!.IsRequested);
        _ = _bench.Read("ADCA.CH0.RES");
        Assert.False(_bench.Chip.Services.DmaRequests.Find(0x10)!.IsRequested);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, false)]
    [InlineData(2, 2, true)]
    [InlineData(3, 3, true)]
    public void The_combined_request_is_that_of_any_channel_of_DMASEL(int select, int channel, bool requested)
    {
        _bench.Write("ADCA.CTRLA", (select << 6) | Enable).Write($"ADCA.CH{channel}.CTRL", 0x80 | SingleEnded).Advance(100);
        Assert.Equal(requested, _bench.Chip.Services.DmaRequests.Find(0x14)!.IsRequested);
        _ = _bench.Read($"ADCA.CH{channel}.RES");
        Assert.False(_bench.Chip.Services.DmaRequests.Find(0x14)!.IsRequested);
    }

    [Fact]
    public void Registers_are_masked_and_wide_ones_go_through_TEMP()
    {
        _bench.Write("ADCA.CAL", 0xFFFF).Write("ADCA.CMP", 0x1234);
        Assert.Equal(0x0FFF, _bench.Read("ADCA.CAL"));
        Assert.Equal(0x1234, _bench.Read("ADCA.CMP"));
        Assert.Equal(0x12, _bench.Chip.Data.Read(0x0207));
        _bench.Write("ADCA.CH0.RES", 0x1234).Write("ADCA.CH0RES", 0x1234);
        Assert.Equal(0, _bench.Read("ADCA.CH0RES"));
        _bench.Write("ADCA.CTRLB", 0xFF).Write("ADCA.REFCTRL", 0xFF).Write("ADCA.PRESCALER", 0xFF).Write("ADCA.CH1.INTCTRL", 0xFF).Write("ADCA.CH1.MUXCTRL", 0xFF);
        Assert.Equal([0x1E, 0x33, 7, 0x0F, 0x7B], new[] { "CTRLB", "REFCTRL", "PRESCALER", "CH1.INTCTRL", "CH1.MUXCTRL" }.Select(r => _bench.Read($"ADCA.{r}")));
        _bench.Chip.Reset(Xmega.SystemControl.ResetSource.Software);
        foreach (string register in (string[])["CTRLA", "CTRLB", "REFCTRL", "EVCTRL", "PRESCALER", "INTFLAGS", "CAL", "CMP", "CH1.CTRL", "CH1.MUXCTRL", "CH1.INTCTRL"])
            Assert.Equal(0, _bench.Read($"ADCA.{register}"));
    }
}
