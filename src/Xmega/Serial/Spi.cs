using Xmega.Dma;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>SPI, master and slave (8077I ch. 20): one shift register between MOSI and MISO, a buffer for what was received.</summary>
/// <remarks>
/// Limitations: the prescaler restarts with every byte, so that the first SCK edge comes half a period after the write of
/// DATA (unverified). MOSI of the master keeps its last bit between bytes (unverified). A slave shifts on the edges of
/// SCK themselves, and the end of a byte takes two cycles to reach IF. A change of CTRL during a byte takes effect with
/// the next edge (unverified).
/// </remarks>
internal sealed class Spi : IoModule, IPinListener
{
    private const int CTRL = 0;
    private const int INTCTRL = 1;
    private const int STATUS = 2;
    private const int DATA = 3;

    private const byte CLK2X = 0x80;     // double speed, master only
    private const byte ENABLE = 0x40;    // the pins belong to the module
    private const byte DORD = 0x20;      // lowest bit first
    private const byte MASTER = 0x10;    // master; the hardware clears it when another master pulls SS low
    private const byte CPOL = 0x08;      // MODE bit 1: SCK is high when idle
    private const byte CPHA = 0x04;      // MODE bit 0: sampled at the trailing edge
    private const byte PRESCALER = 0x03; // SCK = clk_PER / 4, 16, 64, 128

    private const byte INTLVL = 0x03; // interrupt level

    private const byte IF = 0x80;    // a byte is complete, or SS took the mastership away
    private const byte WRCOL = 0x40; // DATA was written during a transfer

    private const int SS = 4; // pins of the port
    private const int MOSI = 5;
    private const int MISO = 6;
    private const int SCK = 7;

    private const int EdgesOfByte = 16;

    /// <summary>Cycles for which each level of a slave's SCK has to stand to be sure of being seen (8077I 20.4).</summary>
    private const int ShortestLevel = 2;

    private readonly ChipServices _services;
    private readonly Pin _ss;
    private readonly Pin _mosi;
    private readonly Pin _miso;
    private readonly Pin _sck;
    private readonly PinOverride[] _hands;
    private readonly InterruptLine _interrupt;
    private readonly DmaRequestLine _request;
    private readonly ClockedAction _edge;     // master: the next edge of SCK
    private readonly ClockedAction _received; // slave: a complete byte reaches the buffer
    private readonly ClockedAction _selected; // master: a low level of SS has passed the synchroniser
    private readonly Signal _sentSignal;
    private readonly Signal _receivedSignal;
    private byte _ctrl;
    private byte _intctrl;
    private byte _flags;     // IF, WRCOL
    private byte _seen;      // flags that a read of STATUS showed: the next access of DATA clears them
    private byte _shift;     // the bit to be sent next is bit 7
    private bool _latch;     // the sampled bit
    private bool _output;    // the bit on the pin
    private int _edges;      // edges of SCK in this byte
    private bool _transfers; // master: a byte is under way
    private byte _complete;  // slave: the byte on its way to the buffer
    private byte _buffer;
    private byte _lastSent;
    private long _lastEdge;
    private bool _hearsSs;
    private bool _hearsSck;

    public Spi(ChipServices services, SpiFacts facts, Pin[] pins, PinOverride[] hands)
        : base(facts.Name, facts.Base, Map)
    {
        _services = services;
        _hands = hands;
        (_ss, _mosi, _miso, _sck) = (pins[SS], pins[MOSI], pins[MISO], pins[SCK]);
        _ss.DirectionChanged += ReviewSelection;
        _interrupt = services.Interrupts.Connect(facts.Vector, $"{facts.Name}_INT", () => Clear(IF));
        _request = services.DmaRequests.Add(facts.Name, facts.DmaTrigger);
        _edge = new ClockedAction(services.Schedule, $"{facts.Name}.SCK", MasterEdge);
        _received = new ClockedAction(services.Schedule, $"{facts.Name}.RX", () => Complete(_complete));
        _selected = new ClockedAction(services.Schedule, $"{facts.Name}.SS", LoseMastership);
        _sentSignal = services.Signals.Add($"{facts.Name}.TX", SignalKind.Event, 8, "byte sent, in the cycle in which its transfer begins", () => _lastSent);
        _receivedSignal = services.Signals.Add($"{facts.Name}.RX", SignalKind.Event, 8, "byte received, in the cycle in which IF is set", () => _buffer);
    }

