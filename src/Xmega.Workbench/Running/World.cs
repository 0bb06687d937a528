using Xmega.Cpu;
using Xmega.Ports;
using Xmega.Time;

namespace Xmega.Workbench.Running;

/// <summary>
/// Several chips in one emulated time, wired pin to pin. Each has its own clock, which firmware may change; the world lets
/// them go on in the order of time, and chips at the same time in the order of their adding, so that a run is the same
/// every time.
/// </summary>
/// <remarks>
/// The order is exact to the cycle: the chip whose next doing begins earliest does that alone, be it what is booked for a
/// cycle, the decision between two instructions, or the access in the last cycle of one. A change that one chip makes to a
/// wire reaches another in that one's first cycle that begins at or after it, as everything from outside does; a pulse
/// shorter than a cycle of the receiving chip may not be seen there.
/// </remarks>
public sealed class World
{
    private readonly List<Member> _members = [];
    private readonly Dictionary<Net, Net> _wired = []; // nets that hang together: each names another, the last one itself
    private bool _reorder; // what was worked out of who goes next no longer holds

    /// <summary>Initializes a new instance of the <see cref="World"/> class.</summary>
    /// <param name="main">The chip whose end ends the run.</param>
    public World(ATxmega128A1 main) => Add(main);

    /// <summary>Gets the chips, the main one first.</summary>
    public IEnumerable<ATxmega128A1> Chips => _members.Select(m => m.Chip);

    /// <summary>Adds a chip, which has not run yet.</summary>
    /// <param name="chip">The chip.</param>
    public void Add(ATxmega128A1 chip)
    {
        _members.Add(new Member(chip, _members.Count));
        chip.Timeline.FrequencyChanged += () => _reorder = true;
    }

    /// <summary>Joins two pins, of one chip or of two, by a wire.</summary>
    /// <param name="a">A pin.</param>
    /// <param name="b">Another pin.</param>
    public void Wire(Pin a, Pin b)
    {
        // A second way between lines that hang together already would carry a drive round in a circle.
        Net first = Root(a.Net), second = Root(b.Net);
        if (first == second) return;
        _wired[first] = second;
        Member memberA = MemberOf(a), memberB = MemberOf(b);
        if (memberA == memberB) a.Join(b);
        else _ = new Bridge(memberA.Chip, a, memberB.Chip, b, () => _reorder = true);
    }

    /// <summary>Runs until something stops the main chip. Another one whose CPU stops stands still, while its modules go on.</summary>
    /// <returns>What stopped it.</returns>
    public CpuStop Run()
    {
        Member main = _members[0];
        while (true)
        {
            if (main.Cpu.IsStopRequested && main.Cpu.IsWaiting && main.Cpu.HalfStep(canBeWoken: false) is { } asked) return asked;
            _reorder = false;
            foreach (Member member in _members) member.FindNext();
            Member? first = Earliest(null);
            if (first is null) return CpuStop.AsleepForever;
            Member? second = Earliest(first);
            long limit = second is null ? ScheduledAction.Never : first.Chip.Timeline.CycleAt(second.NextPicoseconds + (first.Order < second.Order ? 1 : 0));
            do
            {
                if (first.Do(CanBeWoken(first)) is not { } stop) continue;
                if (first == main) return stop;
                first.IsStopped = true;
                break;
            }
            while (!_reorder && first.NextCycle < limit);
        }
    }

    private Member? Earliest(Member? but)
    {
        Member? earliest = null;
        foreach (Member member in _members)
            if (member != but && member.NextPicoseconds != long.MaxValue && (earliest is null || member.NextPicoseconds < earliest.NextPicoseconds)) earliest = member;
        return earliest;
    }

    // Whether another chip may yet do something that wakes this one.
    private bool CanBeWoken(Member sleeper)
    {
        if (!sleeper.Cpu.IsWaiting) return false;
        foreach (Member member in _members)
            if (member != sleeper && member.IsActive) return true;
        return false;
    }

    private Member MemberOf(Pin pin) => _members.Find(m => m.Chip.FindPin(pin.Name) == pin) ?? throw new ArgumentException($"{pin.Name} belongs to no chip of this world", nameof(pin));

    private Net Root(Net net)
    {
        while (_wired.TryGetValue(net, out Net? next) && next != net) net = next;
        return net;
    }

    private sealed class Member(ATxmega128A1 chip, int order)
    {
        private readonly Schedule _schedule = chip.Services.Schedule;

        public ATxmega128A1 Chip { get; } = chip;

        public CpuCore Cpu { get; } = chip.Cpu;

        public int Order { get; } = order;

        public bool IsStopped { get; set; }

        public long NextPicoseconds { get; private set; }

        public long NextCycle => !Chip.Timeline.IsRunning ? ScheduledAction.Unknown : IsStopped ? _schedule.NextCycle : Math.Min(_schedule.NextCycle, Cpu.NextCycle);

        /// <summary>Gets a value indicating whether the chip may do something by itself.</summary>
        public bool IsActive => _schedule.HasWork || !(IsStopped || Cpu.IsWaiting);

        public void FindNext() => NextPicoseconds = !Chip.Timeline.IsRunning ? Chip.Timeline.NextPicoseconds : NextCycle is var cycle && cycle == ScheduledAction.Never ? long.MaxValue : Chip.Timeline.PicosecondsAt(cycle);

        public CpuStop? Do(bool canBeWoken)
        {
            if (!Chip.Timeline.IsRunning)
            {
                if (!IsStopped) return Cpu.HalfStep(canBeWoken);
                Chip.Timeline.AdvanceStopped();
                return null;
            }

            long booked = _schedule.NextCycle;
            if (!IsStopped && Cpu.NextCycle <= booked) return Cpu.HalfStep(canBeWoken);
            _schedule.AdvanceTo(booked);
            return null;
        }
    }
}
