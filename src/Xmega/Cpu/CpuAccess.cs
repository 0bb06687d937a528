using Xmega.Memory;
using static Xmega.Cpu.Op;

namespace Xmega.Cpu;

/// <content>The instructions that reach beyond registers and SRAM, or that somebody outside the CPU hears: each in its exact cycle.</content>
internal sealed unsafe partial class CpuCore
{
    private const int AddressMask = 0xFFFFFF;
    private const int SREG = 0x3F;

    /// <summary>Executes the next instruction, whatever it is but arithmetic.</summary>
    /// <param name="code">The instruction.</param>
    /// <param name="deadline">The first cycle in which no instruction starts any more.</param>
    /// <param name="trace">Who listens.</param>
    /// <typeparam name="TTrace">What kind of trace.</typeparam>
    /// <returns>Whether, and why, the interpreter comes back after it.</returns>
    private Leave Perform<TTrace>(Decoded code, long deadline, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        if (code.Op == OutsideFlash) return Leave.OutsideFlash;
        s->Cycle += code.Cycles;
        s->Instructions++;
        switch (code.Op)
        {
            case (>= LdX and <= Pop) or In:
                Load(code, AddressOf(code), trace);
                return Leave.No;
            case (>= StX and <= Push) or Op.Out:
                byte value = s->R[code.A]; // before the pointer moves
                Store(code, AddressOf(code), value, trace);
                return Leave.No;
            case >= Lpm and <= ElpmZInc:
                LoadFlash(code);
                return Leave.No;
            case Rcall or Op.Call or Icall or Eicall:
                Call(code, trace);
                return Leave.No;
            case Ret or Reti:
                Return(trace);
                return code.Op == Reti ? Leave.InterruptReturn : Leave.No;
            case Sbi or Cbi:
                WriteBit(code, trace);
                return Leave.No;
            case Sbis or Sbic:
                SkipIfBit(code, trace);
                return Leave.No;
            case Rjmp:
                return Stay(code, TTrace.SeesInstructions ? 0 : deadline);
        }

        s->Pc++;
        switch (code.Op)
        {
            case Op.Des:
                // One cycle right after another DES, otherwise two.
                if (s->DesEnd != s->Cycle - 1) s->Cycle++;
                s->DesEnd = s->Cycle;
                DesCipher.Round(new Span<byte>(s->R, 16), code.K, (s->H & 0x10) != 0);
                return Leave.No;
            case (>= Sec and <= Sei) or (>= Clc and <= Cli):
                return WriteFlag(code);
            case Spm or SpmZInc: return Leave.Spm;
            case Sleep: return Leave.Sleep;
            case Break: return Leave.Break;
            case Wdr: return Leave.WatchdogReset;
            default: return Leave.Illegal;
        }
    }

    private Leave WriteFlag(Decoded code)
    {
        CpuState* s = _state;
        bool set = code.Op < Clc;
        bool wasEnabled = s->I;
        int bit = 1 << (code.Op - (set ? Sec : Clc)); // the operations are in the order of the bits
        s->Sreg = (byte)(set ? s->Sreg | bit : s->Sreg & ~bit);
        return s->I && !wasEnabled ? Leave.InterruptsEnabled : Leave.No;
    }

    // The data address of a load or a store, with the pointer moved on.
    private int AddressOf(Decoded code)
    {
        CpuState* s = _state;
        switch (code.Op)
        {
            case LdX or StX: return *(ushort*)(s->R + 26) | s->RampX;
            case LdXInc or StXInc: return (Moved(26, ref s->RampX, 1) - 1) & AddressMask;
            case LdXDec or StXDec: return Moved(26, ref s->RampX, -1);
            case LdY or StY: return *(ushort*)(s->R + 28) | s->RampY;
            case LddY or StdY: return ((*(ushort*)(s->R + 28) | s->RampY) + code.K) & AddressMask;
            case LdYInc or StYInc: return (Moved(28, ref s->RampY, 1) - 1) & AddressMask;
            case LdYDec or StYDec: return Moved(28, ref s->RampY, -1);
            case LdZ or StZ: return *(ushort*)(s->R + 30) | s->RampZ;
            case LddZ or StdZ: return ((*(ushort*)(s->R + 30) | s->RampZ) + code.K) & AddressMask;
            case LdZInc or StZInc: return (Moved(30, ref s->RampZ, 1) - 1) & AddressMask;
            case LdZDec or StZDec: return Moved(30, ref s->RampZ, -1);
            case Lds or Sts: return code.K | s->RampD;
            case Pop:
                return s->Sp = (s->Sp + 1) & 0xFFFF;
            case Push:
                int address = s->Sp;
                s->Sp = (address - 1) & 0xFFFF;
                if (s->Sp < s->SpLowest) s->SpLowest = s->Sp;
                return address;
            default: return code.K;
        }
    }

