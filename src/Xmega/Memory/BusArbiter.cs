using Xmega.State;
using Xmega.Time;

namespace Xmega.Memory;

/// <summary>The memories with a bus of their own: what lies in different sections is used in the same cycle without delay (8077I 4.10).</summary>
public enum BusSection
{
    /// <summary>I/O registers.</summary>
    Io,

    /// <summary>Internal SRAM.</summary>
    Sram,

    /// <summary>EEPROM, mapped into the data space.</summary>
    Eeprom,

    /// <summary>External memory, and what nothing answers.</summary>
    External,
}

/// <summary>
/// Who waits for whom: the bus matrix of CPU, DMA read and DMA write (8077I 4.10, 4.11). For one section, highest first:
/// the access in progress; the burst in progress; a new burst, of the CPU (CALL, RET, interrupt entry) before the DMA
/// controller's; a new single access, of the CPU before the DMA controller's. Who loses waits whole cycles.
/// </summary>
/// <remarks>
/// <para>
/// Nothing here is ticked, and while no DMA channel is enabled (<see cref="IsArmed"/> is false) the CPU never comes here.
/// While one is, an engine of the CPU must honour this: an instruction that could overlap anything booked, that is, one
/// that starts less than <see cref="Horizon"/> cycles before <see cref="Schedule.NextCycle"/>, runs in the interpreter's
/// memory-aware form, which asks <see cref="Claim"/> in the exact cycle of every access, SRAM included. All others
/// can have nobody beside them on the bus, and run as fast as they like.
/// </para>
/// <para>
/// Decisions are made in the order of their cycles: the CPU announces an access, lets everything before it happen, and
/// sees in the cycle itself whether the DMA controller, whose step comes first within a cycle, left the section to it.
/// </para>
/// </remarks>
public sealed class BusArbiter
{
    /// <summary>Cycles that no instruction exceeds, waits for slow memories included.</summary>
    public const int Horizon = 10;

    private const int Sections = 4;

    private readonly Schedule _schedule;
    private readonly long[] _dmaUntil = new long[Sections]; // first cycle in which the DMA controller does not hold the section
    private BusSection _cpuSection;
    private long _cpuUntil; // first cycle in which the CPU does not hold it
    private bool _cpuAsks;
    private bool _cpuBurst;

    internal BusArbiter(Schedule schedule) => _schedule = schedule;

    /// <summary>Gets a value indicating whether a DMA channel is enabled, so that a transfer may begin with anything that is booked.</summary>
    public bool IsArmed { get; internal set; }

    /// <summary>Gets the cycles in which the CPU waited for a section that the DMA controller held, since power-on.</summary>
    public long CpuWaits { get; private set; }

    /// <summary>Takes a section for an access of the CPU, and lets everything happen up to the last cycle of that access.</summary>
    /// <param name="section">The section.</param>
    /// <param name="start">The first cycle of the access, when it need not wait.</param>
    /// <param name="cycles">Cycles on the bus.</param>
    /// <param name="burst">Whether it is a burst: several bytes that are not parted.</param>
    /// <returns>The cycles by which the access is late.</returns>
    internal long Claim(BusSection section, long start, int cycles, bool burst)
    {
        _schedule.AdvanceTo(start - 1);
        _cpuSection = section;
        _cpuBurst = burst;
        _cpuAsks = true;
        long cycle = start;
        while (true)
        {
            _schedule.AdvanceTo(cycle);
            if (cycle >= _dmaUntil[(int)section]) break;
            cycle++;
        }

        _cpuAsks = false;
        _cpuUntil = cycle + cycles;
        _schedule.AdvanceTo(cycle + cycles - 1);
        CpuWaits += cycle - start;
        return cycle - start;
    }

    /// <summary>Asks for a section on behalf of the DMA controller, which holds it from then on until <see cref="Release"/>.</summary>
    /// <param name="section">The section.</param>
    /// <param name="burst">Whether more than one byte is to be moved.</param>
    /// <returns>Whether it is granted; otherwise ask again in the next cycle.</returns>
    internal bool Take(BusSection section, bool burst)
    {
        long now = _schedule.Now;
        bool isOurs = now < _dmaUntil[(int)section];
        if (!isOurs && section == _cpuSection && (now < _cpuUntil || (_cpuAsks && (_cpuBurst || !burst)))) return false;
        _dmaUntil[(int)section] = ScheduledAction.Never;
        return true;
    }

    /// <summary>Gives a section up at the end of the current cycle.</summary>
    /// <param name="section">The section.</param>
    internal void Release(BusSection section)
    {
        if (_dmaUntil[(int)section] == ScheduledAction.Never) _dmaUntil[(int)section] = _schedule.Now + 1;
    }

    internal void Reset() => Array.Clear(_dmaUntil);

    /// <summary>Carries the state out or in; between instructions the CPU asks for nothing.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        bool armed = IsArmed;
        int section = (int)_cpuSection;
        long waits = CpuWaits;
        s.Value(ref armed);
        s.Value(ref section);
        s.Value(ref waits);
        s.Value(ref _cpuUntil);
        foreach (ref long until in _dmaUntil.AsSpan()) s.Value(ref until);
        if (!s.IsRestoring) return;
        IsArmed = armed;
        _cpuSection = (BusSection)section;
        CpuWaits = waits;
    }
}
