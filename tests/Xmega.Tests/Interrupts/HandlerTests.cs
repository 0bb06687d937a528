using Xmega.Interrupts;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Interrupts;

/// <summary>What firmware does wrong with its interrupts the part bears in silence. Here it is said, and what is right is not.</summary>
public class HandlerTests
{
    private const int Vector = 20, Higher = 40;
    private const int ResetVector = 0, BadInterrupt = 0x1F0, Default = 0x1F8;

    // Some 7,700 cycles, 12 a turn, with a call in between.
    private static readonly string[] Long =
    [
        "ldi r24, 0x80", "ldi r25, 0x02",
        "loop:", "sbiw r24, 1", "rcall nothing", "brne loop", "break",
        "nothing:", "ret",
    ];

    [Theory]
    [InlineData("jmp", "jmp")]
    [InlineData("jmp", "rjmp")]
    [InlineData("rjmp", "jmp")]
    [InlineData("rjmp", "rjmp")]
    public void An_interrupt_without_a_handler_is_named_before_the_program_starts_anew(string first, string second)
    {
        InterruptBench bench = new InterruptBench(Long).Source(Vector, 1, 20).Handler(Vector, $"{first} {BadInterrupt}");
        Place(bench, BadInterrupt, $"{second} {ResetVector}");
        Place(bench, ResetVector, "break");
        Diagnostic said = Assert.Single(bench.Run().Chip.Diagnostics.All);
        Assert.Equal(DiagnosticKind.Interrupt, said.Kind);
        Assert.Contains("interrupt TEST_20 is taken and has no handler", said.Message, StringComparison.Ordinal);
        Assert.InRange(said.ProgramCounter, 2 * InterruptBench.Main, (2 * InterruptBench.Main) + 20); // where it struck
        Assert.InRange(said.Cycle, 20, 30);
    }

