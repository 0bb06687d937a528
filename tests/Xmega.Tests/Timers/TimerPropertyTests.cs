using CsCheck;
using Xmega.TestSupport;
using Xmega.Time;
using Xmega.Timers;
using Xunit;

namespace Xmega.Tests.Timers;

internal static class Choice
{
    public static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}

/// <summary>
/// Random firmware against the naive timer: all modes, small periods and periods near MAX, register writes in random
/// cycles. Three chips run the same: one that nobody listens to, one whose events, interrupts and outputs are all wanted,
/// one that is watched. All must show the same registers, and the happenings in their exact cycles.
/// </summary>
public class TimerPropertyTests
{
    private static readonly Gen<int> Value = Gen.Frequency((8, Gen.Int[0, 7]), (1, Gen.Int[0xFC, 0x103]), (1, Gen.Int[0xFFFA, 0xFFFF]));

    private static readonly Gen<(string Register, int Value, int Pause)> Write = Gen.Select(
        Gen.Frequency(
            (4, Gen.Select(Gen.Const("CTRLA"), Gen.Int[0, 3])),
            (3, Gen.Select(Gen.Const("CTRLB"), Gen.Select(Choice.Of(0, 1, 3, 5, 6, 7), Gen.Int[0, 15]).Select((mode, enable) => mode | (enable << 4)))),
            (1, Gen.Select(Gen.Const("CTRLC"), Gen.Int[0, 15])),
            (1, Gen.Select(Gen.Const("CTRLE"), Gen.Int[0, 1])),
            (2, Gen.Select(Gen.Const("CTRLFSET"), Choice.Of(1, 2, 3, 4, 8))),
            (2, Gen.Select(Gen.Const("CTRLFCLR"), Gen.Int[1, 3])),
            (1, Gen.Select(Choice.Of("CTRLGSET", "CTRLGCLR"), Gen.Int[0, 31])),
            (3, Gen.Select(Gen.Const("INTFLAGS"), Choice.Of(0xFF, 0x01, 0xF0, 0x20))),
            (4, Gen.Select(Choice.Of("PER", "PERBUF", "CNT"), Value)),
            (5, Gen.Select(Choice.Of("CCA", "CCB", "CCC", "CCD", "CCABUF", "CCBBUF", "CCCBUF", "CCDBUF"), Value))),
        Gen.Frequency((1, Gen.Const(0)), (5, Gen.Int[1, 12]), (2, Gen.Int[12, 90])),
        (write, pause) => (write.Item1, write.Item2, pause));

    // A timer that runs from the start, so that few cases pass in idleness.
    private static readonly Gen<(string Register, int Value, int Pause)[]> Firmware =
        Gen.Select(Choice.Of(0, 1, 3, 5, 6, 7), Gen.Int[0, 7], Gen.Int[1, 3], Write.Array[1, 25], (mode, period, clock, writes) =>
            ((string, int, int)[])[("PER", period, 0), ("CCA", 3, 0), ("CCB", 1, 0), ("CTRLB", mode | 0xF0, 1), ("CTRLA", clock, 10), .. writes]);

    [Fact]
    public void Random_firmware_sees_what_a_naive_timer_shows() => Firmware.Sample(Compare, iter: 150, threads: 1, print: f => string.Join("; ", f.Select(w => $"+{w.Pause} {w.Register}={w.Value}")));

    [Fact]
    public void A_chain_of_timers_counts_what_naive_timers_count() => Gen.Select(
        Gen.Int[0, 7], Gen.Int[0, 3], Gen.Int[1, 3], Gen.Select(Gen.Bool, Write).Array[1, 25])
        .Sample(CompareChain, iter: 150, threads: 1, print: c => $"PER={c.Item1},{c.Item2} CLKSEL={c.Item3} " + string.Join("; ", c.Item4.Select(w => $"+{w.Item2.Pause} {(w.Item1 ? "TCD0" : "TCC0")}.{w.Item2.Register}={w.Item2.Value}")));

