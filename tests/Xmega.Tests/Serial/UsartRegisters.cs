using Xmega.Memory;
using Xmega.Registers;
using Xmega.Serial;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Serial;

public class UsartRegisters
{
    public static TheoryData<string, string, int, int> Instances => new()
    {
        { "USARTC0", "PORTC", 2, 25 }, { "USARTC1", "PORTC", 6, 28 }, { "USARTD0", "PORTD", 2, 88 }, { "USARTD1", "PORTD", 6, 91 },
        { "USARTE0", "PORTE", 2, 58 }, { "USARTE1", "PORTE", 6, 61 }, { "USARTF0", "PORTF", 2, 119 }, { "USARTF1", "PORTF", 6, 122 },
    };

    [Theory]
    [MemberData(nameof(Instances))]
    public void Every_instance_has_its_address_pins_and_vectors(string name, string port, int rxd, int vector)
    {
        var bench = new Bench();
        IUsartPort usart = bench.Chip.FindUsart(name)!;
        Assert.Equal($"{port}.PIN{rxd}", usart.Rxd.Name);
        Assert.Equal($"{port}.PIN{rxd + 1}", usart.Txd.Name);
        Assert.Equal(name, bench.Chip.Data.Io.OwnerOf(Bench.AddressOf($"{name}.DATA"))!.Name);
        string[] lines = [.. bench.Chip.Interrupts.Lines.Where(l => l.Vector >= vector && l.Vector < vector + 3).Select(l => l.Name)];
        Assert.Equal([$"{name}_RXC", $"{name}_DRE", $"{name}_TXC"], lines);
        for (int i = 0; i < 3; i++) Assert.StartsWith(lines[i], RegisterMap.ATxmega128A1.Vectors[vector + i], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DATA", 0x00, 0xFF)]
    [InlineData("STATUS", 0x20, 0x40)]
    [InlineData("CTRLA", 0x00, 0x3F)]
    [InlineData("CTRLB", 0x00, 0x1F)]
    [InlineData("CTRLC", 0x03, 0xFF)]
    [InlineData("BAUDCTRLA", 0x00, 0xFF)]
    [InlineData("BAUDCTRLB", 0x00, 0xFF)]
    public void Reset_values_and_masks_are_the_references(string register, int reset, int mask)
    {
        var bench = new Bench();
        NamedRegister entry = RegisterMap.ATxmega128A1.Find($"USARTD1.{register}")!;
        Assert.Equal(reset, bench.Read(entry.Name));
        IoModule module = bench.Chip.Data.Io.OwnerOf(entry.Address)!;
        Assert.Equal(mask, module.Registers[entry.Address - module.BaseAddress]!.Mask);
        int fields = entry.Fields.Aggregate(0, (all, f) => all | f.Mask);
        if (fields != 0) Assert.Equal(0, mask & ~fields);
    }

    [Theory]
    [InlineData("CTRLA", 0xFF, 0x3F)]
    [InlineData("CTRLB", 0xE5, 0x05)]
    [InlineData("CTRLC", 0x2F, 0x2F)]
    [InlineData("BAUDCTRLA", 0xA5, 0xA5)]
    [InlineData("BAUDCTRLB", 0x5A, 0x5A)]
    public void Control_registers_read_back_what_they_keep_and_a_reset_clears_it(string register, int written, int read)
    {
        var bench = new Bench();
        int before = bench.Read($"USARTE0.{register}");
        bench.Write($"USARTE0.{register}", written);
        Assert.Equal(read, bench.Read($"USARTE0.{register}"));
        bench.Chip.Reset(ResetSource.Software);
        Assert.Equal(before, bench.Read($"USARTE0.{register}"));
    }

    [Fact]
    public void The_offset_without_a_register_is_reserved()
    {
        var bench = new Bench();
        bench.Chip.Data.Write(Bench.AddressOf("USARTC0.DATA") + 2, 1);
        Assert.Contains(bench.Chip.Diagnostics.All, d => d.Kind == DiagnosticKind.ReservedAddress);
    }

    [Theory]
    [InlineData(0x05, "CHSIZE 5")]
    [InlineData(0x13, "PMODE 1")]
    public void What_the_manual_leaves_out_is_said_when_it_is_put_to_use(int ctrlc, string words)
    {
        var bench = new Bench();
        bench.Write("USARTF1.CTRLC", ctrlc);
        Assert.Empty(bench.Chip.Diagnostics.All);
        bench.Write("USARTF1.CTRLB", UsartBench.TXEN);
        Diagnostic said = Assert.Single(bench.Chip.Diagnostics.All);
        Assert.Equal(DiagnosticKind.Configuration, said.Kind);
        Assert.Contains("USARTF1", said.Message, StringComparison.Ordinal);
        Assert.Contains(words, said.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, -1, true)]
    [InlineData(5, -8, true)]
    [InlineData(5, -7, false)]
    [InlineData(0, 0, false)]
    public void Rates_the_manual_forbids_are_remarked(int bsel, int bscale, bool remarked)
    {
        Bench bench = UsartBench.Bench(bsel, bscale).Write("USARTC0.CTRLB", UsartBench.RXEN);
        Assert.Equal(remarked, bench.Chip.Diagnostics.All.Any(d => d.Kind == DiagnosticKind.Configuration));
    }

    [Fact]
    public void Master_SPI_with_XCK_as_an_input_is_pointed_out()
    {
        Bench bench = UsartBench.Bench(format: 0xC0).Write("USARTC0.CTRLB", UsartBench.TXEN).Write("USARTC0.DATA", 0x55);
        Assert.Contains("the clock does not leave the chip", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_synchronous_slave_without_a_clock_sends_nothing()
    {
        Bench bench = UsartBench.Bench(format: 0x43).Watch("USARTC0.TX").Write("USARTC0.CTRLB", UsartBench.TXEN).Write("USARTC0.DATA", 0x55).Advance(10_000);
        Assert.Empty(bench.Trace);
        Assert.Equal(0, bench.Read("USARTC0.STATUS"));
        Assert.Equal(ScheduledAction.Never, bench.Chip.FindUsart("USARTC0")!.TransmitterIdleCycle);
    }
}
