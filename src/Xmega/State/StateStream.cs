using System.Buffers.Binary;
using Xmega.Time;

namespace Xmega.State;

/// <summary>
/// Carries the state of the chip in one direction: out of the fields into bytes, or from bytes back into the fields.
/// Each module names its fields once, in order, and both directions follow that list.
/// </summary>
public sealed class StateStream
{
    private readonly List<byte>? _written;
    private readonly ReadOnlyMemory<byte> _source;
    private int _position;

    /// <summary>Initializes a new instance of the <see cref="StateStream"/> class that saves.</summary>
    public StateStream() => _written = [];

    /// <summary>Initializes a new instance of the <see cref="StateStream"/> class that restores.</summary>
    /// <param name="source">Bytes that a saving stream wrote.</param>
    public StateStream(ReadOnlyMemory<byte> source) => _source = source;

    /// <summary>Gets a value indicating whether fields are being restored.</summary>
    public bool IsRestoring => _written is null;

    /// <summary>The bytes written so far.</summary>
    /// <returns>A copy; empty for a restoring stream.</returns>
    public byte[] ToArray() => _written?.ToArray() ?? [];

    /// <summary>Carries bytes.</summary>
    /// <param name="bytes">The field.</param>
    /// <exception cref="EndOfStreamException">The saved state is shorter than the chip's.</exception>
    public void Bytes(Span<byte> bytes)
    {
        if (_written is not null)
        {
            foreach (byte b in bytes) _written.Add(b);
            return;
        }

        if (_position + bytes.Length > _source.Length) throw new EndOfStreamException("the saved state ends too early");
        _source.Span.Slice(_position, bytes.Length).CopyTo(bytes);
        _position += bytes.Length;
    }

    /// <summary>Carries a byte.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref byte value) => Bytes(new Span<byte>(ref value));

    /// <summary>Carries a truth value.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref bool value)
    {
        byte b = value ? (byte)1 : (byte)0;
        Value(ref b);
        value = b != 0;
    }

    /// <summary>Carries a 16-bit number, low byte first.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref ushort value)
    {
        long wide = value;
        Number(ref wide, 2);
        value = (ushort)wide;
    }

    /// <summary>Carries a 32-bit number, low byte first.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref int value)
    {
        long wide = value;
        Number(ref wide, 4);
        value = (int)wide;
    }

    /// <summary>Carries a 64-bit number, low byte first.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref long value) => Number(ref value, 8);

    /// <summary>Carries whether and for when an action is booked.</summary>
    /// <param name="action">The action.</param>
    public void Value(ScheduledAction action)
    {
        long cycle = action.Cycle;
        long due = action.DuePicoseconds;
        Value(ref cycle);
        Value(ref due);
        if (!IsRestoring) return;
        if (cycle == ScheduledAction.Never) action.Cancel();
        else action.Book(cycle);
        action.DuePicoseconds = due;
    }

    private void Number(ref long value, int size)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(buffer, value);
        Bytes(buffer[..size]);
        value = BinaryPrimitives.ReadInt64LittleEndian(buffer);
    }
}
