using System.Numerics;
using Xmega.State;

namespace Xmega.Serial;

/// <summary>The parity bit of an asynchronous frame (8077I 21.4.1).</summary>
public enum FrameParity
{
    /// <summary>No parity bit.</summary>
    None = 0,

    /// <summary>Data bits and parity bit together hold an even number of ones.</summary>
    Even = 2,

    /// <summary>Data bits and parity bit together hold an odd number of ones.</summary>
    Odd = 3,
}

/// <summary>
/// What an asynchronous frame is made of (8077I 21.4): a start bit (0), data bits with the lowest first, the parity bit
/// if there is one, stop bits (1). As a number a frame has the bit that is on the line first in bit 0.
/// </summary>
/// <param name="DataBits">Data bits, 5–9.</param>
/// <param name="Parity">Parity bit.</param>
/// <param name="StopBits">Stop bits, 1 or 2; a receiver looks at the first one only.</param>
public readonly record struct FrameFormat(int DataBits, FrameParity Parity, int StopBits)
{
    /// <summary>Gets eight data bits, no parity, one stop bit.</summary>
    public static FrameFormat EightNoneOne => new(8, FrameParity.None, 1);

    /// <summary>Gets the bits of a frame, start and stop bits included.</summary>
    public int Length => StopBit + StopBits;

    /// <summary>Gets the place of the first stop bit in the frame; the start bit has place 0.</summary>
    public int StopBit => 1 + DataBits + (Parity == FrameParity.None ? 0 : 1);

    /// <summary>Gets the largest character.</summary>
    public int CharacterMask => (1 << DataBits) - 1;

    /// <summary>Makes the frame that carries a character.</summary>
    /// <param name="character">The character; bits that the format has no room for are ignored.</param>
    /// <returns>The frame, first bit in bit 0.</returns>
    public int Encode(int character)
    {
        character &= CharacterMask;
        int frame = (character << 1) | (((1 << StopBits) - 1) << StopBit);
        if (Parity != FrameParity.None && ParityBit(character)) frame |= 1 << (1 + DataBits);
        return frame;
    }

    /// <summary>Takes the character out of a frame.</summary>
    /// <param name="frame">The frame, first bit in bit 0.</param>
    /// <returns>The character.</returns>
    public int Character(int frame) => (frame >> 1) & CharacterMask;

    /// <summary>Whether the first stop bit of a frame is 0.</summary>
    /// <param name="frame">The frame, first bit in bit 0.</param>
    public bool HasFramingError(int frame) => ((frame >> StopBit) & 1) == 0;

    /// <summary>Whether the parity bit of a frame is wrong; never without parity.</summary>
    /// <param name="frame">The frame, first bit in bit 0.</param>
    public bool HasParityError(int frame) =>
        Parity != FrameParity.None && (((frame >> (1 + DataBits)) & 1) != 0) != ParityBit(Character(frame));

    /// <summary>The next place in a frame at which the line changes.</summary>
    /// <param name="frame">The frame, first bit in bit 0.</param>
    /// <param name="place">The bit on the line now.</param>
    /// <param name="length">The bits of the frame.</param>
    /// <returns>The place of the first bit that differs from it, or the length.</returns>
    internal static int NextChange(int frame, int place, int length)
    {
        int changes = (frame ^ (frame >> 1)) & (-1 << place);
        // The zero above the last stop bit ends the search.
        return Math.Min(BitOperations.TrailingZeroCount(changes) + 1, length);
    }

    /// <summary>The next place in a frame of this format at which the line changes.</summary>
    /// <param name="frame">The frame, first bit in bit 0.</param>
    /// <param name="place">The bit on the line now.</param>
    /// <returns>The place of the first bit that differs from it, or <see cref="Length"/>.</returns>
    internal int NextChange(int frame, int place) => NextChange(frame, place, Length);

    /// <summary>Carries the format out, or another one in.</summary>
    /// <param name="s">The stream.</param>
    /// <returns>This format, or the one that was saved.</returns>
    internal FrameFormat Carry(StateStream s)
    {
        (int dataBits, int parity, int stopBits) = (DataBits, (int)Parity, StopBits);
        s.Value(ref dataBits);
        s.Value(ref parity);
        s.Value(ref stopBits);
        return new FrameFormat(dataBits, (FrameParity)parity, stopBits);
    }

    private bool ParityBit(int character) => ((BitOperations.PopCount((uint)character) & 1) != 0) == (Parity == FrameParity.Even);
}
