using System.CommandLine;

namespace Xmega.Cli;

/// <summary>What goes wrong outside the emulated chip: one line on stderr, exit status 125.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Invokes the command line so that every failure ends in one clear line, never in a stack trace.</summary>
internal static class CommandLineHost
{
    /// <summary>Bad arguments, unreadable firmware.</summary>
    public const int UsageStatus = 125;

    public static int Invoke(RootCommand root, string[] args)
    {
        try
        {
            ParseResult result = root.Parse(args);
            if (result.Errors.Count > 0)
            {
                string help = result.CommandResult.Command is RootCommand ? "xmega --help" : $"xmega {result.CommandResult.Command.Name} --help";

                // What was typed and not understood says more than what is missing because of it.
                var error = result.Errors.FirstOrDefault(e => result.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal))) ?? result.Errors[0];
                throw new UsageException($"{error.Message.TrimEnd('.')} (see '{help}')");
            }

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

    public static bool IsBrokenPipe(Exception e) => e is IOException && (e.HResult == 32 || e.Message.Contains("Broken pipe", StringComparison.Ordinal));

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"xmega: {message.ReplaceLineEndings(" ")}");
        return UsageStatus;
    }
}
