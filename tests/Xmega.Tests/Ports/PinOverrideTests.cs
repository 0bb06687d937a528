using Xmega.Ports;
using Xmega.State;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class PinOverrideTests
{
    private readonly Bench _bench = new();
    private readonly Port _port;
    private readonly Pin _pin;

    public PinOverrideTests()
    {
        _port = (Port)_bench.Chip.Data.Io.OwnerOf(0x0640)!;
        _pin = _port.Pins[4];
    }

    [Fact]
    public void A_value_takes_the_place_of_OUT_and_leaves_DIR_in_charge()
    {
        PinOverride hand = _port.CreateOverride(4, "TCC1", 1);
        hand.SetValue(true);
        Assert.Equal(PinDrive.None, _pin.ChipDrive);
        _bench.Write("PORTC.DIR", 0x10);
        Assert.Equal(PinDrive.Strong(true), _pin.ChipDrive);
        hand.SetValue(false);
        _bench.Write("PORTC.OUT", 0x10);
        Assert.Equal(PinDrive.Strong(false), _pin.ChipDrive);
        hand.SetValue(null);
        Assert.Equal(PinDrive.Strong(true), _pin.ChipDrive);
        Assert.Equal(0x10, _bench.Read("PORTC.OUT"));
    }

    [Fact]
    public void A_direction_takes_the_place_of_DIR()
    {
        PinOverride hand = _port.CreateOverride(4, "SPIC", 1);
        _bench.Write("PORTC.DIR", 0x10).Write("PORTC.OUT", 0x10);
        hand.SetDirection(false);
        Assert.Equal(PinDrive.None, _pin.ChipDrive);
        hand.SetDirection(true);
        _bench.Write("PORTC.DIR", 0);
        Assert.Equal(PinDrive.Strong(true), _pin.ChipDrive);
        hand.SetDirection(null);
        Assert.Equal(PinDrive.None, _pin.ChipDrive);
    }

    [Fact]
    public void INVEN_and_OPC_apply_to_an_override()
    {
        PinOverride hand = _port.CreateOverride(4, "TWIC", 1);
        hand.SetDirection(true);
        hand.SetValue(true);
        _bench.Write("PORTC.PIN4CTRL", 0x40);
        Assert.Equal(PinDrive.Strong(false), _pin.ChipDrive);
        _bench.Write("PORTC.PIN4CTRL", 0x28); // wired-AND: open drain
        Assert.Equal(PinDrive.None, _pin.ChipDrive);
        hand.SetValue(false);
        Assert.Equal(PinDrive.Strong(false), _pin.ChipDrive);
    }

    [Fact]
    public void The_highest_that_gives_a_value_wins_whatever_the_order_of_making()
    {
        PinOverride high = _port.CreateOverride(4, "A", 2), low = _port.CreateOverride(4, "B", 1), middle = _port.CreateOverride(4, "C", 1);
        _bench.Write("PORTC.DIR", 0x10);
        low.SetValue(true);
        middle.SetValue(false); // of two equals the first made
        Assert.Equal(PinDrive.Strong(true), _pin.ChipDrive);
        high.SetValue(false);
        Assert.Equal(PinDrive.Strong(false), _pin.ChipDrive);
        high.SetValue(null);
        low.SetValue(null);
        middle.SetValue(true);
        high.SetDirection(false);
        Assert.Equal(PinDrive.None, _pin.ChipDrive);
    }

    [Fact]
    public void A_reset_leaves_the_pin_to_those_who_still_drive()
    {
        PinOverride hand = _port.CreateOverride(4, "A", 1);
        hand.SetDirection(true);
        _bench.Write("PORTC.PIN4CTRL", 0x40);
        _bench.Chip.Reset(ResetSource.Software);
        Assert.Equal(PinDrive.Strong(false), _pin.ChipDrive);
    }

    // Everything that a port remembers: synchroniser, pending edge, keeper, overrides, a running train.
    [Fact]
    public void A_restored_port_goes_on_as_the_saved_one_would()
    {
        PinOverride hand = _port.CreateOverride(6, "A", 1);
        PinDriver pin0 = _bench.Driven("PORTC.PIN0", false), pin1 = _bench.Driven("PORTC.PIN1", false);
        hand.SetDirection(true);
        hand.SetValue(true);
        _bench.Write("EVSYS.CH0MUX", 0x61).Write("EVSYS.CH1MUX", 0x60).Write("PORTC.PIN1CTRL", 3).Write("PORTC.PIN0CTRL", 0).Write("PORTC.INT0MASK", 1).Write("PORTC.INTCTRL", 1).Write("PORTC.PIN2CTRL", 0x08);
        PinDriver pin2 = _bench.Driven("PORTC.PIN2", true);
        pin2.Drive = PinDrive.None;
        pin1.Set(true);
        _bench.AdvanceTo(100);
        pin0.Set(true);
        _bench.AdvanceTo(101);

        Snapshot saved = _bench.Chip.Save();
        (string, long, long)[] first = Continue();

        // Another past, the same present.
        _bench.Write("PORTC.PIN1CTRL", 0).Write("PORTC.PIN2CTRL", 0).Write("EVSYS.CH0MUX", 0).Write("PORTC.INTFLAGS", 1);
        hand.SetValue(null);
        hand.SetDirection(null);
        _bench.Chip.Restore(saved);
        Assert.Equal(first, Continue());

        (string, long, long)[] Continue()
        {
            var seen = new List<(string, long, long)>();
            for (int c = 101; c < 110; c++)
            {
                _bench.AdvanceTo(c);
                seen.Add(("IN", c, _bench.Read("PORTC.IN")));
                seen.Add(("INTFLAGS", c, _bench.Read("PORTC.INTFLAGS")));
                seen.Add(("CH0", c, _bench.Chip.Events.Channels[0].Count));
                seen.Add(("CH1", c, _bench.Chip.Events.Channels[1].Count));
                seen.Add(("PIN2", c, (long)_port.Pins[2].Level));
                seen.Add(("PIN6", c, (long)_port.Pins[6].Level));
            }

            return [.. seen];
        }
    }
}
