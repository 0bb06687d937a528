using Xmega.Memory;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Events;

/// <summary>
/// The event system (8077I ch. 6): eight channels, each with a multiplexer over every event source of the chip. It
/// routes events from generators to users in a fixed two cycles with no CPU in between.
/// </summary>
/// <remarks>
/// Limitations: single events of sources that are not pins do not pass a digital filter even when they come in
/// consecutive cycles.
/// </remarks>
public sealed class EventSystem : IoModule
{
    /// <summary>Number of channels.</summary>
    public const int ChannelCount = 8;

    private const int CH0MUX = 0x00;
    private const int CH0CTRL = 0x08;
    private const int STROBE = 0x10;
    private const int DATA = 0x11;

    private const byte QDIRM_QDIEN_QDEN = 0x78; // quadrature fields, in the CTRL of channels 0, 2 and 4 only
    private const byte DIGFILT = 0x07;          // digital filter depth
    private const byte EVSYS0LOCK = 0x01;       // MCU.EVSYSLOCK: channels 0-3
    private const byte EVSYS1LOCK = 0x10;       // channels 4-7
    private const int LockedTogether = 4;
    private const int DecoderCount = 3;
    private const int FirstPrescaler = 0x80; // codes 0x80 + m: clk_PER / 2^m
    private const int PrescalerCount = 16;

    private readonly Schedule _schedule;
    private readonly Diagnostics _diagnostics;
    private readonly EventSource?[] _sources = new EventSource?[256];
    private readonly EventChannel[] _channels;
    private readonly ChannelFilter[] _filters;
    private readonly QuadratureDecoder[] _decoders;
    private readonly byte[] _mux = new byte[ChannelCount];
    private readonly byte[] _ctrl = new byte[ChannelCount];
    private byte _data;
    private int _users; // places given to users

    internal EventSystem(Schedule schedule, SignalList signals, Diagnostics diagnostics)
        : base("EVSYS", 0x0180, Map)
    {
        _diagnostics = diagnostics;
        _schedule = schedule;
        _channels = Numbered.Create(ChannelCount, n => new EventChannel(schedule, signals, n));
        _filters = Numbered.Create(ChannelCount, n => new ChannelFilter(schedule, _channels[n], n));
        _decoders = Numbered.Create(DecoderCount, n => new QuadratureDecoder(schedule, _channels[2 * n], 2 * n));
        for (int m = 0; m < PrescalerCount; m++) Connect(FirstPrescaler + m, $"PRESCALER_{1 << m}");
        StartPrescalers();
    }

    /// <summary>Gets the eight channels.</summary>
    public IReadOnlyList<EventChannel> Channels => _channels;

    /// <summary>Gets the sources that exist, by code.</summary>
    public IEnumerable<EventSource> Sources => _sources.OfType<EventSource>();

    /// <summary>Gets or sets a value indicating whether a sleep mode stopped clk_PER: what is raised is lost (8077I 8.3).</summary>
    public bool IsStanding { get; internal set; }

    /// <summary>Gets or sets MCU.EVSYSLOCK: CHnMUX and CHnCTRL of channels 0–3 (bit 0) and 4–7 (bit 4) ignore writes.</summary>
    public byte Locks { get; internal set; }

    private static RegisterTable Map { get; } = BuildMap();

    /// <summary>The source a channel selects.</summary>
    /// <param name="channel">Channel number 0–7.</param>
    /// <returns>The source, or null when CHnMUX names none.</returns>
    public EventSource? SourceOf(int channel) => _sources[_mux[channel]];

    /// <inheritdoc/>
    public override byte Peek(int offset) => offset switch
    {
        < CH0CTRL => _mux[offset - CH0MUX],
        < STROBE => _ctrl[offset - CH0CTRL],
        DATA => _data,
        _ => 0, // STROBE reads as zero (unverified)
    };

