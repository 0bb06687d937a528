using Xmega.Memory;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;
using static Xmega.Tests.Timers.AwexBench;

namespace Xmega.Tests.Timers;

/// <summary>The registers of AWeX and Hi-Res against the register map, the lock of the AWeX, and its state.</summary>
public class WaveformExtensionRegisterTests
{
    public static TheoryData<string> Modules => new("AWEXC", "AWEXE", "HIRESC", "HIRESD", "HIRESE", "HIRESF");

    private static IEnumerable<NamedRegister> RegistersOf(string module) =>
        RegisterMap.ATxmega128A1.Registers.Where(r => r.Name.StartsWith(module + ".", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Modules))]
    public void Every_register_of_the_map_exists_with_its_fields_as_mask_and_resets_to_zero(string name)
    {
        var bench = new Bench();
        IoModule module = bench.Chip.Data.Io.Modules.Single(m => m.Name == name);
        var offsets = new HashSet<int>();
        foreach (NamedRegister register in RegistersOf(name))
        {
            int offset = register.Address - module.BaseAddress;
            offsets.Add(offset);
            int mask = register.Fields.Count == 0 ? 0xFF : register.Fields.Aggregate(0, (m, f) => m | f.Mask);
            Assert.Equal((register.Name, mask), (register.Name, module.Registers[offset]?.Mask ?? 0));
            Assert.Equal(0, bench.Read(register.Name));
        }

        for (int offset = 0; offset < module.Registers.Size; offset++)
            Assert.Equal(offsets.Contains(offset), module.Registers[offset] is not null);
    }

    [Fact]
    public void What_is_written_is_read_back_and_a_reset_clears_it()
    {
        var bench = new Bench();
        string[] plain = ["CTRL", "FDEMASK", "FDCTRL", "DTLS", "DTHS", "DTLSBUF", "DTHSBUF", "OUTOVEN"];
        foreach (string register in plain) bench.Write($"AWEXC.{register}", 0xFF);
        Assert.Equal([0x3F, 0xFF, 0x17, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], plain.Select(r => bench.Read($"AWEXC.{r}")));
        Assert.Equal(3, bench.Read("AWEXC.STATUS"));
        bench.Chip.Reset(ResetSource.Software);
        Assert.All(RegistersOf("AWEXC"), r => Assert.Equal(0, bench.Read(r.Name)));
    }

    [Fact]
    public void DTBOTH_writes_both_dead_times_and_DTBOTHBUF_both_buffers()
    {
        Bench bench = new Bench().Write("AWEXC.DTBOTH", 0x12).Write("AWEXC.DTBOTHBUF", 0x34);
        Assert.Equal((0x12, 0x12), (bench.Read("AWEXC.DTLS"), bench.Read("AWEXC.DTHS")));
        Assert.Equal((0x34, 0x34, 3), (bench.Read("AWEXC.DTLSBUF"), bench.Read("AWEXC.DTHSBUF"), bench.Read("AWEXC.STATUS")));
    }

    [Theory]
    [InlineData(0x01, "AWEXC", "AWEXE")]
    [InlineData(0x04, "AWEXE", "AWEXC")]
    public void A_lock_makes_all_registers_of_one_extension_read_only(int bit, string locked, string open)
    {
        Bench bench = new Bench().Write($"{locked}.DTBOTHBUF", 0x21).WriteProtected("MCU.AWEXLOCK", bit);
        foreach (NamedRegister register in RegistersOf(locked))
        {
            int before = bench.Read(register.Name);
            bench.Write(register.Name, ~before & 0xFF);
            Assert.Equal((register.Name, before), (register.Name, bench.Read(register.Name)));
            Assert.Contains(bench.Chip.Diagnostics.All, d => d.Kind == DiagnosticKind.ProtectedWrite && d.Message.Contains(register.Name + " ", StringComparison.Ordinal));
        }

        Assert.Equal(0x0F, bench.Write($"{open}.CTRL", 0x0F).Read($"{open}.CTRL"));
        bench.Chip.Reset(ResetSource.Software);
        Assert.Equal(0x0F, bench.Write($"{locked}.CTRL", 0x0F).Read($"{locked}.CTRL"));
    }

    // Dead times under way, buffers waiting, in fault with a level that lasts, and pins in both states.
    [Theory]
    [InlineData(30, CLEAROE)]
    [InlineData(43, CLEARDIR)]
    [InlineData(55, CLEAROE | CycleByCycle)]
    [InlineData(63, CLEARDIR | CycleByCycle)]
    [InlineData(101, CLEAROE | CycleByCycle)]
    public void State_goes_out_and_back_in_any_cycle(int cycle, int fdctrl)
    {
        (Bench straight, PinDriver fault) = Begin();
        straight.AdvanceTo(25).Write("AWEXC.DTLSBUF", 6).AdvanceTo(Math.Min(cycle, 45));
        if (cycle > 45) fault.Drive = PinDrive.Strong(true);
        straight.AdvanceTo(cycle);
        var resumed = new Bench();
        PinDriver again = resumed.Chip.FindPin("PORTD.PIN0")!.AddDriver(fault.Name);
        resumed.Chip.Restore(straight.Chip.Save());

        string from = Follow(straight, fault), to = Follow(resumed, again);
        Assert.Equal(from, to);
        Assert.NotEqual("", from);

        (Bench, PinDriver) Begin()
        {
            Bench bench = Start(0x0F, dtls: 4, dths: 5);
            return (bench, bench.ProtectFromPin(fdctrl));
        }

        static string Follow(Bench bench, PinDriver fault)
        {
            int seen = bench.Trace.Count;
            if (seen == 0) bench.Watch("PORTC.PIN?");
            bench.Advance(17);
            fault.Drive = PinDrive.Strong(false);
            bench.Advance(40).Write("AWEXC.STATUS", FDF).Advance(40);
            return string.Join(' ', bench.Trace.Skip(seen).Select(t => $"{t.Cycle}:{t.Signal[^1]}={t.Value}"));
        }
    }
}
