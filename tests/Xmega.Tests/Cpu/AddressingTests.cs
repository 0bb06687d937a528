using System.Globalization;
using System.Text.RegularExpressions;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

public class AddressingTests
{
    private const int RAMPD = 0x38, RAMPX = 0x39;

    /// <summary>Form of the operand, 24-bit pointer before, address that is accessed, pointer after.</summary>
    public static TheoryData<string, int, int, int> Pointers => new()
    {
        { "", 0x01FFFF, 0x01FFFF, 0x01FFFF },
        { "+", 0x00FFFF, 0x00FFFF, 0x010000 },
        { "+", 0x12FFFF, 0x12FFFF, 0x130000 },
        { "+", 0xFFFFFF, 0xFFFFFF, 0x000000 },
        { "+", 0x54FFFE, 0x54FFFE, 0x54FFFF },
        { "-", 0x010000, 0x00FFFF, 0x00FFFF },
        { "-", 0x130000, 0x12FFFF, 0x12FFFF },
        { "-", 0x000000, 0xFFFFFF, 0xFFFFFF },
        { "-", 0x540001, 0x540000, 0x540000 },
        { "q1", 0x00FFFF, 0x010000, 0x00FFFF },
        { "q63", 0x00FFF0, 0x01002F, 0x00FFF0 },
        { "q63", 0xFFE000, 0xFFE03F, 0xFFE000 },
    };

    [Theory]
    [MemberData(nameof(Pointers))]
    public void Pointers_are_24_bits_long(string form, int before, int accessed, int after)
    {
        foreach (char pointer in "XYZ")
        {
            if (pointer == 'X' && form.StartsWith('q')) continue; // X has no displacement
            foreach (bool load in new[] { true, false })
            {
                string operand = form switch { "" => $"{pointer}", "+" => $"{pointer}+", "-" => $"-{pointer}", _ => $"{pointer}+{form[1..]}" };
                string suffix = form.StartsWith('q') ? "d" : "";
                ATxmega128A1 chip = AssemblyProgram.Chip(load ? $"ld{suffix} r5, {operand}" : $"st{suffix} {operand}, r5");
                SetPointer(chip, pointer, before);
                chip.Step();
                Assert.Equal(accessed, UnmappedAddress(chip));
                Assert.Equal(after, Pointer(chip, pointer));
            }
        }
    }

