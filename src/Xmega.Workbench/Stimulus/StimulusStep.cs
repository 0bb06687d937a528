using Xmega.Ports;
using Xmega.Serial;
using Xmega.Workbench.Analog;

namespace Xmega.Workbench.Stimulus;

/// <summary>What a stimulus does, in order: waits, commands, loops.</summary>
/// <param name="Kind">What kind of step.</param>
/// <param name="Picoseconds">For a wait: since the start of the run, or since the step before.</param>
/// <param name="Count">For a loop: how often in all.</param>
/// <param name="Command">For a command: which.</param>
public sealed record StimulusStep(StimulusStepKind Kind, long Picoseconds = 0, long Count = 0, StimulusCommand? Command = null);

/// <summary>Kinds of <see cref="StimulusStep"/>.</summary>
public enum StimulusStepKind
{
    /// <summary>Waits until a time after the start of the run.</summary>
    WaitUntil,

    /// <summary>Waits for a time.</summary>
    WaitFor,

    /// <summary>Does what a line says.</summary>
    Do,

    /// <summary>Begins a loop.</summary>
    Repeat,

    /// <summary>Ends a loop.</summary>
    End,
}

/// <summary>What a line of a stimulus does once its time has come.</summary>
public abstract record StimulusCommand;

/// <summary>Drives a pin, or lets go of it.</summary>
/// <param name="Pin">The pin.</param>
/// <param name="Drive">What is done to it.</param>
public sealed record SetPin(Pin Pin, PinDrive Drive) : StimulusCommand;

/// <summary>Gives a pin, or the chip, a voltage over time.</summary>
/// <param name="Pin">The pin; null for VCC.</param>
/// <param name="Shape">The voltage from the time of the line on.</param>
public sealed record GiveVoltage(Pin? Pin, AnalogShape Shape) : StimulusCommand;

/// <summary>Gives XTAL1/XTAL2 another crystal or clock.</summary>
/// <param name="Hertz">Its frequency; 0: it stops.</param>
public sealed record SetExternalClock(long Hertz) : StimulusCommand;

/// <summary>Sends bytes as asynchronous frames.</summary>
/// <param name="Pin">The pin they go into.</param>
/// <param name="Receiver">The USART whose own rate and pace they follow; null for a rate of their own.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="BitPicoseconds">How long a bit lasts, at a rate of their own.</param>
/// <param name="Format">The frame format, at a rate of their own.</param>
public sealed record SendBytes(Pin Pin, IUsartPort? Receiver, ReadOnlyMemory<byte> Bytes, long BitPicoseconds, FrameFormat Format) : StimulusCommand;

/// <summary>Begins to replay a capture; what follows in the stimulus goes on beside it.</summary>
/// <param name="Capture">The capture.</param>
/// <param name="Pins">The pin that each of its wires drives.</param>
public sealed record ReplayCapture(VcdCapture Capture, IReadOnlyList<Pin> Pins) : StimulusCommand;
