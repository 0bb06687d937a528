using Xmega.Dma;
using Xmega.Electrical;
using Xmega.Events;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Analog;

/// <summary>
/// Analog to digital converter (8077I ch. 25): ADCA, ADCB. Four channels share one pipeline; software, events or free
/// running start conversions, and each channel's result goes its own ways.
/// </summary>
/// <remarks>
/// Limitations: the converter is ideal: CAL is stored and corrects nothing, input and reference settle at once, and
/// sources have no impedance; conversions begun during the start-up time after ENABLE are as good as others, and a diagnostic says
/// so. The input is sampled at the edge that begins the conversion. Of the errata none is modelled: events follow the compare
/// mode, the gain stage is not limited to 2.4 V, and there is no saw-tooth error.
/// </remarks>
internal sealed class Adc : IoModule, IAdcChannels, IEventUser
{
    private const int CTRLA = 0x00;
    private const int CTRLB = 0x01;
    private const int REFCTRL = 0x02;
    private const int EVCTRL = 0x03;
    private const int PRESCALER = 0x04;
    private const int INTFLAGS = 0x06;
    private const int TEMP = 0x07;
    private const int CALL = 0x0C;
    private const int CALH = 0x0D;
    private const int CH0RESL = 0x10;
    private const int CH3RESH = 0x17;
    private const int CMPL = 0x18;
    private const int CMPH = 0x19;
    private const int CH0 = 0x20;
    private const int ChannelStride = 8;

    private const byte DMASEL = 0xC0;     // channels of the combined DMA request
    private const byte CHSTART = 0x3C;    // start conversions
    private const byte FLUSH = 0x02;      // abort what is under way
    private const byte ENABLE = 0x01;
    private const byte CONVMODE = 0x10;   // signed
    private const byte FREERUN = 0x08;    // the channels of SWEEP convert again and again
    private const byte RESOLUTION = 0x06;
    private const byte REFSEL = 0x30;
    private const byte BANDGAP = 0x02;    // bandgap on, to be measured
    private const byte TEMPREF = 0x01;    // temperature sensor on
    private const byte SWEEP = 0xC0;      // channels 0 to n
    private const byte EVSEL = 0x38;      // first of the event channels that are inputs
    private const byte EVACT = 0x07;
    private const byte PRESCALERS = 0x07; // clk_PER / 4 · 2^n
    private const byte CHIFS = 0x0F;
    private const byte CALH_gm = 0x0F;

    private const int ChannelStartPosition = 2;
    private const int SweepPosition = 6;
    private const int DmaSelPosition = 6;
    private const int EventSelPosition = 3;
    private const int RefSelPosition = 4;

    private const byte RES8 = 0x04;     // 8 bits
    private const byte RESRESERVED = 0x02;
    private const byte LEFT12 = 0x06;   // 12 bits, left adjusted
    private const int LeftShift = 4;
    private const int INT1V = 0;        // of REFSEL
    private const int FirstPinReference = 2;

    private const int EACTSWEEP = 5;
    private const int EACTSYNCSWEEP = 6;

    private const int StartUpClocks = 12;            // of clk_ADC after ENABLE, typical (8135L)
    private const double LowestClock = 100_000;      // hertz
    private const double HighestClock = 2_000_000;   // hertz (recalled)
    private const long LowestReference = 1_000_000;  // microvolts at AREF
    private const long ReferenceHeadroom = 600_000;  // microvolts from AREF to VCC
    private const long FreshlyBooted = long.MinValue / 2;

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly EventSystem _events;
    private readonly Supply _supply;
    private readonly AdcInputs _inputs;
    private readonly AdcPipeline _pipeline;
    private readonly AdcChannel[] _channels;
    private readonly DmaRequestLine _combined;
    private TemporaryByte _temp;
    private byte _ctrla; // without the strobes
    private byte _ctrlb;
    private byte _refctrl;
    private byte _evctrl;
    private byte _prescaler;
    private ushort _cal;
    private ushort _cmp;
    private byte _listened; // event channels subscribed to, a bit each
    private long _enabledAt;

    public Adc(ChipServices services, AdcFacts facts, AdcInputs inputs)
        : base(facts.Name, facts.Base, Map)
    {
        _schedule = services.Schedule;
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _events = services.Events;
        _supply = services.Supply;
        _inputs = inputs;
        _pipeline = new AdcPipeline(services.Schedule, facts.Name, this);
        _channels = Numbered.Create(AdcPipeline.Channels, n => new AdcChannel(services, facts, n, inputs, RequestCombined));
        _combined = services.DmaRequests.Add($"{facts.Name}_CH4", facts.DmaCode + AdcPipeline.Channels);
    }

    private static RegisterTable Map { get; } = BuildMap();

