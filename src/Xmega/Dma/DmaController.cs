using Xmega.Events;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;
using static Xmega.Dma.DmaChannel;

namespace Xmega.Dma;

/// <summary>
/// DMA controller (8077I ch. 5): four channels, their triggers, and the arbitration between them. It books a step only
/// while a burst is under way or one is waiting; what it shares with the CPU is the <see cref="BusArbiter"/>'s business.
/// </summary>
/// <remarks>
/// Limitations: the cycles between request and first read, and between bursts, are a modelling choice (DmaArbitration), as is how
/// reads and writes of a burst overlap. Address and count registers are written byte by byte, at once; TEMP serves reading
/// (unverified). A trigger that a timer raises while its channel is disabled is lost. External memory costs what I/O does.
/// </remarks>
internal sealed class DmaController : IoModule, IEventUser
{
    private const int CTRL = 0x00;
    private const int INTFLAGS = 0x03;
    private const int STATUS = 0x04;
    private const int TEMPL = 0x06;
    private const int TEMPH = 0x07;
    private const int CH0 = 0x10;

    private const byte DBUFMODE = 0x0C; // double buffering: bit 2 channels 0 and 1, bit 3 channels 2 and 3
    private const byte PRIMODE = 0x03;  // the channels from 0 up that come before the round robin of the others

    private const int ChannelCount = 4;
    private const int ChannelSize = 0x10;
    private const int FirstVector = 6;
    private const int FirstEventTrigger = 1; // TRIGSRC of event channel 0
    private const int EventTriggers = 3;

    private readonly ChipServices _services;
    private readonly BusArbiter _arbiter;
    private readonly DmaBurst _burst;
    private readonly ScheduledAction _step;
    private readonly DmaChannel[] _channels = new DmaChannel[ChannelCount];
    private readonly InterruptLine[] _lines = new InterruptLine[ChannelCount];
    private readonly Signal[] _byteSignals = new Signal[ChannelCount];
    private readonly Signal[] _busySignals = new Signal[ChannelCount];
    private readonly Signal[] _completeSignals = new Signal[ChannelCount];
    private readonly Signal[] _errorSignals = new Signal[ChannelCount];
    private readonly int[] _heard = new int[ChannelCount]; // the TRIGSRC that each channel listens to, 0 for none
    private byte _ctrl;      // without ENABLE and RESET
    private bool _enabled;
    private bool _disabling; // ENABLE was cleared; the buffer is being emptied
    private byte _templ;
    private byte _temph;
    private int _active = -1; // the channel whose burst is under way
    private int _last = ChannelCount - 1; // the channel that transferred last
    private long _freeFrom;   // first cycle after the last burst

    public DmaController(ChipServices services, DataSpace data)
        : base("DMA", 0x0100, Map)
    {
        _services = services;
        _arbiter = data.Arbiter;
        _burst = new DmaBurst(data);
        _step = services.Schedule.Create("DMA", Phase.Dma, Step);
        for (int n = 0; n < ChannelCount; n++)
        {
            DmaChannel channel = _channels[n] = new DmaChannel(n);
            _lines[n] = services.Interrupts.Connect(FirstVector + n, $"DMA_CH{n}", null);
            _byteSignals[n] = services.Signals.Add($"DMA.CH{n}", SignalKind.Event, 8, $"byte written by channel {n}", static () => 0);
            _busySignals[n] = services.Signals.Add($"DMA.CH{n}.BUSY", SignalKind.Bit, 1, $"transaction of channel {n} under way", () => channel.IsBusy ? 1 : 0);
            _completeSignals[n] = services.Signals.Add($"DMA.CH{n}.TRN", SignalKind.Event, 1, $"transaction of channel {n} complete", static () => 0);
            _errorSignals[n] = services.Signals.Add($"DMA.CH{n}.ERR", SignalKind.Event, 1, $"error of channel {n}", static () => 0);
        }

        services.DmaRequests.Changed = _ => Review();
        services.DmaRequests.Pulsed = line => Trigger(line.Code);
    }

    private static RegisterTable Map { get; } = BuildMap();

    public override byte Peek(int offset) => offset switch
    {
        CTRL => (byte)(_ctrl | (_enabled ? ENABLE : 0)),
        INTFLAGS => Flags(),
        STATUS => Status(),
        TEMPL => _templ,
        TEMPH => _temph,
        _ => Peek(_channels[(offset / ChannelSize) - 1], offset % ChannelSize),
    };

