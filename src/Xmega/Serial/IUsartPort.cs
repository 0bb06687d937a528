using Xmega.Ports;

namespace Xmega.Serial;

/// <summary>What the world outside may know of a USART to talk with it over its pins.</summary>
public interface IUsartPort
{
    /// <summary>Tells listeners that the receiver was switched on or off, or that firmware read a character.</summary>
    event Action? ReceiverChanged;

    /// <summary>Gets the datasheet name, as in <c>USARTC0</c>.</summary>
    string Name { get; }

    /// <summary>Gets the pin that the receiver listens to.</summary>
    Pin Rxd { get; }

    /// <summary>Gets the pin that the transmitter drives, once firmware has made it an output.</summary>
    Pin Txd { get; }

    /// <summary>Gets the frame format that firmware has set.</summary>
    FrameFormat Format { get; }

    /// <summary>Gets a value indicating whether it is an SPI master now, and its bytes no characters.</summary>
    bool IsMasterSpi { get; }

    /// <summary>Gets how long a bit lasts at the rate that firmware has set.</summary>
    BitTime BitTime { get; }

    /// <summary>Gets a value indicating whether the receiver is on.</summary>
    bool IsReceiverOn { get; }

    /// <summary>Gets a value indicating whether the transmitter is on; it stays on until everything is sent.</summary>
    bool IsTransmitterOn { get; }

    /// <summary>Gets the characters that the receiver holds and firmware has not read yet, 0–3: two in the buffer, one in the shift register.</summary>
    int UnreadCharacters { get; }

    /// <summary>
    /// Gets the cycle at which everything handed to the transmitter has left through the pin; the current cycle when it
    /// is idle, <see cref="Time.ScheduledAction.Never"/> while a power reduction bit holds it. A run that ends when
    /// firmware exits should go on to here: the real part would send on too.
    /// </summary>
    long TransmitterIdleCycle { get; }
}
