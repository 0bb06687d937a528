using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>What tells the two digital frequency locked loops apart.</summary>
/// <param name="Name">Datasheet name.</param>
/// <param name="BaseAddress">I/O address.</param>
/// <param name="Oscillator">The oscillator it keeps right.</param>
/// <param name="ReferenceBit">Its bit in OSC.DFLLCTRL.</param>
/// <param name="Compare">COMP after a reset: cycles of the oscillator in one of 1.024 kHz.</param>
/// <param name="FineStep">What a step of CALA changes, in parts per million.</param>
/// <param name="Row">Where the production row has the factory's CALB.</param>
internal sealed record DfllFacts(string Name, int BaseAddress, InternalOscillator Oscillator, byte ReferenceBit, int Compare, int FineStep, int Row);

/// <summary>
/// Digital frequency locked loop (8077I 7.7): calibrates an internal oscillator by hand, or on its own by a 32.768 kHz
/// reference: in every cycle of 1.024 kHz it counts the oscillator, and moves CALA a step when that brings it closer to COMP.
/// </summary>
/// <remarks>
/// Limitations: steps of CALA and CALB are equal and of typical size (unverified). A count begins when loop, oscillator and
/// reference run, not with the reference's own cycle, and while the frequency is right nothing is counted. COMP0 is stored and has no
/// meaning. Errata 20 of revision H (both loops and both oscillators must be on for either to work) is not modelled.
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

    private readonly ClockSources _sources;
    private readonly InternalOscillators _oscillators;
    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly DfllFacts _facts;
    private readonly ScheduledAction _compare;
    private readonly byte _factoryCalb;
    private bool _usesCrystal;
    private byte _ctrl;
    private byte _cala;
    private byte _calb;
    private byte _comp0;
    private byte _comp1;
    private byte _comp2;

    public Dfll(ChipServices services, ClockSources sources, InternalOscillators oscillators, SignatureRows rows, DfllFacts facts)
        : base(facts.Name, facts.BaseAddress, Map)
    {
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _sources = sources;
        _oscillators = oscillators;
        _facts = facts;
        _factoryCalb = rows.Production(facts.Row);
        _compare = services.Schedule.Create($"{facts.Name}.COMP", Phase.Module, Correct);
        sources.Changed += Review;
    }

    /// <summary>The two of the part. COMP is the oscillator's frequency by 1.024 kHz: 31250, and 1953.</summary>
    public static IReadOnlyList<DfllFacts> Instances { get; } =
    [
        new("DFLLRC32M", 0x0060, InternalOscillator.Rc32M, 0x02, 0x7A12, OscillatorFacts.Rc32MFineStep, SignatureRows.RCOSC32M),
        new("DFLLRC2M", 0x0068, InternalOscillator.Rc2M, 0x01, 0x07A1, OscillatorFacts.Rc2MFineStep, SignatureRows.RCOSC2M),
    ];

    private static RegisterTable Map { get; } = new RegisterTable("DFLL", 7)
        .Add(CTRL, "CTRL", ENABLE)
        .Add(CALA, "CALA", CALL)
        .Add(CALB, "CALB", CALH)
        .Add(COMP0, "COMP0", 0xFF, fidelity: Fidelity.Stored)
        .Add(COMP1, "COMP1", 0xFF)
        .Add(COMP2, "COMP2", 0xFF);

    private bool IsOn => _ctrl != 0;

    // 1.024 kHz is this by 32; 0 while it is not ready.
    private long ReferenceHertz => !_usesCrystal ? _sources.Hertz(ClockSource.Rc32K) : _sources.ToscIsReady ? _sources.Hertz(ClockSource.External) : 0;

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
                if (IsOn) CheckEnabled();
                Review();
                break;
            case CALA or CALB when IsOn:
                Remark(offset, $"write of 0x{value:X2} to {Name}.{Registers[offset]!.Name} ignored: it cannot change while the DFLL is on");
                break;
            case CALA:
                _cala = value;
                Calibrate();
                break;
            case CALB:
                _calb = value;
                Calibrate();
                break;
            case COMP0:
                _comp0 = value;
                break;
            case COMP1:
                _comp1 = value;
                Review();
                break;
            case COMP2:
                _comp2 = value;
                Review();
                break;
        }
    }

    public override void Reset()
    {
        _ctrl = _comp0 = 0;
        (_cala, _calb) = (InitialCala, _factoryCalb);
        (_comp1, _comp2) = ((byte)_facts.Compare, (byte)(_facts.Compare >> 8));
        _compare.Cancel();
        Calibrate();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _cala);
        s.Value(ref _calb);
        s.Value(ref _comp0);
        s.Value(ref _comp1);
        s.Value(ref _comp2);
        s.Value(ref _usesCrystal);
        s.Value(_compare);
    }

    private int CalibrationWith(int cala) => ((cala - InitialCala) * _facts.FineStep) + ((_calb - _factoryCalb) * OscillatorFacts.CoarseStep);

    private void Calibrate() => _oscillators.Calibrate(_facts.Oscillator, CalibrationWith(_cala));

    // How far the oscillator is from COMP cycles of it in one of 1.024 kHz, in hertz times the division.
    private long Error(int cala) =>
        (_oscillators.Hertz(_facts.Oscillator, CalibrationWith(cala)) * OscillatorFacts.KilohertzDivision) - ((_comp1 | (_comp2 << 8)) * ReferenceHertz);

    // Which way CALA has to go to come closer: "when the error is more than a half calibration step" (8331B 7.7).
    private int Direction()
    {
        long error = Error(_cala);
        int direction = error > 0 ? -1 : 1;
        return Math.Abs(Error(_cala + direction)) < Math.Abs(error) ? direction : 0;
    }

    // Books the end of a count that finds something to correct. Sleep that stops either oscillator freezes the loop.
    private void Review()
    {
        bool crystal = (_sources.DfllReferences & _facts.ReferenceBit) != 0;
        if (crystal != _usesCrystal)
        {
            _usesCrystal = crystal;
            if (IsOn) CheckEnabled();
        }

        long reference = ReferenceHertz;
        int direction = IsOn && reference != 0 && _sources.IsReady((ClockSource)_facts.Oscillator) ? Direction() : 0;
        if (direction == 0 || IsAtTheEnd(direction)) _compare.Cancel();
        else if (!_compare.IsBooked) _timeline.Book(_compare, _timeline.Picoseconds + (OscillatorFacts.KilohertzDivision * Timeline.PicosecondsPerSecond / reference));
    }

    // The new frequency has everybody look again, this loop too.
    private void Correct()
    {
        _cala = (byte)(_cala + Direction());
        Calibrate();
    }

    private bool IsAtTheEnd(int direction)
    {
        if (((_cala + direction) & ~CALL) == 0) return false;
        Remark(CALA, $"{Name}: CALA is at its end, 0x{_cala:X2}, with the oscillator at {_oscillators.Hertz(_facts.Oscillator)} Hz: COMP 0x{_comp1 | (_comp2 << 8):X4} is out of the loop's reach");
        return true;
    }

    private void CheckEnabled()
    {
        if (ReferenceHertz == 0)
            Remark(CTRL + (_usesCrystal ? 2 * Registers.Size : 0), $"{Name} is on while its reference, {(_usesCrystal ? "the crystal on TOSC" : "the internal 32.768 kHz oscillator")}, is not ready");
        if (!_sources.IsReady((ClockSource)_facts.Oscillator))
            Remark(CTRL + Registers.Size, $"{Name} is on while its oscillator is not ready");
    }

    private void Remark(int offset, string message) => _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + (offset << 16), message);
}
