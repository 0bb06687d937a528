using Xmega.Cpu;
using Xmega.Events;
using Xmega.Firmware;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.SystemControl;
using Xmega.Time;
using Xmega.Timers;

namespace Xmega;

/// <summary>
/// The chip: which modules exist, where they sit, and which vectors and events they own. Everything is a pure function
/// of the firmware and of what happens on the pins; two runs of the same are the same.
/// </summary>
public sealed class ATxmega128A1
{
    private static readonly PortFacts[] PortInstances =
    [
        new("PORTA", 0x0600, 8, 66, 0x50),
        new("PORTB", 0x0620, 8, 34, 0x58),
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

    private readonly Dictionary<string, Port> _ports = [];
    private readonly CpuCore _cpu;
    private readonly ResetController _resetController;
    private readonly Oscillators _oscillators;

    /// <summary>Initializes a new instance of the <see cref="ATxmega128A1"/> class: powered on, flash erased.</summary>
    public ATxmega128A1()
    {
        var schedule = new Schedule();
        var diagnostics = new Diagnostics(schedule);
        var signals = new SignalList(schedule);
        var protection = new ChangeProtection();
        Services = new ChipServices(schedule, new Timeline(schedule), new Pmic(signals), new EventSystem(schedule, signals), signals, diagnostics, protection);
        Program = new ProgramMemory();
        Data = new DataSpace(new IoSpace(diagnostics, protection), diagnostics);
        _cpu = new CpuCore(Program, Data, schedule, Interrupts, protection, diagnostics);

        _resetController = new ResetController(RequestReset);
        var sleep = new SleepController(diagnostics);
        _cpu.SleepEnabled = sleep.IsEnabled;
        Signal sleepSignal = signals.Add("CPU.SLEEP", SignalKind.Bit, 1, "CPU asleep", () => _cpu.IsAsleep ? 1 : 0);
        _cpu.SleepChanged = asleep => sleepSignal.Changed(_cpu.State.Cycle, asleep ? 1 : 0);

        var sources = new ClockSources();
        var rtcClock = new RtcClock();

        Add(new GeneralPurposeRegisters());
        Add(new CpuRegisters(_cpu, protection));
        Add(new Clock(Services, sources, rtcClock));
        Add(sleep);
        _oscillators = Add(new Oscillators(Services, sources));
        foreach (DfllFacts facts in Dfll.Instances) Add(new Dfll(Services, sources, facts));
        Add(new PowerReduction(SetStopped));
        Add(_resetController);
        Add(new McuControl());
        Add(Interrupts);
        Add(Services.Events);
        Add(new RealTimeCounter(Services, rtcClock));
        foreach (PortFacts facts in PortInstances) _ports.Add(facts.Name, Add(new Port(Services, facts)));
        Reset(ResetSource.PowerOn);
    }

    /// <summary>Gets flash.</summary>
    public ProgramMemory Program { get; }

    /// <summary>Gets the data space: I/O, SRAM and what else answers.</summary>
    public DataSpace Data { get; }

    /// <summary>Gets emulated time.</summary>
    public Timeline Timeline => Services.Timeline;

    /// <summary>Gets everything that can be watched.</summary>
    public SignalList Signals => Services.Signals;

    /// <summary>Gets the remarks on what firmware did wrong.</summary>
    public Diagnostics Diagnostics => Services.Diagnostics;

    /// <summary>Gets the interrupt controller.</summary>
    public Pmic Interrupts => Services.Interrupts;

    /// <summary>Gets the event system.</summary>
    public EventSystem Events => Services.Events;

    /// <summary>Gets the cycle in which the next instruction starts, counted from power-on.</summary>
    public long Cycle => _cpu.State.Cycle;

    /// <summary>Gets the instructions executed since power-on.</summary>
    public long Instructions => _cpu.State.Instructions;

    /// <summary>Gets the byte address of the next instruction.</summary>
    public int ProgramCounter => 2 * _cpu.State.Pc;

    /// <summary>Gets the lowest value the stack pointer had at a push, call or interrupt since reset.</summary>
    public int StackLowest => _cpu.State.SpLowest;

    /// <summary>Gets the cycles spent asleep since power-on.</summary>
    public long SleepCycles => _cpu.SleepCycles;

    /// <summary>Gets a value indicating whether the CPU is asleep.</summary>
    public bool IsAsleep => _cpu.IsAsleep;

    /// <summary>Gets or sets a value indicating whether a run goes on when nothing can wake the sleeping CPU, because what the modules do is of interest.</summary>
    public bool RunsAsleep
    {
        get => _cpu.SleepsForever;
        set => _cpu.SleepsForever = value;
    }

    /// <summary>Gets or sets the frequency of the crystal or clock that the board has on XTAL1/XTAL2 in hertz, at least 0; 0: none fitted, or stopped.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The frequency is negative.</exception>
    public long ExternalClockHertz
    {
        get => _oscillators.ExternalHertz;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _oscillators.ExternalHertz = value;
        }
    }

