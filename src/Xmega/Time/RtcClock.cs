using Xmega.State;

namespace Xmega.Time;

/// <summary>The clock that CLK.RTCCTRL selects for the real-time counter (8077I 7.9.4).</summary>
internal sealed class RtcClock
{
    /// <summary>Tells listeners, after the fact, that the frequency changed.</summary>
    public event Action? Changed;

    /// <summary>Gets the frequency of the oscillator in hertz; 0 while the clock stands still.</summary>
    public long OscillatorHertz { get; private set; }

    /// <summary>Gets the division between the oscillator and the clock.</summary>
    public int Division { get; private set; } = 1;

    /// <summary>Gets a value indicating whether the clock is enabled, whether or not it runs yet: CLK.RTCCTRL.RTCEN.</summary>
    public bool IsEnabled { get; private set; }

    /// <summary>Edges of the clock within a time, in 64 bits: the oscillators are slow, so that second by second no product passes them.</summary>
    /// <param name="picoseconds">Picoseconds since an edge, at least 0.</param>
    /// <param name="hertz">The oscillator, 0 to a million.</param>
    /// <param name="division">From there to the clock, 1–1024.</param>
    /// <returns>Whole edges.</returns>
    public static long EdgesIn(long picoseconds, long hertz, int division)
    {
        (long seconds, long rest) = Math.DivRem(picoseconds, Timeline.PicosecondsPerSecond);
        return ((seconds * hertz) + (rest * hertz / Timeline.PicosecondsPerSecond)) / division;
    }

    /// <summary>The time of an edge, rounded up, so that it has passed then by the count of <see cref="EdgesIn"/> too.</summary>
    /// <param name="edges">Edges, 0 to 2^48.</param>
    /// <param name="hertz">The oscillator, 1 to a million.</param>
    /// <param name="division">From there to the clock, 1–1024.</param>
    /// <returns>Picoseconds; the end of time for an edge past it.</returns>
    public static long TimeOf(long edges, long hertz, int division)
    {
        (long seconds, long rest) = Math.DivRem(edges * division, hertz);
        if (seconds >= long.MaxValue / Timeline.PicosecondsPerSecond) return long.MaxValue;
        return (seconds * Timeline.PicosecondsPerSecond) + (((rest * Timeline.PicosecondsPerSecond) + hertz - 1) / hertz);
    }

    public void Set(bool isEnabled, long oscillatorHertz, int division)
    {
        IsEnabled = isEnabled;
        if (OscillatorHertz == oscillatorHertz && Division == division) return;
        (OscillatorHertz, Division) = (oscillatorHertz, division);
        Changed?.Invoke();
    }

    /// <summary>Carries the clock out or in; nobody is told.</summary>
    public void State(StateStream s)
    {
        bool isEnabled = IsEnabled;
        long hertz = OscillatorHertz;
        int division = Division;
        s.Value(ref isEnabled);
        s.Value(ref hertz);
        s.Value(ref division);
        (IsEnabled, OscillatorHertz, Division) = (isEnabled, hertz, division);
    }
}
