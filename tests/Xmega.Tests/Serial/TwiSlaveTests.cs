using CsCheck;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.TwiBench;

namespace Xmega.Tests.Serial;

public class TwiSlaveTests
{
    [Theory]
    [InlineData(0x50 << 1, 0x00, 0, 0x50, true)]
    [InlineData(0x50 << 1, 0x00, 0, 0x51, false)]
    [InlineData(0x50 << 1, 0x03 << 1, 0, 0x53, true)]        // two bits masked
    [InlineData(0x50 << 1, 0x03 << 1, 0, 0x54, false)]
    [InlineData(0x50 << 1, (0x21 << 1) | 1, 0, 0x21, true)]  // ADDREN: a second address
    [InlineData(0x50 << 1, (0x21 << 1) | 1, 0, 0x50, true)]
    [InlineData(0x50 << 1, (0x21 << 1) | 1, 0, 0x71, false)]
    [InlineData(0x50 << 1, 0x00, 0, 0x00, false)]
    [InlineData((0x50 << 1) | 1, 0x00, 0, 0x00, true)]       // general call
    [InlineData(0x50 << 1, 0x00, 2, 0x33, true)]             // PMEN: any
    public void The_address_is_compared_by_ADDR_mask_general_call_and_mode(int addr, int mask, int mode, int sent, bool own)
    {
        Bench bench = MasterAndSlave().Write("TWID.SLAVE.ADDR", addr).Write("TWID.SLAVE.ADDRMASK", mask).Write("TWID.SLAVE.CTRLA", ENABLE | mode).Write("TWIC.MASTER.ADDR", sent << 1);
        bench.Advance(400);
        Assert.Equal(own ? APIF | CLKHOLD | AP : 0, bench.SlaveStatus());
        Assert.Equal(own ? OWNER : WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus());
        if (own) Assert.Equal(sent << 1, bench.Read("TWID.SLAVE.DATA"));
    }

    [Fact]
    public void A_slave_that_firmware_keeps_waiting_stretches_the_clock()
    {
        Bench bench = MasterAndSlave().Watch(SCL).Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave().Advance(3000);
        Assert.Equal(LogicLevel.Low, bench.Chip.FindPin(SCL)!.Level);
        long answered = bench.Now;
        bench.Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster();
        long[] edges = [.. bench.CyclesOf(SCL)];
        Assert.Equal(answered + 2, edges[^2]);      // SDA stands for two cycles before SCL is released
        Assert.Equal(10, edges[^1] - edges[^2]);    // the high period counts from the rise on the line
        Assert.Equal(WIF | CLKHOLD | OWNER, bench.MasterStatus());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void STOP_is_reported_where_PIEN_asks_for_it(bool reports)
    {
        Bench bench = MasterAndSlave(smart: 0).Write("TWID.SLAVE.CTRLA", ENABLE | 0x50 | (reports ? 0x04 : 0)).Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave();
        Assert.Equal(1, bench.Chip.Interrupts.Lines.Single(l => l.Vector == 75 && l.IsRequested).Level);
        bench.Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster().Write("TWIC.MASTER.CTRLC", STOP).Advance(100);
        Assert.Equal(reports ? APIF : AP, bench.SlaveStatus());
        Assert.Equal(reports, bench.Chip.Interrupts.Lines.Single(l => l.Vector == 75).IsRequested);
        bench.Write("TWID.SLAVE.STATUS", APIF);
        Assert.Equal(reports ? 0 : AP, bench.SlaveStatus());
        Assert.False(bench.Chip.Interrupts.Lines.Single(l => l.Vector == 75).IsRequested);

        // The next transaction is not hindered, and one with another slave is not reported.
        bench.Write("TWIC.MASTER.ADDR", 0x20).AwaitMaster().Write("TWIC.MASTER.CTRLC", STOP).Advance(100);
        Assert.Equal(0, bench.SlaveStatus() & APIF);
        bench.Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave();
        Assert.Equal(APIF | CLKHOLD | AP, bench.SlaveStatus());
    }

    [Fact]
    public void A_NACK_to_the_address_sends_the_master_away()
    {
        Bench bench = MasterAndSlave().Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave().Write("TWID.SLAVE.CTRLB", NACK | COMPTRANS).AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus());
        bench.Write("TWIC.MASTER.CTRLC", STOP).Advance(100);
        Assert.Equal(RXACK | IDLE, bench.MasterStatus());
    }

