using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>Oscillators, external clock with its failure monitor, PLL (8077I 7.3-7.10): OSC.</summary>
/// <remarks>
/// Limitations: the chip's own oscillators are exact, or off by a constant that the board gives; temperature and supply do not
/// move them, and RC32KCAL does so in equal steps (unverified). A crystal's start is the count of XOSCSEL alone, with
/// no time for the crystal itself. The failure monitor acts in the cycle in which the external clock stops, and the
/// 2 MHz oscillator then runs at once. When an external system clock stops with the monitor off, the instruction under way is finished.
/// </remarks>
internal sealed class Oscillators : IoModule
{
    private const int CTRL = 0;
    private const int STATUS = 1;
    private const int XOSCCTRL = 2;
    private const int XOSCFAIL = 3;
    private const int RC32KCAL = 4;
    private const int PLLCTRL = 5;
    private const int DFLLCTRL = 6;

    private const byte AllSources = 0x1F;

    private const byte PLLEN = 0x10;    // PLL enable
    private const byte XOSCEN = 0x08;   // external oscillator enable
    private const byte RC32KEN = 0x04;  // internal 32.768 kHz oscillator enable
    private const byte RC32MEN = 0x02;  // internal 32 MHz oscillator enable
    private const byte RC2MEN = 0x01;   // internal 2 MHz oscillator enable

    private const byte FRQRANGE = 0xC0; // crystal frequency range
    private const int FRQRANGE_gp = 6;
    private const byte X32KLPM = 0x20;  // low power mode of the 32.768 kHz crystal oscillator
    private const byte XOSCSEL = 0x0F;  // external source and its start-up count

    private const byte XOSCFDIF = 0x02; // failure detected
    private const byte XOSCFDEN = 0x01; // failure monitor enabled until reset

    private const byte PLLSRC = 0xC0;   // what the PLL multiplies
    private const int PLLSRC_gp = 6;
    private const byte PLLFAC = 0x1F;   // factor, 1-31
    private const int PLLSRC_RESERVED = 1;

    private const byte RC32MCREF = 0x02; // reference of the 32 MHz DFLL: 0 internal, 1 crystal
    private const byte RC2MCREF = 0x01;  // reference of the 2 MHz DFLL

    private const int XOSCSEL_EXTCLK = 0x0;
    private const int XOSCSEL_32KHZ = 0x2;
    private const int XOSCSEL_XTAL_256CLK = 0x3;
    private const int XOSCSEL_XTAL_1KCLK = 0x7;
    private const int XOSCSEL_XTAL_16KCLK = 0xB;

    // Crystal ranges of FRQRANGE in hertz (8077I 7.10.3).
    private static readonly (long Low, long High)[] CrystalRanges = [(400_000, 2_000_000), (2_000_000, 9_000_000), (9_000_000, 12_000_000), (12_000_000, 16_000_000)];

    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly ChipServices _services;
    private readonly ClockSources _sources;
    private readonly InternalOscillators _oscillators;
    private readonly byte _factoryRc32kcal;
    private readonly ScheduledAction[] _ready;
    private readonly InterruptLine _failure;
    private long _externalHertz;
    private bool _toscFitted;
    private byte _running = AllSources; // those that no sleep mode stops now
    private byte _ctrl;
    private byte _xoscctrl;
    private byte _xoscfail;
    private byte _rc32kcal;
    private byte _pllctrl;
    private byte _dfllctrl;

