using Xmega.Events;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>
/// Sleep controller (8077I ch. 8): which mode SLEEP enters and whether it may, which clocks stand in it, and how they
/// come back. In every mode but idle clk_PER stands, and with it all that lives in its cycles; what lives in time goes on.
/// </summary>
/// <remarks>
/// Limitations: clk_PER stops one cycle after SLEEP. Once the system clock's source is ready again the CPU takes as long
/// as from idle mode; an oscillator's start-up is the time from its enable to its ready bit. Errata of waking (rev. G)
/// are not modelled.
/// </remarks>
internal sealed class SleepController : IoModule, ISleepControl
{
    private const int CTRL = 0;

    private const byte SMODE = 0x0E; // sleep mode
    private const int SMODE_gp = 1;
    private const byte SEN = 0x01;   // sleep enable

    private const int IDLE = 0;
    private const int PDOWN = 2;
    private const int PSAVE = 3;
    private const int STDBY = 6;
    private const int ESTDBY = 7;

    private readonly Timeline _timeline;
    private readonly EventSystem _events;
    private readonly Diagnostics _diagnostics;
    private readonly ClockSources _sources;
    private readonly ScheduledAction _run;
    private byte _ctrl;
    private bool _waking;

    public SleepController(ChipServices services, ClockSources sources)
        : base("SLEEP", 0x0048, Map)
    {
        _timeline = services.Timeline;
        _events = services.Events;
        _diagnostics = services.Diagnostics;
        _sources = sources;
        _run = services.Schedule.Create("SLEEP.WAKE", Phase.Module, RunClock);
        sources.Changed += SourcesChanged;
    }

    private static RegisterTable Map { get; } = new RegisterTable("SLEEP", 1)
        .Add(CTRL, "CTRL", SMODE | SEN);

    public bool MayEnter
    {
        get
        {
            if ((_ctrl & SEN) == 0)
            {
                _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress, "SLEEP while SLEEP.CTRL.SEN is 0: it does nothing, the CPU goes on");
                return false;
            }

            if (Mode is not (IDLE or PDOWN or PSAVE or STDBY or ESTDBY))
                _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + (Mode << 16), $"SLEEP with the reserved sleep mode {Mode}: taken as idle");
            return true;
        }
    }

    public bool StopsClock => Mode is PDOWN or PSAVE or STDBY or ESTDBY;

    private int Mode => (_ctrl & SMODE) >> SMODE_gp;

    public bool ClockIsComing => _waking && !_sources.SystemIsLost;

    public bool ClockIsLost => _waking && _sources.SystemIsLost;

    public void StopClock()
    {
        _waking = false;
        _events.IsStanding = true;
        _timeline.Stop();
        bool rtcRuns = Mode is PSAVE or ESTDBY;
        _sources.Sleep((byte)(Mode is STDBY or ESTDBY ? _sources.Enabled : rtcRuns ? _sources.RtcSource : 0), rtcRuns);
    }

    public void Wake()
    {
        if (_waking) return;
        _waking = true;
        _sources.Wake();
        ReviewClock();
    }

    public override byte Peek(int offset) => _ctrl;

    public override void Write(int offset, byte value) => _ctrl = value;

    public override void Reset()
    {
        _ctrl = 0;
        RunClock();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _waking);
        s.Value(_run);
    }

    // A source that fails while it clocks the chip leaves it standing, as in a sleep that is already over: clk_PER runs on
    // when the source is back.
    private void SourcesChanged()
    {
        if (_timeline.IsRunning && !_waking && _sources.SystemIsLost)
        {
            _waking = true;
            _events.IsStanding = true;
            _timeline.Stop();
        }

        ReviewClock();
    }

    // The source may be ready in the very moment of waking: clk_PER then runs from now on, but not before the CPU has
    // looked at what woke it.
    private void ReviewClock()
    {
        if (_waking && !_run.IsBooked && _sources.IsReady(_sources.System)) _timeline.Book(_run, _timeline.Picoseconds);
    }

    private void RunClock()
    {
        _run.Cancel();
        _waking = false;
        _events.IsStanding = false;
        _sources.RtcStands = false;
        _timeline.Start();
    }
}
