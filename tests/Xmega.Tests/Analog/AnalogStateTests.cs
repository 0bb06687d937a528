using Xmega.Memory;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Analog.AdcBench;

namespace Xmega.Tests.Analog;

public class AnalogStateTests
{
    private static readonly string[] Saved = ["EVSYS", "PORTA", "TCC0", "DACA", "ADCA", "ACA"];

    private static Bench Wired()
    {
        var bench = new Bench();
        bench.Volts("PORTA.PIN1", 700_000);
        bench.Volts("PORTA.PIN4", 1_650_000);
        return bench;
    }

    private static string Look(Bench bench) => string.Join(' ', bench.Chip.Data.Io.Modules.Where(m => Saved.Contains(m.Name))
        .SelectMany((IoModule m) => Enumerable.Range(0, m.Registers.Size).Where(o => m.Registers[o] is not null).Select(o => m.Peek(o).ToString("X2"))))
        + string.Join(' ', bench.Chip.Interrupts.Lines.Where(l => l.IsRequested).Select(l => l.Name))
        + string.Join(' ', Enumerable.Range(0, 256).Where(c => bench.Chip.Services.DmaRequests.Find(c) is { IsRequested: true }))
        + bench.Chip.FindPin("PORTA.PIN2")!.Microvolts;

    // A timer starts conversions of ADC and DAC over events; the comparators follow the DAC and a pin.
    [Theory]
    [InlineData(1000)]
    [InlineData(1003)]
    [InlineData(1010)]
    [InlineData(1021)]
    [InlineData(1033)]
    public void Restored_modules_go_on_as_if_nothing_had_been(long when)
    {
        Bench before = Wired()
            .Write("EVSYS.CH0MUX", 0xC0).Write("TCC0.PER", 49).Write("TCC0.CTRLA", 1)
            .Write("DACA.CTRLC", 8).Write("DACA.CTRLB", 0x41).Write("DACA.EVCTRL", 0).Write("DACA.TIMCTRL", 0x41).Write("DACA.CTRLA", 0x1D)
            .Write("ADCA.CH0.CTRL", SingleEnded).Write("ADCA.CH0.MUXCTRL", 8).Write("ADCA.CH0.INTCTRL", 1).Write("ADCA.CH1.MUXCTRL", 3 << 3).Write("ADCA.CTRLA", 1 | 0x40).Write("ADCA.EVCTRL", 0x45)
            .Write("ACA.AC0MUXCTRL", (7 << 3) | 6).Write("ACA.AC0CTRL", 0x11).Write("ACA.AC1MUXCTRL", (1 << 3) | 5).Write("ACA.AC1CTRL", 0x11).Write("ACA.WINCTRL", 0x1D);
        before.Write("DACA.CH1DATA", 0x200);
        for (int n = 0; n < 20; n++) before.Write("DACA.CH0DATA", n % 2 == 0 ? 0xF00 : 0x100).Advance(50);
        before.AdvanceTo(when);

        byte[] state = before.StateOf(Saved);
        Bench after = Wired();
        after.Chip.Services.Schedule.Restart(when);
        after.Carry(new StateStream(state), Saved);

        Assert.Equal(Look(before), Look(after));
        before.Watch("A*").Watch("DACA.*");
        after.Watch("A*").Watch("DACA.*");
        foreach (int cycles in (int[])[1, 1, 1, 7, 23, 100, 200])
        {
            before.Advance(cycles);
            after.Advance(cycles);
            Assert.Equal(Look(before), Look(after));
            before.Write("DACA.CH0DATA", 16 * cycles).Write("ACA.STATUS", 7);
            after.Write("DACA.CH0DATA", 16 * cycles).Write("ACA.STATUS", 7);
        }

        Assert.True(before.Trace.Count > 20);
        Assert.Equal(before.Trace, after.Trace);
    }
}
