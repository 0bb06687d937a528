using Xmega.Electrical;
using Xmega.Events;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Analog;

/// <summary>Analog comparators (8077I ch. 28): ACA, ACB. Two comparators, which may form a window: AC0 has the upper limit, AC1 the lower.</summary>
/// <remarks>
/// Limitations: the comparators are ideal but for hysteresis and delay, whose figures are typical ones, and start at once.
/// Of the errata none is modelled: the scaler is linear, switching the bandgap disturbs nobody, low power mode is not slower when cold,
/// JTAG does not meet PB7, and INVEN inverts AC0OUT.
/// </remarks>
internal sealed class AnalogComparator : IoModule, IPinListener
{
    private const int AC0CTRL = 0x00;
    private const int AC1CTRL = 0x01;
    private const int AC0MUXCTRL = 0x02;
    private const int AC1MUXCTRL = 0x03;
    private const int CTRLA = 0x04;
    private const int CTRLB = 0x05;
    private const int WINCTRL = 0x06;
    private const int STATUS = 0x07;

    private const byte MUXPOS = 0x38;
    private const byte MUXNEG = 0x07;
    private const byte AC0OUT = 0x01;   // output of comparator 0 on pin 7
    private const byte SCALEFAC = 0x3F;
    private const byte WEN = 0x10;      // window mode
    private const byte WINTMODE = 0x0C; // window state that sets the flag
    private const byte WINTLVL = 0x03;
    private const byte AC1STATE = 0x20; // outputs
    private const byte AC0STATE = 0x10;
    private const byte WIF = 0x04;
    private const byte AC1IF = 0x02;
    private const byte AC0IF = 0x01;

    private const int MuxPosPosition = 3;
    private const int PositiveDac = 7;
    private const int NegativeDac = 5;
    private const int NegativeBandgap = 6;
    private const int ScalerDivisor = 64;
    private const int WindowStatePosition = 6;
    private const int WindowModePosition = 2;

    // WSTATE, and WINTMODE but for OUTSIDE.
    private const int Above = 0;
    private const int Inside = 1;
    private const int Below = 2;
    private const int Outside = 3;

    private const byte HysteresisReserved = 0x06;

    private static readonly int[] NegativePins = [0, 1, 3, 5, 7];

    private readonly Schedule _schedule;
    private readonly Diagnostics _diagnostics;
    private readonly AnalogComparatorSurroundings _surroundings;
    private readonly DividedVoltage _scaler;
    private readonly Comparator[] _comparators;
    private readonly ScheduledAction _review; // of the window, when both comparators have done what they do in a cycle
    private readonly InterruptLine _windowLine;
    private readonly EventSource _windowEvent;
    private readonly Signal _windowSignal;
    private readonly byte[] _mux = new byte[2];
    private readonly int[] _heard = new int[2]; // the pins that each comparator compares, a bit each
    private byte _ctrla;
    private byte _winctrl;
    private int _window = Below; // the state as last reviewed
    private bool _windowFlag;

    public AnalogComparator(ChipServices services, AnalogComparatorFacts facts, AnalogComparatorSurroundings surroundings)
        : base(facts.Name, facts.Base, Map)
    {
        _schedule = services.Schedule;
        _diagnostics = services.Diagnostics;
        _surroundings = surroundings;
        _scaler = new DividedVoltage(services.Supply, 1, ScalerDivisor);
        _comparators = Numbered.Create(_mux.Length, n => new Comparator(services, facts, n, OutputChanged));
        _review = services.Schedule.Create($"{facts.Name}.WIN", Phase.Module, ReviewWindow);
        _windowLine = services.Interrupts.Connect(facts.Vector + 2, $"{facts.Name}_ACW", () => IsWindowFlagged = false);
        _windowEvent = services.Events.Connect(facts.EventCode + 2, $"{facts.Name}_WIN");
        _windowSignal = services.Signals.Add($"{facts.Name}.WIN", SignalKind.Bus, 2, "state of the window: 0 above, 1 inside, 2 below", () => _window);
        foreach (Pin pin in surroundings.Pins) pin.Listen(this);
        surroundings.Dac.Changed += DacMoved;
    }