    [Fact]
    public void A_displacement_runs_over_the_top_of_the_data_space()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("ldd r5, Y+8", "ldd r6, Z+9", "std Y+9, r6");
        chip.Data.Write(7, 0x77);
        chip.Data.Write(8, 0x88);
        SetPointer(chip, 'Y', 0xFFFFFF);
        SetPointer(chip, 'Z', 0xFFFFFF);
        for (int i = 0; i < 3; i++) chip.Step();
        Assert.Equal(0x77, chip.Register(5));
        Assert.Equal(0x88, chip.Register(6));
        Assert.Equal(0x88, chip.Data.Peek(8));
        Assert.Equal(0xFFFFFF, Pointer(chip, 'Y'));
    }

    [Fact]
    public void Internal_SRAM_is_reached_by_every_form_of_load_and_store()
    {
        foreach (char pointer in "XYZ")
        {
            ATxmega128A1 chip = AssemblyProgram.Chip($"st {pointer}, r1", $"st {pointer}+, r2", $"st -{pointer}, r3", $"ld r4, {pointer}", $"ld r5, {pointer}+", $"ld r6, -{pointer}");
            for (int i = 1; i < 4; i++) chip.SetRegister(i, (byte)(0x10 * i));
            SetPointer(chip, pointer, 0x2FFF);
            chip.Step();
            Assert.Equal(0x10, chip.Data.Peek(0x2FFF));
            chip.Step();
            Assert.Equal(0x20, chip.Data.Peek(0x2FFF));
            Assert.Equal(0x3000, Pointer(chip, pointer));
            chip.Step();
            Assert.Equal(0x30, chip.Data.Peek(0x2FFF));
            for (int i = 4; i < 7; i++)
            {
                chip.Step();
                Assert.Equal(0x30, chip.Register(i));
            }

            Assert.Equal(0x2FFF, Pointer(chip, pointer));
        }
    }

    [Fact]
    public void The_edges_of_internal_SRAM_hold()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("sts 0x2000, r1", "sts 0x3fff, r2", "sts 0x1fff, r1", "sts 0x4000, r2", "lds r3, 0x2000", "lds r4, 0x3fff", "lds r5, 0x1fff", "lds r6, 0x4000");
        chip.SetRegister(1, 0x11);
        chip.SetRegister(2, 0x22);
        chip.SetRegister(5, 0x55);
        for (int i = 0; i < 8; i++) chip.Step();
        Assert.Equal((0x11, 0x22), (chip.Register(3), chip.Register(4)));
        Assert.Equal((0, 0), (chip.Register(5), chip.Register(6)));
        Assert.Equal(2, chip.Diagnostics.All.Count);
    }

    [Theory]
    [InlineData("lds r5, 0x2000")]
    [InlineData("sts 0x2000, r5")]
    public void LDS_and_STS_take_their_upper_byte_from_RAMPD(string instruction)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(instruction);
        chip.Data.Write(RAMPD, 0xA5);
        chip.Step();
        Assert.Equal(0xA52000, UnmappedAddress(chip));
        Assert.Equal(4, chip.ProgramCounter);
    }

    [Fact]
    public void LPM_stays_in_the_first_64_KiB_whatever_RAMPZ_says()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("lpm r5, Z+", "lpm r6, Z", "lpm");
        chip.Program.Write(0xFFFF, [0x5A, 0xA5]);
        SetPointer(chip, 'Z', 0x01FFFF);
        chip.Step();
        Assert.Equal(0x5A, chip.Register(5));
        Assert.Equal(0x010000, Pointer(chip, 'Z'));
        chip.Step();
        chip.Step();
        Assert.Equal(chip.Program.Span[0], chip.Register(6));
        Assert.Equal(chip.Program.Span[0], chip.Register(0));
    }

    [Fact]
    public void ELPM_reads_all_of_flash_and_carries_into_RAMPZ()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("elpm r5, Z+", "elpm r6, Z", "elpm", "elpm r7, Z");
        chip.Program.Write(0x1FFFF, [0x5A, 0xA5]);
        SetPointer(chip, 'Z', 0x01FFFF);
        for (int i = 0; i < 3; i++) chip.Step();
        Assert.Equal((0x5A, 0xA5, 0xA5), (chip.Register(5), chip.Register(6), chip.Register(0)));
        Assert.Equal(0x020000, Pointer(chip, 'Z'));
        SetPointer(chip, 'Z', 0x022000);
        chip.Step();
        Assert.Equal(0xFF, chip.Register(7)); // past the end of flash
    }

    [Fact]
    public void SBI_and_CBI_change_one_bit_of_the_first_32_addresses()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip([.. Enumerable.Range(0, 8).Select(b => $"sbi 0x0f, {b}"), .. Enumerable.Range(0, 8).Select(b => $"cbi 0x0f, {b}")]);
        for (int b = 0; b < 8; b++)
        {
            chip.Data.Write(0x0F, 0x00);
            chip.ProgramCounter = 2 * b;
            chip.Step();
            Assert.Equal(1 << b, chip.Data.Peek(0x0F));
            chip.Data.Write(0x0F, 0xFF);
            chip.ProgramCounter = 16 + (2 * b);
            chip.Step();
            Assert.Equal(0xFF & ~(1 << b), chip.Data.Peek(0x0F));
        }
    }

    private static void SetPointer(ATxmega128A1 chip, char pointer, int value)
    {
        int low = 26 + (2 * (pointer - 'X'));
        chip.SetRegister(low, (byte)value);
        chip.SetRegister(low + 1, (byte)(value >> 8));
        chip.Data.Write(RAMPX + (pointer - 'X'), (byte)(value >> 16));
    }

    private static int Pointer(ATxmega128A1 chip, char pointer)
    {
        int low = 26 + (2 * (pointer - 'X'));
        return chip.Register(low) | (chip.Register(low + 1) << 8) | (chip.Data.Peek(RAMPX + (pointer - 'X')) << 16);
    }

    // Where nothing answers, the remark tells which address was on the bus.
    private static int UnmappedAddress(ATxmega128A1 chip)
    {
        Diagnostic remark = Assert.Single(chip.Diagnostics.All);
        Assert.Equal(DiagnosticKind.UnmappedAddress, remark.Kind);
        return int.Parse(Regex.Match(remark.Message, "0x([0-9A-F]{6})").Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
