using Xmega.Signals;
using Xmega.State;

namespace Xmega.Serial;

/// <summary>
/// The master of a TWI module (8077I 19.5, 19.9): makes START, bits, acknowledge and STOP on the lines, reads every bit
/// back, and holds SCL low while it waits for firmware. SCL is low, and high, for 5 + BAUD cycles each, counted from its
/// edge on the line: so masters synchronise, and a slave that stretches lengthens the period.
/// </summary>
/// <remarks>
/// All it does follows an edge of the lines once that has passed the synchroniser: flags are set two cycles after the
/// edge of SCL that completes a byte (unverified). After its own STOP it waits 5 + BAUD cycles before the next START
/// (unverified).
/// </remarks>
internal sealed class TwiMaster : ITwiListener
{
    public const byte RIF = 0x80;     // a byte was received
    public const byte WIF = 0x40;     // a byte was sent, or the bus was lost
    public const byte RXACK = 0x10;   // the slave's answer: 1 is NACK
    public const byte ARBLOST = 0x08; // another master won
    public const byte BUSERR = 0x04;  // START or STOP in the middle of a byte

    /// <summary>In the values of the signals: answered by NACK.</summary>
    public const int Refused = 0x100;

    /// <summary>In the values of the signals: an address.</summary>
    public const int Address = 0x200;

    private const int DataBits = 8;
    private const int AcknowledgeBit = 8; // the place after the data bits
    private const int ClockSynchronisation = 5; // added to BAUD (8077I 19.9.5)
    private const long Never = -1;

    private readonly ChipServices _services;
    private readonly TwiFacts _facts;
    private readonly TwiLines _lines;
    private readonly TwiBus _bus;
    private readonly Action _flagsChanged;
    private readonly ClockedAction _timer;
    private readonly Signal _sentSignal;
    private readonly Signal _receivedSignal;
    private bool _enabled;
    private Phase _phase;
    private Goal _goal;
    private Next _next;
    private bool _startAfterStop;
    private bool _sending;
    private bool _sendsAddress;
    private bool _reads;       // the direction bit of the address sent
    private bool _owesAnswer;  // a byte was received and not acknowledged yet
    private bool _answersNack;
    private int _bit;          // place of the bit on the line
    private int _shift;
    private long _freeCycle = Never; // no START before
    private long _lowUntil; // the low period of SCL that a hold began with
    private byte _flags;
    private byte _address;
    private byte _data;
    private int _lastSent;
    private int _lastReceived;

    public TwiMaster(ChipServices services, TwiFacts facts, TwiLines lines, TwiBus bus, Action flagsChanged)
    {
        _services = services;
        _facts = facts;
        _lines = lines;
        _bus = bus;
        _flagsChanged = flagsChanged;
        bus.BecameIdle += TryStart;
        _timer = new ClockedAction(services.Schedule, $"{facts.Name}.MASTER", Act);
        const string Extra = "; + 0x100: answered by NACK, + 0x200: an address";
        _sentSignal = services.Signals.Add($"{facts.Name}.MASTER.TX", SignalKind.Event, 10, "byte sent by the master" + Extra, () => _lastSent);
        _receivedSignal = services.Signals.Add($"{facts.Name}.MASTER.RX", SignalKind.Event, 8, "byte received by the master", () => _lastReceived);
    }

    // What the master is at.
    private enum Phase
    {
        None,
        Waiting,   // for the bus to become idle, to make a START
        Starting,  // START comes when the bus has been free for long enough
        StartHold, // SDA is low, SCL not yet
        Low,       // SCL is low
        Rising,    // SCL is released and not high yet: somebody may stretch it
        High,      // SCL is high
        Stopping,  // SDA is released; STOP is not seen yet
        Hold,      // SCL is kept low until firmware says what comes next
        Loose,     // owner, but firmware cleared the flags: SCL is released
    }

    // What the rise of SCL is for.
    private enum Goal
    {
        Bit,
        Restart,
        Stop,
    }

    // What follows the acknowledge action.
    private enum Next
    {
        Hold,
        Restart,
        Receive,
        Stop,
    }

    /// <summary>Gets the flags of STATUS that are the master's.</summary>
    public byte Flags => _flags;

    /// <summary>Gets CLKHOLD: a flag is set and the master keeps SCL low.</summary>
    public bool HoldsClock => _phase == Phase.Hold && (_flags & (RIF | WIF)) != 0;

    /// <summary>Gets the last address written.</summary>
    public byte AddressRegister => _address;

    /// <summary>Gets what DATA holds.</summary>
    public byte Data => _data;

