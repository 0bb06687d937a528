using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Dma.DmaBench;

namespace Xmega.Tests.Dma;

/// <summary>Channels beside each other, errors, interrupts, and what software may do to a channel that is busy (8077I 5.6 to 5.12).</summary>
public class DmaChannelTests
{
    private const int Source = 0x2100;
    private const int Destination = 0x2200;

    [Theory]
    [InlineData(0, "01230123")] // round robin
    [InlineData(1, "00123123")] // channel 0 before the others
    [InlineData(2, "00112323")]
    [InlineData(3, "00112233")]
    public void Channels_take_turns_or_have_their_place(int priorities, string order)
    {
        Bench bench = Enabled(ENABLE | priorities).Watch("DMA.CH?");
        for (int n = 0; n < 4; n++) bench.Channel(n, Source, Destination, 2);
        for (int n = 3; n >= 0; n--) bench.Write($"DMA.CH{n}.CTRLA", ENABLE | TRFREQ);
        bench.Advance(200);
        Assert.Equal(order, string.Concat(bench.Trace.Select(t => t.Signal[^1])));
    }

    [Fact]
    public void Double_buffered_channels_hand_over_to_each_other()
    {
        Bench bench = Enabled(ENABLE | 0x04).Fill(Source, 1, 2, 3, 4).Watch("DMA.CH?.TRN");
        bench.Channel(0, Source, Destination, 2, 0x51).Channel(1, Source + 2, Destination + 0x10, 2, 0x51).Write("DMA.CH1.CTRLA", SINGLE | REPEAT).Write("DMA.CH0.CTRLA", ENABLE | SINGLE | REPEAT);
        for (int i = 0; i < 8; i++)
        {
            int active = (i / 2) % 2;
            Assert.Equal((active == 0, active == 1), ((bench.Read("DMA.CH0.CTRLA") & ENABLE) != 0, (bench.Read("DMA.CH1.CTRLA") & ENABLE) != 0));
            bench.Write($"DMA.CH{active}.CTRLA", ENABLE | SINGLE | REPEAT | TRFREQ).Advance(20);
        }

        Assert.Equal(["DMA.CH0.TRN", "DMA.CH1.TRN", "DMA.CH0.TRN", "DMA.CH1.TRN"], bench.Trace.Select(t => t.Signal));
        Assert.Equal([1, 2, 1, 2], bench.Look(Destination, 4));
        Assert.Equal([3, 4, 3, 4], bench.Look(Destination + 0x10, 4));
    }

    [Fact]
    public void A_write_to_mapped_EEPROM_is_an_error()
    {
        Bench bench = Enabled().Write("NVM.CTRLB", 0x08).Channel(3, Source, 0x1000, 8).Write("DMA.CH3.CTRLA", ENABLE | TRFREQ).Advance(50);
        Assert.Equal(ERRIF, bench.Read("DMA.CH3.CTRLB"));
        Assert.Equal(0x80, bench.Read("DMA.INTFLAGS"));
        Assert.Equal(0, bench.Read("DMA.CH3.CTRLA"));
        bench.Write("DMA.INTFLAGS", 0x80);
        Assert.Equal(0, bench.Read("DMA.CH3.CTRLB"));
    }

    [Theory]
    [InlineData("DMA.CH0.CTRLA")]
    [InlineData("DMA.CTRL")]
    public void Disabled_in_a_burst_a_channel_empties_its_buffer_and_reports_an_error(string register)
    {
        Bench bench = Enabled().Fill(Source, 1, 2, 3, 4, 5, 6, 7, 8).Channel(0, Source, Destination, 8).Write("DMA.CH0.CTRLA", ENABLE | TRFREQ | 3).Advance(Arbitration + 3);
        bench.Write(register, 0);
        Assert.Equal(ENABLE, bench.Read(register) & ENABLE); // something is in the buffer
        bench.Advance(20);
        Assert.Equal(0, bench.Read(register) & ENABLE);
        Assert.Equal(ERRIF, bench.Read("DMA.CH0.CTRLB"));
        int written = bench.Address("DMA.CH0.DESTADDR") - Destination;
        Assert.InRange(written, 1, 4);
        Assert.Equal(written, bench.Address("DMA.CH0.SRCADDR") - Source);
        Assert.Equal(8 - written, bench.Read("DMA.CH0.TRFCNT"));
    }

