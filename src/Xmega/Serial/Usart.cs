using Xmega.Memory;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>USART (8077I ch. 21): registers, baud generator, transmitter, receiver.</summary>
/// <remarks>
/// Limitations: a change of INVEN of the RXD pin while the receiver is on is heard with the line's next change. With a
/// reserved CHSIZE a character has 8 bits, with a reserved PMODE no parity (unverified). As a synchronous master XCK runs
/// on between frames (unverified). A change of CMODE gives up the frame under way.
/// </remarks>
internal sealed class Usart : IoModule, IUsartPort
{
    private const int DATA = 0;
    private const int STATUS = 1;
    private const int CTRLA = 3;
    private const int CTRLB = 4;
    private const int CTRLC = 5;
    private const int BAUDCTRLA = 6;
    private const int BAUDCTRLB = 7;

    private const byte RXCIF = 0x80;  // unread data in the receive buffer
    private const byte TXCIF = 0x40;  // everything sent
    private const byte DREIF = 0x20;  // transmit buffer empty
    private const byte FERR = 0x10;   // next character had a stop bit of 0
    private const byte BUFOVF = 0x08; // characters were lost
    private const byte PERR = 0x04;   // next character has a parity error
    private const byte RXB8 = 0x01;   // ninth bit of the next character

    private const byte RXCINTLVL = 0x30; // interrupt level of RXC
    private const byte TXCINTLVL = 0x0C; // interrupt level of TXC
    private const byte DREINTLVL = 0x03; // interrupt level of DRE

    private const byte RXEN = 0x10;  // receiver enable
    private const byte TXEN = 0x08;  // transmitter enable
    private const byte CLK2X = 0x04; // double speed: 8 samples a bit
    private const byte MPCM = 0x02;  // multiprocessor mode: only address frames are received
    private const byte TXB8 = 0x01;  // ninth bit of the character to send

    private const byte CMODE = 0xC0;  // communication mode
    private const byte PMODE = 0x30;  // parity mode
    private const byte SBMODE = 0x08; // two stop bits
    private const byte CHSIZE = 0x07; // character size

    private const byte UDORD = 0x04; // master SPI: lowest bit first
    private const byte UCPHA = 0x02; // master SPI: sample at the trailing edge

    private const byte CMODE_ASYNCHRONOUS = 0x00;
    private const byte CMODE_SYNCHRONOUS = 0x40;
    private const byte CMODE_IRDA = 0x80;
    private const byte CMODE_MSPI = 0xC0;
    private const byte PMODE_DISABLED = 0x00;
    private const byte PMODE_RESERVED = 0x10;
    private const byte CHSIZE_8BIT = 3;
    private const byte CHSIZE_9BIT = 7;

    /// <summary>CTRLC after reset: eight bits (unverified; some of the manual's tables show 0x06).</summary>
    private const byte InitialCtrlc = 0x03;

    private readonly ChipServices _services;
    private readonly PinOverride _rxdOverride;
    private readonly Pin _xck;
    private readonly BaudGenerator _baud = new();
    private readonly UsartInput _input;
    private readonly UsartOutput _output;
    private readonly UsartClock _clock;
    private readonly UsartTransmitter _transmitter;
    private readonly UsartReceiver _receiver;
    private byte _ctrla;
    private byte _ctrlb;
    private byte _ctrlc;
    private byte _baudctrla;
    private byte _baudctrlb;

    /// <summary>Initializes a new instance of the <see cref="Usart"/> class.</summary>
    /// <param name="services">What every module may use.</param>
    /// <param name="facts">What distinguishes it from the others.</param>
    /// <param name="ircom">The settings of IrDA mode.</param>
    /// <param name="pins">XCK, RXD, TXD.</param>
    /// <param name="hands">Its hands on them.</param>
    public Usart(ChipServices services, UsartFacts facts, Ircom ircom, Pin[] pins, PinOverride[] hands)
        : base(facts.Name, facts.Base, Map)
    {
        _services = services;
        (_xck, Rxd, Txd) = (pins[0], pins[1], pins[2]);
        _rxdOverride = hands[1];
        _input = new UsartInput(services, facts, _baud, ircom, Rxd);
        _receiver = new UsartReceiver(services, facts, _baud, _input);
        _output = new UsartOutput(services, facts, _baud, ircom, Txd, hands[2]);
        _transmitter = new UsartTransmitter(services, facts, _baud, _output, RunClocks);
        _clock = new UsartClock(services, facts, _baud, _transmitter, _receiver, _xck, Rxd, hands[0]);
        _xck.DirectionChanged += RunClocks;
        ircom.Changed += ConfigureLines;
    }

    public event Action? ReceiverChanged;

    public Pin Rxd { get; }

    public Pin Txd { get; }

    public FrameFormat Format => _transmitter.Format;

    public BitTime BitTime => _baud.BitTime;

    public bool IsReceiverOn => _receiver.IsOn;