    private bool IsEnabled => (_ctrla & ENABLE) != 0;

    private bool IsSigned => (_ctrlb & CONVMODE) != 0;

    private int SweepChannels => (2 << (_evctrl >> SweepPosition)) - 1;

    public override byte Peek(int offset) => offset switch
    {
        CTRLA => (byte)(_ctrla | (_pipeline.Started << ChannelStartPosition)),
        CTRLB => _ctrlb,
        REFCTRL => _refctrl,
        EVCTRL => _evctrl,
        PRESCALER => _prescaler,
        INTFLAGS => Flags(),
        TEMP => _temp.Value,
        CALL => (byte)_cal,
        CALH => (byte)(_cal >> 8),
        >= CH0RESL and <= CH3RESH => _channels[(offset - CH0RESL) / 2].Peek(AdcChannel.RESL + (offset & 1)),
        CMPL => (byte)_cmp,
        CMPH => (byte)(_cmp >> 8),
        >= CH0 => PeekChannel((offset - CH0) / ChannelStride, offset % ChannelStride),
        _ => 0,
    };

    public override byte Read(int offset)
    {
        switch (offset)
        {
            case CALL: return _temp.ReadLow(_cal);
            case CMPL: return _temp.ReadLow(_cmp);
            case CALH or CMPH: return _temp.Value;
        }

        int channel, register;
        if (offset is >= CH0RESL and <= CH3RESH) (channel, register) = ((offset - CH0RESL) / 2, AdcChannel.RESL + (offset & 1));
        else (channel, register) = ((offset - CH0) / ChannelStride, offset % ChannelStride);
        if (offset < CH0RESL || register is not (AdcChannel.RESL or AdcChannel.RESH)) return Peek(offset);

        _channels[channel].ResultRead(register == AdcChannel.RESH);
        return register == AdcChannel.RESL ? _temp.ReadLow(_channels[channel].Result) : _temp.Value;
    }

