using Xmega.Firmware;
using Xmega.Signals;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Recording;

/// <summary>Registers, bit fields and variables can be watched by name; looking changes nothing.</summary>
public class SignalNamesTests
{
    private static readonly FirmwareImage Firmware = Programs.Fixture("profiled.elf");

    [Fact]
    public void Variables_registers_and_fields_change_when_firmware_writes_them()
    {
        ATxmega128A1 chip = Programs.Chip(Firmware);
        var heard = new Listener();
        foreach (string name in new[] { "VAR.ticks", "PMIC.CTRL", "TCC0.CTRLA.CLKSEL", "TCC0.PER" }) SignalNames.Find(chip, Firmware, name)!.Watch(heard);
        new FirmwareRun(chip, Firmware, new RunOptions()).Run();
        Assert.Equal([1, 2, 3], heard.Of("VAR.ticks"));
        Assert.Equal([1], heard.Of("TCC0.CTRLA.CLKSEL"));
        Assert.Equal([199], heard.Of("TCC0.PER")); // both bytes in one: the low one waits in TEMP
        Assert.Equal([1], heard.Of("PMIC.CTRL"));
    }

    [Fact]
    public void Watching_what_can_be_looked_at_changes_no_cycle()
    {
        ATxmega128A1 watched = Programs.Chip(Firmware), plain = Programs.Chip(Firmware);
        foreach (string name in new[] { "CPU.PC", "CPU.FUNCTION", "CPU.SP", "CPU.SREG", "CPU.R24", "TCC0.CNT", "TCC0.INTFLAGS", "USARTC0.DATA" })
            SignalNames.Find(watched, Firmware, name)!.Watch(new Listener());
        RunResult a = new FirmwareRun(watched, Firmware, new RunOptions()).Run(), b = new FirmwareRun(plain, Firmware, new RunOptions()).Run();
        Assert.Equal((b.Cycles, b.Instructions, b.SleepCycles, b.StackLowest), (a.Cycles, a.Instructions, a.SleepCycles, a.StackLowest));
        Assert.Equal(plain.Data.SramSpan, watched.Data.SramSpan);
    }

    [Fact]
    public void The_voltage_of_a_pin_is_a_signal_whoever_drives_it()
    {
        FirmwareImage image = Programs.Assemble("ldi r16, 1", "sts 0x0600, r16", "sts 0x0604, r16", "nop", "self:", "rjmp self"); // PORTA.DIR, PORTA.OUT
        ATxmega128A1 chip = Programs.Chip(image);
        chip.FindPin("PORTA.PIN1")!.AddDriver("test").Give(1_250_000);
        Signal driven = SignalNames.Find(chip, image, "PORTA.PIN0.VOLTS")!, given = SignalNames.Find(chip, image, "porta.pin1.volts")!;
        Assert.Equal((SignalKind.Analog, 0L, 1_250_000L), (driven.Kind, driven.Value, given.Value));
        var heard = new Listener();
        driven.Watch(heard);
        new FirmwareRun(chip, image, new RunOptions { For = new EmulatedTime(20, true) }).Run();
        Assert.Equal([chip.FindPin("PORTA.PIN0")!.Microvolts], heard.Of("PORTA.PIN0.VOLTS"));
        Assert.Equal(3_300_000, driven.Value);
    }

    [Fact]
    public void A_run_stops_when_a_variable_takes_a_value()
    {
        ATxmega128A1 chip = Programs.Chip(Firmware);
        RunResult run = new FirmwareRun(chip, Firmware, new RunOptions { Until = [new SignalCondition(SignalNames.Find(chip, Firmware, "ticks")!, 2)] }).Run();
        Assert.Equal(StopReason.Until, run.Stop);
        Assert.Equal(2, chip.Data.Peek((int)Firmware.FindSymbol("ticks")!.Address));
    }

    [Theory]
    [InlineData("PORTD.OUT", 8)]
    [InlineData("tcc0.ctrla.clksel", 4)]
    [InlineData("TCC0.CTRLA.CLKSEL", 4)]
    [InlineData("VAR.result", 16)]
    [InlineData("CPU.PC", 18)]
    public void Names_are_found(string name, int width)
    {
        ATxmega128A1 chip = Programs.Chip(Firmware);
        Signal signal = SignalNames.Find(chip, Firmware, name)!;
        Assert.Equal(width, signal.Width);
        Assert.Same(signal, SignalNames.Find(chip, Firmware, name));
    }

    [Theory]
    [InlineData("TCC0.NOTHING")]
    [InlineData("TCC0.CTRLA.NOTHING")]
    [InlineData("VAR.nothing")]
    [InlineData("VAR.main")]
    [InlineData("CPU.R32")]
    [InlineData("")]
    public void What_does_not_exist_is_not_found(string name) => Assert.Null(SignalNames.Find(Programs.Chip(Firmware), Firmware, name));

    [Fact]
    public void A_pattern_over_variables_finds_those_of_the_firmware() =>
        Assert.Equal(["VAR.result", "VAR.ticks"], SignalNames.Match(Programs.Chip(Firmware), Firmware, "VAR.*").Select(s => s.Name));

    private sealed class Listener : ISignalProbe
    {
        private readonly List<(string Name, long Value)> _heard = [];

        public long[] Of(string name) => [.. _heard.Where(h => h.Name == name).Select(h => h.Value)];

        public void OnSignal(Signal signal, long cycle, long value) => _heard.Add((signal.Name, value));
    }
}
