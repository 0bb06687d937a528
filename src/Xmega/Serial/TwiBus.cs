using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>What BUSSTATE says of the bus (8077I 19.4).</summary>
internal enum TwiBusState
{
    Unknown = 0,
    Idle = 1,
    Owner = 2,
    Busy = 3,
}

/// <summary>
/// The bus state logic of a TWI module (8077I 19.4), on while the master is enabled: who has the bus, whether START and
/// STOP come where they may, and whether the bus has been inactive for so long that it counts as idle.
/// </summary>
internal sealed class TwiBus : ITwiListener
{
    private const int BitsOfByte = 9; // with the acknowledge bit
    private const int BeforeFirstBit = -1;

    private readonly ChipServices _services;
    private readonly TwiLines _lines;
    private readonly Signal _signal;
    private readonly ScheduledAction _inactive;
    private bool _enabled;
    private bool _stopped;
    private int _bits; // complete bits since the last START
    private int _timeoutMicroseconds;
    private TwiBusState _state;

    public TwiBus(ChipServices services, TwiFacts facts, TwiLines lines)
    {
        _services = services;
        _lines = lines;
        _inactive = services.Schedule.Create($"{facts.Name}.TIMEOUT", Phase.Module, TimeOut);
        _signal = services.Signals.Add($"{facts.Name}.BUSSTATE", SignalKind.Bus, 2, "state of the bus: 0 unknown, 1 idle, 2 owner, 3 busy", () => (long)Current);
    }

    /// <summary>Tells the master that a bus it waits for has become idle by the timeout or by firmware.</summary>
    public event Action? BecameIdle;

    /// <summary>Gets the state.</summary>
    public TwiBusState Current
    {
        get => _state;
        private set
        {
            if (_state == value) return;
            _state = value;
            if (_signal.IsWatched) _signal.Changed((long)value);
        }
    }

    /// <summary>Gets a value indicating whether the START or STOP being dealt with came in the middle of a byte: BUSERR.</summary>
    public bool IsIllegal { get; private set; }

    /// <summary>Gets or sets the time after which an inactive bus counts as idle, in microseconds; 0 for never.</summary>
    public int TimeoutMicroseconds
    {
        get => _timeoutMicroseconds;
        set
        {
            _timeoutMicroseconds = value;
            Watch();
        }
    }

    /// <summary>Turns the logic on or off; the state is unknown then.</summary>
    public void Enable(bool enabled)
    {
        if (enabled == _enabled) return;
        _enabled = enabled;
        Current = TwiBusState.Unknown;
        _bits = BeforeFirstBit;
        Watch();
    }

    /// <summary>Stops the clock of the logic, or lets it go on.</summary>
    public void Stop(bool stopped)
    {
        _stopped = stopped;
        Watch();
    }

    /// <summary>Firmware says that the bus is idle.</summary>
    public void ForceIdle()
    {
        if (!_enabled) return;
        Current = TwiBusState.Idle;
        Watch();
    }

    /// <summary>The master's own START: the bus is its.</summary>
    public void Own() => Current = TwiBusState.Owner;

    /// <summary>The master lost the bus to another.</summary>
    public void Lose()
    {
        if (Current == TwiBusState.Owner) Current = TwiBusState.Busy;
        Watch();
    }

    public void OnStart()
    {
        if (!_enabled) return;
        IsIllegal = InMiddleOfByte();
        _bits = BeforeFirstBit;
        if (Current == TwiBusState.Idle) Current = TwiBusState.Busy;
        Watch();
    }

    public void OnStop()
    {
        if (!_enabled) return;
        IsIllegal = InMiddleOfByte();
        _bits = BeforeFirstBit;
        Current = TwiBusState.Idle;
        Watch();
    }

    public void OnClockRise() => Watch();

    public void OnClockFall()
    {
        _bits++;
        Watch();
    }

    public void Reset()
    {
        _enabled = IsIllegal = false;
        _bits = BeforeFirstBit;
        _timeoutMicroseconds = 0;
        Current = TwiBusState.Unknown;
        _inactive.Cancel();
    }

    public void State(StateStream s)
    {
        int state = (int)_state;
        bool illegal = IsIllegal;
        s.Value(ref state);
        s.Value(ref illegal);
        s.Value(ref _enabled);
        s.Value(ref _stopped);
        s.Value(ref _bits);
        s.Value(ref _timeoutMicroseconds);
        s.Value(_inactive);
        if (!s.IsRestoring) return;
        _state = (TwiBusState)state;
        IsIllegal = illegal;
    }

    private bool InMiddleOfByte() => _bits > 0 && _bits % BitsOfByte != 0;

    // The time runs while both lines are high and somebody else has the bus, or nobody knows; every edge starts it anew. That it is the nominal time whatever fPER and BAUD are: unverified.
    private void Watch()
    {
        _inactive.Cancel();
        if (_timeoutMicroseconds == 0 || !_enabled || _stopped || Current is TwiBusState.Idle or TwiBusState.Owner || !_lines.Sda || !_lines.Scl) return;
        _services.Timeline.Book(_inactive, _services.Timeline.Picoseconds + (_timeoutMicroseconds * 1_000_000L));
    }

    private void TimeOut()
    {
        Current = TwiBusState.Idle;
        _bits = BeforeFirstBit;
        BecameIdle?.Invoke();
    }
}