    public bool IsTransmitterOn => _transmitter.IsOn;

    public int UnreadCharacters => _receiver.Count;

    public long TransmitterIdleCycle => IsTimed ? _transmitter.IdleCycle : _clock.IdleCycle;

    public bool IsMasterSpi => (_ctrlc & CMODE) == CMODE_MSPI;

    // The modes in which the baud generator alone clocks the bits.
    private bool IsTimed => (_ctrlc & CMODE) is CMODE_ASYNCHRONOUS or CMODE_IRDA;

    private static RegisterTable Map { get; } = new RegisterTable("USART", 8)
        .Add(DATA, "DATA", 0xFF, Access.Data)
        .Add(STATUS, "STATUS", TXCIF, Access.WriteOneToClear) // RXCIF follows the buffer: writing 1 has no effect on unread data (unverified)
        .Add(CTRLA, "CTRLA", RXCINTLVL | TXCINTLVL | DREINTLVL)
        .Add(CTRLB, "CTRLB", RXEN | TXEN | CLK2X | MPCM | TXB8)
        .Add(CTRLC, "CTRLC", CMODE | PMODE | SBMODE | CHSIZE)
        .Add(BAUDCTRLA, "BAUDCTRLA", 0xFF)
        .Add(BAUDCTRLB, "BAUDCTRLB", 0xFF);

    public override byte Peek(int offset) => offset switch
    {
        DATA => (byte)_receiver.Oldest,
        STATUS => Status(),
        CTRLA => _ctrla,
        CTRLB => _ctrlb,
        CTRLC => _ctrlc,
        BAUDCTRLA => _baudctrla,
        BAUDCTRLB => _baudctrlb,
        _ => 0,
    };

    public override byte Read(int offset)
    {
        byte value = Peek(offset);
        if (offset != DATA) return value;
        _receiver.Pop();
        ReceiverChanged?.Invoke();
        return value;
    }

    public override long HoldsUntil(int offset) => offset is STATUS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        long now = _services.Schedule.Now;
        switch (offset)
        {
            case DATA:
                CheckSettings();
                if (!_transmitter.IsDataRegisterEmpty) _services.Diagnostics.Report(DiagnosticKind.LostData, BaseAddress, $"write to {Name}.DATA while DREIF is 0: the character is lost; wait for DREIF first");
                _transmitter.Write(value | ((_ctrlb & TXB8) << 8));
                _clock.TryStart();
                return;
            case STATUS:
                if ((value & TXCIF) != 0) _transmitter.ClearComplete();
                return;
            case CTRLA:
                _ctrla = value;
                SetLevels();
                return;
        }

        _receiver.CatchUp();
        switch (offset)
        {
            case CTRLB:
                _ctrlb = value;
                Apply();
                if ((value & (RXEN | TXEN)) != 0) CheckSettings();
                break;
            case CTRLC:
                _ctrlc = value;
                Apply();
                break;
            case BAUDCTRLA:
                _baudctrla = value;
                _baud.SetLow(value, now);
                _transmitter.BaudChanged();
                _clock.BaudChanged();
                break;
            case BAUDCTRLB:
                _baudctrlb = value;
                _baud.SetHigh(value, now);
                _transmitter.BaudChanged();
                _clock.BaudChanged();
                break;
        }

