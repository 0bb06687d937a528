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
}
