using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.TestSupport;
using Xmega.Time;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Running;

/// <summary>Chips that hold the same firmware share what is decoded from it, and nobody can tell.</summary>
public unsafe class SharedCodeTests
{
    private const int MostBytes = 1024 * 1024;
    private const int Distance = 16; // words: what is decoded so far before a change stays as it is

    [Fact]
    public void The_second_chip_with_a_firmware_takes_less_than_a_mebibyte()
    {
        FirmwareImage image = Programs.Sample("hello-usart");
        Ran(image);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Ran(image);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    [Fact]
    public void Chips_and_forks_share_tables_until_one_of_them_writes_flash_or_translates()
    {
        FirmwareImage image = Programs.Sample("hello-usart");
        ATxmega128A1 first = Programs.Chip(image), second = Programs.Chip(image), fork = first.Fork();
        Assert.True(first.Program.Tables.Plain == second.Program.Tables.Plain);
        Assert.True(first.Program.Tables.Fused == fork.Program.Tables.Fused);

        second.Program.Write(0x1000, [0, 0]);
        fork.Engine = CpuEngine.Translator;
        Assert.True(first.Program.Tables.Fused == fork.Program.Tables.Fused);
        fork.Program.Tables.Enter(0, 0);
        Assert.True(first.Program.Tables.Plain != second.Program.Tables.Plain);
        Assert.True(first.Program.Tables.Fused != fork.Program.Tables.Fused);
        Assert.True(second.Program.Tables.Plain != fork.Program.Tables.Plain);

        second.Load(image);
        Assert.True(first.Program.Tables.Plain == second.Program.Tables.Plain);
    }

    [Fact]
    public void Flash_that_changes_while_it_runs_changes_for_the_chip_that_wrote_it_alone()
    {
        string[] program = ["ldi r24, 1", "loop:", "lds r20, 0x0000", .. Enumerable.Repeat("inc r25", Distance), "ldi r24, 1", "rjmp loop"];
        byte[] changed = Assembler.Assemble("ldi r24, 2", "break");
        const int Place = 2 * (3 + Distance);
        FirmwareImage image = Programs.Assemble(program);
        ATxmega128A1 other = Programs.Chip(image);
        for (long cycle = 1000; cycle < 1040; cycle++)
        {
            // The same on a chip that shares nothing.
            ATxmega128A1 shares = Programs.Chip(image), alone = Programs.Chip(image);
            alone.Program.Write(0, Assembler.Assemble(program));
            foreach (ATxmega128A1 chip in new[] { shares, alone })
            {
                ScheduledAction write = chip.CreateAction("write", Phase.Module, () => chip.Program.Write(Place, changed));
                write.Book(cycle);
                Assert.Equal(CpuStop.Break, chip.Run());
            }

            Assert.Equal((alone.Cycle, alone.Register(24), alone.Register(25)), (shares.Cycle, shares.Register(24), shares.Register(25)));
        }

        ScheduledAction stop = other.CreateAction("stop", Phase.Limit, other.Stop);
        stop.Book(2000);
        Assert.Equal(CpuStop.Requested, other.Run());
        Assert.Equal(1, other.Register(24));
    }

    [Fact]
    public void Chips_on_several_threads_share_what_they_decode()
    {
        FirmwareImage image = Programs.Sample("dhrystone-like");
        var ends = new string[8];
        Parallel.For(0, ends.Length, n =>
        {
            ATxmega128A1 chip = Programs.Chip(image);
            ScheduledAction stop = chip.CreateAction("stop", Phase.Limit, chip.Stop);
            stop.Book(300_000);
            chip.Run();
            ends[n] = $"{chip.Cycle} {chip.Instructions} {chip.ProgramCounter} {Convert.ToHexString(chip.Save().ToArray())}";
        });
        Assert.Single(ends.Distinct());
    }

    private static void Ran(FirmwareImage image)
    {
        ATxmega128A1 chip = Programs.Chip(image);
        chip.Run();
    }
}
