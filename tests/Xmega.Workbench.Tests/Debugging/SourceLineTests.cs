using System.Globalization;
using Xmega.Firmware;
using Xmega.TestSupport;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Debugging;

/// <summary>Source lines of firmware as avr-gcc builds it, against what binutils says of every address.</summary>
public class SourceLineTests
{
    private static readonly string Samples = Path.Combine(Readme.Repository, "firmware-samples");

    public static TheoryData<string, string> Builds
    {
        get
        {
            var builds = new TheoryData<string, string>();
            foreach (string sample in Directory.GetDirectories(Samples).Select(Path.GetFileName).OfType<string>().Where(n => File.Exists(Source(n))).Order(StringComparer.Ordinal)) builds.Add(sample, "-gdwarf-4");
            foreach (string sample in new[] { "hello-usart", "nested-interrupts", "dhrystone-like" })
            {
                builds.Add(sample, "-g");
                builds.Add(sample, "-gstabs");
                builds.Add(sample, "-gdwarf-2");
                builds.Add(sample, "-gdwarf-3");
                builds.Add(sample, "-gdwarf-5");
            }

            return builds;
        }
    }

    [Theory]
    [MemberData(nameof(Builds))]
    public void Every_address_comes_from_the_line_that_addr2line_names(string sample, string debug)
    {
        if (!Tool.IsInstalled("avr-gcc") || !Tool.IsInstalled("avr-addr2line")) return;
        using var files = new TemporaryDirectory();
        Tool.Run("avr-gcc", "-mmcu=atxmega128a1", "-Os", "-std=gnu11", debug, "-o", files["fw.elf"], Source(sample));
        FirmwareImage image = FirmwareImage.Load(File.ReadAllBytes(files["fw.elf"]), "fw.elf");
        uint end = image.SegmentsOf(MemoryKind.Flash).Max(s => s.Address + (uint)s.Bytes.Length);
        uint[] addresses = [.. Enumerable.Range(0, (int)end / 2).Select(w => 2 * (uint)w)];
        File.WriteAllLines(files["addresses"], addresses.Select(a => a.ToString("x", CultureInfo.InvariantCulture)));
        string[] expected = Tool.Run("avr-addr2line", "-e", files["fw.elf"], "@" + files["addresses"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Null(image.Lines.Problem);
        Assert.NotEmpty(image.Lines.Ranges);

        // Where stabs end, addr2line goes on with the last line through the libraries behind; here code without lines has none.
        uint last = debug is "-g" or "-gstabs" ? image.Lines.Ranges[^1].End : end;
        Assert.Equal(
            addresses.Zip(expected).Where(p => p.First < last).Select(p => $"0x{p.First:X} {Known(p.Second)}"),
            addresses.Where(a => a < last).Select(a => $"0x{a:X} {(image.Lines.Find(a) is { } l ? $"{l.File}:{l.Line}" : "?")}"));
    }

    [Fact]
    public void Damaged_lines_cost_the_lines_and_not_the_firmware()
    {
        if (!Tool.IsInstalled("avr-gcc")) return;
        using var files = new TemporaryDirectory();
        Tool.Run("avr-gcc", "-mmcu=atxmega128a1", "-Os", "-std=gnu11", "-gdwarf-4", "-o", files["fw.elf"], Source("hello-usart"));
        byte[] file = File.ReadAllBytes(files["fw.elf"]);
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. file];
            for (int i = 0; i < 20; i++) damaged[random.Next(0xA00, damaged.Length - 0x3000)] = (byte)random.Next(256);
            FirmwareImage image;
            try
            {
                image = FirmwareImage.Load(damaged, "fw.elf");
            }
            catch (FirmwareFormatException)
            {
                continue;
            }

            if (image.Lines.Problem is { } problem) Assert.DoesNotContain('\n', problem);
            uint previous = 0;
            foreach (LineRange range in image.Lines.Ranges)
            {
                Assert.True(range.Start >= previous && range.End > range.Start);
                previous = range.End;
            }
        }
    }

    private static string Source(string sample) => Path.Combine(Samples, sample, sample + ".c");

    // addr2line adds what it knows of basic blocks: "main.c:12 (discriminator 2)".
    private static string Known(string line)
    {
        int end = line.IndexOf(" (", StringComparison.Ordinal);
        string place = end < 0 ? line : line[..end];
        return place.EndsWith(":?", StringComparison.Ordinal) || place.EndsWith(":0", StringComparison.Ordinal) ? "?" : place;
    }
}