    [Fact]
    public void A_slave_that_cannot_send_its_one_has_a_collision_and_lets_go()
    {
        Bench bench = MasterAndSlave();
        var sda = new Line(bench, SDA, openDrain: true);
        bench.Write("TWIC.MASTER.ADDR", 0xA1).AwaitSlave().Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitSlave().Write("TWID.SLAVE.DATA", 0xFF);
        sda.Set(false);
        bench.Write("TWID.SLAVE.CTRLB", RESPONSE).Await("TWID.SLAVE.STATUS", APIF);
        Assert.Equal(APIF | COLL | DIR | AP, bench.SlaveStatus()); // SCL is not held
        bench.AwaitMaster();
        Assert.Equal(0x00, bench.Read("TWIC.MASTER.DATA"));
        sda.Set(true);
        bench.Write("TWIC.MASTER.CTRLC", NACK | REPSTART).Advance(60);
        Assert.Equal(0, bench.SlaveStatus() & COLL); // START clears it
    }

    [Fact]
    public void Ten_bit_addressing_is_done_by_firmware()
    {
        // 11110 and the two highest bits in the first byte, the rest in the second: 0x2A5.
        Bench bench = MasterAndSlave(slave: 0x7A).Write("TWIC.MASTER.ADDR", 0xF4).AwaitSlave().Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster().Write("TWIC.MASTER.DATA", 0xA5).AwaitSlave();
        Assert.Equal(0xA5, bench.Read("TWID.SLAVE.DATA"));
        bench.Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster().Write("TWIC.MASTER.ADDR", 0xF5).AwaitSlave();
        Assert.Equal(APIF | CLKHOLD | DIR | AP, bench.SlaveStatus());
    }

