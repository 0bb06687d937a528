using System.Runtime.InteropServices;

namespace Xmega.Cpu;

/// <summary>An instruction as the interpreter runs it: eight bytes, operands unpacked.</summary>
/// <param name="Op">What to do.</param>
/// <param name="Cycles">Cycles of the shortest case.</param>
/// <param name="A">The register that is written, or that is stored: 0–31.</param>
/// <param name="B">The other register, or the bit number.</param>
/// <param name="K">Immediate, displacement, I/O address, data address, the word address of a jump's target, or the words that a skip of a register skips.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct Decoded(Op Op, byte Cycles, byte A, byte B, int K);

/// <summary>Turns opcodes into <see cref="Decoded"/> instructions by the table in <see cref="InstructionSet"/>.</summary>
public static class InstructionDecoder
{
    /// <summary>Words a program counter of 17 bits can address; addresses wrap here (8077I 3.4, 3.8).</summary>
    public const int ProgramSpaceWords = 0x20000;

    // Rows grouped by the opcode's upper four bits, in table order.
    private static readonly Instruction[][] Groups = Numbered.Create(16, nibble =>
        Array.FindAll(InstructionSet.Rows, row => ((nibble << 12) & row.Mask & 0xF000) == (row.Value & 0xF000)));

    /// <summary>Finds the row of the instruction set that an opcode belongs to.</summary>
    /// <param name="opcode">The first word.</param>
    /// <returns>The row, or null for an opcode the part does not have.</returns>
    public static Instruction? Find(ushort opcode)
    {
        foreach (Instruction row in Groups[opcode >> 12])
            if ((opcode & row.Mask) == row.Value) return row;
        return null;
    }

    /// <summary>Whether an opcode is the first of two words: LDS, STS, JMP, CALL.</summary>
    /// <param name="opcode">The first word.</param>
    /// <returns>True for an instruction of two words.</returns>
    public static bool IsTwoWords(ushort opcode) => (opcode & 0xFC0F) == 0x9000 || (opcode & 0xFE0C) == 0x940C;

    /// <summary>Decodes one instruction.</summary>
    /// <param name="address">Its word address, 0–0x1FFFF; jumps are relative to it.</param>
    /// <param name="opcode">Its first word.</param>
    /// <param name="next">The word after, used by instructions of two words.</param>
    /// <returns>The instruction; <see cref="Op.Illegal"/> with the opcode in K when the part does not have it.</returns>
    public static Decoded Decode(int address, ushort opcode, ushort next)
    {
        Instruction? row = Find(opcode);
        if (row is null) return new Decoded(Op.Illegal, 1, 0, 0, opcode);

        int d = -1, r = -1, immediate = -1, bit = -1, k = 0, kBits = 0, dBits = 0;
        uint word = row.Words == 2 ? ((uint)opcode << 16) | next : (uint)opcode << 16;
        foreach (char letter in row.Bits)
        {
            int value = (int)(word >> 31);
            word <<= 1;
            switch (letter)
            {
                case 'd': d = (Math.Max(d, 0) << 1) | value; dBits++; break;
                case 'r': r = (Math.Max(r, 0) << 1) | value; break;
                case 'K' or 'q' or 'A': immediate = (Math.Max(immediate, 0) << 1) | value; break;
                case 'b' or 's': bit = (Math.Max(bit, 0) << 1) | value; break;
                case 'k': k = (k << 1) | value; kBits++; break;
            }
        }

        // Short register fields name the upper half: 4 bits r16–r31, 3 bits r16–r23, 2 bits r24, r26, r28, r30.
        bool pairs = row.Op == Op.Movw;
        if (pairs) (d, r) = (2 * d, 2 * r);
        else if (dBits == 4) (d, r) = (16 + d, r < 0 ? r : 16 + r);
        else if (dBits == 3) (d, r) = (16 + d, 16 + r);
        else if (dBits == 2) d = 24 + (2 * d);

        if (kBits is 7 or 12) k = (address + 1 + ((k << (32 - kBits)) >> (32 - kBits))) & (ProgramSpaceWords - 1);
        else if (kBits == 22) k &= ProgramSpaceWords - 1;

        int a = d >= 0 ? d : r;
        int b = d >= 0 && r >= 0 ? r : bit;
        if (row.Op is Op.Cpse or Op.Sbrc or Op.Sbrs) immediate = IsTwoWords(next) ? 2 : 1;
        return new Decoded(row.Op, row.Cycles, (byte)Math.Max(a, 0), (byte)Math.Max(b, 0), kBits > 0 ? k : Math.Max(immediate, 0));
    }
}
