using System.Globalization;
using Xmega.Firmware;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.TestSupport;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Recording;

/// <summary>The programs that waveforms are made for read them.</summary>
public class OtherReadersTests
{
    private static readonly (RunResult Run, byte[] Waveform) Hello = RecordHello();

    [Fact]
    public void The_serial_decoder_of_sigrok_reads_what_the_firmware_sent()
    {
        if (!Tool.IsInstalled("sigrok-cli")) return;
        using var files = new TemporaryDirectory();
        File.WriteAllBytes(files["hello.vcd"], Hello.Waveform);

        // Samples of 1 µs, 104 a bit: at the file's 1 ns sigrok would expand the run to 150 million.
        string text = Tool.Run("sigrok-cli", "-I", "vcd:downsample=1000", "-i", files["hello.vcd"], "-P", "uart:rx=PORTC.PIN3:baudrate=9615", "-A", "uart=rx-data");
        byte[] read = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => byte.Parse(l[(l.LastIndexOf(' ') + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        Assert.Equal(Hello.Run.Usart["USARTC0"], read);
    }

    [Theory]
    [InlineData(0, 0, 0, "msb-first")]
    [InlineData(1, 0, 1, "msb-first")]
    [InlineData(2, 1, 0, "msb-first")]
    [InlineData(3, 1, 1, "lsb-first")]
    public void The_SPI_decoder_of_sigrok_reads_what_master_and_slave_exchanged(int mode, int polarity, int phase, string order)
    {
        if (!Tool.IsInstalled("sigrok-cli")) return;
        // SPIC sends what SPID is given to answer with, one behind: SPID sends back what it received.
        byte[] bytes = [0x00, 0xFF, 0xA5, 0x3C, 0x01, 0x80, 0x5A];
        string control = $"0x{(mode << 2) | (order == "lsb-first" ? 0x20 : 0) | 1:X2}";
        List<string> program =
        [
            "ldi r16, 0x10", "sts 0x0644, r16", "ldi r16, 0xB0", "sts 0x0640, r16", "ldi r16, 0x40", "sts 0x0660, r16",
            $"ldi r16, {control}", "ori r16, 0x40", "sts 0x09C0, r16", "ori r16, 0x10", "sts 0x08C0, r16", "ldi r16, 0x10", "sts 0x0646, r16",
        ];
        foreach (byte value in bytes) program.AddRange([$"ldi r16, 0x{value:X2}", "sts 0x08C3, r16", "ldi r17, 60", "dec r17", "brne .-4"]);
        program.AddRange(["ldi r16, 0x10", "sts 0x0645, r16", "nop", "nop", "break"]);
        ATxmega128A1 chip = AssemblyProgram.Chip([.. program]);
        for (int pin = 4; pin < 8; pin++) chip.FindPin($"PORTC.PIN{pin}")!.Join(chip.FindPin($"PORTD.PIN{pin}")!);
        string options = $"spi:clk=PIN7:mosi=PIN5:miso=PIN6:cs=PIN4:cpol={polarity}:cpha={phase}:bitorder={order}";
        using var files = new TemporaryDirectory();
        Record(chip, files["bus.vcd"]);
        Assert.Equal(bytes, Decode(files["bus.vcd"], options, "spi=mosi-data"));
        Assert.Equal([.. bytes.Prepend((byte)0).SkipLast(1)], Decode(files["bus.vcd"], options, "spi=miso-data"));
    }

    [Fact]
    public void The_SPI_decoder_of_sigrok_reads_what_a_USART_sent_as_SPI_master()
    {
        if (!Tool.IsInstalled("sigrok-cli")) return;
        ATxmega128A1 chip = AssemblyProgram.Chip(
            "ldi r16, 0x0A", "sts 0x0640, r16", "ldi r16, 0xC2", "sts 0x08A5, r16", "ldi r16, 3", "sts 0x08A6, r16", "ldi r16, 0x18", "sts 0x08A4, r16",
            "ldi r18, 0x39", "next:", "sts 0x08A0, r18", "ldi r17, 40", "dec r17", "brne .-4", "add r18, r18", "brne next", "break");
        chip.FindPin("PORTC.PIN3")!.Join(chip.FindPin("PORTC.PIN2")!);
        string options = "spi:clk=PIN1:mosi=PIN3:cpol=0:cpha=1";
        using var files = new TemporaryDirectory();
        Record(chip, files["bus.vcd"]);
        Assert.Equal([0x39, 0x72, 0xE4, 0xC8, 0x90, 0x20, 0x40, 0x80], Decode(files["bus.vcd"], options, "spi=mosi-data"));
    }

    [Fact]
    public void The_I2C_decoder_of_sigrok_reads_what_master_and_slave_exchanged()
    {
        if (!Tool.IsInstalled("sigrok-cli")) return;
        // TWIC writes 0x35, 0xCA to TWID, whose smart mode acknowledges by reading DATA; then reads one byte by a repeated START.
        const string Master = "lds r17, 0x0484", Slave = "lds r17, 0x049A";
        string[] awaitMaster = [Master, "andi r17, 0xC0", "breq .-8"], awaitSlave = [Slave, "andi r17, 0xC0", "breq .-8"];
        string[] respond = ["ldi r16, 3", "sts 0x0499, r16"];
        ATxmega128A1 chip = AssemblyProgram.Chip(
        [
            "ldi r16, 0xA0", "sts 0x049B, r16", "ldi r16, 0x08", "sts 0x0498, r16", "ldi r16, 5", "sts 0x0485, r16", "ldi r16, 0x08", "sts 0x0481, r16", "ldi r16, 1", "sts 0x0484, r16",
            "ldi r16, 0xA0", "sts 0x0486, r16", .. awaitSlave, .. respond, .. awaitMaster,
            "ldi r16, 0x35", "sts 0x0487, r16", .. awaitSlave, .. respond, .. awaitMaster,
            "ldi r16, 0xCA", "sts 0x0487, r16", .. awaitSlave, "ldi r16, 7", "sts 0x0499, r16", .. awaitMaster, // refused
            "ldi r16, 0xA1", "sts 0x0486, r16", .. awaitSlave, .. respond, .. awaitSlave,
            "ldi r16, 0x96", "sts 0x049C, r16", .. respond, .. awaitMaster, "lds r18, 0x0487", "ldi r16, 7", "sts 0x0483, r16", .. awaitSlave, "ldi r16, 2", "sts 0x0499, r16",
            "ldi r17, 60", "dec r17", "brne .-4", "break",
        ]);
        for (int pin = 0; pin < 2; pin++)
        {
            chip.FindPin($"PORTC.PIN{pin}")!.Join(chip.FindPin($"PORTD.PIN{pin}")!);
            chip.FindPin($"PORTC.PIN{pin}")!.AddDriver("pull-up").Drive = PinDrive.Pull(true);
        }

        using var files = new TemporaryDirectory();
        Record(chip, files["bus.vcd"]);
        string text = Tool.Run("sigrok-cli", "-I", "vcd", "-i", files["bus.vcd"], "-P", "i2c:scl=PIN1:sda=PIN0:address_format=unshifted", "-A", "i2c=addr-data");
        string[] read = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l[(l.IndexOf(": ", StringComparison.Ordinal) + 2)..]).Where(l => l is not ("Read" or "Write"))];
        Assert.Equal(
            [
                "Start", "Address write: A0", "ACK", "Data write: 35", "ACK", "Data write: CA", "NACK",
                "Start repeat", "Address read: A1", "ACK", "Data read: 96", "NACK", "Stop",
            ],
            read);
        Assert.Equal(0x96, chip.Register(18));
    }

    [Fact]
    public void GTKWave_converts_the_whole_recording()
    {
        if (!Tool.IsInstalled("vcd2fst") || !Tool.IsInstalled("fst2vcd")) return;
        using var files = new TemporaryDirectory();
        File.WriteAllBytes(files["hello.vcd"], Hello.Waveform);
        Tool.Run("vcd2fst", files["hello.vcd"], files["hello.fst"]);
        Tool.Run("fst2vcd", "-f", files["hello.fst"], "-o", files["back.vcd"]);
        Assert.Equal(Edges(files["hello.vcd"]), Edges(files["back.vcd"]));
    }

    private static void Record(ATxmega128A1 chip, string path)
    {
        using FileStream stream = File.Create(path);
        using (new VcdRecorder(chip, chip.Signals.Match("PORTC.PIN?"), stream)) AssemblyProgram.Run(chip);
    }

    private static byte[] Decode(string path, string decoder, string annotation)
    {
        string text = Tool.Run("sigrok-cli", "-I", "vcd", "-i", path, "-P", decoder, "-A", annotation);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => byte.Parse(l[(l.LastIndexOf(' ') + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
    }

    [Fact]
    public void Other_readers_read_every_kind_of_signal()
    {
        if (!Tool.IsInstalled("sigrok-cli") || !Tool.IsInstalled("vcd2fst") || !Tool.IsInstalled("fst2vcd")) return;
        using var files = new TemporaryDirectory();
        FirmwareImage image = Programs.Fixture("profiled.elf");
        ATxmega128A1 chip = Programs.Chip(image);
        Signal[] signals = [.. chip.Signals.All, .. new[] { "VAR.ticks", "VAR.result", "TCC0.CTRLA", "TCC0.CTRLA.CLKSEL", "CPU.PC", "CPU.FUNCTION" }.Select(n => SignalNames.Find(chip, image, n)!)];
        Assert.Equal(Enum.GetValues<SignalKind>().Order(), signals.Select(s => s.Kind).Distinct().Order());
        using (FileStream stream = File.Create(files["all.vcd"]))
        using (new VcdRecorder(chip, signals, stream)) new FirmwareRun(chip, image, new RunOptions()).Run();
        string[] written = File.ReadAllLines(files["all.vcd"]);
        Assert.Contains(written, l => l.EndsWith(" ticks $end", StringComparison.Ordinal));

        Tool.Run("vcd2fst", files["all.vcd"], files["all.fst"]);
        Tool.Run("fst2vcd", "-f", files["all.fst"], "-o", files["back.vcd"]);
        string[] read = File.ReadAllLines(files["back.vcd"]);
        Assert.Equal(Declared(written), Declared(read));
        Assert.Equal(Changes(written, "VAR", "ticks"), Changes(read, "VAR", "ticks"));
        Assert.Equal(["b0", "b1", "b10", "b11"], Changes(written, "VAR", "ticks"));

        // sigrok takes the wires and leaves the rest out.
        string shown = Tool.Run("sigrok-cli", "-I", "vcd:downsample=1000", "-i", files["all.vcd"], "--show");
        Assert.Contains($"Channels: {written.Count(l => l.StartsWith("$var wire 1 ", StringComparison.Ordinal))}\n", shown, StringComparison.Ordinal);
        Assert.Contains("- TCC0_OVF.REQUEST: logic", shown, StringComparison.Ordinal);
    }

    private static string[] Declared(string[] vcd)
    {
        var scopes = new Stack<string>();
        var names = new List<string>();
        foreach (string[] words in vcd.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 1))
        {
            if (words[0] == "$scope") scopes.Push(words[2]);
            else if (words[0] == "$upscope") scopes.Pop();
            else if (words[0] == "$var") names.Add($"{string.Join('.', scopes)}.{words[4]}");
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }

    // The values of a bus, leading zeros left out: converters write as many bits as it has.
    private static string[] Changes(string[] vcd, string scope, string name)
    {
        int at = Array.FindIndex(vcd, l => l.StartsWith($"$scope module {scope} ", StringComparison.Ordinal));
        string code = vcd[Array.FindIndex(vcd, at, l => l.StartsWith("$var", StringComparison.Ordinal) && l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4] == name)].Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return [.. vcd.Where(l => l.StartsWith('b') && l.EndsWith(" " + code, StringComparison.Ordinal)).Select(l => "b" + l[1..l.IndexOf(' ')].TrimStart('0').PadLeft(1, '0'))];
    }

    private static string[] Edges(string path) =>
        [.. File.ReadAllText(path).Split("$end\n#")[^1].Split('\n').Where(l => l.Length > 1 && l[0] is '0' or '1')];

    private static (RunResult Run, byte[] Waveform) RecordHello()
    {
        FirmwareImage image = Programs.Sample("hello-usart");
        ATxmega128A1 chip = Programs.Chip(image);
        var stream = new MemoryStream();
        RunResult run;
        using (new VcdRecorder(chip, chip.Signals.Match("PORTC.PIN3"), stream)) run = new FirmwareRun(chip, image, new RunOptions()).Run();
        return (run, stream.ToArray());
    }
}
