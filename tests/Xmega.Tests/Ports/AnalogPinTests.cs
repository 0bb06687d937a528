using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class AnalogPinTests
{
    private const long Volt = 1_000_000;

    private readonly Bench _bench = new();

    private Pin Pin => _bench.Pin("PORTA.PIN1");

    [Fact]
    public void Volts_are_read_as_a_level_with_half_a_volt_of_hysteresis_about_half_of_VCC()
    {
        PinDriver source = Pin.AddDriver("test");
        (long Microvolts, LogicLevel Level)[] steps =
        [
            (0, LogicLevel.Low), (1_900_000, LogicLevel.Low), (1_900_001, LogicLevel.High), (1_400_000, LogicLevel.High), (1_399_999, LogicLevel.Low), (1_650_000, LogicLevel.Low),
            (3_300_000, LogicLevel.High), (1_650_000, LogicLevel.High),
        ];
        foreach ((long microvolts, LogicLevel level) in steps)
        {
            source.Give(microvolts);
            Assert.Equal(level, Pin.Level);
            Assert.Equal(microvolts, Pin.Microvolts);
        }
    }

    [Fact]
    public void The_thresholds_follow_VCC()
    {
        PinDriver source = Pin.AddDriver("test");
        source.Give(3 * Volt / 2);
        Assert.Equal(LogicLevel.Low, Pin.Level);
        _bench.Chip.Vcc = 2 * Volt;
        Assert.Equal(LogicLevel.High, Pin.Level);
        _bench.Advance(2);
        Assert.Equal(2, _bench.Read("PORTA.IN"));
    }

    [Fact]
    public void A_digital_line_is_at_ground_or_at_VCC()
    {
        _bench.Write("PORTA.DIR", 2);
        Assert.Equal(0, Pin.Microvolts);
        _bench.Write("PORTA.OUT", 2);
        Assert.Equal(3_300_000, Pin.Microvolts);
        _bench.Chip.Vcc = 3 * Volt;
        Assert.Equal(3 * Volt, Pin.Microvolts);
        _bench.Write("PORTA.DIR", 0);
        Assert.Equal(0, Pin.Microvolts);
        _bench.Write("PORTA.PIN1CTRL", 0x18);
        Assert.Equal(3 * Volt, Pin.Microvolts);
    }

    [Fact]
    public void A_source_wins_over_pulls_and_loses_against_an_output_stage_with_a_remark()
    {
        _bench.Write("PORTA.PIN1CTRL", 0x18);
        PinDriver source = Pin.AddDriver("potentiometer");
        source.Give(Volt);
        Assert.Equal(Volt, Pin.Microvolts);
        Assert.Equal(LogicLevel.Low, Pin.Level);
        Assert.Empty(_bench.Chip.Diagnostics.All);

        _bench.Write("PORTA.OUT", 2).Write("PORTA.DIR", 2);
        Assert.Equal(3_300_000, Pin.Microvolts);
        Assert.Equal(LogicLevel.High, Pin.Level);
        Assert.Equal("short circuit on PORTA.PIN1: volts from potentiometer against an output stage, which wins", Assert.Single(_bench.Chip.Diagnostics.All).Message);

        _bench.Write("PORTA.DIR", 0);
        Assert.Equal(Volt, Pin.Microvolts);
        Assert.Equal(LogicLevel.Low, Pin.Level);
    }

    [Fact]
    public void A_source_that_becomes_digital_gives_no_volts_any_longer()
    {
        PinDriver source = Pin.AddDriver("test");
        source.Give(Volt);
        source.Drive = PinDrive.Strong(true);
        Assert.Null(source.Voltage);
        Assert.Equal(3_300_000, Pin.Microvolts);
        source.Give(Volt);
        source.Drive = PinDrive.None;
        Assert.Equal(LogicLevel.Floating, Pin.Level);
    }

    [Fact]
    public void A_wire_carries_volts()
    {
        PinDriver source = Pin.AddDriver("test");
        source.Give(Volt);
        Pin.Join(_bench.Pin("PORTB.PIN0"));
        _bench.Pin("PORTC.PIN0").Join(Pin);
        source.Give(2 * Volt);
        foreach (string name in (string[])["PORTA.PIN1", "PORTB.PIN0", "PORTC.PIN0"])
        {
            Assert.Equal(2 * Volt, _bench.Pin(name).Microvolts);
            Assert.Equal(LogicLevel.High, _bench.Pin(name).Level);
        }
    }

    [Fact]
    public void Neither_a_digital_line_nor_a_constant_voltage_books_anything()
    {
        int booked = _bench.Chip.Services.Schedule.Count;
        _bench.Driven("PORTA.PIN0", true);
        Pin.AddDriver("test").Give(Volt);
        Assert.Equal(booked, _bench.Chip.Services.Schedule.Count);
    }
}
