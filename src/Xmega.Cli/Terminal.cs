using Spectre.Console;

namespace Xmega.Cli;

/// <summary>The two ends of the terminal: results on stdout, everything else on stderr; colour only where it can be seen and is wanted.</summary>
internal static class Terminal
{
    // Wide enough that nothing is broken into lines when nobody looks at it on a screen.
    private const int UnlimitedWidth = 240;

    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        bool plain = redirected || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (redirected) console.Profile.Width = UnlimitedWidth;
        return console;
    }
}
