using Xmega.Ports;
using Xmega.Serial;
using Xmega.Time;

namespace Xmega.Workbench.Serial;

/// <summary>
/// Sends characters into a pin as asynchronous frames, bit by bit, as a terminal does. The line idles high from the
/// moment the transmitter is attached.
/// </summary>
/// <remarks>
/// Attached to a USART it is a patient partner: it takes rate and format from the receiver's own registers at the start
/// of each frame, waits until the receiver is on, and begins a frame only while fewer than two characters are unread, so
/// that the receiver never overflows, however slow the firmware is; frames follow each other without a gap as long as
/// firmware keeps up. Attached to a bare pin it sends at its own rate and waits for nobody.
/// </remarks>
public sealed class SerialTransmitter
{
    // A receiver's buffer takes two; a third would wait in its shift register and could be overrun.
    private const int Room = 2;

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly PinDriver _line;
    private readonly ScheduledAction _step;
    private readonly Queue<int> _waiting = new();
    private readonly IUsartPort? _receiver;
    private readonly long _bitPicoseconds;
    private readonly FrameFormat _ownFormat;
    private bool _sending;
    private FrameFormat _format;
    private BitTime _bitTime;
    private long _start; // cycle, or picoseconds at its own rate
    private int _frame;
    private int _place;

    /// <summary>Initializes a new instance of the <see cref="SerialTransmitter"/> class that follows a USART's receiver.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="receiver">One of its USARTs.</param>
    public SerialTransmitter(ATxmega128A1 chip, IUsartPort receiver)
        : this(chip, receiver.Rxd)
    {
        _receiver = receiver;
        receiver.ReceiverChanged += BeginSoon;
    }

    /// <summary>Initializes a new instance of the <see cref="SerialTransmitter"/> class that sends at its own rate.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="pin">The pin to drive.</param>
    /// <param name="bitPicoseconds">How long a bit lasts, in picoseconds, above 0.</param>
    /// <param name="format">The frame format.</param>
    public SerialTransmitter(ATxmega128A1 chip, Pin pin, long bitPicoseconds, FrameFormat format)
        : this(chip, pin)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bitPicoseconds);
        _bitPicoseconds = bitPicoseconds;
        _ownFormat = format;
    }

    private SerialTransmitter(ATxmega128A1 chip, Pin pin)
    {
        _schedule = chip.Services.Schedule;
        _timeline = chip.Timeline;
        _line = pin.AddDriver("serial transmitter");
        _line.Drive = PinDrive.Strong(true);
        _step = _schedule.Create($"serial transmitter at {pin.Name}", Phase.World, Step);
    }

    /// <summary>Gets the characters that wait, without the one on the line.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Gets a value indicating whether nothing waits and nothing is on the line.</summary>
    public bool IsIdle => !_sending && _waiting.Count == 0;

    /// <summary>Queues a character.</summary>
    /// <param name="character">The character, up to nine bits.</param>
    public void Send(int character)
    {
        _waiting.Enqueue(character);
        BeginSoon();
    }

    /// <summary>Queues bytes.</summary>
    /// <param name="bytes">The bytes, a character each.</param>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes) _waiting.Enqueue(b);
        BeginSoon();
    }

    /// <summary>Forgets what waits and what is on the line: the chip was put back to a moment when this transmitter was idle.</summary>
    public void Forget()
    {
        _waiting.Clear();
        _sending = false;
        _step.Cancel();
    }

    private bool MayBegin => _waiting.Count > 0 && (_receiver is null || (_receiver.IsReceiverOn && _receiver.UnreadCharacters < Room));

    // A new frame leaves the line high for a bit first: firmware has just switched the receiver on, or read a character.
    private void BeginSoon()
    {
        if (_sending || _step.IsBooked || !MayBegin) return;
        if (_receiver is null) _timeline.Book(_step, _timeline.Picoseconds + _bitPicoseconds);
        else _step.Book(_schedule.Now + Math.Max(1, _receiver.BitTime.Cycles(1)));
    }

    private void Step()
    {
        if (!_sending)
        {
            if (MayBegin) Begin(_receiver is null ? _timeline.Picoseconds : _schedule.Now);
            return;
        }

        _place = _format.NextChange(_frame, _place);
        if (_place < _format.Length)
        {
            Drive();
            return;
        }

        _sending = false;
        if (MayBegin) Begin(EdgeAt(_place));
    }

    private void Begin(long start)
    {
        _start = start;
        _format = _receiver?.Format ?? _ownFormat;
        _bitTime = _receiver?.BitTime ?? default;
        _frame = _format.Encode(_waiting.Dequeue());
        _place = 0;
        _sending = true;
        Drive();
    }

    private void Drive()
    {
        _line.Drive = PinDrive.Strong(((_frame >> _place) & 1) != 0);
        long next = EdgeAt(_format.NextChange(_frame, _place));
        if (_receiver is null) _timeline.Book(_step, next);
        else _step.Book(next);
    }

    private long EdgeAt(int place) => _start + (_receiver is null ? place * _bitPicoseconds : _bitTime.Cycles(place));
}
