using Xmega.Cpu;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

/// <summary>When the CPU takes an interrupt, and when it waits.</summary>
public class InterruptTests
{
    private const int Vector = 102; // has no source on this part
    private const int SleepCtrl = 0x48;

    private static readonly string[] Nops = [.. Enumerable.Repeat("nop", 12), "break"];

    [Theory]
    [InlineData("nop", 5, 6)] // set in cycle 5, boundaries at every cycle: taken at 6
    [InlineData("adiw r24, 1", 5, 6)] // boundaries at even cycles
    [InlineData("adiw r24, 1", 6, 8)]
    [InlineData("adiw r24, 1", 7, 8)]
    [InlineData("lpm", 6, 9)] // boundaries at 0, 3, 6, 9
    [InlineData("lpm", 5, 6)]
    public void A_request_is_taken_at_the_first_boundary_after_its_cycle(string instruction, long request, long boundary)
    {
        InterruptBench bench = new InterruptBench([.. Enumerable.Repeat(instruction, 8)]).Source(Vector, 1, request).Handler(Vector, "break").Run();
        Assert.Equal([(Vector, boundary)], bench.Entries);
        // Three cycles to push the program counter, then BREAK, the handler's first instruction.
        Assert.Equal(boundary + 3 + 1, bench.Chip.Cycle);
    }

    [Fact]
    public void Waiting_in_a_jump_to_itself_is_left_at_the_same_boundary_as_any_other_program()
    {
        InterruptBench bench = new InterruptBench("here:", "rjmp here").Source(Vector, 1, 5001).Handler(Vector, "break").Run();
        Assert.Equal([(Vector, 5002L)], bench.Entries);
        Assert.Equal(InterruptBench.Main, bench.ReturnAddress);
        Assert.Equal(2501 + 1, bench.Chip.Instructions);
    }

