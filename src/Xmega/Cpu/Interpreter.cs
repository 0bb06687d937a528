using static Xmega.Cpu.Op;

namespace Xmega.Cpu;

/// <summary>Why the interpreter came back.</summary>
internal enum Leave
{
    /// <summary>The deadline is reached.</summary>
    Deadline,

    /// <summary>SLEEP was executed.</summary>
    Sleep,

    /// <summary>BREAK was executed.</summary>
    Break,

    /// <summary>WDR was executed.</summary>
    WatchdogReset,

    /// <summary>SPM is to be executed; the program counter is past it.</summary>
    Spm,

    /// <summary>RETI was executed.</summary>
    InterruptReturn,

    /// <summary>I was set.</summary>
    InterruptsEnabled,

    /// <summary>A jump to itself with interrupts off: how avr-libc's exit ends.</summary>
    Stuck,

    /// <summary>An opcode that the part does not have was passed over.</summary>
    Illegal,

    /// <summary>The program counter stands outside flash.</summary>
    OutsideFlash,

    /// <summary>The listener wants the run to stop before the next instruction.</summary>
    Held,
}

/// <summary>
/// What instructions do: the definition that everything else agrees with. One loop over predecoded instructions with
/// the CPU's state in locals and one comparison an instruction. Costs are the table's, plus what depends on the data.
/// </summary>
internal sealed unsafe partial class CpuCore
{
    private const int AddressMask = 0xFFFFFF;
    private const int SREG = 0x3F;
    private const int SPH = 0x3E;
    private const int SPL = 0x3D;

