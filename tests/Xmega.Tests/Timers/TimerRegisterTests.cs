using Xmega.Memory;
using Xmega.Registers;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Timers;

public class TimerRegisterTests
{
    public static TheoryData<string> Timers => new("TCC0", "TCC1", "TCD0", "TCD1", "TCE0", "TCE1", "TCF0", "TCF1");

    [Theory]
    [MemberData(nameof(Timers))]
    public void Every_register_of_the_map_exists_with_its_fields_as_mask(string timer)
    {
        var bench = new Bench();
        IoModule module = bench.Chip.Data.Io.Modules.Single(m => m.Name == timer);
        var offsets = new HashSet<int>();
        foreach (NamedRegister register in RegisterMap.ATxmega128A1.Registers.Where(r => r.Name.StartsWith(timer + ".", StringComparison.Ordinal)))
        {
            int mask = register.Fields.Count == 0 ? 0xFF : register.Fields.Aggregate(0, (m, f) => m | f.Mask);
            for (int i = 0; i < register.Size; i++)
            {
                int offset = register.Address + i - module.BaseAddress;
                offsets.Add(offset);
                Assert.True(module.Registers[offset] is { } row && row.Mask == mask, $"{register.Name}: mask 0x{module.Registers[offset]?.Mask:X2}, not 0x{mask:X2}");
            }
        }

        for (int offset = 0; offset < 0x40; offset++)
            Assert.Equal(offsets.Contains(offset), module.Registers[offset] is not null);
    }

    [Theory]
    [MemberData(nameof(Timers))]
    public void Reset_values_are_zero_except_PER_and_PERBUF(string timer)
    {
        var bench = new Bench();
        foreach (NamedRegister register in RegisterMap.ATxmega128A1.Registers.Where(r => r.Name.StartsWith(timer + ".", StringComparison.Ordinal)))
            Assert.Equal(register.Name.Contains(".PER", StringComparison.Ordinal) ? 0xFFFF : 0, bench.Read(register.Name));
    }

    [Theory]
    [InlineData("TCC0", 14, 0xC0)]
    [InlineData("TCC1", 20, 0xC8)]
    [InlineData("TCD0", 77, 0xD0)]
    [InlineData("TCD1", 83, 0xD8)]
    [InlineData("TCE0", 47, 0xE0)]
    [InlineData("TCE1", 53, 0xE8)]
    [InlineData("TCF0", 108, 0xF0)]
    [InlineData("TCF1", 114, 0xF8)]
    public void Vectors_and_events_are_those_of_the_map(string timer, int firstVector, int firstEvent)
    {
        var bench = new Bench();
        string[] names = timer[^1] == '0' ? ["OVF", "ERR", "CCA", "CCB", "CCC", "CCD"] : ["OVF", "ERR", "CCA", "CCB"];
        for (int i = 0; i < names.Length; i++)
        {
            Assert.Equal($"{timer}_{names[i]}", bench.Chip.Interrupts.Lines.Single(l => l.Vector == firstVector + i).Name);
            int code = firstEvent + (i < 2 ? i : i + 2);
            Assert.Equal($"{timer}_{names[i]}", bench.Chip.Events.Sources.Single(s => s.Code == code).Name);
            Assert.Equal($"{timer}_{names[i]}", RegisterMap.ATxmega128A1.EventSources[code]);
            Assert.StartsWith($"{timer}_{names[i]}", RegisterMap.ATxmega128A1.Vectors[firstVector + i], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sixteen_bit_registers_are_written_and_read_through_TEMP()
    {
        var bench = new Bench();
        ATxmega128A1 chip = bench.Chip;
        int cnt = Bench.AddressOf("TCC0.CNT");
        chip.Data.Write(cnt, 0x34);
        Assert.Equal(0, bench.Read("TCC0.CNT")); // nothing yet; and this read takes TEMP for itself
        chip.Data.Write(cnt, 0x34);
        Assert.Equal(0x34, bench.Read("TCC0.TEMP"));
        chip.Data.Write(cnt + 1, 0x12);
        Assert.Equal(0x34, chip.Data.Read(cnt));
        Assert.Equal(0x12, bench.Read("TCC0.TEMP"));
        bench.Write("TCC0.CNT", 0x5678); // a write between takes TEMP too: its low byte
        Assert.Equal(0x78, chip.Data.Read(cnt + 1));
    }

    [Fact]
    public void One_TEMP_serves_all_registers_of_a_timer_and_no_other_timer()
    {
        var bench = new Bench();
        bench.Chip.Data.Write(Bench.AddressOf("TCC0.PER"), 0x11);
        bench.Chip.Data.Write(Bench.AddressOf("TCC1.PER"), 0x22);
        bench.Chip.Data.Write(Bench.AddressOf("TCC0.CCA") + 1, 0x33);
        Assert.Equal(0x3311, bench.Read("TCC0.CCA"));
    }

    [Fact]
    public void Set_and_clear_registers_read_the_same_and_CMD_reads_zero()
    {
        var bench = new Bench();
        bench.Write("TCC0.CTRLFSET", 0x03 | 0x04); // DIR, LUPD, CMD = UPDATE
        Assert.Equal(0x03, bench.Read("TCC0.CTRLFSET"));
        Assert.Equal(0x03, bench.Read("TCC0.CTRLFCLR"));
        bench.Write("TCC0.CTRLFCLR", 0x01);
        Assert.Equal(0x02, bench.Read("TCC0.CTRLFSET"));
        bench.Write("TCC0.CTRLGSET", 0x1F);
        bench.Write("TCC0.CTRLGCLR", 0x05);
        Assert.Equal(0x1A, bench.Read("TCC0.CTRLGSET"));
        Assert.Equal(0x1A, bench.Read("TCC0.CTRLGCLR"));
    }

    [Fact]
    public void Peek_has_no_effect()
    {
        var bench = new Bench();
        bench.Write("TCC0.PER", 9).Write("TCC0.CTRLA", 1).Advance(25);
        int cnt = Bench.AddressOf("TCC0.CNT");
        Assert.Equal(5, bench.Chip.Data.Peek(cnt)); // 25 ticks, 10 a period
        Assert.Equal(0, bench.Read("TCC0.TEMP") & 0xF0);
        Assert.Equal(1, bench.Chip.Data.Peek(Bench.AddressOf("TCC0.INTFLAGS")) & 1);
        Assert.Equal(5, bench.Read("TCC0.CNT"));
    }
}
