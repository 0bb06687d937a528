using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>C programs built by avr-gcc at three optimisation levels say the same as the same source built for the host.</summary>
public class ConformanceTests
{
    public static TheoryData<string, string> Builds()
    {
        var builds = new TheoryData<string, string>();
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Programs"), "*.expected.txt").Order(StringComparer.Ordinal))
        {
            foreach (string level in new[] { "O0", "O2", "Os" })
                builds.Add(Path.GetFileName(file).Replace(".expected.txt", "", StringComparison.Ordinal), level);
        }

        return builds;
    }

    [Theory]
    [MemberData(nameof(Builds))]
    public void A_program_prints_what_it_prints_on_the_host(string program, string level)
    {
        string expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Programs", $"{program}.expected.txt"));
        RunResult run = FirmwareRunner.Run(FirmwareRunner.Load(Path.Combine("Programs", $"{program}.{level}.hex")), new RunOptions { Timeout = EmulatedTime.FromSeconds(120) });
        Assert.Equal(expected.ReplaceLineEndings("\n"), FirmwareRunner.Text(run).ReplaceLineEndings("\n"));
        Assert.Equal(StopReason.Exit, run.Stop);
        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Diagnostics);
    }
}
