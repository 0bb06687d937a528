using System.Globalization;
using System.Text;

namespace Xmega.Cpu;

/// <summary>One instruction as text.</summary>
/// <param name="Address">Byte address.</param>
/// <param name="Words">Length: 1 or 2 words.</param>
/// <param name="Text">Mnemonic and operands as avr-objdump prints them, as in <c>ldi r24, 0x0A</c>.</param>
/// <param name="Comment">Where a jump goes, what a data address is called; empty when there is nothing to say.</param>
/// <param name="Cycles">What it costs, as <see cref="Disassembler.Cost"/> writes it.</param>
public sealed record DisassembledInstruction(int Address, int Words, string Text, string Comment, string Cycles)
{
    /// <summary>The text, and the comment behind a semicolon.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Comment.Length == 0 ? Text : $"{Text} ; {Comment}";
}

/// <summary>
/// Turns opcodes into text by the table in <see cref="InstructionSet"/>. Addresses are byte addresses, as in avr-gcc's
/// tools. Like them it prints no aliases: <c>clr r1</c> reads <c>eor r1, r1</c>.
/// </summary>
public sealed class Disassembler
{
    /// <summary>Gets what a place in flash is called: byte address in, name out, or null.</summary>
    public Func<int, string?> CodeSymbol { get; init; } = static _ => null;

    /// <summary>Gets what a data address is called: the address of an I/O register or variable in, name out, or null.</summary>
    public Func<int, string?> DataName { get; init; } = static _ => null;

    /// <summary>What an instruction costs, in clk_PER cycles (8077I 4.11, 0856I).</summary>
    /// <param name="op">The operation.</param>
    /// <returns>
    /// A number; <c>1/2</c> for a branch not taken and taken; <c>1/2/3</c> for a skip over no, one and two words;
    /// <c>1/2 SRAM</c> for a load from I/O and from internal SRAM; <c>1/2</c> for DES after another DES and otherwise.
    /// </returns>
    public static string Cost(Op op)
    {
        int cycles = Costs[(int)op];
        string text = cycles.ToString(CultureInfo.InvariantCulture);
        return op switch
        {
            >= Op.Brcs and <= Op.Brid or Op.Des => $"{text}/{cycles + 1}",
            Op.Cpse or Op.Sbrc or Op.Sbrs or Op.Sbic or Op.Sbis => $"{text}/{cycles + 1}/{cycles + 2}",
            >= Op.LdX and <= Op.Lds => $"{text}/{cycles + 1} SRAM",
            _ => text,
        };
    }

    /// <summary>Writes one instruction.</summary>
    /// <param name="address">Its byte address; jumps are relative to it.</param>
    /// <param name="opcode">Its first word.</param>
    /// <param name="next">The word after, used by instructions of two words.</param>
    /// <returns>The text; <c>.word</c> for an opcode the part does not have.</returns>
    public DisassembledInstruction Format(int address, ushort opcode, ushort next)
    {
        Instruction? row = InstructionDecoder.Find(opcode);
        Decoded decoded = InstructionDecoder.Decode(address / 2, opcode, next);
        if (row is null) return new(address, 1, $".word 0x{opcode:x4}", "illegal", Cost(Op.Illegal));

        var text = new StringBuilder(row.Mnemonic);
        string separator = " ";
        foreach (string operand in row.Operands.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            text.Append(separator).Append(CultureInfo.InvariantCulture, $"{Operand(row, operand, decoded, address)}");
            separator = ", ";
        }

        return new(address, row.Words, text.ToString(), Comment(decoded), Cost(row.Op));
    }

    // The table's cycles, by operation; what is not in the table passes as NOP does.
    private static readonly byte[] Costs = [.. Enumerable.Range(0, 1 + (int)Enum.GetValues<Op>().Max())
        .Select(op => InstructionSet.Rows.FirstOrDefault(r => (int)r.Op == op)?.Cycles ?? 1)];

    private static string Operand(Instruction row, string operand, Decoded decoded, int address)
    {
        int k = decoded.K;
        switch (operand)
        {
            case "Rd" or "Rd+":
                return $"r{decoded.A}";
            case "Rr" or "Rr+":
                // A register that is read stands in B only beside one that is written.
                return row.Operands.Contains("Rd", StringComparison.Ordinal) ? $"r{decoded.B}" : $"r{decoded.A}";
            case "b":
                return $"{decoded.B}";
            case "Y+q" or "Z+q":
                return $"{operand[..2]}{k}";
            case "A":
                return $"0x{k:x2}";
            case "K":
                return row.Op switch
                {
                    Op.Des => $"{k}",
                    Op.Adiw or Op.Sbiw => $"0x{k:x2}",
                    _ => $"0x{k:X2}",
                };
            case "k" when row.Op is Op.Lds or Op.Sts:
                return $"0x{k:X4}";
            case "k" when row.Words == 2:
                return $"0x{2 * k:x}";
            case "k":
                // Back to the distance that the opcode holds: the target has wrapped at the size of program space.
                const int wrap = InstructionDecoder.ProgramSpaceWords;
                int distance = ((k - (address / 2) - 1 + (wrap / 2)) & (wrap - 1)) - (wrap / 2);
                return $".{(distance < 0 ? '-' : '+')}{Math.Abs(2 * distance)}";
            default:
                return operand;
        }
    }

    private string Comment(Decoded decoded) => decoded.Op switch
    {
        Op.Lds or Op.Sts or Op.In or Op.Out or Op.Sbi or Op.Cbi or Op.Sbic or Op.Sbis => DataName(decoded.K) ?? "",
        Op.Jmp or Op.Call or Op.Rjmp or Op.Rcall or (>= Op.Brcs and <= Op.Brid) => Target(2 * decoded.K),
        _ => "",
    };

    private string Target(int address) =>
        CodeSymbol(address) is { } name ? $"0x{address:x} <{name}>" : $"0x{address:x}";
}
