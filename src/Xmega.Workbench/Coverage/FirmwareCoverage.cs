using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Workbench.Profiling;

namespace Xmega.Workbench.Coverage;

/// <summary>A conditional branch or skip in the code of a line.</summary>
/// <param name="Address">Its flash byte address.</param>
/// <param name="Taken">How often it jumped or skipped.</param>
/// <param name="NotTaken">How often it went on behind itself.</param>
public readonly record struct BranchCoverage(int Address, long Taken, long NotTaken);

/// <summary>What a run executed of one source line.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Hits">How often its most executed instruction ran.</param>
/// <param name="Instructions">Instructions that the line was compiled to.</param>
/// <param name="Executed">How many of them ran.</param>
/// <param name="Branches">Its conditional branches and skips, by address.</param>
public sealed record LineCoverage(int Line, long Hits, int Instructions, int Executed, IReadOnlyList<BranchCoverage> Branches);

/// <summary>What a run executed of one function.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Line">The line it begins at.</param>
/// <param name="Calls">How often its first instruction ran.</param>
public sealed record FunctionCoverage(string Name, int Line, long Calls);

/// <summary>What a run executed of one source file.</summary>
/// <param name="File">The file, as the compiler named it.</param>
/// <param name="Lines">The lines that code was made of, in rising order.</param>
/// <param name="Functions">The functions that begin in the file, by line.</param>
public sealed record FileCoverage(string File, IReadOnlyList<LineCoverage> Lines, IReadOnlyList<FunctionCoverage> Functions);

/// <summary>Instruction and branch coverage of a run, by source line. Code that the compiler made of several lines counts for the one that its debug information names.</summary>
public sealed class FirmwareCoverage
{
    private FirmwareCoverage(IReadOnlyList<FileCoverage> files) => Files = files;

    /// <summary>Gets the files, by name.</summary>
    public IReadOnlyList<FileCoverage> Files { get; }

    /// <summary>Takes the coverage out of a profile.</summary>
    /// <param name="profile">The profile of a firmware that has source lines.</param>
    /// <returns>The coverage; no files without lines.</returns>
    public static FirmwareCoverage Of(Profile profile)
    {
        var lines = new SortedDictionary<(string File, int Line), List<int>>(Comparer<(string File, int Line)>.Create(static (a, b) =>
            string.CompareOrdinal(a.File, b.File) is var file && file != 0 ? file : a.Line.CompareTo(b.Line)));
        foreach (LineRange range in profile.Image.Lines.Ranges)
        {
            if (!lines.TryGetValue((range.Source.File, range.Source.Line), out List<int>? words)) lines.Add((range.Source.File, range.Source.Line), words = []);
            for (int word = (int)range.Start / 2; word < range.End / 2;)
            {
                words.Add(word);
                word += InstructionDecoder.IsTwoWords(profile.Flash[word]) ? 2 : 1;
            }
        }

        ILookup<string, FunctionCoverage> functions = profile.Image.Symbols
            .Where(s => s.Space == SymbolSpace.Code && s.Kind == SymbolKind.Function)
            .DistinctBy(s => s.Address)
            .Select(s => (Symbol: s, Source: profile.Image.Lines.Find(s.Address)))
            .Where(s => s.Source is not null)
            .ToLookup(s => s.Source!.Value.File, s => new FunctionCoverage(s.Symbol.Name, s.Source!.Value.Line, profile.ExecutionsByWord[(int)s.Symbol.Address / 2]));
        return new FirmwareCoverage([.. lines.GroupBy(l => l.Key.File).Select(file => new FileCoverage(
            file.Key,
            [.. file.Select(line => Line(profile, line.Key.Line, line.Value))],
            [.. functions[file.Key].OrderBy(f => f.Line).ThenBy(f => f.Name, StringComparer.Ordinal)]))]);
    }

    private static LineCoverage Line(Profile profile, int line, List<int> words)
    {
        var branches = new List<BranchCoverage>();
        foreach (int word in words)
        {
            if (InstructionDecoder.Find(profile.Flash[word])?.Op is (>= Op.Brcs and <= Op.Brid) or Op.Cpse or Op.Sbrc or Op.Sbrs or Op.Sbic or Op.Sbis)
                branches.Add(new BranchCoverage(2 * word, profile.TakenByWord[word], profile.ExecutionsByWord[word] - profile.TakenByWord[word]));
        }

        return new LineCoverage(line, words.Max(w => profile.ExecutionsByWord[w]), words.Count, words.Count(w => profile.ExecutionsByWord[w] > 0), branches);
    }
}
