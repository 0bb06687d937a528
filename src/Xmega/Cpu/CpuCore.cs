using System.Runtime.CompilerServices;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Cpu;

/// <summary>How the CPU came to stop.</summary>
public enum CpuStop
{
    /// <summary>Somebody asked for it.</summary>
    Requested,

    /// <summary>Interrupts off and a jump to itself: how avr-libc's exit ends.</summary>
    Exit,

    /// <summary>Asleep, and nothing that is booked can wake it.</summary>
    AsleepForever,

    /// <summary>BREAK was executed.</summary>
    Break,

    /// <summary>The program counter left flash.</summary>
    OutsideFlash,

    /// <summary>The source of clk_PER failed, and nothing that is booked can bring it back or reset the chip.</summary>
    ClockLost,
}

/// <summary>How the CPU runs instructions. Nothing but the speed depends on it.</summary>
public enum CpuEngine
{
    /// <summary>Hot code is translated for the host while it runs; where the platform allows no such thing, as <see cref="Interpreter"/>.</summary>
    Translator,

    /// <summary>Every instruction is interpreted.</summary>
    Interpreter,
}

/// <summary>
/// The CPU's loop: run instructions up to the next booked cycle, do what is due, take an interrupt if one is waiting,
/// go on. A sleeping CPU jumps straight to the next booked cycle.
/// </summary>
/// <remarks>
/// Limitations: BREAK stops the run. R0–R31 and SRAM are zero at
/// power-on, where the part leaves them undefined.
/// </remarks>
internal sealed unsafe partial class CpuCore
{
    // A slice ends now and then even with nothing booked, so that the runtime can swap in better code for the loop.
    private const long LongestSlice = 1 << 20;

    // Handlers that did not end as they must are looked for this often.
    private const long ShortSlice = 1 << 14;

    /// <summary>What the CPU does after an instruction boundary.</summary>
    private enum Intent
    {
        /// <summary>It has not looked yet.</summary>
        Undecided,

        /// <summary>The next instruction.</summary>
        Instruction,

        /// <summary>The entry into an interrupt that has been acknowledged.</summary>
        Interrupt,

        /// <summary>Nothing, until something booked happens.</summary>
        Wait,
    }

    private readonly byte[] _memory = Pinned.Create(sizeof(CpuState));
    private readonly CpuState* _state;
    private readonly ProgramMemory _program;
    private readonly DataSpace _data;
    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Pmic _pmic;
    private readonly ChangeProtection _protection;
    private readonly Diagnostics _diagnostics;
    private readonly Translation.Translator _translator;
    private readonly HandlerWatch _handlers;
    private int _accessGeneration;
    private long _sliceEnd;
    private int _hold; // instructions before the next interrupt may be taken
    private bool _resetRequested;
    private int _holdNext;
    private bool _oneInstruction;
    private bool _sharesBus; // the slice asks for the bus at every access
    private int _stall;
    private bool _stopRequested;
    private Intent _intent;
    private int _vector; // of the interrupt that is being entered
    private bool _held; // an interrupt waits until the next instruction is done
    private bool _halted;
    private bool _asleep;
    private long _asleepSince;
    private long _asleepSincePicoseconds;
    private long _slept; // cycles of the sleeps that have ended
    private long _sleptPicoseconds;
    private bool _clockStopped; // in this sleep: that clk_PER runs again means that the CPU wakes

    public CpuCore(ProgramMemory program, DataSpace data, Schedule schedule, Timeline timeline, Pmic pmic, ChangeProtection protection, Diagnostics diagnostics)
    {
        _state = (CpuState*)Pinned.AddressOf(_memory);
        _program = program;
        _data = data;
        _schedule = schedule;
        _timeline = timeline;
        _pmic = pmic;
        _protection = protection;
        _diagnostics = diagnostics;
        _translator = new Translation.Translator(this, program, data);
        _handlers = new HandlerWatch(pmic, program, diagnostics);
        diagnostics.ProgramCounter = () => 2 * _state->Pc;
    }

