using System.Runtime.InteropServices;

namespace Xmega.Workbench.Connections;

/// <summary>
/// A pseudo terminal: a device that terminal programs open as they open a serial port. In raw mode, so that bytes pass as
/// they are; one program at a time, and another after it. Linux only.
/// </summary>
public sealed class PseudoTerminal : IHostEndpoint
{
    private const int PollMilliseconds = 50;

    private readonly int _master;
    private readonly byte[] _slaveName = new byte[128];

    /// <summary>Initializes a new instance of the <see cref="PseudoTerminal"/> class.</summary>
    /// <exception cref="PlatformNotSupportedException">The host is not Linux.</exception>
    /// <exception cref="IOException">The host gives no pseudo terminal.</exception>
    public PseudoTerminal()
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("pseudo terminals are available on Linux only: use tcp:0");
        _master = Native.OpenPseudoTerminal(Native.ReadWrite | Native.NoControllingTerminal | Native.NonBlocking | Native.CloseOnExec);
        if (_master < 0 || Native.Grant(_master) != 0 || Native.Unlock(_master) != 0 || Native.SlaveName(_master, _slaveName, _slaveName.Length) != 0) throw Failed("the host gives no pseudo terminal");
        Device = global::System.Text.Encoding.UTF8.GetString(_slaveName.AsSpan(0, Array.IndexOf(_slaveName, (byte)0)));

        // Opened and closed once: from then on the master says whether anybody has the other side open.
        int slave = OpenSlave();
        byte[] settings = new byte[Native.SettingsSize];
        if (slave < 0 || Native.GetSettings(slave, settings) != 0) throw Failed($"{Device} cannot be opened");
        Native.MakeRaw(settings);
        if (Native.SetSettings(slave, 0, settings) != 0) throw Failed($"{Device} cannot be set up");
        _ = Native.Close(slave);
    }

    /// <summary>Gets the device that a terminal program opens.</summary>
    public string Device { get; }

    /// <inheritdoc/>
    public string Place => $"pty {Device}";

    /// <inheritdoc/>
    public bool HasReader => !Poll(Native.Events.Write, 0).HasFlag(Native.Events.HangUp);

    /// <inheritdoc/>
    public bool IsAllRead
    {
        get
        {
            int slave = OpenSlave(), unread = 0;
            if (slave < 0) return true;
            _ = Native.Control(slave, Native.CountUnread, ref unread);
            _ = Native.Close(slave);
            return unread == 0;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer) =>
        Await(Native.Events.Read) ? Count(Native.Read(_master, ref MemoryMarshal.GetReference(buffer), buffer.Length)) : 0;

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> bytes) =>
        HasReader && Await(Native.Events.Write) ? Count(Native.Write(_master, in MemoryMarshal.GetReference(bytes), bytes.Length)) : 0;

    /// <summary>Does nothing: nobody can be sent away from a device.</summary>
    public void Disconnect()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Native.Close(_master);

    // Nothing read or written, for want of somebody or of room, is as good as zero bytes: the caller asks again.
    private static int Count(nint result) => (int)Math.Max(0, result);

    // Without anybody there poll comes back at once: the wait is then ours.
    private bool Await(Native.Events wanted)
    {
        Native.Events events = Poll(wanted, PollMilliseconds);
        if (!events.HasFlag(wanted) && events != 0) Thread.Sleep(PollMilliseconds);
        return events.HasFlag(wanted);
    }

    private int OpenSlave() => Native.Open(_slaveName, Native.ReadWrite | Native.NoControllingTerminal | Native.CloseOnExec);

    private Native.Events Poll(Native.Events wanted, int milliseconds)
    {
        var request = new Native.PollRequest { Descriptor = _master, Wanted = wanted };
        _ = Native.Poll(ref request, 1, milliseconds);
        return request.Found;
    }

    private IOException Failed(string what)
    {
        if (_master >= 0) _ = Native.Close(_master);
        return new IOException($"pty: {what} (error {Marshal.GetLastPInvokeError()})");
    }

    /// <summary>The few calls of the C library that .NET has no word for; numbers as on Linux.</summary>
    private static class Native
    {
        public const int ReadWrite = 0x2;
        public const int NoControllingTerminal = 0x100;
        public const int NonBlocking = 0x800;
        public const int CloseOnExec = 0x80000;

        /// <summary>More than any Linux has in its struct termios: the C library alone looks inside.</summary>
        public const int SettingsSize = 256;

        public const nuint CountUnread = 0x541B;

        private const string Library = "libc";

        [Flags]
        public enum Events : short
        {
            Read = 0x1,
            Write = 0x4,
            HangUp = 0x10,
        }

        [DllImport(Library, EntryPoint = "posix_openpt", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int OpenPseudoTerminal(int flags);

        [DllImport(Library, EntryPoint = "grantpt", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Grant(int master);

        [DllImport(Library, EntryPoint = "unlockpt", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Unlock(int master);

        [DllImport(Library, EntryPoint = "ptsname_r", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SlaveName(int master, byte[] name, nint size);

        [DllImport(Library, EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open(byte[] path, int flags);

        [DllImport(Library, EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);

        [DllImport(Library, EntryPoint = "tcgetattr", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int GetSettings(int descriptor, byte[] settings);

        [DllImport(Library, EntryPoint = "tcsetattr", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SetSettings(int descriptor, int when, byte[] settings);

        [DllImport(Library, EntryPoint = "cfmakeraw")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern void MakeRaw(byte[] settings);

        [DllImport(Library, EntryPoint = "ioctl")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Control(int descriptor, nuint request, ref int answer);

        [DllImport(Library, EntryPoint = "poll")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Poll(ref PollRequest request, nuint count, int milliseconds);

        [DllImport(Library, EntryPoint = "read")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern nint Read(int descriptor, ref byte first, nint count);

        [DllImport(Library, EntryPoint = "write")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern nint Write(int descriptor, in byte first, nint count);

        [StructLayout(LayoutKind.Sequential)]
        public struct PollRequest
        {
            public int Descriptor;
            public Events Wanted;
            public Events Found;
        }
    }
}
