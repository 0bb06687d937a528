using CsCheck;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class OutputConfigurationTests
{
    private const int INVEN = 0x40;

    private static readonly PinDrive Low = PinDrive.Strong(false), High = PinDrive.Strong(true);
    private static readonly PinDrive PullDown = PinDrive.Pull(false), PullUp = PinDrive.Pull(true), None = PinDrive.None;

    // OPC code; what the pin does as input, as output 0, as output 1 (8077I 13.3).
    public static TheoryData<int, PinDrive, PinDrive, PinDrive> Configurations => new()
    {
        { 0, None, Low, High },        // totem-pole
        { 1, PullDown, Low, High },    // bus keeper; nothing has been on the line yet
        { 2, PullDown, Low, High },    // pull-down on input only
        { 3, PullUp, Low, High },      // pull-up on input only
        { 4, None, None, High },       // wired-OR
        { 5, None, Low, None },        // wired-AND
        { 6, PullDown, PullDown, High }, // wired-OR with pull-down
        { 7, PullUp, Low, PullUp },    // wired-AND with pull-up
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    public void OPC_says_what_the_pin_drives(int opc, PinDrive input, PinDrive low, PinDrive high)
    {
        var bench = new Bench();
        bench.Write("PORTE.PIN3CTRL", opc << 3);
        Assert.Equal(input, bench.Pin("PORTE.PIN3").ChipDrive);
        bench.Write("PORTE.DIR", 0x08);
        Assert.Equal(low, bench.Pin("PORTE.PIN3").ChipDrive);
        bench.Write("PORTE.OUT", 0x08);
        Assert.Equal(high, bench.Pin("PORTE.PIN3").ChipDrive);
        Assert.Equal(None, bench.Pin("PORTE.PIN2").ChipDrive);
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void INVEN_inverts_the_output_and_not_the_pull(int opc, PinDrive input, PinDrive low, PinDrive high)
    {
        var bench = new Bench();
        bench.Write("PORTE.PIN3CTRL", (opc << 3) | INVEN);
        Assert.Equal(input, bench.Pin("PORTE.PIN3").ChipDrive);
        bench.Write("PORTE.DIR", 0x08);
        Assert.Equal(high, bench.Pin("PORTE.PIN3").ChipDrive);
        bench.Write("PORTE.OUT", 0x08);
        Assert.Equal(low, bench.Pin("PORTE.PIN3").ChipDrive);
    }

    [Fact]
    public void INVEN_inverts_IN_but_not_the_pin()
    {
        var bench = new Bench();
        bench.Driven("PORTD.PIN1", true);
        bench.Write("PORTD.PIN1CTRL", INVEN).Write("PORTD.PIN2CTRL", INVEN).Advance(2);
        Assert.Equal(0x04, bench.Read("PORTD.IN"));
        Assert.Equal(1, bench.Chip.Signals.Find("PORTD.PIN1")!.Value);
        Assert.Equal(2, bench.Chip.Signals.Find("PORTD.PIN2")!.Value);
    }

    [Fact]
    public void An_inverted_output_reads_back_as_written()
    {
        var bench = new Bench();
        bench.Write("PORTD.PIN1CTRL", INVEN).Write("PORTD.DIR", 2).Write("PORTD.OUT", 2).Advance(2);
        Assert.Equal(LogicLevel.Low, bench.Pin("PORTD.PIN1").Level);
        Assert.Equal(0x02, bench.Read("PORTD.IN"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_bus_keeper_holds_the_last_level_from_outside(bool high)
    {
        var bench = new Bench();
        bench.Write("PORTD.PIN0CTRL", 0x08);
        PinDriver driver = bench.Driven("PORTD.PIN0", !high);
        driver.Set(high);
        driver.Drive = PinDrive.None;
        Assert.Equal(high ? LogicLevel.High : LogicLevel.Low, bench.Pin("PORTD.PIN0").Level);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_bus_keeper_holds_the_last_output(int value)
    {
        var bench = new Bench();
        bench.Write("PORTD.PIN0CTRL", 0x08).Write("PORTD.DIR", 1).Write("PORTD.OUT", 1 - value).Write("PORTD.OUT", value).Write("PORTD.DIR", 0).Write("PORTD.OUT", 1 - value);
        Assert.Equal((LogicLevel)value, bench.Pin("PORTD.PIN0").Level);
    }

    [Fact]
    public void A_resistor_on_the_board_wins_over_the_pull_inside_and_over_the_keeper()
    {
        var bench = new Bench();
        bench.Write("PORTD.PIN0CTRL", 0x10).Write("PORTD.PIN1CTRL", 0x08);
        bench.Pin("PORTD.PIN0").AddDriver("R1").Drive = PinDrive.Pull(true);
        bench.Pin("PORTD.PIN1").AddDriver("R2").Drive = PinDrive.Pull(true);
        Assert.Equal(LogicLevel.High, bench.Pin("PORTD.PIN0").Level);
        Assert.Equal(LogicLevel.High, bench.Pin("PORTD.PIN1").Level);
    }

    [Fact]
    public void Wired_AND_pins_on_one_wire_are_low_when_any_is()
    {
        var bench = new Bench();
        bench.Pin("PORTC.PIN0").Join(bench.Pin("PORTD.PIN0"));
        bench.Write("PORTC.PIN0CTRL", 0x38).Write("PORTD.PIN0CTRL", 0x28).Write("PORTC.DIR", 1).Write("PORTD.DIR", 1);
        for (int c = 0; c < 2; c++)
        {
            for (int d = 0; d < 2; d++)
            {
                bench.Write("PORTC.OUT", c).Write("PORTD.OUT", d).Advance(2);
                Assert.Equal(c & d, bench.Read("PORTC.IN"));
                Assert.Equal(c & d, bench.Read("PORTD.IN"));
            }
        }

        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_floating_pin_is_z_and_reads_low()
    {
        var bench = new Bench();
        Assert.Equal(LogicLevel.Floating, bench.Pin("PORTC.PIN0").Level);
        Assert.Equal(0, bench.Advance(2).Read("PORTC.IN"));
    }

    [Fact]
    public void A_short_circuit_reads_low_and_is_reported_once_a_line()
    {
        var bench = new Bench();
        bench.Driven("PORTC.PIN4", false);
        bench.Driven("PORTC.PIN5", false);
        bench.AdvanceTo(50).Write("PORTC.DIR", 0x10).Write("PORTC.OUT", 0x10).Write("PORTC.OUT", 0).Write("PORTC.OUT", 0x10);
        Diagnostic said = Assert.Single(bench.Chip.Diagnostics.All);
        Assert.Equal((50, DiagnosticKind.ShortCircuit), (said.Cycle, said.Kind));
        Assert.Equal("short circuit on PORTC.PIN4: driven high by PORTC.PIN4 and low by test; read as low", said.Message);
        Assert.Equal(LogicLevel.Low, bench.Pin("PORTC.PIN4").Level);
        bench.Write("PORTC.OUT", 0x30).Write("PORTC.DIR", 0x30);
        Assert.Equal(2, bench.Chip.Diagnostics.All.Count);
    }

    [Fact]
    public void Pin_signals_change_in_the_cycle_of_the_write()
    {
        Bench bench = new Bench().Watch("PORTC.PIN*");
        bench.AdvanceTo(10).Write("PORTC.DIR", 0x03).AdvanceTo(20).Write("PORTC.OUT", 0x02).AdvanceTo(30).Write("PORTC.OUTTGL", 0x03);
        Assert.Equal(
            [(10, "PORTC.PIN0", 0), (10, "PORTC.PIN1", 0), (20, "PORTC.PIN1", 1), (30, "PORTC.PIN0", 1), (30, "PORTC.PIN1", 0)],
            bench.Trace);
    }

    // The straightforward rule: any output stage first, then resistors on the board, then those in the chip; low wins in
    // each rank. The keeper is left out: it follows the line.
    [Fact]
    public void Any_set_of_drivers_resolves_by_strength_then_low()
    {
        PinDrive[] drives = [None, PullDown, PullUp, Low, High];
        int[] configurations = [0, 2, 3, 4, 5, 6, 7];
        Gen<PinDrive> drive = Gen.Int[0, drives.Length - 1].Select(i => drives[i]);
        Gen<int> opc = Gen.Int[0, configurations.Length - 1].Select(i => configurations[i]);
        Gen.Select(opc, opc, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, drive.List[0, 3], Gen.Bool).Sample((opcC, opcD, dirC, dirD, outC, outD, board, joinFirst) =>
        {
            var bench = new Bench();
            Pin c = bench.Pin("PORTC.PIN6"), d = bench.Pin("PORTD.PIN6");
            if (joinFirst) c.Join(d);
            for (int i = 0; i < board.Count; i++) ((i & 1) == 0 ? c : d).AddDriver($"part {i}").Drive = board[i];
            bench.Write("PORTC.PIN6CTRL", opcC << 3).Write("PORTC.OUT", outC ? 0x40 : 0).Write("PORTC.DIR", dirC ? 0x40 : 0);
            bench.Write("PORTD.PIN6CTRL", opcD << 3).Write("PORTD.OUT", outD ? 0x40 : 0).Write("PORTD.DIR", dirD ? 0x40 : 0);
            if (!joinFirst) d.Join(c);

            PinDrive[] chip = [Expected(opcC, dirC, outC), Expected(opcD, dirD, outD)];
            LogicLevel expected = LogicLevel.Floating;
            foreach (PinDrive[] rank in (PinDrive[][])[[.. chip.Concat(board).Where(x => x.Strength == DriveStrength.Strong)], [.. board.Where(x => x.Strength == DriveStrength.Pull)], [.. chip.Where(x => x.Strength == DriveStrength.Pull)]])
            {
                if (rank.Length == 0) continue;
                expected = rank.All(x => x.High) ? LogicLevel.High : LogicLevel.Low;
                break;
            }

            Assert.Equal(expected, c.Level);
            Assert.Equal(expected, d.Level);
            bench.Advance(2);
            Assert.Equal(expected == LogicLevel.High ? 0x40 : 0, bench.Read("PORTD.IN"));
        }, iter: 200);

        static PinDrive Expected(int opc, bool output, bool high)
        {
            bool drives = output && (opc is 0 or 2 or 3 || (opc is 4 or 6 && high) || (opc is 5 or 7 && !high));
            if (drives) return high ? High : Low;
            return opc switch { 2 or 6 => PullDown, 3 or 7 => PullUp, _ => None };
        }
    }
}