    /// <summary>Gets or sets the sleep controller.</summary>
    public ISleepControl? SleepControl { get; set; }

    /// <summary>Gets or sets what SPM, and an (E)LPM that is no plain read, go to: the NVM controller.</summary>
    public IFlashAccess? Flash { get; set; }

    /// <summary>Gets or sets what resets the chip when a reset was requested.</summary>
    public Action CarryOutReset { get; set; } = static () => { };

    /// <summary>Gets or sets whether something could yet reset the chip and so end a sleep or a jump to itself: the watchdog, the RESET pin.</summary>
    public Func<bool> MayBeReset { get; set; } = static () => false;

    /// <summary>Gets or sets what hears WDR.</summary>
    public Action? WatchdogReset { get; set; }

    /// <summary>Gets or sets what hears that the CPU falls asleep (true) or wakes (false).</summary>
    public Action<bool>? SleepChanged { get; set; }

    /// <summary>Gets or sets a value indicating whether the run goes on even when nothing can wake a sleeping CPU.</summary>
    public bool SleepsForever { get; set; }

    /// <summary>Gets or sets how the CPU runs. Nothing that can be observed depends on it.</summary>
    public CpuEngine Engine
    {
        get => _program.Tables.Translator is null ? CpuEngine.Interpreter : CpuEngine.Translator;
        set => _program.Tables.Translator = value == CpuEngine.Translator && RuntimeFeature.IsDynamicCodeSupported ? _translator : null;
    }

    /// <summary>Gets the translator.</summary>
    internal Translation.Translator Translator => _translator;

    /// <summary>Gets or sets who hears every instruction and access; null: nobody. A change takes effect with the next slice.</summary>
    public IInstructionListener? Listener
    {
        get;
        set
        {
            field = value;
            _sliceEnd = 0;
        }
    }

    /// <summary>Gets or sets a value indicating whether every access goes the way of a shared bus even with nobody to share it with: the plainest engine, to compare others with.</summary>
    public bool SharesMemory { get; set; }

    public ref CpuState State => ref *_state;

    public bool IsAsleep => _asleep;

    public long SleepCycles => _slept + (_asleep ? _state->Cycle - _asleepSince : 0);

    public long SleepPicoseconds => _sleptPicoseconds + (_asleep ? _timeline.PicosecondsAt(_state->Cycle) - _asleepSincePicoseconds : 0);

    /// <summary>Back to the reset vector; the register file is kept, as SRAM is.</summary>
    /// <param name="vector">Word address to start at.</param>
    public void Reset(int vector)
    {
        _state->Pc = vector;
        _state->Sp = _state->SpLowest = SramEnd;
        _state->RampD = _state->RampX = _state->RampY = _state->RampZ = _state->Eind = 0;
        _state->Sreg = 0;
        _state->DesEnd = -1;
        _state->StackPointerWritten = 0;
        _protection.Close();
        _handlers.Reset();
        _hold = 0;
        _halted = false;
        _intent = Intent.Undecided;
        WakeUp();
    }

    /// <summary>Stops <see cref="Run"/> at the next instruction boundary.</summary>
    public void RequestStop()
    {
        _stopRequested = true;
        _sliceEnd = 0;
    }

    /// <summary>Resets the chip at the next instruction boundary; no further instruction of the old program runs.</summary>
    public void RequestReset()
    {
        _resetRequested = true;
        _sliceEnd = 0;
    }

    /// <summary>Makes the current instruction take longer: a memory or a bus that lets the CPU wait.</summary>
    /// <param name="cycles">Cycles, at least 0.</param>
    public void Stall(int cycles) => _stall += cycles;