    // TCC0 with random firmware clocks TCD0 with random firmware clocks TCE0, all through the event system.
    private static void CompareChain(int lowPeriod, int highPeriod, int clock, (bool High, (string Register, int Value, int Pause) Write)[] firmware)
    {
        NaiveTimer low = new(), high = new(), last = new();
        Bench quiet = new(), watched = new();
        string[] counters = ["TCC0", "TCD0", "TCE0"];
        Bench[] benches = [quiet, watched];
        watched.Watch("TC?0.OVF").Watch("TCE0.CNT");
        long now = 0;
        foreach (Bench bench in benches)
            bench.Write("EVSYS.CH0MUX", 0xC0).Write("EVSYS.CH1MUX", 0xD0).Write("TCC0.PER", lowPeriod).Write("TCD0.PER", highPeriod).Write("TCE0.CTRLA", 9).Write("TCD0.CTRLA", 8).Write("TCC0.CTRLA", clock);
        low.Write(0, "PER", lowPeriod);
        high.Write(0, "PER", highPeriod);
        low.Write(0, "CTRLA", clock);
        last.Divider = high.Divider = 1;
        foreach ((bool isHigh, (string register, int value, int pause)) in firmware)
        {
            Pass(pause);
            (isHigh ? high : low).Write(now, register, isHigh && register == "CTRLA" ? Math.Min(value, 1) : value);
            foreach (Bench bench in benches)
                bench.AdvanceTo(now).Write((isHigh ? "TCD0." : "TCC0.") + register, isHigh && register == "CTRLA" && value != 0 ? 8 : value);
            Check(watched);
            if (pause > 8) Check(quiet);
        }

        Pass(60);
        foreach (Bench bench in benches) Check(bench.AdvanceTo(now));

        void Pass(int cycles)
        {
            for (int i = 0; i < cycles; i++)
            {
                low.Tick(++now);
                if (low.Overflowed(now - Latency.TimerEvent)) high.Tick(now);
                if (high.Overflowed(now - Latency.TimerEvent)) last.Tick(now);
            }
        }

        void Check(Bench bench)
        {
            Assert.Equal([low.Count, high.Count, last.Count], counters.Select(c => bench.Read(c + ".CNT")));
            Assert.Equal([low.Flags, high.Flags, last.Flags], counters.Select(c => bench.Read(c + ".INTFLAGS")));
        }
    }

    private static void Compare((string Register, int Value, int Pause)[] firmware)
    {
        var naive = new NaiveTimer();
        Bench quiet = new();
        Bench wanted = new();
        Bench watched = new();
        for (int n = 0; n < 5; n++) wanted.Write($"EVSYS.CH{n}MUX", new[] { 0xC0, 0xC4, 0xC5, 0xC6, 0xC7 }[n]);
        wanted.Watch("EVSYS.CH?").Write("TCC0.INTCTRLA", 1).Write("TCC0.INTCTRLB", 0x55).Write("PORTC.DIR", 0x0F).Watch("PORTC.PIN?");
        watched.Watch("TCC0.*");
        Bench[] benches = [quiet, wanted, watched];

        long now = 0;
        int enabled = 0;
        foreach ((string register, int value, int pause) in firmware)
        {
            for (int i = 0; i < pause; i++) naive.Tick(++now);
            naive.Write(now, register, value);
            if (register == "CTRLB") enabled = (value & 7) == 0 ? 0 : value >> 4;
            foreach (Bench bench in benches)
            {
                bench.AdvanceTo(now).Write("TCC0." + register, value);
                // A chip that is not read works out many ticks at once; so one of them is not.
                if (bench != quiet || register is "INTFLAGS" or "CNT") Same(naive, bench);
            }

            for (int n = 0; n < 4; n++)
                if ((enabled & (1 << n)) != 0) Assert.Equal((naive.Outputs >> n) & 1, wanted.Chip.Signals.Find($"PORTC.PIN{n}")!.Value);
            foreach ((string name, int flag) in (ReadOnlySpan<(string, int)>)[("OVF", 1), ("CCA", 0x10), ("CCD", 0x80)])
                Assert.Equal((naive.Flags & flag) != 0, wanted.Chip.Interrupts.Lines.Single(l => l.Name == "TCC0_" + name).IsRequested);
        }

        for (int i = 0; i < 50; i++) naive.Tick(++now);
        foreach (Bench bench in benches) Same(naive, bench.AdvanceTo(now));
        string[] sources = ["OVF", "CCA", "CCB", "CCC", "CCD"];
        for (int n = 0; n < sources.Length; n++)
        {
            long[] cycles = [.. naive.Happenings.Where(h => h.Name == sources[n]).Select(h => h.Cycle)];
            Same(sources[n], cycles, watched.CyclesOf("TCC0." + sources[n]));
            Same($"event of {sources[n]}", cycles.Select(c => c + Latency.TimerEvent).Where(c => c <= now), wanted.CyclesOf($"EVSYS.CH{n}"));
        }

        for (int n = 0; n < 4; n++)
        {
            string output = $"OC0{(char)('A' + n)}";
            Assert.Equal(naive.Edges.Where(e => e.Name == output).Select(e => (e.Cycle, e.Value)), watched.Trace.Where(t => t.Signal == "TCC0." + output).Select(t => (t.Cycle, t.Value)));
        }
    }

    private static void Same(string what, IEnumerable<long> expected, IEnumerable<long> actual) =>
        Assert.Equal($"{what}: {string.Join(' ', expected)}", $"{what}: {string.Join(' ', actual)}");

