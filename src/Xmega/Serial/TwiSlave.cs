using Xmega.Signals;
using Xmega.State;

namespace Xmega.Serial;

/// <summary>
/// The slave of a TWI module (8077I 19.6, 19.10): compares the address behind every START, and holds SCL low after the
/// address and after every byte until firmware has answered.
/// </summary>
/// <remarks>It needs no clk_PER to find its address: whoever stops the clock lets it go on, and is told by the interrupt.</remarks>
internal sealed class TwiSlave : ITwiListener
{
    public const byte DIF = 0x80;    // a byte was received or sent
    public const byte APIF = 0x40;   // own address, STOP, or collision
    public const byte RXACK = 0x10;  // the master's answer to a byte sent: 1 is NACK
    public const byte COLL = 0x08;   // a 1 could not be sent
    public const byte BUSERR = 0x04; // START or STOP in the middle of a byte
    public const byte DIR = 0x02;    // the master reads
    public const byte AP = 0x01;     // APIF is from an address

    /// <summary>In the value of the signal: answered by NACK.</summary>
    public const int Refused = 0x100;

    /// <summary>In the value of the signal: an address, with its direction bit.</summary>
    public const int Address = 0x200;

    private const int DataBits = 8;
    private const byte GeneralCallEnable = 0x01; // ADDR bit 0
    private const byte SecondAddress = 0x01;     // ADDRMASK bit 0, ADDREN: the mask is an address of its own

    private readonly TwiLines _lines;
    private readonly TwiBus _bus;
    private readonly Action _flagsChanged;
    private readonly ClockedAction _release;
    private readonly Signal _sentSignal;
    private readonly Signal _receivedSignal;
    private bool _enabled;
    private Phase _phase;
    private Phase _next;       // what follows the answer
    private bool _addressed;   // since its address came, until the next START or STOP
    private bool _isAddress;   // the byte under way, or held, is an address
    private bool _answersNack; // the answer on the line
    private int _bit;
    private int _shift;
    private byte _flags;
    private byte _data;
    private int _lastSent;
    private int _lastReceived;

    public TwiSlave(ChipServices services, TwiFacts facts, TwiLines lines, TwiBus bus, Action flagsChanged)
    {
        _lines = lines;
        _bus = bus;
        _flagsChanged = flagsChanged;
        _release = new ClockedAction(services.Schedule, $"{facts.Name}.SLAVE", () => _lines.DriveScl(TwiLines.Slave, false));
        _sentSignal = services.Signals.Add($"{facts.Name}.SLAVE.TX", SignalKind.Event, 9, "byte sent by the slave; + 0x100: answered by NACK", () => _lastSent);
        _receivedSignal = services.Signals.Add($"{facts.Name}.SLAVE.RX", SignalKind.Event, 10, "byte received by the slave; + 0x200: its address", () => _lastReceived);
    }

    private enum Phase
    {
        Ignore,  // until the next START
        Receive, // an address or data
        Hold,    // SCL is kept low until firmware answers
        Answer,  // the acknowledge bit goes out
        Ready,   // after the answer to an address with DIR: DIF asks for data
        Send,    // data goes out
        Await,   // the master's acknowledge bit comes in
    }

    /// <summary>Gets the flags of STATUS that are the slave's.</summary>
    public byte Flags => _flags;

    /// <summary>Gets CLKHOLD: the slave keeps SCL low until firmware answers.</summary>
    public bool HoldsClock => _phase == Phase.Hold && (_flags & (DIF | APIF)) != 0;

    /// <summary>Gets what DATA holds: the last byte received, an address included, or written.</summary>
    public byte Data => _data;

    /// <summary>Gets or sets ADDR.</summary>
    public byte AddressRegister { get; set; }

    /// <summary>Gets or sets ADDRMASK.</summary>
    public byte AddressMask { get; set; }

    /// <summary>Gets or sets a value indicating whether every address is its own: PMEN.</summary>
    public bool IsPromiscuous { get; set; }

    /// <summary>Gets or sets a value indicating whether STOP sets APIF: PIEN.</summary>
    public bool ReportsStop { get; set; }

    /// <summary>Gets or sets a value indicating whether an access of DATA answers: SMEN.</summary>
    public bool IsSmart { get; set; }

    /// <summary>Gets or sets a value indicating whether the acknowledge action is NACK.</summary>
    public bool AnswersNack { get; set; }

    public void Enable(bool enabled)
    {
        if (enabled == _enabled) return;
        _enabled = enabled;
        Leave();
        _addressed = false;
    }

    public void Stop(bool stopped) => _release.Stop(stopped);

    public byte ReadData()
    {
        byte data = _data;
        if (IsSmart && _phase == Phase.Hold && !_isAddress && (_flags & DIR) == 0) Answer(Phase.Receive);
        return data;
    }

    public void WriteData(byte value)
    {
        _data = value;
        if (IsSmart && _phase == Phase.Hold && !_isAddress && (_flags & DIR) != 0) Send();
    }

    /// <summary>A command in CTRLB: 2 complete the transaction, 3 respond.</summary>
    public void Command(int command)
    {
        bool completes = command == 2, sends = (_flags & DIR) != 0;
        if (_phase != Phase.Hold) Change(_flags & ~(DIF | APIF));
        else if (completes && sends) Complete();
        else if (completes) Answer(Phase.Ignore);
        else if (_isAddress) Answer(sends ? Phase.Ready : Phase.Receive);
        else if (sends) Send();
        else Answer(Phase.Receive);
    }

