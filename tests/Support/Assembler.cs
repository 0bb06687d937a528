using System.Globalization;
using Xmega.Cpu;

namespace Xmega.TestSupport;

/// <summary>
/// Just enough of an assembler for tests: one instruction a line as avr-objdump prints it, with labels, encoded by the
/// patterns of <see cref="InstructionSet"/>.
/// </summary>
public static class Assembler
{
    private static readonly char[] Separators = [',', ' ', '\t'];

    /// <summary>Assembles lines. <c>name:</c> is a label; <c>.word 0x1234</c> a raw word; branch and jump targets are labels, word addresses, or <c>.+4</c> in bytes.</summary>
    public static byte[] Assemble(params string[] lines) => Assemble(0, lines);

    /// <summary>Assembles lines for a place in flash.</summary>
    public static byte[] Assemble(int origin, params string[] lines)
    {
        string[] source = [.. lines.SelectMany(l => l.Split('\n')).Select(l => l.Split(';')[0].Trim()).Where(l => l.Length > 0)];
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        int address = origin;
        foreach (string line in source)
        {
            if (line.EndsWith(':')) labels[line[..^1]] = address;
            else address += line.StartsWith(".word", StringComparison.Ordinal) ? 1 : Row(line).Words;
        }

        var bytes = new List<byte>();
        address = origin;
        foreach (string line in source.Where(l => !l.EndsWith(':')))
        {
            uint[] words = line.StartsWith(".word", StringComparison.Ordinal) ? [(uint)Number(line[5..].Trim(), labels)] : Encode(line, address, labels);
            foreach (uint word in words) bytes.AddRange([(byte)word, (byte)(word >> 8)]);
            address += words.Length;
        }

        return [.. bytes];
    }

    private static string[] Tokens(string line) => line.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    private static Instruction Row(string line)
    {
        string[] tokens = Tokens(line);
        string shape = string.Join(",", tokens.Skip(1).Select(Shape));
        return InstructionSet.All.FirstOrDefault(r => r.Mnemonic == tokens[0] && ShapeOfRow(r) == shape)
            ?? InstructionSet.All.FirstOrDefault(r => r.Mnemonic == tokens[0] && ShapeOfRow(r).Replace('p', 'r') == shape.Replace('p', 'r'))
            ?? throw new ArgumentException($"no such instruction: {line}");
    }

    // A register is r, a number or label n, a pointer its own letter with its sign.
    private static string Shape(string operand)
    {
        if (operand is "X" or "Y" or "Z" or "X+" or "Y+" or "Z+" or "-X" or "-Y" or "-Z") return operand;
        if (operand.Length > 2 && operand[0] is 'Y' or 'Z' && operand[1] == '+') return operand[..2] + "q";
        return operand.Length is 2 or 3 && operand[0] == 'r' && char.IsAsciiDigit(operand[1]) ? "r" : "n";
    }

    private static string ShapeOfRow(Instruction row) => string.Join(",", row.Operands.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(o => o switch
    {
        "Rd" or "Rr" or "Rd+" or "Rr+" => "r",
        "K" or "k" or "A" or "b" or "s" => "n",
        _ => o,
    }));

    private static int Number(string text, Dictionary<string, int> labels)
    {
        if (labels.TryGetValue(text, out int label)) return label;
        bool negative = text.StartsWith('-');
        if (negative) text = text[1..];
        int value = text.StartsWith("0x", StringComparison.Ordinal) ? int.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : int.Parse(text, CultureInfo.InvariantCulture);
        return negative ? -value : value;
    }

    private static uint[] Encode(string line, int address, Dictionary<string, int> labels)
    {
        Instruction row = Row(line);
        string[] operands = [.. Tokens(line).Skip(1)];
        string[] names = row.Operands.Split(',', StringSplitOptions.RemoveEmptyEntries);
        string bits = row.Pattern.Replace(" ", "", StringComparison.Ordinal);
        var fields = new Dictionary<char, int>();
        for (int i = 0; i < names.Length; i++)
        {
            char letter = names[i] switch { "Rd" or "Rd+" => 'd', "Rr" or "Rr+" => 'r', "Y+q" or "Z+q" => 'q', var o => o[0] };
            if (names[i] is "X" or "Y" or "Z" or "X+" or "Y+" or "Z+" or "-X" or "-Y" or "-Z") continue;
            string text = letter is 'd' or 'r' ? operands[i][1..] : letter == 'q' ? operands[i][2..] : operands[i];
            int value = text.StartsWith('.') ? address + 1 + (Number(text[1..].TrimStart('+'), labels) / 2) : Number(text, labels);
            int width = bits.Count(b => b == letter);
            if (letter is 'd' or 'r')
            {
                if (names[i].EndsWith('+')) value /= 2;
                else if (width == 4 || width == 3) value -= 16;
                else if (width == 2) value = (value - 24) / 2;
            }

            if (letter == 'k' && width is 7 or 12) value -= address + 1;
            fields[letter] = value & (int)((1L << width) - 1);
        }

        var left = fields.Keys.ToDictionary(k => k, k => bits.Count(b => b == k));
        uint code = 0;
        foreach (char b in bits)
        {
            uint bit = b == '1' ? 1u : 0;
            if (fields.TryGetValue(b, out int field)) bit = (uint)(field >> --left[b]) & 1;
            code = (code << 1) | bit;
        }

        return row.Words == 2 ? [code >> 16, code & 0xFFFF] : [code];
    }
}
