namespace Xmega.Cpu;

/// <summary>What an instruction does; one value a row of <see cref="InstructionSet"/>.</summary>
public enum Op : byte
{
    /// <summary>Program memory that has not been decoded yet.</summary>
    Undecoded = 0,

    /// <summary>An opcode that the ATxmega128A1 does not have.</summary>
    Illegal,

    /// <summary>A program address past the end of flash.</summary>
    OutsideFlash,
#pragma warning disable CS1591 // the rows of the instruction set manual, by their mnemonics
    Nop, Movw, Muls, Mulsu, Fmul, Fmuls, Fmulsu, Cpc, Sbc, Add, Cpse, Cp, Sub, Adc, And, Eor, Or, Mov,
    Cpi, Sbci, Subi, Ori, Andi, Ldi,
    LdX, LdXInc, LdXDec, LdY, LdYInc, LdYDec, LddY, LdZ, LdZInc, LdZDec, LddZ, Lds, Pop,
    StX, StXInc, StXDec, StY, StYInc, StYDec, StdY, StZ, StZInc, StZDec, StdZ, Sts, Push,
    Lpm, LpmZ, LpmZInc, Elpm, ElpmZ, ElpmZInc, Spm, SpmZInc,
    Com, Neg, Swap, Inc, Dec, Asr, Lsr, Ror, Adiw, Sbiw, Mul, Des,
    Jmp, Call, Ijmp, Eijmp, Icall, Eicall, Rjmp, Rcall, Ret, Reti,
    Brcs, Breq, Brmi, Brvs, Brlt, Brhs, Brts, Brie, Brcc, Brne, Brpl, Brvc, Brge, Brhc, Brtc, Brid,
    Sec, Sez, Sen, Sev, Ses, Seh, Set, Sei, Clc, Clz, Cln, Clv, Cls, Clh, Clt, Cli,
    Cbi, Sbic, Sbi, Sbis, In, Out, Bld, Bst, Sbrc, Sbrs, Sleep, Break, Wdr,
#pragma warning restore CS1591
}

/// <summary>A row of the instruction set: a bit pattern, its operands and its cost.</summary>
public sealed class Instruction
{
    internal Instruction(Op op, string mnemonic, string pattern, string operands, byte cycles)
    {
        Op = op;
        Mnemonic = mnemonic;
        Pattern = pattern;
        Operands = operands;
        Cycles = cycles;
        string bits = pattern.Replace(" ", "", StringComparison.Ordinal);
        Words = bits.Length / 16;
        for (int i = 0; i < 16; i++)
        {
            ushort bit = (ushort)(0x8000 >> i);
            if (bits[i] is '0' or '1') Mask |= bit;
            if (bits[i] == '1') Value |= bit;
        }

        Bits = bits;
    }

    /// <summary>Gets the operation.</summary>
    public Op Op { get; }

    /// <summary>Gets the mnemonic in lower case, as avr-gcc's tools print it.</summary>
    public string Mnemonic { get; }

    /// <summary>Gets the bit pattern as the manual prints it; letters are operand bits.</summary>
    public string Pattern { get; }

    /// <summary>Gets the operands as assembler writes them; <c>Rd+</c> is a register pair.</summary>
    public string Operands { get; }

    /// <summary>Gets the cycles of the shortest case: I/O address, not taken, not skipped.</summary>
    public byte Cycles { get; }

    /// <summary>Gets the length: 1 or 2 words of 16 bits.</summary>
    public int Words { get; }

    internal ushort Mask { get; }

    internal ushort Value { get; }

    internal string Bits { get; }
}
