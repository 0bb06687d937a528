using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Events;

/// <summary>Digital filters, locks and power reduction of the event system (evsys.md 4, 1).</summary>
public class ChannelFilterTests
{
    private readonly Bench _bench = new();
    private readonly PinDriver _pin;

    public ChannelFilterTests()
    {
        _pin = _bench.Chip.FindPin("PORTD.PIN0")!.AddDriver("test");
        _pin.Drive = PinDrive.Strong(false);
        _bench.Advance(10).Write("EVSYS.CH0MUX", 0x68).Watch("EVSYS.CH0");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void A_level_passes_after_as_many_equal_samples_and_ends_as_late(int depth)
    {
        _bench.Write("PORTD.PIN0CTRL", 3).Write("EVSYS.CH0CTRL", depth);
        long c = _bench.Now;
        _pin.Drive = PinDrive.Strong(true);
        _bench.Advance(20);
        _pin.Drive = PinDrive.Strong(false);
        _bench.Advance(40);
        // 20 cycles of level, each an event, from c + 2 (synchroniser) + 2 (events) + depth on
        Assert.Equal(Enumerable.Range(0, 20).Select(i => c + 4 + depth + i), _bench.CyclesOf("EVSYS.CH0"));
    }

    [Fact]
    public void A_shorter_level_does_not_pass()
    {
        _bench.Write("PORTD.PIN0CTRL", 3).Write("EVSYS.CH0CTRL", 3);
        _pin.Drive = PinDrive.Strong(true);
        _bench.Advance(3);
        _pin.Drive = PinDrive.Strong(false);
        _bench.Advance(40);
        Assert.Empty(_bench.CyclesOf("EVSYS.CH0"));
    }

    [Theory]
    [InlineData(0, 1)] // both edges
    [InlineData(1, 1)] // rising
    public void An_edge_passes_when_the_pin_kept_its_level(int sense, int rising)
    {
        _bench.Write("PORTD.PIN0CTRL", sense).Write("EVSYS.CH0CTRL", 4);
        _pin.Drive = PinDrive.Strong(true);
        _bench.Advance(4); // a glitch: one sample short
        _pin.Drive = PinDrive.Strong(false);
        _bench.Advance(40);
        Assert.Empty(_bench.CyclesOf("EVSYS.CH0"));
        long c = _bench.Now;
        _pin.Drive = PinDrive.Strong(true);
        _bench.Advance(40);
        Assert.Equal(rising, _bench.CyclesOf("EVSYS.CH0").Count);
        Assert.Equal(c + 2 + 4 + 2, _bench.CyclesOf("EVSYS.CH0")[0]);
    }

    [Fact]
    public void A_single_event_of_a_timer_does_not_pass()
    {
        _bench.Write("EVSYS.CH0CTRL", 1).Write("EVSYS.CH0MUX", 0xC0);
        _bench.Write("TCC0.PER", 9).Write("TCC0.CTRLA", 1).Advance(100);
        Assert.Empty(_bench.CyclesOf("EVSYS.CH0"));
        _bench.Write("EVSYS.CH0CTRL", 0).Advance(105); // ten overflows, and the latency of the last
        Assert.Equal(10, _bench.CyclesOf("EVSYS.CH0").Count);
    }

    [Fact]
    public void Locked_channels_ignore_writes_until_reset()
    {
        _bench.WriteProtected("MCU.EVSYSLOCK", 0x01);
        _bench.Write("EVSYS.CH0MUX", 0xC0).Write("EVSYS.CH3CTRL", 5).Write("EVSYS.CH4MUX", 0xC1);
        Assert.Equal(0x68, _bench.Read("EVSYS.CH0MUX"));
        Assert.Equal(0, _bench.Read("EVSYS.CH3CTRL"));
        Assert.Equal(0xC1, _bench.Read("EVSYS.CH4MUX"));
        _bench.Chip.Reset(Xmega.SystemControl.ResetSource.Software);
        _bench.Write("EVSYS.CH0MUX", 0xC0);
        Assert.Equal(0xC0, _bench.Read("EVSYS.CH0MUX"));
    }

    [Fact]
    public void Power_reduction_stops_the_routing()
    {
        _bench.Write("EVSYS.CH0MUX", 0x83); // every 8 cycles
        _bench.Advance(80);
        Assert.Equal(10, _bench.CyclesOf("EVSYS.CH0").Count);
        _bench.Write("PR.PRGEN", 0x02).Advance(80);
        Assert.Equal(10, _bench.CyclesOf("EVSYS.CH0").Count);
        _bench.Write("PR.PRGEN", 0).Advance(80);
        Assert.Equal(20, _bench.CyclesOf("EVSYS.CH0").Count);
    }
}
