using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>A push button whose contact bounces: open and closed by turns, for a while after each press and release, alike in every run.</summary>
public sealed class Button : IStateful
{
    private readonly Timeline _timeline;
    private readonly PinDriver _contact;
    private readonly PinDrive _closed;
    private readonly ScheduledAction _bounce;
    private readonly ScheduledAction _letGo;
    private uint _random;
    private bool _isPressed;
    private bool _isClosed;
    private long _settles;
    private long _bouncePicoseconds;

    /// <summary>Initializes a new instance of the <see cref="Button"/> class, released.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="pin">The pin it is wired to.</param>
    /// <param name="activeHigh">Whether its other end is at VCC; otherwise at ground.</param>
    /// <param name="hasResistor">Whether a resistor on the board pulls the pin to the other side.</param>
    /// <param name="bouncePicoseconds">How long it bounces, in picoseconds; 0: not at all.</param>
    /// <param name="seed">Another seed bounces otherwise.</param>
    public Button(ATxmega128A1 chip, Pin pin, bool activeHigh = false, bool hasResistor = false, long bouncePicoseconds = 0, int seed = 1)
    {
        Name = $"button at {pin.Name}";
        chip.Attach(this);
        _timeline = chip.Timeline;
        _contact = pin.AddDriver(Name);
        _closed = PinDrive.Strong(activeHigh);
        if (hasResistor) pin.AddDriver($"resistor of {Name}").Drive = PinDrive.Pull(!activeHigh);
        _bounce = chip.CreateAction($"bounce of {Name}", Phase.World, Bounce);
        _letGo = chip.CreateAction($"release of {Name}", Phase.World, Release);
        _random = ((uint)seed * 2654435769u) | 1; // any but 0
        BouncePicoseconds = bouncePicoseconds;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets a value indicating whether a finger is on it; the contact may still bounce.</summary>
    public bool IsPressed => _isPressed;

    /// <summary>Gets or sets how long it bounces after each press and release, in picoseconds, at least 0.</summary>
    public long BouncePicoseconds
    {
        get => _bouncePicoseconds;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _bouncePicoseconds = value;
        }
    }

    /// <summary>Presses it now, until <see cref="Release"/>.</summary>
    public void Press()
    {
        _letGo.Cancel();
        Move(true);
    }

    /// <summary>Presses it now, and releases it after a time.</summary>
    /// <param name="picoseconds">Picoseconds, above 0.</param>
    public void Press(long picoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(picoseconds);
        Move(true);
        _timeline.Book(_letGo, _timeline.Picoseconds + picoseconds);
    }

    /// <summary>Releases it now.</summary>
    public void Release()
    {
        _letGo.Cancel();
        Move(false);
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        s.Value(ref _random);
        s.Value(ref _isPressed);
        s.Value(ref _isClosed);
        s.Value(ref _settles);
        s.Value(ref _bouncePicoseconds);
    }

    private void Move(bool pressed)
    {
        if (pressed == _isPressed) return;
        _isPressed = pressed;
        _settles = _timeline.Picoseconds + _bouncePicoseconds;
        Touch(pressed);
        if (_bouncePicoseconds > 0) BookBounce();
        else _bounce.Cancel();
    }

    private void Bounce()
    {
        if (_timeline.Picoseconds >= _settles)
        {
            Touch(_isPressed);
            return;
        }

        Touch(!_isClosed);
        BookBounce();
    }

    // Up to a quarter of the whole time goes by until the contact moves again.
    private void BookBounce()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        long wait = 1 + (long)((Int128)_bouncePicoseconds * _random >> 34);
        _timeline.Book(_bounce, Math.Min(_settles, _timeline.Picoseconds + wait));
    }

    private void Touch(bool closed)
    {
        _isClosed = closed;
        _contact.Drive = closed ? _closed : PinDrive.None;
    }
}
