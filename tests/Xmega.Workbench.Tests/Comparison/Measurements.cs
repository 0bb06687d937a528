using Xmega.Signals;
using Xmega.TestSupport;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Tests.Comparison;

/// <summary>Measurements of made-up runs: a stimulus every thousand cycles, and its reaction after so many cycles, if any.</summary>
internal static class Measurements
{
    private const int Period = 1000;

    public static Measurement Of(string name, params long?[] latencies) => Sleeping(name, 0, latencies);

    public static Measurement Sleeping(string name, long sleepCycles, long?[] latencies)
    {
        var bench = new Bench();
        Signal from = bench.Chip.Services.Signals.Add("T.FROM", SignalKind.Event, 1, "stimulus", () => 0);
        Signal to = bench.Chip.Services.Signals.Add("T.TO", SignalKind.Bit, 1, "reaction", () => 0);
        var meter = new ReactionMeter(bench.Chip, new SignalCondition(from, null), new SignalCondition(to, 1));
        for (int n = 0; n < latencies.Length; n++)
        {
            bench.AdvanceTo((n + 1) * Period);
            from.Changed(0);
            if (latencies[n] is not { } latency) continue;
            bench.Advance(latency);
            to.Changed(1);
            bench.Advance(5);
            to.Changed(0);
        }

        meter.Finish();
        return new Measurement(name, "T.FROM", "T.TO=1", Run((latencies.Length + 1) * Period, sleepCycles), meter);
    }

    private static RunResult Run(long cycles, long sleepCycles) => new()
    {
        Stop = StopReason.Exit,
        ExitCode = 0,
        Cycles = cycles,
        Instructions = cycles - sleepCycles,
        Picoseconds = cycles * 500_000,
        ProgramCounter = 0,
        Symbol = null,
        SleepCycles = sleepCycles,
        StackLowest = 0x3FFF,
        Interrupts = new Dictionary<string, long> { ["TCC0_OVF"] = 3, ["PORTC_INT0"] = 4 },
        Events = new Dictionary<string, long> { ["CH0"] = 5 },
        Usart = new Dictionary<string, byte[]>(),
        Diagnostics = [],
        MissingText = [], Resets = [],
    };
}
