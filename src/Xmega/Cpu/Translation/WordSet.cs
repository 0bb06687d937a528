namespace Xmega.Cpu.Translation;

/// <summary>Word addresses, each once, in order: see <see cref="WordMap{T}"/> for why they are not in a set of the framework's.</summary>
internal sealed class WordSet
{
    private int[] _words = new int[4];

    /// <summary>Gets the number of words.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the words, in order, as long as none is added or removed.</summary>
    public ReadOnlySpan<int> Words => _words.AsSpan(0, Count);

    /// <summary>Whether a word is there.</summary>
    /// <param name="word">The word.</param>
    /// <returns>True if it is.</returns>
    public bool Contains(int word) => IndexOf(word) >= 0;

    /// <summary>Adds a word.</summary>
    /// <param name="word">The word.</param>
    /// <returns>False when it is there already.</returns>
    public bool Add(int word)
    {
        int index = IndexOf(word);
        if (index >= 0) return false;
        if (Count == _words.Length) Array.Resize(ref _words, 2 * Count);
        index = ~index;
        Array.Copy(_words, index, _words, index + 1, Count - index);
        _words[index] = word;
        Count++;
        return true;
    }

    /// <summary>Adds words.</summary>
    /// <param name="words">The words.</param>
    public void Add(ReadOnlySpan<int> words)
    {
        foreach (int word in words) Add(word);
    }

    /// <summary>Takes a word out.</summary>
    /// <param name="word">A word that is there.</param>
    public void Remove(int word)
    {
        int index = IndexOf(word);
        Count--;
        Array.Copy(_words, index + 1, _words, index, Count - index);
    }

    /// <summary>Takes all words out.</summary>
    public void Clear() => Count = 0;

    private int IndexOf(int word) => Array.BinarySearch(_words, 0, Count, word);
}
