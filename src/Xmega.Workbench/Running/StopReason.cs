namespace Xmega.Workbench.Running;

/// <summary>How a run ended.</summary>
public enum StopReason
{
    /// <summary>The firmware's exit: interrupts off and a jump to itself.</summary>
    Exit,

    /// <summary>Asleep, and nothing that is booked can wake it.</summary>
    Sleep,

    /// <summary>BREAK with no debugger attached.</summary>
    Break,

    /// <summary>The time that was asked for has passed.</summary>
    For,

    /// <summary>A signal took the value that was asked for.</summary>
    Until,

    /// <summary>The text that was expected has come.</summary>
    Text,

    /// <summary>A text that must not come has come.</summary>
    FailText,

    /// <summary>The limit came first.</summary>
    Timeout,

    /// <summary>The run cannot go on as hardware would, or must not after a diagnostic.</summary>
    Fault,

    /// <summary>The user interrupted the run, or nobody reads its output any more.</summary>
    Cancelled,
}

/// <summary>Names and exit statuses of <see cref="StopReason"/>.</summary>
public static class StopReasons
{
    /// <summary>The largest status that a firmware's own exit can give: above it the emulator's begin.</summary>
    public const int LargestFirmwareStatus = 119;

    /// <summary>The name as <c>--json</c> prints it.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>The name.</returns>
    public static string Name(this StopReason reason) => reason switch
    {
        StopReason.Exit => "exit",
        StopReason.Sleep => "sleep",
        StopReason.Break => "break",
        StopReason.For => "for",
        StopReason.Until => "until",
        StopReason.Text => "text",
        StopReason.FailText => "fail-text",
        StopReason.Timeout => "timeout",
        StopReason.Fault => "fault",
        _ => "cancelled",
    };

    /// <summary>The exit status that a reason alone gives.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="firmwareStatus">What the firmware gave to exit().</param>
    /// <returns>0 for success.</returns>
    public static int Status(this StopReason reason, int firmwareStatus) => reason switch
    {
        StopReason.Exit => Math.Min(firmwareStatus, LargestFirmwareStatus),
        StopReason.FailText => 1,
        StopReason.Timeout => 124,
        StopReason.Fault => 126,
        _ => 0,
    };
}
