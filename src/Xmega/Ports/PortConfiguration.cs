using Xmega.Events;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Ports;

/// <summary>
/// Port configuration, PORTCFG (8077I 13.9, 13.10, 13.14): one write for the control registers of several pins, the ports
/// behind the virtual ports, event output on a pin.
/// </summary>
/// <remarks>
/// Limitations: CLKOUT takes its pin, and the pin stays low: clk_PER has an edge every half cycle, finer than the time of
/// this emulator. The signal CLK.PER has its frequency.
/// </remarks>
internal sealed class PortConfiguration : IoModule, IEventUser
{
    private const int MPCMASK = 0x00;
    private const int VPCTRLA = 0x02;
    private const int VPCTRLB = 0x03;
    private const int CLKEVOUT = 0x04;

    private const byte EVOUT = 0x30;  // event output on pin 7: 0 off, 1 port C, 2 port D, 3 port E
    private const byte CLKOUT = 0x03; // clk_PER output, likewise

    private const byte VPCTRLA_Initial = 0x10; // virtual ports 0 and 1 on ports A and B (unverified)
    private const byte VPCTRLB_Initial = 0x32; // virtual ports 2 and 3 on ports C and D (unverified)

    // The channel that CLKEVOUT's description names; the captions in header and ATDF say 7 (unverified).
    private const int EventOutputChannel = 0;

    private const int OutputPin = 7;
    private const int OutputPriority = 100; // above the modules on the same pin (unverified)

    // Letters of VPnMAP's values, in their order.
    private const string PortLetters = "ABCDEFGHJKLMNPQR";

    private readonly Schedule _schedule;
    private readonly Diagnostics _diagnostics;
    private readonly EventChannel _channel;
    private readonly ScheduledAction _eventEnds;
    private readonly Port?[] _ports = new Port?[16];             // by VPnMAP
    private readonly PinOverride?[] _outputs = new PinOverride?[4]; // by EVOUT and CLKOUT
    private readonly int _place;
    private byte _mpcmask;
    private byte _vpctrla;
    private byte _vpctrlb;
    private byte _clkevout;
    private bool _eventHigh;
    private bool _listens;

    public PortConfiguration(ChipServices services)
        : base("PORTCFG", 0x00B0, Map)
    {
        _diagnostics = services.Diagnostics;
        _channel = services.Events.Channels[EventOutputChannel];
        // In the phase of events and after them: a pin with an event in every cycle stays high without a gap.
        _eventEnds = services.Schedule.Create("PORTCFG.EVOUT", Phase.Event, () => ShowEvent(false));
        _schedule = services.Schedule;
        _place = services.Events.NextUserPlace();
    }

    private static RegisterTable Map { get; } = new RegisterTable("PORTCFG", 5)
        .Add(MPCMASK, "MPCMASK", 0xFF)
        .Add(VPCTRLA, "VPCTRLA", 0xFF)
        .Add(VPCTRLB, "VPCTRLB", 0xFF)
        .Add(CLKEVOUT, "CLKEVOUT", EVOUT | CLKOUT);

    /// <summary>Makes the ports known. Call at construction only.</summary>
    /// <param name="ports">All ports of the chip.</param>
    public void Connect(IEnumerable<Port> ports)
    {
        foreach (Port port in ports) _ports[PortLetters.IndexOf(port.Name[^1], StringComparison.Ordinal)] = port;
        for (int code = 1; code < _outputs.Length; code++)
            _outputs[code] = _ports[PortLetters.IndexOf((char)('B' + code), StringComparison.Ordinal)]!.CreateOverride(OutputPin, Name, OutputPriority);
    }

    /// <summary>The port behind a virtual port.</summary>
    /// <param name="number">Number of the virtual port, 0–3.</param>
    /// <returns>The port; null when VPnMAP names one that this part does not have.</returns>
    public Port? MappedPort(int number) => _ports[((number < 2 ? _vpctrla : _vpctrlb) >> (4 * (number & 1))) & 0x0F];

    /// <summary>The pins of the multi-pin configuration; the mask clears itself by being used.</summary>
    /// <returns>MPCMASK.</returns>
    public byte TakeMultiPinMask()
    {
        byte mask = _mpcmask;
        _mpcmask = 0;
        return mask;
    }

    public override byte Peek(int offset) => offset switch
    {
        MPCMASK => _mpcmask,
        VPCTRLA => _vpctrla,
        VPCTRLB => _vpctrlb,
        CLKEVOUT => _clkevout,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case MPCMASK:
                _mpcmask = value;
                break;
            case VPCTRLA:
                _vpctrla = value;
                break;
            case VPCTRLB:
                _vpctrlb = value;
                break;
            case CLKEVOUT:
                _clkevout = value;
                if ((value & CLKOUT) != 0)
                    _diagnostics.Report(DiagnosticKind.NotModelled, BaseAddress + CLKEVOUT, "CLKOUT: the peripheral clock on a pin is not modelled: the pin stays low; the signal CLK.PER has its frequency");
                ReviewOutputs();
                break;
        }
    }

    public override void Reset()
    {
        _mpcmask = _clkevout = 0;
        _vpctrla = VPCTRLA_Initial;
        _vpctrlb = VPCTRLB_Initial;
        ReviewOutputs();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _mpcmask);
        s.Value(ref _vpctrla);
        s.Value(ref _vpctrlb);
        s.Value(ref _clkevout);
        s.Value(ref _eventHigh);
        s.Value(_eventEnds);
        if (s.IsRestoring) Listen();
    }

    int IEventUser.Place => _place;

    void IEventUser.OnEvent(int channel, bool strobe, bool data)
    {
        if (!strobe) return;
        ShowEvent(true);
        _eventEnds.Book(_schedule.Now + 1);
    }

    private void ReviewOutputs()
    {
        Listen();
        if (!_listens)
        {
            _eventEnds.Cancel();
            _eventHigh = false;
        }

        ShowEvent(_eventHigh);
    }

    private void Listen()
    {
        bool listens = (_clkevout & EVOUT) != 0;
        if (listens == _listens) return;
        _listens = listens;
        if (listens) _channel.Subscribe(this);
        else _channel.Unsubscribe(this);
    }

    // Where both go to the same pin, the clock wins (unverified). DIR stays in charge of the direction.
    private void ShowEvent(bool high)
    {
        _eventHigh = high;
        int clock = _clkevout & CLKOUT, output = (_clkevout & EVOUT) >> 4;
        for (int code = 1; code < _outputs.Length; code++)
            _outputs[code]!.SetValue(code == clock ? false : code == output ? high : null);
    }
}