    /// <summary>Makes the CPU stand still after the current instruction, or lets it go on.</summary>
    /// <param name="stands">Whether it stands still.</param>
    public void Halt(bool stands)
    {
        _halted = stands;
        _sliceEnd = 0;
    }

    /// <summary>Holds interrupts off for some instructions.</summary>
    /// <param name="instructions">How many, with the current one not counted.</param>
    public void HoldInterrupts(int instructions)
    {
        _holdNext = instructions;
        _sliceEnd = 0;
    }

    /// <summary>Ends the current slice at the next instruction boundary, where interrupts and windows are looked at anew.</summary>
    public void EndSlice() => _sliceEnd = 0;

    /// <summary>Runs until something stops the CPU.</summary>
    /// <returns>What stopped it.</returns>
    public CpuStop Run()
    {
        while (true)
            if (Turn(single: false) is { } stop) return stop;
    }

    /// <summary>Does one thing: an instruction, an interrupt entry, a reset that is due, or asleep a jump to the next booked cycle.</summary>
    /// <returns>What stopped the CPU, or null.</returns>
    public CpuStop? Step() => Turn(single: true);

    /// <summary>Does what <see cref="Step"/> does, but instructions as many as there are before something else is due.</summary>
    /// <returns>What stopped the CPU, or null.</returns>
    public CpuStop? Advance() => Turn(single: false);

    /// <summary>
    /// Gets the cycle of what the CPU does next: it decides at the end of the cycle before an instruction, and acts in the
    /// last one of it. What goes on between the two does not change its decision.
    /// </summary>
    public long NextCycle => _intent switch
    {
        Intent.Undecided => _state->Cycle - 1,
        Intent.Interrupt => _state->Cycle + Latency.InterruptEntry - 1,
        Intent.Wait => _schedule.NextCycle,
        _ => _state->Cycle + _program.Tables.Storage.At(_state->Pc).Cycles - 1,
    };

    /// <summary>Gets a value indicating whether the CPU sleeps or stands still and no interrupt has come.</summary>
    public bool IsWaiting => _intent == Intent.Wait;

    /// <summary>Gets a value indicating whether <see cref="RequestStop"/> was called and has not been answered yet.</summary>
    public bool IsStopRequested => _stopRequested;

    /// <summary>Does half a step: decides, or acts. What else is due before <see cref="NextCycle"/> must have been done.</summary>
    /// <param name="canBeWoken">Whether somebody outside the chip may yet wake the CPU.</param>
    /// <returns>What stopped the CPU, or null.</returns>
    public CpuStop? HalfStep(bool canBeWoken)
    {
        if (_intent == Intent.Wait && _stopRequested) _intent = Intent.Undecided;
        if (_intent == Intent.Wait && canBeWoken && CanWake())
        {
            _intent = Intent.Undecided;
            PassTime();
            return null;
        }

        if (_intent != Intent.Undecided) return Act(single: true);
        return Decide();
    }

    /// <summary>Carries the CPU's state out or in.</summary>
    /// <param name="s">The stream.</param>
    public void Carry(StateStream s)
    {
        if (!s.IsRestoring) _state->Sreg = _state->Sreg; // flags in one form, whatever engine they come from
        s.Bytes(_memory);
        if (s.IsRestoring) _translator.Restored(_state);
        s.Value(ref _resetRequested);
        s.Value(ref _hold);
        s.Value(ref _holdNext);
        s.Value(ref _stall);
        s.Value(ref _halted);
        s.Value(ref _asleep);
        s.Value(ref _asleepSince);
        s.Value(ref _slept);
        s.Value(ref _asleepSincePicoseconds);
        s.Value(ref _sleptPicoseconds);
        s.Value(ref _clockStopped);
        s.Value(ref _vector);
        s.Value(ref _held);
        int intent = (int)_intent;
        s.Value(ref intent);
        _intent = (Intent)intent;
        _protection.State(s);
        _handlers.State(s);
    }

