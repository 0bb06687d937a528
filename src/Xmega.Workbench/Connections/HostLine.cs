using System.Diagnostics;

namespace Xmega.Workbench.Connections;

/// <summary>
/// The buffers between a run and a program of the host, and the threads that fill and empty them, so that the two go at
/// their own pace.
/// </summary>
/// <remarks>
/// Nothing is lost or reordered while somebody is there. Output waits in a buffer of <see cref="BufferSize"/> bytes; when
/// that is full the run waits for the reader (in the host's time: no emulated time passes, no result changes), but only
/// as long as the reader takes something every <see cref="Patience"/>: after that it counts as vanished, until it takes
/// something again. Without a reader the buffer keeps the first bytes for the next one, and what does not fit is dropped and
/// counted. Input that the run has not taken yet fills its own buffer, and then the sender waits.
/// </remarks>
public sealed class HostLine : IDisposable
{
    /// <summary>Bytes that wait in each direction at most.</summary>
    public const int BufferSize = 1 << 20;

    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(50);

    private readonly IHostEndpoint _endpoint;
    private readonly ByteQueue _output = new(BufferSize);
    private readonly ByteQueue _input = new(BufferSize);
    private readonly Thread _reader;
    private readonly Thread _writer;
    private volatile bool _closing;
    private long _progress; // bytes that readers have taken
    private long _givenUpAt = -1; // what it was when the run last gave up waiting

    /// <summary>Initializes a new instance of the <see cref="HostLine"/> class.</summary>
    /// <param name="open">Makes the place where the program is met; the line disposes of it.</param>
    public HostLine(Func<IHostEndpoint> open)
    {
        _endpoint = open();
        _reader = new Thread(ReadAll) { IsBackground = true, Name = $"from {Place}" };
        _writer = new Thread(WriteAll) { IsBackground = true, Name = $"to {Place}" };
        _reader.Start();
        _writer.Start();
    }

    /// <summary>Gets how long the run waits for a reader that takes nothing.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets what ends a wait for the reader early.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Gets the place on the host, for people.</summary>
    public string Place => _endpoint.Place;

    /// <summary>Gets the bytes that found no reader and no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Gets how often a reader that took nothing was given up.</summary>
    public int GivenUp { get; private set; }

    /// <summary>Waits until somebody is there.</summary>
    /// <returns>False when <see cref="Cancellation"/> came first.</returns>
    public bool WaitForReader()
    {
        while (!_endpoint.HasReader)
            if (Cancellation.WaitHandle.WaitOne(PollPeriod)) return false;
        return true;
    }

    /// <summary>Gives a byte to the program on the host.</summary>
    /// <param name="value">The byte.</param>
    public void Put(byte value)
    {
        if (!_output.TryPut(value) && !(WaitForRoom() && _output.TryPut(value))) Dropped++;
    }

    /// <summary>Takes what the program on the host has sent, without waiting.</summary>
    /// <param name="buffer">Takes the bytes.</param>
    /// <returns>How many there were.</returns>
    public int Take(Span<byte> buffer) => _input.Take(buffer);

    /// <summary>Waits until everything has been given to the reader, as long as there is one that takes something.</summary>
    public void Flush()
    {
        if (!WaitWhile(() => !_output.IsEmpty)) return;
        var watch = Stopwatch.StartNew();
        while (_endpoint.HasReader && !_endpoint.IsAllRead && watch.Elapsed < Patience && !Cancellation.IsCancellationRequested) Thread.Sleep(PollPeriod / 10);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing = true;
        _output.Close();
        _input.Close();
        _writer.Join();
        _reader.Join();
        _endpoint.Dispose();
    }

    private bool WaitForRoom()
    {
        if (_givenUpAt == Interlocked.Read(ref _progress)) return false;
        if (WaitWhile(() => _output.IsFull)) return true;
        if (!_endpoint.HasReader || Cancellation.IsCancellationRequested) return false;
        GivenUp++;
        _givenUpAt = Interlocked.Read(ref _progress);
        _endpoint.Disconnect();
        return false;
    }

    // False: nobody is there, or the reader took nothing for too long.
    private bool WaitWhile(Func<bool> holds)
    {
        long progress = Interlocked.Read(ref _progress);
        var watch = Stopwatch.StartNew();
        while (holds())
        {
            if (!_endpoint.HasReader || Cancellation.IsCancellationRequested || watch.Elapsed > Patience) return false;
            _output.WaitForRemoval(PollPeriod);
            long now = Interlocked.Read(ref _progress);
            if (now == progress) continue;
            progress = now;
            watch.Restart();
        }

        return true;
    }

    private void ReadAll()
    {
        byte[] buffer = new byte[1 << 14];
        while (!_closing)
        {
            int count = _endpoint.Read(buffer);
            for (ReadOnlySpan<byte> left = buffer.AsSpan(0, count); left.Length > 0 && !_closing;)
            {
                left = left[_input.Put(left)..];
                if (left.Length > 0) _input.WaitForRemoval(PollPeriod);
            }
        }
    }

    private void WriteAll()
    {
        byte[] buffer = new byte[1 << 14];
        while (!_closing)
        {
            int count = _output.Peek(buffer);
            if (count == 0)
            {
                _output.WaitForBytes(PollPeriod);
                continue;
            }

            int taken = _endpoint.Write(buffer.AsSpan(0, count));
            if (taken == 0) continue;
            Interlocked.Add(ref _progress, taken);
            _output.Remove(taken);
        }
    }
}
