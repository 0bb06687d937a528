using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class PortConfigurationTests
{
    [Fact]
    public void MPCMASK_sends_one_PINnCTRL_write_to_all_its_pins_and_clears_itself()
    {
        var bench = new Bench();
        bench.Write("PORTCFG.MPCMASK", 0x2C).Write("PORTD.PIN0CTRL", 0x18);
        for (int n = 0; n < 8; n++)
        {
            Assert.Equal((0x2C & (1 << n)) != 0 ? 0x18 : 0, bench.Read($"PORTD.PIN{n}CTRL"));
            Assert.Equal((0x2C & (1 << n)) != 0 ? LogicLevel.High : LogicLevel.Floating, bench.Pin($"PORTD.PIN{n}").Level);
        }

        Assert.Equal(0, bench.Read("PORTCFG.MPCMASK"));
        Assert.Equal(0x18, bench.Write("PORTD.PIN0CTRL", 0x18).Read("PORTD.PIN0CTRL"));
        Assert.Equal(0, bench.Read("PORTC.PIN2CTRL"));
    }

    [Fact]
    public void Only_a_write_of_PINnCTRL_uses_MPCMASK_up()
    {
        var bench = new Bench();
        bench.Write("PORTCFG.MPCMASK", 0x81).Write("PORTD.OUT", 1).Write("PORTD.INT0MASK", 1);
        bench.Read("PORTD.PIN0CTRL");
        Assert.Equal(0x81, bench.Read("PORTCFG.MPCMASK"));
    }

    [Fact]
    public void MPCMASK_leaves_missing_pins_alone()
    {
        var bench = new Bench();
        bench.Write("PORTCFG.MPCMASK", 0xFF).Write("PORTR.PIN0CTRL", 0x18);
        Assert.Equal((0x18, 0x18, 0), (bench.Read("PORTR.PIN0CTRL"), bench.Read("PORTR.PIN1CTRL"), bench.Read("PORTR.PIN2CTRL")));
    }

    // A pin edge in IN in cycle n strobes there; at its users, and here at the pin, in n + 2, for one cycle.
    [Theory]
    [InlineData(0x10, "PORTC")]
    [InlineData(0x20, "PORTD")]
    [InlineData(0x30, "PORTE")]
    public void EVOUT_raises_pin_7_for_one_cycle_an_event(int evout, string port)
    {
        Bench bench = new Bench().Watch($"{port}.PIN7");
        bench.Write($"{port}.DIR", 0x80).Write("PORTCFG.CLKEVOUT", evout).Write("EVSYS.CH0MUX", 0x50).AdvanceTo(100);
        bench.Driven("PORTA.PIN0", true);
        bench.AdvanceTo(200);
        Assert.Equal([(0, $"{port}.PIN7", 0), (104, $"{port}.PIN7", 1), (105, $"{port}.PIN7", 0)], bench.Trace);
    }

    [Fact]
    public void Events_in_consecutive_cycles_keep_the_pin_high_without_a_gap()
    {
        Bench bench = new Bench().Watch("PORTC.PIN7");
        bench.Write("PORTC.DIR", 0x80).Write("PORTCFG.CLKEVOUT", 0x10).AdvanceTo(100).Write("EVSYS.CH0MUX", 0x80);
        bench.AdvanceTo(110).Write("EVSYS.CH0MUX", 0).AdvanceTo(200);
        // Selected in 100, so from 101 to 110 in the source: 103 to 112 at the pin.
        Assert.Equal([(0, "PORTC.PIN7", 0), (103, "PORTC.PIN7", 1), (113, "PORTC.PIN7", 0)], bench.Trace);
    }

    [Fact]
    public void EVOUT_leaves_the_direction_to_DIR_and_gives_the_pin_back()
    {
        var bench = new Bench();
        bench.Write("PORTCFG.CLKEVOUT", 0x10).Write("PORTC.OUT", 0x80);
        Assert.Equal(PinDrive.None, bench.Pin("PORTC.PIN7").ChipDrive);
        bench.Write("PORTC.DIR", 0x80);
        Assert.Equal(LogicLevel.Low, bench.Pin("PORTC.PIN7").Level);
        bench.Write("PORTCFG.CLKEVOUT", 0);
        Assert.Equal(LogicLevel.High, bench.Pin("PORTC.PIN7").Level);
    }

    [Fact]
    public void A_data_event_is_not_shown()
    {
        Bench bench = new Bench().Watch("PORTC.PIN7");
        bench.Write("PORTC.DIR", 0x80).Write("PORTCFG.CLKEVOUT", 0x10).Write("EVSYS.DATA", 1).Write("EVSYS.STROBE", 0).Advance(10);
        Assert.Single(bench.Trace);
    }

    [Fact]
    public void CLKOUT_is_said_not_to_be_modelled_and_wins_over_EVOUT()
    {
        var bench = new Bench();
        bench.Write("PORTC.DIR", 0x80).Write("PORTCFG.CLKEVOUT", 0x11).Write("PORTC.OUT", 0x80).Write("EVSYS.STROBE", 1);
        Assert.Equal(LogicLevel.Low, bench.Advance(2).Pin("PORTC.PIN7").Level);
        Assert.Equal(DiagnosticKind.NotModelled, Assert.Single(bench.Chip.Diagnostics.All).Kind);
    }
}