    private const int SramEnd = DataSpace.SramStart + DataSpace.SramSize - 1;
    private const int ErasedWord = 0xFFFF;
    private const int CliOpcode = 0x94F8;

    // From one instruction boundary to the next that somebody wants to see.
    private CpuStop? Turn(bool single)
    {
        if (_intent == Intent.Undecided && Decide() is { } stop) return stop;
        return Act(single);
    }

    // At an instruction boundary: settles what comes next. A reset, and flash that cannot be fetched from, leave it open.
    private CpuStop? Decide()
    {
        _schedule.AdvanceTo(_state->Cycle - 1);
        if (_resetRequested)
        {
            _resetRequested = false;
            CarryOutReset();
            return null;
        }

        if (_stopRequested)
        {
            _stopRequested = false;
            return CpuStop.Requested;
        }

        if (_halted)
        {
            _intent = Intent.Wait;
            return null;
        }

        if (_program.IsBusy && !_asleep && Flash!.IsBusy(2 * _state->Pc))
        {
            Halt(true); // until the section can be fetched from again
            return null;
        }

        if (!_timeline.IsRunning)
        {
            if (_pmic.WakesAsynchronously(_state->I)) SleepControl!.Wake();
            _intent = Intent.Wait;
            return null;
        }

        if (_handlers.IsHandling) _handlers.Look(_state->Sp, _state->Cycle);
        bool waiting = _pmic.PendingVector != 0 && (_state->I || _pmic.PendingIsNonMaskable);
        _held = waiting && !_asleep && InterruptsHeld();
        if (waiting && !_held)
        {
            if (_asleep)
            {
                WakeUp();
                _state->Cycle += Latency.WakeUp;
            }

            _vector = _pmic.Acknowledge(_state->Cycle);
            _handlers.Enter(_vector, _state->Sp, _state->Instructions);
            _intent = Intent.Interrupt;
            return null;
        }

        if (_asleep && _clockStopped)
        {
            // Woken by what is over, or shows only with the clock.
            WakeUp();
            _state->Cycle += Latency.WakeUp;
            return null;
        }

        if (_asleep && SleepControl!.StopsClock) return StopClock();
        _intent = _asleep ? Intent.Wait : Intent.Instruction;
        return null;
    }

    private CpuStop? Act(bool single)
    {
        Intent intent = _intent;
        _intent = Intent.Undecided;
        switch (intent)
        {
            case Intent.Instruction:
                // With nothing waiting, whatever comes within a slice comes after its first instruction.
                return RunSlice(_state->Cycle, single || _held || _hold > 1 || _protection.IsOpen || _program.IsBusy);
            case Intent.Interrupt:
                EnterInterrupt();
                return null;
            case Intent.Wait:
                return Wait();
            default:
                return null;
        }
    }

