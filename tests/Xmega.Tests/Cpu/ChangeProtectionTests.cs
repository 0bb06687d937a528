using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

/// <summary>Configuration change protection (8077I 3.12): what keeps a window open and what closes it.</summary>
public class ChangeProtectionTests
{
    private const int EVSYSLOCK = 0x98;
    private const int IoRegisters = 1, Spm = 2; // what CCP reads as

    [Theory]
    [InlineData("")]
    [InlineData("nop|nop|nop")]
    [InlineData("adiw r24, 1|mul r2, r3|adiw r24, 1")]
    [InlineData("in r2, 0x00|lds r2, 0x2000|pop r2")]
    [InlineData("jmp on|on:|rjmp on2|on2:|bst r2, 1")]
    public void Up_to_three_harmless_instructions_may_stand_before_the_protected_write(string between) => Assert.Equal(0x11, LockAfter(between));

    [Theory]
    [InlineData("nop|nop|nop|nop")]
    [InlineData("sts 0x2000, r2")]
    [InlineData("st X, r2")]
    [InlineData("push r2")]
    [InlineData("rcall on|on:")]
    [InlineData("out 0x00, r2")]
    [InlineData("out 0x3e, r18")]
    [InlineData("out 0x3d, r19")]
    [InlineData("sts 0x00, r2")]
    [InlineData("sbi 0x00, 1")]
    [InlineData("cbi 0x00, 1")]
    [InlineData("lpm")]
    [InlineData("elpm r2, Z+")]
    [InlineData("spm")]
    [InlineData("sleep")]
    public void The_window_closes_after_four_instructions_and_at_once_on_a_write_LPM_SPM_or_SLEEP(string between)
    {
        ATxmega128A1 chip = Run($"ldi r16, 0xD8|out 0x34, r16|{between}|in r3, 0x34|sts 0x98, r17");
        Assert.Equal(0, chip.Data.Peek(EVSYSLOCK));
        Assert.Equal(0, chip.Register(3));
        Assert.Contains(chip.Diagnostics.All, d => d.Kind == DiagnosticKind.ProtectedWrite && d.Message.Contains("MCU.EVSYSLOCK", StringComparison.Ordinal));
    }

    [Fact]
    public void A_window_is_good_for_one_write()
    {
        ATxmega128A1 chip = Run("ldi r16, 0xD8|out 0x34, r16|sts 0x98, r17|sts 0x99, r17");
        Assert.Equal((0x11, 0), (chip.Data.Peek(EVSYSLOCK), chip.Data.Peek(0x99)));
    }

    [Theory]
    [InlineData("0x00")]
    [InlineData("0xD9")]
    [InlineData("0x9D")] // SPM's
    public void Only_the_signature_opens_IO_registers(string signature) =>
        Assert.Equal(0, Run($"ldi r16, {signature}|out 0x34, r16|sts 0x98, r17").Data.Peek(EVSYSLOCK));

    [Fact]
    public void The_signature_may_be_written_by_STS_and_again() =>
        Assert.Equal(0x11, Run("ldi r16, 0xD8|sts 0x34, r16|nop|nop|nop|sts 0x34, r16|nop|nop|nop|sts 0x98, r17").Data.Peek(EVSYSLOCK));

    [Fact]
    public void Without_a_signature_the_write_is_ignored() => Assert.Equal(0, Run("sts 0x98, r17").Data.Peek(EVSYSLOCK));

    [Fact]
    public void Bits_that_are_not_protected_are_written_all_the_same()
    {
        ATxmega128A1 chip = Run("ldi r17, 0xC7|sts 0xa2, r17"); // PMIC.CTRL: only IVSEL is protected
        Assert.Equal(0x87, chip.Data.Peek(0xA2));
    }

    [Theory]
    [InlineData("0xD8", "nop|nop|nop", IoRegisters)] // IN is the fourth
    [InlineData("0xD8", "nop|nop|nop|nop", 0)]
    [InlineData("0x9D", "nop|nop|nop", Spm)]
    [InlineData("0x9D", "nop|nop|nop|nop", 0)]
    [InlineData("0x9D", "out 0x00, r2|lpm", Spm)] // SPM's window stays open for I/O writes and LPM
    [InlineData("0x9D", "sts 0x2000, r2", 0)]
    [InlineData("0x9D", "push r2", 0)]
    [InlineData("0x9D", "sleep", 0)]
    [InlineData("0x9D", "spm", 0)]
    public void CCP_reads_as_the_window_that_is_open(string signature, string between, int expected) =>
        Assert.Equal(expected, Run($"ldi r16, {signature}|out 0x34, r16|{between}|in r3, 0x34").Register(3));

    private static int LockAfter(string between) => Run($"ldi r16, 0xD8|out 0x34, r16|{between}|sts 0x98, r17").Data.Peek(EVSYSLOCK);

    private static ATxmega128A1 Run(string program)
    {
        string[] lines = program.Split('|', StringSplitOptions.RemoveEmptyEntries);
        ATxmega128A1 chip = AssemblyProgram.Chip([.. lines, "break"]);
        chip.SetRegister(17, 0x11);
        chip.SetRegister(18, 0x3F);
        chip.SetRegister(19, 0xFF);
        chip.SetRegister(27, 0x20); // X in SRAM
        AssemblyProgram.Run(chip);
        return chip;
    }
}
