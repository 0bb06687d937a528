namespace Xmega.Cpu.Translation;

/// <summary>What running the program has taught the translator about it.</summary>
internal sealed class Profile
{
    private readonly WordMap<WordSet> _targets = new();

    /// <summary>Gets the loads and stores by pointer that have turned out to go to I/O often.</summary>
    public WordSet InputOutput { get; } = new();

    /// <summary>Remembers where an indirect jump went.</summary>
    /// <param name="site">The jump.</param>
    /// <param name="target">Where it went.</param>
    public void Jumped(int site, int target)
    {
        WordSet.At(_targets, site).Add(target);
    }

    /// <summary>The targets of an indirect jump seen so far.</summary>
    /// <param name="site">The jump.</param>
    /// <returns>Word addresses.</returns>
    public WordSet TargetsOf(int site) => _targets.TryGet(site, out WordSet? targets) ? targets : new WordSet();

    /// <summary>What is known of accesses and jumps now, to look at on another thread.</summary>
    /// <returns>A copy.</returns>
    public Profile Copy()
    {
        var copy = new Profile();
        foreach (int site in _targets.Words) WordSet.At(copy._targets, site).Add(_targets[site].Words);
        copy.InputOutput.Add(InputOutput.Words);
        return copy;
    }
}
