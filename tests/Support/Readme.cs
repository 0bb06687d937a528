using System.Runtime.CompilerServices;

namespace Xmega.TestSupport;

/// <summary>Holds parts of README.md to what the code says: each stands between two comments with its name.</summary>
public static class Readme
{
    /// <summary>The repository's top folder.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Asserts that a part of the README is a text; otherwise leaves README.received.md with the part as it should be.</summary>
    public static void Holds(string part, string expected)
    {
        string path = Path.Combine(Repository, "README.md");
        string readme = File.ReadAllText(path).ReplaceLineEndings("\n");
        string begin = $"<!-- {part}: begin -->\n", end = $"<!-- {part}: end -->";
        int start = readme.IndexOf(begin, StringComparison.Ordinal), stop = readme.IndexOf(end, StringComparison.Ordinal);
        if (start < 0 || stop < start) throw new InvalidOperationException($"README.md has no part '{part}'");
        start += begin.Length;
        expected = expected.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (readme[start..stop] == expected) return;
        string received = Path.Combine(Repository, "README.received.md");
        File.WriteAllText(received, readme[..start] + expected + readme[stop..]);
        throw new InvalidOperationException($"the part '{part}' of README.md is not what the code says; {received} is");
    }

    private static string FindRepository([CallerFilePath] string here = "")
    {
        for (string? folder = Path.GetDirectoryName(here); folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Xmega.sln"))) return folder;
        throw new InvalidOperationException("no Xmega.sln above the tests");
    }
}
