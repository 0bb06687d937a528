using Xmega.Cpu;
using Xmega.Crypto;
using Xmega.Dma;
using Xmega.Electrical;
using Xmega.Events;
using Xmega.ExternalBus;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Nvm;
using Xmega.Ports;
using Xmega.Serial;
using Xmega.Signals;
using Xmega.SystemControl;
using Xmega.Time;
using Xmega.Timers;

namespace Xmega;

/// <summary>The composition: which modules exist, where they sit, and which vectors, pins and events they own.</summary>
public sealed partial class ATxmega128A1
{
    private static readonly PortFacts[] PortInstances =
    [
        new("PORTA", 0x0600, 8, 66, 0x50),
        new("PORTB", 0x0620, 8, 34, 0x58, Warned: 0xF0), // JTAG
        new("PORTC", 0x0640, 8, 2, 0x60),
        new("PORTD", 0x0660, 8, 64, 0x68),
        new("PORTE", 0x0680, 8, 43, 0x70),
        new("PORTF", 0x06A0, 8, 104, 0x78),
        new("PORTH", 0x06E0, 8, 96, 0),
        new("PORTJ", 0x0700, 8, 98, 0),
        new("PORTK", 0x0720, 8, 100, 0),
        new("PORTQ", 0x07C0, 4, 94, 0),
        new("PORTR", 0x07E0, 2, 4, 0),
    ];

    private static readonly UsartFacts[] UsartInstances =
    [
        new("USARTC0", 0x08A0, "PORTC", 2, 25),
        new("USARTC1", 0x08B0, "PORTC", 6, 28),
        new("USARTD0", 0x09A0, "PORTD", 2, 88),
        new("USARTD1", 0x09B0, "PORTD", 6, 91),
        new("USARTE0", 0x0AA0, "PORTE", 2, 58),
        new("USARTE1", 0x0AB0, "PORTE", 6, 61),
        new("USARTF0", 0x0BA0, "PORTF", 2, 119),
        new("USARTF1", 0x0BB0, "PORTF", 6, 122),
    ];

    private static readonly SpiFacts[] SpiInstances =
    [
        new("SPIC", 0x08C0, "PORTC", 24, 0x4A),
        new("SPID", 0x09C0, "PORTD", 87, 0x6A),
        new("SPIE", 0x0AC0, "PORTE", 57, 0x8A),
        new("SPIF", 0x0BC0, "PORTF", 118, 0xAA),
    ];

    private static readonly TwiFacts[] TwiInstances =
    [
        new("TWIC", 0x0480, "PORTC", 12),
        new("TWID", 0x0490, "PORTD", 75),
        new("TWIE", 0x04A0, "PORTE", 45),
        new("TWIF", 0x04B0, "PORTF", 106),
    ];

    private static readonly TimerFacts[] TimerInstances =
    [
        new("TCC0", 0x0800, 4, 14, 0xC0),
        new("TCC1", 0x0840, 2, 20, 0xC8),
        new("TCD0", 0x0900, 4, 77, 0xD0),
        new("TCD1", 0x0940, 2, 83, 0xD8),
        new("TCE0", 0x0A00, 4, 47, 0xE0),
        new("TCE1", 0x0A40, 2, 53, 0xE8),
        new("TCF0", 0x0B00, 4, 108, 0xF0),
        new("TCF1", 0x0B40, 2, 114, 0xF8),
    ];

    private static readonly WaveformExtensionFacts[] WaveformExtensionInstances = [new("AWEXC", 0x0880), new("AWEXE", 0x0A80)];

    private static readonly HighResolutionFacts[] HighResolutionInstances = [new("HIRESC", 0x0890), new("HIRESD", 0x0990), new("HIRESE", 0x0A90), new("HIRESF", 0x0B90)];

