using Xmega.Cpu;

namespace Xmega.Tests.Cpu.Engines;

/// <summary>Writes instructions word by word from their fields: a faster hand than the assembler's.</summary>
internal sealed class CodeWriter
{
    private static readonly Dictionary<Op, Instruction> Rows = InstructionSet.All.ToDictionary(row => row.Op);

    private readonly List<ushort> _words = [];

    /// <summary>Gets the word address of the next instruction.</summary>
    public int Here => _words.Count;

    public byte[] Bytes => [.. _words.SelectMany(word => new[] { (byte)word, (byte)(word >> 8) })];

    /// <summary>Appends an instruction.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="d">The field d, or r of a store: a register number as it is written.</param>
    /// <param name="r">The other register, or the bit number.</param>
    /// <param name="k">The constant, displacement or address; of a branch the target's word address.</param>
    public void Put(Op op, int d = 0, int r = 0, int k = 0) => _words.AddRange(Encode(op, Here, d, r, k));

    /// <summary>Fills in an instruction that was put in as something of the same length.</summary>
    public void Patch(int at, Op op, int d = 0, int r = 0, int k = 0)
    {
        ushort[] words = Encode(op, at, d, r, k);
        for (int i = 0; i < words.Length; i++) _words[at + i] = words[i];
    }

    public void PadTo(int word)
    {
        while (Here < word) _words.Add(0);
    }

    private static ushort[] Encode(Op op, int address, int d, int r, int k)
    {
        Instruction row = Rows[op];
        int dBits = row.Bits.Count(b => b == 'd'), kBits = row.Bits.Count(b => b == 'k'), rBits = row.Bits.Count(b => b == 'r');
        if (op == Op.Movw) (d, r) = (d / 2, r / 2);
        else if (dBits is 3 or 4) (d, r) = (d - 16, r - 16);
        else if (dBits == 2) d = (d - 24) / 2;
        if (kBits is 7 or 12) k -= address + 1;
        int reg = dBits == 0 && rBits > 0 ? d : r, bit = r, constant = k;
        uint code = 0;
        for (int i = row.Bits.Length - 1; i >= 0; i--)
        {
            int value = row.Bits[i] switch
            {
                '0' => 0,
                '1' => 1,
                'd' => Take(ref d),
                'r' => Take(ref reg),
                'b' or 's' => Take(ref bit),
                _ => Take(ref constant),
            };
            code |= (uint)value << (row.Bits.Length - 1 - i);
        }

        return row.Words == 2 ? [(ushort)(code >> 16), (ushort)code] : [(ushort)code];
    }

    private static int Take(ref int field)
    {
        int bit = field & 1;
        field >>= 1;
        return bit;
    }
}
