using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>Measures the pulses on a pin, for parts that live by them.</summary>
internal sealed class PulseWatch : IPinListener
{
    private readonly Timeline _timeline;
    private readonly Pin _pin;
    private readonly LogicLevel _active;
    private readonly Action? _ended;
    private bool _isActive;
    private long _count;
    private long _began;
    private long _width;
    private long _period;
    private long _total;

    /// <summary>Initializes a new instance of the <see cref="PulseWatch"/> class.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pin">The pin.</param>
    /// <param name="activeLow">Whether a pulse is low; a line that nobody drives is in no pulse.</param>
    /// <param name="ended">Called when a pulse has ended; null: nobody.</param>
    public PulseWatch(ATxmega128A1 chip, Pin pin, bool activeLow, Action? ended = null)
    {
        _timeline = chip.Timeline;
        _pin = pin;
        _active = activeLow ? LogicLevel.Low : LogicLevel.High;
        _ended = ended;
        pin.Listen(this);
        OnPinChanged(pin);
    }

    /// <summary>Gets a value indicating whether a pulse is under way.</summary>
    public bool IsActive => _isActive;

    /// <summary>Gets how many pulses have begun.</summary>
    public long Count => _count;

    /// <summary>Gets the width of the last pulse that has ended, in picoseconds; 0: none has.</summary>
    public long Width => _width;

    /// <summary>Gets the time between the last two beginnings, in picoseconds; 0: fewer than two.</summary>
    public long Period => _period;

    /// <summary>Gets when the last pulse began, in picoseconds since power-on.</summary>
    public long Began => _began;

    /// <summary>Gets the picoseconds in all pulses up to now.</summary>
    public long Total => _isActive ? _total + _timeline.Picoseconds - _began : _total;

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        bool active = _pin.Level == _active;
        if (active == _isActive) return;
        _isActive = active;
        long now = _timeline.Picoseconds;
        if (active)
        {
            if (_count++ > 0) _period = now - _began;
            _began = now;
            return;
        }

        _width = now - _began;
        _total += _width;
        _ended?.Invoke();
    }

    public void State(StateStream s)
    {
        s.Value(ref _isActive);
        s.Value(ref _count);
        s.Value(ref _began);
        s.Value(ref _width);
        s.Value(ref _period);
        s.Value(ref _total);
    }
}
