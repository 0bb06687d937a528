using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>What makes the bits of a USART.</summary>
internal enum UsartClocking
{
    /// <summary>Nothing yet, or the baud generator alone: no XCK.</summary>
    Timed,

    /// <summary>XCK, which the USART makes while receiver or transmitter is on.</summary>
    SynchronousMaster,

    /// <summary>XCK, which comes from outside.</summary>
    SynchronousSlave,

    /// <summary>XCK, which the USART makes for each byte.</summary>
    MasterSpi,
}

/// <summary>
/// XCK of a USART (8077I 21.3): TXD changes at one edge, RXD is sampled at the other. In synchronous mode TXD changes at
/// the rising and RXD is sampled at the falling edge; INVEN of the pin turns that round.
/// </summary>
/// <remarks>
/// As a synchronous master XCK runs on between frames (unverified). A slave sees XCK, and RXD with it, behind the
/// synchroniser. Master SPI begins a byte at the next tick behind the write of DATA (unverified).
/// </remarks>
internal sealed class UsartClock : IPinListener
{
    private const int EdgesOfByte = 16;
    private const int Idle = -1;

    private const byte XCK = 0x01; // bits of the synchroniser
    private const byte RXD = 0x02;

    private readonly ChipServices _services;
    private readonly UsartFacts _facts;
    private readonly BaudGenerator _baud;
    private readonly UsartTransmitter _transmitter;
    private readonly UsartReceiver _receiver;
    private readonly Pin _xck;
    private readonly Pin _rxd;
    private readonly PinOverride _hand;
    private readonly ScheduledAction _edge;
    private readonly ClockedAction _sample;
    private readonly PinSynchroniser _synchroniser = new();
    private UsartClocking _clocking;
    private long _tick;
    private int _edges = Idle; // of the byte, in master SPI
    private bool _level;       // of XCK: made, or seen
    private long _lastChange;
    private bool _stopped;
    private bool _listens;

    public UsartClock(ChipServices services, UsartFacts facts, BaudGenerator baud, UsartTransmitter transmitter, UsartReceiver receiver, Pin xck, Pin rxd, PinOverride hand)
    {
        _services = services;
        _facts = facts;
        _baud = baud;
        _transmitter = transmitter;
        _receiver = receiver;
        _xck = xck;
        _rxd = rxd;
        _hand = hand;
        _edge = services.Schedule.Create($"{facts.Name}.XCK", Phase.Module, MakeEdge);
        _sample = new ClockedAction(services.Schedule, $"{facts.Name}.XCKIN", SeeEdges);
    }

    /// <summary>Gets or sets a value indicating whether master SPI samples at the trailing edge: UCPHA.</summary>
    public bool SamplesTrailing { get; set; }

    /// <summary>Gets the cycle at which everything handed to the transmitter will have been clocked out.</summary>
    public long IdleCycle
    {
        get
        {
            int bits = _transmitter.BitsLeft;
            if (bits == 0) return _services.Schedule.Now;
            return _clocking == UsartClocking.SynchronousSlave ? ScheduledAction.Never : _baud.CycleOf(_tick + (BaudGenerator.EdgesOfClock * (bits + 1)));
        }
    }

    /// <summary>Takes another clock; what was under way is given up.</summary>
    public void Use(UsartClocking clocking)
    {
        if (clocking == _clocking) return;
        _clocking = clocking;
        _edge.Cancel();
        _edges = Idle;
        _level = false;
        Listen();
        Drive();
        if (clocking != UsartClocking.SynchronousMaster) return;
        _tick = _baud.FirstTickFrom(_services.Schedule.Now + 1);
        _edge.Book(_baud.CycleOf(_tick));
    }

    /// <summary>Begins a byte of master SPI, if one waits.</summary>
    public void TryStart()
    {
        if (_clocking != UsartClocking.MasterSpi || _edges != Idle || !_transmitter.IsReady) return;
        if (!_xck.IsOutput) _services.Diagnostics.Report(DiagnosticKind.Configuration, _facts.Base + 5, $"{_facts.Name}: master SPI mode with XCK ({_xck.Name}) as an input: the clock does not leave the chip; make it an output");
        _edges = 0;
        _tick = _baud.FirstTickFrom(_services.Schedule.Now + 1);
        _edge.Book(_baud.CycleOf(_tick));
    }

