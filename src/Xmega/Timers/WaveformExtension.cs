using System.Numerics;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Timers;

/// <summary>What distinguishes one AWeX from another.</summary>
/// <param name="Name">Datasheet name, as in <c>AWEXC</c>.</param>
/// <param name="Base">I/O base address.</param>
internal sealed record WaveformExtensionFacts(string Name, int Base);

/// <summary>An AWeX's hand on the registers of its port, as if software wrote them.</summary>
/// <param name="Direction">Reads DIR.</param>
/// <param name="SetDirection">Writes DIR.</param>
/// <param name="SetOutput">Writes OUT.</param>
internal sealed record PortRegisters(Func<byte> Direction, Action<byte> SetDirection, Action<byte> SetOutput);

/// <summary>
/// Advanced waveform extension (8077I ch. 15) of timer 0 of a port: dead-time insertion, pattern generation and fault
/// protection on the port's eight pins.
/// </summary>
/// <remarks>
/// Limitations: FDDBD is stored, no debugger breaks in as a fault. Of the errata, none is modelled: CTRL decodes as
/// documented (CWCM without PGM), PWM restarts after a fault in cycle-by-cycle mode, and OUTOVEN is restored from DTLSBUF
/// in pattern generation mode.
/// </remarks>
internal sealed class WaveformExtension : IoModule
{
    private const int CTRL = 0x00;
    private const int FDEMASK = 0x02;
    private const int FDCTRL = 0x03;
    private const int STATUS = 0x04;
    private const int DTBOTH = 0x06;
    private const int DTBOTHBUF = 0x07;
    private const int DTLS = 0x08;
    private const int DTHS = 0x09;
    private const int DTLSBUF = 0x0A;
    private const int DTHSBUF = 0x0B;
    private const int OUTOVEN = 0x0C;

    private const byte PGM = 0x20;      // pattern generation mode
    private const byte CWCM = 0x10;     // common waveform channel mode
    private const byte DTICCEN = 0x0F;  // dead-time insertion: a bit for each channel A-D
    private const byte FDDBD = 0x10;    // fault detection on debug break detection
    private const byte FDMODE = 0x04;   // 1: cycle-by-cycle, 0: latched
    private const byte FDACT = 0x03;    // fault action
    private const byte FDF = 0x04;      // fault detected
    private const byte DTHSBUFV = 0x02; // DTHSBUF holds a new value
    private const byte DTLSBUFV = 0x01; // DTLSBUF holds a new value

    private const byte CLEAROE = 1;  // clears OUTOVEN: the pins show PORT.OUT
    private const byte CLEARDIR = 3; // clears DIR of the pins of enabled channels: nobody drives them

    private const int Generators = 4;

    private readonly ChipServices _services;
    private readonly TimerCounter _timer;
    private readonly CompareOutput[] _replaced; // the timers' own outputs by pin: 0-3 of timer 0, 4 and 5 of timer 1
    private readonly PinOverride[] _pins;
    private readonly PortRegisters _port;
    private readonly DeadTimeGenerator[] _generators;
    private readonly FaultInput _fault;
    private readonly ScheduledAction _restore;
    private readonly Signal _faultSignal;
    private byte _ctrl;
    private byte _fdemask;
    private byte _fdctrl;
    private byte _status;
    private byte _dtls;
    private byte _dths;
    private byte _dtlsbuf;
    private byte _dthsbuf;
    private byte _outoven;
    private byte _running;      // generators that dead-time insertion uses, a bit each
    private bool _inFault;      // the outputs are in fault state
    private bool _overridesOff; // the fault cleared OUTOVEN
    private byte _directions;   // DIR bits that the fault cleared
    private bool _locked;

