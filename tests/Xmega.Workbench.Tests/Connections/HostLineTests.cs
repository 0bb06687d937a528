using System.Net;
using System.Net.Sockets;
using Xmega.Firmware;
using Xmega.Workbench.Connections;
using Xmega.Workbench.Running;
using Xmega.Workbench.Serial;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Connections;

/// <summary>Between a run and a program of the host nothing is lost or reordered, and no program can stop or end a run.</summary>
public class HostLineTests
{
    [Fact]
    public void A_reader_gets_everything_in_order_in_chunks_of_any_size()
    {
        byte[] sent = Noise(300_000);
        using var line = new HostLine(() => new TcpEndpoint(0));
        using Socket reader = Connect(line);
        foreach (byte b in sent) line.Put(b);
        Assert.Equal(sent, Receive(reader, sent.Length));
        Assert.Equal((0, 0), (line.Dropped, line.GivenUp));
    }

    [Fact]
    public async Task A_full_buffer_waits_for_a_slow_reader()
    {
        // More than the buffers of line and host together hold.
        byte[] sent = Noise((8 * HostLine.BufferSize) + 1);
        using var line = new HostLine(() => new TcpEndpoint(0));
        using Socket reader = Connect(line);
        Task<byte[]> received = Task.Run(() => Receive(reader, sent.Length));
        foreach (byte b in sent) line.Put(b);
        Assert.Equal(sent, await received);
        Assert.Equal(0, line.Dropped);
    }

    [Fact]
    public void A_reader_that_takes_nothing_is_given_up_once()
    {
        using var line = new HostLine(() => new TcpEndpoint(0)) { Patience = TimeSpan.FromMilliseconds(50) };
        using Socket reader = Connect(line);
        while (line.GivenUp == 0) line.Put(1);
        for (int i = 0; i < HostLine.BufferSize; i++) line.Put(2);
        Assert.Equal(1, line.GivenUp);
        Assert.True(line.Dropped > 0);
    }

    [Fact]
    public void Output_waits_for_the_first_reader_and_what_has_no_room_is_dropped()
    {
        using var line = new HostLine(() => new TcpEndpoint(0));
        for (int i = 0; i < HostLine.BufferSize + 5; i++) line.Put((byte)(i >> 8));
        Assert.Equal(5, line.Dropped);
        using Socket reader = Connect(line);
        byte[] received = Receive(reader, HostLine.BufferSize);
        for (int i = 0; i < received.Length; i++)
            if (received[i] != (byte)(i >> 8)) Assert.Fail($"byte {i} is {received[i]}");
    }

    [Fact]
    public void Another_program_may_come_after_one_that_vanished()
    {
        using var line = new HostLine(() => new TcpEndpoint(0));
        Connect(line).Dispose();
        using Socket second = Connect(line);
        second.Send("hello"u8);
        var taken = new List<byte>();
        byte[] buffer = new byte[16];
        Wait(() =>
        {
            taken.AddRange(buffer[..line.Take(buffer)]);
            return taken.Count == 5;
        });
        Assert.Equal("hello"u8.ToArray(), taken);
        foreach (byte b in "world"u8) line.Put(b);
        Assert.Equal("world"u8.ToArray(), Receive(second, 5));
    }

    [Fact]
    public void Who_has_sent_everything_still_gets_the_answer()
    {
        using var line = new HostLine(() => new TcpEndpoint(0));
        using Socket peer = Connect(line);
        peer.Send("done"u8);
        peer.Shutdown(SocketShutdown.Send);
        byte[] buffer = new byte[16];
        Wait(() => line.Take(buffer) > 0);
        foreach (byte b in "answer"u8) line.Put(b);
        line.Flush();
        Assert.Equal("answer"u8.ToArray(), Receive(peer, 6));
    }