    [Fact]
    public void A_busy_channel_keeps_its_registers_and_says_so()
    {
        Bench bench = Enabled().Channel(0, Source, Destination, 4).Write("DMA.CH0.CTRLA", ENABLE | SINGLE | TRFREQ).Advance(20);
        Assert.Equal(CHBUSY, bench.Read("DMA.CH0.CTRLB"));
        bench.Write("DMA.CH0.TRFCNT", 100).Write("DMA.CH0.ADDRCTRL", 0).Write("DMA.CH0.CTRLA", ENABLE | 3);
        Assert.Equal(3, bench.Read("DMA.CH0.TRFCNT"));
        Assert.Equal(SRC_INC | DEST_INC, bench.Read("DMA.CH0.ADDRCTRL"));
        Assert.Equal(ENABLE | SINGLE, bench.Read("DMA.CH0.CTRLA"));
        Assert.All(bench.Chip.Diagnostics.All, d => Assert.Contains("busy", d.Message, StringComparison.Ordinal));
        Assert.Equal(3, bench.Chip.Diagnostics.All.Count);
    }

    [Fact]
    public void Reset_works_only_while_disabled()
    {
        Bench bench = Enabled().Channel(0, Source, Destination, 4).Write("DMA.CH0.CTRLA", ENABLE).Write("DMA.CH0.CTRLA", ENABLE | RESET).Write("DMA.CTRL", ENABLE | RESET);
        Assert.Equal(4, bench.Read("DMA.CH0.TRFCNT"));
        bench.Write("DMA.CH0.CTRLA", 0).Write("DMA.CH0.CTRLA", RESET);
        Assert.Equal((0, 0), (bench.Read("DMA.CH0.TRFCNT"), bench.Address("DMA.CH0.SRCADDR")));
        bench.Channel(1, Source, Destination, 4).Write("DMA.CTRL", 0).Write("DMA.CTRL", RESET);
        Assert.Equal((0, 0), (bench.Read("DMA.CH1.TRFCNT"), bench.Read("DMA.CTRL")));
    }

    [Fact]
    public void Both_flags_share_a_vector_and_keep_their_levels()
    {
        Bench bench = Enabled().Channel(2, Source, Destination, 1).Write("DMA.CH2.CTRLB", 0x0D).Write("DMA.CH2.CTRLA", ENABLE | TRFREQ).Advance(20);
        var line = bench.Chip.Interrupts.Lines.Single(l => l.Name == "DMA_CH2");
        Assert.Equal((8, true, 1), (line.Vector, line.IsRequested, line.Level));
        bench.Write("DMA.CH2.CTRLB", 0x0D | TRNIF);
        Assert.False(line.IsRequested);
    }

    [Fact]
    public void Stopped_by_power_reduction_it_stands_still_and_goes_on()
    {
        Bench bench = Enabled().Fill(Source, 1, 2, 3, 4, 5, 6, 7, 8).Channel(0, Source, Destination, 8).Write("DMA.CH0.CTRLA", ENABLE | TRFREQ | 3).Advance(Arbitration + 6);
        bench.Write("PR.PRGEN", 0x01).Advance(100);
        Assert.Equal(0, bench.Look(Destination + 7, 1)[0]);
        bench.Write("PR.PRGEN", 0x00).Advance(100);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], bench.Look(Destination, 8));
    }

    [Fact]
    public void An_event_of_channels_0_to_2_triggers()
    {
        for (int n = 0; n < 3; n++)
        {
            Bench bench = Enabled().Channel(0, Source, Destination, 2, trigger: 1 + n).Watch("DMA.CH0").Write("DMA.CH0.CTRLA", ENABLE | SINGLE).Advance(10).Write("EVSYS.STROBE", 1 << n);
            long strobe = bench.Now;
            bench.Advance(50);
            // Two cycles to the user of the event, two of arbitration, two to read, one to write.
            Assert.Equal([strobe + 6], bench.CyclesOf("DMA.CH0"));
        }
    }

    [Theory]
    [InlineData(0x05, "a reserved code")]
    [InlineData(0xFF, "a reserved code")]
    public void A_trigger_that_does_not_exist_is_said(int code, string says)
    {
        Bench bench = Enabled().Channel(0, Source, Destination, 2, trigger: code).Write("DMA.CH0.CTRLA", ENABLE);
        Assert.Contains(says, Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }
}
