using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.Timers;

/// <summary>What distinguishes one Hi-Res extension from another.</summary>
/// <param name="Name">Datasheet name, as in <c>HIRESC</c>.</param>
/// <param name="Base">I/O base address.</param>
internal sealed record HighResolutionFacts(string Name, int Base);

/// <summary>
/// High-resolution extension (8077I ch. 16) of the two timers of a port: they count by 4, and the two lowest bits of a
/// compare value place the edge of its waveform at a quarter of a clk_PER cycle.
/// </summary>
/// <remarks>
/// Limitations: a pin changes at the beginning of the clk_PER cycle in which the edge lies, rounded down, and a pulse that
/// begins and ends in one cycle is not seen there; the quarter, 0–3, is in the signal <c>HIRESC.OC0A</c> and its like. So
/// it is with the AWeX, whose dead times begin at the rounded edge. In single slope counting down the quarters are a
/// guess. What the manual calls undefined (clk_PER4 not four times clk_PER, a prescaled or event clock, TOP with low bits
/// set) is reported, and counts by 4 all the same. That power reduction makes PWM unavailable (erratum) is not modelled:
/// a stopped extension is off.
/// </remarks>
internal sealed class HighResolution : IoModule
{
    private const int CTRLA = 0;

    private const byte HREN = 0x03; // bit 0: timer 0, bit 1: timer 1

    private const int Resolution = 4; // clk_PER4 in clk_PER, counts in a tick

    private readonly ChipServices _services;
    private readonly TimerCounter[] _timers;
    private byte _ctrla;

    /// <summary>Initializes a new instance of the <see cref="HighResolution"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">Which extension.</param>
    /// <param name="timers">Timer 0 and timer 1 of the port.</param>
    public HighResolution(ChipServices services, HighResolutionFacts facts, IReadOnlyList<TimerCounter> timers)
        : base(facts.Name, facts.Base, Map)
    {
        _services = services;
        _timers = [.. timers];
        foreach (TimerCounter timer in _timers) timer.Written += () => Check(timer);
        services.Timeline.FrequencyChanged += CheckAll;
    }

    private static RegisterTable Map { get; } = new RegisterTable("HIRES", 1).Add(CTRLA, "CTRLA", HREN);

    public override byte Peek(int offset) => _ctrla;

    public override void Write(int offset, byte value)
    {
        _ctrla = value;
        Apply();
    }

    public override void Reset()
    {
        _ctrla = 0;
        Apply();
    }

    // The timers carry for themselves that they count by 4.
    public override void State(StateStream s) => s.Value(ref _ctrla);

    protected override void OnStoppedChanged() => Apply();

    private void Apply()
    {
        for (int n = 0; n < _timers.Length; n++)
        {
            bool on = !IsStopped && (_ctrla & (1 << n)) != 0;
            if (_timers[n].HighResolution != on) _timers[n].HighResolution = on;
        }

        CheckAll();
    }

    private void CheckAll()
    {
        foreach (TimerCounter timer in _timers) Check(timer);
    }

    // 8077I 16.2: the clocks and values for which a result is defined. A timer that is off may still be set up.
    private void Check(TimerCounter timer)
    {
        const int Div1 = 1;
        const int PER = 0x26;
        const int CCA = 0x28;
        if (!timer.HighResolution || timer.ClockSelect == 0) return;
        if (_services.Timeline.Per4Ratio != Resolution)
            Report(BaseAddress, $"clk_PER4 is {_services.Timeline.Per4Ratio} times clk_PER, not {Resolution}: CLK.PSCTRL needs PSBCDIV 4_1 or 2_2");
        if (timer.ClockSelect != Div1)
            Report(timer.BaseAddress, $"CLKSEL of {timer.Name} is {timer.ClockSelect}, not DIV1");
        ref readonly WaveformCounter counter = ref timer.Counter;
        bool frequency = counter.Mode == WaveformMode.Frequency;
        bool buffered = (counter.BufferValid & (frequency ? WaveformCounter.CCABV : WaveformCounter.PERBV)) != 0;
        int top = frequency ? counter.Compare[0] : counter.Period;
        if (buffered && top % Resolution == 0) top = frequency ? counter.CompareBuffer[0] : counter.PeriodBuffer;
        if (counter.Mode != WaveformMode.Normal && top % Resolution != 0)
            Report(timer.BaseAddress + (frequency ? CCA : PER), $"TOP of {timer.Name} is 0x{top:X4}: its two lowest bits must be 0");
    }

    private void Report(int place, string what)
    {
        if (_services.Diagnostics.Knows(DiagnosticKind.Configuration, place)) return;
        _services.Diagnostics.Report(DiagnosticKind.Configuration, place, $"{Name}: {what}; the result is undefined");
    }
}