    public Oscillators(ChipServices services, ClockSources sources, InternalOscillators oscillators, SignatureRows rows)
        : base("OSC", 0x0050, Map)
    {
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _services = services;
        _sources = sources;
        _oscillators = oscillators;
        _factoryRc32kcal = rows.Production(SignatureRows.RCOSC32K);
        _ready =
        [
            services.Schedule.Create("OSC.RC2MRDY", Phase.Module, () => Run(ClockSource.Rc2M, Rc2MHertz)),
            services.Schedule.Create("OSC.RC32MRDY", Phase.Module, () => Run(ClockSource.Rc32M, oscillators.Hertz(InternalOscillator.Rc32M))),
            services.Schedule.Create("OSC.RC32KRDY", Phase.Module, () => Run(ClockSource.Rc32K, oscillators.Hertz(InternalOscillator.Rc32K))),
            services.Schedule.Create("OSC.XOSCRDY", Phase.Module, () => Run(ClockSource.External, FittedHertz())),
            services.Schedule.Create("OSC.PLLRDY", Phase.Module, () => Run(ClockSource.Pll, PllInput() * (_pllctrl & PLLFAC))),
        ];
        sources.IsStarting = source => _ready[(int)source].IsBooked;
        sources.Slept += Sleep;
        sources.Woken += Wake;
        oscillators.Changed += FrequencyChanged;
        // Running the vector does not clear XOSCFDIF: software writes 1 to it.
        _failure = services.Interrupts.Connect(Pmic.NonMaskableVector, "OSC_XOSCF", null);
    }

    /// <summary>Gets or sets the frequency of the crystal or clock on XTAL1/XTAL2 in hertz; 0: none fitted, or stopped.</summary>
    public long ExternalHertz
    {
        get => _externalHertz;
        set
        {
            _externalHertz = value;
            if (!IsTosc) ExternalChanged();
        }
    }

    /// <summary>Gets or sets a value indicating whether a 32.768 kHz crystal is fitted to TOSC1/TOSC2.</summary>
    public bool ToscFitted
    {
        get => _toscFitted;
        set
        {
            _toscFitted = value;
            if (IsTosc) ExternalChanged();
        }
    }