    /// <summary>Executes instructions that start before a cycle.</summary>
    /// <param name="deadline">The first cycle in which no instruction starts any more.</param>
    /// <param name="trace">Who listens.</param>
    /// <typeparam name="TTrace">What the loop is compiled for.</typeparam>
    /// <returns>Why it came back. The state is whole at an instruction boundary.</returns>
    private Leave Execute<TTrace>(long deadline, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        byte* r = s->R;
        byte* sram = _data.Sram - Memory.DataSpace.SramStart;
        Decoded* plain = _program.Tables.Plain;

        // Fused instructions run as long as the last part of the longest starts before the deadline; whoever listens sees none.
        Decoded* fused = TTrace.SeesInstructions || TTrace.SeesMemory ? plain : _program.Tables.Fused;
        Decoded* code = plain;
        byte* flash = _program.Bytes;
        Decoded* ip = code + s->Pc;
        long cycle = s->Cycle;
        long count = s->Instructions;
        uint c = s->C, nz = s->NotZ, n = s->N, v = s->V, h = s->H;
        Leave leave = Leave.Deadline;
        int address, pointer;
        byte value;
        bool alone = false; // the next instruction must not be fused

    Again:
        if (cycle >= deadline) goto Out;
        long limit = deadline;
        if (!alone && cycle < deadline - Fusion.Lead)
        {
            limit = deadline - Fusion.Lead;
            ip = fused + (ip - code);
            code = fused;
        }
        else
        {
            // One by one near the deadline, and where the parts of a fused instruction have to be.
            if (alone) limit = cycle + 1;
            alone = false;
            ip = plain + (ip - code);
            code = plain;
        }

        while (cycle < limit)
        {
            if (TTrace.SeesInstructions && ip->Op != Undecoded)
            {
                s->Cycle = cycle;
                s->Pc = (int)(ip - code);
                if (!trace.OnInstruction(2 * s->Pc, cycle))
                {
                    leave = Leave.Held;
                    goto Out;
                }
            }

            cycle += ip->Cycles;
            count++;
            switch (ip->Op)
            {
                case Undecoded:
                    if (code == plain) _program.Tables.Decode((int)(ip - code));
                    else _program.Tables.Fuse((int)(ip - code));
                    count--;
                    continue;
                case Nop:
                    ip++;
                    continue;

                // Arithmetic and logic
                case Add:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d + m;
                    r[ip->A] = (byte)x;
                    c = x >> 8; n = nz = (byte)x; v = (d ^ x) & (m ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Adc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d + m + c;
                    r[ip->A] = (byte)x;
                    c = x >> 8; n = nz = (byte)x; v = (d ^ x) & (m ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Sub:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m;
                    r[ip->A] = (byte)x;
                    c = x >> 31; n = nz = (byte)x; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Subi:
                {
                    uint d = r[ip->A], m = (uint)ip->K, x = d - m;
                    r[ip->A] = (byte)x;
                    c = x >> 31; n = nz = (byte)x; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Cp:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m;
                    c = x >> 31; n = nz = (byte)x; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Cpi:
                {
                    uint d = r[ip->A], m = (uint)ip->K, x = d - m;
                    c = x >> 31; n = nz = (byte)x; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Sbc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m - c;
                    r[ip->A] = (byte)x;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Sbci:
                {
                    uint d = r[ip->A], m = (uint)ip->K, x = d - m - c;
                    r[ip->A] = (byte)x;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case Cpc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m - c;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    ip++;
                    continue;
                }

                case And:
                    r[ip->A] = (byte)(n = nz = (uint)(r[ip->A] & r[ip->B]));
                    v = 0;
                    ip++;
                    continue;
                case Andi:
                    r[ip->A] = (byte)(n = nz = (uint)(r[ip->A] & ip->K));
                    v = 0;
                    ip++;
                    continue;
                case Or:
                    r[ip->A] = (byte)(n = nz = (uint)(r[ip->A] | r[ip->B]));
                    v = 0;
                    ip++;
                    continue;
                case Ori:
                    r[ip->A] = (byte)(n = nz = (uint)(r[ip->A] | ip->K));
                    v = 0;
                    ip++;
                    continue;
                case Eor:
                    r[ip->A] = (byte)(n = nz = (uint)(r[ip->A] ^ r[ip->B]));
                    v = 0;
                    ip++;
                    continue;
                case Com:
                    r[ip->A] = (byte)(n = nz = (uint)(r[ip->A] ^ 0xFF));
                    v = 0;
                    c = 1;
                    ip++;
                    continue;
                case Neg:
                {
                    uint d = r[ip->A], x = 0 - d;
                    r[ip->A] = (byte)x;
                    c = x >> 31; n = nz = (byte)x; v = d & x; h = d ^ x;
                    ip++;
                    continue;
                }

                case Inc:
                {
                    uint d = r[ip->A], x = d + 1;
                    r[ip->A] = (byte)x;
                    n = nz = (byte)x; v = ~d & x;
                    ip++;
                    continue;
                }

                case Dec:
                {
                    uint d = r[ip->A], x = d - 1;
                    r[ip->A] = (byte)x;
                    n = nz = (byte)x; v = d & ~x;
                    ip++;
                    continue;
                }

                case Lsr:
                {
                    uint d = r[ip->A];
                    r[ip->A] = (byte)(nz = d >> 1);
                    c = d & 1; n = 0; v = c << 7;
                    ip++;
                    continue;
                }

                case Ror:
                {
                    uint d = r[ip->A];
                    r[ip->A] = (byte)(n = nz = (c << 7) | (d >> 1));
                    c = d & 1; v = n ^ (c << 7);
                    ip++;
                    continue;
                }

                case Asr:
                {
                    uint d = r[ip->A];
                    r[ip->A] = (byte)(n = nz = (d & 0x80) | (d >> 1));
                    c = d & 1; v = n ^ (c << 7);
                    ip++;
                    continue;
                }

                case Swap:
                    r[ip->A] = (byte)((r[ip->A] << 4) | (r[ip->A] >> 4));
                    ip++;
                    continue;
                case Adiw:
                {
                    uint d = *(ushort*)(r + ip->A), x = d + (uint)ip->K;
                    *(ushort*)(r + ip->A) = (ushort)x;
                    c = x >> 16; nz = (ushort)x; n = nz >> 8; v = (~d & x) >> 8;
                    ip++;
                    continue;
                }

                case Sbiw:
                {
                    uint d = *(ushort*)(r + ip->A), x = d - (uint)ip->K;
                    *(ushort*)(r + ip->A) = (ushort)x;
                    c = x >> 31; nz = (ushort)x; n = nz >> 8; v = (d & ~x) >> 8;
                    ip++;
                    continue;
                }

                // Multiplication
                case Mul:
                    *(ushort*)r = (ushort)(nz = (uint)(r[ip->A] * r[ip->B]));
                    c = nz >> 15;
                    ip++;
                    continue;
                case Muls:
                    *(ushort*)r = (ushort)(nz = (ushort)((sbyte)r[ip->A] * (sbyte)r[ip->B]));
                    c = nz >> 15;
                    ip++;
                    continue;
                case Mulsu:
                    *(ushort*)r = (ushort)(nz = (ushort)((sbyte)r[ip->A] * r[ip->B]));
                    c = nz >> 15;
                    ip++;
                    continue;
                case Fmul:
                    nz = (uint)(r[ip->A] * r[ip->B]);
                    c = nz >> 15;
                    *(ushort*)r = (ushort)(nz = (ushort)(nz << 1));
                    ip++;
                    continue;
                case Fmuls:
                    nz = (ushort)((sbyte)r[ip->A] * (sbyte)r[ip->B]);
                    c = nz >> 15;
                    *(ushort*)r = (ushort)(nz = (ushort)(nz << 1));
                    ip++;
                    continue;
                case Fmulsu:
                    nz = (ushort)((sbyte)r[ip->A] * r[ip->B]);
                    c = nz >> 15;
                    *(ushort*)r = (ushort)(nz = (ushort)(nz << 1));
                    ip++;
                    continue;
                case Op.Des:
                    // One cycle right after another DES, otherwise two.
                    if (s->DesEnd != cycle - 1) cycle++;
                    s->DesEnd = cycle;
                    DesCipher.Round(new Span<byte>(r, 16), ip->K, (h & 0x10) != 0);
                    ip++;
                    continue;

                // Moves and bits
                case Mov:
                    r[ip->A] = r[ip->B];
                    ip++;
                    continue;
                case Movw:
                    *(ushort*)(r + ip->A) = *(ushort*)(r + ip->B);
                    ip++;
                    continue;
                case Ldi:
                    r[ip->A] = (byte)ip->K;
                    ip++;
                    continue;
                case Bst:
                    s->T = ((uint)r[ip->A] >> ip->B) & 1;
                    ip++;
                    continue;
                case Bld:
                    r[ip->A] = (byte)((r[ip->A] & ~(1 << ip->B)) | ((int)s->T << ip->B));
                    ip++;
                    continue;
                case Sec: c = 1; ip++; continue;
                case Clc: c = 0; ip++; continue;
                case Sez: nz = 0; ip++; continue;
                case Clz: nz = 1; ip++; continue;
                case Sen or Cln or Sev or Clv or Ses or Cls:
                {
                    // Each of N, V and S alone; bit 8 of n keeps S where it was, or puts it where it should be.
                    uint sign = (n ^ v ^ (n >> 1)) & 0x80;
                    switch (ip->Op)
                    {
                        case Sen: n = 0x80; break;
                        case Cln: n = 0; break;
                        case Sev: v = 0x80; break;
                        case Clv: v = 0; break;
                        case Ses: sign = 0x80; break;
                        default: sign = 0; break;
                    }

                    n = (n & 0xFF) | (((n ^ v ^ sign) & 0x80) << 1);
                    ip++;
                    continue;
                }

                case Seh: h = 0x10; ip++; continue;
                case Clh: h = 0; ip++; continue;
                case Set: s->T = 1; ip++; continue;
                case Clt: s->T = 0; ip++; continue;
                case Cli: s->I = false; ip++; continue;
                case Sei:
                    ip++;
                    if (s->I) continue;
                    s->I = true;
                    leave = Leave.InterruptsEnabled;
                    goto Out;

                // Jumps, calls, branches
                case Rjmp:
                    if (ip == code + ip->K)
                    {
                        if (!s->I && IsExit(ip->K))
                        {
                            leave = Leave.Stuck;
                            goto Out;
                        }

                        // Waiting for an interrupt: as many turns as start before the deadline, in one go; a listener hears each.
                        long turns = (limit - cycle + 1) / 2;
                        if (turns > 0 && !TTrace.SeesInstructions)
                        {
                            cycle += 2 * turns;
                            count += turns;
                        }

                        continue;
                    }

                    ip = code + ip->K;
                    continue;
                case Jmp:
                    ip = code + ip->K;
                    continue;
                case Ijmp:
                    address = *(ushort*)(r + 30);
                    goto IndirectJump;
                case Eijmp:
                    address = *(ushort*)(r + 30) | s->Eind;
                    goto IndirectJump;
                case Rcall or Call:
                    address = ip->K;
                    goto PushReturn;
                case Icall:
                    address = *(ushort*)(r + 30);
                    if (code[address].Op < Fusion.Arrival && code == fused) _program.Tables.Translator?.Jumped((int)(ip - code), address, isCall: true);
                    goto PushReturn;
                case Eicall:
                    address = *(ushort*)(r + 30) | s->Eind;
                    goto PushReturn;
                case Ret:
                    if (TTrace.SeesMemory || (uint)(s->Sp - (Memory.DataSpace.SramStart - 1)) > Memory.DataSpace.SramSize - 3) goto SlowReturn;
                    address = (sram[s->Sp + 1] << 16) | (sram[s->Sp + 2] << 8) | sram[s->Sp + 3];
                    s->Sp += 3;
                    ip = code + (address & (InstructionDecoder.ProgramSpaceWords - 1));
                    continue;
                case Reti:
                    leave = Leave.InterruptReturn;
                    goto SlowReturn;
                case Breq: if (nz == 0) goto Taken; ip++; continue;
                case Brne: if (nz != 0) goto Taken; ip++; continue;
                case Brcs: if (c != 0) goto Taken; ip++; continue;
                case Brcc: if (c == 0) goto Taken; ip++; continue;
                case Brmi: if ((n & 0x80) != 0) goto Taken; ip++; continue;
                case Brpl: if ((n & 0x80) == 0) goto Taken; ip++; continue;
                case Brvs: if ((v & 0x80) != 0) goto Taken; ip++; continue;
                case Brvc: if ((v & 0x80) == 0) goto Taken; ip++; continue;
                case Brlt: if (((n ^ v ^ (n >> 1)) & 0x80) != 0) goto Taken; ip++; continue;
                case Brge: if (((n ^ v ^ (n >> 1)) & 0x80) == 0) goto Taken; ip++; continue;
                case Brhs: if ((h & 0x10) != 0) goto Taken; ip++; continue;
                case Brhc: if ((h & 0x10) == 0) goto Taken; ip++; continue;
                case Brts: if (s->T != 0) goto Taken; ip++; continue;
                case Brtc: if (s->T == 0) goto Taken; ip++; continue;
                case Brie: if (s->I) goto Taken; ip++; continue;
                case Brid: if (!s->I) goto Taken; ip++; continue;
                case Cpse: if (r[ip->A] == r[ip->B]) goto Skip; ip++; continue;
                case Sbrc: if ((r[ip->A] & (1 << ip->B)) == 0) goto Skip; ip++; continue;
                case Sbrs: if ((r[ip->A] & (1 << ip->B)) != 0) goto Skip; ip++; continue;

                // Loads
                case LdX:
                    address = *(ushort*)(r + 26) | s->RampX;
                    goto Load;
                case LdXInc:
                    address = *(ushort*)(r + 26) | s->RampX;
                    pointer = address + 1;
                    goto UpdateXLoad;
                case LdXDec:
                    address = pointer = ((*(ushort*)(r + 26) | s->RampX) - 1) & AddressMask;
                    goto UpdateXLoad;
                case LdY:
                    address = *(ushort*)(r + 28) | s->RampY;
                    goto Load;
                case LddY:
                    address = ((*(ushort*)(r + 28) | s->RampY) + ip->K) & AddressMask;
                    goto Load;
                case LdYInc:
                    address = *(ushort*)(r + 28) | s->RampY;
                    *(ushort*)(r + 28) = (ushort)(pointer = address + 1);
                    s->RampY = pointer & 0xFF0000;
                    goto Load;
                case LdYDec:
                    address = ((*(ushort*)(r + 28) | s->RampY) - 1) & AddressMask;
                    *(ushort*)(r + 28) = (ushort)address;
                    s->RampY = address & 0xFF0000;
                    goto Load;
                case LdZ:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    goto Load;
                case LddZ:
                    address = ((*(ushort*)(r + 30) | s->RampZ) + ip->K) & AddressMask;
                    goto Load;
                case LdZInc:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    *(ushort*)(r + 30) = (ushort)(pointer = address + 1);
                    s->RampZ = pointer & 0xFF0000;
                    goto Load;
                case LdZDec:
                    address = ((*(ushort*)(r + 30) | s->RampZ) - 1) & AddressMask;
                    *(ushort*)(r + 30) = (ushort)address;
                    s->RampZ = address & 0xFF0000;
                    goto Load;
                case Lds:
                    address = ip->K | s->RampD;
                    if (TTrace.SeesMemory || (uint)(address - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize) goto SlowLoad;
                    r[ip->A] = sram[address];
                    cycle++;
                    ip += 2;
                    continue;
                case Pop:
                    address = (s->Sp + 1) & 0xFFFF;
                    s->Sp = address;
                    if (TTrace.SeesMemory || (uint)(address - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize) goto SlowLoad;
                    r[ip->A] = sram[address];
                    ip++;
                    continue;
                case In:
                    address = ip->K;
                    if (TTrace.SeesMemory) goto SlowLoad;
                    if (address == SPL) r[ip->A] = (byte)s->Sp;
                    else if (address == SPH) r[ip->A] = (byte)(s->Sp >> 8);
                    else goto SlowLoad;
                    ip++;
                    continue;

                // Stores
                case StX:
                    address = *(ushort*)(r + 26) | s->RampX;
                    goto Store;
                case StXInc:
                    address = *(ushort*)(r + 26) | s->RampX;
                    pointer = address + 1;
                    goto UpdateXStore;
                case StXDec:
                    address = pointer = ((*(ushort*)(r + 26) | s->RampX) - 1) & AddressMask;
                    goto UpdateXStore;
                case StY:
                    address = *(ushort*)(r + 28) | s->RampY;
                    goto Store;
                case StdY:
                    address = ((*(ushort*)(r + 28) | s->RampY) + ip->K) & AddressMask;
                    goto Store;
                case StYInc:
                    address = *(ushort*)(r + 28) | s->RampY;
                    value = r[ip->A];
                    *(ushort*)(r + 28) = (ushort)(pointer = address + 1);
                    s->RampY = pointer & 0xFF0000;
                    goto StoreSaved;
                case StYDec:
                    address = ((*(ushort*)(r + 28) | s->RampY) - 1) & AddressMask;
                    value = r[ip->A];
                    *(ushort*)(r + 28) = (ushort)address;
                    s->RampY = address & 0xFF0000;
                    goto StoreSaved;
                case StZ:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    goto Store;
                case StdZ:
                    address = ((*(ushort*)(r + 30) | s->RampZ) + ip->K) & AddressMask;
                    goto Store;
                case StZInc:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    value = r[ip->A];
                    *(ushort*)(r + 30) = (ushort)(pointer = address + 1);
                    s->RampZ = pointer & 0xFF0000;
                    goto StoreSaved;
                case StZDec:
                    address = ((*(ushort*)(r + 30) | s->RampZ) - 1) & AddressMask;
                    value = r[ip->A];
                    *(ushort*)(r + 30) = (ushort)address;
                    s->RampZ = address & 0xFF0000;
                    goto StoreSaved;
                case Sts:
                    address = ip->K | s->RampD;
                    if (TTrace.SeesMemory || (uint)(address - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize) goto SlowStore;
                    sram[address] = r[ip->A];
                    ip += 2;
                    continue;
                case Push:
                    address = s->Sp;
                    s->Sp = (address - 1) & 0xFFFF;
                    if (s->Sp < s->SpLowest) s->SpLowest = s->Sp;
                    goto Store;
                case Op.Out:
                    address = ip->K;
                    if (TTrace.SeesMemory) goto SlowStore;
                    if (address == SPL)
                    {
                        s->Sp = (s->Sp & 0xFF00) | r[ip->A];
                        s->StackPointerWritten = count;
                    }
                    else if (address == SPH)
                    {
                        s->Sp = (s->Sp & 0xFF) | (r[ip->A] << 8);
                        s->StackPointerWritten = 0;
                        if (s->Sp < s->SpLowest) s->SpLowest = s->Sp;
                    }
                    else
                    {
                        goto SlowStore;
                    }

                    ip++;
                    continue;
                case Sbi or Cbi or Sbis or Sbic:
                    goto BitAccess;

                // Program memory
                case Lpm:
                    if (_program.ReadsAreSpecial) goto SlowFlashLoad;
                    r[0] = flash[*(ushort*)(r + 30)];
                    ip++;
                    continue;
                case LpmZ:
                    if (_program.ReadsAreSpecial) goto SlowFlashLoad;
                    r[ip->A] = flash[*(ushort*)(r + 30)];
                    ip++;
                    continue;
                case LpmZInc:
                    if (_program.ReadsAreSpecial) goto SlowFlashLoad;
                    pointer = *(ushort*)(r + 30);
                    *(ushort*)(r + 30) = (ushort)(pointer + 1);
                    r[ip->A] = flash[pointer];
                    ip++;
                    continue;
                case Elpm:
                    if (_program.ReadsAreSpecial) goto SlowFlashLoad;
                    r[0] = _program.Read((uint)(*(ushort*)(r + 30) | s->RampZ));
                    ip++;
                    continue;
                case ElpmZ:
                    if (_program.ReadsAreSpecial) goto SlowFlashLoad;
                    r[ip->A] = _program.Read((uint)(*(ushort*)(r + 30) | s->RampZ));
                    ip++;
                    continue;
                case ElpmZInc:
                    if (_program.ReadsAreSpecial) goto SlowFlashLoad;
                    address = *(ushort*)(r + 30) | s->RampZ;
                    *(ushort*)(r + 30) = (ushort)(pointer = address + 1);
                    s->RampZ = pointer & 0xFF0000;
                    r[ip->A] = _program.Read((uint)address);
                    ip++;
                    continue;
                case Spm or SpmZInc:
                    ip++;
                    leave = Leave.Spm;
                    goto Out;

                // Control
                case Sleep:
                    ip++;
                    leave = Leave.Sleep;
                    goto Out;
                case Break:
                    ip++;
                    leave = Leave.Break;
                    goto Out;
                case Wdr:
                    ip++;
                    leave = Leave.WatchdogReset;
                    goto Out;

                // Fused instructions: what their parts do, one after the other
                case Fusion.AddAdc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d + m;
                    r[ip->A] = (byte)x;
                    d = r[ip->K & 0xFF]; m = r[ip->K >> 8];
                    x = d + m + (x >> 8);
                    r[ip->K & 0xFF] = (byte)x;
                    c = x >> 8; n = nz = (byte)x; v = (d ^ x) & (m ^ x); h = d ^ m ^ x;
                    goto Two;
                }

                case Fusion.AdcAdc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d + m + c;
                    r[ip->A] = (byte)x;
                    d = r[ip->K & 0xFF]; m = r[ip->K >> 8];
                    x = d + m + (x >> 8);
                    r[ip->K & 0xFF] = (byte)x;
                    c = x >> 8; n = nz = (byte)x; v = (d ^ x) & (m ^ x); h = d ^ m ^ x;
                    goto Two;
                }

                case Fusion.SubSbc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m;
                    r[ip->A] = (byte)x;
                    nz = (byte)x;
                    d = r[ip->K & 0xFF]; m = r[ip->K >> 8];
                    x = d - m - (x >> 31);
                    r[ip->K & 0xFF] = (byte)x;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    goto Two;
                }

                case Fusion.SbcSbc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m - c;
                    r[ip->A] = (byte)x;
                    nz |= (byte)x;
                    d = r[ip->K & 0xFF]; m = r[ip->K >> 8];
                    x = d - m - (x >> 31);
                    r[ip->K & 0xFF] = (byte)x;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    goto Two;
                }

                case Fusion.CpCpc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m;
                    nz = (byte)x;
                    d = r[ip->K & 0xFF]; m = r[ip->K >> 8];
                    x = d - m - (x >> 31);
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    goto Two;
                }

                case Fusion.CpcCpc:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m - c;
                    nz |= (byte)x;
                    d = r[ip->K & 0xFF]; m = r[ip->K >> 8];
                    x = d - m - (x >> 31);
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    goto Two;
                }

                case Fusion.LsrRor:
                {
                    uint d = r[ip->A];
                    r[ip->A] = (byte)(d >> 1);
                    c = d & 1;
                    d = r[ip->K & 0xFF];
                    r[ip->K & 0xFF] = (byte)(n = nz = (c << 7) | (d >> 1));
                    c = d & 1; v = n ^ (c << 7);
                    goto Two;
                }

                case Fusion.RorRor:
                {
                    uint d = r[ip->A];
                    r[ip->A] = (byte)((c << 7) | (d >> 1));
                    c = d & 1;
                    d = r[ip->K & 0xFF];
                    r[ip->K & 0xFF] = (byte)(n = nz = (c << 7) | (d >> 1));
                    c = d & 1; v = n ^ (c << 7);
                    goto Two;
                }

                case Fusion.MovwMovw:
                    *(ushort*)(r + ip->A) = *(ushort*)(r + ip->B);
                    *(ushort*)(r + (ip->K & 0xFF)) = *(ushort*)(r + (ip->K >> 8));
                    goto Two;
                case Fusion.LdiLdi:
                    r[ip->A] = (byte)ip->K;
                    r[ip->B] = (byte)(ip->K >> 8);
                    goto Two;
                case Fusion.EorEor:
                    r[ip->A] = (byte)(r[ip->A] ^ r[ip->B]);
                    r[ip->K & 0xFF] = (byte)(n = nz = (uint)(r[ip->K & 0xFF] ^ r[ip->K >> 8]));
                    v = 0;
                    goto Two;
                case Fusion.LdZIncStXInc:
                    address = *(ushort*)(r + 30);
                    pointer = *(ushort*)(r + 26);
                    if ((uint)(address - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize
                        || (uint)(pointer - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize || (s->RampX | s->RampZ) != 0) goto OneByOne;
                    r[ip->A] = sram[address];
                    *(ushort*)(r + 30) = (ushort)(address + 1);
                    sram[pointer] = r[ip->K & 0xFF];
                    *(ushort*)(r + 26) = (ushort)(pointer + 1);
                    cycle++;
                    goto Two;
                case Fusion.SubiSbci:
                {
                    uint d = *(ushort*)(r + ip->A), m = (uint)ip->K, x = d - m;
                    *(ushort*)(r + ip->A) = (ushort)x;
                    c = x >> 31; nz = (ushort)x; n = nz >> 8; v = ((d ^ m) & (d ^ x)) >> 8; h = (d ^ m ^ x) >> 8;
                    goto Two;
                }

                case Fusion.Add32:
                {
                    uint d = *(uint*)(r + ip->A), m = *(uint*)(r + ip->B), x = d + m;
                    *(uint*)(r + ip->A) = x;
                    c = x < d ? 1u : 0; n = nz = x >> 24; v = ((d ^ x) & (m ^ x)) >> 24; h = (d ^ m ^ x) >> 24;
                    count += 3;
                    ip += 4;
                    continue;
                }

                case Fusion.Lsr32:
                {
                    uint d = *(uint*)(r + ip->A);
                    *(uint*)(r + ip->A) = d >> 1;
                    c = d & 1; n = nz = (byte)(d >> 1); v = n ^ (c << 7);
                    count += 3;
                    ip += 4;
                    continue;
                }

                case Fusion.DecBrne:
                {
                    uint d = r[ip->A], x = d - 1;
                    r[ip->A] = (byte)x;
                    n = nz = (byte)x; v = d & ~x;
                    if (nz != 0) goto TwoTaken;
                    goto Two;
                }

                case Fusion.CpcBrne:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m - c;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    if (nz != 0) goto TwoTaken;
                    goto Two;
                }

                case Fusion.CpcBrcs:
                {
                    uint d = r[ip->A], m = r[ip->B], x = d - m - c;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    if (c != 0) goto TwoTaken;
                    goto Two;
                }

                case Fusion.SbciBrcc:
                {
                    uint d = r[ip->A], m = (byte)ip->K, x = d - m - c;
                    r[ip->A] = (byte)x;
                    c = x >> 31; n = (byte)x; nz |= n; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    if (c == 0) goto TwoTaken;
                    goto Two;
                }

                case Fusion.CpiBrne or Fusion.CpiBreq:
                {
                    uint d = r[ip->A], m = (byte)ip->K, x = d - m;
                    c = x >> 31; n = nz = (byte)x; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    if ((nz == 0) == (ip->Op == Fusion.CpiBreq)) goto TwoTaken;
                    goto Two;
                }

                case Fusion.AndBreq:
                    r[ip->A] = (byte)(n = nz = (uint)(r[ip->A] & r[ip->B]));
                    v = 0;
                    if (nz == 0) goto TwoTaken;
                    goto Two;
                case Fusion.SubiBrne:
                {
                    uint d = r[ip->A], m = (byte)ip->K, x = d - m;
                    r[ip->A] = (byte)x;
                    c = x >> 31; n = nz = (byte)x; v = (d ^ m) & (d ^ x); h = d ^ m ^ x;
                    if (nz != 0) goto TwoTaken;
                    goto Two;
                }

                case Fusion.SbiwBrne:
                {
                    uint d = *(ushort*)(r + ip->A), x = d - (byte)ip->K;
                    *(ushort*)(r + ip->A) = (ushort)x;
                    c = x >> 31; nz = (ushort)x; n = nz >> 8; v = (d & ~x) >> 8;
                    if (nz != 0) goto TwoTaken;
                    goto Two;
                }

                // Delays: the turns before the last that end before the limit change nothing but the counter.
                case Fusion.DelayDec:
                {
                    const int Turn = 3;
                    long turns = Math.Min((byte)(r[ip->A] - 1), (limit - cycle) / Turn);
                    if (turns > 0)
                    {
                        r[ip->A] -= (byte)turns;
                        cycle += Turn * turns;
                        count += 2 * turns;
                    }

                    uint d = r[ip->A], x = d - 1;
                    r[ip->A] = (byte)x;
                    n = nz = (byte)x; v = d & ~x;
                    goto Turned;
                }

                case Fusion.DelaySbiw:
                {
                    const int Turn = 4;
                    long turns = Math.Min((ushort)(*(ushort*)(r + ip->A) - 1), (limit - cycle) / Turn);
                    if (turns > 0)
                    {
                        *(ushort*)(r + ip->A) -= (ushort)turns;
                        cycle += Turn * turns;
                        count += 2 * turns;
                    }

                    uint d = *(ushort*)(r + ip->A), x = d - 1;
                    *(ushort*)(r + ip->A) = (ushort)x;
                    c = x >> 31; nz = (ushort)x; n = nz >> 8; v = (d & ~x) >> 8;
                    goto Turned;
                }

                case Fusion.DelaySubi:
                {
                    const int Turn = 5;
                    uint d = r[ip->A] | ((uint)r[ip->B] << 8) | ((uint)r[ip->K] << 16);
                    long turns = Math.Min((d - 1) & 0xFFFFFF, (limit - cycle) / Turn);
                    if (turns > 0)
                    {
                        d -= (uint)turns;
                        d &= 0xFFFFFF;
                        cycle += Turn * turns;
                        count += 4 * turns;
                    }

                    uint x = d - 1;
                    r[ip->A] = (byte)x;
                    r[ip->B] = (byte)(x >> 8);
                    r[ip->K] = (byte)(x >> 16);
                    c = x >> 31; nz = x & 0xFFFFFF; n = nz >> 16; v = (d & ~x) >> 16; h = (d ^ x) >> 16;
                    count += 2;
                    if (nz == 0) ip += 2;
                    goto Turned;
                }

                case Fusion.Arrival:
                    // A place that is jumped to: counted, then what stands there is done.
                    count--;
                    if (--((int*)ip)[1] == 0) _program.Tables.Translator!.Arrived((int)(ip - code));
                    goto PlainOne;
                case Fusion.Region:
                    count--;
                    s->Pc = (int)(ip - code);
                    s->Cycle = cycle;
                    s->Instructions = count;
                    (s->C, s->NotZ, s->N, s->V, s->H) = (c, nz, n, v, h);
                    if (!_program.Tables.Translator!.Run(ip->K, s, deadline)) goto PlainOne;
                    (c, nz, n, v, h) = (s->C, s->NotZ, s->N, s->V, s->H);
                    cycle = s->Cycle;
                    count = s->Instructions;
                    ip = code + s->Pc;
                    limit = long.MinValue;
                    continue;
                case OutsideFlash:
                    cycle -= ip->Cycles;
                    count--;
                    leave = Leave.OutsideFlash;
                    goto Out;
                default:
                    ip++;
                    leave = Leave.Illegal;
                    goto Out;
            }

        Taken:
            cycle++;
            ip = code + ip->K;
            continue;

        IndirectJump:
            if (code[address].Op < Fusion.Arrival && code == fused) _program.Tables.Translator?.Jumped((int)(ip - code), address, isCall: false);
            ip = code + address;
            continue;

        Two:
            count++;
            ip += 2;
            continue;

        TwoTaken:
            count++;
            cycle++;
            ip = code + (ip->K >> 8);
            continue;

        Turned:
            // Around again, with the same instruction, or past it.
            count++;
            if (nz != 0) cycle++;
            else ip += 2;
            continue;

        OneByOne:
            cycle -= ip->Cycles;
            count--;

        PlainOne:
            alone = true;
            limit = cycle;
            continue;

        Skip:
            // One more cycle for each word skipped.
            if (InstructionDecoder.IsTwoWords(_program.ReadWord((int)(ip - code) + 1)))
            {
                ip++;
                cycle++;
            }

            ip += 2;
            cycle++;
            continue;

        UpdateXLoad:
            *(ushort*)(r + 26) = (ushort)pointer;
            s->RampX = pointer & 0xFF0000;

        Load:
            if (TTrace.SeesMemory || (uint)(address - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize) goto SlowLoad;
            r[ip->A] = sram[address];
            cycle++; // internal SRAM takes one cycle more to read
            ip++;
            continue;

        UpdateXStore:
            value = r[ip->A];
            *(ushort*)(r + 26) = (ushort)pointer;
            s->RampX = pointer & 0xFF0000;

        StoreSaved:
            if (!TTrace.SeesMemory && (uint)(address - Memory.DataSpace.SramStart) < Memory.DataSpace.SramSize)
            {
                sram[address] = value;
                ip++;
                continue;
            }

            goto SlowStoreSaved;

        Store:
            if (TTrace.SeesMemory || (uint)(address - Memory.DataSpace.SramStart) >= Memory.DataSpace.SramSize) goto SlowStore;
            sram[address] = r[ip->A];
            ip++;
            continue;

        PushReturn:
            // Low byte first, so that the address lies in memory high byte first (8077I 3.8: three bytes on this part).
            pointer = (int)(ip - code) + (ip->Op == Call ? 2 : 1);
            if (!TTrace.SeesMemory && (uint)(s->Sp - (Memory.DataSpace.SramStart + 2)) < Memory.DataSpace.SramSize - 2)
            {
                sram[s->Sp] = (byte)pointer;
                sram[s->Sp - 1] = (byte)(pointer >> 8);
                sram[s->Sp - 2] = (byte)(pointer >> 16);
                s->Sp -= 3;
                if (s->Sp < s->SpLowest) s->SpLowest = s->Sp;
                ip = code + address;
                continue;
            }

            s->Pc = (int)(ip - code);
            s->Cycle = cycle;
            s->Instructions = count;
            (s->C, s->NotZ, s->N, s->V, s->H) = (c, nz, n, v, h);
            if (TTrace.SeesMemory) cycle += WaitForStack(s->Sp, PushCycles, cycle);
            PushProgramCounter(pointer, cycle, trace);
            (c, nz, n, v, h) = (s->C, s->NotZ, s->N, s->V, s->H);
            ip = code + address;
            limit = long.MinValue;
            cycle += TakeStall();
            continue;

        SlowReturn:
            s->Pc = (int)(ip - code);
            s->Cycle = cycle;
            s->Instructions = count;
            (s->C, s->NotZ, s->N, s->V, s->H) = (c, nz, n, v, h);
            if (TTrace.SeesMemory) cycle += WaitForStack(s->Sp + 1, PopCycles, cycle);
            ip = code + PopProgramCounter(cycle, trace);
            limit = long.MinValue;
            cycle += TakeStall();
            if (leave == Leave.InterruptReturn) goto Out;
            continue;

        SlowLoad:
            // Everything outside internal SRAM, in the last cycle of the instruction.
            if (TTrace.SeesMemory && ip->Op != Pop && (uint)(address - Memory.DataSpace.SramStart) < Memory.DataSpace.SramSize) cycle++;
            s->Pc = (int)(ip - code);
            s->Cycle = cycle;
            s->Instructions = count;
            if (address == SREG) (s->C, s->NotZ, s->N, s->V, s->H) = (c, nz, n, v, h);
            if (TTrace.SeesMemory) cycle += WaitForBus(address, write: false, cycle);
            _schedule.AdvanceTo(cycle - 1);
            r[ip->A] = _data.Read(address);
            trace.OnLoad(address, r[ip->A], cycle - 1);
            limit = long.MinValue;
            cycle += TakeStall();
            ip += ip->Op == Lds ? 2 : 1;
            continue;

        SlowStore:
            value = r[ip->A];

        SlowStoreSaved:
            s->Pc = (int)(ip - code);
            s->Cycle = cycle;
            s->Instructions = count;
            if (TTrace.SeesMemory) cycle += WaitForBus(address, write: true, cycle);
            _schedule.AdvanceTo(cycle - 1);
            if (address < Memory.IoSpace.Size) s->StackPointerWritten = 0; // the next I/O write lets interrupts in again
            if (ip->Op == Push) WarnOfStack(address);
            trace.OnStore(address, value, cycle - 1);
            _data.Write(address, value);
            if (address == SREG) (c, nz, n, v, h) = (s->C, s->NotZ, s->N, s->V, s->H);
            limit = long.MinValue;
            cycle += TakeStall();
            ip += ip->Op == Sts ? 2 : 1;
            continue;

        SlowFlashLoad:
            // What LPM reads is up to the NVM controller: a command, a lock, a section that is being programmed.
            address = *(ushort*)(r + 30) | (ip->Op >= Elpm ? s->RampZ : 0);
            s->Pc = (int)(ip - code);
            _schedule.AdvanceTo(cycle - 1);
            pointer = address + 1;
            if (ip->Op is LpmZInc or ElpmZInc) *(ushort*)(r + 30) = (ushort)pointer;
            if (ip->Op == ElpmZInc) s->RampZ = pointer & 0xFF0000;
            r[ip->Op is Lpm or Elpm ? 0 : ip->A] = Flash!.Load(address, 2 * s->Pc);
            limit = long.MinValue;
            cycle += TakeStall();
            ip++;
            continue;

        BitAccess:
            s->Pc = (int)(ip - code);
            s->Cycle = cycle;
            s->Instructions = count;
            if (TTrace.SeesMemory) cycle += WaitForBus(ip->K, write: ip->Op is Sbi or Cbi, cycle);
            if (ip->Op is Sbi or Cbi)
            {
                _schedule.AdvanceTo(cycle - 1);
                s->StackPointerWritten = 0;
                if (TTrace.SeesInstructions) trace.OnStore(ip->K, WithBit(_data.Io.Peek(ip->K), ip->B, ip->Op == Sbi), cycle - 1);
                _data.Io.WriteBit(ip->K, ip->B, ip->Op == Sbi);
                limit = long.MinValue;
                ip++;
                continue;
            }

            _schedule.AdvanceTo(cycle - 1);
            value = _data.Io.Read(ip->K);
            trace.OnLoad(ip->K, value, cycle - 1);
            bool set = (value & (1 << ip->B)) != 0;
            limit = long.MinValue;
            if (set == (ip->Op == Sbis)) goto Skip;
            ip++;
        }

        // An access outside SRAM may have moved the deadline.
        if (limit == long.MinValue) deadline = ReviewDeadline();
        goto Again;

    Out:
        s->Pc = (int)(ip - code);
        s->Cycle = cycle;
        s->Instructions = count;
        (s->C, s->NotZ, s->N, s->V, s->H) = (c, nz, n, v, h);
        return leave;
    }
}
