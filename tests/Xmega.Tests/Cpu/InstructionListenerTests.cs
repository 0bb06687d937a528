using Xmega.Cpu;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

/// <summary>Who listens to the CPU hears every instruction and access with its cycle, and changes nothing by it.</summary>
public class InstructionListenerTests
{
    private static readonly string[] Program =
    [
        "ldi r26, 0x00", "ldi r27, 0x20", "ldi r16, 3", "call twice", "st X+, r16", "ld r17, -X", "sts 0x2010, r17", "sbi 0x00, 4",
        "self:", "rjmp self", "twice:", "add r16, r16", "push r16", "pop r18", "ret",
    ];

    [Fact]
    public void A_listener_hears_instructions_and_accesses_in_their_cycles()
    {
        var heard = new Listener();
        ATxmega128A1 chip = Load(heard);
        Assert.Equal(CpuStop.Exit, chip.Run());
        Assert.Equal(
            ["0 pc 00", "1 pc 02", "2 pc 04", "3 pc 06", "6 st 3FFF=05", "6 st 3FFE=00", "6 st 3FFD=00", "7 pc 16", "8 pc 18", "8 st 3FFC=06", "9 pc 1A", "10 ld 3FFC=06", "11 pc 1C"],
            heard.Said.Take(13));
        Assert.Equal("15 ld 3FFF=05", heard.Said[15]);
        Assert.Equal(
            ["16 pc 0A", "16 st 2000=06", "17 pc 0C", "19 ld 2000=06", "20 pc 0E", "21 st 2010=06", "22 pc 12", "22 st 0000=10", "23 pc 14"],
            heard.Said.Skip(16));
    }

    [Fact]
    public void A_listener_and_a_shared_memory_change_nothing()
    {
        ATxmega128A1 plain = Load(null), heard = Load(new Listener()), shared = Load(null);
        shared.Data.Arbiter.IsArmed = true;
        Xmega.Time.ScheduledAction often = null!;
        often = shared.CreateAction("often", Xmega.Time.Phase.World, () => often.Book(shared.Services.Schedule.Now + 3));
        often.Book(0);
        foreach (ATxmega128A1 chip in new[] { plain, heard, shared })
        {
            chip.Run();
            Assert.Equal((plain.Cycle, plain.Instructions, plain.StackPointer, plain.StackLowest), (chip.Cycle, chip.Instructions, chip.StackPointer, chip.StackLowest));
            Assert.Equal(plain.Data.SramSpan, chip.Data.SramSpan);
        }
    }

    [Fact]
    public void A_listener_hears_each_turn_of_a_wait_and_no_memory_unless_it_wants()
    {
        var heard = new Listener { HearsMemory = false };
        var chip = new ATxmega128A1();
        chip.Program.Write(0, Assembler.Assemble("sei", "push r0", "self:", "rjmp self"));
        chip.InstructionListener = heard;
        chip.CreateAction("end", Xmega.Time.Phase.Limit, chip.Stop).Book(9);
        chip.Run();
        Assert.Equal(["0 pc 00", "1 pc 02", "2 pc 04", "4 pc 04", "6 pc 04", "8 pc 04"], heard.Said);
    }

    [Fact]
    public void A_listener_can_stop_the_run_before_an_instruction()
    {
        ATxmega128A1 chip = Load(new Listener { StopAt = 0x0C });
        Assert.Equal(CpuStop.Requested, chip.Run());
        Assert.Equal(0x0C, chip.ProgramCounter);
        Assert.Equal(17, chip.Cycle);
    }

    private static ATxmega128A1 Load(IInstructionListener? listener)
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(0, Assembler.Assemble(Program));
        chip.InstructionListener = listener;
        return chip;
    }

    private sealed class Listener : IInstructionListener
    {
        public List<string> Said { get; } = [];

        public int StopAt { get; init; } = -1;

        public bool HearsMemory { get; init; } = true;

        public bool OnInstruction(int programCounter, long cycle)
        {
            if (programCounter == StopAt) return false;
            Said.Add($"{cycle} pc {programCounter:X2}");
            return true;
        }

        public void OnLoad(int address, byte value, long cycle) => Said.Add($"{cycle} ld {address:X4}={value:X2}");

        public void OnStore(int address, byte value, long cycle) => Said.Add($"{cycle} st {address:X4}={value:X2}");
    }
}
