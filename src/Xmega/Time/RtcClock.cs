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
