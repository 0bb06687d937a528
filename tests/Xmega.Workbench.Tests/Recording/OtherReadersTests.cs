using System.Globalization;
using Xmega.Firmware;
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
