using Xmega.Electrical;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>System clock selection, prescalers and the clock of the RTC (8077I 7.9): CLK.</summary>
/// <remarks>
/// Limitations: a new source or prescaler takes effect in the cycle of the write, where the part finishes that cycle and
/// switches with the next edge of the slowest clock; what it takes to change the source without a glitch is stated nowhere.
/// </remarks>
internal sealed class Clock : IoModule
{
    private const int CTRL = 0;
    private const int PSCTRL = 1;
    private const int LOCK = 2;
    private const int RTCCTRL = 3;

    private const byte SCLKSEL = 0x07;    // system clock selection
    private const byte PSADIV = 0x7C;     // prescaler A division
    private const int PSADIV_gp = 2;
    private const byte PSBCDIV = 0x03;    // prescalers B and C division
    private const byte LOCKBIT = 0x01;    // CTRL and PSCTRL locked until reset
    private const byte RTCSRC = 0x0E;     // clock source of the RTC
    private const int RTCSRC_gp = 1;
    private const byte RTCEN = 0x01;      // clock source of the RTC enabled

    private const int HighestPsadiv = 0x11; // 1:512

    private const int RTCSRC_ULP = 0;     // 1 kHz from the ultra low power oscillator
    private const int RTCSRC_TOSC = 1;    // 1.024 kHz from the crystal on TOSC
    private const int RTCSRC_RCOSC = 2;   // 1.024 kHz from the internal 32.768 kHz oscillator
    private const int RTCSRC_TOSC32 = 5;  // 32.768 kHz from the crystal on TOSC
    private const int RTCSRC_RCOSC32 = 6; // 32.768 kHz from the internal oscillator (unverified: not in the part's header)

    private const int InternalTolerance = 5; // percent that the chip's own oscillators may be fast before firmware is to blame

    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly ClockSources _sources;
    private readonly InternalOscillators _oscillators;
    private readonly Signal _signal;
    private readonly Supply _supply;
    private readonly VoltageComparison _supplySuffices;
    private readonly SetVoltage _neededSupply = new(); // by the present frequency; 0 where any supply will do
    private long _announced = OscillatorFacts.Rc2MHertz;
    private byte _ctrl;
    private byte _psctrl;
    private byte _lock;
    private byte _rtcctrl;

    public Clock(ChipServices services, ClockSources sources, InternalOscillators oscillators, RtcClock rtc)
        : base("CLK", 0x0040, Map)
    {
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _sources = sources;
        _oscillators = oscillators;
        Rtc = rtc;
        _supply = services.Supply;
        _supplySuffices = new VoltageComparison(services.Schedule, services.Timeline, services.Supply, "CLK.VCC", Phase.Module, CheckSupply);
        _signal = services.Signals.Add("CLK.PER", SignalKind.Bus, 32, "frequency of clk_PER and clk_CPU in whole hertz", WholeHertz);
        sources.Changed += SourceChanged;
        sources.SystemFailed += Fail;
        oscillators.Changed += oscillator =>
        {
            if (oscillator == InternalOscillator.UltraLowPower) SetRtcClock();
        };
        services.Timeline.RunningChanged += RunningChanged;
    }

    /// <summary>Gets the clock of the RTC.</summary>
    public RtcClock Rtc { get; }