    private int Moved(int register, ref int ramp, int step)
    {
        int pointer = ((*(ushort*)(_state->R + register) | ramp) + step) & AddressMask;
        *(ushort*)(_state->R + register) = (ushort)pointer;
        ramp = pointer & 0xFF0000;
        return pointer;
    }

    private void Load<TTrace>(Decoded code, int address, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        // In the last cycle of the instruction, which is one longer for internal SRAM; POP's table entry says it already.
        CpuState* s = _state;
        if (code.Op != Pop && IsSram(address)) s->Cycle++;
        long cycle = s->Cycle;
        if (TTrace.SeesMemory) cycle += WaitForBus(address, write: false, cycle);
        _schedule.AdvanceTo(cycle - 1);
        byte value = _data.Read(address);
        s->R[code.A] = value;
        trace.OnLoad(address, value, cycle - 1);
        s->Cycle = cycle + TakeStall();
        s->Pc += code.Op == Lds ? 2 : 1;
    }

    private void Store<TTrace>(Decoded code, int address, byte value, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        long cycle = s->Cycle;
        if (TTrace.SeesMemory) cycle += WaitForBus(address, write: true, cycle);
        _schedule.AdvanceTo(cycle - 1);
        if (address < IoSpace.Size) s->StackPointerWritten = 0; // the next I/O write lets interrupts in again
        if (code.Op == Push) WarnOfStack(address);
        trace.OnStore(address, value, cycle - 1);
        _data.Write(address, value);
        s->Cycle = cycle + TakeStall();
        s->Pc += code.Op == Sts ? 2 : 1;
    }

    private void LoadFlash(Decoded code)
    {
        // What LPM reads may be up to the NVM controller: a command, a lock, a section that is being programmed.
        CpuState* s = _state;
        int address = *(ushort*)(s->R + 30) | (code.Op >= Elpm ? s->RampZ : 0);
        int next = address + 1;
        _schedule.AdvanceTo(s->Cycle - 1);
        if (code.Op is LpmZInc or ElpmZInc) *(ushort*)(s->R + 30) = (ushort)next;
        if (code.Op == ElpmZInc) s->RampZ = next & 0xFF0000;
        byte value = _program.ReadsAreSpecial ? Flash!.Load(address, 2 * s->Pc) : _program.Read((uint)address);
        s->R[code.Op is Lpm or Elpm ? 0 : code.A] = value;
        s->Cycle += TakeStall();
        s->Pc++;
    }

    private void Call<TTrace>(Decoded code, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        int target = code.Op switch
        {
            Icall => *(ushort*)(s->R + 30),
            Eicall => *(ushort*)(s->R + 30) | s->Eind,
            _ => code.K,
        };
        long cycle = s->Cycle;
        if (TTrace.SeesMemory) cycle += WaitForStack(s->Sp, PushCycles, cycle);
        PushProgramCounter(s->Pc + (code.Op == Op.Call ? 2 : 1), cycle, trace);
        s->Pc = target;
        s->Cycle = cycle + TakeStall();
    }

    private void Return<TTrace>(TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        long cycle = s->Cycle;
        if (TTrace.SeesMemory) cycle += WaitForStack(s->Sp + 1, PopCycles, cycle);
        s->Pc = PopProgramCounter(cycle, trace);
        s->Cycle = cycle + TakeStall();
    }

    private void WriteBit<TTrace>(Decoded code, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        bool set = code.Op == Sbi;
        if (TTrace.SeesMemory) s->Cycle += WaitForBus(code.K, write: true, s->Cycle);
        _schedule.AdvanceTo(s->Cycle - 1);
        s->StackPointerWritten = 0;
        if (TTrace.SeesInstructions) trace.OnStore(code.K, WithBit(_data.Io.Peek(code.K), code.B, set), s->Cycle - 1);
        _data.Io.WriteBit(code.K, code.B, set);
        s->Pc++;
    }