    private static RegisterTable Map { get; } = new RegisterTable("AC", 0x08)
        .Add(AC0CTRL, "AC0CTRL", 0xFF)
        .Add(AC1CTRL, "AC1CTRL", 0xFF)
        .Add(AC0MUXCTRL, "AC0MUXCTRL", MUXPOS | MUXNEG)
        .Add(AC1MUXCTRL, "AC1MUXCTRL", MUXPOS | MUXNEG)
        .Add(CTRLA, "CTRLA", AC0OUT)
        .Add(CTRLB, "CTRLB", SCALEFAC)
        .Add(WINCTRL, "WINCTRL", WEN | WINTMODE | WINTLVL)
        .Add(STATUS, "STATUS", WIF | AC1IF | AC0IF, Access.WriteOneToClear);

    private bool IsWindowFlagged
    {
        get => _windowFlag;
        set => _windowLine.IsRequested = _windowFlag = value;
    }

    private bool IsWindow => (_winctrl & WEN) != 0;

    // With the limits the wrong way round, AC0 decides (unverified).
    private int WindowNow => _comparators[0].Output ? Above : _comparators[1].Output ? Inside : Below;

    public override byte Peek(int offset) => offset switch
    {
        AC0CTRL or AC1CTRL => _comparators[offset - AC0CTRL].Control,
        AC0MUXCTRL or AC1MUXCTRL => _mux[offset - AC0MUXCTRL],
        CTRLA => _ctrla,
        CTRLB => (byte)(_scaler.Numerator - 1),
        WINCTRL => _winctrl,
        STATUS => (byte)((IsWindow ? _window << WindowStatePosition : 0) // 0 without a window (unverified)
            | (_comparators[1].Output ? AC1STATE : 0) | (_comparators[0].Output ? AC0STATE : 0)
            | (_windowFlag ? WIF : 0) | (_comparators[1].IsFlagged ? AC1IF : 0) | (_comparators[0].IsFlagged ? AC0IF : 0)),
        _ => 0,
    };

