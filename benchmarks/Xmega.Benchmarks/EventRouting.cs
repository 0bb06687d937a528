using BenchmarkDotNet.Attributes;
using Xmega.Events;

namespace Xmega.Benchmarks;

/// <summary>
/// What an event costs the host from generator to user: a timer overflows every 100 cycles onto 1 to 8 channels, each
/// with a user that is told one by one; and what a configured timer costs that nobody listens to: no booked action.
/// </summary>
[MemoryDiagnoser]
public class EventRouting
{
    private const int Events = 10_000;
    private const int Period = 100;

    private Machine _machine = Machine.Asleep();
    private Counter _counter = new();

    /// <summary>Channels that carry the overflow; 0 is the timer alone.</summary>
    [Params(0, 1, 2, 4, 8)]
    public int Channels { get; set; }

    [GlobalSetup]
    public void Configure()
    {
        _machine = Machine.Asleep();
        _counter = new Counter();
        for (int n = 0; n < Channels; n++)
        {
            _machine.Set((0x0180 + n, 0xC0)); // CHnMUX = TCC0_OVF
            _machine.Chip.Events.Channels[n].Subscribe(_counter);
        }

        _machine.Set((0x0826, Period - 1), (0x0827, 0) /* TCC0.PER */, (0x0800, 1) /* CTRLA = DIV1 */);
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public long Overflow()
    {
        _machine.Run(Events * (long)Period);
        return _counter.Count;
    }

    private sealed class Counter : IEventUser
    {
        public long Count { get; private set; }

        public void OnEvent(int channel, bool strobe, bool data) => Count++;
    }
}
