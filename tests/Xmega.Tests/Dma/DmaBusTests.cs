using Xmega.Memory;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Dma.DmaBench;

namespace Xmega.Tests.Dma;

/// <summary>What a burst costs by memory, and who waits for whom (8077I 4.10, 4.11).</summary>
public class DmaBusTests
{
    private const int SRAM = 0x2100;
    private const int IO = 0x0000; // GPIOR0
    private const int EEPROM = 0x1000;
    private const int CTRLA = 0x0110; // DMA.CH0.CTRLA

    // Two bytes are read before the first is written; the first read of SRAM takes two cycles, of EEPROM three and the others two.
    [Theory]
    [InlineData(SRAM, SRAM, 3, 5, 9, 17)] // one bus: reads and writes alternate
    [InlineData(SRAM, IO, 3, 5, 7, 11)]
    [InlineData(IO, SRAM, 2, 4, 6, 10)]
    [InlineData(IO, IO, 2, 4, 8, 16)]
    [InlineData(EEPROM, SRAM, 4, 7, 10, 18)]
    [InlineData(EEPROM, IO, 4, 7, 10, 18)]
    public void A_burst_takes_the_cycles_of_its_memories(int from, int to, params int[] cycles)
    {
        const int Bytes = 8;
        for (int burst = 0; burst < 4; burst++)
        {
            Bench bench = Enabled().Write("NVM.CTRLB", 0x08).Advance(7).Channel(0, from, to == SRAM ? 0x2200 : to, Bytes, (from == IO ? 0 : SRC_INC) | (to == IO ? 0 : DEST_INC)).Watch("DMA.CH0");
            long start = bench.Now + Arbitration;
            bench.Write("DMA.CH0.CTRLA", ENABLE | TRFREQ | burst).Advance(200);
            int bursts = Bytes >> burst;
            Assert.Equal(Bytes, bench.Trace.Count);
            Assert.Equal(start + (bursts * (cycles[burst] + Arbitration)) - Arbitration - 1, bench.Trace[^1].Cycle);
        }
    }

    // The access of the CPU that meets the first cycle of a burst: how much later the program ends, and the cycle of the first byte
    // written, counted from the write of TRFREQ.
    [Theory]
    [InlineData("ld r0, X", 0, 0, 6)]    // a single byte waits for a load of two cycles
    [InlineData("ld r0, X", 3, 17, 5)]   // a burst does not: the load waits for all of it
    [InlineData("st X, r0", 0, 0, 5)]
    [InlineData("st X, r0", 3, 17, 5)]
    [InlineData("rcall next", 3, 0, 8)]  // a burst of the CPU comes before one of the controller
    [InlineData("in r0, 0x00", 3, 0, 5)] // another bus
    [InlineData("nop", 3, 0, 5)]
    public void CPU_and_DMA_wait_for_each_other(string instruction, int burst, int late, int firstByte)
    {
        (long Cycle, long First) with = Run(ENABLE | TRFREQ | burst), without = Run(burst);
        Assert.Equal(without.Cycle + late, with.Cycle);
        Assert.Equal(firstByte, with.First);

        (long Cycle, long First) Run(int control)
        {
            string[] program =
            [
                $"ldi r16, 0x{control:X2}", "ldi r26, 0x00", "ldi r27, 0x21", $"sts 0x{CTRLA:X4}, r16",
                "nop", instruction, "next:", "nop", "nop", "nop", "break",
            ];
            var bench = Enabled().Channel(0, SRAM, 0x2200, 8).Watch("DMA.CH0");
            bench.Chip.Program.Write(0, Assembler.Assemble(program));
            AssemblyProgram.Run(bench.Chip);
            long end = bench.Chip.Cycle;
            bench.AdvanceTo(end + 100);
            const int Written = 4; // the cycle of the access of STS
            return (end, bench.Trace.Count == 0 ? 0 : bench.Trace[0].Cycle - Written);
        }
    }

    [Fact]
    public void What_the_CPU_reads_is_what_DMA_has_written_by_that_cycle()
    {
        // The channel writes 1, 2, 3, ... to GPIOR1; the CPU looks at every second cycle.
        string[] program = [$"ldi r16, {ENABLE | TRFREQ}", $"sts 0x{CTRLA:X4}, r16", .. Enumerable.Range(1, 15).SelectMany(r => (string[])[$"in r{r}, 0x01", "nop"]), "break"];
        Bench bench = Enabled().Fill(SRAM, 1, 2, 3, 4, 5, 6, 7, 8).Channel(0, SRAM, 0x0001, 8, SRC_INC).Watch("DMA.CH0");
        bench.Chip.Program.Write(0, Assembler.Assemble(program));
        AssemblyProgram.Run(bench.Chip);
        long first = bench.Chip.Cycle - 31;
        for (int r = 1; r <= 15; r++)
        {
            long cycle = first + (2 * (r - 1));
            Assert.Equal(bench.Trace.LastOrDefault(t => t.Cycle <= cycle).Value, bench.Chip.Register(r));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(23)]
    [InlineData(60)]
    public void Restored_in_the_midst_of_a_transfer_it_goes_on_as_if_nothing_had_been(int after)
    {
        byte[] bytes = [.. Enumerable.Range(1, 40).Select(i => (byte)i)];
        Bench before = Enabled().Fill(SRAM, bytes).Channel(0, SRAM, 0x2200, 20).Channel(1, SRAM + 20, 0x2300, 20);
        before.Write("DMA.CH0.CTRLA", ENABLE | TRFREQ | 2).Write("DMA.CH1.CTRLA", ENABLE | TRFREQ).Advance(after);

        var save = new StateStream();
        Module(before).State(save);
        var restored = new Bench();
        restored.Chip.Services.Schedule.Restart(before.Now);
        before.Chip.Data.SramSpan.CopyTo(restored.Chip.Data.SramSpan);
        Module(restored).State(new StateStream(save.ToArray()));
        for (int cycle = 0; cycle < 200; cycle++)
        {
            Assert.Equal(Look(before), Look(restored));
            before.Advance(1);
            restored.Advance(1);
        }

        Assert.Equal(bytes[..20], restored.Look(0x2200, 20));
        Assert.Equal(bytes[20..], restored.Look(0x2300, 20));

        static IoModule Module(Bench bench) => bench.Chip.Data.Io.Modules.Single(m => m.Name == "DMA");
        static string Look(Bench bench) => Convert.ToHexString([.. Enumerable.Range(0x100, 0x50).Select(bench.Chip.Data.Peek), .. bench.Look(0x2200, 20), .. bench.Look(0x2300, 20)]);
    }
}
