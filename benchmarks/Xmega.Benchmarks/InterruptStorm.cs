using BenchmarkDotNet.Attributes;

namespace Xmega.Benchmarks;

/// <summary>What an interrupt costs the host: a timer overflows every 40 cycles into a handler that only returns, beside the same program with the interrupt off.</summary>
[MemoryDiagnoser]
public class InterruptStorm
{
    private const int Interrupts = 10_000;
    private const int Period = 40;
    private const int Vector = 14; // TCC0_OVF

    private readonly Machine _quiet = Create(level: 0);
    private readonly Machine _storm = Create(level: 1);

    [Benchmark(Baseline = true, OperationsPerInvoke = Interrupts)]
    public long NoInterrupt() => _quiet.Run(Interrupts * (long)Period);

    [Benchmark(OperationsPerInvoke = Interrupts)]
    public long Interrupt() => _storm.Run(Interrupts * (long)Period);

    private static Machine Create(int level)
    {
        const int Main = 0x40;
        var program = new ushort[Main + 3];
        program[0] = Code.Rjmp(Main - 1);
        program[2 * Vector] = Code.Reti;
        program[Main] = Code.Sei;
        program[Main + 1] = Code.Inc(16);
        program[Main + 2] = Code.Rjmp(-2);
        return Machine.With(program).Set((0x00A2, 1) /* PMIC.CTRL = LOLVLEN */, (0x0806, level) /* TCC0.INTCTRLA */, (0x0826, Period - 1), (0x0827, 0) /* PER */, (0x0800, 1) /* CTRLA = DIV1 */);
    }
}
