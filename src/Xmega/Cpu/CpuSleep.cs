using Xmega.Time;

namespace Xmega.Cpu;

/// <content>Sleep, and whatever else has the CPU stand while time passes.</content>
internal sealed unsafe partial class CpuCore
{
    // The last cycle of a mode that stops clk_PER: what comes in it still keeps the CPU awake.
    private CpuStop? StopClock()
    {
        _schedule.AdvanceTo(_state->Cycle);
        if (_pmic.PendingVector != 0 && (_state->I || _pmic.PendingIsNonMaskable)) return null;
        _clockStopped = true;
        SleepControl!.StopClock();
        return null;
    }

    // Time passes, the CPU does not move: what is booked wakes it, or whatever halted it lets it go on.
    private CpuStop? Wait()
    {
        if (!_timeline.IsRunning) return WaitForClock();
        if (_schedule.NextCycle == ScheduledAction.Never) return CpuStop.AsleepForever;
        if (!_halted && !(SleepsForever || (_schedule.HasWork && (CanWake() || MayBeReset())))) return CpuStop.AsleepForever;
        PassTime();
        return null;
    }

    // clk_PER stands: what is booked in cycles will not come.
    private CpuStop? WaitForClock()
    {
        bool lost = SleepControl!.ClockIsLost;
        bool mayGoOn = _schedule.HasTimedWork() && (MayBeReset() || SleepControl.ClockIsComing || (lost ? _schedule.HasTimedWork(Phase.World) : CanWake()));
        if (_timeline.NextPicoseconds == long.MaxValue || !(SleepsForever || mayGoOn)) return lost ? CpuStop.ClockLost : CpuStop.AsleepForever;
        PassTime();
        return null;
    }

    private void PassTime()
    {
        if (!_timeline.IsRunning) _timeline.AdvanceStopped();
        else _schedule.AdvanceTo(_schedule.NextCycle);
        _state->Cycle = _schedule.Now + Latency.RequestToBoundary;
    }

    private void FallAsleep()
    {
        _asleep = true;
        _clockStopped = false;
        _asleepSince = _state->Cycle;
        _asleepSincePicoseconds = _timeline.PicosecondsAt(_state->Cycle);
        SleepChanged?.Invoke(true);
    }

    private void WakeUp()
    {
        if (!_asleep) return;
        _asleep = false;
        _slept += _state->Cycle - _asleepSince;
        _sleptPicoseconds += _timeline.PicosecondsAt(_state->Cycle) - _asleepSincePicoseconds;
        SleepChanged?.Invoke(false);
    }

    private bool CanWake() => _pmic.AnyEnabled(_state->I, asynchronously: !_timeline.IsRunning);
}
