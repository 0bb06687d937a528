namespace Xmega.Cpu.Translation;

/// <summary>
/// What is kept by word address, in order. The framework's ordered collections over integers are in no image that is compiled
/// ahead of time, so that the first translations of a process would wait for theirs.
/// </summary>
/// <typeparam name="T">What is kept.</typeparam>
internal sealed class WordMap<T>
{
    private int[] _words = new int[8];
    private T[] _values = new T[8];

    /// <summary>Gets the number of words.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the words, in order, as long as none is added.</summary>
    public ReadOnlySpan<int> Words => _words.AsSpan(0, Count);

    /// <summary>Gets what is kept, in the order of words, as long as nothing is added.</summary>
    public ReadOnlySpan<T> Values => new(_values, 0, Count);

    /// <summary>Gets what is kept at a word that is there.</summary>
    /// <param name="word">The word.</param>
    /// <exception cref="KeyNotFoundException">It is not there.</exception>
    public T this[int word] => IndexOf(word) is >= 0 and int index ? _values[index] : throw new KeyNotFoundException();

    /// <summary>Whether a word is there.</summary>
    /// <param name="word">The word.</param>
    /// <returns>True if it is.</returns>
    public bool Contains(int word) => IndexOf(word) >= 0;

    /// <summary>Gets what is kept at a word, if it is there.</summary>
    /// <param name="word">The word.</param>
    /// <param name="value">What is kept.</param>
    /// <returns>False when it is not there.</returns>
    public bool TryGet(int word, [global::System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value)
    {
        int index = IndexOf(word);
        value = index >= 0 ? _values[index] : default;
        return index >= 0;
    }

    /// <summary>Keeps something at a word, unless something is.</summary>
    /// <param name="word">The word.</param>
    /// <param name="value">What to keep.</param>
    /// <returns>False when something is kept there.</returns>
    public bool Add(int word, T value)
    {
        int index = IndexOf(word);
        if (index >= 0) return false;
        if (Count == _words.Length)
        {
            Array.Resize(ref _words, 2 * Count);
            Array.Resize(ref _values, 2 * Count);
        }

        index = ~index;
        Array.Copy(_words, index, _words, index + 1, Count - index);
        Array.Copy(_values, index, _values, index + 1, Count - index);
        (_words[index], _values[index]) = (word, value);
        Count++;
        return true;
    }

    /// <summary>Keeps something at a word, whatever is.</summary>
    /// <param name="word">The word.</param>
    /// <param name="value">What to keep.</param>
    public void Put(int word, T value)
    {
        if (!Add(word, value)) _values[IndexOf(word)] = value;
    }

    private int IndexOf(int word) => Array.BinarySearch(_words, 0, Count, word);
}
