using Xmega.State;

namespace Xmega.SystemControl;

/// <summary>The sources of the system clock: codes of CLK.CTRL.SCLKSEL, and bit numbers in OSC.CTRL and OSC.STATUS.</summary>
internal enum ClockSource
{
    Rc2M = 0,
    Rc32M = 1,
    Rc32K = 2,
    External = 3,
    Pll = 4,
}

/// <summary>
/// The wires between the modules of the clock chapter (8077I ch. 7): which oscillators run and how fast, and which of
/// them the system clock comes from.
/// </summary>
internal sealed class ClockSources
{
    /// <summary>Number of sources.</summary>
    public const int Count = 5;

    private readonly long[] _hertz = new long[Count];
    private byte _enabled;
    private byte _dfllReferences;
    private bool _externalIsTosc;
    private bool _rtcStands;

    /// <summary>Tells listeners that a source became ready, stopped or changed its frequency.</summary>
    public event Action? Changed;

    /// <summary>Tells listeners that the failure monitor took the system clock back to the 2 MHz oscillator.</summary>
    public event Action? SystemFailed;

    /// <summary>Tells the oscillators that a sleep mode stops those that are not in a mask, a bit each as in OSC.CTRL.</summary>
    public event Action<byte>? Slept;

    /// <summary>Tells the oscillators that the CPU wakes: what is enabled starts again.</summary>
    public event Action? Woken;

    /// <summary>Gets or sets the oscillator that the clock of the RTC comes from, as a bit of OSC.CTRL; 0 for the ultra low power oscillator or none.</summary>
    public byte RtcSource { get; set; }

    /// <summary>Gets or sets a value indicating whether a sleep mode stops the clock of the RTC.</summary>
    public bool RtcStands
    {
        get => _rtcStands;
        set
        {
            if (_rtcStands == value) return;
            _rtcStands = value;
            Changed?.Invoke();
        }
    }

    /// <summary>Gets or sets the source of clk_SYS.</summary>
    public ClockSource System { get; set; }

    /// <summary>Gets or sets what the PLL multiplies.</summary>
    public ClockSource PllSource { get; set; }

    /// <summary>Gets or sets the enable bits of OSC.CTRL.</summary>
    public byte Enabled
    {
        get => _enabled;
        set => _enabled = value;
    }

    /// <summary>Gets or sets OSC.DFLLCTRL: a bit for each DFLL that takes its reference from the crystal on TOSC.</summary>
    public byte DfllReferences
    {
        get => _dfllReferences;
        set
        {
            if (_dfllReferences == value) return;
            _dfllReferences = value;
            Changed?.Invoke();
        }
    }

    /// <summary>Gets or sets a value indicating whether the external source is the 32.768 kHz crystal on TOSC.</summary>
    public bool ExternalIsTosc
    {
        get => _externalIsTosc;
        set => _externalIsTosc = value;
    }

    /// <summary>Gets a value indicating whether the 32.768 kHz crystal runs.</summary>
    public bool ToscIsReady => ExternalIsTosc && IsReady(ClockSource.External);

    /// <summary>Gets the ready bits, as in OSC.STATUS.</summary>
    public byte Ready
    {
        get
        {
            int bits = 0;
            for (int n = 0; n < Count; n++)
                if (_hertz[n] != 0) bits |= 1 << n;
            return (byte)bits;
        }
    }

    /// <summary>Gets or sets who says whether a source is on its way to be ready.</summary>
    public Func<ClockSource, bool> IsStarting { get; set; } = static _ => false;

    /// <summary>Gets a value indicating whether the source of clk_SYS neither runs nor will by itself.</summary>
    public bool SystemIsLost => !IsReady(System) && !IsStarting(System) && !(System == ClockSource.Pll && IsStarting(PllSource));

    /// <summary>Gets the bits of the oscillators that clk_SYS comes from: its source, and the source of a PLL that is it.</summary>
    public byte InUse => (byte)((1 << (int)System) | (System == ClockSource.Pll ? 1 << (int)PllSource : 0));

    public bool IsReady(ClockSource source) => _hertz[(int)source] != 0;

    /// <summary>The frequency of a source in hertz; 0 while it is not ready.</summary>
    public long Hertz(ClockSource source) => _hertz[(int)source];

    /// <summary>Sets the frequency of a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="hertz">Hertz; 0 when it is not, or no longer, ready.</param>
    public void Set(ClockSource source, long hertz)
    {
        if (_hertz[(int)source] == hertz) return;
        _hertz[(int)source] = hertz;
        Changed?.Invoke();
    }

    /// <summary>A sleep mode stops oscillators.</summary>
    /// <param name="kept">Those that run on, a bit each.</param>
    /// <param name="rtcRuns">Whether the RTC counts on.</param>
    public void Sleep(byte kept, bool rtcRuns)
    {
        RtcStands = !rtcRuns;
        Slept?.Invoke(kept);
    }

    public void Wake() => Woken?.Invoke();

    public void FailSystem() => SystemFailed?.Invoke();

    public void State(StateStream s)
    {
        foreach (ref long hertz in _hertz.AsSpan()) s.Value(ref hertz);
        int system = (int)System, pll = (int)PllSource;
        s.Value(ref system);
        s.Value(ref pll);
        (System, PllSource) = ((ClockSource)system, (ClockSource)pll);
        s.Value(ref _enabled);
        s.Value(ref _dfllReferences);
        s.Value(ref _externalIsTosc);
        s.Value(ref _rtcStands);
        byte rtc = RtcSource;
        s.Value(ref rtc);
        RtcSource = rtc;
    }
}
