using Xmega.Memory;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Nvm;

/// <summary>SPM from the boot section: pages, buffers, who waits meanwhile, and what forbids it (nvm.md 2, 3, 8).</summary>
public class SelfProgrammingTests
{
    private const int PageOfCycles = 12_000; // 6 ms at 2 MHz
    private const int STATUS = 0x1CF;

    [Fact]
    public void A_page_of_the_application_is_written_while_the_boot_loader_runs_on()
    {
        ATxmega128A1 chip = Boot([.. Load(0x0200, 0x1234), .. Load(0x03FE, 0xABCD), .. Spm(0x25, 0x0200), "lds r17, 0x01CF", .. Wait(), "lds r18, 0x01CF", "break"]);
        AssemblyProgram.Run(chip);
        Assert.Equal(0xC1, chip.Register(17)); // NVMBUSY, FBUSY, FLOAD
        Assert.Equal(0x00, chip.Register(18));
        Assert.Equal([0x34, 0x12, 0xFF], chip.Program.Span[0x200..0x203].ToArray());
        Assert.Equal([0xCD, 0xAB, 0xFF], chip.Program.Span[0x3FE..0x401].ToArray());
        Assert.InRange(chip.Cycle, 2 * PageOfCycles, (2 * PageOfCycles) + 100);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Theory]
    [InlineData(0x2A, 0x20400, 1, true)]
    [InlineData(0x2C, 0x20400, 1, true)]
    [InlineData(0x2D, 0x20400, 2, true)]
    [InlineData(0x2B, 0x20400, 1, true)]
    [InlineData(0x2E, 0x20400, 1, true)]
    [InlineData(0x2F, 0x20400, 2, true)]
    [InlineData(0x2B, 0x00400, 1, false)]
    [InlineData(0x2E, 0x00400, 1, false)]
    [InlineData(0x2F, 0x00400, 2, false)]
    [InlineData(0x22, 0x1FE00, 1, false)]
    [InlineData(0x24, 0x00400, 1, false)]
    [InlineData(0x25, 0x00400, 2, false)]
    [InlineData(0x20, 0x00000, 1, true)]
    [InlineData(0x18, 0x00000, 1, true)]
    [InlineData(0x1A, 0x00000, 1, true)]
    public void The_CPU_stands_still_as_the_table_says_and_memory_is_busy_as_long(int command, int z, int pages, bool halts)
    {
        ATxmega128A1 chip = Boot([.. Spm(command, z), "lds r17, 0x01CF", .. Wait(), "break"]);
        AssemblyProgram.Run(chip);
        Assert.Equal(halts ? 0 : 0xC0, chip.Register(17));
        Assert.InRange(chip.Cycle, pages * PageOfCycles, (pages * PageOfCycles) + 60);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void Erasing_sets_a_page_and_writing_without_it_leaves_the_AND_of_old_and_new()
    {
        ATxmega128A1 chip = Boot([.. Load(0x1E000, 0x0FF0), .. Spm(0x24, 0x1E000), .. Wait(), .. Spm(0x22, 0x1E200), .. Wait(), "break"]);
        chip.Program.Write(0x1E000, [0x33, 0x33, 0x33]);
        chip.Program.Write(0x1E1FE, [1, 2, 3, 4]);
        AssemblyProgram.Run(chip);
        Assert.Equal([0x30, 0x03, 0x33], chip.Program.Span[0x1E000..0x1E003].ToArray());
        Assert.Equal([1, 2, 0xFF, 0xFF], chip.Program.Span[0x1E1FE..0x1E202].ToArray());
    }

    [Fact]
    public void Loading_a_word_twice_leaves_the_AND_and_a_flush_makes_the_buffer_new()
    {
        ATxmega128A1 chip = Boot(
        [
            .. Load(0x0000, 0x0F0F), .. Load(0x0000, 0x3C3C), .. Spm(0x2F, 0x0000), .. Wait(),
            .. Load(0x0000, 0x0000), .. Cmdex(0x26), .. Wait(), .. Load(0x0002, 0x5555), .. Spm(0x2F, 0x0200), .. Wait(), "break",
        ]);
        AssemblyProgram.Run(chip);
        Assert.Equal([0x0C, 0x0C], chip.Program.Span[..2].ToArray());
        Assert.Equal([0xFF, 0xFF, 0x55, 0x55], chip.Program.Span[0x200..0x204].ToArray());
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void SPM_with_Z_plus_goes_on_to_the_next_word()
    {
        ATxmega128A1 chip = Boot("ldi r16, 0x23", "sts 0x01CA, r16", "ldi r30, 0xFE", "ldi r31, 0xFF", "mov r0, r30", "spm Z+", "lds r17, 0x003B", "break");
        AssemblyProgram.Run(chip);
        Assert.Equal((0, 0, 1), (chip.Register(30), chip.Register(31), chip.Register(17)));
    }

    [Fact]
    public void Code_that_was_run_before_is_run_anew_after_it_was_written()
    {
        // The application at 0 sets r20 and jumps back; the loader runs it, replaces it, and runs it again.
        byte[] second = Assembler.Assemble("ldi r20, 0x22", "jmp 0x10100");
        ATxmega128A1 chip = Boot([
            "jmp 0",
            .. Enumerable.Repeat("nop", 0xFE),
            "mov r21, r20", "cpi r20, 0x22", "breq done",
            .. Enumerable.Range(0, second.Length / 2).SelectMany(i => Load(2 * i, second[2 * i] | (second[(2 * i) + 1] << 8))),
            .. Spm(0x25, 0), .. Wait(), "jmp 0", "done:", "break"]);
        chip.Program.Write(0, Assembler.Assemble("ldi r20, 0x11", "jmp 0x10100"));
        AssemblyProgram.Run(chip);
        Assert.Equal(0x22, chip.Register(21));
    }

    [Fact]
    public void Fetching_from_the_section_that_is_being_written_stands_still_until_it_is_done()
    {
        ATxmega128A1 chip = Boot([.. Spm(0x22, 0x1E000), "jmp 0"]);
        chip.Program.Write(0, Assembler.Assemble("lds r17, 0x01CF", "break"));
        AssemblyProgram.Run(chip);
        Assert.Equal(0, chip.Register(17));
        Assert.InRange(chip.Cycle, PageOfCycles, PageOfCycles + 60);
    }

    [Fact]
    public void LPM_of_it_waits_too_and_LPM_of_the_boot_section_does_not()
    {
        ATxmega128A1 chip = Boot([
            .. Spm(0x25, 0), "ldi r16, 2", "sts 0x003B, r16", "ldi r30, 0", "ldi r31, 0", "elpm r20, Z", "lds r17, 0x01CF",
            "ldi r16, 0", "sts 0x003B, r16", "elpm r21, Z+", "lds r18, 0x01CF", "break"]);
        chip.Program.Write(0, [0x12]);
        AssemblyProgram.Run(chip);
        Assert.Equal(chip.Program.Span[ProgramMemory.BootStart], chip.Register(20));
        Assert.Equal(0xC0, chip.Register(17));
        Assert.Equal(0xFF, chip.Register(21)); // erased by the page write
        Assert.Equal(0x00, chip.Register(18));
        Assert.Equal(1, chip.Register(30));
    }

    [Theory]
    [InlineData("outside the boot section", 0x22, 0x0000, 0xFF, false, true, 0)]
    [InlineData("needs 0x9D in CCP", 0x22, 0x0000, 0xFF, true, false, 0)]
    [InlineData("SPMLOCK", 0x22, 0x0000, 0xFF, true, true, 1)]
    [InlineData("lock bits (0xEF)", 0x22, 0x0000, 0xEF, true, true, 0)]
    [InlineData("lock bits (0xCF)", 0x2F, 0x0000, 0xCF, true, true, 0)]
    [InlineData("lock bits (0xFB)", 0x25, 0x1E000, 0xFB, true, true, 0)]
    [InlineData("lock bits (0xFB)", 0x20, 0x0000, 0xFB, true, true, 0)]
    [InlineData("lock bits (0xBF)", 0x2D, 0x21E00, 0xBF, true, true, 0)]
    [InlineData("does not point into that section", 0x22, 0x20000, 0xFF, true, true, 0)]
    [InlineData("does not point into that section", 0x2A, 0x1FFFE, 0xFF, true, true, 0)]
    [InlineData("past the end of flash", 0x2F, 0x22000, 0xFF, true, true, 0)]
    [InlineData("is started by CMDEX", 0x35, 0x0000, 0xFF, true, true, 0)]
    [InlineData("no command for self-programming", 0x40, 0x0000, 0xFF, true, true, 0)]
    public void What_forbids_SPM_is_said_and_flash_stays_as_it_is(string said, int command, int z, int locks, bool fromBoot, bool signature, int spmlock)
    {
        string[] program = [
            "ldi r16, 0xD8", $"ldi r17, {spmlock}", "sts 0x0034, r16", "sts 0x01CC, r17",
            .. signature ? Spm(command, z) : Spm(command, z).Where(l => l != "sts 0x0034, r17"), "lds r18, 0x01CF", "break"];
        ATxmega128A1 chip = fromBoot ? Boot(program) : AssemblyProgram.Chip(program);
        chip.Program.Write(0x1E000, [0]);
        chip.Program.Write(0x21E00, [0]);
        chip.LockBits.Value = (byte)locks;
        byte[] before = chip.Program.Span.ToArray();
        AssemblyProgram.Run(chip);
        Assert.Contains(said, Assert.Single(chip.Diagnostics.All).Message, StringComparison.Ordinal);
        Assert.Equal(0, chip.Register(18));
        Assert.Equal(before, chip.Program.Span.ToArray());
    }

    [Theory]
    [InlineData(0xFF, false, 0x20000, 0x5A)]
    [InlineData(0x7F, false, 0x20000, 0xFF)] // BLBB: the application may not read boot
    [InlineData(0x7F, true, 0x20400, 0x5A)]  // itself it may
    [InlineData(0xDF, true, 0x00400, 0xFF)]  // BLBA
    [InlineData(0xDF, true, 0x1E400, 0x5A)]
    [InlineData(0xF7, true, 0x1E400, 0xFF)]  // BLBAT
    [InlineData(0xF7, false, 0x1E400, 0x5A)]
    public void Lock_bits_keep_one_section_from_reading_the_other(int locks, bool fromBoot, int z, int read)
    {
        string[] program = [.. Z(z), "elpm r20, Z", "break"];
        ATxmega128A1 chip = fromBoot ? Boot(program) : AssemblyProgram.Chip(program);
        if (ProgramMemory.SectionOf(z) != FlashSection.Boot || !fromBoot || z != 0x20000) chip.Program.Write(z, [0x5A]);
        chip.LockBits.Value = (byte)locks;
        AssemblyProgram.Run(chip);
        Assert.Equal(read, chip.Register(20));
    }

    [Fact]
    public void Code_in_a_read_locked_section_runs_without_interrupts_when_the_vectors_are_in_the_other()
    {
        // TCC0_OVF would come while the boot section runs; it waits until the application does.
        string[] program = [
            "ldi r16, 0x01", "sts 0x00A2, r16", "sts 0x0806, r16", "ldi r17, 20", "sts 0x0826, r17", "ldi r17, 0", "sts 0x0827, r17", "sts 0x0800, r16",
            "sei", .. Enumerable.Repeat("nop", 40), "mov r18, r20", "jmp 0x0100"];
        foreach ((int locks, int seen) in new[] { (0x7F, 0), (0xFF, 1) })
        {
            ATxmega128A1 chip = Boot(program);
            chip.Program.Write(2 * 28, Assembler.Assemble("inc r20", "break"));
            chip.Program.Write(0x200, Assembler.Assemble("nop", "nop", "rjmp 0x0100"));
            chip.LockBits.Value = (byte)locks;
            AssemblyProgram.Run(chip);
            Assert.Equal(1, chip.Register(20));
            Assert.Equal(seen == 1, chip.Cycle < 55);
        }
    }

    [Fact]
    public void The_user_row_is_written_from_the_flash_buffer_and_read_by_LPM()
    {
        ATxmega128A1 chip = Boot([.. Load(0x0010, 0xBEEF), .. Spm(0x18, 0), .. Spm(0x1A, 0), "ldi r16, 0x01", "sts 0x01CA, r16", "ldi r30, 0x11", "ldi r31, 0", "lpm r20, Z", "break"]);
        chip.SignatureRows.User[5] = 5;
        AssemblyProgram.Run(chip);
        Assert.Equal(0xBE, chip.Register(20));
        Assert.Equal(0xFF, chip.SignatureRows.User[5]);
        Assert.Equal(0xEF, chip.SignatureRows.User[0x10]);
    }

    [Fact]
    public void The_production_row_holds_calibration_and_the_lot_number()
    {
        ATxmega128A1 chip = AssemblyProgram.Run(
            "ldi r16, 0x02", "sts 0x01CA, r16", "ldi r31, 0", "ldi r30, 0x20", "lpm r20, Z+", "lpm r21, Z", "ldi r30, 8", "lpm r22, Z", "ldi r30, 0x34", "lpm r23, Z", "ldi r30, 0x02", "lpm", "break");
        Assert.Equal(0x0444, chip.Register(20) | (chip.Register(21) << 8));
        Assert.Equal((byte)'X', chip.Register(22));
        Assert.Equal(0xFF, chip.Register(23));
        Assert.Equal(0x80, chip.Register(0));
    }

    [Fact]
    public void LPM_under_another_command_reads_flash_and_is_remarked_on()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 0x2F", "sts 0x01CA, r16", "ldi r31, 0", "ldi r30, 0", "lpm r20, Z", "break");
        Assert.Equal(chip.Program.Span[0], chip.Register(20));
        Assert.Contains("ERASE_WRITE_FLASH_PAGE (NVM.CMD = 0x2F)", Assert.Single(chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Programming_goes_on_through_a_reset_and_the_page_buffer_does_not()
    {
        ATxmega128A1 chip = Boot([.. Load(0x0000, 0x1234), .. Spm(0x25, 0), "break"]);
        AssemblyProgram.Run(chip);
        chip.Reset(ResetSource.Software);
        Assert.Equal(0xC0, chip.Data.Peek(STATUS));
        chip.Services.Schedule.AdvanceTo(chip.Cycle + (2 * PageOfCycles));
        Assert.Equal(0x00, chip.Data.Peek(STATUS));
        Assert.Equal([0x34, 0x12], chip.Program.Span[..2].ToArray());
    }

    [Fact]
    public void While_the_CPU_stands_still_interrupts_wait_and_time_goes_on()
    {
        ATxmega128A1 chip = Boot([.. Spm(0x2A, 0x20400), "lds r24, 0x0820", "lds r25, 0x0821", "break"]);
        chip.Data.Write(0x0800, 1); // TCC0 runs by clk_PER
        AssemblyProgram.Run(chip);
        Assert.InRange(chip.Register(24) | (chip.Register(25) << 8), PageOfCycles, PageOfCycles + 60);
    }

    private static ATxmega128A1 Boot(params string[] lines)
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(ProgramMemory.BootStart, Assembler.Assemble(ProgramMemory.BootStart / 2, lines));
        chip.ProgramCounter = ProgramMemory.BootStart;
        return chip;
    }

    private static string[] Z(int address) =>
        [$"ldi r16, {address >> 16}", "sts 0x003B, r16", $"ldi r30, {address & 0xFF}", $"ldi r31, {(address >> 8) & 0xFF}"];

    private static string[] Load(int address, int word) =>
        [.. Z(address), $"ldi r16, {word & 0xFF}", "mov r0, r16", $"ldi r16, {word >> 8}", "mov r1, r16", "ldi r16, 0x23", "sts 0x01CA, r16", "spm"];

    private static string[] Spm(int command, int address) =>
        [.. Z(address), $"ldi r16, {command}", "sts 0x01CA, r16", "ldi r17, 0x9D", "sts 0x0034, r17", "spm"];

    private static string[] Cmdex(int command) =>
        [$"ldi r16, {command}", "sts 0x01CA, r16", "ldi r16, 0xD8", "ldi r17, 1", "sts 0x0034, r16", "sts 0x01CB, r17"];

    // Until NVMBUSY is clear.
    private static string[] Wait() => ["lds r16, 0x01CF", "sbrc r16, 7", "rjmp .-8"];
}
