using Xmega.Memory;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.State;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.SystemControl;

/// <summary>
/// Power reduction (sleep-power.md 4), bit by bit: each module is stopped in the middle of what it does, does not answer,
/// stands still whatever goes on around it, and goes on as if nothing had been.
/// </summary>
public class StoppedModuleTests
{
    // A whole number of cycles of the 1 kHz clock of the RTC and of every prescaler that runs on, so that they are in phase again.
    private const int Stop = 256_000;

    private const int PINS = 0xFF;

    public static TheoryData<string, int, string> Bits() => Bits(extensions: true);

    // The extensions of the timers, which run on, are not among them: DeadTimeTests and HighResolutionTests stop those.
    public static TheoryData<string, int, string> Independent() => Bits(extensions: false);

    private static TheoryData<string, int, string> Bits(bool extensions)
    {
        var data = new TheoryData<string, int, string>();
        foreach ((string name, int bit) in new[] { ("DMA", 0), ("EVSYS", 1), ("RTC", 2), ("EBI", 3), ("AES", 4) }) data.Add("PRGEN", 1 << bit, name);
        foreach (char port in "AB")
            foreach ((string name, int bit) in new[] { ("AC", 0), ("ADC", 1), ("DAC", 2) }) data.Add($"PRP{port}", 1 << bit, name + port);
        foreach (char port in "CDEF")
        {
            foreach ((string name, int bit) in new[] { ("TC?0", 0), ("TC?1", 1), ("SPI?", 3), ("USART?0", 4), ("USART?1", 5), ("TWI?", 6) })
                data.Add($"PRP{port}", 1 << bit, name.Replace('?', port));
            if (!extensions) continue;
            data.Add($"PRP{port}", 1 << 2, $"HIRES{port}");
            if (port is 'C' or 'E') data.Add($"PRP{port}", 1 << 2, $"AWEX{port}");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void It_does_not_answer_and_a_remark_says_so(string register, int bit, string name)
    {
        Bench bench = Busy(name);
        IoModule module = Module(bench, name);
        bench.Write($"PR.{register}", bit);
        byte[] before = StateOf(module);
        int[] offsets = [.. Enumerable.Range(0, module.Registers.Size).Where(n => module.Registers[n] is not null && bench.Chip.Data.Io.OwnerOf(module.BaseAddress + n) == module)];
        foreach (int offset in offsets)
        {
            Assert.Equal(0, bench.Chip.Data.Read(module.BaseAddress + offset));
            bench.Chip.Data.Write(0x34, 0xD8);
            bench.Chip.Data.Write(module.BaseAddress + offset, 0xFF);
        }

        Assert.Equal(before, StateOf(module));
        Diagnostic[] remarks = [.. bench.Chip.Diagnostics.All.Where(d => d.Kind == DiagnosticKind.StoppedModule)];
        Assert.Equal(offsets.Length, remarks.Length);
        Assert.All(remarks, d => Assert.Contains($"{name} is stopped by its power reduction bit", d.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void It_stands_still_whatever_goes_on_around_it(string register, int bit, string name)
    {
        Bench bench = Busy(name);
        IoModule module = Module(bench, name);
        Surround(bench, name);
        bench.Write($"PR.{register}", bit);
        byte[] before = StateOf(module);
        for (int i = 0; i < 64; i++)
        {
            bench.Advance(250);
            foreach (PinDriver driver in _drivers) driver.Drive = PinDrive.Strong((i & 1) != 0);
            if (name != "EVSYS") bench.Write("EVSYS.DATA", i & 1).Write("EVSYS.STROBE", 0xFF);
        }

        Assert.Equal(before, StateOf(module));
    }

    [Theory]
    [MemberData(nameof(Independent))]
    public void It_goes_on_where_it_stood(string register, int bit, string name)
    {
        Bench straight = Busy(name), held = Busy(name);
        held.Write($"PR.{register}", bit).Advance(Stop).Write($"PR.{register}", 0);
        Assert.Equal(Registers(straight, name), Registers(held, name));
        bool worked = false;
        foreach (int cycles in new[] { 1, 5, 20, 77, 300, 1000, 17_000 })
        {
            string before = Registers(straight, name);
            straight.Advance(cycles);
            held.Advance(cycles);
            Assert.Equal(Registers(straight, name), Registers(held, name));
            worked |= Registers(straight, name) != before;
        }

        Assert.True(worked || name.StartsWith("AC", StringComparison.Ordinal), "the module did nothing, and nothing is shown");
    }

    private readonly List<PinDriver> _drivers = [];

    private static IoModule Module(Bench bench, string name) => bench.Chip.Data.Io.Modules.Single(m => m.Name == name);

    private static byte[] StateOf(IoModule module)
    {
        var stream = new StateStream();
        module.State(stream);
        return stream.ToArray();
    }

    // What the registers hold, what can be watched, and for DMA and the event system what they do elsewhere.
    private static string Registers(Bench bench, string name)
    {
        IoModule module = Module(bench, name);
        string registers = Convert.ToHexString([.. Enumerable.Range(0, module.Registers.Size).Select(n => module.Registers[n] is null ? (byte)0 : module.Peek(n))]);
        string signals = string.Join(' ', bench.Chip.Signals.Match($"{name}.*").Where(s => s.Kind != SignalKind.Event).Select(s => s.Value));
        string elsewhere = name switch
        {
            "EVSYS" => $"{Module(bench, "TCC0").Peek(0x20)}",
            "DMA" => Convert.ToHexString(bench.Chip.Data.SramSpan[..0x200]),
            _ => "",
        };
        return $"{registers} {signals} {elsewhere}";
    }

    // Everything around the module moves: pins, timers, events.
    private void Surround(Bench bench, string name)
    {
        foreach (string port in new[] { "PORTA", "PORTB", "PORTC", "PORTD", "PORTE", "PORTF" })
            for (int n = 0; n < 8; n++) _drivers.Add(bench.Chip.FindPin($"{port}.PIN{n}")!.AddDriver("around"));
        foreach (string timer in new[] { "TCC0", "TCD1", "TCE0", "TCF1" })
            if (timer != name && bench.Read($"{timer}.CTRLA") == 0) bench.Write($"{timer}.PER", 99).Write($"{timer}.CTRLA", 1);
    }

    // A chip whose module is in the middle of something.
    private static Bench Busy(string name)
    {
        var bench = new Bench();
        char port = name.Length > 2 ? name[^(char.IsAsciiDigit(name[^1]) ? 2 : 1)] : name[^1];
        if (name == "DMA")
        {
            for (int n = 0; n < 0x100; n++) bench.Chip.Data.SramSpan[n] = (byte)(n ^ 0x5A);
            bench.Write("DMA.CTRL", 0x80).Write("DMA.CH0.ADDRCTRL", 0x11).Write("DMA.CH0.TRFCNT", 0x100)
                .Write("DMA.CH0.SRCADDR1", 0x20).Write("DMA.CH0.DESTADDR1", 0x21).Write("DMA.CH0.CTRLA", 0x93);
        }
        else if (name == "EVSYS")
        {
            bench.Write("EVSYS.CH3MUX", 0x84).Write("TCC0.CTRLA", 8 + 3).Advance(5); // TCC0 counts every 16th cycle; none is on its way
        }
        else if (name == "RTC")
        {
            bench.Write("CLK.RTCCTRL", 1).Write("RTC.PER", 2).Write("RTC.CTRL", 1).Advance(8000);
        }
        else if (name == "EBI")
        {
            bench.Write("EBI.INITDLY", 900).Write("EBI.CTRL", 1).Write("EBI.CS3.CTRLA", 0x3F);
        }
        else if (name == "AES")
        {
            bench.Write("AES.CTRL", 0x80);
        }
        else if (name.StartsWith("AC", StringComparison.Ordinal))
        {
            bench.Write($"{name}.CTRLB", 31).Write($"{name}.AC0MUXCTRL", 7).Write($"{name}.AC0CTRL", 0x09);
        }
        else if (name.StartsWith("ADC", StringComparison.Ordinal))
        {
            bench.Write($"{name}.REFCTRL", 0x10).Write($"{name}.CH0.CTRL", 1).Write($"{name}.PRESCALER", 3).Write($"{name}.CTRLA", 0x05);
            bench.Advance(1000).Write($"{name}.INTFLAGS", 1).Write($"{name}.CTRLA", 0x05);
        }
        else if (name.StartsWith("DAC", StringComparison.Ordinal))
        {
            bench.Write($"{name}.CTRLC", 0x08).Write($"{name}.TIMCTRL", 0x7F).Write($"{name}.CTRLA", 0x05).Write($"{name}.CH0DATA", 5).Write($"{name}.CH0DATA", 6);
        }
        else if (name.StartsWith("TC", StringComparison.Ordinal))
        {
            bench.Write($"{name}.PER", 99).Write($"{name}.CCA", 50).Write($"{name}.CTRLA", 2);
        }
        else if (name.StartsWith("SPI", StringComparison.Ordinal))
        {
            bench.Write($"PORT{port}.DIR", 0xB0).Write($"{name}.CTRL", 0x51).Write($"{name}.DATA", 0x96);
        }
        else if (name.StartsWith("USART", StringComparison.Ordinal))
        {
            bench.Write($"PORT{port}.OUT", 0x88).Write($"PORT{port}.DIR", 0x88).Write($"{name}.BAUDCTRLA", 3).Write($"{name}.CTRLB", 0x08).Write($"{name}.DATA", 0x96).Write($"{name}.DATA", 0x5A);
        }
        else if (name.StartsWith("TWI", StringComparison.Ordinal))
        {
            bench.Write($"PORT{port}.PIN0CTRL", 0x18).Write($"PORT{port}.PIN1CTRL", 0x18).Advance(10);
            bench.Write($"{name}.MASTER.BAUD", 5).Write($"{name}.MASTER.CTRLA", 0x08).Write($"{name}.MASTER.STATUS", 1).Write($"{name}.MASTER.ADDR", 0x42);
        }
        else
        {
            bench.Write($"PORT{port}.DIR", 0xFF).Write($"TC{port}0.PER", 99).Write($"TC{port}0.CCA", 50).Write($"TC{port}0.CTRLB", 3).Write($"TC{port}0.CTRLA", 1);
            if (name.StartsWith("HIRES", StringComparison.Ordinal)) bench.Write($"{name}.CTRLA", 1);
            else bench.Write($"{name}.DTBOTH", 90).Write($"{name}.FDEMASK", 1).Write($"{name}.FDCTRL", 1).Write($"{name}.OUTOVEN", PINS).Write($"{name}.CTRL", 1).Advance(43);
        }

        return bench.Advance(17);
    }
}
