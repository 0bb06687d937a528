using System.Numerics;
using Xmega.Ports;
using Xmega.Serial;
using Xmega.Time;

namespace Xmega.Workbench.Serial;

/// <summary>A character that came over a line.</summary>
/// <param name="Cycle">The cycle in which its start bit began.</param>
/// <param name="Value">The character.</param>
/// <param name="ParityError">Whether its parity bit was wrong.</param>
/// <param name="FramingError">Whether its first stop bit was 0.</param>
public readonly record struct SerialCharacter(long Cycle, int Value, bool ParityError, bool FramingError);

/// <summary>
/// Decodes a line at its own rate, as a terminal or a logic analyser does: a falling edge begins a frame, each bit is
/// read once, in its middle. It knows nothing of the chip's registers.
/// </summary>
public sealed class SerialReceiver : IPinListener
{
    private readonly Timeline _timeline;
    private readonly Schedule _schedule;
    private readonly Pin _pin;
    private readonly long _bitPicoseconds;
    private readonly FrameFormat _format;
    private readonly ScheduledAction _sample;
    private readonly List<SerialCharacter> _received = [];
    private bool _high;
    private long _start;
    private long _startCycle;
    private int _place;
    private int _frame;

    /// <summary>Initializes a new instance of the <see cref="SerialReceiver"/> class.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="pin">The pin to listen to.</param>
    /// <param name="bitPicoseconds">How long a bit lasts, in picoseconds, above 0.</param>
    /// <param name="format">The frame format.</param>
    public SerialReceiver(ATxmega128A1 chip, Pin pin, long bitPicoseconds, FrameFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bitPicoseconds);
        _timeline = chip.Timeline;
        _schedule = chip.Services.Schedule;
        _pin = pin;
        _bitPicoseconds = bitPicoseconds;
        _format = format;
        _sample = _schedule.Create($"serial receiver at {pin.Name}", Phase.World, Sample);
        _high = pin.IsHigh;
        pin.Listen(this);
    }

    /// <summary>Tells listeners of a character, in the middle of its first stop bit.</summary>
    public event Action<SerialCharacter>? CharacterReceived;

    /// <summary>Gets everything received so far.</summary>
    public IReadOnlyList<SerialCharacter> Received => _received;

    /// <inheritdoc/>
    void IPinListener.OnPinChanged(Pin pin)
    {
        bool fell = _high && !pin.IsHigh;
        _high = pin.IsHigh;
        if (!fell || _sample.IsBooked) return;
        _start = _timeline.Picoseconds;
        _startCycle = _schedule.Now;
        _place = _frame = 0;
        BookSample();
    }

    private void BookSample() => _timeline.Book(_sample, _start + (_place * _bitPicoseconds) + (_bitPicoseconds / 2));

    private void Sample()
    {
        if (_pin.IsHigh) _frame |= 1 << _place;
        if (_place == 0 && _frame != 0) return; // too short for a start bit
        if (_place++ < _format.StopBit)
        {
            BookSample();
            return;
        }

        int value = (_frame >> 1) & ((1 << _format.DataBits) - 1);
        int parity = _frame & ((1 << _format.StopBit) - 1); // the start bit is 0 and does not count
        bool odd = (BitOperations.PopCount((uint)parity) & 1) != 0;
        var character = new SerialCharacter(
            _startCycle,
            value,
            _format.Parity != FrameParity.None && odd != (_format.Parity == FrameParity.Odd),
            (_frame >> _format.StopBit) == 0);
        _received.Add(character);
        CharacterReceived?.Invoke(character);
    }
}
