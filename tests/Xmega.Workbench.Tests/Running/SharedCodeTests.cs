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
    public void Chips_and_forks_share_tables_by_engine_until_one_of_them_writes_flash()
    {
        FirmwareImage image = Programs.Sample("hello-usart");
        ATxmega128A1 first = Programs.Chip(image), second = Programs.Chip(image), fork = first.Fork(), translates = Translating(image);
        Assert.Same(first.Program.Tables.Storage, second.Program.Tables.Storage);
        Assert.Same(first.Program.Tables.Storage, fork.Program.Tables.Storage);
        fork.Engine = CpuEngine.Translator;
        Assert.NotSame(first.Program.Tables.Storage, fork.Program.Tables.Storage);
        Assert.Same(translates.Program.Tables.Storage, fork.Program.Tables.Storage);

        second.Program.Write(0x1000, [0, 0]);
        Assert.NotSame(first.Program.Tables.Storage, second.Program.Tables.Storage);
        second.Load(image);
        Assert.Same(first.Program.Tables.Storage, second.Program.Tables.Storage);
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
    public void What_one_chip_had_translated_others_with_the_firmware_run_until_their_flash_changes()
    {
        FirmwareImage image = Programs.Sample("dhrystone-like");
        ATxmega128A1 first = Translating(image);
        first.Cpu.Translator.InBackground = false;
        RunTo(first, 300_000);
        Assert.NotEmpty(Regions(first));

        ATxmega128A1 second = Translating(image), fork = first.Fork(), interpreted = Programs.Chip(image);
        second.Cpu.Translator.Patience = int.MaxValue;
        fork.Engine = CpuEngine.Translator;
        RunTo(second, 300_000);
        RunTo(interpreted, 300_000);
        Assert.NotEmpty(Regions(second));
        Assert.Equal(State(interpreted), State(second));
        Assert.Empty(Regions(interpreted));
        RunTo(fork, 400_000);
        RunTo(interpreted, 400_000);
        Assert.Equal(State(interpreted), State(fork));

        // Where nobody executes anything regions stay, but later ones are the chip's own; elsewhere they are dropped.
        second.Program.Write(0x1F000, [0, 0]);
        Assert.NotSame(first.Program.Tables.Storage, second.Program.Tables.Storage);
        Assert.Equal(Regions(first), Regions(second));
        second.Program.Write(Regions(first)[0] * 2, second.Program.Span.Slice(Regions(first)[0] * 2, 2).ToArray());
        Assert.Empty(Regions(second));
        Assert.NotEmpty(Regions(first));
        RunTo(first, 500_000);
        RunTo(second, 500_000);
        Assert.Equal(State(first), State(second));
    }

    [Fact]
    public void A_chip_may_go_its_own_way_while_its_firmware_is_being_translated()
    {
        FirmwareImage image = Programs.Sample("dhrystone-like");
        ATxmega128A1 interpreted = Programs.Chip(image);
        RunTo(interpreted, 100_000);
        RunTo(interpreted, 300_000);
        for (int turn = 0; turn < 20; turn++)
        {
            FirmwareImage again = Programs.Sample("dhrystone-like");
            ATxmega128A1[] chips = [Translating(again), Translating(again), Translating(again)];
            Parallel.For(0, chips.Length, n =>
            {
                RunTo(chips[n], 100_000);
                if (n > 0) chips[n].Program.Write(0x1F000, [1, 2]);
                RunTo(chips[n], 300_000);
            });
            foreach (ATxmega128A1 chip in chips) Assert.Equal(State(interpreted), State(chip));
        }
    }

    [Fact]
    public void An_engine_can_be_changed_while_a_firmware_runs()
    {
        FirmwareImage image = Programs.Sample("dhrystone-like");
        ATxmega128A1 changes = Translating(image), stays = Programs.Chip(image);
        changes.Cpu.Translator.InBackground = false;
        for (int turn = 1; turn <= 4; turn++)
        {
            changes.Engine = turn % 2 == 1 ? CpuEngine.Translator : CpuEngine.Interpreter;
            RunTo(changes, turn * 150_000);
            RunTo(stays, turn * 150_000);
            Assert.Equal(turn % 2 == 1, Regions(changes).Count > 0);
            Assert.Equal(State(stays), State(changes));
        }
    }

    [Theory]
    [InlineData(CpuEngine.Interpreter)]
    [InlineData(CpuEngine.Translator)]
    public void Chips_on_several_threads_share_what_they_decode_and_translate(CpuEngine engine)
    {
        FirmwareImage image = Programs.Sample("dhrystone-like");
        var ends = new string[8];
        Parallel.For(0, ends.Length, n =>
        {
            ATxmega128A1 chip = Translating(image);
            chip.Engine = engine;
            RunTo(chip, 600_000);
            ends[n] = State(chip);
        });
        Assert.Single(ends.Distinct());
    }

    private static ATxmega128A1 Translating(FirmwareImage image)
    {
        ATxmega128A1 chip = Programs.Chip(image);
        chip.Engine = CpuEngine.Translator;
        (chip.Cpu.Translator.Patience, chip.Cpu.Translator.Period) = (8, 256);
        return chip;
    }

    private static void RunTo(ATxmega128A1 chip, long cycle)
    {
        ScheduledAction stop = chip.CreateAction("stop", Phase.Limit, chip.Stop);
        stop.Book(cycle);
        Assert.Equal(CpuStop.Requested, chip.Run());
    }

    private static string State(ATxmega128A1 chip) =>
        $"{chip.Cycle} {chip.Instructions} {chip.ProgramCounter} {chip.StatusRegister} {chip.StackPointer} {string.Join(' ', Enumerable.Range(0, 32).Select(chip.Register))} {Convert.ToHexString(chip.Data.SramSpan)}";

    // Where the chip enters regions: word addresses.
    private static List<int> Regions(ATxmega128A1 chip) =>
        [.. Enumerable.Range(0, Memory.ProgramMemory.Words).Where(word => chip.Program.Tables.Fused[word].Op == Fusion.Region)];

    private static void Ran(FirmwareImage image)
    {
        ATxmega128A1 chip = Programs.Chip(image);
        chip.Run();
    }
}
