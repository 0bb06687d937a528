using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Nvm;

/// <summary>EEPROM in the data space (memory.md 2 and 4, nvm.md 1).</summary>
public class MappedEepromTests
{
    private const int EEMAPEN = 0x08;
    private const int EELOAD = 0x02;

    [Fact]
    public void Mapped_it_reads_what_it_holds_two_cycles_slower_than_io()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("ldi r16, 8", "sts 0x01CC, r16", "lds r17, 0x1000", "lds r18, 0x17FF", "break");
        chip.Data.EepromSpan[0] = 0x5A;
        AssemblyProgram.Run(chip);
        Assert.Equal(0x5A, chip.Register(17));
        Assert.Equal(0xFF, chip.Register(18));
        // ldi 1, sts 2, lds 2 + 2 twice, break 1
        Assert.Equal(1 + 2 + (2 * 4) + 1, chip.Cycle);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void Unmapped_nobody_answers_and_a_diagnostic_says_so()
    {
        var bench = new Bench();
        bench.Chip.Data.EepromSpan[5] = 0x5A;
        Assert.Equal(0, bench.Chip.Data.Read(0x1005));
        Assert.Contains("not mapped", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
        bench.Write("NVM.CTRLB", EEMAPEN);
        Assert.Equal(0x5A, bench.Chip.Data.Read(0x1005));
        bench.Chip.Reset(Xmega.SystemControl.ResetSource.Software);
        Assert.Equal(0, bench.Chip.Data.Peek(0x1005));
    }

    [Fact]
    public void A_write_to_it_loads_the_page_buffer_and_halts_the_CPU_for_two_cycles()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 8", "sts 0x01CC, r16", "sts 0x1225, r16", "lds r17, 0x01CF", "break");
        Assert.Equal(EELOAD, chip.Register(17));
        Assert.All(chip.Data.EepromSpan.ToArray(), b => Assert.Equal(0xFF, b));
        // ldi 1, sts 2, sts 2 + 2, lds 2, break 1
        Assert.Equal(1 + 2 + 4 + 2 + 1, chip.Cycle);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void SPMLOCK_needs_CCP_and_stays_until_reset()
    {
        var bench = new Bench();
        bench.Write("NVM.CTRLB", 1);
        Assert.Equal(0, bench.Read("NVM.CTRLB"));
        bench.WriteProtected("NVM.CTRLB", 1);
        bench.WriteProtected("NVM.CTRLB", EEMAPEN);
        Assert.Equal(EEMAPEN | 1, bench.Read("NVM.CTRLB"));
    }
}
