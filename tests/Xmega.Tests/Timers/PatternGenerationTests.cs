using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Timers.AwexBench;
using static Xmega.Tests.Timers.Waves;

namespace Xmega.Tests.Timers;

/// <summary>Pattern generation (8077I 15.5): DTLSBUF goes to OUTOVEN and DTHSBUF to PORT.OUT, together, on UPDATE.</summary>
public class PatternGenerationTests
{
    [Fact]
    public void Waveform_A_is_on_every_pin_with_its_override_bit_and_OUT_on_the_others()
    {
        Bench bench = Start(PGM, outoven: 0xA5).Write("PORTC.OUT", 0x42);
        Assert.Equal(0xA5 | 0x42, bench.AdvanceTo(27).Pins()); // WGA high until 28
        Assert.Equal(0x42, bench.AdvanceTo(28).Pins());
        bench.AdvanceTo(60);
        Assert.Equal(Repeat(Pulse(0, 8, 12), 40), Levels(bench, "PORTC.PIN7", 20, 60));
    }

    [Fact]
    public void Timer_outputs_do_not_reach_the_pins()
    {
        Bench bench = Start(PGM, outoven: 0).Write("TCC0.CTRLB", 0xF0 | SS).Write("TCC1.CCA", 9).Write("TCC1.CTRLB", 0x30 | SS).Write("TCC1.CTRLA", 1);
        Assert.Equal(0, bench.AdvanceTo(22).Pins());
    }

    [Fact]
    public void A_new_pattern_comes_on_UPDATE_with_all_its_bits_at_once()
    {
        Bench bench = Start(PGM, outoven: 0x0F).Write("PORTC.OUT", 0x10).AdvanceTo(33).Write("AWEXC.DTLSBUF", 0xF0).Write("AWEXC.DTHSBUF", 0x01);
        Assert.Equal((3, 0x10), (bench.Read("AWEXC.STATUS"), bench.AdvanceTo(39).Pins()));
        Assert.Equal(0xF1, bench.AdvanceTo(40).Pins());
        Assert.Equal((0, 0xF0, 0x01), (bench.Read("AWEXC.STATUS"), bench.Read("AWEXC.OUTOVEN"), bench.Read("PORTC.OUT")));
        Assert.Equal((0, 0), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS"))); // these are for dead times
        Assert.Equal(0x01, bench.AdvanceTo(48).Pins());
    }

    [Fact]
    public void Only_the_buffer_that_was_written_is_copied_and_LUPD_holds_it()
    {
        Bench bench = Start(PGM, outoven: 0x0F).Write("PORTC.OUT", 0x80).Write("TCC0.CTRLFSET", 0x02).Write("AWEXC.DTHSBUF", 0x40).AdvanceTo(25);
        Assert.Equal((0x0F, 0x80), (bench.Read("AWEXC.OUTOVEN"), bench.Read("PORTC.OUT")));
        bench.Write("TCC0.CTRLFCLR", 0x02).AdvanceTo(45);
        Assert.Equal((0x0F, 0x40), (bench.Read("AWEXC.OUTOVEN"), bench.Read("PORTC.OUT")));
    }

    [Fact]
    public void OUTOVEN_and_OUT_can_be_written_directly_too()
    {
        Bench bench = Start(PGM, outoven: 0x01).AdvanceTo(22).Write("AWEXC.OUTOVEN", 0x02).Write("PORTC.OUT", 0x80);
        Assert.Equal(0x82, bench.Pins());
    }
}
