using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Cpu.ManualFormulas;

namespace Xmega.Tests.Cpu;

/// <summary>
/// Results and flags of every arithmetic and logic instruction over all its operands. SREG starts anywhere, S set
/// against N xor V included, so that a flag that must be left alone shows when it is not.
/// </summary>
public class ArithmeticTests
{
    private readonly Random _random = new(8077);

    private static readonly Dictionary<string, Func<int, int, int, (int Result, int Sreg)>> Binary = new()
    {
        ["add"] = Add, ["adc"] = Adc, ["sub"] = Sub, ["sbc"] = Sbc, ["cp"] = Cp, ["cpc"] = Cpc, ["and"] = And, ["or"] = Or, ["eor"] = Eor,
        ["subi"] = Sub, ["sbci"] = Sbc, ["cpi"] = Cp, ["andi"] = And, ["ori"] = Or,
    };

    private static readonly Dictionary<string, Func<int, int, (int Result, int Sreg)>> Unary = new()
    {
        ["com"] = Com, ["neg"] = Neg, ["swap"] = Swap, ["inc"] = Inc, ["dec"] = Dec, ["asr"] = Asr, ["lsr"] = Lsr, ["ror"] = Ror,
    };

    public static TheoryData<string> TwoRegisters => ["add", "adc", "sub", "sbc", "cp", "cpc", "and", "or", "eor"];

    [Theory]
    [MemberData(nameof(TwoRegisters))]
    public void Two_registers(string mnemonic)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip($"{mnemonic} r7, r22");
        for (int d = 0; d < 256; d++)
        {
            for (int m = 0; m < 256; m++)
            {
                for (int cz = 0; cz < 4; cz++)
                {
                    chip.SetRegister(7, (byte)d);
                    chip.SetRegister(22, (byte)m);
                    int sreg = Step(chip, 0, cz);
                    Check(mnemonic, d, m, sreg, Binary[mnemonic](d, m, sreg), (chip.Register(7), chip.StatusRegister));
                    if (chip.Register(22) != m) Assert.Fail($"{mnemonic} changed its source");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(TwoRegisters))]
    public void A_register_with_itself(string mnemonic)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip($"{mnemonic} r31, r31");
        for (int d = 0; d < 256; d++)
        {
            for (int cz = 0; cz < 4; cz++)
            {
                chip.SetRegister(31, (byte)d);
                int sreg = Step(chip, 0, cz);
                Check(mnemonic, d, d, sreg, Binary[mnemonic](d, d, sreg), (chip.Register(31), chip.StatusRegister));
            }
        }
    }

