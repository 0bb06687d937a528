using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>A stepper motor with four coils that counts where it stands, for full steps with one or two coils and for half steps.</summary>
/// <remarks>Limitations: the rotor follows at once at any speed.</remarks>
public sealed class StepperCounter : IPinListener, IStateful
{
    private const int HalfSteps = 8; // in an electrical turn

    // Where the rotor stands by which coils are on, A in bit 0; -1: nowhere.
    private static readonly int[] Places = [-1, 0, 2, 1, 4, -1, 3, -1, 6, 7, -1, -1, 5, -1, -1, -1];

    private readonly Timeline _timeline;
    private readonly Pin[] _coils;
    private int _pattern; // on since _since
    private long _since;
    private int _counted; // the pattern that was counted last
    private int _place;
    private int _position;
    private int _faults;

    /// <summary>Initializes a new instance of the <see cref="StepperCounter"/> class, standing before coil A.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="a">The pin of the first coil; high is on.</param>
    /// <param name="b">The pin of the second.</param>
    /// <param name="c">The pin of the third, opposite to the first.</param>
    /// <param name="d">The pin of the fourth, opposite to the second.</param>
    public StepperCounter(ATxmega128A1 chip, Pin a, Pin b, Pin c, Pin d)
    {
        Name = $"stepper at {a.Name}";
        chip.Attach(this);
        _timeline = chip.Timeline;
        _coils = [a, b, c, d];
        foreach (Pin coil in _coils) coil.Listen(this);
        OnPinChanged(a);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets where it stands in half steps; A, B, C, D is forwards.</summary>
    public int Position
    {
        get
        {
            Count();
            return _position;
        }
    }

    /// <summary>Gets how often the coils did what a motor cannot follow: opposite coils on, or a jump by half an electrical turn.</summary>
    public int Faults
    {
        get
        {
            Count();
            return _faults;
        }
    }

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        // Pins that are written together are heard of one by one: only what lasts counts.
        long now = _timeline.Picoseconds;
        if (now != _since) Count();
        _since = now;
        _pattern = 0;
        for (int n = 0; n < _coils.Length; n++) _pattern |= _coils[n].IsHigh ? 1 << n : 0;
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        s.Value(ref _pattern);
        s.Value(ref _since);
        s.Value(ref _counted);
        s.Value(ref _place);
        s.Value(ref _position);
        s.Value(ref _faults);
    }

    private void Count()
    {
        if (_pattern == _counted) return;
        _counted = _pattern;
        if (_pattern == 0) return; // it stays where it is
        int place = Places[_pattern];
        int moved = ((place - _place + (HalfSteps * 3 / 2)) % HalfSteps) - (HalfSteps / 2);
        if (place < 0 || moved == -HalfSteps / 2)
        {
            _faults++;
            if (place >= 0) _place = place;
            return;
        }

        _place = place;
        _position += moved;
    }
}
