using System.Globalization;
using Xmega.Signals;

namespace Xmega.Testing;

/// <summary>The last things that happened to the watched signals.</summary>
internal sealed class EventLog(int capacity) : ISignalProbe
{
    private readonly (long Cycle, Signal Signal, long Value)[] _ring = new (long, Signal, long)[capacity];
    private long _count;

    /// <summary>Gets what hears of each change after it was kept.</summary>
    public event Action<Signal, long>? Changed;

    public IEnumerable<string> Lines()
    {
        for (long n = Math.Max(0, _count - capacity); n < _count; n++)
        {
            (long cycle, Signal signal, long value) = _ring[n % capacity];
            yield return string.Create(CultureInfo.InvariantCulture, $"{cycle,12} {signal.Name} = {SignalText.Value(signal, value)}");
        }
    }

    /// <summary>Knows what another log of this size knows, and nothing else.</summary>
    public void Take(EventLog other)
    {
        other._ring.CopyTo(_ring, 0);
        _count = other._count;
    }

    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        _ring[_count++ % capacity] = (cycle, signal, value);
        Changed?.Invoke(signal, value);
    }
}