    private CpuStop? RunSlice(long cycle, bool oneInstruction)
    {
        Translation.Translator? translator = _program.Tables.Translator;
        _sliceEnd = cycle + (oneInstruction ? 1 : _handlers.IsHandling ? ShortSlice : LongestSlice);
        if (translator is not null && !oneInstruction) _sliceEnd = Math.Clamp(translator.NextSample, cycle + 1, _sliceEnd);
        _oneInstruction = oneInstruction;
        _sharesBus = SharesMemory || (_data.Arbiter.IsArmed && _schedule.NextCycle - cycle < BusArbiter.Horizon);
        Op op = oneInstruction ? CurrentOp() : Op.Nop;
        bool programs = _protection.SpmOpen;
        long deadline = ReviewDeadline();
        Leave leave = Listener is { } listener ? listener.HearsMemory || _sharesBus ? Execute(deadline, new ListenerTrace(listener)) : Execute(deadline, new InstructionsOnly(listener))
            : _sharesBus ? Execute(deadline, default(SharedMemory))
            : Execute(deadline, default(NoTrace));
        if (translator is not null && _state->Cycle >= translator.NextSample) translator.Sample(_state);
        if (oneInstruction)
        {
            InstructionDone(op);
        }
        else
        {
            _protection.InstructionDone(false);
            _hold = 0;
        }

        if (_holdNext > 0) (_hold, _holdNext) = (_holdNext, 0);

        switch (leave)
        {
            case Leave.InterruptsEnabled:
                _hold = Latency.InstructionsAfterEnable;
                break;
            case Leave.InterruptReturn:
                _schedule.AdvanceTo(_state->Cycle - 1);
                _pmic.Return();
                _handlers.Return(_state->Instructions);
                _hold = Latency.InstructionsAfterReturn;
                break;
            case Leave.Sleep:
                _schedule.AdvanceTo(_state->Cycle - 1);
                _state->Pc--; // what it remarks is about SLEEP itself
                bool sleeps = SleepControl is { MayEnter: true };
                _state->Pc++;
                if (sleeps) FallAsleep();
                break;
            case Leave.WatchdogReset:
                _schedule.AdvanceTo(_state->Cycle - 1);
                WatchdogReset?.Invoke();
                break;
            case Leave.Break:
                return CpuStop.Break;
            case Leave.Held:
                return CpuStop.Requested;
            case Leave.Stuck:
                return CpuStop.Exit;
            case Leave.OutsideFlash:
                _schedule.AdvanceTo(_state->Cycle - 1);
                _diagnostics.Report(DiagnosticKind.OutsideFlash, _state->Pc, $"execution at byte address 0x{2 * _state->Pc:X5}, past the end of flash (0x{ProgramMemory.Size - 1:X5})");
                return CpuStop.OutsideFlash;
            case Leave.Spm:
                StoreProgramMemory(programs);
                break;
            case Leave.Illegal:
                ReportIllegal(_program.ReadWord(_state->Pc - 1));
                break;
        }

        return null;
    }

    private void StoreProgramMemory(bool isOpen)
    {
        int pc = _state->Pc - 1;
        bool increments = _program.Tables.Plain[pc].Op == Op.SpmZInc;
        int z = *(ushort*)(_state->R + 30) | _state->RampZ;
        _schedule.AdvanceTo(_state->Cycle - 1);
        Flash?.Store(z, *(ushort*)_state->R, 2 * pc, isOpen);
        if (!increments) return;
        z += 2; // 0856I: by a word
        *(ushort*)(_state->R + 30) = (ushort)z;
        _state->RampZ = z & 0xFF0000;
    }

    // Who runs into erased flash runs through all of it: that is one remark.
    private void ReportIllegal(int opcode)
    {
        if (opcode == ErasedWord) ReportAtPrevious(DiagnosticKind.IllegalOpcode, "execution of erased flash: opcode 0xFFFF is taken as NOP", -1);
        else ReportAtPrevious(DiagnosticKind.IllegalOpcode, $"opcode 0x{opcode:X4} is not an instruction of the ATxmega128A1: taken as NOP");
    }

    private void ReportAtPrevious(DiagnosticKind kind, string message, int? place = null)
    {
        _state->Pc--;
        _schedule.AdvanceTo(_state->Cycle - 1);
        _diagnostics.Report(kind, place ?? _state->Pc, message);
        _state->Pc++;
    }

    private Op CurrentOp()
    {
        Op op = _program.Tables.Plain[_state->Pc].Op;
        return op == Op.Undecoded ? _program.Tables.Decode(_state->Pc).Op : op;
    }

    // What an instruction does to the windows in which interrupts wait (8077I 3.12, 12.3). DMA closes no window.
    private void InstructionDone(Op op)
    {
        if (_hold > 0) _hold--;
        if (!_protection.IsOpen) return;
        bool writesMemory = op is (>= Op.StX and <= Op.Push) or Op.Rcall or Op.Call or Op.Icall or Op.Eicall;
        bool writesIo = op is Op.Out or Op.Sbi or Op.Cbi;
        bool readsFlash = op is >= Op.Lpm and <= Op.ElpmZInc;
        bool programs = op is Op.Spm or Op.SpmZInc;
        _protection.InstructionDone(writesMemory || programs || op == Op.Sleep || (_protection.IoRegisterOpen && (writesIo || readsFlash)));
    }