    /// <inheritdoc/>
    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case < STROBE when IsLocked(offset % ChannelCount):
                break;
            case < CH0CTRL:
                Select(offset - CH0MUX, value);
                break;
            case < STROBE:
                _ctrl[offset - CH0CTRL] = value;
                Configure(offset - CH0CTRL);
                break;
            case STROBE:
                Strobe(value);
                break;
            case DATA:
                _data = value;
                break;
        }
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        for (int n = 0; n < ChannelCount; n++)
        {
            _ctrl[n] = 0;
            Select(n, 0);
            Configure(n);
            _channels[n].Reset();
        }

        _data = 0;
    }

    /// <inheritdoc/>
    public override void State(StateStream s)
    {
        s.Bytes(_mux);
        s.Bytes(_ctrl);
        s.Value(ref _data);
        bool isStanding = IsStanding;
        s.Value(ref isStanding);
        IsStanding = isStanding;
        byte locks = Locks;
        s.Value(ref locks);
        Locks = locks;
        if (s.IsRestoring)
        {
            // What listens to what follows from the registers; what was under way is carried after that.
            foreach (QuadratureDecoder decoder in _decoders) decoder.Configure(0, null, null, null, 0);
            for (int n = 0; n < DecoderCount; n++) ConfigureDecoder(n);
        }

        foreach (EventSource source in Sources) source.State(s);
        foreach (EventChannel channel in _channels) channel.State(s);
        foreach (QuadratureDecoder decoder in _decoders) decoder.Carry(s);
        foreach (ChannelFilter filter in _filters) filter.State(s);
        if (!s.IsRestoring) return;
        for (int n = 0; n < ChannelCount; n++) _filters[n].Restore(Heard(n));
        // No call of WantedChanged: every module restores what it had booked and computed by itself, after this one.
        foreach (EventSource source in Sources) source.Channels = 0;
        for (int n = 0; n < ChannelCount; n++)
            if (SourceOf(n) is { } source) source.Channels |= 1 << n;
    }

    /// <summary>The place of another user. Call at construction only.</summary>
    /// <returns>The place, for <see cref="IEventUser.Place"/>.</returns>
    internal int NextUserPlace() => ++_users;

    /// <summary>Makes an event source. Call at construction only.</summary>
    /// <param name="code">The code in CHnMUX.</param>
    /// <param name="name">Datasheet name.</param>
    /// <param name="latency">Cycles from raising an event to the action in a user, 1–<see cref="Latency.Event"/>.</param>
    /// <returns>The source.</returns>
    internal EventSource Connect(int code, string name, int latency = Latency.Event) => _sources[code] = new EventSource(this, code, name, latency);

    internal void Raised(EventSource source, bool strobe, bool data)
    {
        for (int n = 0; n < ChannelCount; n++)
            if ((source.Channels & (1 << n)) != 0 && Heard(n) == source) _filters[n].Raised(strobe, data);
    }

    internal void LevelChanged(EventSource source, bool level)
    {
        for (int n = 0; n < ChannelCount; n++)
            if ((source.Channels & (1 << n)) != 0 && Heard(n) == source) _filters[n].LevelChanged(level);
    }

    internal void TrainChanged(EventSource source)
    {
        for (int n = 0; n < ChannelCount; n++)
            if ((source.Channels & (1 << n)) != 0 && Heard(n) == source) _filters[n].TrainChanged();
    }

    /// <summary>The power reduction bit stops the routing: what is under way is lost, sources are not heard.</summary>
    protected override void OnStoppedChanged()
    {
        for (int n = 0; n < ChannelCount; n++)
        {
            _filters[n].Configure(Heard(n), (byte)(_ctrl[n] & DIGFILT));
            if (IsStopped) _channels[n].Reset();
        }
    }

    private static RegisterTable BuildMap()
    {
        var map = new RegisterTable("EVSYS", 0x12);
        for (int n = 0; n < ChannelCount; n++)
        {
            bool quadrature = n is 0 or 2 or 4;
            map.Add(CH0MUX + n, $"CH{n}MUX", 0xFF);
            map.Add(CH0CTRL + n, $"CH{n}CTRL", (byte)(DIGFILT | (quadrature ? QDIRM_QDIEN_QDEN : 0)));
        }

        return map.Add(STROBE, "STROBE", 0xFF, Access.Strobe).Add(DATA, "DATA", 0xFF);
    }

    private void Select(int channel, byte code)
    {
        if (_mux[channel] == code) return;
        EventSource? before = _sources[_mux[channel]];
        _mux[channel] = code;
        EventSource? after = _sources[code];
        if (after is null && code != 0) ReportNoSource(channel, code);
        if (before is not null)
        {
            before.Channels &= ~(1 << channel);
            if (before.Channels == 0) before.NotifyWanted();
        }

        if (after is not null)
        {
            after.Channels |= 1 << channel;
            if (after.Channels == 1 << channel) after.NotifyWanted();
        }

        Configure(channel);
    }

    private void ReportNoSource(int channel, byte code)
    {
        if (_diagnostics.Knows(DiagnosticKind.Configuration, BaseAddress + code)) return;
        _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + code, $"CH{channel}MUX is set to 0x{code:X2}, a reserved code, which selects no source");
    }

    private bool IsLocked(int channel) => (Locks & (channel < LockedTogether ? EVSYS0LOCK : EVSYS1LOCK)) != 0;

    // What a channel hears by itself: not the pins that its decoder watches, and nothing while the module is stopped.
    private EventSource? Heard(int channel) =>
        IsStopped || (channel % 2 == 0 && channel / 2 < DecoderCount && _decoders[channel / 2].IsEnabled) ? null : SourceOf(channel);

    // A channel's registers changed: its decoder, the one whose index it carries, and its filter follow.
    private void Configure(int channel)
    {
        if (channel / 2 < DecoderCount) ConfigureDecoder(channel / 2);
        _filters[channel].Configure(Heard(channel), (byte)(_ctrl[channel] & DIGFILT));
    }

    private void ConfigureDecoder(int number)
    {
        int channel = 2 * number;
        EventSource? next = (_mux[channel] & 7) < 7 ? _sources[_mux[channel] + 1] : null;
        _decoders[number].Configure(_ctrl[channel], SourceOf(channel), next, SourceOf(channel + 1), _ctrl[channel + 1] & DIGFILT);
    }

    // Software events replace the source for one cycle (6.6). DATA stays as written (unverified): a channel whose DATA
    // bit is set carries a data event at every write of STROBE.
    private void Strobe(byte strobes)
    {
        for (int n = 0; n < ChannelCount; n++)
        {
            bool strobe = (strobes & (1 << n)) != 0;
            bool data = (_data & (1 << n)) != 0;
            if (strobe || data) _channels[n].Replace(strobe, data);
        }
    }

    // One free-running divider shared by all channels, in phase since power-on (unverified).
    private void StartPrescalers()
    {
        for (int m = 0; m < PrescalerCount; m++)
        {
            long period = 1L << m;
            _sources[FirstPrescaler + m]!.SetTrain(new EventTrain(((_schedule.Now / period) + 1) * period, period, false));
        }
    }
}
