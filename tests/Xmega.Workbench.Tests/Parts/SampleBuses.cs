using System.Globalization;
using System.Text;
using Xmega.Firmware;
using Xmega.Ports;
using Xmega.Workbench.Parts;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>Samples talk to parts and to each other, and decoders that others wrote read the same from the waveforms.</summary>
public class SampleBuses
{
    [Fact]
    public void The_spi_flash_sample_programs_its_text()
    {
        const string Written = "written through a shift register, bit by bit";
        (RunResult run, byte[] waveform, AttachedPart part) = Run("spi-flash", "25q80:SPIC");
        Assert.Equal(Written, Encoding.ASCII.GetString(((SpiFlash)part.Part).Content.Span.Slice(0x0100F0, Written.Length)));
        if (Decode(waveform, "spi:clk=PIN7:mosi=PIN5:miso=PIN6:cs=PIN4", "spi=mosi-data") is not { } sent) return;
        byte[] mosi = Bytes(sent), miso = Bytes(Decode(waveform, "spi:clk=PIN7:mosi=PIN5:miso=PIN6:cs=PIN4", "spi=miso-data")!);
        Assert.Equal([0x9F, 0xFF, 0xFF, 0xFF, 0x06, 0x20, 0x01, 0x00, 0xF0, 0x05], mosi[..10]);
        byte[] first = [0x02, 0x01, 0x00, 0xF0, .. Encoding.ASCII.GetBytes(Written[..16])], second = [0x02, 0x01, 0x01, 0x00, .. Encoding.ASCII.GetBytes(Written[16..]), 0];
        Assert.True(mosi.AsSpan().IndexOf(first) > 0);
        Assert.True(mosi.AsSpan().IndexOf(second) > 0);
        Assert.True(miso.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Written)) > 0);
        Assert.Contains("read back: " + Written, Text(run), StringComparison.Ordinal);
        Assert.Contains("Page program", Decode(waveform, "spi:clk=PIN7:mosi=PIN5:miso=PIN6:cs=PIN4,spiflash", "spiflash")!, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_i2c_eeprom_sample_writes_wraps_and_polls()
    {
        (RunResult run, byte[] waveform, AttachedPart part) = Run("i2c-eeprom", "24c256:TWIC");
        Assert.Equal("pingo, eeprom"u8.ToArray(), ((TwoWireEeprom)part.Part).Content.Span.Slice(0x100, 13).ToArray());
        Assert.Contains("it was writing: answered at poll", Text(run), StringComparison.Ordinal);
        if (Decode(waveform, "i2c:sda=PIN0:scl=PIN1", "i2c=data-write") is not { } sent) return;
        byte[] written = Bytes(sent);
        Assert.Equal([1, 0, .. "hello, eeprom"u8, 1, 0, 1, 0x3C, .. "wrapping"u8, 1, 0x3C, 1, 0], written);
        Assert.Equal("hello, eepromwrappingo, eeprom"u8.ToArray(), Bytes(Decode(waveform, "i2c:sda=PIN0:scl=PIN1", "i2c=data-read")!));
    }

    /// <summary>Two masters on one bus, in two chips: arbitration, clock stretching, and nothing lost.</summary>
    [Fact]
    public void The_two_chips_sample_arbitrates_and_loses_nothing()
    {
        FirmwareImage image = Programs.Sample("two-chips");
        ATxmega128A1 one = Programs.Chip(image), two = Programs.Chip(image);
        var world = new World(one);
        world.Add(two);
        for (int pin = 0; pin < 2; pin++) world.Wire(one.FindPin($"PORTC.PIN{pin}")!, two.FindPin($"PORTC.PIN{pin}")!);
        one.FindPin("PORTD.PIN0")!.AddDriver("role").Drive = PinDrive.Strong(false);
        two.FindPin("PORTD.PIN0")!.AddDriver("role").Drive = PinDrive.Strong(true);
        var stream = new MemoryStream();
        RunResult run;
        using (new VcdRecorder(one, one.Signals.Match("PORTC.PIN?"), stream)) run = new FirmwareRun(one, image, new RunOptions { World = world }).Run();
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Matches("chip 1: 8 messages sent, 8 received, [1-9][0-9]* arbitrations lost, 0 refused, 0 wrong bytes", Text(run));
        Assert.Empty(one.Diagnostics.All);
        Assert.Empty(two.Diagnostics.All);
        if (Decode(stream.ToArray(), "i2c:sda=PIN0:scl=PIN1", "i2c=data-write") is not { } sent) return;
        byte[][] messages = [.. Bytes(sent).Chunk(4)];
        Assert.Equal(16, messages.Length);
        foreach (int sender in new[] { 1, 2 })
            Assert.All(Enumerable.Range(0, 8), m => Assert.Contains(messages, got => got.SequenceEqual(Enumerable.Range(0, 4).Select(p => (byte)((sender << 6) ^ (m * 37) ^ (p * 11))))));
    }

    private static (RunResult Run, byte[] Waveform, AttachedPart Part) Run(string sample, string part)
    {
        FirmwareImage image = Programs.Sample(sample);
        ATxmega128A1 chip = Programs.Chip(image);
        AttachedPart attached = PartCatalogue.Attach(chip, part);
        var stream = new MemoryStream();
        RunResult run;
        using (new VcdRecorder(chip, chip.Signals.Match("PORTC.PIN?"), stream)) run = new FirmwareRun(chip, image, new RunOptions()).Run();
        Assert.Equal((StopReason.Exit, 0), (run.Stop, run.ExitCode));
        Assert.Empty(run.Diagnostics);
        return (run, stream.ToArray(), attached);
    }

    // What a decoder of sigrok makes of a waveform; null where it is not installed.
    private static string? Decode(byte[] waveform, string decoders, string annotation)
    {
        if (!Tool.IsInstalled("sigrok-cli")) return null;
        using var files = new TemporaryDirectory();
        File.WriteAllBytes(files["bus.vcd"], waveform);
        // At 100 ns instead of the file's 1 ns sigrok is a hundred times as fast.
        return Tool.Run("sigrok-cli", "-I", "vcd:downsample=100", "-i", files["bus.vcd"], "-P", decoders, "-A", annotation);
    }

    private static byte[] Bytes(string annotations) =>
        [.. annotations.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => byte.Parse(l[(l.LastIndexOf(' ') + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private static string Text(RunResult run) => Encoding.ASCII.GetString(run.Usart["USARTC0"]);
}