        _receiver.SettingsChanged();
    }

    public override void Reset()
    {
        _ctrla = _ctrlb = _baudctrla = _baudctrlb = 0;
        _ctrlc = InitialCtrlc;
        SetLevels();
        _transmitter.Reset();
        _receiver.Reset();
        _output.Reset();
        _clock.Reset();
        _baud.Reset();
        Apply();
        ReceiverChanged?.Invoke();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrla);
        s.Value(ref _ctrlb);
        s.Value(ref _ctrlc);
        s.Value(ref _baudctrla);
        s.Value(ref _baudctrlb);
        if (s.IsRestoring)
        {
            SetLevels();
            SetFormat();
        }

        _baud.State(s);
        _input.State(s);
        _output.State(s);
        _clock.State(s);
        _transmitter.State(s);
        _receiver.State(s);
    }

    // Power reduction: everything stands still, and goes on where it stopped (8077I 8.4).
    protected override void OnStoppedChanged()
    {
        _receiver.CatchUp();
        _baud.Freeze(IsStopped, _services.Schedule.Now);
        _transmitter.BaudChanged();
        _clock.BaudChanged();
        _clock.Stop(IsStopped);
        _input.Freeze(IsStopped);
        _output.Stop(IsStopped);
        _receiver.SettingsChanged();
    }

    private byte Status()
    {
        int entry = _receiver.Oldest;
        int status = 0;
        if (_receiver.Count > 0) status |= RXCIF;
        if (_transmitter.IsComplete) status |= TXCIF;
        if (_transmitter.IsDataRegisterEmpty) status |= DREIF;
        if ((entry & UsartReceiver.FramingError) != 0) status |= FERR;
        if (_receiver.HasOverflowed) status |= BUFOVF;
        if ((entry & UsartReceiver.ParityError) != 0) status |= PERR;
        if ((entry & 0x100) != 0) status |= RXB8;
        // Bare bytes have neither stop nor parity bit, and overflow is not reported (8077I 21.9).
        if (IsMasterSpi) status &= RXCIF | TXCIF | DREIF;
        return (byte)status;
    }

    private void SetLevels()
    {
        _receiver.SetLevel((_ctrla & RXCINTLVL) >> 4);
        _transmitter.SetLevels(_ctrla & DREINTLVL, (_ctrla & TXCINTLVL) >> 2);
    }

    // What CTRLB and CTRLC say goes to the parts; the baud generator first, whose ticks the parts count.
    private void Apply()
    {
        SetFormat();
        _rxdOverride.SetDirection((_ctrlb & RXEN) != 0 ? false : null);
        ConfigureLines();
        if ((_ctrlb & (RXEN | TXEN)) != 0) _baud.Run(true, _services.Schedule.Now);
        bool receives = (_ctrlb & RXEN) != 0;
        bool changed = receives != _receiver.IsOn;
        _receiver.Switch(receives, IsTimed);
        _transmitter.Enable((_ctrlb & TXEN) != 0);
        RunClocks();
        if (changed) ReceiverChanged?.Invoke();
    }

    private void ConfigureLines()
    {
        bool infrared = (_ctrlc & CMODE) == CMODE_IRDA;
        _input.Configure(infrared);
        _output.Configure(infrared, _transmitter.IsOn);
    }

    private void SetFormat()
    {
        FrameParity parity = (_ctrlc & PMODE) is PMODE_DISABLED or PMODE_RESERVED ? FrameParity.None : (FrameParity)((_ctrlc & PMODE) >> 4);
        int dataBits = (_ctrlc & CHSIZE) switch
        {
            CHSIZE_9BIT => 9,
            > CHSIZE_8BIT => 8,
            var size => 5 + size,
        };
        var format = new FrameFormat(dataBits, parity, (_ctrlc & SBMODE) != 0 ? 2 : 1);
        _transmitter.Format = _receiver.Format = format;
        _transmitter.IsTimed = IsTimed;
        _transmitter.IsBare = IsMasterSpi;
        _transmitter.IsLowestFirst = (_ctrlc & UDORD) != 0;
        _clock.SamplesTrailing = (_ctrlc & UCPHA) != 0;
        _receiver.KeepsAddressesOnly = (_ctrlb & MPCM) != 0;
        _baud.TicksPerBit = !IsTimed ? BaudGenerator.EdgesOfClock : (_ctrlb & CLK2X) != 0 ? BaudGenerator.DoubleSpeed : BaudGenerator.NormalSpeed;
    }

    // The baud generator and XCK run while the receiver or the transmitter is on; the direction of XCK says who makes it.
    private void RunClocks()
    {
        bool on = (_ctrlb & RXEN) != 0 || _transmitter.IsOn;
        UsartClocking clocking = (_ctrlc & CMODE) switch
        {
            _ when !on => UsartClocking.Timed,
            CMODE_SYNCHRONOUS => _xck.IsOutput ? UsartClocking.SynchronousMaster : UsartClocking.SynchronousSlave,
            CMODE_MSPI => UsartClocking.MasterSpi,
            _ => UsartClocking.Timed,
        };
        _baud.MakeClock(!IsTimed, _services.Schedule.Now);
        _baud.Run(on, _services.Schedule.Now);
        _clock.Use(clocking);
        _clock.TryStart();
    }

    // Looked at when the settings are put to use, because firmware may pass through odd ones while it sets them up.
    private void CheckSettings()
    {
        if ((_ctrlb & (RXEN | TXEN)) == 0) return;
        if (IsMasterSpi) return;
        if ((_ctrlc & CHSIZE) is > CHSIZE_8BIT and < CHSIZE_9BIT)
            Report(DiagnosticKind.Configuration, CTRLC, _ctrlc & CHSIZE, $"CHSIZE {_ctrlc & CHSIZE} is reserved: taken as 8 bits");
        if ((_ctrlc & PMODE) == PMODE_RESERVED)
            Report(DiagnosticKind.Configuration, CTRLC, PMODE_RESERVED, "PMODE 1 is reserved: taken as no parity");
        if (!_baud.IsValid)
            Report(DiagnosticKind.Configuration, BAUDCTRLB, _baudctrlb & 0xF0, "BSCALE must be -7 to 7, and 0 when BSEL is 0: the rate is undefined");
    }

    private void Report(DiagnosticKind kind, int register, int setting, string message) =>
        _services.Diagnostics.Report(kind, ((BaseAddress + register) << 8) | setting, $"{Name}: {message}");
}
