using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>A part of a TWI module that follows what happens on its two lines, each time when it has passed the synchroniser.</summary>
internal interface ITwiListener
{
    /// <summary>SDA fell while SCL was high.</summary>
    void OnStart();

    /// <summary>SDA rose while SCL was high.</summary>
    void OnStop();

    /// <summary>SCL rose.</summary>
    void OnClockRise();

    /// <summary>SCL fell.</summary>
    void OnClockFall();
}

/// <summary>
/// SDA and SCL as one TWI module sees and drives them (8077I 19.3): open drain, so that it can pull a line low or let go
/// of it, and has to read back what became of that. Master and slave have a hand each.
/// </summary>
internal sealed class TwiLines : IPinListener
{
    /// <summary>The master's hand on the lines.</summary>
    public const int Master = 0;

    /// <summary>The slave's hand on the lines.</summary>
    public const int Slave = 1;

    /// <summary>Cycles from a change of SDA to the release of SCL, at least: data has to be there before the clock (unverified).</summary>
    public const int Setup = 2;

    private const int Hands = 2;

    private const byte SDA = 0x01; // bits of a level, and pins of the port
    private const byte SCL = 0x02;
    private const int SDA_OUT = 2; // pins of the external driver interface
    private const int SCL_OUT = 3;

    private readonly ChipServices _services;
    private readonly TwiFacts _facts;
    private readonly Pin _sda;
    private readonly Pin _scl;
    private readonly PinOverride[] _overrides;
    private readonly PinSynchroniser _synchroniser = new();
    private readonly ClockedAction _sample;
    private readonly ClockedAction[] _hold = new ClockedAction[Hands];
    private readonly bool[] _heldSda = new bool[Hands]; // what SDA becomes after the hold time
    private readonly bool[] _sdaLow = new bool[Hands];
    private readonly bool[] _sclLow = new bool[Hands];
    private ITwiListener[] _listeners = [];
    private byte _levels; // as seen
    private bool _enabled;
    private bool _external;
    private bool _stopped;
    private bool _listens;
    private int _holdPicoseconds;

    public TwiLines(ChipServices services, TwiFacts facts, Pin sda, Pin scl, PinOverride[] overrides)
    {
        _services = services;
        _facts = facts;
        _sda = sda;
        _scl = scl;
        _overrides = overrides;
        _sample = new ClockedAction(services.Schedule, $"{facts.Name}.LINES", Sample);
        for (int n = 0; n < Hands; n++)
        {
            int hand = n;
            _hold[n] = new ClockedAction(services.Schedule, $"{facts.Name}.SDAHOLD{n}", () => DriveSda(hand, _heldSda[hand]));
        }
    }

    /// <summary>Gets a value indicating whether SDA is high, as seen.</summary>
    public bool Sda => (_levels & SDA) != 0;

    /// <summary>Gets a value indicating whether SCL is high, as seen.</summary>
    public bool Scl => (_levels & SCL) != 0;

    /// <summary>Gets the cycles since the edge of SCL that is being dealt with was on the pin.</summary>
    public static int Seen => Latency.PinSynchroniser;

    /// <summary>Gets the further cycles for which SDA is held after SCL fell: SDAHOLD.</summary>
    public int HoldCycles => _holdPicoseconds == 0 ? 0 : (int)(_services.Timeline.CycleAt(_services.Timeline.Picoseconds + _holdPicoseconds) - _services.Schedule.Now);

    /// <summary>Says who follows the lines, in the order in which they are told. Call at construction only.</summary>
    /// <param name="listeners">The parts of the module.</param>
    public void Connect(params ITwiListener[] listeners) => _listeners = listeners;

    /// <summary>Takes the pins, or gives them back.</summary>
    /// <param name="enabled">Whether master or slave is on.</param>
    /// <param name="external">EDIEN: drivers outside, each line with an input and an output of its own.</param>
    /// <param name="holdPicoseconds">The time SDA is held after SCL fell.</param>
    public void Configure(bool enabled, bool external, int holdPicoseconds)
    {
        (_enabled, _external, _holdPicoseconds) = (enabled, external, holdPicoseconds);
        Listen();
        Drive();
    }

    /// <summary>Stops looking at the lines, or goes on with what they are then.</summary>
    public void Stop(bool stopped)
    {
        _stopped = stopped;
        foreach (ClockedAction hold in _hold) hold.Stop(stopped);
        _sample.Stop(stopped);
        if (_enabled && !stopped) Look();
    }

    /// <summary>Pulls SDA low or lets go of it.</summary>
    public void DriveSda(int hand, bool low)
    {
        _hold[hand].Cancel();
        _sdaLow[hand] = low;
        Drive();
    }

    /// <summary>Does so after the hold time: SCL fell just now.</summary>
    public void DriveSdaAfterHold(int hand, bool low)
    {
        int cycles = HoldCycles;
        if (cycles == 0)
        {
            DriveSda(hand, low);
            return;
        }

        _heldSda[hand] = low;
        _hold[hand].Book(cycles);
    }

