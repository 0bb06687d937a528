using Xmega.Events;
using Xmega.Ports;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Serial;

/// <summary>
/// What the receiver of a USART hears: RXD or, in IrDA mode, pulses on RXD or events of a channel (8077I 22.2). A pulse
/// that passes the filter makes the line low for one bit.
/// </summary>
internal sealed class UsartInput : IPinListener, IEventUser
{
    private readonly ChipServices _services;
    private readonly BaudGenerator _baud;
    private readonly Ircom _ircom;
    private readonly Pin _rxd;
    private readonly ClockedAction _accept; // a pulse has passed the filter
    private readonly ClockedAction _end;    // of the bit that a pulse made low, or of an event
    private bool _isOn;
    private bool _isInfrared;
    private bool _listens;
    private int _channel = -1;
    private long _rise;
    private long _lastEvent = -1;
    private int _events; // in cycles one after the other

    public UsartInput(ChipServices services, UsartFacts facts, BaudGenerator baud, Ircom ircom, Pin rxd)
    {
        _services = services;
        _baud = baud;
        _ircom = ircom;
        _rxd = rxd;
        _end = new ClockedAction(services.Schedule, $"{facts.Name}.RXBIT", () => Changed(IsCoded, 0));
        _accept = new ClockedAction(services.Schedule, $"{facts.Name}.RXPULSE", Pulse);
    }

    /// <summary>Gets or sets who hears that the line changed, and after how many cycles it is seen.</summary>
    public Action<bool, int> Changed { get; set; } = static (_, _) => { };

    private bool IsCoded => _isInfrared && _ircom.IsCoding;

    private int Channel => _isInfrared ? _ircom.Channel : -1;

    /// <summary>IrDA mode, or not.</summary>
    public void Configure(bool isInfrared)
    {
        _isInfrared = isInfrared;
        Listen();
    }

    /// <summary>Begins to listen.</summary>
    /// <returns>The level of the line.</returns>
    public bool Start()
    {
        _isOn = true;
        Listen();
        return IsCoded || (Channel < 0 && _rxd.ReadsHigh);
    }

    /// <summary>Ends it.</summary>
    public void Stop()
    {
        _isOn = false;
        _accept.Cancel();
        _end.Cancel();
        Listen();
    }

    /// <summary>Stops the clock of filter and decoder, or lets it go on.</summary>
    public void Freeze(bool frozen)
    {
        _accept.Stop(frozen);
        _end.Stop(frozen);
    }

    public void State(StateStream s)
    {
        s.Value(ref _isOn);
        s.Value(ref _isInfrared);
        s.Value(ref _rise);
        s.Value(ref _lastEvent);
        s.Value(ref _events);
        _accept.State(s);
        _end.State(s);
        if (s.IsRestoring) Listen();
    }

    void IPinListener.OnPinChanged(Pin pin)
    {
        bool high = pin.ReadsHigh;
        if (!IsCoded)
        {
            Changed(high, Latency.PinSynchroniser);
            return;
        }

        long now = _services.Schedule.Now;
        if (high)
        {
            _rise = now;
            _accept.Book(Latency.PinSynchroniser + _ircom.Filter);
        }
        else if (now - _rise <= _ircom.Filter)
        {
            _accept.Cancel(); // too short
        }
    }

    void IEventUser.OnEvent(int channel, bool strobe, bool data)
    {
        if (!strobe) return;
        if (!IsCoded)
        {
            _end.Book(1);
            Changed(true, 0);
            return;
        }

        long now = _services.Schedule.Now;
        _events = now == _lastEvent + 1 ? _events + 1 : 0;
        _lastEvent = now;
        if (_events == _ircom.Filter) Pulse();
    }

    private void Pulse()
    {
        Changed(false, 0);
        _end.Book(_baud.BitTime.Cycles(1));
    }

    private void Listen()
    {
        int channel = _isOn ? Channel : -1;
        bool listens = _isOn && channel < 0;
        if (listens != _listens)
        {
            _listens = listens;
            if (listens) _rxd.Listen(this);
            else _rxd.StopListening(this);
        }

        if (channel == _channel) return;
        if (_channel >= 0) _services.Events.Channels[_channel].Unsubscribe(this);
        _channel = channel;
        if (channel >= 0) _services.Events.Channels[channel].Subscribe(this);
    }
}
