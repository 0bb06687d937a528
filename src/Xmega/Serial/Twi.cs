using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>TWI, the two-wire interface (8077I ch. 19): registers and interrupts of a master and a slave on the same two lines.</summary>
/// <remarks>
/// Limitations: the input filter is none, and edges take no time. Of errata, the general call of the slave is as on the
/// part (item 6); a repeated START of a reading master keeps the low period of SCL (item 7 may cut it short). STOP sets
/// APIF only in a transaction that addressed the slave (unverified). In the sleep modes that stop clk_PER a data byte wakes
/// the CPU as an address does, and edges are seen without the synchroniser (unverified).
/// </remarks>
internal sealed class Twi : IoModule
{
    private const int CTRL = 0x00;
    private const int MASTER_CTRLA = 0x01;
    private const int MASTER_CTRLB = 0x02;
    private const int MASTER_CTRLC = 0x03;
    private const int MASTER_STATUS = 0x04;
    private const int MASTER_BAUD = 0x05;
    private const int MASTER_ADDR = 0x06;
    private const int MASTER_DATA = 0x07;
    private const int SLAVE_CTRLA = 0x08;
    private const int SLAVE_CTRLB = 0x09;
    private const int SLAVE_STATUS = 0x0A;
    private const int SLAVE_ADDR = 0x0B;
    private const int SLAVE_DATA = 0x0C;
    private const int SLAVE_ADDRMASK = 0x0D;

    private const byte SDAHOLD = 0x06; // SDA is held after SCL fell
    private const byte EDIEN = 0x01;   // external driver interface

    private const byte INTLVL = 0xC0; // interrupt level
    private const byte RIEN = 0x20;   // master: interrupt by RIF
    private const byte WIEN = 0x10;   // master: interrupt by WIF
    private const byte DIEN = 0x20;   // slave: interrupt by DIF
    private const byte APIEN = 0x10;  // slave: interrupt by APIF
    private const byte ENABLE = 0x08; // master, or slave, enable
    private const byte PIEN = 0x04;   // slave: STOP sets APIF
    private const byte PMEN = 0x02;   // slave: every address matches
    private const byte SMEN = 0x01;   // smart mode (slave: CTRLA, master: CTRLB)

    private const byte TIMEOUT = 0x0C; // master: inactive bus timeout
    private const byte QCEN = 0x02;    // master: quick command

    private const byte ACKACT = 0x04; // acknowledge action: 1 is NACK
    private const byte CMD = 0x03;    // command

    private const byte CLKHOLD = 0x20;  // SCL is held low
    private const byte BUSSTATE = 0x03; // master: state of the bus
    private const byte IDLE = 0x01;     // the one state that can be written

    private readonly ChipServices _services;
    private readonly TwiLines _lines;
    private readonly TwiBus _bus;
    private readonly TwiMaster _master;
    private readonly TwiSlave _slave;
    private readonly InterruptLine _masterLine;
    private readonly InterruptLine _slaveLine;
    private byte _ctrl;
    private byte _masterCtrla;
    private byte _masterCtrlb;
    private byte _slaveCtrla;

    public Twi(ChipServices services, TwiFacts facts, Pin sda, Pin scl, PinOverride[] overrides)
        : base(facts.Name, facts.Base, Map)
    {
        _services = services;
        _slaveLine = services.Interrupts.Connect(facts.Vector0, $"{facts.Name}_TWIS", null, asynchronous: true);
        _masterLine = services.Interrupts.Connect(facts.Vector0 + 1, $"{facts.Name}_TWIM", null);
        _lines = new TwiLines(services, facts, sda, scl, overrides);
        _bus = new TwiBus(services, facts, _lines);
        _master = new TwiMaster(services, facts, _lines, _bus, Request);
        _slave = new TwiSlave(services, facts, _lines, _bus, Request);
        // The bus state first: the others go by it.
        _lines.Connect(_bus, _master, _slave);
    }

