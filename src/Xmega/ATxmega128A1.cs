using Xmega.Cpu;
using Xmega.Electrical;
using Xmega.Events;
using Xmega.ExternalBus;
using Xmega.Firmware;
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

/// <summary>
/// The chip: which modules exist, where they sit, and which vectors and events they own. Everything is a pure function
/// of the firmware and of what happens on the pins; two runs of the same are the same.
/// </summary>
public sealed partial class ATxmega128A1
{
    private readonly Dictionary<string, Port> _ports = [];
    private readonly List<Usart> _usarts = [];
    private readonly Dictionary<string, TimerCounter> _timers = [];
    private readonly CpuCore _cpu;
    private readonly NvmController _nvm;
    private readonly ExternalBusInterface _externalBus;
    private readonly ResetController _resetController;
    private readonly BrownOutDetector _brownOut;
    private readonly Oscillators _oscillators;

    /// <summary>Gets flash.</summary>
    public ProgramMemory Program { get; }

    /// <summary>Gets the data space: I/O, SRAM and what else answers.</summary>
    public DataSpace Data { get; }

    /// <summary>Gets the fuses: set them before a reset, as a programmer does.</summary>
    public Fuses Fuses => Services.Fuses;

    /// <summary>Gets the lock bits.</summary>
    public LockBits LockBits { get; } = new();

    /// <summary>Gets the production and the user signature row.</summary>
    public SignatureRows SignatureRows { get; } = new();

    /// <summary>Gets the cycle in which flash or EEPROM that is being programmed is done; 0 when nothing is.</summary>
    public long ProgrammingEndCycle => _nvm.ReadyCycle;

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

    /// <summary>Gets or sets how the CPU runs; it can be changed at any time. Nothing but the speed depends on it.</summary>
    public CpuEngine Engine
    {
        get => _cpu.Engine;
        set => _cpu.Engine = value;
    }

    /// <summary>Gets or sets who hears every instruction and every access of data memory; null: nobody, and the CPU runs at full speed.</summary>
    public IInstructionListener? InstructionListener
    {
        get => _cpu.Listener;
        set => _cpu.Listener = value;
    }

    /// <summary>Gets the cycle in which the next instruction starts, counted from power-on.</summary>
    public long Cycle => _cpu.State.Cycle;

    /// <summary>Gets the instructions executed since power-on.</summary>
    public long Instructions => _cpu.State.Instructions;

    /// <summary>Gets or sets the byte address of the next instruction: even, 0x00000–0x3FFFE (the program counter has 17 bits).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The address is odd or out of range.</exception>
    public int ProgramCounter
    {
        get => 2 * _cpu.State.Pc;
        set
        {
            if ((value & ~((2 * InstructionDecoder.ProgramSpaceWords) - 2)) != 0) throw new ArgumentOutOfRangeException(nameof(value), value, "a program address is even and below 0x40000");
            _cpu.State.Pc = value / 2;
        }
    }

    /// <summary>Gets or sets the stack pointer, 0x0000–0xFFFF: the place of the next push.</summary>
    public ushort StackPointer
    {
        get => (ushort)_cpu.State.Sp;
        set => _cpu.State.Sp = value;
    }

    /// <summary>Gets or sets SREG: I T H S V N Z C in bits 7–0 (8077I 3.14.9). Setting I here lets an interrupt in at once, unlike SEI.</summary>
    public byte StatusRegister
    {
        get => _cpu.State.Sreg;
        set => _cpu.State.Sreg = value;
    }

    /// <summary>Gets the lowest value the stack pointer took since reset, by a push, call or interrupt or by a write of SPH, which by the manual comes after SPL (8077I 3.8).</summary>
    public int StackLowest => _cpu.State.SpLowest;

    /// <summary>Gets the emulated time spent asleep since power-on, in picoseconds; in the deep sleep modes, in which clk_PER stands, it passes without cycles.</summary>
    public long SleepPicoseconds => _cpu.SleepPicoseconds;

    /// <summary>Gets the cycles of clk_PER that ran while the CPU was asleep since power-on.</summary>
    public long SleepCycles => _cpu.SleepCycles;

    /// <summary>Gets a value indicating whether the CPU is asleep.</summary>
    public bool IsAsleep => _cpu.IsAsleep;

    /// <summary>Gets the resets since the chip was made, in their order, without power-on: the first thousand.</summary>
    public IReadOnlyList<ResetRecord> Resets => _resetController.Log;

    /// <summary>Gets or sets a value indicating whether a run goes on when nothing can wake the sleeping CPU, or get it out of a jump to itself, because what the modules do is of interest.</summary>
    public bool RunsAsleep
    {
        get => _cpu.SleepsForever;
        set => _cpu.SleepsForever = value;
    }

    /// <summary>Gets the USARTs, in the order of their addresses.</summary>
    public IReadOnlyList<IUsartPort> Usarts => _usarts;

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

    /// <summary>Gets the chip's own oscillators.</summary>
    internal InternalOscillators InternalOscillators { get; } = new();

