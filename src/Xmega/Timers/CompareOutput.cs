using Xmega.Ports;
using Xmega.Signals;

namespace Xmega.Timers;

/// <summary>
/// The output of a channel's waveform generator (WG). It takes the place of its pin's OUT bit while the channel is enabled
/// in a waveform mode, unless an extension has taken it over.
/// </summary>
internal sealed class CompareOutput
{
    private readonly PinOverride _pin;
    private readonly Signal _signal;
    private readonly Action _audienceChanged;
    private Action<bool>? _follower;

    /// <summary>Initializes a new instance of the <see cref="CompareOutput"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="name">Path name of the signal, as in <c>TCC0.OC0A</c>.</param>
    /// <param name="pin">The hand on its pin.</param>
    /// <param name="audienceChanged">Called when somebody begins or ceases to need its edges.</param>
    public CompareOutput(ChipServices services, string name, PinOverride pin, Action audienceChanged)
    {
        _pin = pin;
        _audienceChanged = audienceChanged;
        _signal = services.Signals.Add(name, SignalKind.Bit, 1, "waveform generator output", () => Level ? 1 : 0, audienceChanged);
    }

    /// <summary>Gets a value indicating whether the output is high, as far as the timer has been worked out: exact while somebody needs its edges.</summary>
    public bool Level { get; private set; }

    /// <summary>Gets a value indicating whether the channel is enabled in a waveform mode.</summary>
    public bool IsEnabled { get; private set; }

    /// <summary>Gets a value indicating whether its edges have to come in their own cycles.</summary>
    public bool NeedsEdges => IsEnabled || _follower is not null || _signal.IsWatched;

    /// <summary>An extension (AWeX) takes the waveform in place of the pin, or gives it back.</summary>
    /// <param name="follower">Hears every edge in its cycle; null to give the output back to the pin.</param>
    public void TakeOver(Action<bool>? follower)
    {
        _follower = follower;
        _audienceChanged();
        Drive();
        follower?.Invoke(Level);
    }

    /// <summary>Shows the level that the counter has come to.</summary>
    /// <param name="high">The level.</param>
    /// <param name="enabled">Whether the channel is enabled in a waveform mode.</param>
    /// <param name="now">Whether it changed in the current cycle, and not earlier when nobody was looking.</param>
    public void Show(bool high, bool enabled, bool now)
    {
        bool edge = high != Level;
        if (!edge && enabled == IsEnabled) return;
        Level = high;
        IsEnabled = enabled;
        Drive();
        if (!edge) return;
        _follower?.Invoke(high);
        if (now && _signal.IsWatched) _signal.Changed(high ? 1 : 0);
    }

    private void Drive() => _pin.SetValue(IsEnabled && _follower is null ? Level : null);
}
