using Xmega.Electrical;
using Xmega.Events;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Analog;

/// <summary>
/// Digital to analog converter (8077I ch. 27): DACA, DACB. One converter, which either drives channel 0 all the time or
/// serves two channels in turn, each with a sample and hold. A conversion takes the interval of TIMCTRL, and its result
/// shows at the end of it.
/// </summary>
/// <remarks>
/// Limitations: the converter is ideal and its output settles at once: GAINCAL and OFFSETCAL are stored and correct nothing. A held value does
/// not droop: REFRESH has no effect but a diagnostic when it is too slow, and delays no conversion. Of the errata none is
/// modelled.
/// </remarks>
internal sealed class Dac : IoModule, IEventUser
{
    private const int CTRLA = 0x00;
    private const int CTRLB = 0x01;
    private const int CTRLC = 0x02;
    private const int EVCTRL = 0x03;
    private const int TIMCTRL = 0x04;
    private const int STATUS = 0x05;
    private const int GAINCAL = 0x08;
    private const int OFFSETCAL = 0x09;
    private const int CH0DATAL = 0x18;
    private const int CH1DATAH = 0x1B;

    private const byte IDOEN = 0x10;    // internal output, to ADC and AC
    private const byte CH1EN = 0x08;    // channel 1 to its pin
    private const byte CH0EN = 0x04;    // channel 0 to its pin
    private const byte LPMODE = 0x02;   // low power: half as fast
    private const byte ENABLE = 0x01;
    private const byte CHSEL = 0x60;    // channels in use
    private const byte CH1TRIG = 0x02;  // channel 1 is converted by events, not by writing data
    private const byte CH0TRIG = 0x01;
    private const byte REFSEL = 0x18;
    private const byte LEFTADJ = 0x01;  // data in bits 15:4
    private const byte EVSEL = 0x07;
    private const byte CONINTVAL = 0x70; // clk_PER cycles between conversions
    private const byte REFRESH = 0x0F;   // clk_PER cycles between refreshes of the held values
    private const byte CH1DRE = 0x02;    // data register empty
    private const byte CH0DRE = 0x01;
    private const byte CALIBRATION = 0x7F;

    private const byte SINGLE = 0x00;
    private const byte DUAL = 0x40; // sample and hold on both channels

    private const int RefSelPosition = 3;
    private const int IntervalPosition = 4;
    private const int LeftShift = 4;
    private const int FirstPinReference = 2; // of REFSEL
    private const byte TimingAfterReset = 0x61;
    private const int SlowestRefresh = 12;   // codes above are off or reserved
    private const int None = -1;

    private const double ShortestSingle = 1.0e-6;    // seconds between conversions (recalled)
    private const double ShortestDual = 1.5e-6;
    private const double LongestHold = 30e-6;        // seconds between refreshes
    private const long LowestReference = 1_000_000;  // microvolts at AREF
    private const long ReferenceHeadroom = 600_000;  // microvolts from AREF to VCC

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly EventSystem _events;
    private readonly Supply _supply;
    private readonly DacSurroundings _surroundings;
    private readonly DacChannel[] _channels;
    private readonly DacInternalOutput _internal = new();
    private readonly ScheduledAction _step;
    private TemporaryByte _temp;
    private byte _ctrla;
    private byte _ctrlb;
    private byte _ctrlc;
    private byte _evctrl;
    private byte _timctrl;
    private byte _gaincal;
    private byte _offsetcal;
    private int _converting = None; // the channel in the converter
    private ushort _code;           // what it is converted to
    private long _end;              // the cycle in which that shows, and the converter is free
    private long _heldSince;        // the cycle in which the clock stopped
    private EventChannel? _listened;

    public Dac(ChipServices services, DacFacts facts, DacSurroundings surroundings)
        : base(facts.Name, facts.Base, Map)
    {
        _schedule = services.Schedule;
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _events = services.Events;
        _supply = services.Supply;
        _surroundings = surroundings;
        _step = services.Schedule.Create(facts.Name, Phase.Module, Step);
        _channels = Numbered.Create(surroundings.Pins.Length, n => new DacChannel(services, facts, n, surroundings.Pins[n], () => _timeline.Picoseconds));
    }

    /// <summary>Gets the internal output, which ADC and analog comparator can select: channel 0, or ground while IDOEN is 0.</summary>
    public DacInternalOutput InternalOutput => _internal;

