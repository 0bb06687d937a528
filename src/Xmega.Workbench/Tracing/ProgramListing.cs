using System.Globalization;
using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Memory;

namespace Xmega.Workbench.Tracing;

/// <summary>The disassembly of a firmware: address, opcode, cycles, instruction, comment, a line each; functions by name.</summary>
public static class ProgramListing
{
    private const int CyclesColumn = 10;
    private const int TextColumn = 28;

    /// <summary>Writes the listing.</summary>
    /// <param name="image">The firmware.</param>
    /// <param name="output">Where to.</param>
    /// <param name="margin">What stands left of each instruction, by its byte address; null: nothing.</param>
    /// <param name="function">The only function to write; null: all of flash.</param>
    public static void Write(FirmwareImage image, TextWriter output, Func<int, string>? margin = null, FirmwareSymbol? function = null)
    {
        var chip = new ATxmega128A1();
        var disassembler = new Disassembler
        {
            CodeSymbol = address => image.FunctionAt((uint)address)?.ToString(),
            DataName = address => DataNames.NameOf(chip, image, address),
        };
        var starts = image.Symbols.Where(s => s.Space == SymbolSpace.Code && s.Kind == SymbolKind.Function).ToLookup(s => (int)s.Address);
        var program = new byte[ProgramMemory.Size];
        Array.Fill(program, ProgramMemory.Erased);
        image.CopyTo(MemoryKind.Flash, program);
        SourceLine? last = null;
        foreach (FirmwareSegment segment in image.SegmentsOf(MemoryKind.Flash))
        {
            int start = (int)segment.Address / 2, end = (int)(segment.Address + segment.Bytes.Length + 1) / 2;
            if (function is not null) (start, end) = (Math.Max(start, (int)function.Address / 2), Math.Min(end, (int)(function.Address + function.Size) / 2));
            for (int word = start; word < end;)
            {
                foreach (FirmwareSymbol symbol in starts[2 * word]) output.Write($"\n{symbol.Name}:\n");
                if (margin is not null && image.Lines.Find((uint)(2 * word)) is { } line && line != last) output.Write($"; {last = line}\n");
                DisassembledInstruction instruction = disassembler.Format(2 * word, Word(word), Word(word + 1));
                string opcode = instruction.Words == 2 ? $"{Word(word):X4} {Word(word + 1):X4}" : $"{Word(word):X4}";
                string text = string.Create(CultureInfo.InvariantCulture, $"{margin?.Invoke(2 * word)}{2 * word:X5}  {opcode,-9}  {instruction.Cycles,-CyclesColumn}  {instruction.Text,-TextColumn}");
                output.Write((instruction.Comment.Length > 0 ? $"{text} ; {instruction.Comment}" : text.TrimEnd()) + "\n");
                word += instruction.Words;
            }
        }

        ushort Word(int word) => (2 * word) + 1 < program.Length ? (ushort)(program[2 * word] | (program[(2 * word) + 1] << 8)) : (ushort)0xFFFF;
    }
}
