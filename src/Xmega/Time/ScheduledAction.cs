namespace Xmega.Time;

/// <summary>
/// The order of what happens within one cycle: the modules' own clock edge first, then event propagation, then DMA,
/// then interrupt requests, then whatever drives the chip from outside. The CPU's own access comes after all of them.
/// </summary>
public enum Phase
{
    /// <summary>A module's own clock edge: a timer tick, a shifted bit.</summary>
    Module = 0,

    /// <summary>An event arriving at its users.</summary>
    Event = 1,

    /// <summary>A DMA access.</summary>
    Dma = 2,

    /// <summary>An interrupt request reaching the interrupt controller.</summary>
    Interrupt = 3,

    /// <summary>The world around the chip: stimulus, parts, limits of a run.</summary>
    World = 4,

    /// <summary>A limit of the run: not work of the chip or its surroundings, and nothing that could wake a sleeping CPU.</summary>
    Limit = 5,
}

/// <summary>
/// Something a module will do at a later cycle. Made once, at construction, by the module that owns it, and booked as
/// often as needed: nothing is allocated while the chip runs, and the whole schedule can be saved.
/// </summary>
public sealed class ScheduledAction
{
    /// <summary>The value of <see cref="Cycle"/> while the action is not booked.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The value of <see cref="Cycle"/> of an action booked in time while clk_PER stands: which cycle that will be is not known yet.</summary>
    public const long Unknown = Never - 1;

    private readonly Schedule _schedule;
    private readonly Action _run;

    internal ScheduledAction(Schedule schedule, string name, Phase phase, int ordinal, Action run)
    {
        _schedule = schedule;
        _run = run;
        Name = name;
        Phase = phase;
        // Ties are broken by phase, then by construction order: never by hash or allocation order.
        Rank = ((int)phase << 24) | ordinal;
    }

    /// <summary>Gets the name for people, as in <c>TCC0.OVF</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the place within a cycle at which the action runs.</summary>
    public Phase Phase { get; }

    /// <summary>Gets the cycle the action is booked for, or <see cref="Never"/>.</summary>
    public long Cycle { get; internal set; } = Never;

    /// <summary>Gets a value indicating whether the action is booked.</summary>
    public bool IsBooked => HeapIndex >= 0;

    internal int Rank { get; }

    /// <summary>Gets whose action it is: the object whose method runs.</summary>
    internal object? Owner => _run.Target;

    internal int HeapIndex { get; set; } = -1;

    /// <summary>Gets or sets the due time in picoseconds of an action that lives in time, not in cycles; otherwise -1.</summary>
    internal long DuePicoseconds { get; set; } = -1;

    /// <summary>Books the action, or moves it when it is booked already.</summary>
    /// <param name="cycle">The cycle to run in; a cycle that has passed means as soon as possible.</param>
    public void Book(long cycle)
    {
        DuePicoseconds = -1;
        _schedule.Book(this, cycle);
    }

    /// <summary>Takes the action off the schedule; does nothing when it is not booked.</summary>
    public void Cancel()
    {
        DuePicoseconds = -1;
        _schedule.Remove(this);
    }

    internal void Run() => _run();
}
