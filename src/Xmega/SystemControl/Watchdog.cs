using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>
/// Watchdog timer (8077I ch. 11): WDT. It counts the 1 kHz of the ultra low power oscillator, in every sleep mode, and
/// resets the chip when WDR does not come in time or, in window mode, too early.
/// </summary>
/// <remarks>
/// Limitations: a setting, and WDR, take effect in their own cycle, where the part needs up to three cycles of 1 kHz to
/// bring them across; SYNCBUSY shows them. A change of the settings starts the count anew, in window mode with a closed
/// period (unverified). That WDR right after a change of WINCTRL may go unpunished (errata) is not modelled.
/// </remarks>
internal sealed class Watchdog : IoModule
{
    private const int CTRL = 0;
    private const int WINCTRL = 1;
    private const int STATUS = 2;

    private const byte PER = 0x3C;     // period of normal mode, open period of window mode
    private const int PER_gp = 2;
    private const byte ENABLE = 0x02;  // watchdog on
    private const byte CEN = 0x01;     // change enable: without it nothing is written
    private const byte WPER = 0x3C;    // closed period of window mode
    private const byte WEN = 0x02;     // window mode
    private const byte WCEN = 0x01;    // change enable of WINCTRL
    private const byte SYNCBUSY = 0x01; // a setting is on its way to the watchdog's clock

    private const int HighestPeriod = 10; // 8K cycles; what is above gives no time-out

    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly Fuses _fuses;
    private readonly InternalOscillators _oscillators;
    private readonly Action<ResetSource> _reset;
    private readonly ScheduledAction _timeout;
    private byte _ctrl;
    private byte _winctrl;
    private long _opens; // picoseconds at which the closed period ends
    private long _synchronised; // picoseconds at which SYNCBUSY ends

    /// <summary>Initializes a new instance of the <see cref="Watchdog"/> class.</summary>
    /// <param name="services">The chip's services.</param>
    /// <param name="oscillators">Give its clock.</param>
    /// <param name="reset">Resets the chip.</param>
    public Watchdog(ChipServices services, InternalOscillators oscillators, Action<ResetSource> reset)
        : base("WDT", 0x0080, Map)
    {
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _fuses = services.Fuses;
        _oscillators = oscillators;
        _reset = reset;
        _timeout = services.Schedule.Create("WDT", Phase.Module, Bite);
    }

    /// <summary>Gets a value indicating whether the watchdog will reset the chip unless WDR comes.</summary>
    public bool IsArmed => _timeout.IsBooked;

    private static RegisterTable Map { get; } = new RegisterTable("WDT", 3)
        .Add(CTRL, "CTRL", PER | ENABLE | CEN, protectedBits: PER | ENABLE | CEN)
        .Add(WINCTRL, "WINCTRL", WPER | WEN | WCEN, protectedBits: WPER | WEN | WCEN)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly);

    private bool IsOn => (_ctrl & ENABLE) != 0;

    private bool HasWindow => (_winctrl & WEN) != 0;

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        WINCTRL => _winctrl,
        STATUS => _timeline.Picoseconds < _synchronised ? SYNCBUSY : (byte)0,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        if (offset == STATUS) return;
        bool control = offset == CTRL;
        if ((value & (control ? CEN : WCEN)) == 0)
        {
            Remark(offset, 0, $"write of 0x{value:X2} to WDT.{Registers[offset]!.Name} ignored: {(control ? "CEN" : "WCEN")} must be written 1 with it");
            return;
        }

        byte now = control ? _ctrl : _winctrl;
        byte wanted = (byte)(value & ~(control ? CEN : WCEN)); // the change enables read 0 (unverified)
        if (_fuses.WatchdogIsLocked)
        {
            byte kept = control ? (byte)(PER | ENABLE) : WPER; // 8077I 11.7: of a locked watchdog only WEN can be written
            if (((wanted ^ now) & kept) != 0) Remark(offset, 1, $"write of 0x{value:X2} to WDT.{Registers[offset]!.Name}: {(control ? "PER and ENABLE stay" : "WPER stays")}, the WDLOCK fuse holds {(control ? "them" : "it")}");
            wanted = (byte)((wanted & ~kept) | (now & kept));
        }

        if (control) _ctrl = wanted;
        else _winctrl = wanted;
        if (IsOn) _synchronised = _timeline.Picoseconds + _oscillators.KilohertzTime(OscillatorFacts.WatchdogSynchroniser);
        CheckPeriods();
        Restart();
    }

    /// <summary>The chip comes out of a reset: a locked watchdog begins to count.</summary>
    public void Start() => Restart();

    /// <summary>WDR: starts the count anew, or in the closed period resets the chip.</summary>
    public void Clear()
    {
        if (!IsOn) return;
        if (HasWindow && _timeline.Picoseconds < _opens) Bite();
        else Restart();
    }

    // The fuses give the initial periods; a locked watchdog is on from the start (8077I 11.5).
    public override void Reset()
    {
        _ctrl = (byte)((_fuses.WatchdogPeriod << PER_gp) | (_fuses.WatchdogIsLocked ? ENABLE : 0));
        _winctrl = (byte)(_fuses.WatchdogWindowPeriod << PER_gp);
        _synchronised = 0;
        _timeout.Cancel();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _winctrl);
        s.Value(ref _opens);
        s.Value(ref _synchronised);
        s.Value(_timeout);
    }

    private void Restart()
    {
        long now = _timeline.Picoseconds;
        int closed = HasWindow ? Code(_winctrl) : -1, open = Code(_ctrl);
        _opens = now + (closed is >= 0 and <= HighestPeriod ? Period(closed) : 0);
        if (!IsOn || open > HighestPeriod || closed > HighestPeriod) _timeout.Cancel();
        else _timeline.Book(_timeout, _opens + Period(open));
    }

    private void Bite()
    {
        _timeout.Cancel();
        _reset(ResetSource.Watchdog);
    }

    private void CheckPeriods()
    {
        if (IsOn && Code(_ctrl) > HighestPeriod) Remark(CTRL, 2, $"WDT.CTRL: PER {Code(_ctrl)} is reserved: the watchdog is on and never bites");
        if (IsOn && HasWindow && Code(_winctrl) > HighestPeriod) Remark(WINCTRL, 2, $"WDT.WINCTRL: WPER {Code(_winctrl)} is reserved: the watchdog is on and never bites");
    }

    private static int Code(byte register) => (register & PER) >> PER_gp;

    // 8, 16, 32 ... 8192 cycles of 1 kHz.
    private long Period(int code) => _oscillators.KilohertzTime(8L << code);

    private void Remark(int offset, int which, string message) =>
        _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + offset + (which << 16), message);
}
