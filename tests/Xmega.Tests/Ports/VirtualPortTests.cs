using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class VirtualPortTests
{
    [Theory]
    [InlineData("VPORT0", "PORTA")]
    [InlineData("VPORT1", "PORTB")]
    [InlineData("VPORT2", "PORTC")]
    [InlineData("VPORT3", "PORTD")]
    public void After_reset_the_virtual_ports_are_A_to_D(string virtualPort, string port)
    {
        Bench bench = new Bench().WithoutJtag();
        bench.Write($"{virtualPort}.DIR", 0x5A).Write($"{virtualPort}.OUT", 0xFF);
        Assert.Equal(0x5A, bench.Read($"{port}.DIR"));
        Assert.Equal(0xFF, bench.Read($"{port}.OUT"));
        bench.Write($"{port}.OUTCLR", 0x02);
        Assert.Equal(0xFD, bench.Read($"{virtualPort}.OUT"));
        Assert.Equal(0, bench.Advance(1).Read($"{virtualPort}.IN"));
        Assert.Equal(0x58, bench.Advance(1).Read($"{virtualPort}.IN"));
    }

    [Theory]
    [InlineData(4, "PORTE", 0xFF)]
    [InlineData(5, "PORTF", 0xFF)]
    [InlineData(7, "PORTH", 0xFF)]
    [InlineData(8, "PORTJ", 0xFF)]
    [InlineData(9, "PORTK", 0xFF)]
    [InlineData(14, "PORTQ", 0x0F)]
    [InlineData(15, "PORTR", 0x03)]
    public void Any_port_can_be_mapped_to_any_virtual_port(int map, string port, int pins)
    {
        var bench = new Bench();
        bench.Write("PORTCFG.VPCTRLA", map * 0x11).Write("PORTCFG.VPCTRLB", map * 0x11);
        for (int n = 0; n < 4; n++)
        {
            bench.Write($"VPORT{n}.OUT", 0xFF);
            Assert.Equal(pins, bench.Read($"{port}.OUT"));
            bench.Write($"VPORT{n}.OUT", 0);
            Assert.Equal(0, bench.Read($"{port}.OUT"));
        }

        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(10)]
    [InlineData(13)]
    public void A_port_that_the_part_does_not_have_reads_zero_and_is_remarked_on_once(int map)
    {
        var bench = new Bench();
        bench.Write("PORTCFG.VPCTRLA", map).Write("VPORT0.DIR", 0xFF).Write("VPORT0.OUT", 0xFF);
        foreach (string register in (string[])["DIR", "OUT", "IN", "INTFLAGS"]) Assert.Equal(0, bench.Read($"VPORT0.{register}"));
        Assert.Equal(DiagnosticKind.Configuration, Assert.Single(bench.Chip.Diagnostics.All).Kind);
    }

    [Fact]
    public void SBI_on_INTFLAGS_clears_that_flag_only()
    {
        var bench = new Bench();
        bench.Write("PORTC.INT0MASK", 1).Write("PORTC.INT1MASK", 1);
        bench.Driven("PORTC.PIN0", true);
        bench.Advance(3);
        bench.Chip.Data.Io.WriteBit(0x1B, 1, true);
        Assert.Equal(1, bench.Read("VPORT2.INTFLAGS"));
        bench.Chip.Data.Io.WriteBit(0x1B, 0, false);
        Assert.Equal(1, bench.Read("PORTC.INTFLAGS"));
        bench.Write("VPORT2.INTFLAGS", 1);
        Assert.Equal(0, bench.Read("PORTC.INTFLAGS"));
    }

    [Fact]
    public void SBI_and_CBI_change_one_pin_in_one_cycle()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 0xF0", "out 0x19, r16", "sbi 0x18, 4", "sbi 0x19, 0", "cbi 0x19, 7", "break");
        Assert.Equal(LogicLevel.High, chip.FindPin("PORTC.PIN4")!.Level);
        Assert.Equal(0x71, chip.Data.Peek(0x644));
        Assert.Equal(0x10, chip.Data.Peek(0x640));
        Assert.Equal(6, chip.Cycle);
    }

    [Fact]
    public void Looking_makes_no_remark()
    {
        var bench = new Bench();
        bench.Write("PORTCFG.VPCTRLA", 6);
        Assert.Equal(0, bench.Chip.Data.Peek(0x10));
        Assert.Empty(bench.Chip.Diagnostics.All);
    }
}
