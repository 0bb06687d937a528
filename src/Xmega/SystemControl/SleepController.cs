using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.SystemControl;

/// <summary>Sleep controller (8077I ch. 8): which mode SLEEP enters and whether it may.</summary>
/// <remarks>
/// Limitations: every mode sleeps as idle does: all clocks run on, and any interrupt wakes; a diagnostic says so.
/// </remarks>
internal sealed class SleepController : IoModule
{
    private const int CTRL = 0;

    private const byte SMODE = 0x0E; // sleep mode
    private const byte SEN = 0x01;   // sleep enable
    private const byte IDLE = 0x00;

    private readonly Diagnostics _diagnostics;
    private byte _ctrl;

    public SleepController(Diagnostics diagnostics)
        : base("SLEEP", 0x0048, Map) => _diagnostics = diagnostics;

    private static RegisterTable Map { get; } = new RegisterTable("SLEEP", 1)
        .Add(CTRL, "CTRL", SMODE | SEN);

    /// <summary>Whether SLEEP may put the CPU to sleep; with SEN clear it is a NOP.</summary>
    public bool IsEnabled()
    {
        if ((_ctrl & SEN) == 0) return false;
        if ((_ctrl & SMODE) != IDLE)
            _diagnostics.Report(DiagnosticKind.NotModelled, _ctrl & SMODE, $"{NameOf((_ctrl & SMODE) >> 1)} is not modelled yet: taken as idle, all clocks run on");
        return true;
    }

    private static string NameOf(int mode) => mode switch
    {
        2 => "power-down mode",
        3 => "power-save mode",
        6 => "standby mode",
        7 => "extended standby mode",
        _ => $"the reserved sleep mode {mode}",
    };

    public override byte Peek(int offset) => _ctrl;

    public override void Write(int offset, byte value) => _ctrl = value;

    public override void Reset() => _ctrl = 0;

    public override void State(StateStream s) => s.Value(ref _ctrl);
}
