using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

public class FirstSteps
{
    [Fact]
    public void A_loop_counts_its_cycles()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 10", "loop:", "dec r16", "brne loop", "sts 0x2000, r16", "lds r17, 0x2000", "rcall sub", "break", "sub:", "push r16", "pop r18", "ret");
        Assert.Equal(0, chip.Register(16));
        // ldi 1, loop 10*3-1, sts 2, lds 3, rcall 3, push 1, pop 2, ret 5, break 1
        Assert.Equal(1 + 29 + 2 + 3 + 3 + 1 + 2 + 5 + 1, chip.Cycle);
        Assert.Equal(1 + 20 + 7, chip.Instructions);
    }

    [Fact]
    public void Sixteen_rounds_of_des_make_the_published_cipher()
    {
        // FIPS 46 example: key 133457799BBCDFF1, plain 0123456789ABCDEF, cipher 85E813540F0AB405
        var lines = new List<string>();
        ulong data = 0x0123456789ABCDEF, key = 0x133457799BBCDFF1;
        for (int i = 0; i < 16; i++) { lines.Add($"ldi r16, {(byte)((i < 8 ? data : key) >> (8 * (i & 7)))}"); lines.Add($"mov r{i}, r16"); }
        lines.Add("clh");
        for (int i = 0; i < 16; i++) lines.Add($"des {i}");
        lines.Add("break");
        ATxmega128A1 chip = AssemblyProgram.Run([.. lines]);
        ulong result = 0;
        for (int i = 7; i >= 0; i--) result = (result << 8) | chip.Register(i);
        Assert.Equal(0x85E813540F0AB405ul, result);
        Assert.Equal(32 + 1 + 17 + 1, chip.Cycle);
    }
}