    private static void Same(NaiveTimer naive, Bench bench)
    {
        Assert.Equal(naive.Count, bench.Read("TCC0.CNT"));
        Assert.Equal(naive.Flags, bench.Read("TCC0.INTFLAGS"));
        Assert.Equal((naive.Down ? 1 : 0) | (naive.Locked ? 2 : 0), bench.Read("TCC0.CTRLFSET"));
        Assert.Equal(naive.BufferValid, bench.Read("TCC0.CTRLGSET"));
        Assert.Equal(naive.Outputs, bench.Read("TCC0.CTRLC"));
        Assert.Equal(naive.Period, bench.Read("TCC0.PER"));
        Assert.Equal(naive.Compare, new[] { "CCA", "CCB", "CCC", "CCD" }.Select(c => bench.Read("TCC0." + c)));
    }
}

/// <summary>Any number of ticks at once against one by one, in the counter alone: many more cases, many more ticks.</summary>
public class WaveformCounterTests
{
    private static readonly Gen<int> Value = Gen.Frequency((8, Gen.Int[0, 7]), (1, Gen.Int[0xFC, 0x103]), (1, Gen.Int[0xFFFA, 0xFFFF]));

    private static readonly Gen<WaveformCounter> Any = Gen.Select(
        Gen.Select(Choice.Of(0, 1, 3, 5, 6, 7), Gen.Bool, Gen.Bool, Value, Gen.Bool),
        Gen.Select(Value, Value, Value.Array[4], Value.Array[4], Gen.Int[0, 31]),
        Gen.Select(Gen.Int[0, 15], Gen.Int[0, 15], Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true))), Gen.Int[0, 3].Array[4]),
        (a, b, c) =>
        {
            // With Hi-Res the registers hold four times as much, and the compare values a fraction.
            int Wide(int value) => (ushort)(c.Item3 ? 4 * value : value);
            var counter = new WaveformCounter
            {
                Mode = (WaveformMode)a.Item1,
                ByteMode = a.Item2,
                LockUpdate = a.Item3,
                HighResolution = c.Item3,
                Position = new CountPosition(c.Item3 ? a.Item4 & 0x3FFF : a.Item4, a.Item5),
                Period = (ushort)Wide(b.Item1),
                PeriodBuffer = (ushort)Wide(b.Item2),
                BufferValid = (byte)b.Item5,
                Channels = 15,
                CaptureChannels = (byte)(a.Item1 == 0 ? c.Item1 & 5 : 0),
                Outputs = (byte)c.Item2,
            };
            for (int n = 0; n < 4; n++) (counter.Compare[n], counter.CompareBuffer[n]) = ((ushort)(Wide(b.Item3[n]) + (c.Item3 ? c.Item4[n] : 0)), (ushort)Wide(b.Item4[n]));
            return counter;
        });

    [Fact]
    public void Run_comes_to_the_same_as_step_by_step() => Gen.Select(Any, Gen.OneOf(Gen.Int[0, 40], Gen.Int[0, 700])).Sample((start, ticks) =>
    {
        WaveformCounter run = start, stepped = start;
        byte happenedRun = run.Run(ticks), happened = 0;
        for (int i = 0; i < ticks; i++) happened = stepped.Step();
        Assert.Equal((happened, Show(stepped)), (happenedRun, Show(run)));
    }, iter: 20_000);

    [Fact]
    public void What_is_foretold_comes_true() => Any.Sample(start =>
    {
        const int Horizon = 700;
        long overflow = 0, update = 0, condition = 0;
        long[] match = new long[4], edge = new long[4];
        WaveformCounter at = start;
        for (int tick = 1; tick <= Horizon && (start.PendingUpdate == 0 || update == 0); tick++)
        {
            byte outputs = at.Outputs;
            byte happened = at.Step();
            if ((happened & 1) != 0 && overflow == 0) overflow = tick;
            if ((happened & WaveformCounter.UPDATE) != 0 && condition == 0) condition = tick;
            if (at.BufferValid != start.BufferValid && update == 0) update = tick;
            for (int n = 0; n < 4; n++)
            {
                if ((happened & (0x10 << n)) != 0 && match[n] == 0) match[n] = tick;
                if (((outputs ^ at.Outputs) & (1 << n)) != 0 && edge[n] == 0) edge[n] = tick;
            }
        }

        long known = update == 0 ? Horizon : update;
        Assert.Equal(update, Known(start.TicksToUpdate()));
        Assert.Equal(condition, Known(start.TicksToUpdateCondition()));
        Assert.Equal(overflow, Known(start.TicksToOverflow()));
        for (int n = 0; n < 4; n++)
        {
            Assert.Equal(match[n], Known(start.TicksToMatch(n)));
            // An UPDATE may move the compare value away from, or to, the count at which the output would change.
            if (edge[n] != update || update == 0) Assert.Equal(edge[n], Known(start.TicksToEdge(n)) is var e && e == update ? 0 : e);
        }

        long Known(long ticks) => ticks > known ? 0 : ticks;
    }, iter: 20_000);

    private static string Show(WaveformCounter c) =>
        $"{c.Position} {c.Period} {c.BufferValid:X2} {c.Flags:X2} {c.Outputs:X} {string.Join(',', Enumerable.Range(0, 4).Select(n => c.Compare[n]))}";
}
