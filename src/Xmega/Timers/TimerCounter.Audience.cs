using Xmega.Time;
using static Xmega.Timers.TimerRegisters;

namespace Xmega.Timers;

/// <content>
/// Who listens: interrupts, events, DMA, outputs and watched signals are told what came, and something is booked only when
/// one of them waits for it.
/// </content>
internal sealed partial class TimerCounter
{
    // What was shown to the outside last: most of what happens to a timer changes nothing of it. After a restore all but the
    // count is shown anew.
    private int _flagsShown;
    private int _outputsShown;
    private int _countTold;

    /// <summary>Looks for whom something has to be booked or announced: after every change of what is to come.</summary>
    public void Review()
    {
        long next = CountSequence.Never;
        bool wanted = _countSignal.IsWatched;
        foreach (TimerCondition condition in _conditions)
        {
            if (condition.WantsTrain || condition.HasTrain) condition.Announce(condition.WantsTrain && HasRegular(condition, out long first, out long period) ? _clock.Ahead(first, period) : null);
            if (!condition.WantsNext(_counter.Flags)) continue;
            wanted = true;
            next = Math.Min(next, TicksTo(condition));
        }

        for (int n = 0; n < _outputs.Length; n++)
        {
            if (!_outputs[n].NeedsEdges) continue;
            wanted = true;
            next = Math.Min(next, _counter.TicksToEdge(n));
        }

        if (ReportsUpdates)
        {
            wanted = true;
            next = Math.Min(next, _counter.TicksToUpdateCondition());
        }

        if (_countSignal.IsWatched) next = 1;
        // What lies beyond an UPDATE that copies something is looked at again when it has been.
        if (wanted) next = Math.Min(next, _counter.TicksToUpdate());
        long cycle = _clock.CycleOf(next);
        if (cycle == ScheduledAction.Never) _wake.Cancel();
        else if (cycle != _wake.Cycle) _wake.Book(cycle);
    }

    private void Taken(TimerCondition condition)
    {
        Sync();
        // In capture mode the flag stays until the value is read.
        if (!IsCapture(condition)) ClearFlags(condition.Flag);
        Show(true);
        // A flag that is clear can only bring the next wake forward: what others wait for is booked already.
        if (!condition.WantsNext(_counter.Flags)) return;
        long cycle = _clock.CycleOf(Math.Min(TicksTo(condition), _counter.TicksToUpdate()));
        if (cycle < _wake.Cycle) _wake.Book(cycle);
    }

    private void AudienceChanged()
    {
        Sync();
        _countTold = _counter.Count;
        Review();
    }

    private void Wake()
    {
        Sync(true);
        Review();
    }

    private void Publish(byte happened)
    {
        foreach (TimerCondition condition in _conditions)
            if ((happened & condition.Flag) != 0) condition.Happened(IsCapture(condition));
        if ((happened & WaveformCounter.UPDATE) != 0) Updated?.Invoke();
    }

    private void Changed()
    {
        Show(true);
        Review();
    }

    // Shows flags, outputs and count to the outside; a change that nobody was waiting for did not come in this cycle.
    private void Show(bool now)
    {
        int flags = _counter.Flags | (_counter.CaptureChannels << 8);
        if (flags != _flagsShown)
        {
            int changed = flags ^ _flagsShown;
            _flagsShown = flags;
            ShowFlags(changed);
        }

        int outputs = _counter.Outputs | (_ctrlb << 8) | ((int)_counter.Mode << 16);
        if (outputs != _outputsShown)
        {
            _outputsShown = outputs;
            ShowOutputs(now);
        }

        int count = _counter.Count;
        if (now && _countSignal.IsWatched && count != _countTold) _countSignal.Changed(count);
        _countTold = count;
    }

    private void ShowFlags(int changed)
    {
        foreach (TimerCondition condition in _conditions)
        {
            if ((changed & (condition.Flag | ~0xFF)) == 0) continue; // a change of what captures concerns all
            bool isSet = (_counter.Flags & condition.Flag) != 0;
            condition.Line.IsRequested = isSet;
            condition.Request.IsRequested = isSet && IsCapture(condition);
        }
    }

    private void ShowOutputs(bool now)
    {
        for (int n = 0; n < _outputs.Length; n++)
            _outputs[n].Show((_counter.Outputs & (1 << n)) != 0, _counter.Mode != WaveformMode.Normal && (_ctrlb & (CCAEN << n)) != 0, now, _counter.QuarterOfEdge(n));
    }

    private long TicksTo(TimerCondition condition) => condition.Flag switch
    {
        WaveformCounter.OVFIF => _counter.TicksToOverflow(),
        WaveformCounter.ERRIF => CountSequence.Never,
        _ => _counter.TicksToMatch(ChannelOf(condition)),
    };

    private bool HasRegular(TimerCondition condition, out long first, out long period)
    {
        first = period = CountSequence.Never;
        return condition.Flag switch
        {
            WaveformCounter.OVFIF => _counter.HasRegularOverflow(out first, out period),
            WaveformCounter.ERRIF => false,
            _ => _counter.HasRegularMatch(ChannelOf(condition), out first, out period),
        };
    }

    private static int ChannelOf(TimerCondition condition) => System.Numerics.BitOperations.Log2(condition.Flag) - 4;

    private TimerCondition Condition(int index, string name, string meaning, byte flag, int code) =>
        new(_services, _facts, name, meaning, flag, _facts.Vector + index, _facts.EventCode + code, _facts.DmaCode + index, Taken, AudienceChanged);
}
