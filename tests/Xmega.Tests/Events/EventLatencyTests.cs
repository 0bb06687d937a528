using Xmega.Ports;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Events;

/// <summary>
/// The path from generator to user takes the same number of cycles whatever the CPU does (evsys.md 2): in a loop of
/// instructions of all lengths, asleep, or in a long interrupt handler.
/// </summary>
public class EventLatencyTests
{
    private const long Run = 20_000;

    private static readonly Dictionary<string, string[]> CpuDoes = new(StringComparer.Ordinal)
    {
        ["busy"] = ["loop:", "mul r2, r3", "lds r4, 0x2000", "call sub", "push r5", "pop r5", "rjmp loop", "sub:", "ret"],
        ["asleep"] = ["ldi r16, 1", "sts 0x0048, r16", "again:", "sleep", "rjmp again"],

        // TCF0 overflows every 700 cycles; its handler takes some 600 of them.
        ["in a handler"] =
        [
            "jmp main", .. Enumerable.Repeat("jmp handler", 124),
            "handler:", "ldi r18, 200", "wait:", "dec r18", "brne wait", "reti",
            "main:", "ldi r16, 0xBB", "sts 0x0B26, r16", "ldi r16, 2", "sts 0x0B27, r16", "ldi r16, 1", "sts 0x0B06, r16", "sts 0x0B00, r16", "sts 0x00A2, r16", "sei",
            "loop:", "nop", "rjmp loop",
        ],
    };

    public static TheoryData<string, string, string, int> Paths()
    {
        var paths = new TheoryData<string, string, string, int>();
        foreach (string cpu in CpuDoes.Keys)
        {
            // A timer's event is at its user one cycle after the flag, any other source's two; a pin adds its synchroniser.
            foreach (string user in new[] { "TCD0.CCA", "TCD1.CNT", "AWEXC.FAULT" })
            {
                paths.Add(cpu, "TCC0.OVF", user, Latency.TimerEvent);
                paths.Add(cpu, "PORTD.PIN0", user, Latency.PinSynchroniser + Latency.PinEvent + Latency.Event);
            }
        }

        return paths;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_path_takes_the_same_cycles_whatever_the_CPU_does(string cpu, string generator, string user, int latency)
    {
        var bench = new Bench();
        ATxmega128A1 chip = bench.Chip;
        chip.Program.Write(0, Assembler.Assemble(CpuDoes[cpu]));
        chip.RunsAsleep = true;
        bool byTimer = generator == "TCC0.OVF";
        bench.Write("TCC0.PER", 1232).Write("PORTD.PIN0CTRL", 1);
        bench.Write("EVSYS.CH0MUX", byTimer ? 0xC0 : 0x68);
        bench.Write("TCD0.CTRLB", 0x10).Write("TCD0.CTRLD", 0x28).Write("TCD0.CTRLA", 1);  // capture
        bench.Write("TCD1.CTRLA", 8);                                                      // counts the events
        bench.Write("AWEXC.FDEMASK", 1).Write("AWEXC.FDCTRL", 1);                          // fault
        if (byTimer) bench.Write("TCC0.CTRLA", 1);
        bench.Watch(generator).Watch(user);

        PinDriver pin = chip.FindPin("PORTD.PIN0")!.AddDriver("test");
        pin.Drive = PinDrive.Strong(false);
        ScheduledAction? edge = null;
        edge = chip.CreateAction("edge", Phase.World, () =>
        {
            pin.Drive = PinDrive.Strong(!pin.Drive.High);
            edge!.Book(bench.Now + 617);
        });
        if (!byTimer) edge.Book(400);

        ScheduledAction stop = chip.CreateAction("stop", Phase.Limit, chip.Stop);
        stop.Book(Run);
        chip.Run();

        long[] generated = [.. bench.CyclesOf(generator, byTimer ? null : 1).Where(c => c + latency < Run)];
        Assert.True(generated.Length >= 15);
        // A latched fault comes once, and a capture that nobody fetches fills its two places.
        int most = user switch { "AWEXC.FAULT" => 1, "TCD0.CCA" => 2, _ => generated.Length };
        generated = generated[..most];
        Assert.Equal(generated.Select(c => c + latency), bench.CyclesOf(user).Where(c => c < Run).Take(generated.Length));
        if (cpu == "in a handler") Assert.Contains(chip.Interrupts.Lines, l => l.Count > 20);
        if (cpu == "asleep") Assert.True(chip.SleepCycles > Run - 100);
    }
}
