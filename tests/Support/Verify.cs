using System.Runtime.CompilerServices;
using System.Text;
using DiffEngine;

namespace Xmega.TestSupport;

/// <summary>
/// Snapshot tests in Verify's words: <c>await Verify(text)</c> compares with <c>Class.Method.verified.txt</c> beside the
/// calling file; a mismatch leaves <c>Class.Method.received.txt</c> and opens the machine's diff tool. Where Verify.Xunit
/// can be restored, the one line in tests/Directory.Build.props that imports this class statically names
/// <c>VerifyXunit.Verifier</c> instead, and no test or snapshot changes.
/// </summary>
public static class Verifier
{
    // DiffEngine keeps quiet on build servers by itself; a shell without a desktop is not one, and must not get vim.
    static Verifier()
    {
        bool headless = OperatingSystem.IsLinux()
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DISPLAY"))
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("WAYLAND_DISPLAY"));
        if (headless || BuildServerDetector.Detected) DiffRunner.Disabled = true;
    }

    /// <summary>Compares a text with the snapshot of the calling test. The class is taken from the name of its file.</summary>
    public static SettingsTask Verify(string target, [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "") =>
        new(target, sourceFile, method);
}

/// <summary>One comparison that is about to be made: names its files, then is awaited.</summary>
public sealed class SettingsTask
{
    private readonly string _target;
    private readonly string _directory;
    private readonly string _type;
    private string _method;
    private string _parameters = "";

    internal SettingsTask(string target, string sourceFile, string method)
    {
        _target = target;
        _directory = Path.GetDirectoryName(sourceFile) ?? "";
        _type = Path.GetFileNameWithoutExtension(sourceFile);
        _method = method;
    }

    /// <summary>Uses another name in the place of the test method's.</summary>
    public SettingsTask UseMethodName(string name)
    {
        _method = name;
        return this;
    }

    /// <summary>Tells the snapshots of a theory's cases apart: <c>Class.Method_text.verified.txt</c>.</summary>
    public SettingsTask UseTextForParameters(string parametersText)
    {
        _parameters = "_" + parametersText;
        return this;
    }

    public TaskAwaiter GetAwaiter() => CompareAsync().GetAwaiter();

    private async Task CompareAsync()
    {
        string stem = Path.Combine(_directory, $"{_type}.{_method}{_parameters}");
        string verified = stem + ".verified.txt", received = stem + ".received.txt";
        string now = FixNewlines(_target);
        string? then = File.Exists(verified) ? FixNewlines(await File.ReadAllTextAsync(verified).ConfigureAwait(false)) : null;
        if (then is not null && Same(now, then))
        {
            File.Delete(received);
            if (!DiffRunner.Disabled) DiffRunner.Kill(received, verified);
            return;
        }

        await File.WriteAllTextAsync(received, now, new UTF8Encoding(false)).ConfigureAwait(false);
        if (!DiffRunner.Disabled) await DiffRunner.LaunchAsync(received, verified).ConfigureAwait(false);
        throw new VerifyException(then is null
            ? $"New: there is no {Path.GetFileName(verified)} yet. If the text is right, rename{Environment.NewLine}  {received}"
            : $"Not equal: {Path.GetFileName(verified)}, {FirstDifference(now, then)}{Environment.NewLine}Received: {received}");
    }

    private static string FixNewlines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    // Editors like to end a file with a newline that the test did not write.
    private static bool Same(string now, string then) => now == then || now + "\n" == then;

    private static string FirstDifference(string now, string then)
    {
        string[] received = now.Split('\n'), verified = then.Split('\n');
        int line = 0;
        while (line < received.Length && line < verified.Length && received[line] == verified[line]) line++;
        return $"line {line + 1}:{Environment.NewLine}  verified: {Line(verified, line)}{Environment.NewLine}  received: {Line(received, line)}";
    }

    private static string Line(string[] lines, int index) => index < lines.Length ? lines[index] : "(end of text)";
}

/// <summary>A text differs from its snapshot, or has none.</summary>
public sealed class VerifyException : Exception
{
    public VerifyException(string message)
        : base(message)
    {
    }
}
