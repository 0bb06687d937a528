namespace Xmega.Time;

/// <summary>What the CPU asks of the sleep controller.</summary>
internal interface ISleepControl
{
    /// <summary>Gets a value indicating whether SLEEP may put the CPU to sleep: SLEEP.CTRL.SEN.</summary>
    bool MayEnter { get; }

    /// <summary>Gets a value indicating whether the selected mode stops clk_PER.</summary>
    bool StopsClock { get; }

    /// <summary>Gets a value indicating whether clk_PER stands and its source is on its way.</summary>
    bool ClockIsComing { get; }

    /// <summary>Gets a value indicating whether clk_PER stands because its source failed: until that comes back, or a reset, nothing wakes the CPU.</summary>
    bool ClockIsLost { get; }

    /// <summary>Stops clk_PER, and what else the mode stops, at the current cycle.</summary>
    void StopClock();

    /// <summary>Something wakes the CPU: the clocks start again, and clk_PER runs once its source is ready. May be called again before that.</summary>
    void Wake();
}