    /// <summary>Initializes a new instance of the <see cref="ATxmega128A1"/> class: powered on, flash erased.</summary>
    public ATxmega128A1()
    {
        var schedule = new Schedule();
        var diagnostics = new Diagnostics(schedule);
        var signals = new SignalList(schedule);
        var protection = new ChangeProtection();
        var timeline = new Timeline(schedule);
        Services = new ChipServices(schedule, timeline, new Pmic(signals), new EventSystem(schedule, signals, diagnostics), new DmaRequests(), signals, diagnostics, protection, new Supply(timeline, signals), new Fuses());
        Program = new ProgramMemory();
        Data = new DataSpace(new IoSpace(diagnostics, protection), new BusArbiter(schedule), diagnostics);
        _cpu = new CpuCore(Program, Data, schedule, Timeline, Interrupts, protection, diagnostics);

        Program.Tables.Moved = _cpu.EndSlice;
        Data.Stall = _cpu.Stall;
        Data.Halt = _cpu.Halt;
        Data.EepromIsOff = () => _cpu.IsAsleep;

        _resetController = new ResetController(Services, InternalOscillators, _cpu.RequestReset);
        _resetController.Started += () => _cpu.Halt(false);
        _cpu.CarryOutReset = CarryOutReset;
        Signal sleepSignal = signals.Add("CPU.SLEEP", SignalKind.Bit, 1, "CPU asleep", () => _cpu.IsAsleep ? 1 : 0);
        _cpu.SleepChanged = asleep => sleepSignal.Changed(_cpu.State.Cycle, asleep ? 1 : 0);

        var sources = new ClockSources();
        var sleep = new SleepController(Services, sources);
        _cpu.SleepControl = sleep;
        Timeline.RunningChanged += _cpu.EndSlice;
        var rtcClock = new RtcClock();

        Add(new GeneralPurposeRegisters());
        Add(new CpuRegisters(_cpu, protection));
        Add(new Clock(Services, sources, InternalOscillators, rtcClock));
        Add(sleep);
        foreach (DfllFacts facts in Dfll.Instances) Add(new Dfll(Services, sources, InternalOscillators, SignatureRows, facts)); // in a reset they are off before their reference
        _oscillators = Add(new Oscillators(Services, sources, InternalOscillators, SignatureRows));
        Add(new PowerReduction(SetStopped));
        Add(_resetController);
        _brownOut = new BrownOutDetector(Services, _resetController.Hold);
        Watchdog watchdog = Add(new Watchdog(Services, InternalOscillators, _resetController.Request));
        _resetController.Started += watchdog.Start;
        _cpu.WatchdogReset = watchdog.Clear;
        _cpu.MayBeReset = () => watchdog.IsArmed || _brownOut.IsOn || _resetController.CanBeRequested;
        McuControl mcu = Add(new McuControl(Fuses));
        mcu.LocksChanged += () => Events.Locks = mcu.EventSystemLock;
        Add(Interrupts);
        _nvm = Add(new NvmController(Services, Program, Data, LockBits, SignatureRows));
        _cpu.Flash = _nvm;
        Add(new Aes(Services));
        Data.External = _externalBus = Add(new ExternalBusInterface(Services, Data));
        Add(Services.Events);
        Add(new DmaController(Services, Data));
        var portConfiguration = Add(new PortConfiguration(Services));
        for (int n = 0; n < 4; n++) Add(new VirtualPort(n, portConfiguration, diagnostics));
        foreach (PortFacts facts in PortInstances) _ports.Add(facts.Name, Add(new Port(Services, facts, portConfiguration)));
        portConfiguration.Connect(_ports.Values);
        mcu.JtagChanged += CreateJtag();
        _externalBus.Connect(CreateBusPins());
        Ircom ircom = Add(new Ircom());
        foreach (UsartFacts facts in UsartInstances) _usarts.Add(Add(CreateUsart(facts, ircom)));
        foreach (SpiFacts facts in SpiInstances) Add(CreateSpi(facts));
        foreach (TwiFacts facts in TwiInstances) Add(CreateTwi(facts));
        foreach (TimerFacts facts in TimerInstances) _timers.Add(facts.Name, Add(CreateTimer(facts)));
        WaveformExtension[] extensions = [.. WaveformExtensionInstances.Select(facts => Add(CreateWaveformExtension(facts)))];
        mcu.LocksChanged += () =>
        {
            // AWEXC is bit 0, AWEXE bit 2.
            for (int n = 0; n < extensions.Length; n++) extensions[n].IsLocked = (mcu.WaveformExtensionLock & (1 << (2 * n))) != 0;
        };
        foreach (HighResolutionFacts facts in HighResolutionInstances) Add(new HighResolution(Services, facts, [_timers[$"TC{facts.Name[^1]}0"], _timers[$"TC{facts.Name[^1]}1"]]));
        Add(new RealTimeCounter(Services, rtcClock));
        AddAnalog();
        Reset(ResetSource.PowerOn);
        _ownActions = Services.Schedule.Actions.Count;
    }

