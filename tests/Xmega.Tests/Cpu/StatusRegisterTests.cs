using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

public class StatusRegisterTests
{
    private const int N = 0x04, S = 0x10;

    // In the order of SREG's bits: C Z N V S H T I.
    private static readonly string[] Sets = ["sec", "sez", "sen", "sev", "ses", "seh", "set", "sei"];
    private static readonly string[] Clears = ["clc", "clz", "cln", "clv", "cls", "clh", "clt", "cli"];
    private static readonly string[] BranchesIfSet = ["brcs", "breq", "brmi", "brvs", "brlt", "brhs", "brts", "brie"];
    private static readonly string[] BranchesIfClear = ["brcc", "brne", "brpl", "brvc", "brge", "brhc", "brtc", "brid"];

    [Fact]
    public void Each_flag_is_set_and_cleared_alone_from_every_SREG()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip([.. Sets, .. Clears]);
        for (int bit = 0; bit < 8; bit++)
        {
            for (int sreg = 0; sreg < 256; sreg++)
            {
                Assert.Equal(sreg | (1 << bit), StatusAfter(chip, 2 * bit, sreg));
                Assert.Equal(sreg & ~(1 << bit), StatusAfter(chip, 16 + (2 * bit), sreg));
            }
        }
    }

    [Fact]
    public void Each_branch_looks_at_its_flag_only()
    {
        string[] branches = [.. BranchesIfSet.Concat(BranchesIfClear).Select(b => $"{b} .+40")];
        ATxmega128A1 chip = AssemblyProgram.Chip(branches);
        for (int i = 0; i < 16; i++)
        {
            for (int sreg = 0; sreg < 256; sreg++)
            {
                bool taken = ((sreg >> (i % 8)) & 1) == (i < 8 ? 1 : 0);
                long cycle = chip.Cycle;
                Assert.Equal(sreg, StatusAfter(chip, 2 * i, sreg));
                Assert.Equal((2 * i) + 2 + (taken ? 40 : 0), chip.ProgramCounter);
                Assert.Equal(taken ? 2 : 1, chip.Cycle - cycle);
            }
        }
    }

    [Theory]
    [InlineData("in r9, 0x3f")]
    [InlineData("lds r9, 0x3f")]
    public void SREG_reads_as_it_stands(string read)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(read);
        for (int sreg = 0; sreg < 256; sreg++)
        {
            Assert.Equal(sreg, StatusAfter(chip, 0, sreg));
            Assert.Equal(sreg, chip.Register(9));
        }
    }

    [Theory]
    [InlineData("out 0x3f, r9")]
    [InlineData("sts 0x3f, r9")]
    public void SREG_can_be_written_whole_S_against_N_and_V_too(string write)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(write);
        for (int value = 0; value < 256; value++)
        {
            chip.SetRegister(9, (byte)value);
            Assert.Equal(value, StatusAfter(chip, 0, value ^ 0xFF));
            Assert.Equal(value, chip.Data.Peek(0x3F));
        }
    }

    [Fact]
    public void S_stays_where_SES_and_CLS_put_it_until_an_instruction_makes_it_anew()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("ses", "inc r0", "cls", "sen", "sev", "dec r1");
        chip.SetRegister(0, 4);
        chip.SetRegister(1, 0x80);
        chip.Step();
        Assert.Equal(S, chip.StatusRegister); // N = V = 0 and still S
        chip.Step();
        Assert.Equal(0, chip.StatusRegister);
        chip.Step();
        chip.Step();
        Assert.Equal(N, chip.StatusRegister); // N alone: S is not recomputed
        chip.Step();
        chip.Step();
        Assert.Equal(0x08 | S, chip.StatusRegister); // 0x7F: V, so S
    }

    [Fact]
    public void BST_and_BLD_move_one_bit_through_T()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip([.. Enumerable.Range(0, 8).Select(b => $"bst r2, {b}"), .. Enumerable.Range(0, 8).Select(b => $"bld r3, {b}")]);
        for (int value = 0; value < 256; value++)
        {
            chip.SetRegister(2, (byte)value);
            for (int bit = 0; bit < 8; bit++)
            {
                int t = (value >> bit) & 1;
                Assert.Equal(0xBF | (t << 6), StatusAfter(chip, 2 * bit, 0xFF));
                Assert.Equal(t << 6, StatusAfter(chip, 2 * bit, 0));
                chip.SetRegister(3, (byte)~value);
                StatusAfter(chip, 16 + (2 * bit), t << 6);
                Assert.Equal((byte)((~value & ~(1 << bit)) | (t << bit)), chip.Register(3));
            }
        }
    }

    private static int StatusAfter(ATxmega128A1 chip, int address, int sreg)
    {
        chip.ProgramCounter = address;
        chip.StatusRegister = (byte)sreg;
        chip.Step();
        return chip.StatusRegister;
    }
}
