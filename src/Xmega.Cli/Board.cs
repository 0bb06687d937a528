using Xmega.Workbench.Parts;

namespace Xmega.Cli;

/// <summary>What the command line has put at the pins of a chip.</summary>
/// <param name="Inputs">The senders at its receivers.</param>
/// <param name="Parts">The parts.</param>
internal sealed record Board(UsartInputs Inputs, IReadOnlyList<AttachedPart> Parts);

/// <summary>Values of options that are for the second chip begin with B:, as in <c>--pin B:PORTD.PIN0=1</c>.</summary>
internal static class ChipNames
{
    private const string Second = "B:";

    public static bool IsSecond(string text) => text.StartsWith(Second, StringComparison.OrdinalIgnoreCase);

    public static string Bare(string text) => text[Second.Length..];

    /// <summary>The values that are for one of the chips, without the prefix.</summary>
    public static IEnumerable<string> Of(IEnumerable<string> values, bool second) =>
        second ? values.Where(IsSecond).Select(Bare) : values.Where(v => !IsSecond(v));
}
