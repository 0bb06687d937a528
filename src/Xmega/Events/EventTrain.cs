using Xmega.State;

namespace Xmega.Events;

/// <summary>
/// Events that come regularly until further notice: at <see cref="First"/> and every <see cref="Period"/> cycles from
/// then on. A source that fires at a high rate is told to its users as a train, which they count by arithmetic; nobody
/// books an action a cycle.
/// </summary>
/// <param name="First">Cycle of the first event.</param>
/// <param name="Period">Cycles between two events, at least 1.</param>
/// <param name="Data">The data bit that each event carries.</param>
public readonly record struct EventTrain(long First, long Period, bool Data)
{
    /// <summary>How many events come at or before a cycle.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <returns>The number, 0 before the first.</returns>
    public long CountThrough(long cycle) => cycle < First ? 0 : ((cycle - First) / Period) + 1;

    /// <summary>The first event after a cycle.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <returns>The cycle of that event.</returns>
    public long NextAfter(long cycle) => cycle < First ? First : First + ((((cycle - First) / Period) + 1) * Period);

    /// <summary>Whether an event comes in a cycle.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <returns>True when one does.</returns>
    public bool Includes(long cycle) => cycle >= First && (cycle - First) % Period == 0;

    /// <summary>The same train seen later.</summary>
    /// <param name="cycles">The delay.</param>
    /// <returns>The delayed train.</returns>
    public EventTrain Delayed(long cycles) => this with { First = First + cycles };

    /// <summary>What is left of the train after a cycle.</summary>
    /// <param name="cycle">The cycle.</param>
    /// <returns>The train that begins with the first event after it.</returns>
    public EventTrain After(long cycle) => this with { First = NextAfter(cycle) };

    /// <summary>Carries a train, or that there is none, out or in.</summary>
    /// <param name="s">The stream.</param>
    /// <param name="train">The field.</param>
    internal static void State(StateStream s, ref EventTrain? train)
    {
        (long first, long period, bool data) = train ?? default;
        s.Value(ref first);
        s.Value(ref period);
        s.Value(ref data);
        train = period == 0 ? null : new EventTrain(first, period, data);
    }
}
