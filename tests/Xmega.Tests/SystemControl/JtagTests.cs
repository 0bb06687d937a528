using Xmega.Ports;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.SystemControl;

/// <summary>
/// JTAG has PB4–PB7 while its fuse is programmed, as it is when the part is shipped, and JTAGD is 0: TMS, TDI and TCK are
/// inputs pulled up, TDO floats while nobody asks (8331B 31.3).
/// </summary>
public class JtagTests
{
    private const int JTAGD = 1, Free = 0x0F;

    private readonly Bench _bench = new Bench().Advance(2);

    private string Levels => string.Concat(Enumerable.Range(4, 4).Select(n => Pin(n).Level switch { LogicLevel.High => '1', LogicLevel.Low => '0', _ => 'z' }));

    [Fact]
    public void Its_inputs_are_pulled_up_and_firmware_cannot_drive_its_pins_and_is_told()
    {
        Assert.Equal("111z", Levels);
        Assert.Equal(0x70, _bench.Read("PORTB.IN"));
        _bench.Write("PORTB.OUT", 0).Write("PORTB.DIR", 0xFF).Advance(2);
        Assert.Equal(("111z", 0xFF, 0x70), (Levels, _bench.Read("PORTB.DIR"), _bench.Read("PORTB.IN")));
        Assert.Equal(["PORTB.PIN4", "PORTB.PIN5", "PORTB.PIN6", "PORTB.PIN7"], _bench.Chip.Diagnostics.All.Select(d => d.Message.Split(' ')[0]));
        Assert.All(_bench.Chip.Diagnostics.All, d => Assert.Contains("set JTAGD in MCU.MCUCR", d.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Other_pins_of_the_port_and_inputs_are_no_matter()
    {
        _bench.Write("PORTB.OUT", 0xFF).Write("PORTB.DIR", Free).Write("PORTB.PIN4CTRL", 0x10).Advance(2);
        Assert.Equal(0x7F, _bench.Read("PORTB.IN")); // and pulled up, whatever PIN4CTRL says
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void JTAGD_gives_the_pins_back_under_CCP_and_any_reset_takes_them_again()
    {
        _bench.Write("PORTB.OUT", 0x50).Write("MCU.MCUCR", JTAGD); // no CCP: nothing happens
        Assert.Equal("111z", Levels);
        _bench.WriteProtected("MCU.MCUCR", JTAGD).Write("PORTB.DIR", 0xF0);
        Assert.Equal("1010", Levels);
        _bench.WriteProtected("MCU.MCUCR", 0);
        Assert.Equal("111z", Levels);
        _bench.WriteProtected("MCU.MCUCR", JTAGD);
        Assert.Equal("1010", Levels);
        _bench.Chip.Reset(ResetSource.Software);
        Assert.Equal("111z", Levels);
        Assert.DoesNotContain(_bench.Chip.Diagnostics.All, d => d.Kind == DiagnosticKind.Configuration);
    }

    [Fact]
    public void With_the_fuse_unprogrammed_they_are_pins_as_others_are()
    {
        _bench.Chip.Fuses[4] = 0xFF;
        Assert.Equal("111z", Levels); // fuses are read at reset
        _bench.Chip.Reset(ResetSource.External);
        Assert.Equal("zzzz", Levels);
        _bench.Write("PORTB.OUT", 0xA0).Write("PORTB.DIR", 0xF0);
        Assert.Equal("0101", Levels);
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_snapshot_carries_who_has_the_pins()
    {
        _bench.WriteProtected("MCU.MCUCR", JTAGD).Write("PORTB.OUT", 0x50).Write("PORTB.DIR", 0xF0);
        var snapshot = _bench.Chip.Save();
        var other = new Bench();
        other.Chip.Restore(snapshot);
        Assert.Equal(LogicLevel.Low, other.Chip.FindPin("PORTB.PIN5")!.Level);
        other.WriteProtected("MCU.MCUCR", 0);
        Assert.Equal(LogicLevel.High, other.Chip.FindPin("PORTB.PIN5")!.Level);
    }

    private Pin Pin(int n) => _bench.Chip.FindPin($"PORTB.PIN{n}")!;
}