    [Fact]
    public void Entry_pushes_the_return_address_and_RETI_goes_back_there()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(Vector, 3, 4);
        Assert.Equal(InterruptBench.Main + 5, bench.RunToEntry());
        Assert.Equal(4 * Vector, bench.Chip.ProgramCounter);
        Assert.Equal(0x3FFC, bench.Chip.StackPointer);
        bench.Chip.Step();
        Assert.Equal(2 * (InterruptBench.Main + 5), bench.Chip.ProgramCounter);
        Assert.Equal(0x3FFF, bench.Chip.StackPointer);
        Assert.Equal(5 + 3 + 5, bench.Chip.Cycle);
    }

    [Fact]
    public void I_and_the_other_flags_are_changed_neither_by_entry_nor_by_RETI()
    {
        foreach (byte sreg in new byte[] { 0x80, 0xFF, 0xAA })
        {
            InterruptBench bench = new InterruptBench(Nops).Source(Vector, 1, 4);
            bench.Chip.StatusRegister = sreg;
            bench.RunToEntry();
            Assert.Equal(sreg, bench.Chip.StatusRegister);
            bench.Chip.Step();
            Assert.Equal(sreg, bench.Chip.StatusRegister);
        }
    }

    [Fact]
    public void RETI_does_not_set_I_that_the_handler_cleared()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(Vector, 1, 4).Handler(Vector, "cli", "reti").Run();
        Assert.Equal(0, bench.Chip.StatusRegister);
    }

    [Fact]
    public void Sleep_adds_five_cycles()
    {
        InterruptBench bench = new InterruptBench("sleep", "break").Source(Vector, 1, 100).Handler(Vector, "break");
        bench.Chip.Data.Write(SleepCtrl, 0x01);
        bench.Run();
        Assert.Equal([(Vector, 100L + 1 + 5)], bench.Entries);
        Assert.Equal(InterruptBench.Main + 1, bench.ReturnAddress);
        Assert.Equal(100 + 1 + 5 + 3 + 1, bench.Chip.Cycle);
        Assert.Equal(100, bench.Chip.SleepCycles); // from the end of SLEEP in cycle 1 to the boundary in cycle 101
    }

    [Theory]
    [InlineData("cli", "sleep")]
    [InlineData("sts 0xa2, r0", "sleep")] // no level enabled
    public void A_sleep_that_no_interrupt_can_end_ends_the_run(string before, string sleep)
    {
        InterruptBench bench = new InterruptBench(before, sleep, "break").Source(Vector, 1, 100);
        bench.Chip.Data.Write(SleepCtrl, 0x01);
        Assert.Equal(CpuStop.AsleepForever, bench.Chip.Run());
        Assert.True(bench.Chip.IsAsleep);
    }

    [Fact]
    public void SLEEP_without_SEN_is_a_NOP()
    {
        InterruptBench bench = new InterruptBench("sleep", "break").Run();
        Assert.Equal(2, bench.Chip.Cycle);
    }

    [Theory]
    [InlineData("sei")]
    [InlineData("out 0x3f, r16")]
    [InlineData("sts 0x3f, r16")]
    public void One_instruction_runs_after_interrupts_are_enabled(string enable)
    {
        InterruptBench bench = new InterruptBench([enable, .. Nops]).Source(Vector, 1, 0);
        bench.Chip.StatusRegister = 0;
        bench.Chip.SetRegister(16, 0x80);
        int words = enable.StartsWith("sts", StringComparison.Ordinal) ? 2 : 1;
        Assert.Equal(InterruptBench.Main + words + 1, bench.RunToEntry());
    }

    [Fact]
    public void SEI_and_SLEEP_do_not_miss_the_interrupt_between_them()
    {
        InterruptBench bench = new InterruptBench("sei", "sleep", "break").Source(Vector, 1, 0).Handler(Vector, "break");
        bench.Chip.StatusRegister = 0;
        bench.Chip.Data.Write(SleepCtrl, 0x01);
        bench.Run();
        Assert.Equal([(Vector, 2L + 5)], bench.Entries); // SLEEP runs, wakes at once
        Assert.Equal(InterruptBench.Main + 2, bench.ReturnAddress);
    }

    [Fact]
    public void CLI_lets_nothing_in_behind_it()
    {
        // CLI runs in cycle 3; a request in the cycle before is served first, one in its own cycle is not.
        string[] main = ["nop", "nop", "nop", "cli", .. Nops];
        Assert.Equal([Vector], new InterruptBench(main).Source(Vector, 1, 2).Run().Order);
        Assert.Empty(new InterruptBench(main).Source(Vector, 1, 3).Run().Order);
    }

    [Fact]
    public void One_instruction_of_the_program_runs_between_two_interrupts()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(Vector, 1, 4).Source(103, 1, 4);
        Assert.Equal(InterruptBench.Main + 5, bench.RunToEntry());
        Assert.Equal(InterruptBench.Main + 6, bench.RunToEntry(2));
        // entry 3, RETI 5, one NOP
        Assert.Equal([(Vector, 5L), (103, 5L + 3 + 5 + 1)], bench.Entries);
    }

    [Fact]
    public void After_a_nested_handler_one_instruction_of_the_outer_one_runs()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(50, 1, 4).Source(60, 2, 10).Source(70, 2, 10).Handler(50, [.. Nops]);
        bench.RunToEntry(3);
        Assert.Equal([50, 60, 70], bench.Order);
        Assert.Equal((2 * 50) + 3 + 1, bench.ReturnAddress); // first instruction at 8, 60 taken at 11 after three, one more after its RETI
    }

    [Theory]
    [InlineData("nop", 4)] // four instructions after OUT
    [InlineData("adiw r24, 1", 4)] // instructions, not cycles
    [InlineData("sts 0x98, r17", 1)] // a protected write closes the window
    [InlineData("sts 0x2000, r17", 1)]
    [InlineData("out 0x00, r17", 1)]
    [InlineData("lpm", 1)]
    public void All_interrupts_wait_while_a_CCP_window_is_open(string instruction, int runs)
    {
        foreach (int vector in new[] { Vector, 1 })
        {
            // OUT runs in cycle 1 and the request comes in that cycle.
            InterruptBench bench = new InterruptBench(["ldi r16, 0xD8", "out 0x34, r16", .. Enumerable.Repeat(instruction, 6)]).Source(vector, 1, 1);
            int words = instruction.StartsWith("sts", StringComparison.Ordinal) ? 2 : 1;
            Assert.Equal(InterruptBench.Main + 2 + (runs * words), bench.RunToEntry());
        }
    }

    [Theory]
    [InlineData("out 0x3d, r16", "nop", 4)]
    [InlineData("sts 0x3d, r16", "nop", 4)]
    [InlineData("out 0x3d, r16", "sts 0x2000, r17", 4)] // memory, not I/O
    [InlineData("out 0x3d, r16", "in r17, 0x00", 4)]
    [InlineData("out 0x3d, r16", "out 0x3e, r17", 1)]
    [InlineData("out 0x3d, r16", "out 0x00, r17", 1)]
    [InlineData("out 0x3d, r16", "sts 0x00, r17", 1)]
    [InlineData("out 0x3d, r16", "st X, r17", 1)]
    [InlineData("out 0x3d, r16", "sbi 0x00, 1", 1)]
    [InlineData("out 0x3d, r16", "cbi 0x00, 1", 1)]
    public void A_write_of_SPL_holds_interrupts_for_four_instructions_or_until_the_next_IO_write(string write, string instruction, int runs)
    {
        int writeWords = write.StartsWith("sts", StringComparison.Ordinal) ? 2 : 1;
        int words = instruction.StartsWith("sts", StringComparison.Ordinal) ? 2 : 1;

        // The request waits already, comes in the cycle of the write, or in that of the first instruction after it.
        foreach (long request in new long[] { 0, writeWords, writeWords + 1 })
        {
            InterruptBench bench = new InterruptBench(["sei", write, .. Enumerable.Repeat(instruction, 6)]).Source(Vector, 1, request);
            if (request == 0) bench.Chip.StatusRegister = 0; // SEI's one instruction is the write of SPL
            bench.Chip.SetRegister(16, 0xEF);
            bench.Chip.SetRegister(17, 0x3F);
            Assert.Equal(InterruptBench.Main + 1 + writeWords + (runs * words), bench.RunToEntry());
        }
    }

    [Fact]
    public void Without_a_request_the_hold_of_SPL_leaves_no_trace()
    {
        InterruptBench bench = new InterruptBench(["out 0x3d, r16", .. Nops]).Source(Vector, 1, 6);
        bench.Chip.SetRegister(16, 0xEF);
        Assert.Equal(InterruptBench.Main + 7, bench.RunToEntry());
    }

    [Fact]
    public void Free_running_and_stepping_take_interrupts_at_the_same_boundaries()
    {
        string[] main = ["ldi r16, 0x40", "ldi r17, 0xD8", "loop:", "adiw r24, 1", "lpm", "out 0x34, r17", "nop", "nop", "sts 0x2000, r24", "push r24", "in r18, 0x3d", "out 0x3d, r18", "nop", "cli", "nop", "sei", "pop r24", "dec r16", "brne loop", "break"];
        long[] requests = [.. Enumerable.Range(0, 60).Select(i => 3L + (29 * i))];
        InterruptBench run = new InterruptBench(main).Source(Vector, 1, requests).Source(103, 2, 100, 101, 350).Run();
        InterruptBench stepped = new InterruptBench(main).Source(Vector, 1, requests).Source(103, 2, 100, 101, 350);
        while (stepped.Chip.Step() is null)
        {
        }

        Assert.Equal(stepped.Entries, run.Entries);
        Assert.Equal(stepped.Chip.Cycle, run.Chip.Cycle);
        Assert.True(run.Entries.Count > 50);
    }
}