    [Fact]
    public void A_pseudo_terminal_carries_bytes_as_they_are()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var line = new HostLine(() => new PseudoTerminal());
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        foreach (byte b in all) line.Put(b);
        using var terminal = new FileStream(line.Place["pty ".Length..], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        byte[] received = new byte[256];
        terminal.ReadExactly(received);
        Assert.Equal(all, received);

        terminal.Write(all);
        var taken = new List<byte>();
        Wait(() =>
        {
            byte[] buffer = new byte[300];
            taken.AddRange(buffer[..line.Take(buffer)]);
            return taken.Count == 256;
        });
        Assert.Equal(all, taken);
        line.Flush();
    }

    [Fact]
    public void Nobody_at_a_pseudo_terminal_does_not_stop_the_run()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var line = new HostLine(() => new PseudoTerminal());
        for (int i = 0; i < HostLine.BufferSize + 1000; i++) line.Put(1);
        line.Flush();
        Assert.Equal(1000, line.Dropped);
    }

    /// <summary>
    /// Bytes go into a USART over TCP in chunks of odd sizes, through the emulated line into firmware, and back, while the
    /// reader stalls at random: all come back, in order. XMEGA_SOAK_MIB=100 makes it the long one (nightly).
    /// </summary>
    [Fact]
    public async Task A_soak_loses_and_reorders_nothing()
    {
        int amount = int.TryParse(Environment.GetEnvironmentVariable("XMEGA_SOAK_MIB"), out int mib) ? mib << 20 : 100_003;
        FirmwareImage image = Programs.Sample("usart-interrupt");
        ATxmega128A1 chip = Programs.Chip(image);
        using var end = new CancellationTokenSource();
        using var line = new HostLine(() => new TcpEndpoint(0)) { Cancellation = end.Token };
        _ = new UsartPump(chip, line, new SerialTransmitter(chip, chip.FindUsart("USARTC0")!));
        using Socket socket = Connect(line);
        Task send = Task.Run(() => SendInOddChunks(socket, amount));
        Task<long> receive = Task.Run(() =>
        {
            long wrong = CountWrong(socket, amount);
            end.Cancel();
            return wrong;
        });
        var run = new FirmwareRun(chip, image, new RunOptions { Timeout = EmulatedTime.FromSeconds(3600), UsartByte = (_, value) => line.Put(value), Cancellation = end.Token }).Run();
        Assert.Equal(StopReason.Cancelled, run.Stop);
        await send;
        Assert.Equal(0, await receive);
        Assert.Equal(0, line.Dropped);
        Assert.Empty(run.Diagnostics);
    }

    private static void SendInOddChunks(Socket socket, int amount)
    {
        var random = new Random(1);
        byte[] data = Noise(amount);
        for (int at = 0; at < amount;)
        {
            int chunk = Math.Min((2 * random.Next(1, 5000)) + 1, amount - at);
            for (int sent = 0; sent < chunk;) sent += socket.Send(data.AsSpan(at + sent, chunk - sent));
            at += chunk;
        }
    }

    private static long CountWrong(Socket socket, int amount)
    {
        var stalls = new Random(2);
        var expected = new Random(3);
        byte[] got = new byte[20_011], want = new byte[20_011];
        long wrong = 0, stall = 0;
        for (int at = 0; at < amount;)
        {
            if (at >= stall)
            {
                Thread.Sleep(stalls.Next(100));
                stall = at + stalls.Next(100_000);
            }

            int count = socket.Receive(got, 0, stalls.Next(1, got.Length), SocketFlags.None);
            if (count == 0) return -1;
            expected.NextBytes(want.AsSpan(0, count));
            if (!got.AsSpan(0, count).SequenceEqual(want.AsSpan(0, count))) wrong++;
            at += count;
        }

        return wrong;
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    private static Socket Connect(HostLine line)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, int.Parse(line.Place.Split(':')[1], global::System.Globalization.CultureInfo.InvariantCulture));
        return socket;
    }

    private static byte[] Receive(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;)
        {
            int got = socket.Receive(bytes.AsSpan(at));
            if (got == 0) break;
            at += got;
        }

        return bytes;
    }

    private static void Wait(Func<bool> done)
    {
        while (!done()) Thread.Sleep(1);
    }
}
