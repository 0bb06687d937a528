namespace Xmega.Workbench.Connections;

/// <summary>Bytes in the order they came, of a fixed number at most, between one thread that puts and one that takes.</summary>
internal sealed class ByteQueue(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];
    private readonly object _gate = new();
    private int _first;
    private int _count;
    private bool _closed;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public bool IsFull => Volatile.Read(ref _count) == _bytes.Length;

    public bool TryPut(byte value) => Put(new ReadOnlySpan<byte>(in value)) == 1;

    /// <summary>Puts as many bytes as there is room for.</summary>
    /// <returns>How many.</returns>
    public int Put(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            int fitting = Math.Min(bytes.Length, _bytes.Length - _count);
            int at = (_first + _count) % _bytes.Length;
            int untilEnd = Math.Min(fitting, _bytes.Length - at);
            bytes[..untilEnd].CopyTo(_bytes.AsSpan(at));
            bytes[untilEnd..fitting].CopyTo(_bytes);
            bool first = _count == 0;
            _count += fitting;
            if (first) Monitor.PulseAll(_gate);
            return fitting;
        }
    }

    /// <summary>Copies the oldest bytes and leaves them where they are.</summary>
    /// <returns>How many there were, up to the buffer's size.</returns>
    public int Peek(Span<byte> buffer)
    {
        lock (_gate)
        {
            int count = Math.Min(buffer.Length, _count);
            int untilEnd = Math.Min(count, _bytes.Length - _first);
            _bytes.AsSpan(_first, untilEnd).CopyTo(buffer);
            _bytes.AsSpan(0, count - untilEnd).CopyTo(buffer[untilEnd..]);
            return count;
        }
    }

    /// <summary>Removes the oldest bytes.</summary>
    public void Remove(int count)
    {
        lock (_gate)
        {
            _first = (_first + count) % _bytes.Length;
            _count -= count;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Copies the oldest bytes and removes them.</summary>
    /// <returns>How many there were, up to the buffer's size.</returns>
    public int Take(Span<byte> buffer)
    {
        if (IsEmpty) return 0;
        int count = Peek(buffer);
        Remove(count);
        return count;
    }

    /// <summary>Waits for bytes to come.</summary>
    public void WaitForBytes(TimeSpan longest)
    {
        lock (_gate)
        {
            if (_count == 0 && !_closed) Monitor.Wait(_gate, longest);
        }
    }

    /// <summary>Waits for bytes to go.</summary>
    public void WaitForRemoval(TimeSpan longest)
    {
        lock (_gate)
        {
            if (_count > 0 && !_closed) Monitor.Wait(_gate, longest);
        }
    }

    /// <summary>Ends all waiting.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