    /// <summary>Ones written to flags clear them. With the last of DIF and APIF the slave lets go of SCL, and its answer is NACK.</summary>
    public void ClearFlags(int flags)
    {
        bool held = HoldsClock;
        Change(_flags & ~flags);
        if (!held || (_flags & (DIF | APIF)) != 0) return;
        if (_isAddress) Answer(Phase.Ignore, true);
        else if ((_flags & DIR) != 0) Send();
        else Answer(Phase.Receive, true);
    }

    public void OnStart()
    {
        if (!_enabled) return;
        Leave();
        _addressed = false;
        _isAddress = true;
        _phase = Phase.Receive;
        Change((_flags & ~COLL) | (_bus.IsIllegal ? BUSERR : 0));
    }

    public void OnStop()
    {
        if (!_enabled) return;
        if (_bus.IsIllegal) Change(_flags | BUSERR);
        if (_addressed && ReportsStop) Change((_flags & ~AP) | APIF);
        _addressed = false;
        Leave();
    }

    public void OnClockRise()
    {
        bool one = _lines.Sda;
        switch (_phase)
        {
            case Phase.Receive:
                _shift = (_shift << 1) | (one ? 1 : 0);
                _bit++;
                break;
            case Phase.Send when !one && BitToSend():
            case Phase.Answer when !one && _answersNack:
                Leave();
                Change(_flags | COLL | APIF);
                break;
            case Phase.Await:
                Change(one ? _flags | RXACK : _flags & ~RXACK);
                break;
        }
    }

    public void OnClockFall()
    {
        switch (_phase)
        {
            case Phase.Receive when _bit == DataBits:
                Received();
                break;
            case Phase.Answer:
                AfterAnswer();
                break;
            case Phase.Send:
                if (++_bit < DataBits)
                {
                    _lines.DriveSdaAfterHold(TwiLines.Slave, !BitToSend());
                    break;
                }

                _lines.DriveSdaAfterHold(TwiLines.Slave, false);
                _phase = Phase.Await;
                break;
            case Phase.Await:
                _lastSent = (_shift & 0xFF) | ((_flags & RXACK) != 0 ? Refused : 0);
                if (_sentSignal.IsWatched) _sentSignal.Changed(_lastSent);
                Hold(DIF);
                break;
        }
    }

    public void Reset()
    {
        _enabled = IsPromiscuous = ReportsStop = IsSmart = AnswersNack = _addressed = false;
        AddressRegister = AddressMask = 0;
        _flags = _data = 0;
        _lastSent = _lastReceived = 0;
        Leave();
    }

    public void State(StateStream s)
    {
        (int phase, int next) = ((int)_phase, (int)_next);
        s.Value(ref _enabled);
        s.Value(ref phase);
        s.Value(ref next);
        s.Value(ref _addressed);
        s.Value(ref _isAddress);
        s.Value(ref _answersNack);
        s.Value(ref _bit);
        s.Value(ref _shift);
        s.Value(ref _flags);
        s.Value(ref _data);
        s.Value(ref _lastSent);
        s.Value(ref _lastReceived);
        _release.State(s);
        (_phase, _next) = ((Phase)phase, (Phase)next);
    }

    private void Change(int flags)
    {
        _flags = (byte)flags;
        _flagsChanged();
    }

    private bool BitToSend() => ((_shift >> (DataBits - 1 - _bit)) & 1) != 0;

    // By ADDR with the bits that ADDRMASK does not mask, or ADDRMASK as a second address; the general call whatever its direction (errata 6).
    private bool IsOwn(int address)
    {
        if (IsPromiscuous) return true;
        if (address == 0 && (AddressRegister & GeneralCallEnable) != 0) return true;
        int own = AddressRegister >> 1, mask = AddressMask >> 1;
        return (AddressMask & SecondAddress) != 0 ? address == own || address == mask : ((address ^ own) & ~mask) == 0;
    }

    private void Received()
    {
        if (_isAddress && !IsOwn(_shift >> 1))
        {
            _phase = Phase.Ignore;
            return;
        }

        _data = (byte)_shift;
        _lastReceived = _data | (_isAddress ? Address : 0);
        if (_receivedSignal.IsWatched) _receivedSignal.Changed(_lastReceived);
        if (_isAddress)
        {
            _addressed = true;
            _flags = (byte)((_flags & ~DIR) | ((_shift & 1) != 0 ? DIR : 0) | AP);
        }

        Hold(_isAddress ? APIF : DIF);
    }

    private void AfterAnswer()
    {
        _lines.DriveSdaAfterHold(TwiLines.Slave, false);
        _isAddress = false;
        _bit = _shift = 0;
        _phase = _next;
        if (_next == Phase.Ready) Hold(DIF);
    }

    private void Hold(byte flag)
    {
        _phase = Phase.Hold;
        _lines.DriveScl(TwiLines.Slave, true);
        Change(_flags | flag);
    }

    private void Answer(Phase next, bool refuse = false)
    {
        _answersNack = refuse || AnswersNack;
        _next = next;
        Go(Phase.Answer, !_answersNack);
    }

    private void Send()
    {
        _shift = _data;
        _bit = 0;
        Go(Phase.Send, !BitToSend());
    }

    private void Complete() => Go(Phase.Ignore, false);

    // Out of the hold: SDA first, then the clock.
    private void Go(Phase phase, bool sdaLow)
    {
        _phase = phase;
        _lines.DriveSda(TwiLines.Slave, sdaLow);
        _release.Book(TwiLines.Setup);
        Change(_flags & ~(DIF | APIF));
    }

    private void Leave()
    {
        _phase = Phase.Ignore;
        _isAddress = _answersNack = false;
        _bit = _shift = 0;
        _release.Cancel();
        _lines.Release(TwiLines.Slave);
    }
}
