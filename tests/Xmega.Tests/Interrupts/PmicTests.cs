using Xmega.Interrupts;
using Xmega.Registers;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Interrupts;

/// <summary>The interrupt controller (8077I ch. 12): who is served, in which order, what STATUS and INTPRI show.</summary>
public class PmicTests
{
    private const int STATUS = 0xA0, INTPRI = 0xA1, CTRL = 0xA2;
    private const byte RREN = 0x80;

    private static readonly string[] Nops = [.. Enumerable.Repeat("nop", 40), "break"];

    [Fact]
    public void Registers_stand_where_the_map_says_with_its_bits()
    {
        var bench = new Bench();
        foreach (NamedRegister register in RegisterMap.ATxmega128A1.Registers.Where(r => r.Name.StartsWith("PMIC.", StringComparison.Ordinal)))
        {
            Assert.Equal(0, bench.Read(register.Name)); // all reset to 0
            bench.WriteProtected(register.Name, 0xFF);
            int expected = register.Name switch { "PMIC.STATUS" => 0, "PMIC.INTPRI" => 0xFF, _ => register.Fields.Aggregate(0, (mask, f) => mask | f.Mask) };
            Assert.Equal(expected, bench.Read(register.Name));
        }

        Assert.Equal(0xC7, bench.Read("PMIC.CTRL"));
        bench.Chip.Reset(ResetSource.Software);
        Assert.Equal((0, 0), (bench.Read("PMIC.CTRL"), bench.Read("PMIC.INTPRI")));
    }

    [Fact]
    public void Each_level_has_its_enable_bit()
    {
        for (int enabled = 0; enabled < 8; enabled++)
        {
            InterruptBench bench = new InterruptBench(Nops).Source(10, 1, 1).Source(20, 2, 2).Source(30, 3, 3).Source(40, 0, 1);
            bench.Chip.Data.Write(CTRL, (byte)enabled);
            int[] served = [.. new[] { 10, 20, 30 }.Where((_, level) => (enabled & (1 << level)) != 0)];
            Assert.Equal(served, bench.Run().Order.Order());
        }
    }

    [Fact]
    public void Clearing_a_level_enable_lets_nothing_in_behind_it()
    {
        // STS takes cycles 1 and 2, the write happens in 2: a request in the same cycle finds the level off.
        string[] main = ["nop", "sts 0xa2, r0", .. Nops];
        Assert.Equal([10], new InterruptBench(main).Source(10, 1, 0).Run().Order);
        Assert.Empty(new InterruptBench(main).Source(10, 1, 2).Run().Order);
    }

    [Fact]
    public void A_request_waits_for_its_level_and_is_remembered()
    {
        InterruptBench bench = new InterruptBench(["nop", "nop", "ldi r16, 2", "sts 0xa2, r16", "nop", "break"]).Source(20, 2, 1);
        bench.Chip.Data.Write(CTRL, 0);
        Assert.Equal([(20, 5L)], bench.Run().Entries);
    }

    [Fact]
    public void A_withdrawn_request_is_not_served()
    {
        InterruptBench bench = new InterruptBench(["nop", "sei", .. Nops]).Source(20, 2, 0);
        bench.Chip.StatusRegister = 0;
        bench.Line(20).IsRequested = false;
        Assert.Empty(bench.Run().Order);
    }

    [Fact]
    public void A_request_follows_its_source_to_another_level()
    {
        InterruptBench bench = new InterruptBench(["sei", .. Nops]).Source(20, 1, 0).Source(30, 2, 0);
        bench.Chip.StatusRegister = 0;
        bench.Line(20).Level = 3;
        bench.Line(30).Level = 0;
        Assert.Equal([20], bench.Run().Order);
        Assert.Equal(1, bench.Line(20).Count);
    }

    [Fact]
    public void Among_pending_requests_the_level_counts_first_then_the_lowest_vector()
    {
        InterruptBench bench = new InterruptBench(["sei", .. Nops]);
        bench.Chip.StatusRegister = 0;
        bench.Source(10, 1, 0).Source(20, 2, 0).Source(124, 3, 0).Source(60, 3, 0).Source(5, 2, 0).Source(90, 1, 0);
        Assert.Equal([60, 124, 5, 20, 10, 90], bench.Run().Order);
    }

