namespace Xmega.State;

/// <summary>A snapshot cannot be read, taken or restored; the message is one line that says why. Nothing has changed.</summary>
public sealed class SnapshotException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="SnapshotException"/> class.</summary>
    /// <param name="message">One line: what, and how to mend it.</param>
    public SnapshotException(string message)
        : base(message)
    {
    }
}