    private static RegisterTable Map { get; } = new RegisterTable("SPI", 4)
        .Add(CTRL, "CTRL", CLK2X | ENABLE | DORD | MASTER | CPOL | CPHA | PRESCALER)
        .Add(INTCTRL, "INTCTRL", INTLVL)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly)
        .Add(DATA, "DATA", 0xFF, Access.Data);

    private bool IsMaster => (_ctrl & (ENABLE | MASTER)) == (ENABLE | MASTER);

    private bool IsSlave => (_ctrl & (ENABLE | MASTER)) == ENABLE;

    private bool IdleLevel => (_ctrl & CPOL) != 0;

    private bool SamplesTrailing => (_ctrl & CPHA) != 0;

    // A slave is busy from the first edge of SCK on.
    private bool IsShifting => _transfers || (IsSlave && _edges > 0);

    // Half a period of SCK in cycles: clk_PER / 4, 16, 64, 128, and twice as fast with CLK2X.
    private int HalfPeriod
    {
        get
        {
            int half = (_ctrl & PRESCALER) switch { 0 => 2, 1 => 8, 2 => 32, _ => 64 };
            return (_ctrl & CLK2X) != 0 ? half / 2 : half;
        }
    }

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        INTCTRL => _intctrl,
        STATUS => _flags,
        DATA => _buffer,
        _ => 0,
    };

    public override byte Read(int offset)
    {
        if (offset == STATUS) _seen = _flags;
        if (offset == DATA) DataAccessed();
        return Peek(offset);
    }

    public override long HoldsUntil(int offset) => offset is STATUS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                WriteControl(value);
                break;
            case INTCTRL:
                _intctrl = value;
                _interrupt.Level = value & INTLVL;
                break;
            case DATA:
                DataAccessed();
                WriteData(value);
                break;
        }
    }

    public override void Reset()
    {
        _ctrl = _intctrl = _flags = _seen = _shift = _complete = _buffer = _lastSent = 0;
        _latch = _output = _transfers = false;
        _edges = 0;
        _lastEdge = 0;
        _edge.Cancel();
        _received.Cancel();
        _selected.Cancel();
        _interrupt.Level = 0;
        _interrupt.IsRequested = _request.IsRequested = false;
        Drive();
    }

    public override void State(StateStream s)
    {
        bool requested = _request.IsRequested;
        s.Value(ref _ctrl);
        s.Value(ref _intctrl);
        s.Value(ref _flags);
        s.Value(ref _seen);
        s.Value(ref _shift);
        s.Value(ref _latch);
        s.Value(ref _output);
        s.Value(ref _edges);
        s.Value(ref _transfers);
        s.Value(ref _complete);
        s.Value(ref _buffer);
        s.Value(ref _lastSent);
        s.Value(ref _lastEdge);
        s.Value(ref requested);
        _edge.State(s);
        _received.State(s);
        _selected.State(s);
        if (!s.IsRestoring) return;
        _interrupt.Level = _intctrl & INTLVL;
        _interrupt.IsRequested = (_flags & IF) != 0;
        _request.IsRequested = requested;
        Drive();
    }

    void IPinListener.OnPinChanged(Pin pin)
    {
        if (pin == _ss) ReviewSelection();
        else if (pin == _sck && IsSlave && !IsStopped && !_ss.ReadsHigh) SlaveEdge();
    }

    // Power reduction: everything stands still (8077I 8.4). A slave does not see what the lines do meanwhile.
    protected override void OnStoppedChanged()
    {
        _edge.Stop(IsStopped);
        _received.Stop(IsStopped);
        _selected.Stop(IsStopped);
        if (!IsStopped) ReviewSelection();
    }

    private static byte Reverse(byte b) => (byte)(((b * 0x0202020202UL) & 0x010884422010UL) % 1023);

    private byte Ordered(byte value) => (_ctrl & DORD) != 0 ? Reverse(value) : value;

    private void WriteControl(byte value)
    {
        int changed = _ctrl ^ value;
        _ctrl = value;
        if ((changed & (ENABLE | MASTER)) != 0) Abort();
        Drive();
        if (IsMaster && SelectedByOther) LoseMastership();
    }

    // Flags that STATUS showed are cleared by the access of DATA that follows; it serves the DMA request too.
    private void DataAccessed()
    {
        Clear(_seen);
        _seen = 0;
        _request.IsRequested = false;
    }

    private void WriteData(byte value)
    {
        if (IsShifting)
        {
            _flags |= WRCOL;
            _services.Diagnostics.Report(DiagnosticKind.LostData, BaseAddress + DATA, $"write to {Name}.DATA during a transfer: the byte is lost and WRCOL is set; wait for IF first");
            return;
        }

        _shift = Ordered(value);
        if (!IsMaster)
        {
            if (IsSlave && !SamplesTrailing) Output();
            return;
        }

        _transfers = true;
        _edges = 0;
        Begin();
        if (!SamplesTrailing) Output();
        _edge.Book(HalfPeriod);
    }

    private void Begin()
    {
        _lastSent = Ordered(_shift);
        if (_sentSignal.IsWatched) _sentSignal.Changed(_lastSent);
    }

    private void MasterEdge()
    {
        bool leading = (_edges & 1) == 0;
        _hands[SCK].SetValue(leading != IdleLevel);
        Shift(leading, _miso);
        if (_edges < EdgesOfByte)
        {
            _edge.Book(HalfPeriod);
            return;
        }

        _transfers = false;
        _edges = 0;
        Complete(Ordered(_shift));
    }

    private void SlaveEdge()
    {
        long now = _services.Schedule.Now;
        if (now - _lastEdge < ShortestLevel && _lastEdge != 0)
            _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress, $"{Name}: SCK of the master is too fast for this slave: each level has to last {ShortestLevel} cycles of clk_PER; the real part may miss edges");
        _lastEdge = now;
        bool leading = _sck.ReadsHigh != IdleLevel;
        // A byte begins with a leading edge: one that starts in the middle of a period has the wrong MODE (unverified).
        if (leading != ((_edges & 1) == 0)) return;
        if (_edges == 0) Begin();
        Shift(leading, _mosi);
        if (_edges < EdgesOfByte) return;
        _edges = 0;
        _complete = Ordered(_shift);
        if (!SamplesTrailing) Output();
        _received.Book(Latency.PinSynchroniser);
    }

    // One edge samples, the other shifts. With CPHA the byte's first edge only brings its first bit out, and the last bit moves in with the last edge.
    private void Shift(bool leading, Pin input)
    {
        _edges++;
        if (leading != SamplesTrailing)
        {
            _latch = input.ReadsHigh;
            if (_edges < EdgesOfByte) return;
        }

        if (_edges > 1) _shift = (byte)((_shift << 1) | (_latch ? 1 : 0));
        if (_edges < EdgesOfByte) Output();
    }

    private void Output()
    {
        _output = (_shift & 0x80) != 0;
        _hands[IsMaster ? MOSI : MISO].SetValue(_output);
    }

    private void Complete(byte value)
    {
        _buffer = value;
        _flags |= IF;
        _interrupt.IsRequested = true;
        _request.IsRequested = true;
        if (_receivedSignal.IsWatched) _receivedSignal.Changed(value);
    }

    private void Clear(int flags)
    {
        _flags &= (byte)~flags;
        _interrupt.IsRequested = (_flags & IF) != 0;
    }

    private void Abort()
    {
        _edge.Cancel();
        _selected.Cancel();
        _transfers = false;
        _edges = 0;
    }

    private bool SelectedByOther => !_ss.IsOutput && !_ss.ReadsHigh;

    // SS changed its level or direction.
    private void ReviewSelection()
    {
        if (IsStopped) return;
        if (IsMaster)
        {
            if (!SelectedByOther) _selected.Cancel();
            else if (!_selected.IsBooked) _selected.Book(Latency.PinSynchroniser);
        }
        else if (IsSlave)
        {
            // SS high resets the slave's bit counter; a partial byte is lost.
            _edges = 0;
            _lastEdge = 0;
            if (!_ss.ReadsHigh && !SamplesTrailing) Output();
            ReleaseMiso();
        }
    }

    private void LoseMastership()
    {
        if (_ss.Level == LogicLevel.Floating)
            _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + CTRL, $"{Name}: SS ({_ss.Name}) is an input that nobody drives, and read as low that takes the mastership away: MASTER was cleared and IF set; make SS an output or pull it up");
        _ctrl &= unchecked((byte)~MASTER);
        Abort();
        _flags |= IF;
        _interrupt.IsRequested = true;
        Drive();
    }

    // The module's hands on its pins and ears at them, as CTRL says.
    private void Drive()
    {
        Hear(_ss, ref _hearsSs, IsMaster || IsSlave);
        Hear(_sck, ref _hearsSck, IsSlave);
        _hands[SS].SetDirection(IsSlave ? false : null);
        _hands[MOSI].SetDirection(IsSlave ? false : null);
        _hands[MOSI].SetValue(IsMaster ? _output : null);
        _hands[MISO].SetValue(IsSlave ? _output : null);
        _hands[SCK].SetDirection(IsSlave ? false : null);
        _hands[SCK].SetValue(IsMaster ? IdleLevel != ((_edges & 1) != 0) : null);
        ReleaseMiso();
    }

    // Input of the master; the slave's output, in the direction that firmware gives it, only while SS is low.
    private void ReleaseMiso() => _hands[MISO].SetDirection(IsMaster || (IsSlave && _ss.ReadsHigh) ? false : null);

    private void Hear(Pin pin, ref bool hears, bool wanted)
    {
        if (hears == wanted) return;
        hears = wanted;
        if (wanted) pin.Listen(this);
        else pin.StopListening(this);
    }
}
