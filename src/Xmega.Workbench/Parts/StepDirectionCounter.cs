using Xmega.Ports;
using Xmega.State;

namespace Xmega.Workbench.Parts;

/// <summary>A stepper driver with STEP and DIR inputs that counts where its motor stands.</summary>
public sealed class StepDirectionCounter : IPinListener, IStateful
{
    private readonly Pin _step;
    private readonly Pin _direction;
    private readonly Pin? _enable;
    private bool _stepHigh;
    private int _position;
    private int _ignored;

    /// <summary>Initializes a new instance of the <see cref="StepDirectionCounter"/> class.</summary>
    /// <param name="chip">The chip it is attached to.</param>
    /// <param name="step">The pin of STEP: each rising edge is a step.</param>
    /// <param name="direction">The pin of DIR: high is forwards.</param>
    /// <param name="enable">The pin of /ENABLE, active low; null: always enabled.</param>
    public StepDirectionCounter(ATxmega128A1 chip, Pin step, Pin direction, Pin? enable = null)
    {
        Name = $"step driver at {step.Name}";
        chip.Attach(this);
        (_step, _direction, _enable) = (step, direction, enable);
        _stepHigh = step.IsHigh;
        step.Listen(this);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Gets where it stands, in steps.</summary>
    public int Position => _position;

    /// <summary>Gets how many steps came while it was not enabled.</summary>
    public int Ignored => _ignored;

    /// <inheritdoc/>
    public void OnPinChanged(Pin pin)
    {
        bool high = _step.IsHigh;
        if (high == _stepHigh) return;
        _stepHigh = high;
        if (!high) return;
        if (_enable is { IsHigh: true }) _ignored++;
        else _position += _direction.IsHigh ? 1 : -1;
    }

    /// <inheritdoc/>
    public void State(StateStream s)
    {
        s.Value(ref _stepHigh);
        s.Value(ref _position);
        s.Value(ref _ignored);
    }
}