    /// <summary>Gets the CPU.</summary>
    internal CpuCore Cpu => _cpu;

    /// <summary>Gets VCC, to let it follow a function of time, or to hear when it becomes another.</summary>
    public Supply Supply => Services.Supply;

    /// <summary>Gets or sets VCC in microvolts, now and from now on.</summary>
    public long Vcc
    {
        get => Supply.Microvolts;
        set => Supply.Microvolts = value;
    }

    /// <summary>Gets what modules share.</summary>
    internal ChipServices Services { get; }

    /// <summary>The error of one of the chip's own oscillators.</summary>
    /// <param name="oscillator">The oscillator.</param>
    /// <returns>Parts per million of its nominal frequency; above 0 it is fast.</returns>
    public int OscillatorError(InternalOscillator oscillator) => InternalOscillators.Error(oscillator);

    /// <summary>
    /// Makes one of the chip's own oscillators fast or slow, as temperature and manufacture do on the part, from now on;
    /// what is under way on the ultra low power oscillator keeps its time. Calibration by firmware or a DFLL works against it.
    /// </summary>
    /// <param name="oscillator">The oscillator.</param>
    /// <param name="partsPerMillion">Parts per million of its nominal frequency, -300,000 to 300,000; above 0 it is fast.</param>
    /// <exception cref="ArgumentOutOfRangeException">The error is outside that range.</exception>
    public void SetOscillatorError(InternalOscillator oscillator, int partsPerMillion)
    {
        const int Most = InternalOscillators.LargestError;
        if (partsPerMillion is < -Most or > Most) throw new ArgumentOutOfRangeException(nameof(partsPerMillion), partsPerMillion, $"-{Most} to {Most} parts per million");
        InternalOscillators.SetError(oscillator, partsPerMillion);
    }