    public override long HoldsUntil(int offset) => offset is STATUS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case AC0CTRL or AC1CTRL:
                Configure(offset - AC0CTRL, value);
                break;
            case AC0MUXCTRL or AC1MUXCTRL:
                _mux[offset - AC0MUXCTRL] = value;
                Configure(offset - AC0MUXCTRL, _comparators[offset - AC0MUXCTRL].Control);
                break;
            case CTRLA:
                _ctrla = value;
                DriveOutput();
                break;
            case CTRLB:
                _scaler.Numerator = value + 1;
                foreach (Comparator comparator in _comparators) comparator.InputMoved();
                break;
            case WINCTRL:
                _winctrl = value;
                _windowLine.Level = value & WINTLVL;
                break;
            case STATUS:
                if ((value & AC0IF) != 0) _comparators[0].IsFlagged = false;
                if ((value & AC1IF) != 0) _comparators[1].IsFlagged = false;
                if ((value & WIF) != 0) IsWindowFlagged = false;
                break;
        }

        if (offset != STATUS) CheckWindow();
    }

    public override void Reset()
    {
        _ctrla = _winctrl = 0;
        _scaler.Numerator = 1;
        Array.Clear(_mux);
        Array.Clear(_heard);
        foreach (Comparator comparator in _comparators) comparator.Reset();
        _review.Cancel();
        _window = Below;
        _windowLine.Level = 0;
        IsWindowFlagged = false;
        DriveOutput();
    }

    public override void State(StateStream s)
    {
        int scale = _scaler.Numerator;
        s.Bytes(_mux);
        s.Value(ref _ctrla);
        s.Value(ref scale);
        s.Value(ref _winctrl);
        s.Value(ref _window);
        s.Value(ref _windowFlag);
        _scaler.Numerator = scale;
        foreach (Comparator comparator in _comparators) comparator.State(s);
        s.Value(_review);
        if (!s.IsRestoring) return;
        _windowLine.Level = _winctrl & WINTLVL;
        IsWindowFlagged = _windowFlag;
        for (int n = 0; n < _comparators.Length; n++)
        {
            Listen(n);
            _comparators[n].Resume(Positive(n), Negative(n), IsStopped);
        }
    }

    void IPinListener.OnPinChanged(Pin pin) => PinMoved(pin);

    void IPinListener.OnVoltageChanged(Pin pin) => PinMoved(pin);

    /// <inheritdoc/>
    protected override void OnStoppedChanged()
    {
        for (int n = 0; n < _comparators.Length; n++) _comparators[n].Configure(_comparators[n].Control, Positive(n), Negative(n), IsStopped);
    }

    // Inputs (28.4).

    private IVoltage Positive(int number)
    {
        int select = (_mux[number] & MUXPOS) >> MuxPosPosition;
        return select == PositiveDac ? _surroundings.Dac : _surroundings.Pins[select];
    }

    private IVoltage Negative(int number) => (_mux[number] & MUXNEG) switch
    {
        NegativeDac => _surroundings.Dac,
        NegativeBandgap => _surroundings.Bandgap,
        < NegativeDac and int pin => _surroundings.Pins[NegativePins[pin]],
        _ => _scaler,
    };

    private void Configure(int number, byte control)
    {
        Listen(number);
        Check(number, control);
        _comparators[number].Configure(control, Positive(number), Negative(number), IsStopped);
        DriveOutput();
    }

    private void Listen(int number)
    {
        int positive = (_mux[number] & MUXPOS) >> MuxPosPosition, negative = _mux[number] & MUXNEG;
        _heard[number] = (positive == PositiveDac ? 0 : 1 << positive) | (negative < NegativeDac ? 1 << NegativePins[negative] : 0);
    }

    private void PinMoved(Pin pin)
    {
        for (int n = 0; n < _comparators.Length; n++)
            if ((_heard[n] & (1 << pin.Index)) != 0) _comparators[n].InputMoved();
    }

    private void DacMoved()
    {
        for (int n = 0; n < _comparators.Length; n++)
            if ((_mux[n] & MUXPOS) >> MuxPosPosition == PositiveDac || (_mux[n] & MUXNEG) == NegativeDac) _comparators[n].InputMoved();
    }

    // Outputs (28.5-28.7).

    private void OutputChanged()
    {
        DriveOutput();
        if (!_review.IsBooked) _review.Book(_schedule.Now);
    }

    private void DriveOutput() =>
        _surroundings.Output.SetValue((_ctrla & AC0OUT) != 0 && _comparators[0].IsEnabled ? _comparators[0].Output : null);

    private void ReviewWindow()
    {
        int before = _window;
        _window = WindowNow;
        if (_window == before || !IsWindow) return;
        if (_windowSignal.IsWatched) _windowSignal.Changed(_window);
        if (!Selects(_window) || Selects(before)) return;
        IsWindowFlagged = true;
        _windowEvent.Raise();
    }

    private bool Selects(int state)
    {
        int mode = (_winctrl & WINTMODE) >> WindowModePosition;
        return mode == Outside ? state != Inside : state == mode;
    }

    private void Check(int number, byte control)
    {
        if ((control & Comparator.INTMODE) == Comparator.RESERVED)
            Report(AC0CTRL + number, $"AC{number}: INTMODE is set to 1, which is reserved: no edge sets the flag");
        if ((control & Comparator.HYSMODE) == HysteresisReserved)
            Report(AC0MUXCTRL + number, $"AC{number}: HYSMODE is set to 3, which is reserved: no hysteresis");
        bool usesDac = (_mux[number] & MUXPOS) >> MuxPosPosition == PositiveDac || (_mux[number] & MUXNEG) == NegativeDac;
        if ((control & Comparator.ENABLE) != 0 && usesDac && !_surroundings.Dac.IsOn)
            Report(CTRLB, $"AC{number} compares the DAC, whose internal output is off (ENABLE and IDOEN): 0 V");
    }

    private void CheckWindow()
    {
        if (IsWindow && _comparators[0].IsEnabled && _comparators[1].IsEnabled && ((_mux[0] ^ _mux[1]) & MUXPOS) != 0)
            Report(WINCTRL, "the comparators of the window have different positive inputs");
    }

    private void Report(int offset, string problem)
    {
        if (!_diagnostics.Knows(DiagnosticKind.Configuration, BaseAddress + offset)) _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + offset, $"{Name}: {problem}");
    }
}
