using Xmega.Dma;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.SpiBench;

namespace Xmega.Tests.Serial;

public class SpiMaster
{
    public static TheoryData<string, string, int, int> Instances => new()
    {
        { "SPIC", "PORTC", 24, 0x4A }, { "SPID", "PORTD", 87, 0x6A }, { "SPIE", "PORTE", 57, 0x8A }, { "SPIF", "PORTF", 118, 0xAA },
    };

    [Theory]
    [MemberData(nameof(Instances))]
    public void Every_instance_has_its_address_pins_vector_and_request(string name, string port, int vector, int code)
    {
        var bench = new Bench();
        bench.Watch($"{port}.*").Write($"{port}.DIR", 0xB0).Write($"{name}.CTRL", ENABLE | MASTER).Write($"{name}.INTCTRL", 1).Write($"{name}.DATA", 0xFF);
        DmaRequestLine request = bench.Chip.Services.DmaRequests.Find(code)!;
        Assert.Equal(name, request.Name);
        bench.Advance(32);
        Assert.Equal(16, bench.CyclesOf($"{port}.PIN7").Count(c => c > 0));
        Assert.True(request.IsRequested);
        Assert.Equal($"{name}_INT", Assert.Single(bench.Chip.Interrupts.Lines, l => l.IsRequested && l.Vector == vector).Name);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 16)]
    [InlineData(2, 64)]
    [InlineData(3, 128)]
    [InlineData(0 | CLK2X, 2)]
    [InlineData(1 | CLK2X, 8)]
    [InlineData(2 | CLK2X, 32)]
    [InlineData(3 | CLK2X, 64)]
    public void A_transfer_takes_eight_periods_of_SCK(int ctrl, int period)
    {
        Bench bench = Master(ctrl).Advance(3).Watch("SPIC.*").Watch(SCK);
        long n = bench.Now;
        bench.Write("SPIC.DATA", 0xA5).AdvanceTo(n + (8 * period) - 1);
        Assert.Equal(0, bench.Read("SPIC.STATUS"));
        bench.Advance(1);
        Assert.Equal(IF, bench.Read("SPIC.STATUS"));
        Assert.Equal(Enumerable.Range(1, 16).Select(i => n + (i * period / 2)), bench.CyclesOf(SCK));
        Assert.Equal([n], bench.CyclesOf("SPIC.TX", 0xA5));
        Assert.Equal([n + (8 * period)], bench.CyclesOf("SPIC.RX"));
    }

    // What a scope shows: MOSI at the sampling edge of each bit, and SCK's idle level.
    [Theory]
    [InlineData(0x00, false, true, 0xC1)]
    [InlineData(0x04, false, false, 0xC1)]
    [InlineData(0x08, true, false, 0xC1)]
    [InlineData(0x0C, true, true, 0xC1)]
    [InlineData(DORD | 0x00, false, true, 0x83)]
    [InlineData(DORD | 0x0C, true, true, 0x83)]
    public void The_mode_says_which_edge_samples(int ctrl, bool idle, bool samplesRising, int onTheLine)
    {
        Bench bench = Master(ctrl).Advance(3).Write("SPIC.DATA", 0xC1);
        Pin sck = bench.Chip.FindPin(SCK)!, mosi = bench.Chip.FindPin(MOSI)!;
        Assert.Equal(idle, sck.IsHigh);
        int bits = 0, read = 0;
        for (int i = 0; i < 32; i++)
        {
            bool before = sck.IsHigh, data = mosi.IsHigh;
            bench.Advance(1);
            if (sck.IsHigh == before || sck.IsHigh != samplesRising) continue;
            read = (read << 1) | (data ? 1 : 0);
            bits++;
        }

        Assert.Equal((8, onTheLine, idle), (bits, read, sck.IsHigh));
    }

    [Fact]
    public void A_byte_written_during_a_transfer_collides_and_is_lost()
    {
        Bench bench = Master(0).Watch("SPIC.TX").Write("SPIC.DATA", 0x11).Advance(10).Write("SPIC.DATA", 0x22);
        Assert.Equal(WRCOL, bench.Read("SPIC.STATUS"));
        bench.Advance(22);
        Assert.Equal(IF | WRCOL, bench.Chip.Data.Io.Peek(Bench.AddressOf("SPIC.STATUS")));
        Assert.Equal([0x11], bench.Trace.Select(t => (int)t.Value));
        Assert.Contains(bench.Chip.Diagnostics.All, d => d.Kind == DiagnosticKind.LostData);
    }

    [Fact]
    public void Flags_are_cleared_by_a_read_of_STATUS_that_shows_them_and_an_access_of_DATA()
    {
        Bench bench = Master(0).Write("SPIC.DATA", 1).Advance(32);
        bench.Read("SPIC.DATA");
        Assert.Equal(IF, bench.Chip.Data.Io.Peek(Bench.AddressOf("SPIC.STATUS"))); // not shown before
        Assert.Equal(IF, bench.Read("SPIC.STATUS"));
        Assert.Equal(IF, bench.Read("SPIC.STATUS"));
        bench.Write("SPIC.DATA", 2);
        Assert.Equal(0, bench.Read("SPIC.STATUS"));

        // STATUS read before the end of the transfer does not count for the flag that comes after.
        bench.Advance(32).Read("SPIC.DATA");
        Assert.Equal(IF, bench.Read("SPIC.STATUS"));
        bench.Read("SPIC.DATA");
        Assert.Equal(0, bench.Read("SPIC.STATUS"));
    }

    [Fact]
    public void The_request_to_the_DMA_controller_is_served_by_an_access_of_DATA()
    {
        DmaRequestLine request;
        Bench bench = Master(0).Write("SPIC.DATA", 1).Advance(31);
        request = bench.Chip.Services.DmaRequests.Find(0x4A)!;
        Assert.False(request.IsRequested);
        bench.Advance(1);
        Assert.True(request.IsRequested);
        bench.Read("SPIC.DATA");
        Assert.False(request.IsRequested);
        bench.Write("SPIC.DATA", 1).Advance(32).Write("SPIC.DATA", 1);
        Assert.False(request.IsRequested);
    }

    [Fact]
    public void The_received_byte_stays_until_the_next_transfer_is_complete()
    {
        Bench bench = Master(0);
        var miso = new Line(bench, MISO);
        bench.Write("SPIC.DATA", 0).Advance(32);
        Assert.Equal(0xFF, bench.Read("SPIC.DATA"));
        miso.Set(false);
        bench.Write("SPIC.DATA", 0).Advance(31);
        Assert.Equal(0xFF, bench.Read("SPIC.DATA"));
        bench.Advance(1);
        Assert.Equal(0, bench.Read("SPIC.DATA"));
    }

    [Fact]
    public void Another_master_takes_the_bus_by_pulling_SS_low()
    {
        Bench bench = Master(0);
        var ss = new Line(bench, SS);
        bench.Write("PORTC.DIRCLR", 0x10).Advance(5).Write("SPIC.DATA", 0x55).Advance(5).Watch("PORTC.*");
        ss.Set(false);
        bench.Advance(1);
        Assert.Equal(ENABLE | MASTER, bench.Read("SPIC.CTRL"));
        bench.Advance(1);
        Assert.Equal(ENABLE, bench.Read("SPIC.CTRL"));
        Assert.Equal(IF, bench.Read("SPIC.STATUS"));
        Assert.Equal(LogicLevel.Floating, bench.Chip.FindPin(SCK)!.Level);
        int edges = bench.Trace.Count;
        bench.Advance(100);
        Assert.Equal(edges, bench.Trace.Count);

        // Still low: MASTER does not stay set.
        bench.Write("SPIC.CTRL", ENABLE | MASTER);
        Assert.Equal(ENABLE, bench.Read("SPIC.CTRL"));
        ss.Set(true);
        bench.Advance(3).Write("SPIC.CTRL", ENABLE | MASTER);
        Assert.Equal(ENABLE | MASTER, bench.Read("SPIC.CTRL"));
        Assert.DoesNotContain(bench.Chip.Diagnostics.All, d => d.Kind == DiagnosticKind.Configuration);
    }

    [Fact]
    public void SS_left_as_an_input_that_nobody_drives_is_pointed_out()
    {
        Bench bench = new Bench().Write("PORTC.DIR", 0xA0).Write("SPIC.CTRL", ENABLE | MASTER);
        Assert.Equal(ENABLE, bench.Read("SPIC.CTRL"));
        Assert.Contains("make SS an output or pull it up", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
        bench.Write("PORTC.PIN4CTRL", 0x18).Write("SPIC.CTRL", ENABLE | MASTER);
        Assert.Equal(ENABLE | MASTER, bench.Read("SPIC.CTRL"));
        bench.Write("PORTC.PIN4CTRL", 0x00).Advance(2);
        Assert.Equal(ENABLE, bench.Read("SPIC.CTRL"));
    }

    [Fact]
    public void SS_as_an_output_is_firmwares()
    {
        Bench bench = Master(0).Select().Write("SPIC.DATA", 1).Advance(32);
        Assert.Equal(ENABLE | MASTER, bench.Read("SPIC.CTRL"));
        Assert.Equal(LogicLevel.Low, bench.Chip.FindPin(SS)!.Level);
        bench.Write("PORTC.DIRCLR", 0x10).Advance(2); // now an input, and it floats low
        Assert.Equal(ENABLE, bench.Read("SPIC.CTRL"));
    }

    [Fact]
    public void Disabled_the_pins_are_the_ports_again()
    {
        Bench bench = Master(0x08);
        Assert.Equal(LogicLevel.High, bench.Chip.FindPin(SCK)!.Level);
        bench.Write("SPIC.CTRL", 0);
        Assert.Equal(LogicLevel.Low, bench.Chip.FindPin(SCK)!.Level);
        bench.Write("SPIC.DATA", 1).Advance(100);
        Assert.Equal(0, bench.Read("SPIC.STATUS"));
    }
}
