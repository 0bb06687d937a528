using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Serial.TwiBench;

namespace Xmega.Tests.Serial;

public class TwiMasterTests
{
    public static TheoryData<string, string, int> Instances => new() { { "TWIC", "PORTC", 12 }, { "TWID", "PORTD", 75 }, { "TWIE", "PORTE", 45 }, { "TWIF", "PORTF", 106 } };

    [Theory]
    [MemberData(nameof(Instances))]
    public void Every_instance_has_its_address_pins_and_vectors(string name, string port, int vector)
    {
        var bench = new Bench();
        foreach (int pin in new[] { 0, 1 }) bench.Chip.FindPin($"{port}.PIN{pin}")!.AddDriver("pull-up").Drive = PinDrive.Pull(true);
        bench.Master(name, 5).Write($"{name}.MASTER.CTRLA", 0x78).Watch($"{port}.*").Write($"{name}.MASTER.ADDR", 0xA0).AwaitMaster(name);
        Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus(name)); // nobody answers
        Assert.Equal(1, bench.Chip.Interrupts.Lines.Single(l => l.Vector == vector + 1 && l.IsRequested).Level);
        Assert.Equal([$"{name}_TWIS", $"{name}_TWIM"], bench.Chip.Interrupts.Lines.Where(l => l.Vector == vector || l.Vector == vector + 1).Select(l => l.Name));
        Assert.Equal([$"{port}.PIN0", $"{port}.PIN1"], bench.Trace.Select(t => t.Signal).Distinct());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(100)]
    public void SCL_is_low_and_high_for_5_and_BAUD_cycles_each(int baud)
    {
        Bench bench = MasterAndSlave(baud).Watch(SCL).Watch(SDA).Write("TWIC.MASTER.ADDR", 0x42).AwaitMaster();
        long[] edges = [.. bench.CyclesOf(SCL)];
        Assert.Equal(19, edges.Length); // the fall behind START, and nine clocks
        for (int i = 1; i < edges.Length; i++) Assert.Equal(5 + baud, edges[i] - edges[i - 1]);
        Assert.Equal(5 + baud, edges[0] - bench.CyclesOf(SDA)[0]);
        Assert.Equal(edges[^1] + 2, bench.Now);
        Assert.Equal("S010000101", Bits(bench.Trace)); // nobody answers to 0x21
    }

    [Fact]
    public void A_write_has_address_data_acknowledge_and_STOP_on_the_lines()
    {
        Bench bench = MasterAndSlave().Watch(SDA).Watch(SCL).Watch("TWI?.*").Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave();
        Assert.Equal(APIF | CLKHOLD | AP, bench.SlaveStatus());
        Assert.Equal(0xA0, bench.Read("TWID.SLAVE.DATA"));
        Assert.Equal(OWNER, bench.MasterStatus());
        bench.Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | OWNER, bench.MasterStatus());
        bench.Write("TWIC.MASTER.DATA", 0x35);
        Assert.Equal(OWNER, bench.MasterStatus());
        bench.AwaitSlave();
        Assert.Equal(DIF | CLKHOLD | AP, bench.SlaveStatus());
        Assert.Equal(0x35, bench.Read("TWID.SLAVE.DATA"));
        bench.Write("TWID.SLAVE.CTRLB", RESPONSE | NACK).AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus());
        bench.Write("TWIC.MASTER.CTRLC", STOP).Advance(100);
        Assert.Equal(RXACK | IDLE, bench.MasterStatus());
        Assert.Equal("S101000000001101011P", Bits(bench.Trace));
        Assert.Equal([(0x200 | 0xA0), (0x100 | 0x35)], bench.Trace.Where(t => t.Signal == "TWIC.MASTER.TX").Select(t => (int)t.Value));
        Assert.Equal([(0x200 | 0xA0), 0x35], bench.Trace.Where(t => t.Signal == "TWID.SLAVE.RX").Select(t => (int)t.Value));
        Assert.Equal([OWNER, IDLE], bench.Trace.Where(t => t.Signal == "TWIC.BUSSTATE").Select(t => (int)t.Value));
    }

    [Fact]
    public void A_read_is_answered_by_firmware_and_ends_with_NACK_and_STOP()
    {
        Bench bench = MasterAndSlave().Watch(SDA).Watch(SCL).Write("TWIC.MASTER.ADDR", 0xA1).AwaitSlave();
        Assert.Equal(APIF | CLKHOLD | DIR | AP, bench.SlaveStatus());
        bench.Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitSlave();
        Assert.Equal(DIF | CLKHOLD | DIR | AP, bench.SlaveStatus());
        bench.Write("TWID.SLAVE.DATA", 0x96).Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster();
        Assert.Equal(RIF | CLKHOLD | OWNER, bench.MasterStatus());
        Assert.Equal(0x96, bench.Read("TWIC.MASTER.DATA"));
        Assert.Equal(OWNER, bench.MasterStatus()); // the flag went by the read; the line is still held
        bench.Advance(1000);
        Assert.Equal(LogicLevel.Low, bench.Chip.FindPin(SCL)!.Level);
        bench.Write("TWIC.MASTER.CTRLC", RECVTRANS).AwaitSlave();
        Assert.Equal(DIF | CLKHOLD | DIR | AP, bench.SlaveStatus()); // acknowledged
        bench.Write("TWID.SLAVE.DATA", 0x0F).Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster();
        Assert.Equal(0x0F, bench.Read("TWIC.MASTER.DATA"));
        bench.Write("TWIC.MASTER.CTRLC", NACK | STOP).AwaitSlave();
        Assert.Equal(DIF | CLKHOLD | RXACK | DIR | AP, bench.SlaveStatus());
        bench.Write("TWID.SLAVE.CTRLB", COMPTRANS).Advance(100);
        Assert.Equal(IDLE, bench.MasterStatus());
        Assert.Equal("S101000010100101100000011111P", Bits(bench.Trace));
    }

    [Fact]
    public void Smart_mode_acknowledges_by_the_access_of_DATA_on_both_sides()
    {
        Bench bench = MasterAndSlave(smart: SMEN).Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave().Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster().Write("TWIC.MASTER.DATA", 0x77).AwaitSlave();
        Assert.Equal(0x77, bench.Read("TWID.SLAVE.DATA"));
        Assert.Equal(AP, bench.SlaveStatus());
        bench.AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | OWNER, bench.MasterStatus());
        bench.Write("TWIC.MASTER.ADDR", 0xA1).AwaitSlave().Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitSlave().Write("TWID.SLAVE.DATA", 0x12).AwaitMaster();
        Assert.Equal(0x12, bench.Read("TWIC.MASTER.DATA"));
        bench.AwaitSlave().Write("TWID.SLAVE.DATA", 0x34).AwaitMaster().Write("TWIC.MASTER.CTRLC", NACK);
        Assert.Equal(0x34, bench.Read("TWIC.MASTER.DATA"));
        bench.AwaitSlave();
        Assert.Equal(DIF | CLKHOLD | RXACK | DIR | AP, bench.SlaveStatus());
        Assert.Equal(OWNER, bench.MasterStatus());
        bench.Write("TWID.SLAVE.CTRLB", COMPTRANS).Write("TWIC.MASTER.CTRLC", STOP).Advance(100);
        Assert.Equal(IDLE, bench.MasterStatus());
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_command_during_the_answer_of_smart_mode_follows_it()
    {
        Bench bench = MasterAndSlave(smart: SMEN).Write("TWIC.MASTER.ADDR", 0xA1).AwaitSlave().Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitSlave().Write("TWID.SLAVE.DATA", 0x12).AwaitMaster();
        bench.Write("TWIC.MASTER.CTRLC", NACK).Read("TWIC.MASTER.DATA");
        bench.Write("TWIC.MASTER.CTRLC", NACK | STOP).AwaitSlave().Write("TWID.SLAVE.CTRLB", COMPTRANS).Advance(100);
        Assert.Equal(IDLE, bench.MasterStatus());
    }

    [Fact]
    public void ADDR_of_an_owner_makes_a_repeated_START_behind_the_answer_it_owes()
    {
        Bench bench = MasterAndSlave().Watch(SDA).Watch(SCL).Write("TWIC.MASTER.ADDR", 0xA1).AwaitSlave().Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitSlave()
            .Write("TWID.SLAVE.DATA", 0xFF).Write("TWID.SLAVE.CTRLB", RESPONSE).AwaitMaster()
            .Write("TWIC.MASTER.CTRLC", NACK).Write("TWIC.MASTER.ADDR", 0xA0).AwaitSlave().Write("TWID.SLAVE.CTRLB", COMPTRANS).Await("TWID.SLAVE.STATUS", APIF);
        Assert.Equal("S101000010111111111S10100000", Bits(bench.Trace)[..28]);
        Assert.Equal(APIF | CLKHOLD | RXACK | AP, bench.SlaveStatus());
    }

    [Theory]
    [InlineData(0xA0, WIF)]
    [InlineData(0xA1, RIF)]
    public void Quick_command_leaves_the_rest_to_firmware_behind_the_address(int address, int flag)
    {
        Bench bench = MasterAndSlave().Write("TWIC.MASTER.CTRLB", 2).Write("TWIC.MASTER.ADDR", address).AwaitSlave().Write("TWID.SLAVE.CTRLB", (address & 1) == 0 ? RESPONSE : RESPONSE).AwaitMaster();
        Assert.Equal(flag | CLKHOLD | OWNER, bench.MasterStatus());
        if (flag == RIF) bench.AwaitSlave().Write("TWID.SLAVE.DATA", 0xFF).Write("TWID.SLAVE.CTRLB", COMPTRANS);
        bench.Write("TWIC.MASTER.CTRLC", STOP).Advance(100);
        Assert.Equal(IDLE, bench.MasterStatus());
    }

    [Fact]
    public void On_a_bus_of_unknown_state_ADDR_is_an_error()
    {
        Bench bench = Bus().Write("TWIC.MASTER.CTRLA", ENABLE).Watch(SDA).Write("TWIC.MASTER.ADDR", 0xA0).Advance(100);
        Assert.Equal(WIF | BUSERR | UNKNOWN, bench.MasterStatus());
        Assert.Contains("bus state is unknown", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
        Assert.Empty(bench.Trace);
        bench.Write("TWIC.MASTER.STATUS", BUSY); // only idle can be written
        Assert.Equal(WIF | BUSERR | UNKNOWN, bench.MasterStatus());
        bench.Write("TWIC.MASTER.STATUS", IDLE | BUSERR | WIF);
        Assert.Equal(IDLE, bench.MasterStatus());
    }

    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 100)]
    [InlineData(3, 200)]
    public void An_inactive_bus_becomes_idle_after_the_timeout(int timeout, int microseconds)
    {
        Bench bench = Bus().Write("TWIC.MASTER.CTRLB", timeout << 2).Write("TWIC.MASTER.CTRLA", ENABLE);
        bench.Advance((2 * microseconds) - 1); // 2 MHz
        Assert.Equal(UNKNOWN, bench.MasterStatus());
        bench.Advance(1);
        Assert.Equal(IDLE, bench.MasterStatus());

        // A START by somebody else and then nothing: the time counts from the last edge.
        var sda = new Line(bench, SDA, openDrain: true);
        sda.Set(false);
        bench.Advance(2);
        Assert.Equal(BUSY, bench.MasterStatus());
        bench.Advance(10 * microseconds);
        Assert.Equal(BUSY, bench.MasterStatus()); // SDA is low: not inactive
    }

    [Fact]
    public void The_bus_of_others_is_busy_from_START_to_STOP_and_ADDR_waits_for_its_end()
    {
        Bench bench = Bus().Master("TWIC", 5).Watch("TWIC.BUSSTATE");
        Line sda = new(bench, SDA, openDrain: true), scl = new(bench, SCL, openDrain: true);
        sda.Set(false);
        bench.Advance(10);
        Assert.Equal(BUSY, bench.MasterStatus());
        bench.Write("TWIC.MASTER.ADDR", 0xA0).Advance(50);
        Assert.Equal(BUSY, bench.MasterStatus());
        scl.Set(false);
        bench.Advance(20);
        scl.Set(true);
        bench.Advance(20);
        sda.Set(true);
        bench.Advance(3);
        Assert.Equal(OWNER, bench.MasterStatus());
        Assert.Equal([BUSY, IDLE, OWNER], bench.Trace.Select(t => (int)t.Value));
        bench.AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus());
    }

    [Fact]
    public void A_STOP_in_the_middle_of_a_byte_is_a_bus_error()
    {
        Bench bench = Bus().Master("TWIC", 5);
        Line sda = new(bench, SDA, openDrain: true), scl = new(bench, SCL, openDrain: true);
        sda.Set(false);
        for (int i = 0; i < 3; i++)
        {
            bench.Advance(10);
            scl.Set(false);
            bench.Advance(10);
            scl.Set(true);
        }

        bench.Advance(10);
        sda.Set(true);
        bench.Advance(2);
        Assert.Equal(BUSERR | IDLE, bench.MasterStatus());
    }

    [Fact]
    public void A_transaction_that_follows_STOP_at_once_begins_when_the_bus_is_free()
    {
        Bench bench = MasterAndSlave().Watch(SDA).Watch(SCL).Write("TWIC.MASTER.ADDR", 0x20).AwaitMaster().Write("TWIC.MASTER.CTRLC", STOP).Advance(1).Write("TWIC.MASTER.ADDR", 0x22).AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus());
        Assert.Equal("S001000001PS001000101", Bits(bench.Trace));
    }

    [Fact]
    public void A_bus_without_pull_ups_is_pointed_out()
    {
        Bench bench = new Bench().Master("TWIC", 5).Write("TWIC.MASTER.ADDR", 0xA0).Advance(1000);
        Assert.Equal(IDLE, bench.MasterStatus());
        Assert.Equal(2, bench.Chip.Diagnostics.All.Count);
        Assert.Contains("nothing pulls SDA (PORTC.PIN0) up", bench.Chip.Diagnostics.All[0].Message, StringComparison.Ordinal);

        // The port's own pull-ups will do, and the transaction begins.
        bench.Write("PORTC.PIN0CTRL", 0x38).Write("PORTC.PIN1CTRL", 0x38).AwaitMaster();
        Assert.Equal(WIF | CLKHOLD | RXACK | OWNER, bench.MasterStatus());
    }

    [Fact]
    public void Clearing_the_flag_by_hand_lets_go_of_SCL_and_is_pointed_out()
    {
        Bench bench = MasterAndSlave().Write("TWIC.MASTER.ADDR", 0x20).AwaitMaster().Write("TWIC.MASTER.STATUS", WIF);
        Assert.Equal(RXACK | OWNER, bench.MasterStatus());
        Assert.Equal(LogicLevel.High, bench.Chip.FindPin(SCL)!.Level);
        Assert.Contains("SCL is released", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DATA_written_too_early_is_pointed_out_and_not_sent()
    {
        Bench bench = MasterAndSlave().Watch("TWIC.*").Write("TWIC.MASTER.ADDR", 0x20).Advance(30).Write("TWIC.MASTER.DATA", 0x55).AwaitMaster();
        Assert.Contains("wait for RIF or WIF first", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
        Assert.Equal([0x320], bench.Trace.Where(t => t.Signal == "TWIC.MASTER.TX").Select(t => (int)t.Value));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2 + 2)]   // 50 ns at 32 MHz: 1.6 cycles
    [InlineData(2, 2 + 10)]
    [InlineData(3, 2 + 13)]
    public void SDA_is_held_behind_the_fall_of_SCL(int hold, int cycles)
    {
        Bench bench = MasterAndSlave(35);
        bench.Chip.Timeline.SetFrequency(32_000_000, 1);
        bench.Write("TWIC.CTRL", hold << 1).Watch(SDA).Watch(SCL).Write("TWIC.MASTER.ADDR", 0x54).AwaitMaster();
        long fall = 0;
        foreach ((long cycle, string signal, long value) in bench.Trace.Skip(1))
        {
            if (signal == SCL && value == 0) fall = cycle;
            if (signal == SDA) Assert.Equal(cycles, cycle - fall);
        }
    }

    [Fact]
    public void With_external_drivers_each_line_has_an_input_and_an_output()
    {
        Bench bench = new Bench().Write("PORTC.DIR", 0x0C).Write("TWIC.CTRL", 1);
        bench.Wire("PORTC.PIN0", "PORTC.PIN2").Wire("PORTC.PIN1", "PORTC.PIN3");
        bench.Master("TWIC", 5);
        Assert.Equal((LogicLevel.High, LogicLevel.High), (bench.Chip.FindPin(SDA)!.Level, bench.Chip.FindPin(SCL)!.Level));
        bench.Watch(SDA).Watch(SCL).Write("TWIC.MASTER.ADDR", 0x54).AwaitMaster();
        Assert.Equal("S010101001", Bits(bench.Trace));
    }
}
