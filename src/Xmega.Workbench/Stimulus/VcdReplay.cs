using Xmega.Ports;
using Xmega.Time;

namespace Xmega.Workbench.Stimulus;

/// <summary>Replays a capture onto pins, from any moment on, as often as asked.</summary>
internal sealed class VcdReplay
{
    private readonly Timeline _timeline;
    private readonly VcdCapture _capture;
    private readonly PinDriver[] _drivers;
    private readonly ScheduledAction _next;
    private long _start;
    private int _change;

    /// <summary>Initializes a new instance of the <see cref="VcdReplay"/> class, which does nothing yet.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="capture">What to replay.</param>
    /// <param name="drivers">The driver of each wire of the capture.</param>
    public VcdReplay(ATxmega128A1 chip, VcdCapture capture, PinDriver[] drivers)
    {
        _timeline = chip.Timeline;
        _capture = capture;
        _drivers = drivers;
        _change = capture.Changes.Count;
        _next = chip.CreateAction("capture", Phase.World, Play);
    }

    /// <summary>Begins, or begins again, at a time.</summary>
    /// <param name="picoseconds">Emulated time that is the start of the capture.</param>
    public void Begin(long picoseconds)
    {
        _start = picoseconds;
        _change = 0;
        Play();
    }

    private void Play()
    {
        long now = _timeline.Picoseconds;
        for (; _change < _capture.Changes.Count; _change++)
        {
            (long time, int wire, LogicLevel level) = _capture.Changes[_change];
            if (_start + time > now)
            {
                _timeline.Book(_next, _start + time);
                return;
            }

            _drivers[wire].Drive = level == LogicLevel.Floating ? PinDrive.None : PinDrive.Strong(level == LogicLevel.High);
        }
    }
}
