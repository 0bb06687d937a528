using Xmega.Cpu;
using Xmega.Dma;
using Xmega.Electrical;
using Xmega.Events;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Signals;
using Xmega.Time;

namespace Xmega;

/// <summary>
/// What every module may use: time, the router of events, the interrupt controller, the signals. Modules know these
/// and never each other.
/// </summary>
/// <param name="Schedule">Books what is done later.</param>
/// <param name="Timeline">Turns cycles into time and back.</param>
/// <param name="Interrupts">The interrupt controller.</param>
/// <param name="Events">The event system.</param>
/// <param name="DmaRequests">The wires to the DMA controller.</param>
/// <param name="Signals">The list of what can be watched.</param>
/// <param name="Diagnostics">Takes remarks on what firmware does wrong.</param>
/// <param name="Protection">Configuration change protection.</param>
/// <param name="Supply">VCC.</param>
/// <param name="Fuses">The fuses, which modules read at every reset.</param>
public sealed record ChipServices(
    Schedule Schedule,
    Timeline Timeline,
    Pmic Interrupts,
    EventSystem Events,
    DmaRequests DmaRequests,
    SignalList Signals,
    Diagnostics Diagnostics,
    ChangeProtection Protection,
    Supply Supply,
    Fuses Fuses);
