using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.SystemControl;

/// <summary>What tells the two digital frequency locked loops apart.</summary>
/// <param name="Name">Datasheet name.</param>
/// <param name="BaseAddress">I/O address.</param>
/// <param name="Source">The oscillator it keeps right.</param>
/// <param name="ReferenceBit">Its bit in OSC.DFLLCTRL.</param>
/// <param name="Compare">COMP after a reset: cycles of the oscillator in one of 1.024 kHz.</param>
internal sealed record DfllFacts(string Name, int BaseAddress, ClockSource Source, byte ReferenceBit, int Compare);

/// <summary>Digital frequency locked loop (8077I 7.7): keeps an internal oscillator at its frequency by a 32.768 kHz reference.</summary>
/// <remarks>
/// Limitations: the oscillators of this emulator are ideal, so the loop has nothing to correct: CALA never moves, and
/// CALA, CALB and COMP change no frequency. Errata 20 (both loops and both oscillators must be on) has no effect then.
/// </remarks>
internal sealed class Dfll : IoModule
{
    private const int CTRL = 0;
    private const int CALA = 2;
    private const int CALB = 3;
    private const int COMP0 = 4;
    private const int COMP1 = 5;
    private const int COMP2 = 6;

    private const byte ENABLE = 0x01; // calibrate
    private const byte CALL = 0x7F;   // fine calibration
    private const byte CALH = 0x3F;   // coarse calibration

    /// <summary>CALA after a reset: mid-scale (unverified).</summary>
    private const byte InitialCala = 0x40;

    /// <summary>CALB after a reset, from the production row (unverified: mid-scale).</summary>
    private const byte InitialCalb = 0x20;

    private readonly ClockSources _sources;
    private readonly Diagnostics _diagnostics;
    private readonly DfllFacts _facts;
    private byte _ctrl;
    private byte _cala;
    private byte _calb;
    private byte _comp0;
    private byte _comp1;
    private byte _comp2;

    public Dfll(ChipServices services, ClockSources sources, DfllFacts facts)
        : base(facts.Name, facts.BaseAddress, Map)
    {
        _diagnostics = services.Diagnostics;
        _sources = sources;
        _facts = facts;
    }

    /// <summary>The two of the part. COMP is the oscillator's frequency by 1.024 kHz: 31250, and 1953.</summary>
    public static IReadOnlyList<DfllFacts> Instances { get; } =
    [
        new("DFLLRC32M", 0x0060, ClockSource.Rc32M, 0x02, 0x7A12),
        new("DFLLRC2M", 0x0068, ClockSource.Rc2M, 0x01, 0x07A1),
    ];

    private static RegisterTable Map { get; } = new RegisterTable("DFLL", 7)
        .Add(CTRL, "CTRL", ENABLE, fidelity: Fidelity.Stored)
        .Add(CALA, "CALA", CALL, fidelity: Fidelity.Stored)
        .Add(CALB, "CALB", CALH, fidelity: Fidelity.Stored)
        .Add(COMP0, "COMP0", 0xFF, fidelity: Fidelity.Stored)
        .Add(COMP1, "COMP1", 0xFF, fidelity: Fidelity.Stored)
        .Add(COMP2, "COMP2", 0xFF, fidelity: Fidelity.Stored);

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        CALA => _cala,
        CALB => _calb,
        COMP0 => _comp0,
        COMP1 => _comp1,
        COMP2 => _comp2,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                _ctrl = value;
                if (value != 0) CheckEnabled();
                break;
            case CALA or CALB when _ctrl != 0:
                Remark(DiagnosticKind.Configuration, offset, $"write of 0x{value:X2} to {Name}.{Registers[offset]!.Name} ignored: it cannot change while the DFLL is on");
                break;
            case CALA:
                _cala = value;
                break;
            case CALB:
                _calb = value;
                break;
            case COMP0:
                _comp0 = value;
                break;
            case COMP1:
                _comp1 = value;
                break;
            case COMP2:
                _comp2 = value;
                break;
        }
    }

    public override void Reset()
    {
        _ctrl = _comp0 = 0;
        (_cala, _calb) = (InitialCala, InitialCalb);
        (_comp1, _comp2) = ((byte)_facts.Compare, (byte)(_facts.Compare >> 8));
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _cala);
        s.Value(ref _calb);
        s.Value(ref _comp0);
        s.Value(ref _comp1);
        s.Value(ref _comp2);
    }

    private void CheckEnabled()
    {
        bool crystal = (_sources.DfllReferences & _facts.ReferenceBit) != 0;
        if (!(crystal ? _sources.ToscIsReady : _sources.IsReady(ClockSource.Rc32K)))
            Remark(DiagnosticKind.Configuration, CTRL, $"{Name} is on while its reference, {(crystal ? "the crystal on TOSC" : "the internal 32.768 kHz oscillator")}, is not ready");
        if (!_sources.IsReady(_facts.Source))
            Remark(DiagnosticKind.Configuration, CTRL + Registers.Size, $"{Name} is on while its oscillator is not ready");
        if ((_comp1 | (_comp2 << 8)) != _facts.Compare)
            Remark(DiagnosticKind.NotModelled, COMP1, $"{Name}.COMP is 0x{_comp1 | (_comp2 << 8):X4}: another frequency than the nominal one is not modelled, the oscillator stays at it");
    }

    private void Remark(DiagnosticKind kind, int offset, string message) => _diagnostics.Report(kind, BaseAddress + (offset << 16), message);
}
