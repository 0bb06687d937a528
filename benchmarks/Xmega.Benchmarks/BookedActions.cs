using BenchmarkDotNet.Attributes;
using Xmega.Time;

namespace Xmega.Benchmarks;

/// <summary>What a booked action costs: one that books itself again every 100 cycles, among others that are booked too; beside the mere call of what it does.</summary>
[MemoryDiagnoser]
public class BookedActions
{
    private const int Actions = 10_000;
    private const int Period = 100;

    private Machine _machine = Machine.Asleep();
    private Action _work = static () => { };
    private long _count;

    /// <summary>Other actions that are booked for later meanwhile.</summary>
    [Params(0, 16, 64)]
    public int Others { get; set; }

    [GlobalSetup]
    public void Book()
    {
        _machine = Machine.Asleep();
        _work = () => _count++;
        ATxmega128A1 chip = _machine.Chip;
        for (int n = 0; n < Others; n++) chip.CreateAction($"other {n}", Phase.Module, _work).Book((long.MaxValue / 8) + n);
        long due = Period;
        ScheduledAction? action = null;
        action = chip.CreateAction("action", Phase.Module, () =>
        {
            _work();
            action!.Book(due += Period);
        });
        action.Book(due);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Actions)]
    public long Call()
    {
        for (int n = 0; n < Actions; n++) _work();
        return _count;
    }

    [Benchmark(OperationsPerInvoke = Actions)]
    public long Action()
    {
        _machine.Run(Actions * (long)Period);
        return _count;
    }
}
