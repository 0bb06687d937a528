using System.Text;

namespace Xmega.Workbench.Running;

/// <summary>Looks for texts in a stream of bytes as it comes.</summary>
internal sealed class TextWatch
{
    private readonly List<Wanted> _missing;
    private readonly int _longest;

    public TextWatch(IEnumerable<string> texts)
    {
        _missing = [.. texts.Select(t => new Wanted(t, Encoding.UTF8.GetBytes(t)))];
        _longest = _missing.Count == 0 ? 0 : _missing.Max(t => t.Bytes.Length);
    }

    /// <summary>Gets the texts that have not come yet.</summary>
    public IEnumerable<string> Missing => _missing.Select(t => t.Text);

    /// <summary>Looks at a stream that has just grown by one byte.</summary>
    /// <param name="stream">All bytes so far.</param>
    /// <returns>Whether one of the texts ends with this byte.</returns>
    public bool Grew(List<byte> stream)
    {
        if (_longest == 0) return false;
        ReadOnlySpan<byte> tail = global::System.Runtime.InteropServices.CollectionsMarshal.AsSpan(stream)[Math.Max(0, stream.Count - _longest)..];
        bool found = false;
        for (int i = _missing.Count - 1; i >= 0; i--)
        {
            if (!tail.EndsWith(_missing[i].Bytes)) continue;
            _missing.RemoveAt(i);
            found = true;
        }

        return found;
    }

    private sealed record Wanted(string Text, byte[] Bytes);
}