    /// <summary>Moves what is booked after the rate changed, or the clock stopped or went on.</summary>
    public void BaudChanged()
    {
        if (_clocking == UsartClocking.SynchronousMaster || _edges != Idle) _edge.Book(_baud.CycleOf(_tick));
    }

    public void Stop(bool stopped)
    {
        _stopped = stopped;
        _sample.Stop(stopped);
    }

    public void Reset()
    {
        Use(UsartClocking.Timed);
        _sample.Cancel();
        _tick = _lastChange = 0;
    }

    public void State(StateStream s)
    {
        int clocking = (int)_clocking;
        s.Value(ref clocking);
        s.Value(ref _tick);
        s.Value(ref _edges);
        s.Value(ref _level);
        s.Value(ref _lastChange);
        s.Value(ref _stopped);
        if (s.IsRestoring)
        {
            _clocking = (UsartClocking)clocking;
            Listen();
            Drive();
        }

        _synchroniser.State(s);
        s.Value(_edge);
        _sample.State(s);
    }

    void IPinListener.OnPinChanged(Pin pin)
    {
        if (_stopped) return;
        long now = _services.Schedule.Now;
        if (now - _lastChange < Latency.PinSynchroniser && _lastChange != 0)
            _services.Diagnostics.Report(DiagnosticKind.Configuration, _facts.Base + 6, $"{_facts.Name}: XCK from outside is too fast for a synchronous slave: each level has to be sampled twice by clk_PER; the real part may miss edges");
        _lastChange = now;
        _synchroniser.Change(now, (byte)((_xck.ReadsHigh ? XCK : 0) | (_rxd.ReadsHigh ? RXD : 0)));
        if (!_sample.IsBooked) _sample.Book(Latency.PinSynchroniser);
    }

    private void SeeEdges()
    {
        long now = _services.Schedule.Now;
        byte levels = _synchroniser.At(now);
        long next = _synchroniser.NextChange(now);
        if (next != ScheduledAction.Never) _sample.Book(next - now);
        bool level = (levels & XCK) != 0;
        if (level == _level) return;
        _level = level;
        Synchronous((levels & RXD) != 0);
    }

    private void MakeEdge()
    {
        if (_clocking == UsartClocking.MasterSpi)
        {
            MakeSpiEdge();
            return;
        }

        _level = !_level;
        Drive();
        Synchronous(_rxd.ReadsHigh);
        if (_clocking == UsartClocking.SynchronousMaster) _edge.Book(_baud.CycleOf(++_tick)); // the end of the last frame may have switched it off
    }

    private void Synchronous(bool rxd)
    {
        if (!_level)
        {
            if (_receiver.IsOn) _receiver.Sample(rxd);
        }
        else if (!_transmitter.Shift() && _transmitter.IsReady)
        {
            _transmitter.Load(true);
        }
    }

    // Edge 0 is the begin of a byte, before its clock; edges 1 to 16 are those of SCK.
    private void MakeSpiEdge()
    {
        if (_edges == 0)
        {
            _transmitter.Load(!SamplesTrailing);
        }
        else
        {
            bool leading = (_edges & 1) != 0;
            _level = leading;
            Drive();
            if (leading != SamplesTrailing)
            {
                if (_receiver.IsOn) _receiver.SampleBare(_rxd.ReadsHigh, _transmitter.IsLowestFirst);
            }
            else if (_edges < EdgesOfByte)
            {
                _transmitter.Shift();
            }

            if (_edges == EdgesOfByte)
            {
                _transmitter.Finish();
                _edges = Idle;
                if (!_transmitter.IsReady) return;
                _edges = 0;
                _transmitter.Load(!SamplesTrailing);
            }
        }

        _edges++;
        _edge.Book(_baud.CycleOf(++_tick));
    }

    private void Listen()
    {
        bool listens = _clocking == UsartClocking.SynchronousSlave;
        if (listens == _listens) return;
        _listens = listens;
        if (listens)
        {
            _xck.Listen(this);
            _level = _xck.ReadsHigh;
            _synchroniser.Settle((byte)((_level ? XCK : 0) | (_rxd.ReadsHigh ? RXD : 0)));
        }
        else
        {
            _xck.StopListening(this);
            _sample.Cancel();
        }
    }

    private void Drive() => _hand.SetValue(_clocking is UsartClocking.SynchronousMaster or UsartClocking.MasterSpi ? _level : null);
}