    /// <summary>Pulls SCL low or lets go of it.</summary>
    public void DriveScl(int hand, bool low)
    {
        _sclLow[hand] = low;
        Drive();
    }

    /// <summary>Lets go of both lines.</summary>
    public void Release(int hand)
    {
        _hold[hand].Cancel();
        _sdaLow[hand] = _sclLow[hand] = false;
        Drive();
    }

    /// <summary>Points out lines that nobody pulls up.</summary>
    public void CheckPullUps()
    {
        if (_external) return;
        Check(_sda, "SDA");
        Check(_scl, "SCL");
    }

    public void Reset()
    {
        _sample.Cancel();
        for (int n = 0; n < Hands; n++)
        {
            _hold[n].Cancel();
            _heldSda[n] = _sdaLow[n] = _sclLow[n] = false;
        }

        Configure(false, false, 0);
    }

    public void State(StateStream s)
    {
        bool enabled = _enabled;
        s.Value(ref enabled);
        s.Value(ref _external);
        s.Value(ref _stopped);
        s.Value(ref _holdPicoseconds);
        for (int n = 0; n < Hands; n++)
        {
            s.Value(ref _heldSda[n]);
            s.Value(ref _sdaLow[n]);
            s.Value(ref _sclLow[n]);
            _hold[n].State(s);
        }

        if (s.IsRestoring) Configure(enabled, _external, _holdPicoseconds);
        s.Value(ref _levels);
        _synchroniser.State(s);
        _sample.State(s);
    }

    void IPinListener.OnPinChanged(Pin pin)
    {
        if (!_stopped) Look();
    }

    private void Look()
    {
        if (!_services.Timeline.IsRunning)
        {
            LookAsynchronously();
            return;
        }

        _synchroniser.Change(_services.Schedule.Now, LevelsNow());
        if (!_sample.IsBooked) _sample.Book(Latency.PinSynchroniser);
    }

    private byte LevelsNow() => (byte)((_sda.ReadsHigh ? SDA : 0) | (_scl.ReadsHigh ? SCL : 0));

    private void Sample()
    {
        long now = _services.Schedule.Now;
        byte levels = _synchroniser.At(now);
        long next = _synchroniser.NextChange(now);
        if (next != ScheduledAction.Never) _sample.Book(next - now);
        Follow(levels);
    }

    // While a sleep mode stops clk_PER the lines clock the module themselves, so that its address can wake the CPU: what was
    // on its way through the synchroniser comes first, then each change at once.
    private void LookAsynchronously()
    {
        _sample.Cancel();
        for (long at = _synchroniser.NextChange(_services.Schedule.Now); at != ScheduledAction.Never; at = _synchroniser.NextChange(at)) Follow(_synchroniser.At(at));
        byte levels = LevelsNow();
        _synchroniser.Settle(levels);
        Follow(levels);
    }

    private void Follow(byte levels)
    {
        int changed = _levels ^ levels;
        _levels = levels;
        foreach (ITwiListener listener in _listeners)
        {
            // Where both changed in one cycle, SDA is data: no condition.
            if ((changed & SCL) != 0)
            {
                if (Scl) listener.OnClockRise();
                else listener.OnClockFall();
            }
            else if ((changed & SDA) != 0 && Scl)
            {
                if (Sda) listener.OnStop();
                else listener.OnStart();
            }
        }
    }

    private void Listen()
    {
        if (_enabled == _listens) return;
        _listens = _enabled;
        if (_enabled)
        {
            _sda.Listen(this);
            _scl.Listen(this);
            _levels = LevelsNow();
            _synchroniser.Settle(_levels);
        }
        else
        {
            _sda.StopListening(this);
            _scl.StopListening(this);
            _sample.Cancel();
        }
    }

    // The direction goes first, so that neither taking nor giving back a pin makes it low for an instant.
    private void Drive()
    {
        bool sdaLow = _sdaLow[Master] || _sdaLow[Slave], sclLow = _sclLow[Master] || _sclLow[Slave];
        bool drives = _enabled && !_external;
        Pull(0, sdaLow, drives);
        Pull(1, sclLow, drives);
        _overrides[SDA_OUT].SetValue(_enabled && _external ? !sdaLow : null);
        _overrides[SCL_OUT].SetValue(_enabled && _external ? !sclLow : null);
    }

    private void Pull(int pin, bool low, bool drives)
    {
        if (!drives) _overrides[pin].SetValue(null);
        _overrides[pin].SetDirection(drives ? low : null);
        if (drives) _overrides[pin].SetValue(false);
    }

    private void Check(Pin pin, string line)
    {
        if (pin.Level != LogicLevel.Floating) return;
        _services.Diagnostics.Report(DiagnosticKind.Configuration, _facts.Base + (line == "SDA" ? 0 : 1), $"{_facts.Name}: nothing pulls {line} ({pin.Name}) up, and the open-drain line reads low: the bus stands still; give the board a pull-up there, or use the port's (PIN{pin.Index}CTRL.OPC = WIREDANDPULL)");
    }
}
