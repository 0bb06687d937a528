using System.Runtime.CompilerServices;
using static Xmega.Cpu.Op;
using static Xmega.Memory.DataSpace;

namespace Xmega.Cpu;

/// <summary>Why the loop came back.</summary>
internal enum LoopEnd
{
    /// <summary>No cycles are left.</summary>
    Spent,

    /// <summary>The next instruction is one for the caller.</summary>
    Other,

    /// <summary>The next instruction is not decoded yet; another chip's thread may just be doing it.</summary>
    Undecoded,

    /// <summary>The listener wants the run to stop before the next instruction.</summary>
    Held,
}

/// <summary>
/// What instructions do to registers, flags and SRAM: the loop that all speed comes from. It calls nothing, so that what
/// it works with stays in the host's registers; an instruction that needs more is left, untouched, to who called it.
/// </summary>
internal static unsafe class InterpreterLoop
{
    private const int SPH = 0x3E;
    private const int SPL = 0x3D;
    private const int RAMPZ = 0x3B;

    /// <summary>Executes instructions as long as cycles are left when they start.</summary>
    /// <param name="s">The CPU's state: whole before, and after, at an instruction boundary.</param>
    /// <param name="code">The table to run, plain or fused.</param>
    /// <param name="sram">Internal SRAM, less its address.</param>
    /// <param name="flash">Flash, or null when reading it takes more than that.</param>
    /// <param name="budget">Cycles.</param>
    /// <param name="asks">Whether an indirect jump to a place that is not marked is left to the caller.</param>
    /// <param name="trace">Who listens.</param>
    /// <typeparam name="TTrace">What the loop is compiled for; when it sees memory, accesses of SRAM are left to the caller too.</typeparam>
    /// <returns>Why it came back.</returns>
    public static LoopEnd Run<TTrace>(CpuState* s, Decoded* code, byte* sram, byte* flash, long budget, bool asks, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        byte* r = (byte*)s;
        Decoded* ip = code + s->Pc;
        long left = budget;
        int count = 0;
        var f = new Flags { C = s->C, NotZ = s->NotZ, N = s->N };
        int address;
        uint words;

        while (left > 0)
        {
            if (TTrace.SeesInstructions)
            {
                if (ip->Op == Undecoded) goto Missing;
                Save(s, code, ip, budget - left, count, f);
                (budget, count) = (left, 0);
                if (!trace.OnInstruction(2 * s->Pc, s->Cycle)) return LoopEnd.Held;
            }

            // Operation and cycles are read as one, and once: who shares the table may decode this place now, or enter a region.
            int head = *(ushort*)ip;
            left -= head >> 8;
            count++;
            switch ((Op)(byte)head)
            {
                case Undecoded:
                    count--;
                    goto Missing;

                case Nop:
                    goto One;

                // Arithmetic and logic
                case Add: f.Add(s, ip); goto One;
                case Adc: f.Adc(s, ip); goto One;
                case Sub: f.Sub(s, ip); goto One;
                case Subi: f.Subi(s, ip); goto One;
                case Cp: f.Cp(s, ip); goto One;
                case Cpi: f.Cpi(s, ip); goto One;
                case Sbc: f.Sbc(s, ip); goto One;
                case Sbci: f.Sbci(s, ip); goto One;
                case Cpc: f.Cpc(s, ip); goto One;
                case And: f.And(s, ip); goto One;
                case Andi: f.Andi(s, ip); goto One;
                case Or: f.Or(s, ip); goto One;
                case Ori: f.Ori(s, ip); goto One;
                case Eor: f.Eor(s, ip); goto One;
                case Com: f.Com(s, ip); goto One;
                case Neg: f.Neg(s, ip); goto One;
                case Inc: f.Inc(s, ip); goto One;
                case Dec: f.Dec(s, ip); goto One;
                case Lsr: f.Lsr(s, ip); goto One;
                case Ror: f.Ror(s, ip); goto One;
                case Asr: f.Asr(s, ip); goto One;
                case Swap:
                    r[ip->A] = (byte)((r[ip->A] << 4) | (r[ip->A] >> 4));
                    goto One;
                case Adiw: f.Adiw(s, ip); goto One;
                case Sbiw: f.Sbiw(s, ip); goto One;
                // Multiplication
                case Mul: f.Mul(s, ip); goto One;
                case Muls: f.Muls(s, ip); goto One;
                case Mulsu: f.Mulsu(s, ip); goto One;
                case Fmul: f.Fmul(s, ip); goto One;
                case Fmuls: f.Fmuls(s, ip); goto One;
                case Fmulsu: f.Fmulsu(s, ip); goto One;
                // Moves and bits
                case Mov:
                    r[ip->A] = r[ip->B];
                    goto One;
                case Movw:
                    *(ushort*)(r + ip->A) = *(ushort*)(r + ip->B);
                    goto One;
                case Ldi:
                    r[ip->A] = (byte)ip->K;
                    goto One;
                case Bst:
                    s->T = ((uint)r[ip->A] >> ip->B) & 1;
                    goto One;
                case Bld:
                    r[ip->A] = (byte)((r[ip->A] & ~(1 << ip->B)) | ((int)s->T << ip->B));
                    goto One;
                case Sec: f.C = 1; goto One;
                case Clc: f.C = 0; goto One;
                case Set: s->T = 1; goto One;
                case Clt: s->T = 0; goto One;
                case Cli: s->I = false; goto One;

                // Jumps, calls, branches
                case Rjmp:
                    if (ip == code + ip->K) goto Leave; // waits, or ends
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
                case Rcall:
                    address = ip->K;
                    words = 1;
                    goto PushReturn;
                case Call:
                    address = ip->K;
                    words = 2;
                    goto PushReturn;
                case Icall:
                    address = *(ushort*)(r + 30);
                    goto IndirectCall;
                case Eicall:
                    address = *(ushort*)(r + 30) | s->Eind;
                    goto IndirectCall;
                case Ret:
                    if (TTrace.SeesMemory || (uint)(s->Sp - (SramStart - 1)) > SramSize - 3) goto Leave;
                    address = (sram[s->Sp + 1] << 16) | (sram[s->Sp + 2] << 8) | sram[s->Sp + 3];
                    s->Sp += 3;
                    ip = code + (address & (InstructionDecoder.ProgramSpaceWords - 1));
                    continue;
                case Breq: if (f.NotZ == 0) goto Taken; goto One;
                case Brne: if (f.NotZ != 0) goto Taken; goto One;
                case Brcs: if (f.C != 0) goto Taken; goto One;
                case Brcc: if (f.C == 0) goto Taken; goto One;
                case Brmi: if ((f.N & 0x80) != 0) goto Taken; goto One;
                case Brpl: if ((f.N & 0x80) == 0) goto Taken; goto One;
                case Brvs: if ((s->V & 0x80) != 0) goto Taken; goto One;
                case Brvc: if ((s->V & 0x80) == 0) goto Taken; goto One;
                case Brlt: if (((f.N ^ s->V ^ (f.N >> 1)) & 0x80) != 0) goto Taken; goto One;
                case Brge: if (((f.N ^ s->V ^ (f.N >> 1)) & 0x80) == 0) goto Taken; goto One;
                case Brhs: if ((s->H & 0x10) != 0) goto Taken; goto One;
                case Brhc: if ((s->H & 0x10) == 0) goto Taken; goto One;
                case Brts: if (s->T != 0) goto Taken; goto One;
                case Brtc: if (s->T == 0) goto Taken; goto One;
                case Brie: if (s->I) goto Taken; goto One;
                case Brid: if (!s->I) goto Taken; goto One;
                case Cpse: if (r[ip->A] == r[ip->B]) goto Skip; goto One;
                case Sbrc: if ((r[ip->A] & (1 << ip->B)) == 0) goto Skip; goto One;
                case Sbrs: if ((r[ip->A] & (1 << ip->B)) != 0) goto Skip; goto One;

                // Loads
                case LdX:
                    address = *(ushort*)(r + 26) | s->RampX;
                    goto Load;
                case LdXInc:
                    address = *(ushort*)(r + 26) | s->RampX;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    *(ushort*)(r + 26) = (ushort)(address + 1);
                    r[ip->A] = sram[address];
                    left--;
                    goto One;
                case LdXDec:
                    address = (*(ushort*)(r + 26) | s->RampX) - 1;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    *(ushort*)(r + 26) = (ushort)address;
                    r[ip->A] = sram[address];
                    left--;
                    goto One;
                case LdY:
                    address = *(ushort*)(r + 28) | s->RampY;
                    goto Load;
                case LddY:
                    address = (*(ushort*)(r + 28) | s->RampY) + ip->K;
                    goto Load;
                case LdYInc:
                    address = *(ushort*)(r + 28) | s->RampY;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    *(ushort*)(r + 28) = (ushort)(address + 1);
                    r[ip->A] = sram[address];
                    left--;
                    goto One;
                case LdYDec:
                    address = (*(ushort*)(r + 28) | s->RampY) - 1;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    *(ushort*)(r + 28) = (ushort)address;
                    r[ip->A] = sram[address];
                    left--;
                    goto One;
                case LdZ:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    goto Load;
                case LddZ:
                    address = (*(ushort*)(r + 30) | s->RampZ) + ip->K;
                    goto Load;
                case LdZInc:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    *(ushort*)(r + 30) = (ushort)(address + 1);
                    r[ip->A] = sram[address];
                    left--;
                    goto One;
                case LdZDec:
                    address = (*(ushort*)(r + 30) | s->RampZ) - 1;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    *(ushort*)(r + 30) = (ushort)address;
                    r[ip->A] = sram[address];
                    left--;
                    goto One;
                case Lds:
                    address = ip->K | s->RampD;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    r[ip->A] = sram[address];
                    left--;
                    ip += 2;
                    continue;
                case Pop:
                    address = s->Sp + 1;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    s->Sp = address;
                    r[ip->A] = sram[address];
                    goto One;
                case In:
                    if (TTrace.SeesMemory) goto Leave;
                    if (ip->K == SPL) r[ip->A] = (byte)s->Sp;
                    else if (ip->K == SPH) r[ip->A] = (byte)(s->Sp >> 8);
                    else if (ip->K == RAMPZ) r[ip->A] = (byte)(s->RampZ >> 16);
                    else goto Leave;
                    goto One;

                // Stores
                case StX:
                    address = *(ushort*)(r + 26) | s->RampX;
                    goto Store;
                case StXInc:
                    address = *(ushort*)(r + 26) | s->RampX;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    *(ushort*)(r + 26) = (ushort)(address + 1);
                    goto One;
                case StXDec:
                    address = (*(ushort*)(r + 26) | s->RampX) - 1;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    *(ushort*)(r + 26) = (ushort)address;
                    goto One;
                case StY:
                    address = *(ushort*)(r + 28) | s->RampY;
                    goto Store;
                case StdY:
                    address = (*(ushort*)(r + 28) | s->RampY) + ip->K;
                    goto Store;
                case StYInc:
                    address = *(ushort*)(r + 28) | s->RampY;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    *(ushort*)(r + 28) = (ushort)(address + 1);
                    goto One;
                case StYDec:
                    address = (*(ushort*)(r + 28) | s->RampY) - 1;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    *(ushort*)(r + 28) = (ushort)address;
                    goto One;
                case StZ:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    goto Store;
                case StdZ:
                    address = (*(ushort*)(r + 30) | s->RampZ) + ip->K;
                    goto Store;
                case StZInc:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    *(ushort*)(r + 30) = (ushort)(address + 1);
                    goto One;
                case StZDec:
                    address = (*(ushort*)(r + 30) | s->RampZ) - 1;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    *(ushort*)(r + 30) = (ushort)address;
                    goto One;
                case Sts:
                    address = ip->K | s->RampD;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    ip += 2;
                    continue;
                case Push:
                    address = s->Sp;
                    if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
                    sram[address] = r[ip->A];
                    s->Sp = --address;
                    if (address < s->SpLowest) s->SpLowest = address;
                    goto One;
                case Op.Out:
                    if (TTrace.SeesMemory) goto Leave;
                    if (ip->K == SPL)
                    {
                        s->Sp = (s->Sp & 0xFF00) | r[ip->A];
                        s->StackPointerWritten = s->Instructions + count;
                    }
                    else if (ip->K == SPH)
                    {
                        s->Sp = (s->Sp & 0xFF) | (r[ip->A] << 8);
                        s->StackPointerWritten = 0;
                        if (s->Sp < s->SpLowest) s->SpLowest = s->Sp;
                    }
                    else if (ip->K == RAMPZ)
                    {
                        s->RampZ = r[ip->A] << 16;
                        s->StackPointerWritten = 0;
                    }
                    else
                    {
                        goto Leave;
                    }

                    goto One;

                // Program memory
                case Lpm:
                    if (flash == null) goto Leave;
                    r[0] = flash[*(ushort*)(r + 30)];
                    goto One;
                case LpmZ:
                    if (flash == null) goto Leave;
                    r[ip->A] = flash[*(ushort*)(r + 30)];
                    goto One;
                case LpmZInc:
                    if (flash == null) goto Leave;
                    address = *(ushort*)(r + 30);
                    *(ushort*)(r + 30) = (ushort)(address + 1);
                    r[ip->A] = flash[address];
                    goto One;
                case ElpmZ:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if (flash == null || address >= Memory.ProgramMemory.Size) goto Leave;
                    r[ip->A] = flash[address];
                    goto One;
                case ElpmZInc:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if (flash == null || address >= Memory.ProgramMemory.Size) goto Leave;
                    *(ushort*)(r + 30) = (ushort)(address + 1);
                    s->RampZ = (address + 1) & 0xFF0000;
                    r[ip->A] = flash[address];
                    goto One;

                // Fused instructions: what their parts do, one after the other
                case Fusion.AddAdc: f.AddAdc(s, ip); goto Two;
                case Fusion.AdcAdc: f.AdcAdc(s, ip); goto Two;
                case Fusion.SubSbc: f.SubSbc(s, ip); goto Two;
                case Fusion.SbcSbc: f.SbcSbc(s, ip); goto Two;
                case Fusion.CpCpc: f.CpCpc(s, ip); goto Two;
                case Fusion.CpcCpc: f.CpcCpc(s, ip); goto Two;
                case Fusion.LsrRor: f.LsrRor(s, ip); goto Two;
                case Fusion.RorRor: f.RorRor(s, ip); goto Two;
                case Fusion.EorEor: f.EorEor(s, ip); goto Two;
                case Fusion.SubiSbci: f.SubiSbci(s, ip); goto Two;
                case Fusion.Add32: f.Add32(s, ip); goto Four;
                case Fusion.Sub32: f.Sub32(s, ip); goto Four;
                case Fusion.Cp32: f.Cp32(s, ip); goto Four;
                case Fusion.Lsr32: f.Lsr32(s, ip); goto Four;
                case Fusion.AddAdcAdc: f.AddAdcAdc(s, ip); goto Three;
                case Fusion.MulAddAdc: f.MulAddAdc(s, ip); goto Three;
                case Fusion.LdiAddAdc: f.LdiAddAdc(s, ip); goto Three;
                case Fusion.LdiSubSbc: f.LdiSubSbc(s, ip); goto Three;
                case Fusion.LdiCpiCpc: f.LdiCpiCpc(s, ip); goto Three;
                case Fusion.MovwSubiSbci: f.MovwSubiSbci(s, ip); goto Three;
                case Fusion.MovwMovw:
                    *(ushort*)(r + ip->A) = *(ushort*)(r + ip->B);
                    *(ushort*)(r + Flags.K(ip, 0)) = *(ushort*)(r + Flags.K(ip, 1));
                    goto Two;
                case Fusion.MovMov:
                    r[ip->A] = r[ip->B];
                    r[Flags.K(ip, 0)] = r[Flags.K(ip, 1)];
                    goto Two;
                case Fusion.LdiLdi:
                    r[ip->A] = ip->B;
                    r[Flags.K(ip, 0)] = Flags.K(ip, 1);
                    goto Two;
                case Fusion.LdiEor: f.LdiEor(s, ip); goto Two;
                case Fusion.LdiCp: f.LdiCp(s, ip); goto Two;
                case Fusion.LdiCpc: f.LdiCpc(s, ip); goto Two;
                case Fusion.MovwLdi:
                    *(ushort*)(r + ip->A) = *(ushort*)(r + ip->B);
                    r[Flags.K(ip, 0)] = Flags.K(ip, 1);
                    goto Two;
                case Fusion.MovwMul: f.MovwMul(s, ip); goto Two;
                case Fusion.MulMovw: f.MulMovw(s, ip); goto Two;
                // Fused loads and stores: they are for internal SRAM
                case Fusion.Lds16:
                    address = ip->K | s->RampD;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    *(ushort*)(r + ip->A) = *(ushort*)(sram + address);
                    left -= 2;
                    count++;
                    ip += 4;
                    continue;
                case Fusion.Sts16:
                    address = ip->K | s->RampD;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    *(ushort*)(sram + address) = *(ushort*)(r + ip->A);
                    count++;
                    ip += 4;
                    continue;
                case Fusion.LddY16:
                    address = (*(ushort*)(r + 28) | s->RampY) + ip->B;
                    goto LoadTwo;
                case Fusion.LddZ16:
                    address = (*(ushort*)(r + 30) | s->RampZ) + ip->B;
                    goto LoadTwo;
                case Fusion.StdY16:
                    address = (*(ushort*)(r + 28) | s->RampY) + ip->B;
                    goto StoreTwo;
                case Fusion.StdZ16:
                    address = (*(ushort*)(r + 30) | s->RampZ) + ip->B;
                    goto StoreTwo;
                case Fusion.LdXIncLdX:
                    address = *(ushort*)(r + 26) | s->RampX;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    *(ushort*)(r + 26) = (ushort)(address + 1);
                    goto LoadTwo;
                case Fusion.LdXInc16:
                    address = *(ushort*)(r + 26) | s->RampX;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    *(ushort*)(r + 26) = (ushort)(address + 2);
                    goto LoadTwo;
                case Fusion.StXInc16:
                    address = *(ushort*)(r + 26) | s->RampX;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    *(ushort*)(r + 26) = (ushort)(address + 2);
                    goto StoreTwo;
                case Fusion.LdZInc16:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    *(ushort*)(r + 30) = (ushort)(address + 2);
                    goto LoadTwo;
                case Fusion.LdZDec16:
                    address = (*(ushort*)(r + 30) | s->RampZ) - 2;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    *(ushort*)(r + 30) = (ushort)address;
                    *(ushort*)(r + ip->A - 1) = *(ushort*)(sram + address);
                    left -= 2;
                    goto Two;
                case Fusion.ElpmZIncElpmZ:
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if (flash == null || address >= Memory.ProgramMemory.Size - 1) goto Leave;
                    r[ip->A] = flash[address++];
                    *(ushort*)(r + 30) = (ushort)address;
                    s->RampZ = address & 0xFF0000;
                    r[ip->B] = flash[address];
                    goto Two;
                case Fusion.PushPush:
                    address = s->Sp - 1;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    sram[address + 1] = r[ip->A];
                    sram[address] = r[ip->B];
                    s->Sp = --address;
                    if (address < s->SpLowest) s->SpLowest = address;
                    goto Two;
                case Fusion.PopPop:
                    address = s->Sp + 1;
                    if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
                    r[ip->A] = sram[address];
                    r[ip->B] = sram[++address];
                    s->Sp = address;
                    goto Two;
                case Fusion.LdZIncStXInc:
                {
                    int to = *(ushort*)(r + 26) | s->RampX;
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if ((uint)(address - SramStart) >= SramSize || (uint)(to - SramStart) >= SramSize) goto Leave;
                    r[ip->A] = sram[address];
                    *(ushort*)(r + 30) = (ushort)(address + 1);
                    sram[to] = r[ip->B];
                    *(ushort*)(r + 26) = (ushort)(to + 1);
                    left--;
                    goto Two;
                }

                // Fused with the branch after it
                case Fusion.DecBrne:
                    f.DecBrne(s, ip);
                    if (f.NotZ != 0) goto TwoTaken;
                    goto Two;
                case Fusion.SbiwBrne:
                    f.SbiwBrne(s, ip);
                    if (f.NotZ != 0) goto TwoTaken;
                    goto Two;
                case Fusion.SubiBrne:
                    f.SubiBrne(s, ip);
                    if (f.NotZ != 0) goto TwoTaken;
                    goto Two;
                case Fusion.CpcBrne:
                    f.CpcBrne(s, ip);
                    if (f.NotZ != 0) goto TwoTaken;
                    goto Two;
                case Fusion.CpcBrcs:
                    f.CpcBrcs(s, ip);
                    if (f.C != 0) goto TwoTaken;
                    goto Two;
                case Fusion.SbciBrcc:
                    f.SbciBrcc(s, ip);
                    if (f.C == 0) goto TwoTaken;
                    goto Two;
                case Fusion.CpiBrne:
                    f.CpiBrne(s, ip);
                    if (f.NotZ != 0) goto TwoTaken;
                    goto Two;
                case Fusion.CpiBreq:
                    f.CpiBreq(s, ip);
                    if (f.NotZ == 0) goto TwoTaken;
                    goto Two;
                case Fusion.AndBreq:
                    f.AndBreq(s, ip);
                    if (f.NotZ == 0) goto TwoTaken;
                    goto Two;
                case Fusion.AndBrne:
                    f.AndBrne(s, ip);
                    if (f.NotZ != 0) goto TwoTaken;
                    goto Two;
                case Fusion.CpSbciBrcc:
                    f.CpSbciBrcc(s, ip);
                    if (f.C == 0) goto ThreeTaken;
                    goto Three;
                case Fusion.Lsr32DecBrne:
                    f.Lsr32DecBrne(s, ip);
                    count += 4;
                    if (f.NotZ != 0) goto TwoTaken;
                    ip += 4;
                    goto Two;
                case Fusion.Add32DecBrne:
                    f.Add32DecBrne(s, ip);
                    count += 4;
                    if (f.NotZ != 0) goto TwoTaken;
                    ip += 4;
                    goto Two;
                case Fusion.AdcAdcDecBrne:
                    f.AdcAdcDecBrne(s, ip);
                    count += 2;
                    if (f.NotZ != 0) goto TwoTaken;
                    ip += 2;
                    goto Two;
                case Fusion.CopyDecBrne:
                {
                    int to = *(ushort*)(r + 26) | s->RampX;
                    address = *(ushort*)(r + 30) | s->RampZ;
                    if ((uint)(address - SramStart) >= SramSize || (uint)(to - SramStart) >= SramSize) goto Leave;
                    r[ip->A] = sram[address];
                    *(ushort*)(r + 30) = (ushort)(address + 1);
                    sram[to] = r[ip->B];
                    *(ushort*)(r + 26) = (ushort)(to + 1);
                    uint d = r[Flags.K(ip, 0)], x = d - 1;
                    r[Flags.K(ip, 0)] = (byte)x;
                    f.N = f.NotZ = (byte)x; s->V = d & ~x;
                    left--;
                    count += 2;
                    if (f.NotZ != 0) goto TwoTaken;
                    ip += 2;
                    goto Two;
                }

                case Fusion.CpBranch: f.CpBranch(s, ip); goto BranchSecond;
                case Fusion.CpiBranch: f.CpiBranch(s, ip); goto BranchSecond;
                case Fusion.CpCpcBranch: f.CpCpcBranch(s, ip); goto BranchThird;
                case Fusion.CpiCpcBranch: f.CpiCpcBranch(s, ip); goto BranchThird;
                case Fusion.SubiSbciBranch: f.SubiSbciBranch(s, ip); goto BranchThird;
                case Fusion.AddAdcRjmp:
                    f.AddAdcRjmp(s, ip);
                    count += 2;
                    ip += ip->K >> 16;
                    continue;
                case Fusion.SbrsRjmp:
                    if ((r[ip->A] & (1 << ip->B)) != 0) goto JumpSkipped;
                    count++;
                    ip += ip->K >> 16;
                    continue;
                case Fusion.SbrcRjmp:
                    if ((r[ip->A] & (1 << ip->B)) == 0) goto JumpSkipped;
                    count++;
                    ip += ip->K >> 16;
                    continue;

                default:
                    goto Leave;
            }

        One:
            ip++;
            continue;

        Taken:
            left--;
            ip = code + ip->K;
            continue;

        Two:
            count++;
            ip += 2;
            continue;

        Three:
            count += 2;
            ip += 3;
            continue;

        Four:
            count += 3;
            ip += 4;
            continue;

        ThreeTaken:
            count++;

        TwoTaken:
            count++;
            left--;
            ip += ip->K >> 24;
            continue;

        BranchThird:
            if (f.Takes(s, ip->K)) goto ThreeTaken;
            goto Three;

        BranchSecond:
            if (f.Takes(s, ip->K)) goto TwoTaken;
            goto Two;

        JumpSkipped:
            // The skip takes a cycle for the word, and the jump none of its two.
            left++;
            ip += 2;
            continue;

        Skip:
            // One more cycle for each word skipped.
            left -= ip->K;
            ip += ip->K + 1;
            continue;

        Load:
            if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
            r[ip->A] = sram[address];
            left--; // internal SRAM takes one cycle more to read
            ip++;
            continue;

        LoadTwo:
            if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
            *(ushort*)(r + ip->A) = *(ushort*)(sram + address);
            left -= 2;
            goto Two;

        StoreTwo:
            if ((uint)(address - SramStart) >= SramSize - 1) goto Leave;
            *(ushort*)(sram + address) = *(ushort*)(r + ip->A);
            goto Two;

        Store:
            if (TTrace.SeesMemory || (uint)(address - SramStart) >= SramSize) goto Leave;
            sram[address] = r[ip->A];
            ip++;
            continue;

        IndirectJump:
            if (asks && code[address].Op < Fusion.Region) goto Leave;
            ip = code + address;
            continue;

        IndirectCall:
            if (asks && code[address].Op < Fusion.Region) goto Leave;
            words = 1;

        PushReturn:
            // Low byte first, so that the address lies in memory high byte first (8077I 3.8: three bytes on this part).
            if (TTrace.SeesMemory || (uint)(s->Sp - (SramStart + 2)) >= SramSize - 2) goto Leave;
            {
                uint next = (uint)((nuint)((byte*)ip - (byte*)code) / (nuint)sizeof(Decoded)) + words;
                int sp = s->Sp;
                sram[sp] = (byte)next;
                sram[sp - 1] = (byte)(next >> 8);
                sram[sp - 2] = (byte)(next >> 16);
                s->Sp = sp -= 3;
                if (sp < s->SpLowest) s->SpLowest = sp;
                ip = code + address;
                continue;
            }

        Leave:
            left += ip->Cycles;
            count--;
            break;
        }

        Save(s, code, ip, budget - left, count, f);
        return left > 0 ? LoopEnd.Other : LoopEnd.Spent;

    Missing:
        Save(s, code, ip, budget - left, count, f);
        return LoopEnd.Undecoded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Save(CpuState* s, Decoded* code, Decoded* ip, long cycles, int count, Flags f)
    {
        s->Pc = (int)(uint)((nuint)((byte*)ip - (byte*)code) / (nuint)sizeof(Decoded));
        s->Cycle += cycles;
        s->Instructions += count;
        (s->C, s->NotZ, s->N) = (f.C, f.NotZ, f.N);
    }
}
