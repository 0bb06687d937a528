using Xmega.Memory;
using Xmega.Registers;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class PortRegisterTests
{
    public static TheoryData<string, int> AllPorts => new()
    {
        { "PORTA", 0xFF }, { "PORTB", 0xFF }, { "PORTC", 0xFF }, { "PORTD", 0xFF }, { "PORTE", 0xFF }, { "PORTF", 0xFF },
        { "PORTH", 0xFF }, { "PORTJ", 0xFF }, { "PORTK", 0xFF }, { "PORTQ", 0x0F }, { "PORTR", 0x03 },
    };

    [Theory]
    [InlineData("PORT")]
    [InlineData("VPORT")]
    [InlineData("PORTCFG")]
    public void Every_register_of_the_map_is_there_under_its_name(string type)
    {
        var io = new Bench().Chip.Data.Io;
        NamedRegister[] registers = [.. RegisterMap.ATxmega128A1.Registers.Where(r => Type(r.Name) == type)];
        Assert.NotEmpty(registers);
        foreach (NamedRegister register in registers) Assert.Equal(register.Name, io.NameOf(register.Address));

        static string Type(string name) => name.Split('.')[0] switch
        {
            "PORTCFG" => "PORTCFG",
            var n when n.StartsWith("VPORT", StringComparison.Ordinal) => "VPORT",
            var n when n.StartsWith("PORT", StringComparison.Ordinal) => "PORT",
            _ => "",
        };
    }

    [Theory]
    [InlineData("PORTC.INTCTRL", 0x0F)]
    [InlineData("PORTC.INTFLAGS", 0x03)]
    [InlineData("PORTC.PIN0CTRL", 0xFF)]
    [InlineData("PORTCFG.VPCTRLA", 0xFF)]
    [InlineData("PORTCFG.CLKEVOUT", 0x33)]
    [InlineData("VPORT0.INTFLAGS", 0x03)]
    public void Masks_are_those_of_the_fields_in_the_map(string name, int mask)
    {
        NamedRegister register = RegisterMap.ATxmega128A1.Find(name)!;
        Assert.Equal(mask, register.Fields.Aggregate(0, (m, f) => m | f.Mask));
        IoModule module = new Bench().Chip.Data.Io.OwnerOf(register.Address)!;
        Assert.Equal(mask, module.Registers[register.Address - module.BaseAddress]!.Mask);
    }

    [Theory]
    [MemberData(nameof(AllPorts))]
    public void All_registers_of_a_port_reset_to_zero(string port, int pins)
    {
        Bench bench = new Bench().WithoutJtag();
        Write(bench, port, 0xFF);
        Assert.Equal(pins, bench.Read($"{port}.DIR"));
        bench.Chip.Reset(ResetSource.External);
        bench.Advance(3);
        foreach (NamedRegister register in RegisterMap.ATxmega128A1.Registers.Where(r => r.Name.StartsWith(port + ".", StringComparison.Ordinal)))
            Assert.Equal(0, bench.Read(register.Name));
    }

    [Theory]
    [MemberData(nameof(AllPorts))]
    public void Bits_of_missing_pins_read_zero(string port, int pins)
    {
        var bench = new Bench().WithoutJtag();
        Write(bench, port, 0xFF);
        bench.Advance(3);
        foreach (string name in (string[])["DIR", "DIRSET", "OUT", "OUTTGL", "IN", "INT0MASK", "INT1MASK"])
            Assert.Equal(pins, bench.Read($"{port}.{name}"));
        for (int n = 0; n < 8; n++) Assert.Equal((pins & (1 << n)) != 0 ? 0xB8 : 0, bench.Read($"{port}.PIN{n}CTRL"));
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Port_configuration_resets_to_virtual_ports_on_A_to_D()
    {
        var bench = new Bench();
        bench.Write("PORTCFG.MPCMASK", 1).Write("PORTCFG.VPCTRLA", 0).Write("PORTCFG.VPCTRLB", 0).Write("PORTCFG.CLKEVOUT", 0x10);
        bench.Chip.Reset(ResetSource.External);
        Assert.Equal(0, bench.Read("PORTCFG.MPCMASK"));
        Assert.Equal(0x10, bench.Read("PORTCFG.VPCTRLA"));
        Assert.Equal(0x32, bench.Read("PORTCFG.VPCTRLB"));
        Assert.Equal(0, bench.Read("PORTCFG.CLKEVOUT"));
    }

    [Theory]
    [InlineData("DIR")]
    [InlineData("OUT")]
    public void Set_clear_and_toggle_change_only_the_ones_and_read_the_register(string register)
    {
        var bench = new Bench();
        bench.Write($"PORTD.{register}", 0xF0).Write($"PORTD.{register}SET", 0x18);
        Assert.Equal(0xF8, bench.Read($"PORTD.{register}SET"));
        bench.Write($"PORTD.{register}CLR", 0x81);
        Assert.Equal(0x78, bench.Read($"PORTD.{register}CLR"));
        bench.Write($"PORTD.{register}TGL", 0xFF);
        Assert.Equal(0x87, bench.Read($"PORTD.{register}TGL"));
        Assert.Equal(0x87, bench.Read($"PORTD.{register}"));
    }

    [Fact]
    public void IN_cannot_be_written()
    {
        var bench = new Bench();
        bench.Write("PORTD.IN", 0xFF).Advance(3);
        Assert.Equal(0, bench.Read("PORTD.IN"));
        Assert.Equal(0, bench.Read("PORTD.OUT"));
    }

    // Slew rate and wired-AND with pull-up on every pin, outputs high: everything reads back as the mask.
    private static void Write(Bench bench, string port, int value)
    {
        foreach (string name in (string[])["DIR", "OUT", "INTCTRL", "INT0MASK", "INT1MASK"]) bench.Write($"{port}.{name}", value);
        for (int n = 0; n < 8; n++) bench.Write($"{port}.PIN{n}CTRL", 0xB8);
    }
}
