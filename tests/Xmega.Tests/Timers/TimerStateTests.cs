using Xmega.Memory;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Timers;

public class TimerStateTests
{
    private static readonly string[] Saved = ["EVSYS", "TCC0", "TCC1", "TCD0", "TCE0"];

    private static void Carry(Bench bench, StateStream s)
    {
        foreach (string name in Saved) bench.Chip.Data.Io.Modules.Single(m => m.Name == name).State(s);
    }

    private static string Look(Bench bench) => string.Join(' ', bench.Chip.Data.Io.Modules.Where(m => Saved.Contains(m.Name) && m.Name != "EVSYS")
        .SelectMany((IoModule m) => Enumerable.Range(0, 0x40).Where(o => m.Registers[o] is not null).Select(o => m.Peek(o).ToString("X2"))))
        + string.Join(' ', bench.Chip.Interrupts.Lines.Where(l => l.IsRequested).Select(l => l.Name))
        + string.Join(' ', bench.Chip.Events.Channels.Select(c => c.Count));

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)] // a train's event, and an event of the delayed capture, are under way
    [InlineData(1002)]
    [InlineData(1003)]
    public void Restored_timers_go_on_as_if_nothing_had_been(long when)
    {
        Bench before = new Bench()
            .Write("EVSYS.CH0MUX", 0xC0).Write("TCC0.PER", 99).Write("TCC0.INTCTRLA", 1).Write("TCC0.CCA", 30).Write("TCC0.INTCTRLB", 2).Write("TCC0.CTRLA", 1)
            .Write("TCC1.CTRLA", 8).Write("TCC1.PERBUF", 11).Write("TCC1.INTCTRLA", 1)
            .Write("TCD0.CTRLB", 0x10).Write("TCD0.CTRLD", 0x20 | 0x10 | 8).Write("TCD0.CTRLA", 3)
            .Write("PORTE.DIR", 0xFF).Write("TCE0.PER", 19).Write("TCE0.CCA", 7).Write("TCE0.CTRLB", 0x17).Write("TCE0.CTRLA", 2);
        before.AdvanceTo(when);

        var save = new StateStream();
        Carry(before, save);
        var after = new Bench();
        after.Chip.Services.Schedule.Restart(when);
        after.Write("PORTE.DIR", 0xFF);
        Carry(after, new StateStream(save.ToArray()));

        Assert.Equal(Look(before), Look(after));
        before.Watch("PORTE.PIN0");
        after.Watch("PORTE.PIN0");
        foreach (long cycles in (long[])[1, 1, 1, 50, 47, 5000, 123])
        {
            before.Advance(cycles);
            after.Advance(cycles);
            Assert.Equal(Look(before), Look(after));
            before.Write("TCC0.INTFLAGS", 0xFF);
            after.Write("TCC0.INTFLAGS", 0xFF);
        }

        Assert.NotEmpty(before.Trace);
        Assert.Equal(before.Trace, after.Trace);
    }
}