    public override byte Read(int offset)
    {
        if (offset < CH0) return Peek(offset);
        DmaChannel channel = _channels[(offset / ChannelSize) - 1];
        switch (offset % ChannelSize)
        {
            // The first byte takes the others along.
            case TRFCNT:
                _templ = channel.Running(TRFCNT + 1);
                break;
            case SRCADDR0 or DESTADDR0:
                _templ = channel.Running((offset % ChannelSize) + 1);
                _temph = channel.Running((offset % ChannelSize) + 2);
                break;
            case TRFCNT + 1 or SRCADDR0 + 1 or DESTADDR0 + 1:
                return _templ;
            case SRCADDR0 + 2 or DESTADDR0 + 2:
                return _temph;
        }

        return Peek(offset);
    }

    public override long HoldsUntil(int offset) => offset is CTRL or INTFLAGS or STATUS || (offset >= CH0 && offset % ChannelSize <= DmaChannel.CTRLB) ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case CTRL:
                WriteControl(value);
                break;
            case INTFLAGS:
                foreach (DmaChannel channel in _channels)
                    ClearFlags(channel, (byte)((((value >> channel.Number) & 1) != 0 ? TRNIF : 0) | (((value >> (4 + channel.Number)) & 1) != 0 ? ERRIF : 0)));
                break;
            case STATUS:
                break;
            case TEMPL:
                _templ = value;
                break;
            case TEMPH:
                _temph = value;
                break;
            default:
                Write(_channels[(offset / ChannelSize) - 1], offset % ChannelSize, value);
                break;
        }
    }

    public override void Reset()
    {
        _step.Cancel();
        _burst.Release();
        _active = -1;
        _last = ChannelCount - 1;
        _ctrl = _templ = _temph = 0;
        _enabled = _disabling = false;
        foreach (DmaChannel channel in _channels)
        {
            channel.Reset();
            Show(channel);
        }

        Listen();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _enabled);
        s.Value(ref _disabling);
        s.Value(ref _templ);
        s.Value(ref _temph);
        s.Value(ref _active);
        s.Value(ref _last);
        s.Value(ref _freeFrom);
        foreach (DmaChannel channel in _channels) channel.State(s);
        _burst.State(s);
        if (s.IsRestoring)
        {
            foreach (DmaChannel channel in _channels) Show(channel);
            Listen(tellsSources: false);
        }

        _arbiter.State(s);
        s.Value(_step);
    }

    /// <summary>An event channel triggers those that select it: its events are pulses.</summary>
    void IEventUser.OnEvent(int channel, bool strobe, bool data)
    {
        if (strobe) Trigger(FirstEventTrigger + channel);
    }

    /// <summary>Power reduction: everything stands still, the bus is free, and it goes on where it stopped.</summary>
    protected override void OnStoppedChanged()
    {
        _step.Cancel();
        _burst.Release();
        Listen();
        if (IsStopped) return;
        if (_active >= 0) _step.Book(_services.Schedule.Now + 1);
        else Review();
    }

    private static RegisterTable BuildMap()
    {
        var map = new RegisterTable("DMA", CH0 + (ChannelCount * ChannelSize))
            .Add(CTRL, "CTRL", ENABLE | RESET | DBUFMODE | PRIMODE)
            .Add(INTFLAGS, "INTFLAGS", 0xFF, Access.WriteOneToClear)
            .Add(STATUS, "STATUS", 0, Access.ReadOnly)
            .AddWide(TEMPL, "TEMP");
        for (int n = 0; n < ChannelCount; n++)
        {
            int first = CH0 + (n * ChannelSize);
            map.Add(first + CTRLA, $"CH{n}.CTRLA", ENABLE | RESET | REPEAT | TRFREQ | SINGLE | BURSTLEN)
                .Add(first + CTRLB, $"CH{n}.CTRLB", ERRIF | TRNIF | ERRINTLVL | TRNINTLVL)
                .Add(first + ADDRCTRL, $"CH{n}.ADDRCTRL", 0xFF)
                .Add(first + TRIGSRC, $"CH{n}.TRIGSRC", 0xFF)
                .AddWide(first + TRFCNT, $"CH{n}.TRFCNT")
                .Add(first + REPCNT, $"CH{n}.REPCNT", 0xFF);
            for (int i = 0; i < 3; i++)
            {
                map.Add(first + SRCADDR0 + i, $"CH{n}.SRCADDR{i}", 0xFF)
                    .Add(first + DESTADDR0 + i, $"CH{n}.DESTADDR{i}", 0xFF);
            }
        }

        return map;
    }

    private byte Flags()
    {
        int bits = 0;
        foreach (DmaChannel channel in _channels)
            bits |= ((channel.Flags & ERRIF) != 0 ? 0x10 << channel.Number : 0) | ((channel.Flags & TRNIF) != 0 ? 1 << channel.Number : 0);
        return (byte)bits;
    }

    private byte Status()
    {
        int bits = 0;
        foreach (DmaChannel channel in _channels)
            bits |= (channel.IsBusy ? 0x10 << channel.Number : 0) | (IsPending(channel) ? 1 << channel.Number : 0);
        return (byte)bits;
    }

    private byte Peek(DmaChannel channel, int offset) => offset switch
    {
        CTRLA => channel.Control,
        CTRLB => (byte)((channel.IsBusy ? CHBUSY : 0) | (IsPending(channel) ? CHPEND : 0) | channel.Flags | channel.Levels),
        ADDRCTRL => channel.AddressControl,
        TRIGSRC => channel.Trigger,
        _ => channel.Running(offset),
    };

    // While a channel is busy only some of its registers can be written (5.11); its flags can be cleared all the same (unverified).
    private void Write(DmaChannel channel, int offset, byte value)
    {
        switch (offset)
        {
            case CTRLA:
                WriteControl(channel, value);
                break;
            case CTRLB:
                if (channel.IsBusy) Protected(channel, offset, channel.Levels, value & (ERRINTLVL | TRNINTLVL));
                else channel.Levels = (byte)(value & (ERRINTLVL | TRNINTLVL));
                ClearFlags(channel, value);
                break;
            case TRIGSRC:
                channel.Trigger = value;
                channel.IsTriggered = false;
                CheckTrigger(channel);
                Listen();
                break;
            case var _ when channel.IsBusy:
                Protected(channel, offset, Peek(channel, offset), value);
                break;
            case ADDRCTRL:
                channel.AddressControl = value;
                if (((value >> 4) & 3) == DirectionReserved || (value & 3) == DirectionReserved)
                    Report(channel, offset, "SRCDIR or DESTDIR 3 is reserved: the address is taken as fixed");
                break;
            default:
                channel.SetRunning(offset, value);
                break;
        }
    }

    // 5.13.1. RESET only while the controller is disabled; disabling it aborts what is under way.
    private void WriteControl(byte value)
    {
        if ((value & RESET) != 0 && !_enabled)
        {
            Reset();
            return;
        }

        _ctrl = (byte)(value & (DBUFMODE | PRIMODE));
        bool enable = (value & ENABLE) != 0;
        if (enable && !_disabling)
        {
            _enabled = true;
            foreach (DmaChannel channel in _channels)
                if (channel.IsEnabled) CheckTrigger(channel);
        }
        else if (!enable && _enabled)
        {
            _disabling = true;
            foreach (DmaChannel channel in _channels)
                if (channel.IsBusy) Abort(channel);
            if (_active < 0) _enabled = _disabling = false;
        }

        Listen();
    }

    // 5.14.1. RESET only while the channel is disabled; TRFREQ has no effect then.
    private void WriteControl(DmaChannel channel, byte value)
    {
        bool enabled = channel.IsEnabled;
        if ((value & RESET) != 0 && !enabled)
        {
            channel.Reset();
            Show(channel);
            Listen();
            return;
        }

        bool enable = (value & ENABLE) != 0;
        if (channel.IsBusy)
        {
            // Who only switches it off need not know.
            if (enable) Protected(channel, CTRLA, channel.Control & (SINGLE | BURSTLEN), value & (SINGLE | BURSTLEN));
            value = (byte)((value & ~(SINGLE | BURSTLEN)) | (channel.Control & (SINGLE | BURSTLEN)));
        }

        // A request stays until the transfer begins (unverified for writing 0 to it); disabling takes its time.
        int kept = (channel.Control & TRFREQ) | (enabled ? ENABLE : 0);
        channel.Control = (byte)((value & (REPEAT | SINGLE | BURSTLEN | ENABLE)) | kept);
        if (enable && (value & TRFREQ) != 0) channel.Control |= TRFREQ;
        if (enable && !enabled) CheckTrigger(channel);
        if (!enable && enabled)
        {
            if (channel.IsBusy) Abort(channel);
            else channel.Disable();
        }

        Listen();
    }

    private void ClearFlags(DmaChannel channel, byte flags)
    {
        channel.Flags &= (byte)~(flags & (ERRIF | TRNIF));
        Show(channel);
    }

    // The vector is both flags'; the higher of their levels counts.
    private void Show(DmaChannel channel)
    {
        int error = (channel.Levels & ERRINTLVL) >> 2;
        int complete = channel.Levels & TRNINTLVL;
        int level = Math.Max((channel.Flags & ERRIF) != 0 ? error : 0, (channel.Flags & TRNIF) != 0 ? complete : 0);
        InterruptLine line = _lines[channel.Number];
        line.Level = level != 0 ? level : Math.Max(error, complete);
        line.IsRequested = level != 0;
    }

    // Triggers (5.3, 5.14.4).

    private bool IsPending(DmaChannel channel) =>
        channel.IsEnabled && (channel.IsTriggered || (channel.Control & TRFREQ) != 0 || (!channel.IsTransferring && IsRequested(channel)));

    // A line is looked at while no transfer of the channel is under way: what the transfer serves has fallen by its end.
    private bool IsRequested(DmaChannel channel) => _services.DmaRequests.Find(channel.Trigger) is { IsRequested: true };

    // One trigger waits for the end of the transfer before it; a further one is lost.
    private void Trigger(int code)
    {
        for (int n = 0; n < ChannelCount; n++)
            if (_heard[n] == code) _channels[n].IsTriggered = true;
        Review();
    }

    // Listens to what enabled channels select; sources that nobody listens to need not work out when they come.
    private void Listen(bool tellsSources = true)
    {
        bool armed = _active >= 0;
        uint events = Events();
        for (int n = 0; n < ChannelCount; n++)
        {
            bool listens = _enabled && !_disabling && !IsStopped && _channels[n].IsEnabled;
            armed |= listens;
            int code = listens ? _channels[n].Trigger : 0;
            if (code == _heard[n]) continue;
            _services.DmaRequests.Find(_heard[n])?.Listen(-1, tellsSources);
            _heard[n] = code;
            _services.DmaRequests.Find(code)?.Listen(1, tellsSources);
        }

        uint wanted = Events();
        for (int n = 0; n < EventTriggers; n++)
        {
            if ((wanted & ~events & (1u << n)) != 0) _services.Events.Channels[n].Subscribe(this);
            if ((events & ~wanted & (1u << n)) != 0) _services.Events.Channels[n].Unsubscribe(this);
        }

        _arbiter.IsArmed = armed && !IsStopped;
        if (tellsSources) Review();
    }

    private uint Events()
    {
        uint events = 0;
        foreach (int code in _heard)
            if (code is >= FirstEventTrigger and < FirstEventTrigger + EventTriggers) events |= 1u << (code - FirstEventTrigger);
        return events;
    }

    // Transfers (5.4 to 5.9).

    // Books the next burst, if one is to come and none is under way.
    private void Review()
    {
        if (_active >= 0 || IsStopped) return;
        if (Choose() is null) _step.Cancel();
        else if (!_step.IsBooked) _step.Book(Math.Max(_services.Schedule.Now, _freeFrom) + Latency.DmaArbitration);
    }

    private bool IsWaiting(DmaChannel channel) => _enabled && !_disabling && (channel.IsTransferring || IsPending(channel));

    // The channels below PRIMODE in the order of their numbers; the others take turns, behind the one that went last (5.6).
    private DmaChannel? Choose()
    {
        int ordered = _ctrl & PRIMODE;
        for (int n = 0; n < ordered; n++)
            if (IsWaiting(_channels[n])) return _channels[n];
        for (int i = 1; i <= ChannelCount; i++)
        {
            int n = (_last + i) % ChannelCount;
            if (n >= ordered && IsWaiting(_channels[n])) return _channels[n];
        }

        return null;
    }

    private void Step()
    {
        if (_active < 0)
        {
            if (Choose() is not { } chosen) return;
            Begin(chosen);
        }

        DmaChannel channel = _channels[_active];
        DmaBurst.Outcome outcome = _burst.Step(channel, _services.Schedule.Now);
        if (_burst.WrittenByte >= 0 && _byteSignals[channel.Number].IsWatched) _byteSignals[channel.Number].Changed(_burst.WrittenByte);
        if (_active < 0) return; // it has just aborted itself
        if (outcome == DmaBurst.Outcome.GoesOn)
        {
            _step.Book(_services.Schedule.Now + 1);
            return;
        }

        Leave();
        if (outcome == DmaBurst.Outcome.Error || channel.IsAborting) Fail(channel);
        else End(channel);
        Listen();
    }

    private void Begin(DmaChannel channel)
    {
        _active = channel.Number;
        // In the round robin the order goes on behind this one; channels with a fixed place do not disturb it.
        if (_active >= (_ctrl & PRIMODE)) _last = _active;
        if (!channel.IsTransferring)
        {
            channel.IsTransferring = true;
            channel.IsTriggered = false;
            channel.Control &= unchecked((byte)~TRFREQ);
        }

        SetBusy(channel, true);
        channel.BeginBurst();
        _burst.Begin(channel.BurstLength);
    }

    // A burst is complete: more of the same trigger may follow.
    private void End(DmaChannel channel)
    {
        if (!channel.EndBurst())
        {
            channel.IsTransferring = !channel.IsSingleShot;
            return;
        }

        // With single shot, blocks that repeat forever go on; otherwise the channel is done (table 5-4).
        bool goesOn = channel.RepeatsForever && channel.IsSingleShot;
        channel.IsTransferring = false;
        SetBusy(channel, false);
        if (PartnerOf(channel) is { } partner)
        {
            // Double buffering (5.7): the other one takes over.
            channel.Disable();
            partner.Control |= ENABLE;
            CheckTrigger(partner);
        }
        else if (!goesOn)
        {
            channel.Disable();
        }

        channel.Flags |= TRNIF;
        if (_completeSignals[channel.Number].IsWatched) _completeSignals[channel.Number].Changed(1);
        Show(channel);
    }

    private DmaChannel? PartnerOf(DmaChannel channel) =>
        (_ctrl & (0x04 << (channel.Number / 2))) != 0 ? _channels[channel.Number ^ 1] : null;

    // Software disables a busy channel: what is in the buffer is written first, and it is an error (5.9).
    private void Abort(DmaChannel channel)
    {
        if (channel.Number != _active)
        {
            Fail(channel);
            return;
        }

        channel.IsAborting = true;
        if (_burst.Abort()) return;
        Leave();
        Fail(channel);
    }

    private void Fail(DmaChannel channel)
    {
        SetBusy(channel, false);
        channel.Disable();
        channel.Flags |= ERRIF;
        if (_errorSignals[channel.Number].IsWatched) _errorSignals[channel.Number].Changed(1);
        Show(channel);
    }

    // The burst is over.
    private void Leave()
    {
        _step.Cancel();
        _burst.Release();
        _active = -1;
        _freeFrom = _services.Schedule.Now + 1;
        if (_disabling) _enabled = _disabling = false;
    }

    private void SetBusy(DmaChannel channel, bool busy)
    {
        if (channel.IsBusy == busy) return;
        channel.IsBusy = busy;
        Signal signal = _busySignals[channel.Number];
        if (signal.IsWatched) signal.Changed(busy ? 1 : 0);
    }

    // What firmware is told.

    private void CheckTrigger(DmaChannel channel)
    {
        int code = channel.Trigger;
        if (!channel.IsEnabled || code < FirstEventTrigger + EventTriggers || _services.DmaRequests.Find(code) is not null) return;
        string what = RegisterMap.ATxmega128A1.DmaTriggers.TryGetValue(code, out string? name) ? $"{name}, whose module raises no requests yet" : "a reserved code";
        if (_services.Diagnostics.Knows(DiagnosticKind.Configuration, PlaceOf(channel, TRIGSRC))) return;
        Report(channel, TRIGSRC, $"TRIGSRC is 0x{code:X2}, {what}: only TRFREQ starts a transfer");
    }

    private void Protected(DmaChannel channel, int offset, int now, int value)
    {
        if (now != value) Report(channel, offset, $"write of 0x{value:X2} to {Registers[CH0 + (channel.Number * ChannelSize) + offset]!.Name} ignored: the channel is busy with a transaction");
    }

    private int PlaceOf(DmaChannel channel, int offset) => BaseAddress + CH0 + (channel.Number * ChannelSize) + offset;

    private void Report(DmaChannel channel, int offset, string message) =>
        _services.Diagnostics.Report(DiagnosticKind.Configuration, PlaceOf(channel, offset), $"DMA.CH{channel.Number}: {message}");
}
