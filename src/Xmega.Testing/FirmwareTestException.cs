namespace Xmega.Testing;

/// <summary>A firmware did not do what its test expects. Any test framework reports it as a failure with its message.</summary>
public sealed class FirmwareTestException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="FirmwareTestException"/> class.</summary>
    /// <param name="message">What was expected, where the firmware is, and what happened last.</param>
    public FirmwareTestException(string message)
        : base(message)
    {
    }
}