    /// <summary>Gets or sets BAUD.</summary>
    public int Baud { get; set; }

    /// <summary>Gets or sets a value indicating whether smart mode is on: reading DATA performs the acknowledge action.</summary>
    public bool IsSmart { get; set; }

    /// <summary>Gets or sets a value indicating whether quick command is on: firmware decides after the address what comes.</summary>
    public bool IsQuick { get; set; }

    /// <summary>Gets or sets a value indicating whether the acknowledge action is NACK.</summary>
    public bool AnswersNack { get; set; }

    /// <summary>Gets a value indicating whether the master is on.</summary>
    public bool IsEnabled => _enabled;

    private int Period => ClockSynchronisation + Baud;

    private bool IsOwner => _bus.Current == TwiBusState.Owner;

    public void Enable(bool enabled)
    {
        if (enabled == _enabled) return;
        _enabled = enabled;
        _bus.Enable(enabled);
        Abandon();
    }

    public void Stop(bool stopped) => _timer.Stop(stopped);

    /// <summary>A write of 1 to BUSSTATE: the bus is idle, whatever was under way.</summary>
    public void ForceIdle()
    {
        if (!_enabled) return;
        bool waited = _phase == Phase.Waiting;
        if (IsOwner) Abandon();
        _bus.ForceIdle();
        if (waited) TryStart();
    }

    /// <summary>A write of ADDR: START or repeated START, then the address.</summary>
    public void WriteAddress(byte value)
    {
        _address = value;
        Change(0);
        if (!_enabled) return;
        switch (_bus.Current)
        {
            case TwiBusState.Unknown:
                Change(WIF | BUSERR);
                _services.Diagnostics.Report(DiagnosticKind.Configuration, _facts.Base + 6, $"{_facts.Name}: MASTER.ADDR was written while the bus state is unknown: WIF and BUSERR are set and nothing is sent; write BUSSTATE 1 (idle) to MASTER.STATUS after enabling the master");
                break;
            case TwiBusState.Owner when _phase is Phase.Hold or Phase.Loose:
                Execute(Next.Restart);
                break;
            case TwiBusState.Owner when _goal == Goal.Stop && _phase is Phase.Low or Phase.Rising or Phase.High or Phase.Stopping:
                // Behind a STOP that is on its way (unverified; drivers do not wait for its end).
                _startAfterStop = true;
                break;
            case TwiBusState.Owner:
                TooEarly("MASTER.ADDR");
                break;
            default:
                _phase = Phase.Waiting;
                TryStart();
                break;
        }
    }

    /// <summary>A write of DATA: the byte is sent if the master waits for one.</summary>
    public void WriteData(byte value)
    {
        if (!_enabled || !IsOwner) return;
        if (_phase != Phase.Hold || _reads)
        {
            TooEarly("MASTER.DATA");
            return;
        }

        _data = value;
        Change(_flags & ~(RIF | WIF));
        Send(value, false);
    }

    /// <summary>A read of DATA; in smart mode it answers the slave.</summary>
    public byte ReadData()
    {
        byte data = _data;
        if (!_enabled) return data;
        bool answers = IsSmart && _phase == Phase.Hold && _owesAnswer;
        Change(_flags & ~(RIF | WIF));
        // After NACK nothing more comes: firmware says STOP or repeated START.
        if (answers) Execute(AnswersNack ? Next.Hold : Next.Receive);
        return data;
    }

    /// <summary>A command in CTRLC: 1 repeated START, 2 receive a byte, 3 STOP.</summary>
    public void Command(int command)
    {
        Next next = command switch { 1 => Next.Restart, 2 => Next.Receive, _ => Next.Stop };
        if (!_enabled || (next == Next.Receive && !_reads)) return;
        bool held = _phase is Phase.Hold or Phase.Loose;
        Change(_flags & ~(RIF | WIF));
        if (!IsOwner) return;
        if (held) Execute(next);
        else if (_next == Next.Hold && !_sending && _bit == AcknowledgeBit) _next = next; // the answer is under way
        else TooEarly("a command in MASTER.CTRLC");
    }

    /// <summary>Ones written to flags clear them. With the last of RIF and WIF the master lets go of SCL.</summary>
    public void ClearFlags(int flags)
    {
        bool held = HoldsClock;
        Change(_flags & ~flags);
        if (!held || (_flags & (RIF | WIF)) != 0) return;
        _services.Diagnostics.Report(DiagnosticKind.Configuration, _facts.Base + 4, $"{_facts.Name}: the master's interrupt flag was cleared by writing 1 in the middle of a transaction: SCL is released and slaves see one clock more; let DATA, ADDR or a command clear it");
        _phase = Phase.Loose;
        _lines.DriveScl(TwiLines.Master, false);
    }