    public override long HoldsUntil(int offset) => offset is INTFLAGS ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRLA: Control(value); break;
            case CTRLB:
                _ctrlb = value;
                if ((value & RESOLUTION) == RESRESERVED) Report(CTRLB, "RESOLUTION is set to 1, which is reserved: taken as 12 bits");
                Configure();
                break;
            case REFCTRL: _refctrl = value; break;
            case EVCTRL:
                _evctrl = value;
                if ((value & EVACT) > EACTSYNCSWEEP) Report(EVCTRL, "EVACT is set to 7, which is reserved: events start nothing");
                Configure();
                break;
            case PRESCALER:
                _prescaler = value;
                _pipeline.Period = 4 << value;
                break;
            case INTFLAGS:
                for (int n = 0; n < _channels.Length; n++)
                    if ((value & (1 << n)) != 0) _channels[n].IsFlagged = false;
                break;
            case TEMP or CALL or CMPL: _temp.WriteLow(value); break;
            case CALH: _cal = _temp.WriteHigh(value); break;
            case CMPH: _cmp = _temp.WriteHigh(value); break;
            case >= CH0: WriteChannel((offset - CH0) / ChannelStride, offset % ChannelStride, value); break;
        }
    }

    public override void Reset()
    {
        _pipeline.Disable();
        _ctrla = _ctrlb = _refctrl = _evctrl = _temp.Value = 0;
        _cal = _cmp = 0;
        _enabledAt = FreshlyBooted;
        Write(PRESCALER, 0);
        foreach (AdcChannel channel in _channels) channel.Reset();
        Configure();
        RequestCombined();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrla);
        s.Value(ref _ctrlb);
        s.Value(ref _refctrl);
        s.Value(ref _evctrl);
        s.Value(ref _prescaler);
        s.Value(ref _cal);
        s.Value(ref _cmp);
        s.Value(ref _enabledAt);
        _temp.State(s);
        foreach (AdcChannel channel in _channels) channel.State(s);
        if (s.IsRestoring)
        {
            Configure();
            RequestCombined();
        }

        _pipeline.State(s);
    }

    // Starting conversions (25.7, 25.14.4).

    void IEventUser.OnEvent(int channel, bool strobe, bool data)
    {
        if (!strobe || IsStopped || !IsEnabled) return;
        int input = channel - ((_evctrl & EVSEL) >> EventSelPosition);
        int action = _evctrl & EVACT;
        if (action == EACTSYNCSWEEP) _pipeline.Flush();
        _pipeline.Trigger(action >= EACTSWEEP ? SweepChannels : 1 << input);
    }

    bool IAdcChannels.UsesGain(int channel) => IsSigned && _channels[channel].InputMode == AdcChannel.DIFFWGAIN;

    int IAdcChannels.Sample(int channel)
    {
        AdcChannel own = _channels[channel];
        long time = _timeline.Picoseconds;
        long reference = _inputs.References[(_refctrl & REFSEL) >> RefSelPosition].At(time);
        Check(channel, own, reference);
        long volts = IsOff(own) ? 0 : own.Sample(time, IsSigned);
        int bits = _pipeline.Bits;
        return IsSigned
            ? AdcTransfer.Signed(volts, own.InputMode == AdcChannel.DIFFWGAIN ? own.Gain : 1, reference, bits)
            : AdcTransfer.Unsigned(volts, reference, bits);
    }

    void IAdcChannels.Complete(int channel, int result) =>
        _channels[channel].Complete((ushort)((_ctrlb & RESOLUTION) == LEFT12 ? result << LeftShift : result), _cmp, IsSigned);

    /// <inheritdoc/>
    protected override void OnStoppedChanged()
    {
        if (!IsEnabled) return;
        if (IsStopped) _pipeline.Hold();
        else _pipeline.Resume();
    }

    private static RegisterTable BuildMap()
    {
        RegisterTable map = new RegisterTable("ADC", 0x40)
            .Add(CTRLA, "CTRLA", DMASEL | CHSTART | FLUSH | ENABLE)
            .Add(CTRLB, "CTRLB", CONVMODE | FREERUN | RESOLUTION)
            .Add(REFCTRL, "REFCTRL", REFSEL | BANDGAP | TEMPREF)
            .Add(EVCTRL, "EVCTRL", SWEEP | EVSEL | EVACT)
            .Add(PRESCALER, "PRESCALER", PRESCALERS)
            .Add(INTFLAGS, "INTFLAGS", CHIFS, Access.WriteOneToClear)
            .Add(TEMP, "TEMP", 0xFF)
            .Add(CALL, "CALL", 0xFF, fidelity: Fidelity.Stored)
            .Add(CALH, "CALH", CALH_gm, fidelity: Fidelity.Stored)
            .AddWide(CMPL, "CMP");
        for (int n = 0; n < AdcPipeline.Channels; n++)
        {
            int channel = CH0 + (n * ChannelStride);
            map.Add(CH0RESL + (2 * n), $"CH{n}RESL", 0, Access.ReadOnly)
                .Add(CH0RESL + (2 * n) + 1, $"CH{n}RESH", 0, Access.ReadOnly)
                .Add(channel + AdcChannel.CTRL, $"CH{n}.CTRL", AdcChannel.START | AdcChannel.GAIN | AdcChannel.INPUTMODE)
                .Add(channel + AdcChannel.MUXCTRL, $"CH{n}.MUXCTRL", AdcChannel.MUXPOS | AdcChannel.MUXNEG)
                .Add(channel + AdcChannel.INTCTRL, $"CH{n}.INTCTRL", AdcChannel.INTMODE | AdcChannel.INTLVL)
                .Add(channel + AdcChannel.INTFLAGS, $"CH{n}.INTFLAGS", AdcChannel.CHIF, Access.WriteOneToClear)
                .Add(channel + AdcChannel.RESL, $"CH{n}.RESL", 0, Access.ReadOnly)
                .Add(channel + AdcChannel.RESH, $"CH{n}.RESH", 0, Access.ReadOnly);
        }

        return map;
    }

    private byte Flags()
    {
        int flags = 0;
        for (int n = 0; n < _channels.Length; n++)
            if (_channels[n].IsFlagged) flags |= 1 << n;
        return (byte)flags;
    }

    private byte PeekChannel(int channel, int offset)
    {
        bool starts = offset == AdcChannel.CTRL && (_pipeline.Started & (1 << channel)) != 0;
        return (byte)(_channels[channel].Peek(offset) | (starts ? AdcChannel.START : 0));
    }

    private void WriteChannel(int channel, int offset, byte value)
    {
        _channels[channel].Write(offset, value);
        if (offset != AdcChannel.CTRL) return;
        int bit = 1 << channel;
        Start((value & AdcChannel.START) != 0 ? _pipeline.Started | bit : _pipeline.Started & ~bit);
    }

    private void Control(byte value)
    {
        bool wasEnabled = IsEnabled;
        _ctrla = (byte)(value & (DMASEL | ENABLE));
        RequestCombined();
        if (IsEnabled && !wasEnabled)
        {
            _enabledAt = _schedule.Now;
            Configure();
            _pipeline.Enable();
        }
        else if (!IsEnabled && wasEnabled)
        {
            _pipeline.Disable();
        }

        if ((value & FLUSH) != 0) _pipeline.Flush();
        Start((value & CHSTART) >> ChannelStartPosition);
    }

    // A START bit stays until its conversion begins; writing it to zero before takes it back (unverified).
    private void Start(int channels)
    {
        if (IsEnabled) _pipeline.Started = (byte)channels;
        else if (channels != 0) Report(CTRLA, "a conversion is started while ENABLE is 0: it never begins");
    }

    // What the pipeline and the event inputs follow from CTRLB and EVCTRL.
    private void Configure()
    {
        _pipeline.Bits = (_ctrlb & RESOLUTION) == RES8 ? 8 : 12;
        _pipeline.FreeRunning = (byte)((_ctrlb & FREERUN) != 0 ? SweepChannels : 0);

        int action = _evctrl & EVACT, first = (_evctrl & EVSEL) >> EventSelPosition;
        int inputs = action > EACTSYNCSWEEP ? 0 : action >= EACTSWEEP ? 1 : action;
        byte listened = (byte)(((1 << inputs) - 1) << first);
        for (int n = 0; n < EventSystem.ChannelCount; n++)
        {
            int bit = 1 << n;
            if ((listened & ~_listened & bit) != 0) _events.Channels[n].Subscribe(this);
            if ((_listened & ~listened & bit) != 0) _events.Channels[n].Unsubscribe(this);
        }

        _listened = listened;
    }

    // One DMA channel can serve several ADC channels: a request of any of them is one (header: "ADC Channel 0 or 1").
    private void RequestCombined()
    {
        int last = _ctrla >> DmaSelPosition;
        bool any = false;
        for (int n = 0; n <= last; n++) any |= _channels[n].IsRequesting;
        _combined.IsRequested = last != 0 && any;
    }

    private bool IsOff(AdcChannel channel) =>
        (channel.MeasuresTemperature && (_refctrl & TEMPREF) == 0)
        || (channel.MeasuresBandgap && (_refctrl & BANDGAP) == 0 && (_refctrl & REFSEL) >> RefSelPosition != INT1V);

    // What the data sheet asks of a conversion, said once each.
    private void Check(int number, AdcChannel channel, long reference)
    {
        double hertz = _timeline.Hertz / _pipeline.Period;
        if (IsNew(PRESCALER, hertz is < LowestClock or > HighestClock))
            Report(PRESCALER, FormattableString.Invariant($"clk_ADC is {hertz / 1000:0.#} kHz: the ADC works from 100 kHz to 2 MHz; set PRESCALER"));
        if (IsNew(REFCTRL, (_refctrl & REFSEL) >> RefSelPosition >= FirstPinReference && (reference < LowestReference || reference > _supply.Microvolts - ReferenceHeadroom)))
            Report(REFCTRL, FormattableString.Invariant($"the reference at AREF is {reference / 1e6:0.###} V: it has to be between 1 V and VCC - 0.6 V"));
        if (IsNew(CTRLA, _schedule.Now - _enabledAt < StartUpClocks * _pipeline.Period))
            Report(CTRLA, $"a conversion begins less than {StartUpClocks} ADC clocks after ENABLE: the part is still starting up, and its result inaccurate");
        int offset = CH0 + (number * ChannelStride);
        if (IsNew(offset, !IsSigned && channel.InputMode > AdcChannel.SINGLEENDED))
            Report(offset, $"CH{number}: INPUTMODE is differential and CONVMODE unsigned, which is reserved: taken as single ended");
        if (IsNew(offset + AdcChannel.MUXCTRL, !channel.HasInput))
            Report(offset + AdcChannel.MUXCTRL, $"CH{number}: the positive multiplexer is set to {channel.PositiveInput}, which is reserved: 0 V");
        if (IsNew(offset + AdcChannel.RESL, channel.InputMode == AdcChannel.DIFFWGAIN && !channel.HasValidGain))
            Report(offset + AdcChannel.RESL, $"CH{number}: GAIN is set to 7, which is reserved: taken as 64");
        if (IsNew(offset + AdcChannel.INTCTRL, IsOff(channel)))
            Report(offset + AdcChannel.INTCTRL, $"CH{number} measures the {(channel.MeasuresBandgap ? "bandgap, and REFCTRL.BANDGAP" : "temperature sensor, and REFCTRL.TEMPREF")} is 0: it is off, 0 V");
        if (IsNew(offset + AdcChannel.INTFLAGS, channel.MeasuresSilentDac))
            Report(offset + AdcChannel.INTFLAGS, $"CH{number} measures the DAC, whose internal output is off (ENABLE and IDOEN): 0 V");
    }

    // The words are made only for what has not been said.
    private bool IsNew(int offset, bool wrong) => wrong && !_diagnostics.Knows(DiagnosticKind.Configuration, BaseAddress + offset);

    private void Report(int offset, string problem) => _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + offset, $"{Name}: {problem}");
}
