using Xmega.ExternalBus;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.ExternalBus;

/// <summary>Memory behind the external bus interface (ebi.md): who answers, and how long the CPU waits.</summary>
public class ExternalMemoryTests
{
    private const int ThreePort = 0x01;
    private const int NoLatch = 0x0C;
    private const int Sram = 0x01;
    private const int Sdram = 0x03;

    private readonly Bench _bench = new();

    [Fact]
    public void Nobody_answers_until_the_interface_the_chip_select_and_the_part_are_there_and_each_is_said()
    {
        Assert.Equal(0, _bench.Chip.Data.Read(0x010000));
        _bench.Write("EBI.CTRL", ThreePort | NoLatch);
        Say(0x010010, "no chip select covers it");
        Select(0, 0x010000, 8, Sram);
        Say(0x010020, "no part for this mode on chip select 0");
        _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x10000, 0);
        _bench.Chip.Data.Write(0x010030, 0x5A);
        Assert.Equal(0x5A, _bench.Chip.Data.Read(0x010030));
        _bench.Write("PR.PRGEN", 0x08);
        Assert.Equal(0, _bench.Chip.Data.Peek(0x010030));
    }

    [Fact]
    public void ASIZE_and_BASEADDR_say_what_a_chip_select_covers_and_the_lowest_wins()
    {
        _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x100000, 0);
        _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x1000, 1);
        _bench.Write("EBI.CTRL", ThreePort);
        Select(0, 0x400000, 12, Sram); // 1 MiB
        Select(1, 0x800000, 6, Sram);  // 16 KiB over a part of 4 KiB
        foreach ((int address, int value) in new[] { (0x400000, 1), (0x4FFFFF, 2), (0x800123, 3) }) _bench.Chip.Data.Write(address, (byte)value);
        Assert.Equal(1, _bench.Chip.Data.Read(0x400000));
        Assert.Equal(2, _bench.Chip.Data.Read(0x4FFFFF));
        Assert.Equal(3, _bench.Chip.Data.Read(0x803123)); // the part shows in it four times
        Assert.Equal(0, _bench.Chip.Data.Peek(0x500000));
        Assert.Equal(0, _bench.Chip.Data.Peek(0x804123));
        Select(1, 0x400000, 12, Sram);
        Assert.Equal(1, _bench.Chip.Data.Read(0x400000));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void Internal_memory_wins_over_a_chip_select_that_covers_it()
    {
        _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x10000, 0);
        _bench.Write("EBI.CTRL", ThreePort);
        Select(0, 0, 8, Sram);
        _bench.Chip.Data.Write(0x2000, 0x77);
        _bench.Chip.Data.Write(0x4000, 0x88);
        Assert.Equal(0x77, _bench.Chip.Data.SramSpan[0]);
        Assert.Equal(0x88, _bench.Chip.Data.Read(0x4000));
    }

    [Theory]
    [InlineData(ThreePort | NoLatch, Sram, 0, 2)]
    [InlineData(ThreePort | NoLatch, Sram, 5, 7)]
    [InlineData(ThreePort, Sram, 0, 4)]             // ALE1: A15-A8 latched
    [InlineData(ThreePort | 0x08, Sram, 0, 6)]      // ALE12
    [InlineData(ThreePort, Sram + 1, 1, 5)]         // LPC, ALE1
    [InlineData(ThreePort | 0x20, Sram + 1, 0, 6)]  // LPC, ALE12
    public void Wait_states_and_latches_make_the_CPU_wait(int control, int mode, int waitStates, int cycles)
    {
        string[] setUp = [
            $"ldi r16, {control}", "sts 0x0440, r16", $"ldi r16, {(8 << 2) | mode}", $"ldi r17, {waitStates}", "sts 0x0451, r17",
            "ldi r18, 0x03", "sts 0x0453, r18", "sts 0x0450, r16", "sts 0x003A, r18", "ldi r28, 0x34", "ldi r29, 0x12", "ldi r20, 0x5A"];
        long Cycles(params string[] accesses)
        {
            ATxmega128A1 chip = AssemblyProgram.Chip([.. setUp, .. accesses, "break"]); // Y = 0x031234
            chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x10000, 0);
            AssemblyProgram.Run(chip);
            Assert.Empty(chip.Diagnostics.All);
            if (accesses.Length > 1) Assert.Equal(0x5A, chip.Register(21));
            return chip.Cycle;
        }

        long none = Cycles(), store = Cycles("st Y, r20"), both = Cycles("st Y, r20", "ld r21, Y");
        Assert.Equal(1 + cycles, store - none);
        Assert.Equal(1 + 2 + waitStates, both - store); // the address is latched already
    }

    [Fact]
    public void RAMPD_reaches_it_by_LDS_and_STS_too()
    {
        ATxmega128A1 chip = AssemblyProgram.Chip(
            "ldi r16, 0x0D", "sts 0x0440, r16", "ldi r16, 0x21", "ldi r18, 0x03", "sts 0x0453, r18", "sts 0x0450, r16", "ldi r20, 0x42",
            "sts 0x0038, r18", "sts 0x8001, r20", "lds r21, 0x8001", "break");
        chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x10000, 0);
        AssemblyProgram.Run(chip);
        Assert.Equal(0x42, chip.Register(21));
        Assert.Equal(0x42, chip.Data.Peek(0x038001));
    }

    [Fact]
    public void SDRAM_answers_on_chip_select_3_when_its_initialization_is_done()
    {
        ATxmega128A1 chip = _bench.Chip;
        chip.AttachExternalMemory(ExternalMemoryKind.Sdram, 8 << 20, 3);
        _bench.Write("EBI.INITDLY", 100).Write("EBI.SDRAMCTRLB", 0x4A).Write("EBI.SDRAMCTRLA", 0x06).Write("EBI.CTRL", ThreePort);
        Select(3, 0x800000, 15, Sdram);
        Say(0x800000, "SDINITDONE");
        // INITDLY 100, RPDLY 2, twice ROWCYCDLY 1, MRDLY 1, and the edge.
        _bench.Advance(105);
        Assert.Equal(0, chip.Data.Peek(0x45D) & 0x80);
        _bench.Advance(1);
        Assert.Equal(0x80, chip.Data.Peek(0x45D));
        chip.Data.Write(0xFFFFFF, 0x99);
        Assert.Equal(0x99, chip.Data.Read(0xFFFFFF));
        _bench.Write("EBI.CTRL", 0);
        Assert.Equal(0, chip.Data.Peek(0x45D));
    }

    [Fact]
    public void A_saved_state_brings_the_parts_and_what_they_hold_along()
    {
        _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x10000, 2);
        _bench.Write("EBI.CTRL", ThreePort);
        Select(2, 0x030000, 8, Sram);
        _bench.Chip.Data.Write(0x031234, 0x5A);
        var saved = new Xmega.State.StateStream();
        _bench.Chip.Data.Io.OwnerOf(0x440)!.State(saved);
        var other = new Bench();
        other.Chip.Data.Io.OwnerOf(0x440)!.State(new Xmega.State.StateStream(saved.ToArray()));
        Assert.Equal(0x5A, other.Chip.Data.Read(0x031234));
    }

    [Fact]
    public void A_part_of_no_power_of_two_or_on_no_chip_select_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 1000, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 1024, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sdram, 1024, 0));
    }

    private void Say(int address, string why)
    {
        // A remark is made once for an instruction; the bench has one for all.
        var bus = (Xmega.Memory.IExternalBus)_bench.Chip.Data.Io.OwnerOf(0x440)!;
        Assert.Contains(why, bus.Read(address, out byte value), StringComparison.Ordinal);
        Assert.Equal(0, value);
    }

    private void Select(int number, int address, int size, int mode)
    {
        int at = 0x450 + (4 * number);
        _bench.Chip.Data.Write(at + 2, (byte)(address >> 8));
        _bench.Chip.Data.Write(at + 3, (byte)(address >> 16));
        _bench.Chip.Data.Write(at, (byte)((size << 2) | mode));
    }
}
