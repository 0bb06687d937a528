using System.CommandLine;

namespace Xmega.Cli;

/// <summary>What goes wrong outside the emulated chip: one line on stderr, exit status 125.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Invokes the command line so that every failure ends in one clear line, never in a stack trace.</summary>
internal static class CommandLineHost
{
    /// <summary>Bad arguments, unreadable firmware.</summary>
    public const int UsageStatus = 125;

    public static int Invoke(OrderedDictionary<string, Func<Command>> commands, string[] args)
    {
        try
        {
            ParseResult result = Parse(commands, args);
            if (result.Errors.Count > 0)
            {
                string help = result.CommandResult.Command is RootCommand ? "xmega --help" : $"xmega {result.CommandResult.Command.Name} --help";
                throw new UsageException($"{Telling(result).TrimEnd('.')} (see '{help}')");
            }

            // --help and --version forgive what stands before them; whoever mistyped a command would read another's help.
            if (result.UnmatchedTokens.Count > 0) throw new UsageException($"Unrecognized command or argument '{result.UnmatchedTokens[0]}' (see 'xmega --help')");
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException e)
        {
            return Fail(e.Message);
        }
        catch (Firmware.FirmwareFormatException e)
        {
            return Fail(e.Message);
        }
        catch (Exception e) when (e is FormatException or NotSupportedException)
        {
            return Fail(e.Message);
        }
        catch (Workbench.Stimulus.StimulusFormatException e)
        {
            return Fail(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A reader that closed the pipe has seen what it wanted.
            return IsBrokenPipe(e) ? 0 : Fail(e.Message);
        }
    }

    // A file of arguments, which nobody has read yet, may.
    private static bool MayAskForHelp(string arg) => arg is "--help" or "-h" or "/h" or "-?" or "/?" || arg.StartsWith('@');

    // The root with its help takes longer to make than a short run takes: it is made for who asks for help or must be helped.
    private static ParseResult Parse(OrderedDictionary<string, Func<Command>> commands, string[] args)
    {
        if (args.Length > 0 && commands.TryGetValue(args[0], out Func<Command>? create) && !Array.Exists(args, MayAskForHelp))
        {
            ParseResult result = create().Parse(args);
            if (result.Errors.Count == 0 && result.UnmatchedTokens.Count == 0) return result;
        }

        var root = new RootCommand("Runs, inspects and measures firmware for the ATxmega128A1, exact to the cycle.");
        foreach (Func<Command> each in commands.Values) root.Add(each());
        return root.Parse(args);
    }

    public static bool IsBrokenPipe(Exception e) => e is IOException && (e.HResult == 32 || e.Message.Contains("Broken pipe", StringComparison.Ordinal));

    // The message that names the word nobody knows: a mistyped command is also a command that is missing.
    private static string Telling(ParseResult result)
    {
        string? word = result.UnmatchedTokens.Count > 0 ? $"'{result.UnmatchedTokens[0]}'" : null;
        return (result.Errors.FirstOrDefault(e => word is not null && e.Message.Contains(word, StringComparison.Ordinal)) ?? result.Errors[0]).Message;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"xmega: {message.ReplaceLineEndings(" ")}");
        return UsageStatus;
    }
}