    [Fact]
    public void A_higher_level_interrupts_a_lower_one_and_STATUS_shows_both()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(10, 1, 2).Source(40, 2, 8).Source(80, 3, 14);
        foreach (int vector in new[] { 10, 40 }) bench.Handler(vector, [.. Enumerable.Repeat("nop", 8), "reti"]);
        bench.Handler(80, "nop", "reti");
        bench.RunToEntry(3);
        // 2: taken at 3, running at 6; 8: taken at 9, running at 12; 14: taken at 15
        Assert.Equal([(10, 3L), (40, 9L), (80, 15L)], bench.Entries);
        Assert.Equal(0x07, bench.Chip.Data.Peek(STATUS));
        Assert.Equal((1, 1, 1), (Running(bench, 10), Running(bench, 40), Running(bench, 80)));

        int[] status = [.. Enumerable.Range(0, 3).Select(_ => NextReturn(bench))];
        Assert.Equal([0x03, 0x01, 0x00], status);
        Assert.Equal(0, Running(bench, 10));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 3)]
    public void The_same_level_and_lower_ones_wait_for_RETI(int running, int waiting)
    {
        // 60 is taken at 3, its handler begins at 6: eight NOP, RETI ends at 19, one NOP of the program.
        InterruptBench bench = new InterruptBench(Nops).Source(60, running, 2).Source(10, waiting, 7).Handler(60, [.. Enumerable.Repeat("nop", 8), "reti"]).Run();
        Assert.Equal([(60, 3L), (10, 20L)], bench.Entries);
    }

    [Fact]
    public void RET_leaves_the_level_executing_and_so_blocked()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(20, 1, 2).Source(30, 1, 10).Source(40, 2, 20).Handler(20, "ret").Run();
        Assert.Equal([20, 40], bench.Order);
        Assert.Equal(0x01, bench.Chip.Data.Peek(STATUS));
    }

    [Fact]
    public void RETI_with_nothing_executing_is_a_return()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("rcall sub", "break", "sub:", "reti");
        Assert.Equal((0, 4), (chip.Data.Peek(STATUS), chip.ProgramCounter));
    }

    [Fact]
    public void Round_robin_puts_the_last_acknowledged_vector_last()
    {
        InterruptBench bench = new InterruptBench(["sei", .. Nops]);
        bench.Chip.StatusRegister = 0;
        bench.Chip.Data.Write(CTRL, RREN | 7);
        bench.Chip.Data.Write(INTPRI, 20);
        bench.Source(10, 1, 0).Source(20, 1, 0).Source(30, 1, 0).Source(40, 1, 0).Run();
        Assert.Equal([30, 40, 10, 20], bench.Order);
        Assert.Equal(20, bench.Chip.Data.Peek(INTPRI));
    }

    [Fact]
    public void Round_robin_starves_nobody()
    {
        // A service takes 10 cycles (entry 3, RETI 5, RJMP 2) and 10 asks again every 5: by static order 20 never comes.
        foreach (bool roundRobin in new[] { true, false })
        {
            InterruptBench bench = new InterruptBench("here:", "rjmp here").Source(10, 1, [.. Enumerable.Range(0, 40).Select(i => 2L + (5 * i))]).Source(20, 1, 4);
            if (roundRobin) bench.Chip.Data.Write(CTRL, RREN | 7);
            bench.RunToEntry(5);
            Assert.Equal(roundRobin ? [10, 20, 10, 10, 10] : [10, 10, 10, 10, 10], bench.Order);
        }
    }

    [Fact]
    public void Only_the_low_level_turns_and_only_with_RREN()
    {
        InterruptBench medium = new InterruptBench(["sei", .. Nops]);
        medium.Chip.StatusRegister = 0;
        medium.Chip.Data.Write(CTRL, RREN | 7);
        medium.Chip.Data.Write(INTPRI, 20);
        medium.Source(10, 2, 0).Source(20, 2, 0).Source(30, 2, 0).Run();
        Assert.Equal([10, 20, 30], medium.Order);
        Assert.Equal(20, medium.Chip.Data.Peek(INTPRI));

        InterruptBench fixedOrder = new InterruptBench(["sei", .. Nops]);
        fixedOrder.Chip.StatusRegister = 0;
        fixedOrder.Chip.Data.Write(INTPRI, 20);
        fixedOrder.Source(10, 1, 0).Source(20, 1, 0).Source(30, 1, 0).Run();
        Assert.Equal([10, 20, 30], fixedOrder.Order);
        Assert.Equal(20, fixedOrder.Chip.Data.Peek(INTPRI));
    }

    [Fact]
    public void INTPRI_stays_when_RREN_is_cleared()
    {
        InterruptBench bench = new InterruptBench([.. Nops]).Source(30, 1, 1);
        bench.Chip.Data.Write(CTRL, RREN | 7);
        bench.Run();
        bench.Chip.Data.Write(CTRL, 7);
        Assert.Equal(30, bench.Chip.Data.Peek(INTPRI));
    }

    [Fact]
    public void IVSEL_moves_the_vectors_to_the_boot_section()
    {
        InterruptBench bench = new InterruptBench(["ldi r16, 0xD8", "ldi r17, 0x47", "out 0x34, r16", "sts 0xa2, r17", .. Nops]).Source(30, 1, 10);
        bench.Chip.Program.Write(0x20000 + (4 * 30), Assembler.Assemble("inc r5", "reti"));
        Assert.Equal([30], bench.Run().Order);
        Assert.Equal(1, bench.Chip.Register(5));
    }

    [Fact]
    public void IVSEL_needs_the_signature()
    {
        var bench = new Bench();
        bench.Write("PMIC.CTRL", 0x47);
        Assert.Equal(0x07, bench.Read("PMIC.CTRL"));
        bench.WriteProtected("PMIC.CTRL", 0x47);
        Assert.Equal(0x47, bench.Read("PMIC.CTRL"));
        bench.Write("PMIC.CTRL", 0x03);
        Assert.Equal(0x43, bench.Read("PMIC.CTRL"));
    }

    [Fact]
    public void The_non_maskable_interrupt_needs_neither_I_nor_a_level_enable()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(Pmic.NonMaskableVector, 1, 4);
        bench.Chip.StatusRegister = 0;
        bench.Chip.Data.Write(CTRL, 0);
        bench.RunToEntry();
        Assert.Equal([(Pmic.NonMaskableVector, 5L)], bench.Entries);
        Assert.Equal(0x80, bench.Chip.Data.Peek(STATUS));
        Assert.Equal(0x00, NextReturn(bench));
    }

    [Fact]
    public void The_non_maskable_interrupt_interrupts_every_level_and_nothing_interrupts_it()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(30, 3, 2).Source(Pmic.NonMaskableVector, 1, 8).Source(40, 3, 9);
        bench.Handler(30, [.. Enumerable.Repeat("nop", 8), "reti"]).Handler(Pmic.NonMaskableVector, [.. Enumerable.Repeat("nop", 8), "reti"]);
        bench.RunToEntry(2);
        Assert.Equal([30, Pmic.NonMaskableVector], bench.Order);
        Assert.Equal(0x84, bench.Chip.Data.Peek(STATUS));
        Assert.Equal(0x04, NextReturn(bench));
        bench.Run();
        Assert.Equal([30, Pmic.NonMaskableVector, 40], bench.Order);
    }

    [Fact]
    public void The_non_maskable_interrupt_waits_for_its_own_RETI()
    {
        // Taken at 5, handler from 8: eight NOP, RETI ends at 21, one NOP of the program.
        InterruptBench bench = new InterruptBench(Nops).Source(Pmic.NonMaskableVector, 1, 4, 10).Handler(Pmic.NonMaskableVector, [.. Enumerable.Repeat("nop", 8), "reti"]).Run();
        Assert.Equal([(Pmic.NonMaskableVector, 5L), (Pmic.NonMaskableVector, 22L)], bench.Entries);
    }

    [Fact]
    public void A_reset_forgets_what_was_executing()
    {
        InterruptBench bench = new InterruptBench(Nops).Source(30, 3, 2);
        bench.RunToEntry();
        bench.Chip.Reset(ResetSource.External);
        Assert.Equal((0, 0L), ((int)bench.Chip.Data.Peek(STATUS), Running(bench, 30)));
    }

    // Steps through the next RETI; what STATUS is then.
    private static int NextReturn(InterruptBench bench)
    {
        int stack = bench.Chip.StackPointer;
        while (bench.Chip.StackPointer <= stack) Assert.Null(bench.Chip.Step());
        return bench.Chip.Data.Peek(STATUS);
    }

    private static long Running(InterruptBench bench, int vector) => bench.Chip.Signals.Match($"PMIC.TEST_{vector}").Single().Value;
}
