using Xmega.State;
using Xmega.Time;

namespace Xmega.Ports;

/// <summary>
/// The two flip-flops between the pins of a port and its IN register (8077I 13.4), one bit a pin. Nothing is clocked:
/// the last few changes and their cycles say what IN holds in any cycle that can still be asked for.
/// </summary>
internal sealed class PinSynchroniser
{
    // What IN shows now was sampled this many cycles ago at most, and sensing compares it with the cycle before.
    private const int Depth = Latency.PinSynchroniser + Latency.PinEvent + Latency.PinInterruptFlag + 1;

    // Newest first; the value holds at the pins from the end of its cycle on.
    private readonly long[] _cycle = new long[Depth];
    private readonly byte[] _value = new byte[Depth];

    public PinSynchroniser() => Settle(0);

    /// <summary>Gets what is at the pins now.</summary>
    public byte Latest => _value[0];

    /// <summary>The pins have been as they are since long ago: nothing is on its way to IN.</summary>
    /// <param name="value">The levels.</param>
    public void Settle(byte value)
    {
        for (int i = 0; i < Depth; i++) (_cycle[i], _value[i]) = (long.MinValue / 2, value);
    }

    /// <summary>The pins changed; the last change within a cycle is the one that counts.</summary>
    /// <param name="cycle">The current cycle.</param>
    /// <param name="value">The new levels.</param>
    public void Change(long cycle, byte value)
    {
        if (cycle != _cycle[0])
        {
            for (int i = Depth - 1; i > 0; i--) (_cycle[i], _value[i]) = (_cycle[i - 1], _value[i - 1]);
            _cycle[0] = cycle;
        }

        _value[0] = value;
    }

    /// <summary>Some pins have been at a level all along: no edge is seen there.</summary>
    /// <param name="pins">The pins, a bit each.</param>
    /// <param name="value">The levels.</param>
    public void Settle(byte pins, byte value)
    {
        for (int i = 0; i < Depth; i++) _value[i] = (byte)((_value[i] & ~pins) | (value & pins));
    }

    /// <summary>What IN holds in a cycle: the current one, those just before, and the one after.</summary>
    /// <param name="cycle">The cycle.</param>
    public byte At(long cycle)
    {
        for (int i = 0; i < Depth - 1; i++)
            if (_cycle[i] + Latency.PinSynchroniser <= cycle) return _value[i];
        return _value[Depth - 1];
    }

    /// <summary>The first cycle after a given one in which IN takes over a change that has already happened.</summary>
    /// <param name="cycle">The cycle, no earlier than the current one.</param>
    /// <returns>That cycle, or <see cref="ScheduledAction.Never"/>.</returns>
    public long NextChange(long cycle)
    {
        long next = ScheduledAction.Never;
        for (int i = 0; i < Depth && _cycle[i] + Latency.PinSynchroniser > cycle; i++) next = _cycle[i] + Latency.PinSynchroniser;
        return next;
    }

    public void State(StateStream s)
    {
        foreach (ref long cycle in _cycle.AsSpan()) s.Value(ref cycle);
        s.Bytes(_value);
    }
}
