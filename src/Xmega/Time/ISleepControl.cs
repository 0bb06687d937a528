namespace Xmega.Time;

/// <summary>What the CPU asks of the sleep controller.</summary>
internal interface ISleepControl
{
    /// <summary>Gets a value indicating whether SLEEP may put the CPU to sleep: SLEEP.CTRL.SEN.</summary>
    bool MayEnter { get; }

    /// <summary>Gets a value indicating whether the selected mode stops clk_PER.</summary>
    bool StopsClock { get; }

    /// <summary>Stops clk_PER, and what else the mode stops, at the current cycle.</summary>
    void StopClock();

    /// <summary>Something wakes the CPU: the clocks start again, and clk_PER runs once its source is ready. May be called again before that.</summary>
    void Wake();
}