    private void SkipIfBit<TTrace>(Decoded code, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        if (TTrace.SeesMemory) s->Cycle += WaitForBus(code.K, write: false, s->Cycle);
        _schedule.AdvanceTo(s->Cycle - 1);
        byte value = _data.Io.Read(code.K);
        trace.OnLoad(code.K, value, s->Cycle - 1);
        s->Pc++;
        if (((value & (1 << code.B)) != 0) != (code.Op == Sbis)) return;
        // One more cycle for each word skipped.
        int words = InstructionDecoder.IsTwoWords(_program.ReadWord(s->Pc)) ? 2 : 1;
        s->Pc += words;
        s->Cycle += words;
    }

    // A jump to itself: waiting for an interrupt takes as many turns as start before the deadline; a listener hears each.
    private Leave Stay(Decoded code, long deadline)
    {
        CpuState* s = _state;
        if (!s->I && IsExit(code.K)) return Leave.Stuck;
        long turns = (deadline - s->Cycle + 1) / 2;
        if (turns <= 0) return Leave.No;
        s->Cycle += 2 * turns;
        s->Instructions += turns;
        return Leave.No;
    }

    private static byte WithBit(byte value, int bit, bool set) => (byte)(set ? value | (1 << bit) : value & ~(1 << bit));

    private int TakeStall()
    {
        int stall = _stall;
        _stall = 0;
        return stall;
    }

    private void PushProgramCounter<TTrace>(int pc, long end, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        _schedule.AdvanceTo(end - 1);
        int lowest = _state->Sp - 2;
        if (!TTrace.SeesMemory && IsSram(lowest) && IsSram(lowest + 2))
        {
            byte* bytes = _data.Sram + (lowest - DataSpace.SramStart);
            (bytes[2], bytes[1], bytes[0]) = ((byte)pc, (byte)(pc >> 8), (byte)(pc >> 16));
            _state->Sp = lowest - 1;
        }
        else
        {
            for (int i = 0; i < 3; i++, pc >>= 8)
            {
                WarnOfStack(_state->Sp);
                trace.OnStore(_state->Sp, (byte)pc, end - 1);
                _data.Write(_state->Sp, (byte)pc);
                _state->Sp = (_state->Sp - 1) & 0xFFFF;
            }
        }

        if (_state->Sp < _state->SpLowest) _state->SpLowest = _state->Sp;
    }

    // With interrupts off a jump to itself is the end, unless the run has another one: the peripherals of "for (;;);" may
    // be what is looked at, or the watchdog waited for. CLI right before the jump is avr-libc's _exit in any case.
    private bool IsExit(int pc) => !(SleepsForever || (_schedule.HasWork && MayBeReset())) || (pc > 0 && _program.ReadWord(pc - 1) == CliOpcode);

    private static bool IsSram(int address) => (uint)(address - DataSpace.SramStart) < DataSpace.SramSize;

    private void WarnOfStack(int address)
    {
        if (!IsSram(address))
            _diagnostics.Report(DiagnosticKind.Stack, 0, $"the stack left internal SRAM: a byte is pushed to 0x{address:X4}");
    }

    private int PopProgramCounter<TTrace>(long end, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        _schedule.AdvanceTo(end - 1);
        int pc = 0, lowest = _state->Sp + 1;
        if (!TTrace.SeesMemory && IsSram(lowest) && IsSram(lowest + 2))
        {
            byte* bytes = _data.Sram + (lowest - DataSpace.SramStart);
            _state->Sp = lowest + 2;
            return ((bytes[0] << 16) | (bytes[1] << 8) | bytes[2]) & (InstructionDecoder.ProgramSpaceWords - 1);
        }

        for (int i = 0; i < 3; i++)
        {
            _state->Sp = (_state->Sp + 1) & 0xFFFF;
            byte value = _data.Read(_state->Sp);
            trace.OnLoad(_state->Sp, value, end - 1);
            pc = (pc << 8) | value;
        }

        return pc & (InstructionDecoder.ProgramSpaceWords - 1);
    }
}
