namespace Xmega.Cpu.Translation;

/// <summary>Word addresses, each once, in order.</summary>
internal sealed class WordSet
{
    private readonly WordMap<bool> _words = new();

    /// <summary>Gets the number of words.</summary>
    public int Count => _words.Count;

    /// <summary>Gets the words, in order, as long as none is added.</summary>
    public ReadOnlySpan<int> Words => _words.Words;

    /// <summary>The set that is kept at a word, a new one if none is.</summary>
    /// <param name="sets">Sets.</param>
    /// <param name="word">The word.</param>
    /// <returns>The set.</returns>
    public static WordSet At(WordMap<WordSet> sets, int word)
    {
        if (!sets.TryGet(word, out WordSet? set)) sets.Add(word, set = new WordSet());
        return set;
    }

    /// <summary>Whether a word is there.</summary>
    /// <param name="word">The word.</param>
    /// <returns>True if it is.</returns>
    public bool Contains(int word) => _words.Contains(word);

    /// <summary>Adds a word.</summary>
    /// <param name="word">The word.</param>
    /// <returns>False when it is there already.</returns>
    public bool Add(int word) => _words.Add(word, true);

    /// <summary>Adds words.</summary>
    /// <param name="words">The words.</param>
    public void Add(ReadOnlySpan<int> words)
    {
        foreach (int word in words) Add(word);
    }
}
