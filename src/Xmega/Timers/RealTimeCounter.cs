using Xmega.Events;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Timers;

/// <summary>
/// Real-time counter (8077I ch. 17): RTC. It counts a clock of its own, which CLK.RTCCTRL selects; what is written
/// crosses over to that clock, what happens there shows in the first cycle of clk_PER that begins at or after the edge.
/// </summary>
/// <remarks>
/// Limitations: the RTC clock's phase begins when RTCEN is set or its oscillator becomes ready. The few cycles of clk_PER
/// by which hardware synchronises flags and CNT to the CPU's side are not modelled, nor is the stale CNT after a sleep
/// that stopped clk_PER (errata rev. G).
/// </remarks>
internal sealed class RealTimeCounter : IoModule
{
    private const int CTRL = 0x00;
    private const int STATUS = 0x01;
    private const int INTCTRL = 0x02;
    private const int INTFLAGS = 0x03;
    private const int TEMP = 0x04;
    private const int CNTL = 0x08;
    private const int CNTH = 0x09;
    private const int PERL = 0x0A;
    private const int PERH = 0x0B;
    private const int COMPL = 0x0C;
    private const int COMPH = 0x0D;

    private const byte PRESCALER = 0x07;  // division of the RTC clock; 0 stops the count
    private const byte SYNCBUSY = 0x01;   // a register is on its way to the RTC clock
    private const byte COMPINTLVL = 0x0C; // compare interrupt level
    private const int COMPINTLVL_gp = 2;
    private const byte OVFINTLVL = 0x03;  // overflow interrupt level
    private const byte COMPIF = 0x02;     // compare flag
    private const byte OVFIF = 0x01;      // overflow flag

    private const int ClockPlace = 4; // of the remark, after those of the registers

    private const int OverflowVector = 10;
    private const int CompareVector = 11;
    private const int OverflowEvent = 0x08;
    private const int CompareEvent = 0x09;

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly RtcClock _clock;
    private readonly ScheduledAction _next;
    private readonly InterruptLine _overflowLine;
    private readonly InterruptLine _compareLine;
    private readonly EventSource _overflowEvent;
    private readonly EventSource _compareEvent;
    private readonly Signal _overflowSignal;
    private readonly Signal _compareSignal;
    private RtcCount _count;
    private TemporaryByte _temp;
    private byte _ctrl;
    private byte _intctrl;
    private byte _intflags;
    private ushort _per;
    private ushort _comp;
    private long _hertz;       // of the oscillator behind clk_RTC since _origin; 0 while it stands still
    private int _division = 1; // from there to clk_RTC
    private long _origin;     // picoseconds at which the edges _originEdge + 1, + 2, ... begin to be counted off
    private long _originEdge;

    public RealTimeCounter(ChipServices services, RtcClock clock)
        : base("RTC", 0x0400, Map)
    {
        _schedule = services.Schedule;
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _clock = clock;
        _next = services.Schedule.Create("RTC", Phase.Module, () => Update(true));
        _overflowLine = services.Interrupts.Connect(OverflowVector, "RTC_OVF", () => Clear(OVFIF), asynchronous: true);
        _compareLine = services.Interrupts.Connect(CompareVector, "RTC_COMP", () => Clear(COMPIF), asynchronous: true);
        _overflowEvent = services.Events.Connect(OverflowEvent, "RTC_OVF");
        _compareEvent = services.Events.Connect(CompareEvent, "RTC_CMP");
        _overflowSignal = services.Signals.Add("RTC.OVF", SignalKind.Event, 1, "overflow of the real-time counter", static () => 0, Update);
        _compareSignal = services.Signals.Add("RTC.COMP", SignalKind.Event, 1, "compare match of the real-time counter", static () => 0, Update);
        _overflowEvent.WantedChanged += Update;
        _compareEvent.WantedChanged += Update;
        clock.Changed += ClockChanged;
    }

