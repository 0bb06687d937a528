using System.Diagnostics;

namespace Xmega.Cli.Tests;

/// <summary>Runs the command as a user does: as a process of its own.</summary>
internal static class Cli
{
    private static readonly string Command = typeof(CommandLineHost).Assembly.Location;

    public static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, "firmware-samples", name, $"{name}.hex");

    /// <summary>Runs it with arguments, no input.</summary>
    public static CliResult Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliResult(process.ExitCode, output.ReplaceLineEndings("\n"), error.GetAwaiter().GetResult().ReplaceLineEndings("\n"));
    }

    /// <summary>Starts it with arguments, no input.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Command);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>A file of its own for one test.</summary>
    public static string TemporaryFile(string content, string extension = ".txt")
    {
        string path = Path.Combine(Path.GetTempPath(), $"xmega-{Guid.NewGuid():N}{extension}");
        File.WriteAllText(path, content);
        return path;
    }
}

/// <summary>What a command came to.</summary>
internal sealed record CliResult(int Status, string Output, string Error);
