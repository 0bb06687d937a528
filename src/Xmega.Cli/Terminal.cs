using Spectre.Console;

namespace Xmega.Cli;

/// <summary>The two ends of the terminal: results on stdout, everything else on stderr; colour only where it can be seen and is wanted.</summary>
internal static class Terminal
{
    // Wide enough that nothing is broken into lines when nobody looks at it on a screen.
    private const int UnlimitedWidth = 240;

    /// <summary>Gets stdout for tables and the like.</summary>
    public static IAnsiConsole Output => Rich.Output.Value;

    /// <summary>Gets stderr for what is more than a line.</summary>
    public static IAnsiConsole Error => Rich.Error.Value;

    /// <summary>Writes a line of results, with a coloured beginning where colours can be seen.</summary>
    /// <param name="text">The text behind the beginning.</param>
    /// <param name="beginning">The beginning.</param>
    /// <param name="colour">Its colour.</param>
    public static void WriteLine(string text, string beginning = "", string colour = "default") =>
        WriteLine(Console.Out, Console.IsOutputRedirected, text, beginning, colour);

    /// <summary>Writes a line of remarks, with a coloured beginning where colours can be seen.</summary>
    /// <param name="text">The text behind the beginning.</param>
    /// <param name="beginning">The beginning.</param>
    /// <param name="colour">Its colour.</param>
    public static void Remark(string text, string beginning = "", string colour = "default") =>
        WriteLine(Console.Error, Console.IsErrorRedirected, text, beginning, colour);

    /// <summary>Erases the line on stderr that the cursor is in.</summary>
    public static void EraseLine() => Error.Write(new ControlCode("\r\u001b[K"));

    // Loading Spectre.Console takes longer than all of a short run: a line without colours does without it.
    private static void WriteLine(TextWriter writer, bool redirected, string text, string beginning, string colour)
    {
        if (redirected || IsColourless) writer.WriteLine(beginning + text);
        else Rich.WriteLine(writer, text, beginning, colour);
    }

    private static bool IsColourless => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    // All that needs Spectre.Console, which is loaded with the first use of this.
    private static class Rich
    {
        public static readonly Lazy<IAnsiConsole> Output = new(() => Create(Console.Out, Console.IsOutputRedirected));
        public static readonly Lazy<IAnsiConsole> Error = new(() => Create(Console.Error, Console.IsErrorRedirected));

        public static void WriteLine(TextWriter writer, string text, string beginning, string colour) =>
            (writer == Console.Out ? Output : Error).Value.MarkupLine($"[{colour}]{Markup.Escape(beginning)}[/]{Markup.Escape(text)}");

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
}