    public void OnStart()
    {
        if (_bus.IsIllegal && _enabled) Change(_flags | BUSERR);
        if (_phase == Phase.Starting) _phase = Phase.Waiting;
        else if (IsOwner && _phase != Phase.StartHold) LoseArbitration();
        if (_phase == Phase.Waiting) _timer.Cancel();
    }

    public void OnStop()
    {
        if (_bus.IsIllegal && _enabled) Change(_flags | BUSERR);
        if (_phase == Phase.Stopping)
        {
            _phase = _startAfterStop ? Phase.Waiting : Phase.None;
            _startAfterStop = false;
            _freeCycle = _services.Schedule.Now + Period;
        }
        else if (_phase is not (Phase.None or Phase.Waiting or Phase.Starting))
        {
            LoseArbitration();
        }

        TryStart();
    }

    public void OnClockRise()
    {
        switch (_phase)
        {
            case Phase.Starting:
                _timer.Book(Period);
                break;
            case Phase.Rising when _goal == Goal.Bit:
                if (SampleIsLost())
                {
                    LoseArbitration();
                    return;
                }

                Await();
                break;
            case Phase.Rising:
                Await();
                break;
        }

        void Await()
        {
            _phase = Phase.High;
            _timer.Book(Period - TwiLines.Seen);
        }
    }

    public void OnClockFall()
    {
        switch (_phase)
        {
            case Phase.StartHold:
                _lines.DriveScl(TwiLines.Master, true);
                Send(_address, true);
                break;
            case Phase.High when _goal == Goal.Bit:
                // By the master itself, or by one whose high period is shorter: they go on together.
                _timer.Cancel();
                _lines.DriveScl(TwiLines.Master, true);
                _bit++;
                BitEnded();
                break;
            case Phase.High:
                LoseArbitration(); // another master clocks where this one makes STOP or repeated START
                break;
        }
    }

    public void Reset()
    {
        _enabled = IsSmart = IsQuick = AnswersNack = false;
        Baud = 0;
        _flags = _address = _data = 0;
        _lastSent = _lastReceived = _shift = _bit = 0;
        _reads = false;
        _freeCycle = Never;
        _lowUntil = 0;
        Abandon();
    }

    public void State(StateStream s)
    {
        (int phase, int goal, int next) = ((int)_phase, (int)_goal, (int)_next);
        s.Value(ref _enabled);
        s.Value(ref phase);
        s.Value(ref goal);
        s.Value(ref next);
        s.Value(ref _startAfterStop);
        s.Value(ref _sending);
        s.Value(ref _sendsAddress);
        s.Value(ref _reads);
        s.Value(ref _owesAnswer);
        s.Value(ref _answersNack);
        s.Value(ref _bit);
        s.Value(ref _shift);
        s.Value(ref _freeCycle);
        s.Value(ref _lowUntil);
        s.Value(ref _flags);
        s.Value(ref _address);
        s.Value(ref _data);
        s.Value(ref _lastSent);
        s.Value(ref _lastReceived);
        _timer.State(s);
        (_phase, _goal, _next) = ((Phase)phase, (Goal)goal, (Next)next);
    }

    private void Change(int flags)
    {
        _flags = (byte)flags;
        _flagsChanged();
    }

    // The master's own timing of SCL.
    private void Act()
    {
        switch (_phase)
        {
            case Phase.Starting:
                Start();
                break;
            case Phase.StartHold:
                _lines.DriveScl(TwiLines.Master, true);
                break;
            case Phase.Low:
                _phase = Phase.Rising;
                _lines.DriveScl(TwiLines.Master, false);
                break;
            case Phase.High when _goal == Goal.Bit:
                _lines.DriveScl(TwiLines.Master, true);
                break;
            case Phase.High when _goal == Goal.Restart:
                Start();
                break;
            case Phase.High:
                _phase = Phase.Stopping;
                _lines.DriveSda(TwiLines.Master, false);
                break;
        }
    }

    private void TryStart()
    {
        if (_phase != Phase.Waiting || _bus.Current != TwiBusState.Idle) return;
        _phase = Phase.Starting;
        _lines.CheckPullUps();
        _timer.Book(Math.Max(1, _freeCycle - _services.Schedule.Now));
    }

    private void Start()
    {
        if (!_lines.Scl) return; // somebody holds it: the rise will tell
        if (!_lines.Sda)
        {
            LoseArbitration();
            return;
        }

        _bus.Own();
        _phase = Phase.StartHold;
        _lines.DriveSda(TwiLines.Master, true);
        _timer.Book(Period);
    }

