namespace Xmega.Workbench.Running;

/// <summary>What a run is asked to do.</summary>
public sealed record RunOptions
{
    /// <summary>Gets how long to run: then the run stops, a success.</summary>
    public EmulatedTime? For { get; init; }

    /// <summary>Gets how long to run at most: then the run stops, a failure. Null is 60 seconds, or no limit when <see cref="For"/> sets one or <see cref="RealTime"/> is set.</summary>
    public EmulatedTime? Timeout { get; init; }

    /// <summary>Gets the signals, with or without a value, at which the run stops, a success.</summary>
    public IReadOnlyList<SignalCondition> Until { get; init; } = [];

    /// <summary>Gets the texts that the USART output must contain; when all have come the run stops, a success.</summary>
    public IReadOnlyList<string> ExpectText { get; init; } = [];

    /// <summary>Gets the texts that the USART output must not contain; when one comes the run stops, a failure.</summary>
    public IReadOnlyList<string> FailText { get; init; } = [];

    /// <summary>Gets a value indicating whether a diagnostic ends the run as a fault.</summary>
    public bool Strict { get; init; }

    /// <summary>Gets what hears each byte a USART sends: its name and the byte.</summary>
    public Action<string, byte>? UsartByte { get; init; }

    /// <summary>Gets a value indicating whether time passes no faster than the host's.</summary>
    public bool RealTime { get; init; }

    /// <summary>Gets the world that the chip is the main one of; null: it is alone. A run in a world has no observers.</summary>
    public World? World { get; init; }

    /// <summary>Gets who hears every step of the CPU; a run with observers goes step by step.</summary>
    public IReadOnlyList<IExecutionObserver> Observers { get; init; } = [];

    /// <summary>Gets what ends the run early from outside.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>A signal, and the value to wait for.</summary>
/// <param name="Signal">The signal.</param>
/// <param name="Value">The value; null for any change.</param>
public sealed record SignalCondition(Signals.Signal Signal, long? Value);