    private bool InterruptsHeld()
    {
        if (_hold > 0 || _protection.IsOpen || InterruptsLocked()) return true;
        return _state->StackPointerWritten != 0 && _state->Instructions - _state->StackPointerWritten < Latency.StackPointerWindow;
    }

    // Code in a section that the other may not read runs without interrupts if the vectors are in that other (8077I 4.16.7).
    private bool InterruptsLocked() =>
        _program.ReadsAreSpecial && !_pmic.PendingIsNonMaskable && Flash!.LocksInterrupts(2 * _state->Pc, 2 * _pmic.VectorAddress(0));

    private void EnterInterrupt()
    {
        _state->Cycle += Latency.InterruptEntry;
        _state->Cycle += WaitForStack(_state->Sp, PushCycles, _state->Cycle);
        if (Listener is { } listener) PushProgramCounter(_state->Pc, _state->Cycle, new ListenerTrace(listener));
        else PushProgramCounter(_state->Pc, _state->Cycle, default(NoTrace));
        _state->Cycle += TakeStall();
        _state->Pc = _vector;
    }

    // The deadline after something outside the CPU was touched: it may want the CPU now, or later than before.
    private long ReviewDeadline()
    {
        if (_pmic.PendingVector != 0 && (_state->I || _pmic.PendingIsNonMaskable) && !_oneInstruction) return 0;
        long next = _schedule.NextCycle;
        // A DMA transfer may begin with anything that is booked: what could overlap it runs in a slice that asks for the bus.
        if (_data.Arbiter.IsArmed && !_sharesBus && next != ScheduledAction.Never) next -= BusArbiter.Horizon;
        return next < _sliceEnd ? next + 1 : _sliceEnd;
    }

    /// <summary>Gets or sets the cycle up to which the region that runs may go.</summary>
    internal long RegionEnd { get; set; }

    /// <summary>Makes the state what it is in the last cycle of an instruction of a region that goes to I/O.</summary>
    /// <param name="word">Its word address.</param>
    /// <param name="tally">The tally at its end.</param>
    internal void BeginAccess(int word, long tally)
    {
        _state->Pc = word;
        _state->Cycle = RegionEnd - Translation.RegionTally.Budget(tally);
        _state->Instructions += Translation.RegionTally.Instructions(tally);
        _accessGeneration = _translator.Generation;
        _schedule.AdvanceTo(_state->Cycle - 1);
    }

    internal byte ReadFromRegion(int address) => _data.Io.Read(address);

    internal void WriteFromRegion(int address, byte value)
    {
        _state->StackPointerWritten = 0;
        _data.Io.Write(address, value);
    }

    internal void WriteBitFromRegion(int address, int bit, bool value)
    {
        _state->StackPointerWritten = 0;
        _data.Io.WriteBit(address, bit, value);
    }

    /// <summary>After the access: the region's new budget, below zero when it must be left at once.</summary>
    /// <param name="tally">The tally before it.</param>
    /// <returns>Cycles.</returns>
    internal int EndAccess(long tally)
    {
        const int LongestBudget = 1 << 30;
        _state->Instructions -= Translation.RegionTally.Instructions(tally);
        long cycle = _state->Cycle + TakeStall();
        bool mustLeave = _accessGeneration != _translator.Generation || !_translator.CanRun(_state);
        long budget = mustLeave ? -1 : Math.Clamp(ReviewDeadline() - cycle, -1, LongestBudget);
        RegionEnd = cycle + budget;
        return (int)budget;
    }
}
