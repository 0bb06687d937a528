using Xmega.Cpu;
using Xmega.Memory;

namespace Xmega.Workbench.Profiling;

/// <summary>What stands in flash, each opcode looked up once: an observer asks at every instruction. Flash may change.</summary>
internal sealed class KnownInstructions(ATxmega128A1 chip)
{
    private readonly (ushort Opcode, Op Op, byte Length)[] _known = new (ushort, Op, byte)[ProgramMemory.Size / 2]; // by word; length 0: not yet

    /// <summary>What an instruction is.</summary>
    /// <param name="address">Its flash byte address; past the end of flash stands nothing.</param>
    /// <returns>What it does, its first word, and the flash byte address behind it.</returns>
    public (Op Op, ushort Opcode, int Behind) At(int address)
    {
        int word = address / 2;
        if (word >= _known.Length) return (Op.Illegal, 0xFFFF, address + 2);
        ref (ushort Opcode, Op Op, byte Length) known = ref _known[word];
        ushort opcode = chip.Program.ReadWord(word);
        if (known.Length == 0 || known.Opcode != opcode) known = (opcode, InstructionDecoder.Find(opcode)?.Op ?? Op.Illegal, (byte)(InstructionDecoder.IsTwoWords(opcode) ? 4 : 2));
        return (known.Op, opcode, address + known.Length);
    }
}
