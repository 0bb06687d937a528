using Spectre.Console;

namespace Xmega.Cli;

/// <summary>The two ends of the terminal: results on stdout, everything else on stderr; colour only where it can be seen and is wanted.</summary>
internal static class Terminal
{
    // Wide enough that nothing is broken into lines when nobody looks at it on a screen.
    private const int UnlimitedWidth = 240;

    private static readonly Lazy<IAnsiConsole> RichOutput = new(() => Create(Console.Out, Console.IsOutputRedirected));
    private static readonly Lazy<IAnsiConsole> RichError = new(() => Create(Console.Error, Console.IsErrorRedirected));

    /// <summary>Gets stdout for tables and the like.</summary>
    public static IAnsiConsole Output => RichOutput.Value;

    /// <summary>Gets stderr for what is more than a line.</summary>
    public static IAnsiConsole Error => RichError.Value;

    /// <summary>Writes a line of results, with a coloured beginning where colours can be seen.</summary>
    /// <param name="text">The text behind the beginning.</param>
    /// <param name="beginning">The beginning.</param>
    /// <param name="colour">Its colour.</param>
    public static void WriteLine(string text, string beginning = "", string colour = "default") =>
        WriteLine(Console.Out, Console.IsOutputRedirected, RichOutput, text, beginning, colour);

    /// <summary>Writes a line of remarks, with a coloured beginning where colours can be seen.</summary>
    /// <param name="text">The text behind the beginning.</param>
    /// <param name="beginning">The beginning.</param>
    /// <param name="colour">Its colour.</param>
    public static void Remark(string text, string beginning = "", string colour = "default") =>
        WriteLine(Console.Error, Console.IsErrorRedirected, RichError, text, beginning, colour);

    // Loading Spectre.Console takes longer than all of a short run: a line without colours does without it.
    private static void WriteLine(TextWriter writer, bool redirected, Lazy<IAnsiConsole> rich, string text, string beginning, string colour)
    {
        if (redirected || IsColourless) writer.WriteLine(beginning + text);
        else rich.Value.MarkupLine($"[{colour}]{Markup.Escape(beginning)}[/]{Markup.Escape(text)}");
    }

    private static bool IsColourless => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            ColorSystem = redirected || IsColourless ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (redirected) console.Profile.Width = UnlimitedWidth;
        return console;
    }
}
