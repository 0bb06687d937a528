using Xmega.State;

namespace Xmega.Ports;

/// <summary>
/// A module's hand on a pin's output: while it drives, its value takes the place of the port's OUT bit, and where it
/// says so of the DIR bit too. INVEN and the output configuration still apply (8077I 13.8, 13.10).
/// </summary>
public sealed class PinOverride
{
    private readonly Action _changed;

    internal PinOverride(string owner, int priority, Action changed)
    {
        Owner = owner;
        Priority = priority;
        _changed = changed;
    }

    /// <summary>Gets the module that owns it.</summary>
    public string Owner { get; }

    /// <summary>Gets the rank among several overrides of a pin: the highest that gives a value, and the highest that gives a direction, win (the order is not documented in one place: unverified).</summary>
    public int Priority { get; }

    /// <summary>Gets the value that takes the place of OUT; null while the module does not drive.</summary>
    public bool? Value { get; private set; }

    /// <summary>Gets the direction that takes the place of DIR: true output, false input; null leaves DIR in charge.</summary>
    public bool? Direction { get; private set; }

    /// <summary>Takes over the output value.</summary>
    /// <param name="high">The value in place of OUT; null to give it back.</param>
    public void SetValue(bool? high)
    {
        if (Value == high) return;
        Value = high;
        _changed();
    }

    /// <summary>Takes over the direction.</summary>
    /// <param name="output">True for output, false for input; null to give it back.</param>
    public void SetDirection(bool? output)
    {
        if (Direction == output) return;
        Direction = output;
        _changed();
    }

    /// <summary>Gets a value indicating whether the module pulls the pin up, whatever PINnCTRL says.</summary>
    internal bool PullsUp { get; private set; }

    /// <summary>Gets what to say when firmware makes an output of the pin, which the module keeps an input; null: nothing.</summary>
    internal string? Warning { get; private set; }

    /// <summary>Takes the pin away from the port, as an input, or gives it back.</summary>
    /// <param name="warning">What to say when firmware makes an output of it; null gives it back.</param>
    /// <param name="pullsUp">Whether the module pulls it up.</param>
    internal void Take(string? warning, bool pullsUp)
    {
        Warning = warning;
        Direction = warning is null ? null : false;
        PullsUp = warning is not null && pullsUp;
        _changed();
    }

    /// <summary>Carries the override out or in; the port drives the pin afterwards.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        Value = Carry(s, Value);
        Direction = Carry(s, Direction);
        bool pullsUp = PullsUp;
        s.Value(ref pullsUp);
        PullsUp = pullsUp;
    }

    private static bool? Carry(StateStream s, bool? field)
    {
        bool given = field.HasValue, value = field ?? false;
        s.Value(ref given);
        s.Value(ref value);
        return given ? value : null;
    }
}
