using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Workbench.Parts;

/// <summary>
/// A rotary encoder with detents: contacts A and B to ground, both open at rest, four changes from one detent to the next.
/// Clockwise A closes first.
/// </summary>
public sealed class RotaryEncoder : IStateful
{
    /// <summary>Changes of the two contacts from one detent to the next.</summary>
    public const int StepsPerDetent = 4;

    private readonly Timeline _timeline;
    private readonly PinDriver _a;
    private readonly PinDriver _b;
    private readonly ScheduledAction _step;
    private int _position;
    private int _goal;
    private long _stepPicoseconds = Timeline.PicosecondsPerSecond / 1000;

    /// <summary>Initializes a new instance of the <see cref="RotaryEncoder"/> class, at rest.</summary>
    /// <param name="chip">The chip whose time it lives in.</param>
    /// <param name="a">The pin of contact A.</param>
    /// <param name="b">The pin of contact B.</param>
    /// <param name="hasResistors">Whether resistors on the board pull both pins high.</param>
    public RotaryEncoder(ATxmega128A1 chip, Pin a, Pin b, bool hasResistors = true)
    {
        Name = $"encoder at {a.Name}";
        chip.Attach(this);
        _timeline = chip.Timeline;
        (_a, _b) = (a.AddDriver(Name), b.AddDriver(Name));
        if (hasResistors)
            foreach (Pin pin in new[] { a, b }) pin.AddDriver($"resistor of {Name}").Drive = PinDrive.Pull(true);
        _step = chip.CreateAction(Name, Phase.World, Step);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets where it is, in steps: a quarter of a detent each, clockwise positive.</summary>
    public int Position => _position;

    /// <summary>Gets a value indicating whether it is still turning.</summary>
    public bool IsTurning => _position != _goal;

    /// <summary>Gets or sets the time from one step to the next, in picoseconds, above 0; at first 1 ms.</summary>
    public long StepPicoseconds
    {
        get => _stepPicoseconds;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _stepPicoseconds = value;
        }
    }

    /// <summary>Begins to turn it; the first contact moves one step's time from now.</summary>
    /// <param name="detents">How far beyond where it is already turning to: clockwise positive.</param>
    public void Turn(int detents)
    {
        _goal += StepsPerDetent * detents;
        if (IsTurning && !_step.IsBooked) _timeline.Book(_step, _timeline.Picoseconds + StepPicoseconds);
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        s.Value(ref _position);
        s.Value(ref _goal);
        s.Value(ref _stepPicoseconds);
    }

    private void Step()
    {
        if (!IsTurning) return;
        _position += Math.Sign(_goal - _position);
        int phase = _position & (StepsPerDetent - 1);
        _a.Drive = Contact(phase is 1 or 2);
        _b.Drive = Contact(phase is 2 or 3);
        if (IsTurning) _timeline.Book(_step, _timeline.Picoseconds + StepPicoseconds);
    }

    private static PinDrive Contact(bool closed) => closed ? PinDrive.Strong(false) : PinDrive.None;
}