    [Fact]
    public void Vectors_in_the_boot_section_have_their_own_reset_vector()
    {
        InterruptBench bench = new InterruptBench(Long).Source(Vector, 1, 20);
        bench.Chip.Data.Write(0x34, 0xD8);
        bench.Chip.Data.Write(0xA2, 0x47);
        bench.Chip.Services.Protection.Close();
        Place(bench, Pmic.BootVectors + (2 * Vector), $"jmp {Pmic.BootVectors}");
        Place(bench, Pmic.BootVectors, "break");
        Assert.Contains("no handler", Assert.Single(bench.Run().Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_handler_for_all_that_have_none_is_a_handler()
    {
        InterruptBench bench = new InterruptBench(Long).Source(Vector, 1, 20, 60).Handler(Vector, $"jmp {BadInterrupt}");
        Place(bench, BadInterrupt, $"jmp {Default}");
        Place(bench, Default, "reti");
        Assert.Empty(bench.Run().Chip.Diagnostics.All);
        Assert.Equal(2, bench.Entries.Count);
    }

    [Theory]
    [InlineData("ret")]
    [InlineData("push r0", "pop r0", "ret")]
    public void A_handler_that_ends_in_RET_is_named(params string[] handler)
    {
        InterruptBench bench = new InterruptBench(Long).Source(Vector, 1, 20, 1000, 2000, 3000, 4000, 5000, 6000, 7000).Handler(Vector, handler).Run();
        Assert.Single(bench.Entries); // none of the others ever comes
        Diagnostic said = Assert.Single(bench.Chip.Diagnostics.All);
        Assert.Equal(DiagnosticKind.Interrupt, said.Kind);
        Assert.Contains("the handler of TEST_20 returned without RETI", said.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_named_even_if_nothing_else_happens()
    {
        InterruptBench bench = new InterruptBench("ldi r18, 1", "ldi r24, 0", "ldi r25, 0", "loop:", "sbiw r24, 1", "brne loop", "dec r18", "brne loop", "break").Source(Vector, 1, 0).Handler(Vector, "ret");
        AssemblyProgram.Run(bench.Chip, 300_000);
        Assert.Contains("returned without RETI", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_named_even_if_others_of_a_higher_level_come_all_the_time()
    {
        InterruptBench bench = new InterruptBench(Long).Source(Vector, 1, 20).Handler(Vector, "ret")
            .Source(Higher, 2, [.. Enumerable.Range(1, 80).Select(n => n * 100L)]).Run();
        Assert.Contains("the handler of TEST_20 returned without RETI", Assert.Single(bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Handlers_that_nest_and_end_in_RETI_are_right()
    {
        InterruptBench bench = new InterruptBench(Long).Source(Vector, 1, [.. Enumerable.Range(1, 40).Select(n => n * 150L)])
            .Source(Higher, 3, [.. Enumerable.Range(1, 60).Select(n => n * 100L)]).Handler(Vector, "jmp 0x300");
        Place(bench, 0x300, "push r24", "in r5, 0x3F", "ldi r24, 20", "turn:", "dec r24", "brne turn", "out 0x3F, r5", "pop r24", "reti");
        AssemblyProgram.Run(bench.Chip, 20_000);
        Assert.Empty(bench.Chip.Diagnostics.All);
        Assert.Equal(100, bench.Entries.Count);
    }

    [Fact]
    public void A_handler_that_works_on_a_stack_of_its_own_is_right()
    {
        // The program's stack is at 0x2FFF, the handler's above at 0x3FFF, for some 6,000 cycles.
        InterruptBench bench = new InterruptBench(["ldi r28, 0xFF", "ldi r29, 0x2F", "out 0x3D, r28", "out 0x3E, r29", .. Long]).Source(Vector, 1, 50).Handler(Vector, "jmp 0x300");
        Place(
            bench,
            0x300,
            "push r24", "push r25", "in r5, 0x3F", "in r16, 0x3D", "in r17, 0x3E", "ldi r18, 0xFF", "ldi r19, 0x3F", "out 0x3D, r18", "out 0x3E, r19",
            "ldi r24, 0xDC", "ldi r25, 0x05", "turn:", "sbiw r24, 1", "brne turn", "out 0x3D, r16", "out 0x3E, r17", "out 0x3F, r5", "pop r25", "pop r24", "reti");
        bench.Source(Higher, 3, [.. Enumerable.Range(1, 60).Select(n => n * 100L)]);
        AssemblyProgram.Run(bench.Chip, 20_000);
        Assert.Empty(bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_request_that_the_handler_leaves_standing_is_named()
    {
        // The NVM controller requests NVM_EE for as long as it is not busy.
        ATxmega128A1 chip = NvmReady("reti");
        AssemblyProgram.Run(chip);
        Diagnostic said = Assert.Single(chip.Diagnostics.All);
        Assert.Contains("interrupt NVM_EE was taken 256 times in a row", said.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_handler_that_switches_its_interrupt_off_is_right()
    {
        ATxmega128A1 chip = NvmReady("sts 0x01CD, r0", "reti");
        AssemblyProgram.Run(chip);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void Interrupts_that_come_faster_than_they_can_be_served_are_no_such_mistake()
    {
        // TCC0 overflows every 4 cycles; taking the vector clears its flag.
        string[] main =
        [
            "ldi r16, 3", "sts 0x0826, r16", "ldi r16, 0", "sts 0x0827, r16", "ldi r16, 1", "sts 0x0806, r16", "sts 0x0800, r16", "sts 0x00A2, r16", "sei",
            .. Enumerable.Repeat("nop", 400), "break",
        ];
        ATxmega128A1 chip = AssemblyProgram.Chip(["jmp main", .. Enumerable.Repeat("nop", 26), "reti", "nop", "main:", .. main]);
        AssemblyProgram.Run(chip);
        Assert.Equal(400, chip.Interrupts.Lines.Single(l => l.Name == "TCC0_OVF").Count, 5.0);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void What_is_watched_is_carried_along_with_a_snapshot()
    {
        InterruptBench bench = new InterruptBench(Long).Source(Vector, 1, 20, 2000, 4000, 7000).Handler(Vector, "ret");
        bench.RunToEntry();
        for (int n = 0; n < 500; n++) bench.Chip.Step();
        var saved = new StateStream();
        bench.Chip.Cpu.Carry(saved);
        bench.Chip.Cpu.Carry(new StateStream(saved.ToArray()));
        bench.Run();
        Assert.Single(bench.Chip.Diagnostics.All);
    }

    private static void Place(InterruptBench bench, int word, params string[] lines) => bench.Chip.Program.Write(2 * word, Assembler.Assemble(word, lines));

    private static ATxmega128A1 NvmReady(params string[] handler) => AssemblyProgram.Chip(
        ["jmp main", .. Enumerable.Repeat("nop", 62), .. handler, "main:", "ldi r16, 1", "sts 0x01CD, r16", "sts 0x00A2, r16", "sei", .. Enumerable.Repeat("nop", 400), "break"]);
}
