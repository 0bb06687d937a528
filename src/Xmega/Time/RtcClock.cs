namespace Xmega.Time;

/// <summary>The clock that CLK.RTCCTRL selects for the real-time counter (8077I 7.9.4).</summary>
internal sealed class RtcClock
{
    /// <summary>Tells listeners, after the fact, that the frequency changed.</summary>
    public event Action? Changed;

    /// <summary>Gets the frequency in hertz; 0 while it stands still.</summary>
    public int Hertz { get; private set; }

    public void Set(int hertz)
    {
        if (Hertz == hertz) return;
        Hertz = hertz;
        Changed?.Invoke();
    }

    /// <summary>Sets the frequency when a saved state is restored: nobody is told.</summary>
    public void Restore(int hertz) => Hertz = hertz;
}