    private void Send(byte value, bool address)
    {
        _sending = true;
        _sendsAddress = address;
        if (address) _reads = (value & 1) != 0;
        _owesAnswer = false;
        _shift = value;
        _bit = 0;
        ClockBit();
    }

    private void Receive()
    {
        _sending = false;
        _owesAnswer = false;
        _shift = 0;
        _bit = 0;
        ClockBit();
    }

    // SCL is low: the bit goes onto SDA and its clock is on its way.
    private void ClockBit()
    {
        bool low = _bit == AcknowledgeBit
            ? !_sending && !_answersNack
            : _sending && ((_shift >> (DataBits - 1 - _bit)) & 1) == 0;
        Clock(Goal.Bit, low);
    }

    private void Clock(Goal goal, bool sdaLow)
    {
        _goal = goal;
        // Straight behind the edge of SCL, or out of a hold with what is left of the low period when firmware was quick.
        bool held = _phase is Phase.Hold or Phase.Loose;
        _lines.DriveScl(TwiLines.Master, true);
        _phase = Phase.Low;
        if (held) _lines.DriveSda(TwiLines.Master, sdaLow);
        else _lines.DriveSdaAfterHold(TwiLines.Master, sdaLow);
        long low = held ? _lowUntil - _services.Schedule.Now : Period - TwiLines.Seen;
        _timer.Book(Math.Max(low, (held ? 0 : _lines.HoldCycles) + TwiLines.Setup));
    }

    // SDA as read back at the rise of SCL: the slave's bit or answer, or the master's own, which another may have pulled low.
    private bool SampleIsLost()
    {
        bool one = _lines.Sda;
        if (_sending)
        {
            if (_bit == AcknowledgeBit) _flags = (byte)(one ? _flags | RXACK : _flags & ~RXACK);
            else return !one && ((_shift >> (DataBits - 1 - _bit)) & 1) != 0;
        }
        else if (_bit == AcknowledgeBit)
        {
            return !one && _answersNack;
        }
        else
        {
            _shift = (_shift << 1) | (one ? 1 : 0);
        }

        return false;
    }

    private void BitEnded()
    {
        if (_bit < DataBits || (_bit == AcknowledgeBit && _sending)) ClockBit();
        else if (_bit == AcknowledgeBit) Received();
        else if (_sending) Sent();
        else Continue();
    }

    private void Received()
    {
        _data = (byte)_shift;
        _owesAnswer = true;
        _lastReceived = _data;
        if (_receivedSignal.IsWatched) _receivedSignal.Changed(_lastReceived);
        Hold(RIF);
    }

    private void Sent()
    {
        bool refused = (_flags & RXACK) != 0;
        _lastSent = (_shift & 0xFF) | (refused ? Refused : 0) | (_sendsAddress ? Address : 0);
        if (_sentSignal.IsWatched) _sentSignal.Changed(_lastSent);
        if (refused || !(_sendsAddress && _reads)) Hold(WIF);
        else if (IsQuick) Hold(RIF);
        else Receive();
    }

    private void Hold(byte flag)
    {
        _phase = Phase.Hold;
        _lowUntil = _services.Schedule.Now + Period - TwiLines.Seen;
        _lines.DriveSdaAfterHold(TwiLines.Master, false);
        if (flag != 0) Change(_flags | flag);
    }

    private void Execute(Next next)
    {
        _next = next;
        if (_owesAnswer)
        {
            _owesAnswer = false;
            _answersNack = AnswersNack;
            ClockBit();
        }
        else
        {
            Continue();
        }
    }

    private void Continue()
    {
        switch (_next)
        {
            case Next.Restart:
                Clock(Goal.Restart, false);
                break;
            case Next.Receive:
                Receive();
                break;
            case Next.Stop:
                Clock(Goal.Stop, true);
                break;
            default:
                Hold(0);
                break;
        }
    }

    private void LoseArbitration()
    {
        Abandon();
        _bus.Lose();
        Change(_flags | WIF | ARBLOST);
    }

    private void Abandon()
    {
        _timer.Cancel();
        _phase = Phase.None;
        _goal = Goal.Bit;
        _next = Next.Hold;
        _sending = _sendsAddress = _owesAnswer = _answersNack = _startAfterStop = false;
        _lines.Release(TwiLines.Master);
    }

    private void TooEarly(string register) =>
        _services.Diagnostics.Report(DiagnosticKind.LostData, _facts.Base + 6, $"{_facts.Name}: {register} was written while the master was not waiting for it, and had no effect; wait for RIF or WIF first");
}