    private static RegisterTable Map { get; } = new RegisterTable("CLK", 4)
        .Add(CTRL, "CTRL", SCLKSEL, protectedBits: SCLKSEL)
        .Add(PSCTRL, "PSCTRL", PSADIV | PSBCDIV, protectedBits: PSADIV | PSBCDIV)
        .Add(LOCK, "LOCK", LOCKBIT, protectedBits: LOCKBIT)
        .Add(RTCCTRL, "RTCCTRL", RTCSRC | RTCEN);

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        PSCTRL => _psctrl,
        LOCK => _lock,
        RTCCTRL => _rtcctrl,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL or PSCTRL when _lock != 0:
                _diagnostics.Report(DiagnosticKind.ProtectedWrite, BaseAddress + offset, $"write of 0x{value:X2} to CLK.{Registers[offset]!.Name} ignored: CLK.LOCK holds it until the next reset");
                break;
            case CTRL:
                SelectSystemClock(value);
                break;
            case PSCTRL:
                SelectPrescalers(value);
                break;
            case LOCK:
                _lock |= value; // only a reset clears it
                break;
            case RTCCTRL:
                _rtcctrl = value;
                _sources.RtcSource = RtcOscillator();
                CheckRtcSource();
                SetRtcClock();
                break;
        }
    }

    public override void Reset()
    {
        _lock = _psctrl = _rtcctrl = 0;
        _sources.RtcSource = 0;
        Fail();
        SetRtcClock();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _psctrl);
        s.Value(ref _lock);
        s.Value(ref _rtcctrl);
        s.Value(ref _announced);
        Rtc.State(s);
        long needed = _neededSupply.Microvolts;
        s.Value(ref needed);
        _neededSupply.Microvolts = needed;
        _supplySuffices.State(s);
        if (s.IsRestoring) _supplySuffices.Resume(needed == 0 ? null : _supply, _neededSupply, _neededSupply);
    }

    private void SelectSystemClock(byte code)
    {
        if (code >= ClockSources.Count)
        {
            Remark(CTRL, 0, $"CLK.CTRL: system clock {code} is reserved; the clock stays as it is");
            return;
        }

        var source = (ClockSource)code;
        if (!_sources.IsReady(source))
        {
            Remark(CTRL, 1 + code, $"CLK.CTRL: the source with code {code} is not ready (its bit in OSC.STATUS is 0); the clock stays as it is");
            return;
        }

        _ctrl = code;
        _sources.System = source;
        Apply();
    }

    private void SelectPrescalers(byte value)
    {
        int code = (value & PSADIV) >> PSADIV_gp;
        if (code > HighestPsadiv || (code != 0 && (code & 1) == 0))
        {
            // What the part makes of a reserved code is unverified.
            Remark(PSCTRL, 0, $"CLK.PSCTRL: PSADIV 0x{code:X2} is reserved; the prescalers stay as they are");
            return;
        }

        _psctrl = value;
        Apply();
    }

    // 8077I 7.5: prescaler A, then B to clk_PER2 from clk_PER4, then C to clk_PER.
    private void Apply()
    {
        long source = _sources.Hertz(_sources.System);
        if (source == 0) return; // a reset while the 2 MHz oscillator was off: it is on the way
        int code = (_psctrl & PSADIV) >> PSADIV_gp;
        int a = code == 0 ? 1 : 2 << (code >> 1);
        (int b, int c) = (_psctrl & PSBCDIV) switch { 0 => (1, 1), 1 => (1, 2), 2 => (4, 1), _ => (2, 2) };
        int divider = a * b * c;
        if (source > OscillatorFacts.MaximumPeripheralHertz * divider * (100 + (IsInternal ? InternalTolerance : 0)) / 100)
            Remark(CTRL, 8, $"clk_PER runs at {source / divider} Hz: the part is specified to {OscillatorFacts.MaximumPeripheralHertz} Hz");
        _timeline.SetFrequency(source, divider, b * c, c);
        Announce();
        WatchSupply(source / divider);
    }

    // 12 MHz at 1.6 V to 32 MHz at 2.7 V (8067, features).
    private void WatchSupply(long hertz)
    {
        long above = Math.Min(hertz, OscillatorFacts.MaximumPeripheralHertz) - OscillatorFacts.LowSupplyHertz;
        long needed = above <= 0 ? 0 : OscillatorFacts.LowestSupply
            + (above * (OscillatorFacts.FullSpeedSupply - OscillatorFacts.LowestSupply) / (OscillatorFacts.MaximumPeripheralHertz - OscillatorFacts.LowSupplyHertz));
        if (needed == _neededSupply.Microvolts) return;
        _neededSupply.Microvolts = needed;
        if (needed == 0) _supplySuffices.Stop();
        else _supplySuffices.Start(_supply, _neededSupply, _neededSupply, wasAbove: true);
        CheckSupply();
    }

    private void CheckSupply()
    {
        if (!_supplySuffices.IsRunning || _supplySuffices.IsAbove || !_timeline.IsRunning) return;
        const int Place = 16; // after those of codes
        long hertz = WholeHertz();
        Remark(CTRL, Place + (int)(hertz / 1_000_000), $"clk_PER runs at {hertz} Hz with VCC at {_supply.Microvolts / 1000} mV: that needs {_neededSupply.Microvolts / 1000} mV (12 MHz from 1.6 V on, 32 MHz from 2.7 V)");
    }

    // Whether the system clock comes from an oscillator of the chip, by the PLL or not.
    private bool IsInternal => (_sources.System == ClockSource.Pll ? _sources.PllSource : _sources.System) != ClockSource.External;

    private void Announce()
    {
        if (WholeHertz() == _announced) return;
        _announced = WholeHertz();
        _signal.Changed(_announced);
    }

    private void RunningChanged()
    {
        Announce();
        CheckSupply();
    }

    // A failed system clock, and a reset: back to the 2 MHz oscillator.
    private void Fail()
    {
        _ctrl = 0;
        _sources.System = ClockSource.Rc2M;
        Apply();
    }

    private void SourceChanged()
    {
        Apply();
        SetRtcClock();
    }

    private void SetRtcClock()
    {
        int code = (_rtcctrl & RTCSRC) >> RTCSRC_gp;
        bool isEnabled = (_rtcctrl & RTCEN) != 0;
        long hertz = !isEnabled || _sources.RtcStands ? 0 : code switch
        {
            RTCSRC_ULP => _oscillators.Hertz(InternalOscillator.UltraLowPower),
            RTCSRC_TOSC or RTCSRC_TOSC32 when _sources.ToscIsReady => _sources.Hertz(ClockSource.External),
            RTCSRC_RCOSC or RTCSRC_RCOSC32 => _sources.Hertz(ClockSource.Rc32K),
            _ => 0,
        };
        Rtc.Set(isEnabled, hertz, code is RTCSRC_TOSC32 or RTCSRC_RCOSC32 ? 1 : OscillatorFacts.KilohertzDivision);
    }

    private byte RtcOscillator() => (_rtcctrl & RTCEN) == 0 ? (byte)0 : ((_rtcctrl & RTCSRC) >> RTCSRC_gp) switch
    {
        RTCSRC_TOSC or RTCSRC_TOSC32 => (byte)(1 << (int)ClockSource.External),
        RTCSRC_RCOSC or RTCSRC_RCOSC32 => (byte)(1 << (int)ClockSource.Rc32K),
        _ => (byte)0,
    };

    // The oscillator may be enabled after RTCEN and become ready later; one that is not even enabled is worth a remark.
    private void CheckRtcSource()
    {
        if ((_rtcctrl & RTCEN) == 0) return;
        int code = (_rtcctrl & RTCSRC) >> RTCSRC_gp;
        string? missing = code switch
        {
            RTCSRC_ULP => null,
            RTCSRC_TOSC or RTCSRC_TOSC32 => _sources.ExternalIsTosc && IsEnabled(ClockSource.External) ? null : "the 32.768 kHz crystal (OSC.XOSCCTRL, XOSCEN) is not enabled",
            RTCSRC_RCOSC or RTCSRC_RCOSC32 => IsEnabled(ClockSource.Rc32K) ? null : "the internal 32.768 kHz oscillator (RC32KEN) is not enabled",
            _ => "this source is reserved",
        };
        if (missing is not null) Remark(RTCCTRL, code, $"CLK.RTCCTRL: RTCSRC {code}: {missing}; the RTC stands still");
    }

    private bool IsEnabled(ClockSource source) => (_sources.Enabled & (1 << (int)source)) != 0;

    private long WholeHertz() => !_timeline.IsRunning ? 0 : _timeline.SourceHertz / _timeline.Divider;

    private void Remark(int offset, int which, string message) =>
        _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + offset + (which << 16), message);
}