    /// <summary>Gets or sets a value indicating whether the board has a 32.768 kHz crystal on TOSC1/TOSC2.</summary>
    public bool HasWatchCrystal
    {
        get => _oscillators.ToscFitted;
        set => _oscillators.ToscFitted = value;
    }

    /// <summary>Gets what modules share.</summary>
    internal ChipServices Services { get; }

    /// <summary>Reads a CPU register, R0–R31.</summary>
    /// <param name="number">Register number 0–31.</param>
    /// <returns>Its value.</returns>
    public unsafe byte Register(int number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)number, 31u, nameof(number));
        return _cpu.State.R[number];
    }

    /// <summary>Places a firmware image in the chip's memories and resets the chip.</summary>
    /// <param name="image">The image.</param>
    public void Load(FirmwareImage image)
    {
        Program.Erase();
        foreach (FirmwareSegment segment in image.SegmentsOf(MemoryKind.Flash)) Program.Write((int)segment.Address, segment.Bytes.Span);
        Reset(ResetSource.PowerOn);
    }

    /// <summary>Resets the chip: all I/O registers to their initial values, on at the reset vector; SRAM and R0–R31 are kept.</summary>
    /// <param name="source">Why; RST.STATUS shows it.</param>
    public void Reset(ResetSource source)
    {
        foreach (IoModule module in Data.Io.Modules) module.Reset();
        _resetController.Remember(source);
        _cpu.Reset(0);
    }

    /// <summary>Finds a pin.</summary>
    /// <param name="name">Path name, as in <c>PORTD.PIN3</c>; letter case does not matter.</param>
    /// <returns>The pin, or null.</returns>
    public Pin? FindPin(string name) =>
        _ports.Values.SelectMany(p => p.Pins).FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Runs until something stops the CPU.</summary>
    /// <returns>What stopped it.</returns>
    public CpuStop Run() => _cpu.Run();

    /// <summary>Stops <see cref="Run"/> at the next instruction boundary. Call from a probe or a booked action.</summary>
    public void Stop() => _cpu.RequestStop();

    /// <summary>Makes an action of the world around the chip, to be booked on its schedule.</summary>
    /// <param name="name">Name for people.</param>
    /// <param name="phase"><see cref="Phase.World"/> for what drives the chip from outside; <see cref="Phase.Limit"/> for what only ends a run and cannot wake a sleeping CPU.</param>
    /// <param name="run">What to do.</param>
    /// <returns>The action, not booked.</returns>
    public ScheduledAction CreateAction(string name, Phase phase, Action run) => Services.Schedule.Create(name, phase, run);

    private T Add<T>(T module)
        where T : IoModule
    {
        Data.Io.Add(module);
        return module;
    }

    private void SetStopped(string name, bool stopped)
    {
        if (Data.Io.Modules.FirstOrDefault(m => m.Name == name) is { } module) module.IsStopped = stopped;
    }

    // A software reset comes while the requesting instruction is under way; it is carried out at the end of it.
    private void RequestReset(ResetSource source) => _cpu.RequestReset(() => Reset(source));
}
