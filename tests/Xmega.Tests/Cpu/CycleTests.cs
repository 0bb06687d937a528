using Xmega.Cpu;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Cpu;

public class CycleTests
{
    public static TheoryData<string> Names => CycleTable.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void An_instruction_costs_what_the_manual_says(string name)
    {
        CycleRow row = CycleTable.Find(name);

        // In one go: with the measured lines and without.
        long with = AssemblyProgram.Run([.. row.Setup, .. row.Code, "next:", "break"]).Cycle;
        long without = AssemblyProgram.Run([.. row.Setup, "next:", "break"]).Cycle;
        Assert.Equal(row.Cycles, with - without);

        // And step by step.
        ATxmega128A1 chip = AssemblyProgram.Chip([.. row.Setup, .. row.Code, "next:", "break"]);
        int start = Length([.. row.Setup, "next:"]), end = Length([.. row.Setup, .. row.Code, "next:"]);
        while (chip.ProgramCounter != start) Assert.Null(chip.Step());
        long cycle = chip.Cycle;
        while (chip.ProgramCounter != end) Assert.Null(chip.Step());
        Assert.Equal(row.Cycles, chip.Cycle - cycle);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_running_timer_measures_the_same_from_within_firmware(string name)
    {
        CycleRow row = CycleTable.Find(name);
        string[] setup = ["ldi r18, 1", "sts 0x0800, r18", .. row.Setup, "lds r18, 0x0820", "lds r19, 0x0821"];
        Assert.Equal(row.Cycles, CountedByTimer([.. setup, .. row.Code, "next:"]) - CountedByTimer([.. setup, "next:"]));
    }

    [Fact]
    public void BREAK_takes_one_cycle() => Assert.Equal(1, AssemblyProgram.Run("break").Cycle);

    [Fact]
    public void A_load_takes_its_time_by_where_it_reads_not_by_what_reads()
    {
        // The same instruction at the two sides of the edge: 0x1FFF is not SRAM, 0x2000 is.
        Assert.Equal(1, AssemblyProgram.Run("lds r2, 0x2000", "break").Cycle - AssemblyProgram.Run("lds r2, 0x1fff", "break").Cycle);
        Assert.Equal(-1, AssemblyProgram.Run("lds r2, 0x4000", "break").Cycle - AssemblyProgram.Run("lds r2, 0x3fff", "break").Cycle);
    }

    [Fact]
    public void Every_instruction_is_in_the_table_and_its_cheapest_case_is_the_instruction_sets()
    {
        var cheapest = new Dictionary<Op, int> { [Op.Break] = 1 };
        foreach (CycleRow row in CycleTable.Rows.Where(r => r.Code.Length == 1 || r.Name.Contains("over", StringComparison.Ordinal)))
        {
            ATxmega128A1 chip = AssemblyProgram.Chip([.. row.Setup, .. row.Code, "next:"]);
            Op op = InstructionDecoder.Find(chip.Program.ReadWord(Length([.. row.Setup, "next:"]) / 2))!.Op;
            cheapest[op] = Math.Min(cheapest.GetValueOrDefault(op, int.MaxValue), row.Cycles);
        }

        cheapest[Op.Des] = 1; // right after another DES, which is two lines in the table
        foreach (Instruction instruction in InstructionSet.All)
            Assert.True(cheapest.TryGetValue(instruction.Op, out int cycles) && cycles == instruction.Cycles, instruction.Op.ToString());
    }

    // TCC0 runs at clk_PER: its count before the measured lines in r19:r18, and after them in r21:r20.
    private static int CountedByTimer(string[] lines)
    {
        ATxmega128A1 chip = AssemblyProgram.Run([.. lines, "lds r20, 0x0820", "lds r21, 0x0821", "break"]);
        return (chip.Register(20) | (chip.Register(21) << 8)) - (chip.Register(18) | (chip.Register(19) << 8));
    }

    private static int Length(string[] lines) => Assembler.Assemble(lines).Length;
}
