using Xmega.Time;
using Xmega.Workbench.Serial;

namespace Xmega.Workbench.Connections;

/// <summary>
/// Carries what a program on the host sends into a receiver of the chip, at the pace of the emulated line: it looks for
/// bytes in regular emulated time, and the sender on the pin waits for the receiver.
/// </summary>
public sealed class UsartPump
{
    // Often enough that a person notices nothing, seldom enough that it costs nothing.
    private const long PollPicoseconds = 100 * Timeline.PicosecondsPerSecond / 1_000_000;

    // More than a line carries until the next look.
    private const int Ahead = 512;

    private readonly Timeline _timeline;
    private readonly HostLine _line;
    private readonly SerialTransmitter _transmitter;
    private readonly ScheduledAction _poll;
    private readonly byte[] _buffer = new byte[Ahead];

    /// <summary>Initializes a new instance of the <see cref="UsartPump"/> class, which begins at once and never ends: a run with it does not end because the CPU sleeps.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="line">Where the bytes come from.</param>
    /// <param name="transmitter">Who puts them on the pin.</param>
    public UsartPump(ATxmega128A1 chip, HostLine line, SerialTransmitter transmitter)
    {
        _timeline = chip.Timeline;
        _line = line;
        _transmitter = transmitter;
        _poll = chip.CreateAction($"input from {line.Place}", Phase.World, Poll);
        Poll();
    }

    private void Poll()
    {
        int room = Ahead - _transmitter.Waiting;
        if (room > 0) _transmitter.Send(_buffer.AsSpan(0, _line.Take(_buffer.AsSpan(0, room))));
        _timeline.Book(_poll, _timeline.Picoseconds + PollPicoseconds);
    }
}
