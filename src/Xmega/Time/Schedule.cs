using Xmega.State;

namespace Xmega.Time;

/// <summary>
/// The one schedule of the chip: a binary heap of booked actions in the order of their cycle, then of their rank.
/// Nobody is ticked; a module that books nothing costs nothing.
/// </summary>
public sealed class Schedule
{
    private ScheduledAction[] _heap = new ScheduledAction[64];
    private int _count;
    private int _created;
    private int _limits;
    private bool _vacant; // the root is free while its action runs: what that books first, itself as a rule, takes the place
    private readonly List<ScheduledAction> _actions = []; // of the chip and its board, in the order of creation

    /// <summary>Gets the current cycle: clk_PER cycles since power-on.</summary>
    public long Now { get; private set; }

    /// <summary>Gets the cycle of the next booked action, or <see cref="ScheduledAction.Never"/>.</summary>
    public long NextCycle { get; private set; } = ScheduledAction.Never;

    /// <summary>Gets the number of booked actions.</summary>
    public int Count => _vacant ? _count - 1 : _count;

    /// <summary>Gets a value indicating whether anything is booked besides limits of the run.</summary>
    public bool HasWork => Count > _limits;

    /// <summary>Makes an action. Call at construction only: the order of creation breaks ties.</summary>
    /// <param name="name">The name for people.</param>
    /// <param name="phase">Where in a cycle it runs.</param>
    /// <param name="run">What it does; it finds its cycle in <see cref="Now"/>.</param>
    /// <returns>The action, not booked.</returns>
    public ScheduledAction Create(string name, Phase phase, Action run)
    {
        var action = new ScheduledAction(this, name, phase, _created++, run);
        // A limit belongs to a run, not to the machine: it is never saved.
        if (phase != Phase.Limit) _actions.Add(action);
        return action;
    }

    /// <summary>Does everything booked up to and including a cycle, in order, and makes that cycle the current one.</summary>
    /// <param name="cycle">The cycle to advance to; one that has passed changes nothing.</param>
    public void AdvanceTo(long cycle)
    {
        // Small enough to become part of its callers: most of them find nothing due.
        if (NextCycle <= cycle) DoDue(cycle);
        if (cycle > Now) Now = cycle;
    }

    /// <summary>The action that is due first of those booked in time, for a clk_PER that stands; null for none.</summary>
    internal ScheduledAction? EarliestTimed()
    {
        Settle();
        ScheduledAction? earliest = null;
        for (int i = 0; i < _count; i++)
        {
            ScheduledAction action = _heap[i];
            if (action.DuePicoseconds < 0) continue;
            if (earliest is null || action.DuePicoseconds < earliest.DuePicoseconds || (action.DuePicoseconds == earliest.DuePicoseconds && action.Rank < earliest.Rank)) earliest = action;
        }

        return earliest;
    }

    /// <summary>Whether anything is booked in time besides limits of the run.</summary>
    internal bool HasTimedWork()
    {
        Settle();
        for (int i = 0; i < _count; i++)
            if (_heap[i].DuePicoseconds >= 0 && _heap[i].Phase != Phase.Limit) return true;
        return false;
    }

    /// <summary>Whether anything of a phase is booked in time.</summary>
    internal bool HasTimedWork(Phase phase)
    {
        Settle();
        for (int i = 0; i < _count; i++)
            if (_heap[i].DuePicoseconds >= 0 && _heap[i].Phase == phase) return true;
        return false;
    }

    /// <summary>Does a booked action in the current cycle.</summary>
    /// <param name="action">The action.</param>
    internal void Do(ScheduledAction action)
    {
        if (action.HeapIndex == 0 && !_vacant) Vacate(action);
        else Remove(action);
        action.DuePicoseconds = -1;
        action.Run();
        Settle();
    }

    /// <summary>Gets every action that was made, in the order of creation, without the limits of runs.</summary>
    internal IReadOnlyList<ScheduledAction> Actions => _actions;

    /// <summary>Carries the current cycle out or in: when it is restored nothing is booked any more.</summary>
    /// <param name="s">The stream.</param>
    internal void StateOfClock(StateStream s)
    {
        long now = Now;
        s.Value(ref now);
        if (s.IsRestoring) Restart(now);
    }

    /// <summary>Sets the current cycle, with nothing booked any more.</summary>
    /// <param name="cycle">The cycle to continue at.</param>
    internal void Restart(long cycle)
    {
        Settle();
        while (_count > 0) _heap[_count - 1].Cancel();
        Now = cycle;
    }