    /// <summary>Initializes a new instance of the <see cref="WaveformExtension"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">Which AWeX.</param>
    /// <param name="timer0">Timer 0 of the port: its waveforms, its UPDATE, its ERRIF.</param>
    /// <param name="timer1">Timer 1 of the port, whose outputs on pins 4 and 5 the AWeX can replace.</param>
    /// <param name="pins">A hand on each pin of the port, with priority over the timers' own.</param>
    /// <param name="port">The port's registers.</param>
    public WaveformExtension(ChipServices services, WaveformExtensionFacts facts, TimerCounter timer0, TimerCounter timer1, IReadOnlyList<PinOverride> pins, PortRegisters port)
        : base(facts.Name, facts.Base, Map)
    {
        _services = services;
        _timer = timer0;
        _replaced = [.. timer0.Outputs, .. timer1.Outputs];
        _pins = [.. pins];
        _port = port;
        _generators = Numbered.Create(Generators, n => new DeadTimeGenerator(services, $"{facts.Name}.DTI{(char)('A' + n)}", () => Drive(PairOf(n))));
        _fault = new FaultInput(services, $"{facts.Name}.FAULT", Detect);
        _restore = services.Schedule.Create($"{facts.Name}.RESTORE", Phase.Event, Restore);
        _faultSignal = services.Signals.Add($"{facts.Name}.FAULT", SignalKind.Bit, 1, "outputs are in fault state", () => _inFault ? 1 : 0);
        timer0.Updated += Update;
        for (int n = 0; n < Generators; n++)
        {
            int channel = n;
            timer0.Outputs[n].Changed += () => FollowChannel(channel);
        }
    }

    /// <summary>Gets or sets a value indicating whether MCU.AWEXLOCK has made all registers read-only (8077I 15.8).</summary>
    public bool IsLocked
    {
        get => _locked;
        set => _locked = value;
    }

    private static RegisterTable Map { get; } = new RegisterTable("AWEX", 0x0D)
        .Add(CTRL, "CTRL", PGM | CWCM | DTICCEN)
        .Add(FDEMASK, "FDEMASK", 0xFF)
        .Add(FDCTRL, "FDCTRL", FDDBD | FDMODE | FDACT)
        .Add(STATUS, "STATUS", FDF | DTHSBUFV | DTLSBUFV, Access.WriteOneToClear)
        .Add(DTBOTH, "DTBOTH", 0xFF)
        .Add(DTBOTHBUF, "DTBOTHBUF", 0xFF)
        .Add(DTLS, "DTLS", 0xFF)
        .Add(DTHS, "DTHS", 0xFF)
        .Add(DTLSBUF, "DTLSBUF", 0xFF)
        .Add(DTHSBUF, "DTHSBUF", 0xFF)
        .Add(OUTOVEN, "OUTOVEN", 0xFF);

    private bool GeneratesPattern => (_ctrl & PGM) != 0;

    // Channels with dead-time insertion. Pattern generation bypasses it.
    private byte EnabledChannels => (byte)(_ctrl & DTICCEN);

    private byte Buffered => (byte)(_status & (DTHSBUFV | DTLSBUFV));

    private bool RestoresAtUpdate => _inFault && ((_fdctrl & FDMODE) != 0 || (_status & FDF) == 0);

    public override byte Peek(int offset) => offset switch
    {
        CTRL => _ctrl,
        FDEMASK => _fdemask,
        FDCTRL => _fdctrl,
        STATUS => _status,
        DTBOTH or DTLS => _dtls, // what DTBOTH and DTBOTHBUF read as is unverified
        DTHS => _dths,
        DTBOTHBUF or DTLSBUF => _dtlsbuf,
        DTHSBUF => _dthsbuf,
        OUTOVEN => _outoven,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        if (_locked)
        {
            Refuse(offset, value, "MCU.AWEXLOCK has locked the module");
            return;
        }

        switch (offset)
        {
            case CTRL:
                _ctrl = value;
                Connect();
                break;
            case FDEMASK:
                _fdemask = value;
                Listen();
                break;
            case FDCTRL:
                _fdctrl = value;
                if ((value & FDACT) == 2) _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + FDCTRL, $"{Name}.FDCTRL: FDACT 2 is reserved; taken as NONE");
                Listen();
                break;
            case STATUS:
                // The valid bits are plain bits, so that clearing FDF with 0x04 drops what waits in the buffers (unverified).
                _status = (byte)((_status & ~value & FDF) | (value & (DTHSBUFV | DTLSBUFV)));
                break;
            case DTBOTH:
                _dtls = _dths = value;
                break;
            case DTBOTHBUF:
                _dtlsbuf = _dthsbuf = value;
                _status |= DTHSBUFV | DTLSBUFV;
                break;
            case DTLS:
                _dtls = value;
                break;
            case DTHS:
                _dths = value;
                break;
            case DTLSBUF:
                _dtlsbuf = value;
                _status |= DTLSBUFV;
                break;
            case DTHSBUF:
                _dthsbuf = value;
                _status |= DTHSBUFV;
                break;
            case OUTOVEN when (_status & FDF) != 0 || _inFault:
                Refuse(offset, value, "OUTOVEN cannot be written in fault state");
                break;
            case OUTOVEN:
                _outoven = value;
                Drive(0xFF);
                break;
        }

