namespace Xmega.State;

/// <summary>
/// A part of the board that keeps something between cycles, and is saved and restored with the chip it is attached to
/// (<see cref="ATxmega128A1.Attach"/>).
/// </summary>
/// <remarks>
/// The chip carries what a part does to pins (<see cref="Ports.PinDriver"/>) and what it has booked
/// (<see cref="Time.ScheduledAction"/>) by itself, before the parts: <see cref="State"/> names the part's own fields and
/// neither drives a pin nor books anything.
/// </remarks>
public interface IStateful
{
    /// <summary>Gets the part's name on its board: a snapshot goes back only to a board with the same parts.</summary>
    string Name { get; }

    /// <summary>Carries the part's fields out or in.</summary>
    /// <param name="s">The stream.</param>
    void State(StateStream s);
}