    [Theory]
    [InlineData("subi")]
    [InlineData("sbci")]
    [InlineData("cpi")]
    [InlineData("andi")]
    [InlineData("ori")]
    public void A_register_and_a_constant(string mnemonic)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip([.. Enumerable.Range(0, 256).Select(k => $"{mnemonic} r19, {k}")]);
        for (int d = 0; d < 256; d++)
        {
            for (int k = 0; k < 256; k++)
            {
                for (int cz = 0; cz < 4; cz++)
                {
                    chip.SetRegister(19, (byte)d);
                    int sreg = Step(chip, 2 * k, cz);
                    Check(mnemonic, d, k, sreg, Binary[mnemonic](d, k, sreg), (chip.Register(19), chip.StatusRegister));
                }
            }
        }
    }

    [Theory]
    [InlineData("com")]
    [InlineData("neg")]
    [InlineData("swap")]
    [InlineData("inc")]
    [InlineData("dec")]
    [InlineData("asr")]
    [InlineData("lsr")]
    [InlineData("ror")]
    public void One_register(string mnemonic)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip($"{mnemonic} r13");
        for (int d = 0; d < 256; d++)
        {
            for (int sreg = 0; sreg < 256; sreg++)
            {
                chip.SetRegister(13, (byte)d);
                Step(chip, 0, sreg, exactly: true);
                Check(mnemonic, d, 0, sreg, Unary[mnemonic](d, sreg), (chip.Register(13), chip.StatusRegister));
            }
        }
    }

    [Theory]
    [InlineData(24)]
    [InlineData(26)]
    [InlineData(28)]
    [InlineData(30)]
    public void A_word_and_a_constant(int pair)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip([.. Enumerable.Range(0, 64).SelectMany(k => new[] { $"adiw r{pair}, {k}", $"sbiw r{pair}, {k}" })]);

        // Every word with every constant, shared out among the four register pairs.
        for (int word = 0; word < 0x10000; word++)
        {
            for (int k = (word + (pair / 2)) % 4; k < 64; k += 4)
            {
                int sreg = Run(4 * k, word);
                Check("adiw", word, k, sreg, Adiw(word, k, sreg), Word());
                sreg = Run((4 * k) + 2, word);
                Check("sbiw", word, k, sreg, Sbiw(word, k, sreg), Word());
            }
        }

        int Run(int address, int word)
        {
            chip.SetRegister(pair, (byte)word);
            chip.SetRegister(pair + 1, (byte)(word >> 8));
            return Step(chip, address, _random.Next(4), cycles: 2);
        }

        (int, int) Word() => (chip.Register(pair) | (chip.Register(pair + 1) << 8), chip.StatusRegister);
    }

    [Theory]
    [InlineData("mul", false, false, false)]
    [InlineData("muls", true, true, false)]
    [InlineData("mulsu", true, false, false)]
    [InlineData("fmul", false, false, true)]
    [InlineData("fmuls", true, true, true)]
    [InlineData("fmulsu", true, false, true)]
    public void Multiplication(string mnemonic, bool signedD, bool signedM, bool fractional)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip($"{mnemonic} r18, r23");
        for (int d = 0; d < 256; d++)
        {
            for (int m = 0; m < 256; m++)
            {
                chip.SetRegister(18, (byte)d);
                chip.SetRegister(23, (byte)m);
                int sreg = Step(chip, 0, _random.Next(4), cycles: 2);
                int result = chip.Register(0) | (chip.Register(1) << 8);
                Check(mnemonic, d, m, sreg, Multiply(d, m, signedD, signedM, fractional, sreg), (result, chip.StatusRegister));
            }
        }
    }

    [Fact]
    public void A_product_may_replace_its_own_factors()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("mul r0, r1");
        chip.SetRegister(0, 0xFE);
        chip.SetRegister(1, 0x81);
        chip.Step();
        Assert.Equal(0xFE * 0x81, chip.Register(0) | (chip.Register(1) << 8));
    }

    [Fact]
    public void Every_pair_of_registers()
    {
        for (int d = 0; d < 32; d++)
        {
            ATxmega128A1 chip = AssemblyProgram.Chip([.. Enumerable.Range(0, 32).Select(r => $"sub r{d}, r{r}")]);
            for (int r = 0; r < 32; r++)
            {
                for (int i = 0; i < 32; i++) chip.SetRegister(i, (byte)(7 * i));
                Step(chip, 2 * r, 0);
                for (int i = 0; i < 32; i++) Assert.Equal((byte)(i == d ? 7 * (d - r) : 7 * i), chip.Register(i));
            }
        }
    }

    // One instruction from a random SREG with C and Z given; the SREG it started from.
    private int Step(ATxmega128A1 chip, int address, int cz, bool exactly = false, int cycles = 1)
    {
        int sreg = exactly ? cz : (_random.Next(256) & ~3) | cz;
        chip.ProgramCounter = address;
        chip.StatusRegister = (byte)sreg;
        long cycle = chip.Cycle;
        chip.Step();
        if (chip.Cycle - cycle != cycles || chip.ProgramCounter != address + 2) Assert.Fail($"{chip.Cycle - cycle} cycles, on at 0x{chip.ProgramCounter:X}");
        return sreg;
    }

    private static void Check(string mnemonic, int d, int m, int sreg, (int Result, int Sreg) expected, (int Result, int Sreg) actual)
    {
        if (expected != actual)
            Assert.Fail($"{mnemonic} 0x{d:X2}, 0x{m:X2} with SREG {sreg:B8}: expected 0x{expected.Result:X2} {expected.Sreg:B8}, got 0x{actual.Result:X2} {actual.Sreg:B8}");
    }
}
