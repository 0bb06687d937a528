namespace Xmega.Workbench.Connections;

/// <summary>
/// A place on the host where a program can meet a line of the chip. Both directions are used at once, each by one thread;
/// <see cref="IDisposable.Dispose"/> ends whatever waits.
/// </summary>
public interface IHostEndpoint : IDisposable
{
    /// <summary>Gets where it is, for people: <c>tcp 127.0.0.1:5000</c>, <c>pty /dev/pts/4</c>.</summary>
    string Place { get; }

    /// <summary>Gets a value indicating whether somebody is there to read.</summary>
    bool HasReader { get; }

    /// <summary>Gets a value indicating whether whoever is there has all that was written: it would be lost with this endpoint otherwise.</summary>
    bool IsAllRead { get; }

    /// <summary>Waits for bytes from whoever is there, or comes.</summary>
    /// <param name="buffer">Takes them.</param>
    /// <returns>How many; 0 when nobody is there now, or after a while without any: the caller asks again.</returns>
    int Read(Span<byte> buffer);

    /// <summary>Gives bytes to whoever is there, and waits a while for room.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>How many were taken; 0 when nobody is there now, or takes any: the caller asks again.</returns>
    int Write(ReadOnlySpan<byte> bytes);

    /// <summary>Sends whoever is there away.</summary>
    void Disconnect();
}
