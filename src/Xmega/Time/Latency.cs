namespace Xmega.Time;

/// <summary>
/// Every fixed delay of the chip in one place, in clk_PER cycles, each with its source. Marked "unverified" where no
/// page seen states the figure: then it is a modelling choice and this constant is the only place that holds it.
/// </summary>
public static class Latency
{
    /// <summary>Cycles from an event in its generator to the action in the user: "maximum two clock cycles", 8077I 6.5. Which of the two is spent where is unverified.</summary>
    public const int Event = 2;

    /// <summary>Cycles from the overflow, match or capture of a timer to the action in a user of its event: "one peripheral clock period after an overflow", 8331B 14.7.4. The event's strobe stands in the cycle before the one in which count and flag show, so that these are the two cycles of 6.5 too.</summary>
    public const int TimerEvent = 1;

    /// <summary>Further cycles of a timer with EVDLY = 1: exactly one, 8331B 14.12.4.</summary>
    public const int EventDelayBit = 1;

    /// <summary>Cycles from a flag being set to the first instruction boundary that may act on it (unverified).</summary>
    public const int RequestToBoundary = 1;

    /// <summary>Cycles to push the program counter at interrupt entry: 2 for a two-byte PC (8331B 12.4.2), 3 for this part's three bytes (unverified, by analogy with CALL).</summary>
    public const int InterruptEntry = 3;

    /// <summary>Further cycles of interrupt entry when the CPU was asleep: 8077I 12.4.</summary>
    public const int WakeUp = 5;

    /// <summary>Cycles from a change of a pin to its IN bit: sampled at the next edge, in IN at the one after; 8331B 13, 8291B p. 131.</summary>
    public const int PinSynchroniser = 2;

    /// <summary>Cycles from the change of IN to a port event's strobe (unverified): the edge detector sees it in the same cycle.</summary>
    public const int PinEvent = 0;

    /// <summary>Cycles from the change of IN to the port's interrupt flag (unverified).</summary>
    public const int PinInterruptFlag = 1;

    /// <summary>Instructions after SEI, or another write that sets I, before an interrupt is taken: 0856I (SEI); for a write of SREG unverified.</summary>
    public const int InstructionsAfterEnable = 1;

    /// <summary>Instructions of the interrupted program after RETI before the next interrupt: 8077I 12.3.</summary>
    public const int InstructionsAfterReturn = 1;

    /// <summary>Instructions for which a write of SPL holds interrupts off, unless an I/O write comes first: 8077I 3.8.</summary>
    public const int StackPointerWindow = 4;

    /// <summary>Instructions for which a signature in CCP keeps a protected write or SPM open: 8077I 3.12.</summary>
    public const int ConfigurationChangeWindow = 4;

    /// <summary>Cycles from a request, or from the end of a burst, to the first read of the next DMA burst: arbitration between the channels (unverified; no page gives the figure).</summary>
    public const int DmaArbitration = 2;

    /// <summary>Cycles of clk_SYS from the end of a reset's delay to the first instruction: 8331B 9.3.1.</summary>
    public const int StartUp = 24;

    /// <summary>Edges of clk_RTC from writing CTRL, CNT, PER or COMP of the RTC to the new value having an effect: 8077I 17.3.6, 17.3.8.</summary>
    public const int RtcSynchroniser = 2;

    /// <summary>Cycles from a START bit or event to the first edge of clk_ADC with which the conversion can begin: at least one, 8331B 28.9.</summary>
    public const int AdcTrigger = 1;

    /// <summary>Cycles from writing CHnDATA of a DAC to the start of its conversion, when the converter is free (unverified).</summary>
    public const int DacStart = 1;

    /// <summary>Cycles by which an analog comparator's output comes later in STATUS than at the comparator: its synchroniser (unverified, by analogy with pins).</summary>
    public const int ComparatorSynchroniser = 2;
}
