using System.Diagnostics;
using Xmega.Time;

namespace Xmega.Workbench.Running;

/// <summary>
/// Holds a run back so that its time does not pass faster than the host's. A run that cannot keep up goes on from where
/// it is: lost time is not made up for in a rush.
/// </summary>
internal sealed class RealtimePacer
{
    private const long PicosecondsInMillisecond = Timeline.PicosecondsPerSecond / 1000;

    private static readonly TimeSpan MayFallBehind = TimeSpan.FromMilliseconds(100);

    private readonly Timeline _timeline;
    private readonly CancellationToken _cancellation;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly ScheduledAction _next;
    private long _origin; // the emulated time at which the watch was started

    public RealtimePacer(ATxmega128A1 chip, CancellationToken cancellation)
    {
        _timeline = chip.Timeline;
        _cancellation = cancellation;
        _origin = _timeline.Picoseconds;
        // It is no work of the chip: it keeps no sleeping run alive.
        _next = chip.CreateAction("real time", Phase.Limit, Pace);
        Book();
    }

    /// <summary>Lets the run go on without it.</summary>
    public void Stop() => _next.Cancel();

    private void Pace()
    {
        TimeSpan ahead = TimeSpan.FromMilliseconds((_timeline.Picoseconds - _origin) / PicosecondsInMillisecond) - _watch.Elapsed;
        if (ahead > TimeSpan.Zero)
        {
            _cancellation.WaitHandle.WaitOne(ahead);
        }
        else if (-ahead > MayFallBehind)
        {
            _origin = _timeline.Picoseconds;
            _watch.Restart();
        }

        Book();
    }

    private void Book() => _timeline.Book(_next, _timeline.Picoseconds + PicosecondsInMillisecond);
}