        Await();
    }

    public override void Reset()
    {
        _ctrl = _fdemask = _fdctrl = _status = _dtls = _dths = _dtlsbuf = _dthsbuf = _outoven = _directions = 0;
        _overridesOff = false;
        SetInFault(false);
        _restore.Cancel();
        Connect();
        Listen();
        Await();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _fdemask);
        s.Value(ref _fdctrl);
        s.Value(ref _status);
        s.Value(ref _dtls);
        s.Value(ref _dths);
        s.Value(ref _dtlsbuf);
        s.Value(ref _dthsbuf);
        s.Value(ref _outoven);
        s.Value(ref _running);
        s.Value(ref _inFault);
        s.Value(ref _overridesOff);
        s.Value(ref _directions);
        s.Value(ref _locked);
        // The timers carry for themselves what the AWeX has taken over, the port what its pins show.
        if (s.IsRestoring)
        {
            Listen();
            Await();
        }

        foreach (DeadTimeGenerator generator in _generators) generator.State(s);
        _fault.State(s);
        s.Value(_restore);
    }

    // The power reduction bit of the Hi-Res extension: the pins stay as they are, dead times stand still, and neither
    // waveforms nor UPDATEs nor faults are seen until it goes on, from the waveforms as they are then.
    protected override void OnStoppedChanged()
    {
        foreach (DeadTimeGenerator generator in _generators) generator.Freeze(IsStopped);
        Listen();
        Await();
        if (IsStopped) return;
        for (int n = 0; n < Generators; n++)
            if ((_running & (1 << n)) != 0) _generators[n].Follow(_timer.Outputs[(_ctrl & CWCM) != 0 ? 0 : n].Level, _dtls, _dths);
        Drive(0xFF);
    }

    private static int PairOf(int channel) => 3 << (2 * channel);

    // The pins of a set of channels: a pair each.
    private static int PinsOf(int channels)
    {
        int pins = 0;
        for (; channels != 0; channels &= channels - 1) pins |= PairOf(BitOperations.TrailingZeroCount(channels));
        return pins;
    }

    // Takes over, or gives back, waveforms and pins as CTRL says (15.3): DTICCxEN takes the pair of a channel, and there
    // OUTOVEN stands in the place of CCxEN; pattern generation takes the whole port.
    private void Connect()
    {
        int enabled = GeneratesPattern ? 0 : EnabledChannels;
        bool common = (_ctrl & CWCM) != 0;
        for (int n = 0; n < Generators; n++)
        {
            bool used = GeneratesPattern ? n == 0 : common ? n == 0 && enabled != 0 : (enabled & (1 << n)) != 0;
            _timer.Outputs[n].IsFollowed = used;
        }

        int pins = GeneratesPattern ? 0xFF : PinsOf(enabled);
        for (int n = 0; n < _replaced.Length; n++) _replaced[n].IsDetached = (pins & (1 << n)) != 0;
        for (int n = 0; n < Generators; n++)
        {
            bool waveform = _timer.Outputs[common ? 0 : n].Level;
            if ((enabled & _running & (1 << n)) != 0) _generators[n].Follow(waveform, _dtls, _dths);
            else _generators[n].Start((enabled & (1 << n)) != 0 && waveform);
        }

        _running = (byte)enabled;
        Drive(0xFF);
    }

    // An edge of the waveform of a channel.
    private void FollowChannel(int channel)
    {
        if (IsStopped) return;
        bool waveform = _timer.Outputs[channel].Level;
        int fed = (_ctrl & CWCM) != 0 ? _running : _running & (1 << channel);
        for (int left = fed; left != 0; left &= left - 1) _generators[BitOperations.TrailingZeroCount(left)].Follow(waveform, _dtls, _dths);
        Drive(GeneratesPattern ? 0xFF : PinsOf(fed));
    }

    // Pins that go low, or back to OUT, come before those that go high: a half bridge must not see both sides on.
    private void Drive(int pins)
    {
        int raise = 0;
        for (; pins != 0; pins &= pins - 1)
        {
            int n = BitOperations.TrailingZeroCount(pins);
            bool? value = ValueOf(n);
            if (value == true) raise |= 1 << n;
            else _pins[n].SetValue(value);
        }

        for (; raise != 0; raise &= raise - 1) _pins[BitOperations.TrailingZeroCount(raise)].SetValue(true);
    }

    // The output matrix: null leaves the pin to PORT.OUT, or to whoever is next.
    private bool? ValueOf(int pin)
    {
        if ((_outoven & (1 << pin)) == 0) return null;
        if (GeneratesPattern) return _timer.Outputs[0].Level;
        if ((_running & (1 << (pin / 2))) == 0) return null;
        DeadTimeGenerator generator = _generators[pin / 2];
        return pin % 2 == 0 ? generator.LowSide : generator.HighSide;
    }

    // The UPDATE condition of the timer, in its cycle.
    private void Update()
    {
        if (IsStopped) return;
        CopyBuffers();
        // Whether the fault input is still active is known when all events of the cycle have arrived.
        if (RestoresAtUpdate) _restore.Book(_services.Schedule.Now);
        Await();
    }

    // In fault state a pattern waits: it would switch on again what the fault has switched off (unverified).
    private void CopyBuffers()
    {
        byte valid = Buffered;
        if (valid == 0 || _timer.Counter.LockUpdate || (GeneratesPattern && _inFault)) return;
        _status &= (byte)~valid;
        if (!GeneratesPattern)
        {
            if ((valid & DTLSBUFV) != 0) _dtls = _dtlsbuf;
            if ((valid & DTHSBUFV) != 0) _dths = _dthsbuf;
            return;
        }

        if ((valid & DTLSBUFV) != 0) _outoven = _dtlsbuf;
        if ((valid & DTHSBUFV) != 0) _port.SetOutput(_dthsbuf);
        Drive(0xFF);
    }

    private void Listen() => _fault.Select(!IsStopped && (_fdctrl & FDACT) is CLEAROE or CLEARDIR ? _fdemask : 0);

    // Says what has to be told: UPDATEs that change something, events of trains that would be a new fault.
    private void Await()
    {
        _timer.ReportsUpdates = !IsStopped && (Buffered != 0 || RestoresAtUpdate);
        _fault.IsArmed = !IsStopped && (!_inFault || (_status & FDF) == 0);
    }

    // An event on the fault input, in the cycle in which it arrives: two after the one in which it was generated, whatever
    // the CPU does. One that finds the outputs in fault state and FDF set tells nothing new (unverified for ERRIF).
    private void Detect()
    {
        if (_inFault && (_status & FDF) != 0) return;
        _status |= FDF;
        if (!_inFault)
        {
            SetInFault(true);
            if ((_fdctrl & FDACT) == CLEAROE)
            {
                _overridesOff = true;
                _outoven = 0;
                Drive(0xFF);
            }
            else
            {
                byte direction = _port.Direction();
                _directions = (byte)(direction & PinsOf(EnabledChannels));
                _port.SetDirection((byte)(direction & ~_directions));
            }
        }

        _timer.RaiseError();
        Await();
    }

    // OUTOVEN is built anew from the enabled channels, in pattern generation mode from DTLSBUF; of DIR, what the fault has
    // cleared is set again for the channels that are still enabled.
    private void Restore()
    {
        if (IsStopped || !RestoresAtUpdate || _fault.IsActive) return;
        SetInFault(false);
        if (_overridesOff) _outoven = GeneratesPattern ? _dtlsbuf : (byte)PinsOf(EnabledChannels);
        _overridesOff = false;
        CopyBuffers();
        Drive(0xFF);
        _port.SetDirection((byte)(_port.Direction() | (_directions & PinsOf(EnabledChannels))));
        _directions = 0;
        Await();
    }

    private void SetInFault(bool value)
    {
        if (_inFault == value) return;
        _inFault = value;
        if (_faultSignal.IsWatched) _faultSignal.Changed(value ? 1 : 0);
    }

    private void Refuse(int offset, byte value, string why) =>
        _services.Diagnostics.Report(DiagnosticKind.ProtectedWrite, BaseAddress + offset, $"write of 0x{value:X2} to {Name}.{Registers[offset]!.Name} ignored: {why}");
}
