using System.CommandLine;
using System.Globalization;
using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Memory;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega disasm FIRMWARE</c>: disassembly with symbols, register names and cycle costs.</summary>
internal static class DisasmCommand
{
    private const int CyclesColumn = 10;
    private const int TextColumn = 28;

    public static Command Create()
    {
        Argument<string> firmware = Arguments.Firmware();
        var command = new Command("disasm", "Disassembles a firmware, with symbols, register names and cycle costs.") { firmware };
        command.SetAction(result =>
        {
            Write(Arguments.LoadFirmware(result.GetRequiredValue(firmware)), Console.Out);
            return 0;
        });
        return command;
    }

    /// <summary>Address, opcode, cycles, instruction, comment: a line each.</summary>
    internal static void Write(FirmwareImage image, TextWriter output)
    {
        var chip = new ATxmega128A1();
        var disassembler = new Disassembler
        {
            CodeSymbol = address => image.FunctionAt((uint)address)?.ToString(),
            DataName = address => NameOf(chip, image, address),
        };
        var starts = image.Symbols.Where(s => s.Space == SymbolSpace.Code && s.Kind == SymbolKind.Function).ToLookup(s => (int)s.Address);
        var program = new byte[ProgramMemory.Size];
        Array.Fill(program, ProgramMemory.Erased);
        image.CopyTo(MemoryKind.Flash, program);
        foreach (FirmwareSegment segment in image.SegmentsOf(MemoryKind.Flash))
        {
            int end = (int)(segment.Address + segment.Bytes.Length + 1) / 2;
            for (int word = (int)segment.Address / 2; word < end;)
            {
                foreach (FirmwareSymbol symbol in starts[2 * word]) output.WriteLine($"\n{symbol.Name}:");
                DisassembledInstruction line = disassembler.Format(2 * word, Word(word), Word(word + 1));
                string opcode = line.Words == 2 ? $"{Word(word):X4} {Word(word + 1):X4}" : $"{Word(word):X4}";
                string text = string.Create(CultureInfo.InvariantCulture, $"{2 * word:X5}  {opcode,-9}  {line.Cycles,-CyclesColumn}  {line.Text,-TextColumn}");
                output.WriteLine(line.Comment.Length > 0 ? $"{text} ; {line.Comment}" : text.TrimEnd());
                word += line.Words;
            }
        }

        ushort Word(int word) => (2 * word) + 1 < program.Length ? (ushort)(program[2 * word] | (program[(2 * word) + 1] << 8)) : (ushort)0xFFFF;
    }

    // A register's name, or the variable that an address lies in.
    private static string? NameOf(ATxmega128A1 chip, FirmwareImage image, int address)
    {
        if (address < IoSpace.Size)
        {
            string name = chip.Data.Io.NameOf(address);
            return name.StartsWith("0x", StringComparison.Ordinal) ? null : name;
        }

        FirmwareSymbol? variable = image.Symbols.FirstOrDefault(s => s.Space == SymbolSpace.Data && s.Size > 0 && s.Address <= address && address < s.Address + s.Size);
        if (variable is null) return null;
        return variable.Address == address ? variable.Name : FormattableString.Invariant($"{variable.Name}+{address - variable.Address}");
    }
}
