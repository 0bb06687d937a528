using System.Globalization;
using System.Text;
using Xmega.Firmware;
using Xmega.TestSupport;
using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Workbench.Tests.Running;

public class LastCharactersTests
{
    // Writes "ok" at 9600 baud and ends at once, with both characters still on their way.
    private static FirmwareImage Program(string end)
    {
        byte[] code = Assembler.Assemble(
            "ldi r16, 12", "sts 0x08A6, r16", "ldi r16, 8", "sts 0x08A4, r16",
            "ldi r16, 111", "sts 0x08A0, r16",
            "wait:", "lds r16, 0x08A1", "sbrs r16, 5", "rjmp wait",
            "ldi r16, 107", "sts 0x08A0, r16", end == "exit" ? "cli" : "nop", "loop:", end == "exit" ? "rjmp loop" : "break");
        var hex = new StringBuilder();
        for (int at = 0; at < code.Length; at += 16)
        {
            byte[] line = [(byte)Math.Min(16, code.Length - at), (byte)(at >> 8), (byte)at, 0, .. code[at..Math.Min(at + 16, code.Length)]];
            hex.Append(CultureInfo.InvariantCulture, $":{Convert.ToHexString(line)}{(byte)-line.Sum(b => b):X2}\n");
        }

        return FirmwareImage.Load(Encoding.ASCII.GetBytes(hex + ":00000001FF\n"), "ok.hex");
    }

    private static RunResult Run(string end, RunOptions options)
    {
        FirmwareImage image = Program(end);
        var chip = new ATxmega128A1();
        chip.Load(image);
        return new FirmwareRun(chip, image, options).Run();
    }

    [Theory]
    [InlineData("exit", StopReason.Exit)]
    [InlineData("break", StopReason.Break)]
    public void What_waits_in_the_transmitter_when_the_firmware_ends_is_still_sent(string end, StopReason stop)
    {
        RunResult run = Run(end, new RunOptions());
        Assert.Equal(stop, run.Stop);
        Assert.Equal("ok", Encoding.ASCII.GetString(run.Usart["USARTC0"]));
        Assert.InRange(run.Cycles, 10, 100); // the firmware's own time
    }

    [Fact]
    public void A_text_that_must_not_come_counts_though_it_comes_last()
    {
        Assert.Equal(1, Run("break", new RunOptions { FailText = ["ok"] }).ExitCode);
        Assert.Empty(Run("break", new RunOptions { ExpectText = ["ok"] }).MissingText);
    }

    [Fact]
    public void A_time_limit_holds_for_the_last_characters_too() =>
        Assert.Equal("o", Encoding.ASCII.GetString(Run("break", new RunOptions { For = new EmulatedTime(1000, true) }).Usart["USARTC0"]));
}