    [Fact]
    public void Master_and_slave_of_one_module_talk_with_each_other()
    {
        Bench bench = Bus().Write("TWIC.SLAVE.ADDR", 0x42 << 1).Write("TWIC.SLAVE.CTRLA", ENABLE).Master("TWIC", 0).Write("TWIC.MASTER.ADDR", 0x84).AwaitSlave("TWIC").Write("TWIC.SLAVE.CTRLB", RESPONSE).AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | OWNER, bench.MasterStatus());
    }

    [Fact]
    public void Bytes_go_both_ways_at_any_speed_of_either_side() =>
        Gen.Select(Gen.Int[0, 60], Gen.Byte.List[1, 4], Gen.Byte.List[1, 4], Gen.Int[0, 80], Gen.Int[0, 80], Gen.Int[0, 3]).Sample(
            (baud, writes, reads, masterWaits, slaveWaits, hold) =>
            {
                Bench bench = MasterAndSlave(baud).Write("TWIC.CTRL", hold << 1).Write("TWID.CTRL", hold << 1).Write("TWIC.MASTER.ADDR", 0xA0);
                bench.AwaitSlave().Advance(slaveWaits).Write("TWID.SLAVE.CTRLB", RESPONSE);
                foreach (byte b in writes)
                {
                    bench.AwaitMaster().Advance(masterWaits);
                    Assert.Equal(WIF | CLKHOLD | OWNER, bench.MasterStatus());
                    bench.Write("TWIC.MASTER.DATA", b).AwaitSlave().Advance(slaveWaits);
                    Assert.Equal(b, bench.Read("TWID.SLAVE.DATA"));
                    bench.Write("TWID.SLAVE.CTRLB", RESPONSE);
                }

                bench.AwaitMaster().Advance(masterWaits).Write("TWIC.MASTER.ADDR", 0xA1).AwaitSlave().Advance(slaveWaits).Write("TWID.SLAVE.CTRLB", RESPONSE);
                for (int i = 0; i < reads.Count; i++)
                {
                    bench.AwaitSlave().Advance(slaveWaits).Write("TWID.SLAVE.DATA", reads[i]).Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster().Advance(masterWaits);
                    Assert.Equal(RIF | CLKHOLD | OWNER, bench.MasterStatus());
                    Assert.Equal(reads[i], bench.Read("TWIC.MASTER.DATA"));
                    bench.Write("TWIC.MASTER.CTRLC", i < reads.Count - 1 ? RECVTRANS : NACK | STOP);
                }

                bench.AwaitSlave().Write("TWID.SLAVE.CTRLB", COMPTRANS).Advance(200 + (4 * baud));
                Assert.Equal(IDLE, bench.MasterStatus());
                Assert.Empty(bench.Chip.Diagnostics.All);
            },
            iter: 40);

    // Two masters begin within the two cycles in which neither can see the other: the one with the lower address wins.
    [Fact]
    public void The_master_that_sends_a_one_where_the_other_sends_a_zero_loses_and_harms_nobody() =>
        Gen.Select(Gen.Int[1, 127], Gen.Int[1, 127], Gen.Int[0, 40], Gen.Int[0, 40], Gen.Int[0, 1]).Where((a, b, _, _, _) => a != b).Sample(
            (addressC, addressD, baudC, baudD, later) =>
            {
                Bench bench = Bus().Master("TWIC", baudC).Master("TWID", baudD).Watch("TWI?.MASTER.TX").Write("TWIC.MASTER.ADDR", addressC << 1).Advance(later).Write("TWID.MASTER.ADDR", addressD << 1);
                (string winner, string loser, int address) = addressC < addressD ? ("TWIC", "TWID", addressC) : ("TWID", "TWIC", addressD);
                bench.AwaitMaster(loser);
                Assert.Equal(WIF | ARBLOST | BUSY, bench.MasterStatus(loser));
                bench.AwaitMaster(winner);
                Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus(winner));
                Assert.Equal([(0x300 | (address << 1))], bench.Trace.Select(t => (int)t.Value));
                bench.Write($"{winner}.MASTER.CTRLC", STOP).Advance(300);
                Assert.Equal(WIF | ARBLOST | IDLE, bench.MasterStatus(loser));
                bench.Write($"{loser}.MASTER.ADDR", 0x20);
                bench.AwaitMaster(loser);
                Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus(loser));
            },
            iter: 100);

    [Fact]
    public void The_low_period_of_two_masters_is_the_longer_and_the_high_period_the_shorter()
    {
        // Same address: nobody loses before the data.
        Bench bench = Bus().Master("TWIC", 5).Master("TWID", 20).Watch(SCL).Write("TWIC.MASTER.ADDR", 0x20).Write("TWID.MASTER.ADDR", 0x20).AwaitMaster();
        long[] edges = [.. bench.CyclesOf(SCL)];
        for (int i = 2; i < 18; i++) Assert.Equal(i % 2 == 1 ? 25 : 10, edges[i] - edges[i - 1]);
    }

    [Fact]
    public void State_goes_out_and_back_in_the_middle_of_a_transaction()
    {
        Gen.Int[1, 450].Sample(
            moment =>
            {
                Bench Running() => MasterAndSlave().Write("TWIC.MASTER.CTRLA", 0xF8).Write("TWID.SLAVE.CTRLA", 0xF9).Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave().Write("TWID.SLAVE.CTRLB", RESPONSE);
                // The slave is in smart mode: its firmware reads DATA only.
                void Finish(Bench bench)
                {
                    bench.AwaitMaster().Write("TWIC.MASTER.DATA", 0x5A).AwaitSlave().Read("TWID.SLAVE.DATA");
                    bench.AwaitMaster().Write("TWIC.MASTER.CTRLC", STOP).Advance(100);
                }

                Bench straight = Running();
                if (moment > 100) straight.AwaitMaster().Write("TWIC.MASTER.DATA", 0xA5);
                straight.Advance(moment % 100);
                Bench resumed = straight.CopyTo(Bus());
                foreach (Bench bench in new[] { straight, resumed })
                {
                    bench.Watch("TWI*").Watch("PORT*");
                    if (moment > 100) bench.AwaitSlave().Read("TWID.SLAVE.DATA");
                    Finish(bench);
                }

                Assert.Equal(straight.Trace, resumed.Trace);
                Assert.Equal(IDLE, resumed.MasterStatus());
                Assert.Equal(straight.Chip.Interrupts.Lines.Where(l => l.IsRequested).Select(l => l.Name), resumed.Chip.Interrupts.Lines.Where(l => l.IsRequested).Select(l => l.Name));
            },
            iter: 60);
    }

    [Fact]
    public void Power_reduction_freezes_the_master_and_it_goes_on_where_it_stopped()
    {
        for (int moment = 1; moment < 190; moment++)
        {
            Bench bench = MasterAndSlave().Watch(SCL).Watch(SDA).Write("TWIC.MASTER.ADDR", 0x20).Advance(moment).Write("PR.PRPC", 0x40);
            int edges = bench.Trace.Count;
            bench.Advance(500);
            Assert.Equal(edges, bench.Trace.Count);
            bench.Write("PR.PRPC", 0).AwaitMaster();
            Assert.Equal("S001000001", Bits(bench.Trace));
        }
    }
}
