using BenchmarkDotNet.Attributes;
using Xmega.Firmware;
using Xmega.Time;

namespace Xmega.Benchmarks;

/// <summary>
/// The CPU alone: one round of the <c>dhrystone-like</c> mix (sieve, CRC, matrix product, software float, sorting,
/// strings, byte-code interpreter). Divide <see cref="Cycles"/> or the instructions it prints by the time.
/// </summary>
[MemoryDiagnoser]
public class DispatchLoop
{
    private const long Cycles = 9_000_000;

    private readonly FirmwareImage _image = Samples.Load("dhrystone-like");
    private ATxmega128A1 _chip = new();

    [IterationSetup]
    public void PowerOn()
    {
        _chip = new ATxmega128A1();
        _chip.Load(_image);
    }

    [Benchmark(Baseline = true)]
    public long Interpreter()
    {
        ScheduledAction stop = _chip.CreateAction("benchmark", Phase.Limit, _chip.Stop);
        stop.Book(_chip.Cycle + Cycles);
        _chip.Run();
        return _chip.Instructions;
    }
}
