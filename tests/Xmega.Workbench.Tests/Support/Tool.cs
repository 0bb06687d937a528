using System.Diagnostics;
using Xunit;

namespace Xmega.Workbench.Tests.Support;

/// <summary>A program of the machine that some tests ask for a second opinion.</summary>
internal static class Tool
{
    /// <summary>Whether it is installed. On the build server it has to be: there a test must not pass by doing nothing.</summary>
    public static bool IsInstalled(string name)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(d => d.Length > 0 && File.Exists(Path.Combine(d, name)));
        Assert.True(found || Environment.GetEnvironmentVariable("CI") != "true", $"{name} is not installed, and CI is true: see .ci/run");
        return found;
    }

    /// <summary>Runs it to its end, a minute at most; fails unless its status is 0. Gives its stdout.</summary>
    public static string Run(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(name) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(), output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(1)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{name} did not end");
        }

        Assert.True(process.ExitCode == 0, $"{name}: status {process.ExitCode}\n{error.GetAwaiter().GetResult()}");
        return output.GetAwaiter().GetResult();
    }
}

/// <summary>A directory of its own for one test, gone with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("xmega-").FullName;

    public string this[string file] => Path.Combine(_path, file);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
