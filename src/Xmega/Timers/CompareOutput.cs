using Xmega.Ports;
using Xmega.Signals;
using Xmega.State;

namespace Xmega.Timers;

/// <summary>
/// The output of a channel's waveform generator (WG). It takes the place of its pin's OUT bit while the channel is enabled
/// in a waveform mode, unless an extension (AWeX) has taken over the pin. The extension may follow the waveform too.
/// </summary>
internal sealed class CompareOutput
{
    private readonly PinOverride _pin;
    private readonly Signal _signal;
    private readonly Signal _quarterSignal;
    private readonly Action _audienceChanged;
    private bool _isFollowed;
    private bool _isDetached;
    private byte _quarter;

    /// <summary>Initializes a new instance of the <see cref="CompareOutput"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">The timer.</param>
    /// <param name="channel">Channel number, 0–3.</param>
    /// <param name="pin">The hand on its pin.</param>
    /// <param name="audienceChanged">Called when somebody begins or ceases to need its edges.</param>
    public CompareOutput(ChipServices services, TimerFacts facts, int channel, PinOverride pin, Action audienceChanged)
    {
        _pin = pin;
        _audienceChanged = audienceChanged;
        string name = $"OC{facts.Number}{(char)('A' + channel)}";
        _signal = services.Signals.Add($"{facts.Name}.{name}", SignalKind.Bit, 1, "waveform generator output", () => Level ? 1 : 0, audienceChanged);
        _quarterSignal = services.Signals.Add($"HIRES{facts.PortLetter}.{name}", SignalKind.Bus, 2, $"quarter of its cycle in which the last edge of {facts.Name}.{name} lies", () => _quarter, audienceChanged);
    }

    /// <summary>Tells an extension of every edge in its cycle, once <see cref="Level"/> shows it, while <see cref="IsFollowed"/> is set.</summary>
    public event Action? Changed;

    /// <summary>Gets a value indicating whether the output is high, as far as the timer has been worked out: exact while somebody needs its edges.</summary>
    public bool Level { get; private set; }

    /// <summary>Gets a value indicating whether the channel is enabled in a waveform mode.</summary>
    public bool IsEnabled { get; private set; }

    /// <summary>Gets or sets a value indicating whether an extension hears of the edges.</summary>
    public bool IsFollowed
    {
        get => _isFollowed;
        set
        {
            if (value == _isFollowed) return;
            _isFollowed = value;
            _audienceChanged();
        }
    }

    /// <summary>Gets or sets a value indicating whether an extension has the pin: then the output leaves it alone.</summary>
    public bool IsDetached
    {
        get => _isDetached;
        set
        {
            _isDetached = value;
            Drive();
        }
    }

    /// <summary>Gets a value indicating whether its edges have to come in their own cycles.</summary>
    public bool NeedsEdges => IsEnabled || IsFollowed || _signal.IsWatched || _quarterSignal.IsWatched;

    /// <summary>Shows the level that the counter has come to.</summary>
    /// <param name="high">The level.</param>
    /// <param name="enabled">Whether the channel is enabled in a waveform mode.</param>
    /// <param name="now">Whether it changed in the current cycle, and not earlier when nobody was looking.</param>
    /// <param name="quarter">The quarter of the cycle in which an edge lies, 0–3.</param>
    public void Show(bool high, bool enabled, bool now, int quarter)
    {
        bool edge = high != Level;
        if (!edge && enabled == IsEnabled) return;
        Level = high;
        IsEnabled = enabled;
        Drive();
        if (!edge || !now) return;
        if (IsFollowed) Changed?.Invoke();
        _quarter = (byte)quarter;
        if (_signal.IsWatched) _signal.Changed(high ? 1 : 0);
        if (_quarterSignal.IsWatched) _quarterSignal.Changed(quarter);
    }

    /// <summary>Carries what does not follow from the timer's own state.</summary>
    /// <param name="s">The stream.</param>
    public void State(StateStream s)
    {
        s.Value(ref _isFollowed);
        s.Value(ref _isDetached);
        s.Value(ref _quarter);
    }

    private void Drive() => _pin.SetValue(IsEnabled && !IsDetached ? Level : null);
}
