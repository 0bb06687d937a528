using Xmega.ExternalBus;
using Xmega.Ports;
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

    private readonly Bench _bench = new Bench().Write("PORTH.DIR", 0xFF);

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
            "ldi r16, 0xFF", "sts 0x06E0, r16", $"ldi r16, {control}", "sts 0x0440, r16", $"ldi r16, {(8 << 2) | mode}", $"ldi r17, {waitStates}", "sts 0x0451, r17",
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
            "ldi r16, 0xFF", "sts 0x06E0, r16", "ldi r16, 0x0D", "sts 0x0440, r16", "ldi r16, 0x21", "ldi r18, 0x03", "sts 0x0453, r18", "sts 0x0450, r16", "ldi r20, 0x42",
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
        _bench.Write("EBI.REFRESH", 0x3FF).Write("EBI.INITDLY", 100).Write("EBI.SDRAMCTRLB", 0x4A).Write("EBI.SDRAMCTRLA", 0x06).Write("EBI.CTRL", ThreePort);
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

    [Theory]
    [InlineData(ThreePort, Sram, 0x17, 0x13, 0xFF, 0xFF)]            // ALE1
    [InlineData(ThreePort | 0x08, Sram, 0x1F, 0x13, 0xFF, 0xFF)]     // ALE1 and ALE2
    [InlineData(ThreePort | NoLatch, Sram, 0x13, 0x13, 0xFF, 0xFF)]
    [InlineData(ThreePort, Sram + 1, 0x17, 0x13, 0xFF, 0xFF)]        // LPC: data on A7-A0
    [InlineData(ThreePort | 0x20, Sram + 1, 0x1F, 0x13, 0xFF, 0)]    // LPC: all addresses go over port J
    [InlineData(0x03, Sram, 0x17, 0x13, 0xFF, 0)]                    // two ports
    public void It_takes_the_lines_of_its_mode_and_leaves_directions_of_all_but_data_to_DIR(int control, int mode, int lines, int idle, int data, int address)
    {
        ATxmega128A1 chip = _bench.Chip;
        foreach (string port in new[] { "PORTJ", "PORTK" }) _bench.Write($"{port}.DIR", 0xFF);
        Assert.Equal((0, 0, 0), Pins());
        _bench.Write("EBI.CTRL", control);
        Select(0, 0x010000, 8, mode);
        _bench.Write("PORTH.OUT", ~lines & 0xFF).Write("PORTJ.OUT", 0xFF).Write("PORTK.OUT", 0xFF);
        Assert.Equal(((~lines & 0xFF) | idle, ~data & 0xFF, ~address & 0xFF), Pins());
        Assert.All(Enumerable.Range(0, 8), n => Assert.Equal((data & (1 << n)) != 0, chip.FindPin($"PORTJ.PIN{n}")!.Level == LogicLevel.Floating));
        _bench.Write("PORTH.DIR", 0);
        Assert.Equal(LogicLevel.Floating, chip.FindPin("PORTH.PIN0")!.Level);
        _bench.Write("PORTH.DIR", 0xFF).Write("EBI.CTRL", 0).Write("PORTH.OUT", 0xA5);
        Assert.Equal((0xA5, 0xFF, 0xFF), Pins());
        Assert.Empty(chip.Diagnostics.All);

        (int H, int J, int K) Pins() => (Port("PORTH"), Port("PORTJ"), Port("PORTK"));
        int Port(string port) => Enumerable.Range(0, 8).Sum(n => chip.FindPin($"{port}.PIN{n}")!.IsHigh ? 1 << n : 0);
    }

    [Fact]
    public void SDRAM_takes_all_of_port_H_and_K_and_half_of_J_for_addresses()
    {
        _bench.Write("PORTJ.DIR", 0xFF).Write("PORTK.DIR", 0xFF).Write("PORTJ.OUT", 0xFF).Write("PORTK.OUT", 0xFF).Write("EBI.REFRESH", 100).Write("EBI.CTRL", ThreePort);
        Select(3, 0x800000, 15, Sdram);
        string Levels(string port) => string.Concat(Enumerable.Range(0, 8).Select(n => _bench.Chip.FindPin($"{port}.PIN{n}")!.Level switch { LogicLevel.High => '1', LogicLevel.Low => '0', _ => 'z' }));
        Assert.Equal("11100010", Levels("PORTH")); // WE, CAS, RAS and CKE high
        Assert.Equal("zzzz0000", Levels("PORTJ"));
        Assert.Equal("00000000", Levels("PORTK"));
    }

    [Fact]
    public void Control_lines_that_are_no_outputs_are_named()
    {
        _bench.Chip.AttachExternalMemory(ExternalMemoryKind.Sram, 0x10000, 1);
        _bench.Write("PORTH.DIR", 0x02).Write("EBI.CTRL", ThreePort);
        Select(1, 0x010000, 8, Sram);
        Assert.Empty(_bench.Chip.Diagnostics.All);
        _bench.Chip.Data.Write(0x010000, 1);
        _bench.Chip.Data.Write(0x010001, 1);
        Assert.Contains("no outputs: PH0, PH2, PH5; set them in PORTH.DIR", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refresh_closes_the_row_and_lets_an_access_wait()
    {
        ATxmega128A1 chip = _bench.Chip;
        chip.AttachExternalMemory(ExternalMemoryKind.Sdram, 8 << 20, 3);
        // ROWCYCDLY 5, RPDLY 0, ROWCOLDLY 2, CAS latency 2: an access with its row open is 4, one that opens it 6.
        _bench.Write("EBI.REFRESH", 100).Write("EBI.SDRAMCTRLB", 5 << 3).Write("EBI.SDRAMCTRLC", 2).Write("EBI.CTRL", ThreePort);
        Select(3, 0x800000, 15, Sdram);
        _bench.Advance(11);
        Assert.Equal(0x80, _bench.Read("EBI.CS3.CTRLB"));
        long ready = _bench.Now;
        var stalls = new List<int>();
        chip.Data.Stall = stalls.Add;
        foreach (int after in new[] { 10, 20, 99, 100, 102, 104, 105, 150, 401, 450 })
        {
            _bench.AdvanceTo(ready + after);
            chip.Data.Read(0x800000);
        }

        Assert.Equal([6, 4, 4, 5 + 6, 4, 4, 4, 4, 4 + 6, 4], stalls);
        _bench.Write("EBI.CS3.CTRLB", 0x04).Write("EBI.SDRAMCTRLC", (7 << 3) | 2).Advance(1000); // self refresh: ESRDLY
        chip.Data.Read(0x800000);
        Assert.Equal(7 + 4, stalls[^1]);
    }

    [Fact]
    public void SDRAM_without_a_refresh_period_is_said()
    {
        _bench.Write("EBI.CTRL", ThreePort);
        Select(3, 0x800000, 15, Sdram);
        Assert.Contains("EBI.REFRESH 0", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
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