    /// <summary>Carries every booking out or in, in place of whatever is booked.</summary>
    /// <param name="s">The stream.</param>
    internal void StateOfBookings(StateStream s)
    {
        int count = Count - _limits;
        s.Value(ref count);
        if (s.IsRestoring)
        {
            Restart(Now);
            for (int n = 0; n < count; n++) StateOfBooking(s, 0);
            return;
        }

        for (int index = 0; index < _actions.Count; index++)
            if (_actions[index].IsBooked) StateOfBooking(s, index);
    }

    /// <summary>Moves every action that is booked in time to the cycle its time now falls in.</summary>
    /// <param name="cycleAt">Turns picoseconds since power-on into that cycle.</param>
    internal void RebookTimed(Func<long, long> cycleAt)
    {
        Settle();
        for (int i = 0; i < _count; i++)
        {
            ScheduledAction action = _heap[i];
            if (action.DuePicoseconds >= 0) action.Cycle = CycleFor(action, cycleAt(action.DuePicoseconds));
        }

        for (int i = (_count / 2) - 1; i >= 0; i--) SiftDown(i, _heap[i]);
        NextCycle = _count > 0 ? _heap[0].Cycle : ScheduledAction.Never;
    }

    internal void Book(ScheduledAction action, long cycle)
    {
        if (action.HeapIndex >= 0) Remove(action);
        if (cycle == ScheduledAction.Never) return;
        action.Cycle = CycleFor(action, cycle);
        if (action.Phase == Phase.Limit) _limits++;
        if (_vacant)
        {
            _vacant = false;
            SiftDown(0, action);
        }
        else
        {
            if (_count == _heap.Length) Array.Resize(ref _heap, _count * 2);
            SiftUp(_count++, action);
        }

        NextCycle = _heap[0].Cycle;
    }

    internal void Remove(ScheduledAction action)
    {
        if (action.HeapIndex < 0) return;
        Settle();
        int hole = action.HeapIndex;
        Release(action);
        ScheduledAction last = _heap[--_count];
        _heap[_count] = null!;
        if (hole < _count)
        {
            if (hole > 0 && Before(last, _heap[(hole - 1) / 2])) SiftUp(hole, last);
            else SiftDown(hole, last);
        }

        NextCycle = _count > 0 ? _heap[0].Cycle : ScheduledAction.Never;
    }

    private void DoDue(long cycle)
    {
        do
        {
            Settle();
            ScheduledAction action = _heap[0];
            if (action.Cycle > Now) Now = action.Cycle;
            Do(action);
        }
        while (NextCycle <= cycle);
    }

    private void Release(ScheduledAction action)
    {
        action.HeapIndex = -1;
        action.Cycle = ScheduledAction.Never;
        if (action.Phase == Phase.Limit) _limits--;
    }

    private void Vacate(ScheduledAction action)
    {
        Release(action);
        _vacant = true;
        NextCycle = _count > 1 ? _heap[1].Cycle : ScheduledAction.Never;
        if (_count > 2 && _heap[2].Cycle < NextCycle) NextCycle = _heap[2].Cycle;
    }

    private void Settle()
    {
        if (!_vacant) return;
        _vacant = false;
        ScheduledAction last = _heap[--_count];
        _heap[_count] = null!;
        if (_count > 0) SiftDown(0, last);
    }

    private void StateOfBooking(StateStream s, int index)
    {
        s.Value(ref index);
        if ((uint)index >= (uint)_actions.Count) throw new InvalidDataException("the saved state books an action that is not there");
        ScheduledAction action = _actions[index];
        long cycle = action.Cycle, due = action.DuePicoseconds;
        s.Value(ref cycle);
        s.Value(ref due);
        if (!s.IsRestoring) return;
        action.Book(cycle);
        action.DuePicoseconds = due;
    }

    // A limit at cycle c is reached when c begins: it is the last thing to happen in the cycle before.
    private long CycleFor(ScheduledAction action, long cycle) => Math.Max(Now, action.Phase == Phase.Limit ? cycle - 1 : cycle);

    private static bool Before(ScheduledAction a, ScheduledAction b) =>
        a.Cycle < b.Cycle || (a.Cycle == b.Cycle && a.Rank < b.Rank);

    private void SiftUp(int hole, ScheduledAction action)
    {
        while (hole > 0)
        {
            int parent = (hole - 1) / 2;
            if (!Before(action, _heap[parent])) break;
            Place(hole, _heap[parent]);
            hole = parent;
        }

        Place(hole, action);
    }

    private void SiftDown(int hole, ScheduledAction action)
    {
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= _count) break;
            if (child + 1 < _count && Before(_heap[child + 1], _heap[child])) child++;
            if (!Before(_heap[child], action)) break;
            Place(hole, _heap[child]);
            hole = child;
        }

        Place(hole, action);
    }

    private void Place(int index, ScheduledAction action)
    {
        _heap[index] = action;
        action.HeapIndex = index;
    }
}
