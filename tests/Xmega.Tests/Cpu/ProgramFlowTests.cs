using Xmega.Cpu;
using Xmega.Memory;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

public class ProgramFlowTests
{
    private const int EIND = 0x3C;
    private const int Boot = 0x20000; // byte address: needs bit 16 of the program counter

    [Theory]
    [InlineData("ijmp", 0x00468)]
    [InlineData("eijmp", 0x20468)]
    [InlineData("icall", 0x00468)]
    [InlineData("eicall", 0x20468)]
    public void Indirect_jumps_go_to_Z_and_only_the_extended_ones_to_EIND_and_Z(string instruction, int target)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(instruction);
        chip.SetRegister(30, 0x34);
        chip.SetRegister(31, 0x02);
        chip.Data.Write(EIND, 1);
        chip.Step();
        Assert.Equal(target, chip.ProgramCounter);
    }

    [Theory]
    [InlineData("rcall .+100", 1)]
    [InlineData("call 0x123", 2)]
    [InlineData("icall", 1)]
    [InlineData("eicall", 1)]
    public void A_call_pushes_three_bytes_that_lie_high_byte_first(string instruction, int words)
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(Boot, Assembler.Assemble(Boot / 2, "nop", instruction));
        chip.Program.Write(0, Assembler.Assemble("ret"));
        chip.ProgramCounter = Boot + 2;
        chip.Step();
        int after = 0x10001 + words;
        Assert.Equal([(byte)(after >> 16), (byte)(after >> 8), (byte)after], chip.Data.SramSpan[^3..].ToArray());
        Assert.Equal(0x3FFC, chip.StackPointer);
        Assert.Equal(0x3FFC, chip.StackLowest);

        chip.ProgramCounter = 0;
        chip.Step();
        Assert.Equal(2 * after, chip.ProgramCounter);
        Assert.Equal(0x3FFF, chip.StackPointer);
    }

    [Fact]
    public void PUSH_stores_then_steps_down_and_POP_steps_up_then_loads()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("push r3", "pop r4");
        chip.SetRegister(3, 0x33);
        chip.Step();
        Assert.Equal((0x33, 0x3FFE), (chip.Data.Peek(0x3FFF), chip.StackPointer));
        chip.Step();
        Assert.Equal((0x33, 0x3FFF), (chip.Register(4), chip.StackPointer));
    }

    [Fact]
    public void A_stack_that_runs_out_of_SRAM_goes_on_as_the_bus_does()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("sec", "rcall sub", "nop", "nop", "sub:", "ret");
        chip.StackPointer = 0x2001;
        chip.Step();
        chip.Step();
        Assert.Equal(0x1FFE, chip.StackPointer);
        Assert.Equal((2, 0), (chip.Data.Peek(0x2001), chip.Data.Peek(0x2000)));
        Assert.Equal([(DiagnosticKind.Stack, 2), (DiagnosticKind.UnmappedAddress, 2)], chip.Diagnostics.All.Select(d => (d.Kind, d.ProgramCounter)));
        Assert.Equal(1, chip.StatusRegister); // flags live through the slow way
        chip.Step();
        Assert.Equal((4, 0x2001), (chip.ProgramCounter, chip.StackPointer));
        Assert.Equal(1, chip.StatusRegister);
    }

    [Fact]
    public void The_stack_pointer_wraps_within_16_bits()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("push r3", "pop r4");
        chip.SetRegister(3, 0x77);
        chip.StackPointer = 0;
        chip.Step();
        Assert.Equal(0xFFFF, chip.StackPointer);
        Assert.Equal(0x77, chip.Data.Peek(0)); // GPIOR0
        chip.Step();
        Assert.Equal((0, 0x77), (chip.StackPointer, chip.Register(4)));
    }

    [Theory]
    [InlineData("cpse r0, r0")]
    [InlineData("sbrc r0, 3")]
    [InlineData("sbrs r1, 3")]
    [InlineData("sbic 0x00, 3")]
    [InlineData("sbis 0x01, 3")]
    public void A_skip_passes_over_one_word_or_two(string skip)
    {
        foreach ((string next, int words) in new[] { ("nop", 1), ("cpse r0, r0", 1), ("lds r5, 0x2000", 2), ("sts 0x2000, r5", 2), ("jmp 0x100", 2), ("call 0x100", 2), (".word 0x9204", 1), (".word 0xffff", 1) })
        {
            ATxmega128A1 chip = AssemblyProgram.Chip(skip, next);
            chip.SetRegister(1, 0x08);
            chip.Data.Write(1, 0x08);
            chip.Step();
            Assert.Equal(2 + (2 * words), chip.ProgramCounter);
            Assert.Equal(1, chip.Instructions);
        }
    }

    [Theory]
    [InlineData("cpse r0, r1")]
    [InlineData("sbrc r1, 3")]
    [InlineData("sbrs r0, 3")]
    [InlineData("sbic 0x01, 3")]
    [InlineData("sbis 0x00, 3")]
    public void A_skip_whose_condition_fails_goes_on(string skip)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(skip, "jmp 0x100");
        chip.SetRegister(1, 0x08);
        chip.Data.Write(1, 0x08);
        chip.Step();
        Assert.Equal(2, chip.ProgramCounter);
    }

    [Fact]
    public void XCH_LAS_LAC_LAT_and_other_gaps_pass_as_NOP_with_one_remark_each()
    {
        int[] gaps = [.. Enumerable.Range(0, 0x10000).Where(o => InstructionDecoder.Find((ushort)o) is null)];
        Assert.All(Enumerable.Range(0, 32), r => Assert.All([4, 5, 6, 7], o => Assert.Contains(0x9200 | (r << 4) | o, gaps)));

        ATxmega128A1 chip = AssemblyProgram.Chip(".word 0x9204", ".word 0x9215", ".word 0x9226", ".word 0x9237", ".word 0x0001", ".word 0xffff", "break");
        SetZ(chip, 0x2000);
        chip.SetRegister(0, 0xA5);
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.Equal(7, chip.Cycle);
        Assert.Equal((0xA5, 0), (chip.Register(0), chip.Data.Peek(0x2000)));
        Assert.Equal([0, 2, 4, 6, 8, 10], chip.Diagnostics.All.Select(d => d.ProgramCounter));
        Assert.All(chip.Diagnostics.All, d => Assert.Equal(DiagnosticKind.IllegalOpcode, d.Kind));
        Assert.Contains("0x9204", chip.Diagnostics.All[0].Message);
        Assert.Equal([0L, 1, 2, 3, 4, 5], chip.Diagnostics.All.Select(d => d.Cycle));

        chip.ProgramCounter = 0;
        chip.Run();
        Assert.Equal(6, chip.Diagnostics.All.Count);
    }

    [Theory]
    [InlineData("jmp 0x11000", 0x22000)]
    [InlineData("rjmp .-4", 0x3FFFE)]
    [InlineData("jmp 0x1ffff", 0x3FFFE)]
    public void A_jump_out_of_flash_stops_the_run_where_it_landed(string jump, int landed)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(jump);
        Assert.Equal(CpuStop.OutsideFlash, chip.Run());
        Assert.Equal(landed, chip.ProgramCounter);
        Assert.Equal(1, chip.Instructions);
        Assert.Equal(DiagnosticKind.OutsideFlash, Assert.Single(chip.Diagnostics.All).Kind);
    }

    [Fact]
    public void Running_off_the_end_of_flash_stops_too()
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(0x21FFE, Assembler.Assemble("nop"));
        chip.ProgramCounter = 0x21FFE;
        Assert.Equal(CpuStop.OutsideFlash, chip.Run());
        Assert.Equal((0x22000, 1L, 1L), (chip.ProgramCounter, chip.Cycle, chip.Instructions));
    }

    [Fact]
    public void A_run_through_erased_flash_is_one_remark_and_its_end_another()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("jmp 0x08000");
        Assert.Equal(CpuStop.OutsideFlash, chip.Run());
        Assert.Equal([DiagnosticKind.IllegalOpcode, DiagnosticKind.OutsideFlash], chip.Diagnostics.All.Select(d => d.Kind));
        Assert.Contains("erased flash", chip.Diagnostics.All[0].Message);
    }

    [Fact]
    public void What_ends_a_run_is_said_however_much_was_said_before()
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(0x20000, Assembler.Assemble([.. Enumerable.Repeat(".word 0x0001", (ProgramMemory.Size - 0x20000) / 2)]));
        chip.ProgramCounter = 0x20000;
        chip.Run();
        Assert.Equal(Diagnostics.Limit + 1, chip.Diagnostics.All.Count);
        Assert.Equal(DiagnosticKind.OutsideFlash, chip.Diagnostics.All[^1].Kind);
    }

    [Theory]
    [InlineData("push r0")]
    [InlineData("rcall .+0")]
    public void A_push_outside_internal_SRAM_is_one_remark_about_the_stack(string push)
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 0x1f", "out 0x3e, r16", push, push, "break");
        Diagnostic remark = Assert.Single(chip.Diagnostics.All, d => d.Kind == DiagnosticKind.Stack);
        Assert.Equal(4, remark.ProgramCounter);
        Assert.Contains("0x1FFF", remark.Message);
    }

    [Fact]
    public void A_loop_over_memory_that_is_not_there_is_one_remark()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r27, 0x18", "loop:", "st X+, r0", "cpi r27, 0x19", "brne loop", "break");
        Assert.Equal(DiagnosticKind.UnmappedAddress, Assert.Single(chip.Diagnostics.All).Kind);
        Assert.Contains("0x001800", chip.Diagnostics.All[0].Message);
    }

    [Fact]
    public void A_register_of_a_module_that_is_not_modelled_is_called_by_its_name()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("out 0x2e, r0", "in r0, 0x2e", "in r0, 0x2c", "break");
        Assert.Equal([DiagnosticKind.NotModelled, DiagnosticKind.ReservedAddress], chip.Diagnostics.All.Select(d => d.Kind));
        Assert.StartsWith("write to OCD.OCDR0: not modelled", chip.Diagnostics.All[0].Message);
    }

    [Theory]
    [InlineData(false, CpuStop.Exit, "nop", "loop:", "rjmp loop")]
    [InlineData(true, CpuStop.Requested, "nop", "loop:", "rjmp loop")]
    [InlineData(true, CpuStop.Requested, "loop:", "rjmp loop")]
    [InlineData(true, CpuStop.Exit, "cli", "loop:", "rjmp loop")]
    public void A_jump_to_itself_is_the_end_unless_the_run_has_another(bool hasAnother, CpuStop expected, params string[] lines)
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(lines);
        chip.RunsAsleep = hasAnother;
        chip.Services.Schedule.Create("limit", Xmega.Time.Phase.Limit, chip.Stop).Book(1001);
        Assert.Equal(expected, chip.Run());
        if (hasAnother && expected == CpuStop.Requested) Assert.InRange(chip.Cycle, 1001, 1002);
    }

    [Fact]
    public void A_step_is_one_instruction()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("ldi r16, 7", "sts 0x2000, r16", "break");
        Assert.Null(chip.Step());
        Assert.Equal((2, 1L), (chip.ProgramCounter, chip.Cycle));
        Assert.Null(chip.Step());
        Assert.Equal((6, 3L), (chip.ProgramCounter, chip.Cycle));
        Assert.Equal(CpuStop.Break, chip.Step());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-2)]
    [InlineData(0x40000)]
    public void A_program_counter_is_even_and_within_17_bits_of_words(int address) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ATxmega128A1().ProgramCounter = address);

    [Fact]
    public void Interrupts_off_and_a_jump_to_itself_is_the_end()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip("cli", "stop:", "rjmp stop");
        Assert.Equal(CpuStop.Exit, chip.Run());
    }

    private static void SetZ(ATxmega128A1 chip, int value)
    {
        chip.SetRegister(30, (byte)value);
        chip.SetRegister(31, (byte)(value >> 8));
    }
}
