using BenchmarkDotNet.Attributes;
using Xmega.Time;

namespace Xmega.Benchmarks;

/// <summary>One future of a running chip: a fork, 1,000 cycles, and the fork given back. And what the fork alone costs of it.</summary>
[MemoryDiagnoser]
public class Futures
{
    private const long Warm = 200_000;
    private const long Cycles = 1000;

    private readonly ATxmega128A1 _chip = new();
    private readonly Dictionary<ATxmega128A1, ScheduledAction> _stops = []; // a retired fork comes again

    [GlobalSetup]
    public void Boot()
    {
        _chip.Load(Samples.Load("dhrystone-like"));
        Run(_chip, Warm);
    }

    [Benchmark]
    public void Fork() => _chip.Fork().Retire();

    [Benchmark(Baseline = true)]
    public long ForkAndThousandCycles()
    {
        ATxmega128A1 fork = _chip.Fork();
        Run(fork, Cycles);
        long reached = fork.Cycle;
        fork.Retire();
        return reached;
    }

    [Benchmark]
    public ATxmega128A1 ForkThatIsNotGivenBack() => _chip.Fork();

    private void Run(ATxmega128A1 chip, long cycles)
    {
        if (!_stops.TryGetValue(chip, out ScheduledAction? stop)) _stops.Add(chip, stop = chip.CreateAction("benchmark", Phase.Limit, chip.Stop));
        stop.Book(chip.Cycle + cycles);
        chip.Run();
    }
}
