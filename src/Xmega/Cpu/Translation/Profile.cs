namespace Xmega.Cpu.Translation;

/// <summary>What running the program has taught the translator about it.</summary>
internal sealed class Profile
{
    private readonly Dictionary<int, SortedSet<int>> _targets = [];
    private readonly Dictionary<int, int> _bails = [];

    /// <summary>Gets the loads and stores by pointer that have turned out to go to I/O often.</summary>
    public HashSet<int> InputOutput { get; } = [];

    /// <summary>Remembers where an indirect jump went.</summary>
    /// <param name="site">The jump.</param>
    /// <param name="target">Where it went.</param>
    public void Jumped(int site, int target)
    {
        if (!_targets.TryGetValue(site, out SortedSet<int>? targets)) _targets.Add(site, targets = []);
        targets.Add(target);
    }

    /// <summary>The targets of an indirect jump seen so far.</summary>
    /// <param name="site">The jump.</param>
    /// <returns>Word addresses.</returns>
    public IEnumerable<int> TargetsOf(int site) => _targets.TryGetValue(site, out SortedSet<int>? targets) ? targets : [];

    /// <summary>What is known of accesses and jumps now, to look at on another thread.</summary>
    /// <returns>A copy.</returns>
    public Profile Copy()
    {
        var copy = new Profile();
        foreach ((int site, SortedSet<int> targets) in _targets) copy._targets.Add(site, [.. targets]);
        copy.InputOutput.UnionWith(InputOutput);
        return copy;
    }

    /// <summary>Counts that a region was left because an access was not to SRAM.</summary>
    /// <param name="site">The load or store.</param>
    /// <returns>True when from now on it is taken for one that goes to I/O.</returns>
    public bool Bailed(int site)
    {
        const int Often = 40;
        int count = _bails.GetValueOrDefault(site) + 1;
        _bails[site] = count;
        return count == Often && InputOutput.Add(site);
    }
}
