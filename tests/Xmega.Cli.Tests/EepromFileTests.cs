using System.Diagnostics;
using Xunit;

namespace Xmega.Cli.Tests;

/// <summary><c>--eeprom</c>, <c>--fuses</c> and memory on the external bus.</summary>
public sealed class EepromFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("xmega-").FullName;

    private string EepromPath => Path.Combine(_directory, "eeprom.bin");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_file_that_was_not_there_is_made_and_nothing_else_is_left_behind()
    {
        CliResult run = Cli.Run("run", Cli.Sample("hello-usart"), "--eeprom", EepromPath);
        Assert.Equal(0, run.Status);
        Assert.Equal(Enumerable.Repeat((byte)0xFF, 2048), File.ReadAllBytes(EepromPath));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public void What_the_file_holds_is_EEPROM_in_the_next_run()
    {
        File.WriteAllBytes(EepromPath, [.. Enumerable.Range(0, 2048).Select(i => (byte)i)]);
        Assert.Equal(0, Cli.Run("run", Cli.Sample("hello-usart"), "--eeprom", EepromPath).Status);
        Assert.Equal(Enumerable.Range(0, 2048).Select(i => (byte)i), File.ReadAllBytes(EepromPath));
    }

    [Fact]
    public void A_run_that_is_killed_leaves_the_file_as_it_was_or_as_it_was_to_be()
    {
        string[] command = ["run", Cli.Sample("eeprom-counter"), "--eeprom", EepromPath];
        Assert.StartsWith("run 1\n", Cli.Run(command).Output, StringComparison.Ordinal);
        byte[] before = File.ReadAllBytes(EepromPath);
        Assert.StartsWith("run 2\n", Cli.Run(command).Output, StringComparison.Ordinal);
        byte[] after = File.ReadAllBytes(EepromPath);
        Assert.NotEqual(before, after);

        // In the middle of the run, and at the first, the second ... change in the directory:
        // while the file beside it is made to see that it can be, while it is written, when it takes the place of the old one.
        Killed(before, after, at: null, [.. command, "--realtime"]);
        foreach (int change in (int[])[1, 3, 4, 5]) Killed(before, after, change, command);

        File.WriteAllBytes(EepromPath, before);
        Assert.StartsWith("run 2\n", Cli.Run(command).Output, StringComparison.Ordinal);
        Assert.Equal(after, File.ReadAllBytes(EepromPath));
    }

    [Fact]
    public void A_file_of_another_size_is_refused_in_one_line_and_stays_as_it_is()
    {
        File.WriteAllText(EepromPath, "no EEPROM");
        CliResult run = Cli.Run("run", Cli.Sample("hello-usart"), "--eeprom", EepromPath);
        Assert.Equal(125, run.Status);
        Assert.Contains("has 9 bytes, EEPROM has 2048", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Equal("no EEPROM", File.ReadAllText(EepromPath));
    }

    [Fact]
    public void A_directory_that_is_not_there_is_said_before_the_run()
    {
        CliResult run = Cli.Run("run", Cli.Sample("hello-usart"), "--eeprom", Path.Combine(_directory, "no", "eeprom.bin"));
        Assert.Equal(125, run.Status);
        Assert.Equal("", run.Output);
        Assert.Contains("cannot be written", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fuse_puts_the_reset_vector_into_the_boot_section()
    {
        CliResult run = Cli.Run("run", Cli.Sample("hello-usart"), "--fuses", "2=0xBF", "--for", "10cycles", "--json");
        Assert.Equal(0, run.Status);
        Assert.Contains("\"pc\":\"0x20", run.Output.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("6=0", "no fuse byte 6")]
    [InlineData("2=0x1FF", "is no byte")]
    [InlineData("BOOTRST", "BYTE=VALUE")]
    [InlineData("2=on", "'on' is not a number")]
    public void A_fuse_that_is_none_is_one_line(string text, string said)
    {
        CliResult run = Cli.Run("run", Cli.Sample("hello-usart"), "--fuses", text);
        Assert.Equal(125, run.Status);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_size_that_no_memory_has_is_one_line()
    {
        CliResult run = Cli.Run("run", Cli.Sample("hello-usart"), "--external-sram", "100KiB");
        Assert.Equal(125, run.Status);
        Assert.Contains("a power of two from 256 to 16MiB", Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    // Kills a run that begins with what the file held before: at a change in the directory, or when it has printed.
    private void Killed(byte[] before, byte[] after, int? at, string[] command)
    {
        File.WriteAllBytes(EepromPath, before);
        using var watcher = new FileSystemWatcher(_directory) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size | NotifyFilters.LastWrite };
        using Process process = Cli.Start(command);
        int changes = 0;
        void Changed(object sender, FileSystemEventArgs e)
        {
            if (++changes == at) process.Kill(); // SIGKILL
        }

        watcher.Created += Changed;
        watcher.Changed += Changed;
        watcher.Deleted += Changed;
        watcher.Renamed += Changed;
        watcher.EnableRaisingEvents = true;
        if (at is null)
        {
            Assert.Equal('r', process.StandardOutput.Read()); // of "run 2"
            process.Kill();
        }

        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        byte[] now = File.ReadAllBytes(EepromPath);
        Assert.True(now.SequenceEqual(before) || now.SequenceEqual(after), $"killed at change {at}: {now.Length} bytes, neither the old ones nor the new ones");
    }
}