    /// <summary>Reads a CPU register, R0–R31.</summary>
    /// <param name="number">Register number 0–31.</param>
    /// <returns>Its value.</returns>
    public unsafe byte Register(int number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)number, 31u, nameof(number));
        return _cpu.State.R[number];
    }

    /// <summary>Sets a CPU register, R0–R31, between instructions.</summary>
    /// <param name="number">Register number 0–31.</param>
    /// <param name="value">Its new value.</param>
    public unsafe void SetRegister(int number, byte value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)number, 31u, nameof(number));
        _cpu.State.R[number] = value;
    }

    /// <summary>
    /// Places a firmware image in the chip's memories, as a programmer does after a chip erase, and powers the chip on.
    /// What the image leaves open is erased; its fuses stand at the factory's values and nothing is locked.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="overlays">What is then written over it before power-on, in order: fuses of a board, EEPROM of an earlier run.</param>
    /// <exception cref="ArgumentException">An overlay does not fit into its memory, or is for the signature, which cannot be written.</exception>
    public void Load(FirmwareImage image, params ReadOnlySpan<MemoryOverlay> overlays)
    {
        Program.Load(image.Common(CreateFlash));
        ProgramMemory.Erase(Data.EepromSpan);
        image.CopyTo(MemoryKind.Eeprom, Data.EepromSpan);
        Fuses.SetFactoryValues();
        image.CopyTo(MemoryKind.Fuse, Fuses.Bytes);
        Span<byte> locks = [LockBits.Unlocked];
        image.CopyTo(MemoryKind.Lock, locks);
        LockBits.Value = locks[0];
        ProgramMemory.Erase(SignatureRows.User);
        image.CopyTo(MemoryKind.UserSignature, SignatureRows.User);
        foreach (MemoryOverlay overlay in overlays) Place(overlay);
        Reset(ResetSource.PowerOn);
    }

    private static LoadedFlash CreateFlash(FirmwareImage image)
    {
        byte[] flash = LoadedFlash.CreateErased();
        image.CopyTo(MemoryKind.Flash, flash);
        return new LoadedFlash(flash);
    }

    /// <summary>
    /// Resets the chip: all I/O registers to their initial values, on at the reset vector, which BOOTRST puts in one
    /// section of flash or the other. SRAM and R0–R31 are kept. When the supply failed (power-on, brown-out), what was
    /// being programmed stays half done.
    /// </summary>
    /// <param name="source">Why; RST.STATUS shows it.</param>
    public void Reset(ResetSource source)
    {
        ResetEverything(source);
        _resetController.Start();
    }

    /// <summary>
    /// The supply fails between two instructions: what is being programmed in flash or EEPROM stays half done, as what a
    /// programmer would then read. <see cref="Reset"/> with <see cref="ResetSource.PowerOn"/> switches it on again.
    /// </summary>
    public void CutPower() => _nvm.PowerFails();

    /// <summary>Puts a memory on the external bus, as a board does; firmware sets the EBI up to reach it.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="size">Bytes: a power of two, 256 to 16,777,216.</param>
    /// <param name="chipSelect">The chip select it is on, 0–3; SDRAM on 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is no such power, or there is no such chip select.</exception>
    public void AttachExternalMemory(ExternalMemoryKind kind, int size, int chipSelect)
    {
        if (size is < 256 or > DataSpace.Size || !global::System.Numerics.BitOperations.IsPow2(size)) throw new ArgumentOutOfRangeException(nameof(size), size, "a power of two, 256 to 16777216");
        if (chipSelect is < 0 or >= ExternalBusInterface.ChipSelects || (kind == ExternalMemoryKind.Sdram && chipSelect != 3)) throw new ArgumentOutOfRangeException(nameof(chipSelect), chipSelect, "0 to 3; SDRAM on 3");
        _externalBus.Attach(kind, size, chipSelect);
    }

    /// <summary>Finds a pin.</summary>
    /// <param name="name">Path name, as in <c>PORTD.PIN3</c>, or <c>RESET</c>; letter case does not matter.</param>
    /// <returns>The pin, or null.</returns>
    public Pin? FindPin(string name) =>
        _ports.Values.SelectMany(p => p.Pins).Append(_resetController.Pin).FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Finds a USART.</summary>
    /// <param name="name">Datasheet name, as in <c>USARTC0</c>; letter case does not matter.</param>
    /// <returns>The USART, or null.</returns>
    public IUsartPort? FindUsart(string name) => _usarts.Find(u => u.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Runs until something stops the CPU.</summary>
    /// <returns>What stopped it.</returns>
    public CpuStop Run()
    {
        bool outer = _isRunning;
        _isRunning = true;
        try
        {
            return _cpu.Run();
        }
        finally
        {
            _isRunning = outer;
        }
    }

    /// <summary>
    /// Does one thing: an instruction, the entry into an interrupt that is due, a reset that is due, or while asleep the
    /// jump to the next booked cycle.
    /// </summary>
    /// <returns>What stopped the CPU, or null when it can go on.</returns>
    public CpuStop? Step() => _cpu.Step();

    /// <summary>Does what <see cref="Step"/> does, but instructions as many as there are before something else is due.</summary>
    /// <returns>What stopped the CPU, or null when it can go on.</returns>
    internal CpuStop? Advance() => _cpu.Advance();

    /// <summary>Stops <see cref="Run"/> at the next instruction boundary. Call from a probe or a booked action.</summary>
    public void Stop() => _cpu.RequestStop();

    /// <summary>Makes an action of the world around the chip, to be booked on its schedule.</summary>
    /// <param name="name">Name for people.</param>
    /// <param name="phase"><see cref="Phase.World"/> for what drives the chip from outside; <see cref="Phase.Limit"/> for what only ends a run and cannot wake a sleeping CPU.</param>
    /// <param name="run">What to do.</param>
    /// <returns>The action, not booked.</returns>
    public ScheduledAction CreateAction(string name, Phase phase, Action run) => Services.Schedule.Create(name, phase, run);

    private void Place(MemoryOverlay overlay)
    {
        ReadOnlySpan<byte> bytes = overlay.Bytes.Span;
        if (overlay.Address < 0 || bytes.IsEmpty || overlay.Address + bytes.Length > FirmwareImage.CapacityOf(overlay.Memory) || overlay.Memory == MemoryKind.Signature)
            throw new ArgumentException($"{bytes.Length} bytes at 0x{overlay.Address:X} do not fit into {overlay.Memory}", nameof(overlay));
        switch (overlay.Memory)
        {
            case MemoryKind.Flash:
                Program.Write(overlay.Address, bytes);
                break;
            case MemoryKind.Eeprom:
                bytes.CopyTo(Data.EepromSpan[overlay.Address..]);
                break;
            case MemoryKind.Fuse:
                bytes.CopyTo(Fuses.Bytes[overlay.Address..]);
                break;
            case MemoryKind.Lock:
                LockBits.Value = bytes[0];
                break;
            default:
                bytes.CopyTo(SignatureRows.User[overlay.Address..]);
                break;
        }
    }

    private void SetStopped(string name, bool stopped)
    {
        if (Data.Io.Modules.FirstOrDefault(m => m.Name == name) is { } module) module.IsStopped = stopped;
    }

    private void ResetEverything(ResetSource source)
    {
        if ((source & (ResetSource.PowerOn | ResetSource.BrownOut)) != 0) _nvm.PowerFails();
        foreach (IoModule module in Data.Io.Modules) module.Reset();
        _resetController.Remember(source);
        _brownOut.Review();
        _cpu.Reset(Fuses.StartsInBootSection ? ProgramMemory.BootStart / 2 : 0);
    }

    // A reset that came while an instruction was under way, at the end of it. The chip then stays in reset for a while.
    private void CarryOutReset()
    {
        var record = new ResetRecord(_cpu.State.Cycle, Timeline.PicosecondsAt(_cpu.State.Cycle), ProgramCounter, _resetController.Take());
        ResetEverything(record.Source);
        _resetController.Begin(record);
        _cpu.Halt(_resetController.IsInReset);
    }
}
