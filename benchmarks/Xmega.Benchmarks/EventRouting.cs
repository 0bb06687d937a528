using BenchmarkDotNet.Attributes;
using Xmega.Events;
using Xmega.Time;

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

    private ATxmega128A1 _chip = new();
    private Counter _counter = new();

    /// <summary>Channels that carry the overflow; 0 is the timer alone.</summary>
    [Params(0, 1, 2, 4, 8)]
    public int Channels { get; set; }

    [GlobalSetup]
    public void Configure()
    {
        _chip = new ATxmega128A1();
        _counter = new Counter();
        for (int n = 0; n < Channels; n++)
        {
            _chip.Data.Write(0x0180 + n, 0xC0); // CHnMUX = TCC0_OVF
            _chip.Events.Channels[n].Subscribe(_counter);
        }

        _chip.Data.Write(0x0826, Period - 1); // TCC0.PER
        _chip.Data.Write(0x0827, 0);
        _chip.Data.Write(0x0800, 1);          // TCC0.CTRLA = DIV1
        // Flash is erased: the CPU must sleep for time to pass at no cost of its own.
        _chip.Program.Write(0, [0x80, 0xE0 /* ldi r24, 0 */, 0x81, 0xE0 /* ldi r24, 1 */, 0x80, 0x93, 0x48, 0x00 /* sts SLEEP.CTRL, r24 */, 0x88, 0x95 /* sleep */, 0xFD, 0xCF /* rjmp sleep */]);
        _chip.RunsAsleep = true;
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public long Overflow()
    {
        ScheduledAction stop = _chip.CreateAction("benchmark", Phase.Limit, _chip.Stop);
        stop.Book(_chip.Cycle + (Events * (long)Period));
        _chip.Run();
        return _counter.Count;
    }

    private sealed class Counter : IEventUser
    {
        public long Count { get; private set; }

        public void OnEvent(int channel, bool strobe, bool data) => Count++;
    }
}