    private T Add<T>(T module)
        where T : IoModule
    {
        Data.Io.Add(module);
        return module;
    }

    // TMS, TDI, TCK and TDO on PB4-PB7: inputs that are pulled up, and an output that floats while nobody speaks JTAG (8331B 31.3).
    private Action<bool> CreateJtag()
    {
        const int Priority = 30; // above all others
        const string Warning = "JTAG has it (fuse JTAGEN is programmed, as the part is shipped) and it stays an input; set JTAGD in MCU.MCUCR to have it back";
        PinOverride[] pins = _ports["PORTB"].CreateOverrides(4, 4, "JTAG", Priority);
        return on =>
        {
            for (int n = 0; n < pins.Length; n++) pins[n].Take(on ? Warning : null, pullsUp: n < 3);
        };
    }

    private BusPins CreateBusPins()
    {
        const int Priority = 25; // nothing else is on these ports
        PinOverride[] Hands(string port) => _ports[port].CreateOverrides(0, 8, "EBI", Priority);
        return new BusPins(Hands("PORTH"), Hands("PORTJ"), Hands("PORTK"), () => _ports["PORTH"].Peek(Port.DIR));
    }

    private Usart CreateUsart(UsartFacts facts, Ircom ircom)
    {
        // Above the timers (the manual gives no order in one place: unverified).
        const int Priority = 20;
        Port port = _ports[facts.Port];
        int first = facts.RxdPin - 1;
        return new Usart(Services, facts, ircom, Numbered.Create(3, n => port.Pins[first + n]), port.CreateOverrides(first, 3, facts.Name, Priority));
    }

    private Spi CreateSpi(SpiFacts facts)
    {
        // Above the USART on the same pins (unverified).
        const int Priority = 21;
        Port port = _ports[facts.Port];
        return new Spi(Services, facts, [.. port.Pins], port.CreateOverrides(0, 8, facts.Name, Priority));
    }

    private Twi CreateTwi(TwiFacts facts)
    {
        // Above all others on the same pins (unverified).
        const int Priority = 22;
        Port port = _ports[facts.Port];
        return new Twi(Services, facts, port.Pins[0], port.Pins[1], port.CreateOverrides(0, 4, facts.Name, Priority));
    }

    private TimerCounter CreateTimer(TimerFacts facts)
    {
        // Below the serial modules (unverified). OCnA is on pin 0 of timer 0 and on pin 4 of timer 1, the others follow.
        const int Priority = 10;
        Port port = _ports["PORT" + facts.Name[2]];
        return new TimerCounter(Services, facts, port.CreateOverrides(4 * facts.Number, facts.Channels, facts.Name, Priority));
    }

    private WaveformExtension CreateWaveformExtension(WaveformExtensionFacts facts)
    {
        // Above the timers, below the serial modules (unverified).
        const int Priority = 15;
        char letter = facts.Name[^1];
        Port port = _ports[$"PORT{letter}"];
        var registers = new PortRegisters(() => port.Peek(Port.DIR), value => port.Write(Port.DIR, value), value => port.Write(Port.OUT, value));
        PinOverride[] pins = port.CreateOverrides(0, 8, facts.Name, Priority);
        return new WaveformExtension(Services, facts, _timers[$"TC{letter}0"], _timers[$"TC{letter}1"], pins, registers);
    }
}
