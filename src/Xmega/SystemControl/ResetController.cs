using Xmega.Memory;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>Where a reset comes from: the flags of RST.STATUS (8077I 9.4).</summary>
[Flags]
public enum ResetSource
{
    /// <summary>No reset.</summary>
    None = 0,

    /// <summary>Power-on.</summary>
    PowerOn = 0x01,

    /// <summary>The RESET pin.</summary>
    External = 0x02,

    /// <summary>Brown-out.</summary>
    BrownOut = 0x04,

    /// <summary>Watchdog.</summary>
    Watchdog = 0x08,

    /// <summary>Program and debug interface.</summary>
    Debugger = 0x10,

    /// <summary>RST.CTRL.SWRST.</summary>
    Software = 0x20,
}

/// <summary>One reset that the run went through.</summary>
/// <param name="Cycle">The cycle in which it was taken.</param>
/// <param name="Picoseconds">The emulated time of that, in picoseconds since power-on.</param>
/// <param name="ProgramCounter">Byte address of the instruction that was not executed any more.</param>
/// <param name="Source">Where it came from.</param>
public sealed record ResetRecord(long Cycle, long Picoseconds, int ProgramCounter, ResetSource Source);

/// <summary>
/// Reset controller (8077I ch. 9): collects requests for a reset, holds the chip in reset as long as one lasts and for
/// the start-up time after it, and remembers where resets came from.
/// </summary>
/// <remarks>
/// Limitations: while the chip is in reset clk_PER is taken to run at 2 MHz; loading the calibration takes no time. The
/// power-on of a run has no start-up time: cycle 0 is the first instruction. The RESET pin is heard without a minimum
/// pulse width.
/// </remarks>
internal sealed class ResetController : IoModule, IPinListener
{
    private const int STATUS = 0;
    private const int CTRL = 1;

    private const byte SWRST = 0x01; // software reset

    private const int ResetsRemembered = 1000; // no firmware can fill memory by resetting itself
    private const int PinNumber = 0x0078 * 8;  // no port's

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Fuses _fuses;
    private readonly InternalOscillators _oscillators;
    private readonly Action _request;
    private readonly ScheduledAction _delay;
    private readonly ScheduledAction _start;
    private readonly Signal _signal;
    private readonly List<ResetRecord> _log = [];
    private byte _status;
    private ResetSource _requested;
    private ResetSource _held;
    private bool _inReset;

    /// <summary>Initializes a new instance of the <see cref="ResetController"/> class.</summary>
    /// <param name="services">The chip's services.</param>
    /// <param name="oscillators">Give the clock of the start-up time.</param>
    /// <param name="request">Asks the CPU to carry a reset out at the next instruction boundary.</param>
    public ResetController(ChipServices services, InternalOscillators oscillators, Action request)
        : base("RST", 0x0078, Map)
    {
        _schedule = services.Schedule;
        _timeline = services.Timeline;
        _fuses = services.Fuses;
        _oscillators = oscillators;
        _request = request;
        _delay = services.Schedule.Create("RST.SUT", Phase.Module, Count);
        _start = services.Schedule.Create("RST.START", Phase.Module, Start);
        _signal = services.Signals.Add("CPU.RESET", SignalKind.Bit, 1, "chip in reset", () => _inReset ? 1 : 0);
        Pin = new Pin("RESET", 0, PinNumber, services);
        Pin.ChipDrive = PinDrive.Pull(true);
        Pin.Listen(this);
    }

    /// <summary>Tells listeners that the reset is over and the CPU starts.</summary>
    public event Action? Started;

    /// <summary>Gets the RESET pin, pulled up inside the chip.</summary>
    public Pin Pin { get; }

    /// <summary>Gets a value indicating whether the chip is in reset: the CPU stands still.</summary>
    public bool IsInReset => _inReset;

    /// <summary>Gets the resets of the run, the first <see cref="ResetsRemembered"/> of them, without the power-on it began with.</summary>
    public IReadOnlyList<ResetRecord> Log => _log;

    /// <summary>Gets a value indicating whether somebody outside the chip could reset it.</summary>
    public bool CanBeRequested => Pin.Net.IsDriven && !_fuses.ResetPinIsDisabled;

    private static RegisterTable Map { get; } = new RegisterTable("RST", 2)
        .Add(STATUS, "STATUS", 0x3F, Access.WriteOneToClear)
        .Add(CTRL, "CTRL", SWRST, Access.Strobe, protectedBits: SWRST);

    /// <summary>Requests a reset that is over as soon as it was taken.</summary>
    /// <param name="source">Where it comes from.</param>
    public void Request(ResetSource source)
    {
        _requested |= source;
        _request();
    }

    /// <summary>Begins or ends a condition that holds the chip in reset.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="holds">Whether it holds.</param>
    public void Hold(ResetSource source, bool holds)
    {
        if (((_held & source) != 0) == holds) return;
        _held ^= source;
        if (holds) Request(source);
        else if (_held == 0 && _inReset && _requested == 0) BeginStartUp();
    }

    /// <summary>The sources whose requests are to be carried out now.</summary>
    public ResetSource Take()
    {
        (ResetSource sources, _requested) = (_requested | _held, 0);
        return sources;
    }

    /// <summary>Everything is at its initial value: the chip stays in reset for as long as a condition holds, and for the start-up time.</summary>
    /// <param name="record">What is remembered of this reset.</param>
    public void Begin(ResetRecord record)
    {
        if (_log.Count < ResetsRemembered) _log.Add(record);
        SetInReset(true);
        _delay.Cancel();
        _start.Cancel();
        if (_held == 0) BeginStartUp();
    }

    /// <summary>Adds sources to STATUS; power-on clears the others.</summary>
    /// <param name="sources">The sources.</param>
    public void Remember(ResetSource sources) =>
        _status = (byte)((sources & ResetSource.PowerOn) != 0 ? (int)ResetSource.PowerOn : _status | (int)sources);

    /// <summary>Lets the CPU start at once.</summary>
    public void Start()
    {
        _delay.Cancel();
        _start.Cancel();
        SetInReset(false);
        Started?.Invoke();
    }

    public override byte Peek(int offset) => offset == STATUS ? _status : (byte)0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case STATUS:
                _status &= (byte)~value;
                break;
            case CTRL when (value & SWRST) != 0:
                Request(ResetSource.Software);
                break;
        }
    }

    // STATUS lives through resets; Remember changes it.
    public override void Reset()
    {
    }

    public override void State(StateStream s)
    {
        s.Value(ref _status);
        s.Value(ref _inReset);
        int requested = (int)_requested, held = (int)_held;
        s.Value(ref requested);
        s.Value(ref held);
        (_requested, _held) = ((ResetSource)requested, (ResetSource)held);
        s.Value(_delay);
        s.Value(_start);
    }

    void IPinListener.OnPinChanged(Pin pin) => Hold(ResetSource.External, !pin.IsHigh && !_fuses.ResetPinIsDisabled);

    // 8077I 9.3.1: the delay that the SUT fuses set, in cycles of the 1 kHz oscillator, then 24 cycles of clk_SYS.
    private void BeginStartUp()
    {
        long milliseconds = _fuses.StartUpTime switch { 0 => 64, 1 => 4, _ => 0 };
        if (milliseconds == 0) Count();
        else _timeline.Book(_delay, _timeline.Picoseconds + _oscillators.KilohertzTime(milliseconds));
    }

    private void Count() => _start.Book(_schedule.Now + Latency.StartUp);

    private void SetInReset(bool inReset)
    {
        if (_inReset == inReset) return;
        _inReset = inReset;
        _signal.Changed(inReset ? 1 : 0);
    }
}
