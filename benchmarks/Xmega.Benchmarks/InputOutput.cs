using BenchmarkDotNet.Attributes;

namespace Xmega.Benchmarks;

/// <summary>I/O-heavy code: a loop that toggles a pin and reads it back, beside the same loop on two variables in SRAM.</summary>
[MemoryDiagnoser]
public class InputOutput
{
    private const int Turns = 100_000;
    private const int CyclesOfTurn = 7; // STS 2, LDS 3 (2 from I/O), RJMP 2
    private const ushort OUTTGL = 0x0647, IN = 0x0648; // PORTC
    private const ushort Variable = 0x2000;

    private readonly Machine _memory = Loop(Variable, Variable + 1);
    private readonly Machine _port = Loop(OUTTGL, IN).Set((0x0640, 1)); // PORTC.DIR

    [Benchmark(Baseline = true, OperationsPerInvoke = Turns)]
    public long Memory() => _memory.Run((long)Turns * CyclesOfTurn);

    [Benchmark(OperationsPerInvoke = Turns)]
    public long Port() => _port.Run((long)Turns * (CyclesOfTurn - 1));

    private static Machine Loop(ushort to, ushort from) => Machine.With(Code.Ldi(24, 1), Code.Sts(24), to, Code.Lds(25), from, Code.Rjmp(-5));
}