    private static RegisterTable Map { get; } = new RegisterTable("RTC", 0x0E)
        .Add(CTRL, "CTRL", PRESCALER)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly)
        .Add(INTCTRL, "INTCTRL", COMPINTLVL | OVFINTLVL)
        .Add(INTFLAGS, "INTFLAGS", COMPIF | OVFIF, Access.WriteOneToClear)
        .Add(TEMP, "TEMP", 0xFF)
        .AddWide(CNTL, "CNT")
        .AddWide(PERL, "PER")
        .AddWide(COMPL, "COMP");

    private bool OverflowIsWaitedFor => ((_intctrl & OVFINTLVL) != 0 && (_intflags & OVFIF) == 0) || _overflowEvent.IsWanted || _overflowSignal.IsWatched;

    private bool CompareIsWaitedFor => ((_intctrl & COMPINTLVL) != 0 && (_intflags & COMPIF) == 0) || _compareEvent.IsWanted || _compareSignal.IsWatched;

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        STATUS => Present().IsBusy ? SYNCBUSY : (byte)0,
        INTCTRL => _intctrl,
        INTFLAGS => (byte)(_intflags | NewFlags(Present())),
        TEMP => _temp.Value,
        CNTL => (byte)Present().Value,
        CNTH => (byte)(Present().Value >> 8),
        PERL => (byte)_per,
        PERH => (byte)(_per >> 8),
        COMPL => (byte)_comp,
        COMPH => (byte)(_comp >> 8),
        _ => 0,
    };

    public override byte Read(int offset) => offset switch
    {
        CNTL => _temp.ReadLow(Present().Value),
        PERL => _temp.ReadLow(_per),
        COMPL => _temp.ReadLow(_comp),
        CNTH or PERH or COMPH => _temp.Value,
        _ => Peek(offset),
    };

    // Both change with an edge of the RTC clock.
    public override long HoldsUntil(int offset)
    {
        if (offset is not (STATUS or INTFLAGS)) return 0;
        return _hertz == 0 ? ScheduledAction.Never : _timeline.CycleAt(TimeOf(LastEdge() + 1));
    }

    public override void Write(int offset, byte value)
    {
        Update();
        switch (offset)
        {
            case CTRL:
                _ctrl = value;
                if ((value & PRESCALER) != 0 && !_clock.IsEnabled)
                    _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + CTRL + (ClockPlace << 16), "RTC.CTRL: PRESCALER is set while CLK.RTCCTRL.RTCEN is 0: the RTC stands still, SYNCBUSY stays 1, until its clock is enabled");
                Send(RtcRegister.Control, value);
                break;
            case INTCTRL:
                _intctrl = value;
                _overflowLine.Level = value & OVFINTLVL;
                _compareLine.Level = (value & COMPINTLVL) >> COMPINTLVL_gp;
                break;
            case INTFLAGS:
                Clear(value);
                break;
            case TEMP or CNTL or PERL or COMPL:
                _temp.WriteLow(value);
                break;
            case CNTH:
                Send(RtcRegister.Count, _temp.WriteHigh(value));
                break;
            case PERH:
                _per = _temp.WriteHigh(value);
                Send(RtcRegister.Period, _per);
                break;
            case COMPH:
                _comp = _temp.WriteHigh(value);
                Send(RtcRegister.Compare, _comp);
                break;
        }

        BookNext();
    }

    public override void Reset()
    {
        _count = new RtcCount();
        _ctrl = _intctrl = _intflags = _temp.Value = 0;
        _per = 0xFFFF;
        _comp = 0;
        _overflowLine.IsRequested = _compareLine.IsRequested = false;
        _overflowLine.Level = _compareLine.Level = 0;
        StartClock();
    }

    public override void State(StateStream s)
    {
        _count.State(s);
        _temp.State(s);
        s.Value(ref _ctrl);
        s.Value(ref _intctrl);
        s.Value(ref _intflags);
        s.Value(ref _per);
        s.Value(ref _comp);
        s.Value(ref _hertz);
        s.Value(ref _division);
        s.Value(ref _origin);
        s.Value(ref _originEdge);
        s.Value(_next);
        if (!s.IsRestoring) return;
        _overflowLine.Level = _intctrl & OVFINTLVL;
        _compareLine.Level = (_intctrl & COMPINTLVL) >> COMPINTLVL_gp;
        ShowFlags();
    }

    /// <inheritdoc/>
    protected override void OnStoppedChanged() => ClockChanged();

    // The RTC clock: edges in time (17.2.1).

    private void ClockChanged()
    {
        Update();
        StartClock();
    }

    private void StartClock()
    {
        _hertz = IsStopped ? 0 : _clock.OscillatorHertz;
        _division = _clock.Division;
        _origin = _timeline.Picoseconds;
        _originEdge = _count.Edge;
        BookNext();
    }

    private long LastEdge() => _originEdge + RtcClock.EdgesIn(_timeline.Picoseconds - _origin, _hertz, _division);

    private long TimeOf(long edge)
    {
        long distance = RtcClock.TimeOf(edge - _originEdge, _hertz, _division);
        return distance > long.MaxValue - _origin ? long.MaxValue : _origin + distance;
    }

    // Counting (17.2): computed when looked at, booked only if somebody waits.

    private RtcCount Present()
    {
        RtcCount present = _count;
        present.AdvanceTo(LastEdge());
        return present;
    }

    private byte NewFlags(in RtcCount present) =>
        (byte)((present.Overflows != _count.Overflows ? OVFIF : 0) | (present.Matches != _count.Matches ? COMPIF : 0));

    // What is seen late, because nobody waited, sets its flag and is no event any more. Another module's action of this
    // very cycle may have us look before our own turn.
    private void Update() => Update(_next.Cycle <= _schedule.Now);

    private void Update(bool announce)
    {
        RtcCount before = _count;
        RtcCount present = Present();
        _intflags |= NewFlags(present);
        _count = present;
        ShowFlags();
        BookNext();
        if (!announce) return;
        if (present.OverflowEvents != before.OverflowEvents) _overflowEvent.Raise();
        if (present.MatchEvents != before.MatchEvents) _compareEvent.Raise();
        if (present.Overflows != before.Overflows && _overflowSignal.IsWatched) _overflowSignal.Changed(1);
        if (present.Matches != before.Matches && _compareSignal.IsWatched) _compareSignal.Changed(1);
    }

    private void ShowFlags()
    {
        _overflowLine.IsRequested = (_intflags & OVFIF) != 0;
        _compareLine.IsRequested = (_intflags & COMPIF) != 0;
    }

    private void Clear(byte flags)
    {
        _intflags &= (byte)~flags;
        ShowFlags();
        BookNext();
    }

    private void Send(RtcRegister register, ushort value)
    {
        if (_count.IsOnItsWay(register))
            _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + ((int)register << 16), "RTC: a register is written again while SYNCBUSY is 1 and its last value is on the way: the last value counts, two RTC clocks from now");
        _count.Send(register, value);
    }

    private void BookNext()
    {
        bool overflow = OverflowIsWaitedFor, compare = CompareIsWaitedFor;
        long edge = _hertz != 0 && (overflow || compare) ? _count.NextEdge(overflow, compare) : long.MaxValue;
        if (edge == long.MaxValue) _next.Cancel();
        else _timeline.Book(_next, TimeOf(edge));
    }
}
