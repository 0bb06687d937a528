using System.Globalization;

namespace Xmega.Workbench.Profiling;

/// <summary>Writes a profile as collapsed stacks, a line for each way to a function: <c>main;work;crc 1234</c>, as flame graph programs read it.</summary>
public static class CollapsedStacks
{
    /// <summary>Writes all ways that cost cycles, in a fixed order, and sleep as a stack of its own.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="output">Where to.</param>
    public static void Write(Profile profile, TextWriter output)
    {
        foreach ((IReadOnlyList<CallNode> path, long cycles) in profile.Paths())
            output.Write(string.Create(CultureInfo.InvariantCulture, $"{string.Join(';', path.Select(Label))} {cycles}\n"));
        if (profile.Asleep > 0) output.Write(string.Create(CultureInfo.InvariantCulture, $"[asleep] {profile.Asleep}\n"));
        if (profile.InReset > 0) output.Write(string.Create(CultureInfo.InvariantCulture, $"[reset] {profile.InReset}\n"));
    }

    /// <summary>How a node of the tree is called: interrupts in brackets.</summary>
    internal static string Label(CallNode node) => node.IsInterrupt ? $"[{node.Name}]" : node.Name.Replace(';', ',');
}