    private static RegisterTable Map { get; } = new RegisterTable("OSC", 7)
        .Add(CTRL, "CTRL", PLLEN | XOSCEN | RC32KEN | RC32MEN | RC2MEN)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly)
        .Add(XOSCCTRL, "XOSCCTRL", FRQRANGE | X32KLPM | XOSCSEL)
        .Add(XOSCFAIL, "XOSCFAIL", XOSCFDIF | XOSCFDEN)
        .Add(RC32KCAL, "RC32KCAL", 0xFF)
        .Add(PLLCTRL, "PLLCTRL", PLLSRC | PLLFAC)
        .Add(DFLLCTRL, "DFLLCTRL", RC32MCREF | RC2MCREF);

    private long Rc2MHertz => _oscillators.Hertz(InternalOscillator.Rc2M);

    private bool IsTosc => (_xoscctrl & XOSCSEL) == XOSCSEL_32KHZ;

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        STATUS => _sources.Ready,
        XOSCCTRL => _xoscctrl,
        XOSCFAIL => _xoscfail,
        RC32KCAL => _rc32kcal,
        PLLCTRL => _pllctrl,
        DFLLCTRL => _dfllctrl,
        _ => 0,
    };

    public override long HoldsUntil(int offset) => offset is STATUS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                // The oscillator in use stays on: OSC.CTRL = RC32MEN while the 2 MHz oscillator clocks the chip is common and harmless.
                Enable((byte)(value | _sources.InUse));
                break;
            case XOSCCTRL when (_ctrl & XOSCEN) != 0:
                if (value != _xoscctrl) Remark(XOSCCTRL, 0, $"write of 0x{value:X2} to OSC.XOSCCTRL ignored: it cannot change while XOSCEN is 1");
                break;
            case XOSCCTRL:
                _xoscctrl = value;
                _sources.ExternalIsTosc = IsTosc;
                break;
            case XOSCFAIL:
                _xoscfail = (byte)((_xoscfail & ~(value & XOSCFDIF)) | (MayEnableMonitor(value) ? XOSCFDEN : 0));
                _failure.Level = _xoscfail & XOSCFDEN;
                _failure.IsRequested = (_xoscfail & XOSCFDIF) != 0;
                break;
            case RC32KCAL:
                _rc32kcal = value;
                CalibrateRc32K();
                break;
            case PLLCTRL when (_ctrl & PLLEN) != 0:
                if (value != _pllctrl) Remark(PLLCTRL, 0, $"write of 0x{value:X2} to OSC.PLLCTRL ignored: it cannot change while PLLEN is 1");
                break;
            case PLLCTRL:
                _pllctrl = value;
                break;
            case DFLLCTRL:
                _dfllctrl = _sources.DfllReferences = value;
                break;
        }
    }

    public override void Reset()
    {
        _running = AllSources;
        foreach (ScheduledAction action in _ready) action.Cancel();
        _xoscctrl = _xoscfail = _pllctrl = _dfllctrl = _sources.DfllReferences = 0;
        _sources.ExternalIsTosc = false;
        _rc32kcal = _factoryRc32kcal;
        CalibrateRc32K();
        _failure.IsRequested = false;
        _failure.Level = 0;
        OnlyRc2M();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _externalHertz);
        s.Value(ref _toscFitted);
        s.Value(ref _running);
        s.Value(ref _ctrl);
        s.Value(ref _xoscctrl);
        s.Value(ref _xoscfail);
        s.Value(ref _rc32kcal);
        s.Value(ref _pllctrl);
        s.Value(ref _dfllctrl);
        _oscillators.State(s);
        _sources.State(s);
        foreach (ScheduledAction action in _ready) s.Value(action);
        if (!s.IsRestoring) return;
        _failure.Level = _xoscfail & XOSCFDEN;
        _failure.IsRequested = (_xoscfail & XOSCFDIF) != 0;
    }

    // Protected is only the way to 1: "XOSCFAIL = XOSCFDIF" clears the flag of a monitor that stays on, and is no mistake.
    private bool MayEnableMonitor(byte value)
    {
        if ((value & ~_xoscfail & XOSCFDEN) == 0) return false;
        bool isOpen = _services.Protection.IoRegisterOpen;
        if (!isOpen)
            _diagnostics.Report(DiagnosticKind.ProtectedWrite, BaseAddress + XOSCFAIL, $"write of 0x{value:X2} to OSC.XOSCFAIL: XOSCFDEN stays 0, it can be set only within {Latency.ConfigurationChangeWindow} instructions of writing 0xD8 to CCP");
        return isOpen;
    }

    private void Enable(byte value)
    {
        int changed = value ^ _ctrl;
        _ctrl = _sources.Enabled = value;
        for (int n = 0; n < ClockSources.Count; n++)
        {
            if ((changed & (1 << n)) == 0) continue;
            if ((value & (1 << n)) != 0) Start((ClockSource)n);
            else Halt((ClockSource)n);
        }
    }

    private void Start(ClockSource source)
    {
        switch (source)
        {
            case ClockSource.External:
                CheckExternal();
                break;
            case ClockSource.Pll:
                _sources.PllSource = (_pllctrl >> PLLSRC_gp) switch { 0 => ClockSource.Rc2M, 3 => ClockSource.External, _ => ClockSource.Rc32M };
                CheckPll();
                break;
        }

        Begin(source);
    }

    private void Begin(ClockSource source)
    {
        long now = _timeline.Picoseconds;
        switch (source)
        {
            case ClockSource.Rc2M:
                Expect(source, now + OscillatorFacts.Rc2MStartup);
                break;
            case ClockSource.Rc32M:
                Expect(source, now + OscillatorFacts.Rc32MStartup);
                break;
            case ClockSource.Rc32K:
                Expect(source, now + OscillatorFacts.Rc32KStartup);
                break;
            case ClockSource.External:
                StartExternal();
                break;
            case ClockSource.Pll:
                ReviewPll();
                break;
        }
    }

    // The deep sleep modes (8077I 8.3) stop oscillators, which stay enabled.
    private void Sleep(byte kept)
    {
        _running = kept;
        for (int n = 0; n < ClockSources.Count; n++)
        {
            if ((kept & (1 << n)) != 0) continue;
            _ready[n].Cancel();
            _sources.Set((ClockSource)n, 0);
        }
    }

    private void Wake()
    {
        _running = AllSources;
        for (int n = 0; n < ClockSources.Count; n++)
        {
            var source = (ClockSource)n;
            if ((_ctrl & (1 << n)) != 0 && !_sources.IsReady(source) && !_ready[n].IsBooked) Begin(source);
        }
    }

    private void Expect(ClockSource source, long picoseconds) => _timeline.Book(_ready[(int)source], picoseconds);

    private void Run(ClockSource source, long hertz)
    {
        _sources.Set(source, hertz);
        if (source != ClockSource.Pll) ReviewPll();
    }

    // The error that the board gives, or calibration.
    private void FrequencyChanged(InternalOscillator oscillator)
    {
        if (oscillator == InternalOscillator.UltraLowPower) return;
        var source = (ClockSource)oscillator;
        if (_sources.IsReady(source)) Run(source, _oscillators.Hertz(oscillator));
    }

    private void CalibrateRc32K() =>
        _oscillators.Calibrate(InternalOscillator.Rc32K, (_rc32kcal - _factoryRc32kcal) * OscillatorFacts.Rc32KStep);

    private void Halt(ClockSource source)
    {
        _ready[(int)source].Cancel();
        Run(source, 0);
    }

    // External clock and crystals (8077I 7.3.2).

    private long FittedHertz() => IsTosc ? (_toscFitted ? OscillatorFacts.Rc32KHertz : 0) : _externalHertz;

    // Cycles of the external clock from XOSCEN to XOSCRDY; 0 for a reserved code.
    private int StartupCount() => (_xoscctrl & XOSCSEL) switch
    {
        XOSCSEL_EXTCLK => 6,
        XOSCSEL_32KHZ => 32 * 1024,
        XOSCSEL_XTAL_256CLK => 256,
        XOSCSEL_XTAL_1KCLK => 1024,
        XOSCSEL_XTAL_16KCLK => 16 * 1024,
        _ => 0,
    };

    private void StartExternal()
    {
        long hertz = FittedHertz();
        int count = StartupCount();
        if (hertz == 0 && (_sources.InUse & XOSCEN) != 0) ExternalStopped(); // while the chip slept
        if (hertz == 0 || count == 0) return;
        Int128 time = ((Int128)count * Timeline.PicosecondsPerSecond + hertz - 1) / hertz;
        Expect(ClockSource.External, _timeline.Picoseconds + (long)time);
    }

    private void CheckExternal()
    {
        int mode = _xoscctrl & XOSCSEL;
        if (StartupCount() == 0)
        {
            Remark(XOSCCTRL, 1, $"OSC.XOSCCTRL: XOSCSEL 0x{mode:X} is reserved; XOSCRDY will not come");
            return;
        }

        long hertz = FittedHertz();
        if (hertz == 0)
        {
            Remark(XOSCCTRL, 2, $"OSC.CTRL: XOSCEN with nothing fitted to {(IsTosc ? "TOSC1/TOSC2" : "XTAL1/XTAL2")}; XOSCRDY will not come");
            return;
        }

        (long low, long high) = CrystalRanges[(_xoscctrl & FRQRANGE) >> FRQRANGE_gp];
        if (mode is not (XOSCSEL_EXTCLK or XOSCSEL_32KHZ) && (hertz < low || hertz > high))
            Remark(XOSCCTRL, 3, $"OSC.XOSCCTRL: a crystal of {hertz} Hz is outside FRQRANGE ({low}-{high} Hz); it is taken to start");
    }

    // The board changed what the selected external source gets.
    private void ExternalChanged()
    {
        if ((_ctrl & _running & XOSCEN) == 0) return;
        if (FittedHertz() == 0) ExternalStopped();
        else if (_sources.IsReady(ClockSource.External)) Run(ClockSource.External, FittedHertz());
        else StartExternal();
    }

    // Failure monitor (8077I 7.8).
    private void ExternalStopped()
    {
        bool monitored = (_xoscfail & XOSCFDEN) != 0;
        if ((_sources.InUse & XOSCEN) == 0)
        {
            // Not the system clock: it is disabled, with no interrupt (AVR1003 has one; unverified).
            if (monitored) Enable((byte)(_ctrl & ~XOSCEN));
            else Halt(ClockSource.External);
            return;
        }

        if (!monitored)
        {
            Remark(XOSCFAIL, 0, "the external clock stopped while the system clock comes from it and the failure monitor (XOSCFDEN) is off: the chip stands still until the clock is back or a reset comes");
            Halt(ClockSource.External);
            return;
        }

        _sources.Set(ClockSource.Rc2M, Rc2MHertz);
        _sources.FailSystem();
        foreach (ScheduledAction action in _ready) action.Cancel();
        OnlyRc2M();
        _xoscfail |= XOSCFDIF;
        _failure.IsRequested = true;
    }

    private void OnlyRc2M()
    {
        _ctrl = _sources.Enabled = RC2MEN;
        _sources.Set(ClockSource.Rc2M, Rc2MHertz);
        for (int n = 1; n < ClockSources.Count; n++) _sources.Set((ClockSource)n, 0);
    }

    // PLL (8077I 7.6): output = source x factor.

    private long PllInput() => (_pllctrl >> PLLSRC_gp) switch
    {
        0 => _sources.Hertz(ClockSource.Rc2M),
        2 => _sources.Hertz(ClockSource.Rc32M) / 4,
        3 when !IsTosc => _sources.Hertz(ClockSource.External),
        _ => 0,
    };

    // The PLL locks some time after it has an input, follows its frequency, and is lost with it.
    private void ReviewPll()
    {
        if ((_ctrl & PLLEN) == 0) return;
        long output = PllInput() * (_pllctrl & PLLFAC);
        if (output == 0) Halt(ClockSource.Pll);
        else if (_sources.IsReady(ClockSource.Pll)) _sources.Set(ClockSource.Pll, output);
        else if (!_ready[(int)ClockSource.Pll].IsBooked) Expect(ClockSource.Pll, _timeline.Picoseconds + OscillatorFacts.PllLock);
    }

    private void CheckPll()
    {
        int factor = _pllctrl & PLLFAC;
        int source = (_pllctrl & PLLSRC) >> PLLSRC_gp;
        long output = PllInput() * factor;
        if (source == PLLSRC_RESERVED) Remark(PLLCTRL, 1, "OSC.PLLCTRL: PLLSRC 1 is reserved; PLLRDY will not come");
        else if (source == 3 && IsTosc) Remark(PLLCTRL, 2, "OSC.PLLCTRL: the 32.768 kHz crystal cannot feed the PLL; PLLRDY will not come");
        else if (factor == 0) Remark(PLLCTRL, 3, "OSC.CTRL: PLLEN with PLLFAC 0: the PLL has no output");
        else if (output == 0) Remark(PLLCTRL, 4, "OSC.CTRL: PLLEN before the source of the PLL is ready; it is taken to lock once the source runs");
        else if (output is < OscillatorFacts.PllMinimumHertz or > OscillatorFacts.PllMaximumHertz)
            Remark(PLLCTRL, 5, $"the PLL gives {output} Hz, outside {OscillatorFacts.PllMinimumHertz}-{OscillatorFacts.PllMaximumHertz} Hz");
    }

    private void Remark(int offset, int which, string message) =>
        _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + offset + (which << 16), message);
}
