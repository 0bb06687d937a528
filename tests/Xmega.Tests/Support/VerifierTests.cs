using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Support;

public sealed class VerifierTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xmega-verify-");

    private string Source => Path.Combine(_folder.FullName, "Waves.cs");

    private string Verified => Path.Combine(_folder.FullName, "Waves.Square.verified.txt");

    private string Received => Path.Combine(_folder.FullName, "Waves.Square.received.txt");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_equal_text_passes_whatever_its_newlines_and_takes_away_a_stale_received_file()
    {
        await File.WriteAllTextAsync(Verified, "high\r\nlow\r\n");
        await File.WriteAllTextAsync(Received, "stale");
        await Verify("high\nlow", Source).UseMethodName("Square");
        Assert.False(File.Exists(Received));
    }

    [Fact]
    public async Task A_different_text_is_kept_as_received_and_the_message_shows_the_first_line_that_differs()
    {
        await File.WriteAllTextAsync(Verified, "high\nlow\nhigh");
        var failure = await Assert.ThrowsAsync<VerifyException>(async () => await Verify("high\nhigh\nhigh", Source).UseMethodName("Square"));
        Assert.Contains("Waves.Square.verified.txt, line 2:", failure.Message);
        Assert.Contains("verified: low", failure.Message);
        Assert.Contains("received: high", failure.Message);
        Assert.Equal("high\nhigh\nhigh", await File.ReadAllTextAsync(Received));
        Assert.Equal("high\nlow\nhigh", await File.ReadAllTextAsync(Verified));
    }

    [Fact]
    public async Task A_text_that_ends_early_differs_at_its_end()
    {
        await File.WriteAllTextAsync(Verified, "high\nlow\nhigh");
        var failure = await Assert.ThrowsAsync<VerifyException>(async () => await Verify("high\nlow", Source).UseMethodName("Square"));
        Assert.Contains("received: (end of text)", failure.Message);
    }

    [Fact]
    public async Task A_new_text_fails_and_waits_as_received()
    {
        var failure = await Assert.ThrowsAsync<VerifyException>(async () => await Verify("high", Source).UseMethodName("Square"));
        Assert.Contains("no Waves.Square.verified.txt yet", failure.Message);
        Assert.Equal("high", await File.ReadAllTextAsync(Received));
        Assert.False(File.Exists(Verified));
    }

    [Fact]
    public async Task Cases_of_a_theory_have_files_of_their_own()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "Waves.Square_2kHz.verified.txt"), "fast");
        await Verify("fast", Source).UseMethodName("Square").UseTextForParameters("2kHz");
    }

    [Fact]
    public async Task Without_settings_the_files_carry_the_names_of_class_and_method() => await Verify("beside the test");
}
