using Xmega.Memory;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Nvm;

/// <summary>
/// The supply fails at every 1,000th cycle of a page write: bytes that are being programmed may be anything between old,
/// erased and new; all others are as they were (8331B 33.9).
/// </summary>
public class PowerCutTests
{
    private const int Step = 1_000;
    private const int Duration = 24_000; // erase and write at 2 MHz
    private const int STATUS = 0x1CF;

    [Fact]
    public void In_EEPROM_only_the_tagged_bytes_of_the_page_are_at_risk()
    {
        var seen = new List<string>();
        for (int cycle = 0; cycle <= Duration + Step; cycle += Step)
        {
            var bench = new Bench();
            Span<byte> cells = bench.Chip.Data.EepromSpan;
            for (int i = 0; i < cells.Length; i++) cells[i] = (byte)(i * 37);
            byte[] before = cells.ToArray();
            bench.Write("NVM.CMD", 0x33);
            for (int i = 4; i < 12; i++) bench.Write("NVM.ADDR0", i).Write("NVM.DATA0", 0xC0 + i);
            bench.Write("NVM.CMD", 0x35).Write("NVM.ADDR0", 0x60).Write("NVM.ADDR1", 0x03).WriteProtected("NVM.CTRLA", 1);
            bench.Advance(cycle);
            bench.Chip.Reset(ResetSource.PowerOn);
            Assert.Equal(0, bench.Read("NVM.STATUS"));
            for (int i = 0; i < cells.Length; i++)
            {
                if (i is >= 0x364 and < 0x36C) AssertBetween(before[i], (byte)(0xC0 + i - 0x360), cells[i], cycle);
                else Assert.Equal(before[i], cells[i]);
            }

            seen.Add(Convert.ToHexString(cells[0x364..0x36C]));
            bench.Advance(2 * Duration);
            Assert.Equal(seen[^1], Convert.ToHexString(cells[0x364..0x36C])); // nothing goes on by itself
        }

        Assert.Equal(Convert.ToHexString([.. Enumerable.Range(0x364, 8).Select(i => (byte)(i * 37))]), seen[0]);
        Assert.Equal("FFFFFFFFFFFFFFFF", seen[Duration / Step / 2]);
        Assert.Equal("C4C5C6C7C8C9CACB", seen[Duration / Step]);
        Assert.True(seen.Distinct().Count() > 8, "a write is cut at many different points");
    }

    [Theory]
    [InlineData(0x25, 0x00600)] // the application: the CPU runs on
    [InlineData(0x2D, 0x21C00)] // the boot section: the CPU stands still
    public void In_flash_only_the_page_is_at_risk(int command, int page)
    {
        for (int cycle = 0; cycle <= Duration + Step; cycle += Step)
        {
            ATxmega128A1 chip = Loader(command, page);
            byte[] before = chip.Program.Span.ToArray();
            ScheduledAction cut = chip.CreateAction("cut", Phase.Limit, chip.Stop);
            cut.Book(chip.Cycle + 40 + cycle);
            chip.Run();
            Assert.InRange(chip.Cycle, 40 + cycle, 45 + cycle);
            chip.CutPower();
            for (int i = 0; i < before.Length; i++)
            {
                if (i == page || i == page + 1) AssertBetween(before[i], 0x5A, chip.Program.Span[i], cycle);
                else if (i >= page && i < page + ProgramMemory.PageSize) AssertBetween(before[i], 0xFF, chip.Program.Span[i], cycle);
                else if (before[i] != chip.Program.Span[i]) Assert.Fail($"byte 0x{i:X5} changed when power was cut {cycle} cycles into the write");
            }

            chip.Reset(ResetSource.PowerOn);
            Assert.Equal(0, chip.Data.Peek(STATUS));
        }
    }

    [Fact]
    public void A_brown_out_breaks_programming_off_too()
    {
        var bench = new Bench();
        bench.Write("NVM.CMD", 0x33).Write("NVM.DATA0", 0).Write("NVM.CMD", 0x34).WriteProtected("NVM.CTRLA", 1);
        bench.Advance(Duration / 4);
        bench.Chip.Reset(ResetSource.BrownOut);
        Assert.Equal(0, bench.Read("NVM.STATUS"));
        Assert.Equal(0xF0, bench.Chip.Data.EepromSpan[0]); // half of the bits written
    }

    // While it is erased bits go from 0 to 1, while it is written from 1 to 0: at most one of both is under way.
    private static void AssertBetween(byte old, byte @new, byte now, int cycle)
    {
        bool erasing = (now & old) == old, writing = (now & @new) == @new;
        if (cycle < Duration / 2 ? !erasing : !writing) Assert.Fail($"0x{now:X2} is not between 0x{old:X2}, 0xFF and 0x{@new:X2} after {cycle} cycles");
    }

    private static ATxmega128A1 Loader(int command, int page)
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(page, [.. Enumerable.Range(0, ProgramMemory.PageSize).Select(i => (byte)(i * 11))]);
        chip.Program.Write(ProgramMemory.BootStart, Assembler.Assemble(
            ProgramMemory.BootStart / 2,
            $"ldi r16, {page >> 16}", "sts 0x003B, r16", $"ldi r30, {page & 0xFF}", $"ldi r31, {(page >> 8) & 0xFF}",
            "ldi r16, 0x5A", "mov r0, r16", "mov r1, r16", "ldi r16, 0x23", "sts 0x01CA, r16", "spm",
            $"ldi r16, {command}", "sts 0x01CA, r16", "ldi r17, 0x9D", "sts 0x0034, r17", "spm", "rjmp .-2"));
        chip.ProgramCounter = ProgramMemory.BootStart;
        chip.RunsAsleep = true;
        return chip;
    }
}
