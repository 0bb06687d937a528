using CsCheck;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.SpiBench;

namespace Xmega.Tests.Serial;

public class SpiSlave
{
    [Fact]
    public void Master_and_slave_exchange_bytes_in_every_mode_order_and_speed() =>
        Gen.Select(Gen.Int[0, 3], Gen.Bool, Gen.Int[0, 2], Gen.Bool, Gen.Select(Gen.Byte, Gen.Byte).List[1, 5], Gen.Int[0, 9]).Sample(
            (mode, lowestFirst, prescaler, doubleSpeed, bytes, gap) =>
            {
                int setting = (mode << 2) | (lowestFirst ? DORD : 0);
                if (prescaler == 0) doubleSpeed = false; // too fast for a slave
                Bench bench = Pair(setting | prescaler | (doubleSpeed ? CLK2X : 0), setting).Advance(5).Select();
                int period = (4 << (2 * prescaler)) / (doubleSpeed ? 2 : 1);
                foreach ((byte there, byte back) in bytes)
                {
                    bench.Advance(gap).Write("SPID.DATA", back).Advance(1).Write("SPIC.DATA", there).Advance(8 * period);
                    Assert.Equal(IF, bench.Read("SPIC.STATUS"));
                    Assert.Equal(0, bench.Read("SPID.STATUS"));
                    bench.Advance(2); // the end of the byte goes through the slave's synchroniser
                    Assert.Equal(IF, bench.Read("SPID.STATUS"));
                    Assert.Equal((back, there), (bench.Read("SPIC.DATA"), bench.Read("SPID.DATA")));
                }

                Assert.Empty(bench.Chip.Diagnostics.All);
            },
            iter: 150);

    [Fact]
    public void A_slave_that_is_given_nothing_sends_back_what_it_received()
    {
        Bench bench = Pair(0, 0).Advance(5).Select().Write("SPIC.DATA", 0x3C).Advance(40).Write("SPIC.DATA", 0x00).Advance(40);
        Assert.Equal(0x3C, bench.Read("SPIC.DATA"));
    }

    [Fact]
    public void Without_its_SS_a_slave_neither_hears_nor_drives()
    {
        Bench bench = Pair(0, 0).Write("SPID.DATA", 0xFF);
        Assert.Equal(LogicLevel.Floating, bench.Chip.FindPin(MISO)!.Level);
        bench.Write("SPIC.DATA", 0xFF).Advance(100);
        Assert.Equal(0, bench.Read("SPID.STATUS"));
        bench.Select();
        Assert.Equal(LogicLevel.High, bench.Chip.FindPin(MISO)!.Level);
        bench.Select(false);
        Assert.Equal(LogicLevel.Floating, bench.Chip.FindPin(MISO)!.Level);
    }

    [Fact]
    public void MISO_has_the_direction_that_firmware_gives_it()
    {
        Bench bench = Pair(0, 0).Write("PORTD.DIR", 0).Write("SPID.DATA", 0xFF).Select();
        Assert.Equal(LogicLevel.Floating, bench.Chip.FindPin(MISO)!.Level);
        bench.Write("PORTD.DIR", 0x40);
        Assert.Equal(LogicLevel.High, bench.Chip.FindPin(MISO)!.Level);
    }

    [Fact]
    public void SS_high_in_the_middle_of_a_byte_loses_it_and_the_next_one_begins_anew()
    {
        Bench bench = Pair(1, 0).Select().Write("SPIC.DATA", 0xFF).Advance(70).Select(false).Advance(100).Select();
        Assert.Equal(0, bench.Read("SPID.STATUS"));
        bench.Write("SPIC.DATA", 0x42).Advance(130);
        Assert.Equal(IF, bench.Read("SPID.STATUS"));
        Assert.Equal(0x42, bench.Read("SPID.DATA"));
    }

    [Fact]
    public void A_write_of_DATA_while_the_master_clocks_collides()
    {
        Bench bench = Pair(1, 0).Select().Write("SPID.DATA", 0x55).Write("SPIC.DATA", 0).Advance(9).Write("SPID.DATA", 0xAA);
        Assert.Equal(WRCOL, bench.Read("SPID.STATUS"));
        bench.Advance(200);
        Assert.Equal(0x55, bench.Read("SPIC.DATA"));
    }

    [Fact]
    public void A_clock_too_fast_for_the_slave_is_pointed_out()
    {
        Bench bench = Pair(CLK2X, 0).Select().Write("SPIC.DATA", 0).Advance(30);
        Assert.Contains("SPID: SCK of the master is too fast", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Power_reduction_freezes_a_transfer_and_it_goes_on_where_it_stopped()
    {
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 300]).Sample(
            (moment, stopped) =>
            {
                Bench Running() => Master(1).Watch("SPIC.*").Watch("PORTC.*").Write("SPIC.DATA", 0xA7).Advance(moment);
                Bench straight = Running().Advance(500);
                Bench held = Running();
                long at = held.Now;
                held.Write("PR.PRPC", 0x08).Advance(stopped).Write("PR.PRPC", 0).Advance(500);
                Assert.Equal(straight.Trace.Select(t => (t.Cycle > at ? t.Cycle + stopped : t.Cycle, t.Signal, t.Value)), held.Trace);
            },
            iter: 60);
    }

    [Fact]
    public void State_goes_out_and_back_in_the_middle_of_a_byte()
    {
        Gen.Select(Gen.Int[1, 160], Gen.Int[0, 3]).Sample(
            (moment, mode) =>
            {
                Bench straight = Pair((mode << 2) | 1, mode << 2).Write("SPID.INTCTRL", 2).Select().Write("SPID.DATA", 0x96).Write("SPIC.DATA", 0x5A).Advance(moment);
                Bench resumed = straight.CopyTo(Wired(new Bench()));
                foreach (Bench bench in new[] { straight, resumed }) bench.Watch("SPI*").Watch("PORT*").Advance(300);
                Assert.Equal(straight.Trace, resumed.Trace);
                Assert.True(resumed.Chip.Services.DmaRequests.Find(0x6A)!.IsRequested);
                Assert.Equal(87, resumed.Chip.Interrupts.Lines.Single(l => l.IsRequested && l.Level == 2).Vector);
                Assert.Equal((0x5A, 0x96), (resumed.Read("SPID.DATA"), resumed.Read("SPIC.DATA")));
            },
            iter: 60);
    }
}