    private static RegisterTable Map { get; } = new RegisterTable("DAC", 0x1C)
        .Add(CTRLA, "CTRLA", IDOEN | CH1EN | CH0EN | LPMODE | ENABLE)
        .Add(CTRLB, "CTRLB", CHSEL | CH1TRIG | CH0TRIG)
        .Add(CTRLC, "CTRLC", REFSEL | LEFTADJ)
        .Add(EVCTRL, "EVCTRL", EVSEL)
        .Add(TIMCTRL, "TIMCTRL", CONINTVAL | REFRESH)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly)
        .Add(GAINCAL, "GAINCAL", CALIBRATION, fidelity: Fidelity.Stored)
        .Add(OFFSETCAL, "OFFSETCAL", CALIBRATION, fidelity: Fidelity.Stored)
        .AddWide(CH0DATAL, "CH0DATA")
        .AddWide(CH0DATAL + 2, "CH1DATA");

    private bool IsEnabled => (_ctrla & ENABLE) != 0;

    private bool IsDual => (_ctrlb & CHSEL) == DUAL;

    public override byte Peek(int offset) => offset switch
    {
        CTRLA => _ctrla,
        CTRLB => _ctrlb,
        CTRLC => _ctrlc,
        EVCTRL => _evctrl,
        TIMCTRL => _timctrl,
        STATUS => (byte)((IsEmpty(0) ? CH0DRE : 0) | (IsEmpty(1) ? CH1DRE : 0)),
        GAINCAL => _gaincal,
        OFFSETCAL => _offsetcal,
        >= CH0DATAL and <= CH1DATAH => (byte)(_channels[(offset - CH0DATAL) / 2].Data >> (8 * (offset & 1))),
        _ => 0,
    };

    public override byte Read(int offset) => offset < CH0DATAL ? Peek(offset)
        : (offset & 1) == 0 ? _temp.ReadLow(_channels[(offset - CH0DATAL) / 2].Data) : _temp.Value;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRLA:
                _ctrla = value;
                if (!IsEnabled) _converting = None;
                break;
            case CTRLB:
                _ctrlb = value;
                if ((value & CHSEL) is not (SINGLE or DUAL)) Report(CTRLB, $"CHSEL is set to {(value & CHSEL) >> 5}, which is reserved: taken as single channel");
                break;
            case CTRLC: _ctrlc = value; break;
            case EVCTRL: _evctrl = value; break;
            case TIMCTRL: _timctrl = value; break;
            case GAINCAL: _gaincal = value; break;
            case OFFSETCAL: _offsetcal = value; break;
            case >= CH0DATAL when (offset & 1) == 0: _temp.WriteLow(value); return;
            case >= CH0DATAL: Load((offset - CH0DATAL) / 2, _temp.WriteHigh(value)); break;
        }

        Configure();
        BookNext();
    }

    public override void Reset()
    {
        _ctrla = _ctrlb = _ctrlc = _evctrl = _gaincal = _offsetcal = _temp.Value = 0;
        _timctrl = TimingAfterReset;
        _converting = None;
        _end = 0;
        _step.Cancel();
        foreach (DacChannel channel in _channels) channel.Reset();
        Configure();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrla);
        s.Value(ref _ctrlb);
        s.Value(ref _ctrlc);
        s.Value(ref _evctrl);
        s.Value(ref _timctrl);
        s.Value(ref _gaincal);
        s.Value(ref _offsetcal);
        s.Value(ref _converting);
        s.Value(ref _code);
        s.Value(ref _end);
        s.Value(ref _heldSince);
        _temp.State(s);
        foreach (DacChannel channel in _channels) channel.State(s);
        s.Value(_step);
        if (s.IsRestoring) Configure();
    }

    void IEventUser.OnEvent(int channel, bool strobe, bool data)
    {
        if (!strobe || IsStopped || !IsEnabled) return;
        for (int n = 0; n < _channels.Length; n++)
            if ((_ctrlb & (CH0TRIG << n)) != 0) _channels[n].Trigger();
        if (_converting == None) BeginNext();
        BookNext();
    }

    /// <inheritdoc/>
    protected override void OnStoppedChanged()
    {
        if (IsStopped)
        {
            _heldSince = _schedule.Now;
            _step.Cancel();
        }
        else
        {
            _end += _schedule.Now - _heldSince;
            BookNext();
        }
    }

    private bool IsUsed(int channel) => channel == 0 || IsDual;

    private bool IsEmpty(int channel) => IsEnabled && !_channels[channel].HasNew;

    // Where the outputs go, and what events are listened to, follow from the registers.
    private void Configure()
    {
        for (int n = 0; n < _channels.Length; n++)
        {
            _channels[n].Reference = _surroundings.References[(_ctrlc & REFSEL) >> RefSelPosition];
            _channels[n].Drive(IsEnabled && (_ctrla & (CH0EN << n)) != 0 && IsUsed(n));
            if ((_ctrlb & (CH0TRIG << n)) == 0) _channels[n].Trigger();
        }

        Request();
        _internal.Follow(IsEnabled && (_ctrla & IDOEN) != 0 ? _channels[0].Output : null);

        EventChannel? listened = (_ctrlb & (CH0TRIG | CH1TRIG)) != 0 ? _events.Channels[_evctrl] : null;
        if (listened == _listened) return;
        _listened?.Unsubscribe(this);
        listened?.Subscribe(this);
        _listened = listened;
    }

    private void Request()
    {
        for (int n = 0; n < _channels.Length; n++) _channels[n].IsRequesting = IsEmpty(n) && IsUsed(n);
    }

    // Conversions (27.5).

    private void Load(int channel, ushort data)
    {
        if (!IsUsed(channel)) Report(CTRLB, "data is written for channel 1 while CHSEL selects channel 0 alone: it is never converted");
        if (!_channels[channel].Load(data, (_ctrlb & (CH0TRIG << channel)) == 0) && IsEnabled && !_diagnostics.Knows(DiagnosticKind.LostData, BaseAddress + channel))
            _diagnostics.Report(DiagnosticKind.LostData, BaseAddress + channel, $"{Name}: CH{channel}DATA is written while CH{channel}DRE is 0: the data before is never converted");
    }

    private bool HasDue => _channels[0].IsDue || (IsDual && _channels[1].IsDue);

    private void BookNext()
    {
        if (IsStopped || !IsEnabled) _step.Cancel();
        else if (_converting != None) _step.Book(_end);
        else if (HasDue) _step.Book(Math.Max(_schedule.Now + Latency.DacStart, _end));
        else _step.Cancel();
    }

    private void Step()
    {
        if (_converting != None)
        {
            int done = _converting;
            _converting = None;
            _channels[done].Show(_code);
            if (done == 0) _internal.Moved();
        }

        BeginNext();
        BookNext();
    }

    // Channel 0 first when both wait (unverified).
    private void BeginNext()
    {
        if (!HasDue || _end > _schedule.Now) return;
        _converting = _channels[0].IsDue ? 0 : 1;
        DacChannel channel = _channels[_converting];
        _code = (ushort)((_ctrlc & LEFTADJ) != 0 ? channel.Data >> LeftShift : channel.Data & DacChannel.Top);
        channel.Take();
        _end = _schedule.Now + Interval();
        Check();
        Request();
    }

    private int Interval()
    {
        int code = (_timctrl & CONINTVAL) >> IntervalPosition;
        int cycles = !IsDual ? 1 << code : code == 0 ? 2 : 3 << (code - 1);
        return (_ctrla & LPMODE) != 0 ? 2 * cycles : cycles;
    }

    // What the data sheet asks of a conversion, said once each.
    private void Check()
    {
        double hertz = _timeline.Hertz;
        if (IsNew(TIMCTRL, Interval() / hertz < (IsDual ? ShortestDual : ShortestSingle)))
            Report(TIMCTRL, FormattableString.Invariant($"CONINTVAL leaves {Interval() / hertz * 1e6:0.###} us for a conversion, which needs {(IsDual ? 1.5 : 1)} us: the output does not settle"));
        if (IsNew(STATUS, IsDual && ((_timctrl & REFRESH) > SlowestRefresh || (16L << (_timctrl & REFRESH)) / hertz > LongestHold)))
            Report(STATUS, "REFRESH is off or slower than 30 us: held values droop between conversions");
        long reference = _surroundings.References[(_ctrlc & REFSEL) >> RefSelPosition].At(_timeline.Picoseconds);
        if (IsNew(CTRLC, (_ctrlc & REFSEL) >> RefSelPosition >= FirstPinReference && (reference < LowestReference || reference > _supply.Microvolts - ReferenceHeadroom)))
            Report(CTRLC, FormattableString.Invariant($"the reference at AREF is {reference / 1e6:0.###} V: it has to be between 1 V and VCC - 0.6 V"));
    }

    // The words are made only for what has not been said.
    private bool IsNew(int offset, bool wrong) => wrong && !_diagnostics.Knows(DiagnosticKind.Configuration, BaseAddress + offset);

    private void Report(int offset, string problem) => _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + offset, $"{Name}: {problem}");
}