    private static RegisterTable Map { get; } = new RegisterTable("TWI", 14)
        .Add(CTRL, "CTRL", SDAHOLD | EDIEN)
        .Add(MASTER_CTRLA, "MASTER.CTRLA", INTLVL | RIEN | WIEN | ENABLE)
        .Add(MASTER_CTRLB, "MASTER.CTRLB", TIMEOUT | QCEN | SMEN)
        .Add(MASTER_CTRLC, "MASTER.CTRLC", ACKACT | CMD, Access.Strobe)
        .Add(MASTER_STATUS, "MASTER.STATUS", TwiMaster.RIF | TwiMaster.WIF | TwiMaster.ARBLOST | TwiMaster.BUSERR | BUSSTATE, Access.WriteOneToClear)
        .Add(MASTER_BAUD, "MASTER.BAUD", 0xFF)
        .Add(MASTER_ADDR, "MASTER.ADDR", 0xFF)
        .Add(MASTER_DATA, "MASTER.DATA", 0xFF, Access.Data)
        .Add(SLAVE_CTRLA, "SLAVE.CTRLA", INTLVL | DIEN | APIEN | ENABLE | PIEN | PMEN | SMEN)
        .Add(SLAVE_CTRLB, "SLAVE.CTRLB", ACKACT | CMD, Access.Strobe)
        .Add(SLAVE_STATUS, "SLAVE.STATUS", TwiSlave.DIF | TwiSlave.APIF | TwiSlave.COLL | TwiSlave.BUSERR, Access.WriteOneToClear)
        .Add(SLAVE_ADDR, "SLAVE.ADDR", 0xFF)
        .Add(SLAVE_DATA, "SLAVE.DATA", 0xFF, Access.Data)
        .Add(SLAVE_ADDRMASK, "SLAVE.ADDRMASK", 0xFF);

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        MASTER_CTRLA => _masterCtrla,
        MASTER_CTRLB => _masterCtrlb,
        MASTER_CTRLC => _master.AnswersNack ? ACKACT : (byte)0,
        MASTER_STATUS => (byte)(_master.Flags | (_master.HoldsClock ? CLKHOLD : 0) | (int)_bus.Current),
        MASTER_BAUD => (byte)_master.Baud,
        MASTER_ADDR => _master.AddressRegister,
        MASTER_DATA => _master.Data,
        SLAVE_CTRLA => _slaveCtrla,
        SLAVE_CTRLB => _slave.AnswersNack ? ACKACT : (byte)0,
        SLAVE_STATUS => (byte)(_slave.Flags | (_slave.HoldsClock ? CLKHOLD : 0)),
        SLAVE_ADDR => _slave.AddressRegister,
        SLAVE_DATA => _slave.Data,
        SLAVE_ADDRMASK => _slave.AddressMask,
        _ => 0,
    };

    public override byte Read(int offset) => offset switch
    {
        MASTER_DATA => _master.ReadData(),
        SLAVE_DATA => _slave.ReadData(),
        _ => Peek(offset),
    };

    public override long HoldsUntil(int offset) => offset is MASTER_STATUS or SLAVE_STATUS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                _ctrl = value;
                Configure();
                break;
            case MASTER_CTRLA:
                _masterCtrla = value;
                Configure();
                break;
            case MASTER_CTRLB:
                _masterCtrlb = value;
                Configure();
                break;
            case MASTER_CTRLC:
                _master.AnswersNack = (value & ACKACT) != 0;
                if ((value & CMD) != 0) _master.Command(value & CMD);
                break;
            case MASTER_STATUS:
                _master.ClearFlags(value & ~BUSSTATE);
                if ((value & BUSSTATE) == IDLE) _master.ForceIdle();
                break;
            case MASTER_BAUD:
                if (_master.IsEnabled) _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + MASTER_BAUD, $"{Name}: MASTER.BAUD was written while the master is enabled; the manual allows it only while it is disabled");
                _master.Baud = value;
                break;
            case MASTER_ADDR:
                _master.WriteAddress(value);
                break;
            case MASTER_DATA:
                _master.WriteData(value);
                break;
            case SLAVE_CTRLA:
                _slaveCtrla = value;
                Configure();
                break;
            case SLAVE_CTRLB:
                _slave.AnswersNack = (value & ACKACT) != 0;
                if ((value & CMD) > 1) _slave.Command(value & CMD);
                break;
            case SLAVE_STATUS:
                _slave.ClearFlags(value);
                break;
            case SLAVE_ADDR:
                _slave.AddressRegister = value;
                break;
            case SLAVE_DATA:
                _slave.WriteData(value);
                break;
            case SLAVE_ADDRMASK:
                _slave.AddressMask = value;
                break;
        }
    }

    public override void Reset()
    {
        _ctrl = _masterCtrla = _masterCtrlb = _slaveCtrla = 0;
        _bus.Reset();
        _master.Reset();
        _slave.Reset();
        _lines.Reset();
        Configure();
    }

    public override void State(StateStream s)
    {
        bool masterNack = _master.AnswersNack, slaveNack = _slave.AnswersNack;
        int baud = _master.Baud;
        (byte address, byte mask) = (_slave.AddressRegister, _slave.AddressMask);
        s.Value(ref _ctrl);
        s.Value(ref _masterCtrla);
        s.Value(ref _masterCtrlb);
        s.Value(ref _slaveCtrla);
        s.Value(ref masterNack);
        s.Value(ref slaveNack);
        s.Value(ref baud);
        s.Value(ref address);
        s.Value(ref mask);
        if (s.IsRestoring)
        {
            (_master.AnswersNack, _slave.AnswersNack, _master.Baud) = (masterNack, slaveNack, baud);
            (_slave.AddressRegister, _slave.AddressMask) = (address, mask);
            Configure();
        }

        _bus.State(s);
        _master.State(s);
        _slave.State(s);
        _lines.State(s);
        if (s.IsRestoring) Request();
    }

    // Power reduction: everything stands still; what the lines do meanwhile is not seen (8077I 8.4).
    protected override void OnStoppedChanged()
    {
        _lines.Stop(IsStopped);
        _bus.Stop(IsStopped);
        _master.Stop(IsStopped);
        _slave.Stop(IsStopped);
    }

    private void Configure()
    {
        bool master = (_masterCtrla & ENABLE) != 0, slave = (_slaveCtrla & ENABLE) != 0;
        // 8077I 19.8.1: about 50, 300 and 400 ns.
        int hold = ((_ctrl & SDAHOLD) >> 1) switch { 1 => 50_000, 2 => 300_000, 3 => 400_000, _ => 0 };
        _lines.Configure(master || slave, (_ctrl & EDIEN) != 0, hold);
        _master.Enable(master);
        _master.IsSmart = (_masterCtrlb & SMEN) != 0;
        _master.IsQuick = (_masterCtrlb & QCEN) != 0;
        _bus.TimeoutMicroseconds = ((_masterCtrlb & TIMEOUT) >> 2) switch { 1 => 50, 2 => 100, 3 => 200, _ => 0 };
        _slave.Enable(slave);
        _slave.IsSmart = (_slaveCtrla & SMEN) != 0;
        _slave.IsPromiscuous = (_slaveCtrla & PMEN) != 0;
        _slave.ReportsStop = (_slaveCtrla & PIEN) != 0;
        _masterLine.Level = (_masterCtrla & INTLVL) >> 6;
        _slaveLine.Level = (_slaveCtrla & INTLVL) >> 6;
        Request();
    }

    private void Request()
    {
        _masterLine.IsRequested = ((_master.Flags & TwiMaster.RIF) != 0 && (_masterCtrla & RIEN) != 0) || ((_master.Flags & TwiMaster.WIF) != 0 && (_masterCtrla & WIEN) != 0);
        _slaveLine.IsRequested = ((_slave.Flags & TwiSlave.DIF) != 0 && (_slaveCtrla & DIEN) != 0) || ((_slave.Flags & TwiSlave.APIF) != 0 && (_slaveCtrla & APIEN) != 0);
    }
}
