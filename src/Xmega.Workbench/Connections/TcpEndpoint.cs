using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Xmega.Workbench.Connections;

/// <summary>A TCP port of this machine, reachable from this machine only; one program at a time, and another after it.</summary>
public sealed class TcpEndpoint : IHostEndpoint
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromMilliseconds(500);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock _gate = new();
    private Socket? _peer;
    private bool _peerSends; // it has not said yet that nothing more will come

    /// <summary>Initializes a new instance of the <see cref="TcpEndpoint"/> class, which listens at once.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <exception cref="SocketException">The port is taken or not allowed.</exception>
    public TcpEndpoint(int port)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(1);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    /// <summary>Gets the port it listens at.</summary>
    public int Port { get; }

    /// <inheritdoc/>
    public string Place => $"tcp 127.0.0.1:{Port}";

    /// <inheritdoc/>
    public bool HasReader => _peer is not null;

    /// <summary>Gets a value indicating whether everything has arrived: the host sees to that by itself.</summary>
    public bool IsAllRead => true;

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        // One that sends no more still reads: it stays until another one comes or it goes.
        Socket? peer = _peer;
        if (peer is null || !_peerSends)
        {
            if (!CanRead(_listener)) return 0;
            peer = Accept();
        }

        if (peer is null || !CanRead(peer)) return 0;
        try
        {
            int count = peer.Receive(buffer);
            if (count == 0) _peerSends = false;
            return count;
        }
        catch (Exception e) when (IsGone(e))
        {
            Forget(peer);
            return 0;
        }
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        Socket? peer = _peer;
        try
        {
            if (peer is not null) return peer.Poll(PollPeriod, SelectMode.SelectWrite) ? peer.Send(bytes) : 0;
        }
        catch (Exception e) when (IsGone(e))
        {
            if (e is not SocketException { SocketErrorCode: SocketError.WouldBlock }) Forget(peer!);
            return 0;
        }

        Thread.Sleep(PollPeriod);
        return 0;
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        if (_peer is { } peer) Forget(peer);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_peer is { } peer) SayGoodbye(peer);
        _peer?.Dispose();
        _listener.Dispose();
    }

    // A socket that is closed with bytes unread is reset, and what is still on the way to the peer is lost.
    private static void SayGoodbye(Socket peer)
    {
        try
        {
            peer.Shutdown(SocketShutdown.Send);
            var watch = Stopwatch.StartNew();
            byte[] unread = new byte[1 << 14];
            while (watch.Elapsed < LongestGoodbye)
                if (CanRead(peer) && peer.Receive(unread) == 0) return;
        }
        catch (Exception e) when (IsGone(e))
        {
            // It has gone first.
        }
    }

    private static bool IsGone(Exception e) => e is SocketException or ObjectDisposedException;

    private static bool CanRead(Socket socket)
    {
        try
        {
            return socket.Poll(PollPeriod, SelectMode.SelectRead);
        }
        catch (Exception e) when (IsGone(e))
        {
            return false;
        }
    }

    private Socket? Accept()
    {
        Socket peer;
        try
        {
            peer = _listener.Accept();
            peer.NoDelay = true;
            peer.Blocking = false;
        }
        catch (Exception e) when (IsGone(e))
        {
            return null;
        }

        Disconnect();
        lock (_gate)
        {
            _peerSends = true;
            return _peer = peer;
        }
    }

    private void Forget(Socket peer)
    {
        lock (_gate)
        {
            if (_peer == peer) _peer = null;
        }

        peer.Dispose();
    }
}
