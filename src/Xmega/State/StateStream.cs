using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Xmega.Electrical;
using Xmega.Time;

namespace Xmega.State;

/// <summary>
/// Carries the state of the chip in one direction: out of the fields into bytes, or from bytes back into the fields.
/// Each module names its fields once, in order, and both directions follow that list.
/// </summary>
public sealed class StateStream
{
    private const byte NoVoltage = 0, Constant = 1, Function = 2;
    private const int FirstCapacity = 1 << 14; // SRAM and EEPROM are 10 KiB of it

    private readonly ReadOnlyMemory<byte> _source;
    private byte[] _written = [];
    private readonly List<IVoltage> _functions = [];
    private int _position;

    /// <summary>Initializes a new instance of the <see cref="StateStream"/> class that saves.</summary>
    public StateStream() => _written = new byte[FirstCapacity];

    /// <summary>Initializes a new instance of the <see cref="StateStream"/> class that restores.</summary>
    /// <param name="source">Bytes that a saving stream wrote.</param>
    public StateStream(ReadOnlyMemory<byte> source)
    {
        _source = source;
        IsRestoring = true;
    }

    internal StateStream(ReadOnlyMemory<byte> source, IReadOnlyList<IVoltage> functions)
        : this(source) => _functions = [.. functions];

    /// <summary>Gets the functions of time that the state refers to.</summary>
    internal IReadOnlyList<IVoltage> Functions => _functions;

    /// <summary>Gets a value indicating whether fields are being restored.</summary>
    public bool IsRestoring { get; }

    /// <summary>Gets the bytes carried so far.</summary>
    public int Position => _position;

    /// <summary>Gets a value indicating whether everything saved has been restored.</summary>
    internal bool IsAtEnd => _position == _source.Length;

    /// <summary>The bytes written so far.</summary>
    /// <returns>A copy; empty for a restoring stream.</returns>
    public byte[] ToArray() => IsRestoring ? [] : _written[.._position];

    /// <summary>A stream that restores what this one has saved.</summary>
    /// <returns>The stream; it reads this one's bytes where they are.</returns>
    internal StateStream ToReader() => new(_written.AsMemory(0, _position), _functions);

    /// <summary>Carries bytes.</summary>
    /// <param name="bytes">The field.</param>
    /// <exception cref="EndOfStreamException">The saved state is shorter than the chip's.</exception>
    public void Bytes(Span<byte> bytes)
    {
        if (IsRestoring)
        {
            if (bytes.Length > _source.Length - _position) throw new EndOfStreamException("the saved state ends too early");
            _source.Span.Slice(_position, bytes.Length).CopyTo(bytes);
        }
        else
        {
            if (bytes.Length > _written.Length - _position) Array.Resize(ref _written, Math.Max(2 * _written.Length, _position + bytes.Length));
            bytes.CopyTo(_written.AsSpan(_position));
        }

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

    /// <summary>Carries a 32-bit number, low byte first.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref uint value)
    {
        long wide = value;
        Number(ref wide, 4);
        value = (uint)wide;
    }

    /// <summary>Carries a 64-bit number, low byte first.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref long value) => Number(ref value, 8);

    /// <summary>Carries a 64-bit floating-point number.</summary>
    /// <param name="value">The field.</param>
    public void Value(ref double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        Number(ref bits, 8);
        value = BitConverter.Int64BitsToDouble(bits);
    }

    /// <summary>Carries a member of an enumeration.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="value">The field.</param>
    public unsafe void Value<T>(ref T value)
        where T : unmanaged, Enum
    {
        long wide = 0;
        Unsafe.As<long, T>(ref wide) = value;
        Number(ref wide, sizeof(T));
        value = Unsafe.As<long, T>(ref wide);
    }

    /// <summary>Carries a text.</summary>
    /// <param name="text">The field.</param>
    public void Text(ref string text)
    {
        byte[] bytes = IsRestoring ? [] : Encoding.UTF8.GetBytes(text);
        int length = bytes.Length;
        Length(ref length);
        if (IsRestoring) bytes = new byte[length];
        Bytes(bytes);
        if (IsRestoring) text = Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Carries how many elements follow.</summary>
    /// <param name="length">The number, at least 0.</param>
    /// <exception cref="EndOfStreamException">More than the saved state can hold.</exception>
    public void Length(ref int length)
    {
        Value(ref length);
        if (IsRestoring && (uint)length > _source.Length - _position) throw new EndOfStreamException("the saved state ends too early");
    }

    /// <summary>Carries a queue of numbers.</summary>
    /// <param name="queue">The field.</param>
    public void Queue(Queue<int> queue)
    {
        int count = queue.Count;
        Length(ref count);
        if (IsRestoring) queue.Clear();
        for (int n = 0; n < count; n++)
        {
            // Out of the queue and in again: after all of them it is as it was.
            int number = IsRestoring ? 0 : queue.Dequeue();
            Value(ref number);
            queue.Enqueue(number);
        }
    }

    /// <summary>Carries a voltage: a constant by its value, a function of time by itself, which only a snapshot in memory can.</summary>
    /// <param name="voltage">The field.</param>
    internal void Voltage(ref IVoltage? voltage)
    {
        byte kind = voltage switch { null => NoVoltage, ConstantVoltage => Constant, _ => Function };
        Value(ref kind);
        long number = 0;
        switch (kind)
        {
            case NoVoltage:
                voltage = null;
                return;
            case Constant:
                number = (voltage as ConstantVoltage)?.Microvolts ?? 0;
                Value(ref number);
                if (IsRestoring && (voltage as ConstantVoltage)?.Microvolts != number) voltage = new ConstantVoltage(number);
                return;
        }

        if (!IsRestoring)
        {
            number = _functions.Count;
            _functions.Add(voltage!);
        }

        Value(ref number);
        if (!IsRestoring) return;
        if ((ulong)number >= (ulong)_functions.Count) throw new InvalidDataException("the saved state names a voltage that is not there");
        voltage = _functions[(int)number];
    }

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
