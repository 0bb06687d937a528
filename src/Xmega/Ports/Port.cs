using System.Numerics;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Ports;

/// <summary>What distinguishes one port from another.</summary>
/// <param name="Name">Datasheet name, as in <c>PORTC</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="PinCount">Pins it has on this part: 8, 4 (Q) or 2 (R).</param>
/// <param name="Vector0">Vector of INT0; INT1 follows.</param>
/// <param name="EventCode">CHnMUX code of pin 0, or 0 for a port that is no event source.</param>
/// <param name="Warned">Pins that a module may keep from being outputs, and says so.</param>
internal sealed record PortFacts(string Name, int Base, int PinCount, int Vector0, int EventCode, byte Warned = 0)
{
    /// <summary>Gets a value indicating whether the pins are event sources: ports A–F.</summary>
    public bool HasEvents => EventCode != 0;

    /// <summary>Gets a value indicating whether ISC = 7 turns the digital input off: the ports with events, A–F, only (unverified).</summary>
    public bool CanDisableInput => HasEvents;
}

/// <summary>
/// I/O port (8077I ch. 13): direction, output value and output configuration of up to eight pins; what comes in goes
/// through <see cref="PortSense"/>.
/// </summary>
/// <remarks>Limitations: SRLEN is stored, a slew rate has no meaning for digital levels.</remarks>
internal sealed class Port : IoModule, IPinListener
{
    public const int DIR = 0x00;
    public const int OUT = 0x04;
    public const int IN = 0x08;
    public const int INTFLAGS = 0x0C;

    private const int DIRSET = 0x01;
    private const int DIRCLR = 0x02;
    private const int DIRTGL = 0x03;
    private const int OUTSET = 0x05;
    private const int OUTCLR = 0x06;
    private const int OUTTGL = 0x07;
    private const int INTCTRL = 0x09;
    private const int INT0MASK = 0x0A;
    private const int INT1MASK = 0x0B;
    private const int PIN0CTRL = 0x10;
    private const int PIN7CTRL = 0x17;

    private const byte INTLVLS = 0x0F; // INT1LVL, INT0LVL
    private const byte INTIFS = 0x03;  // INT1IF, INT0IF
    private const byte INVEN = 0x40;   // pin value inverted, in and out
    private const byte OPC = 0x38;     // output and pull configuration
    private const byte ISC = 0x07;     // input/sense configuration

    private const byte TOTEM = 0x00;
    private const byte BUSKEEPER = 0x08;    // pulls to the last level, in both directions
    private const byte PULLDOWN = 0x10;     // on input only
    private const byte PULLUP = 0x18;       // on input only
    private const byte WIREDOR = 0x20;      // drives high only
    private const byte WIREDAND = 0x28;     // drives low only
    private const byte WIREDORPULL = 0x30;  // with pull-down, on input too
    private const byte WIREDANDPULL = 0x38; // with pull-up, on input too

    private const byte BOTHEDGES = 0;
    private const byte RISING = 1;
    private const byte FALLING = 2;
    private const byte LEVEL = 3;
    private const byte INPUT_DISABLE = 7;

    private readonly PortFacts _facts;
    private readonly PortConfiguration _configuration;
    private readonly PortSense _sense;
    private readonly Diagnostics _diagnostics;
    private readonly Pin[] _pins;
    private readonly PinOverride[][] _overrides; // by pin, highest priority first
    private readonly byte[] _pinCtrl = new byte[8];
    private readonly byte _present;
    private byte _dir;
    private byte _out;
    private byte _inverted; // pins with INVEN
    private byte _disabled; // pins whose digital input is off
    private byte _levels;   // what is at the pins, a floating one read as Pin.FloatingReadsHigh says
    private byte _kept;     // the last level of each pin that was not floating

    public Port(ChipServices services, PortFacts facts, PortConfiguration configuration)
        : base(facts.Name, facts.Base, BuildMap(facts.PinCount))
    {
        _facts = facts;
        _configuration = configuration;
        _present = PresentPins(facts.PinCount);
        _sense = new PortSense(services, facts);
        _diagnostics = services.Diagnostics;
        _pins = Numbered.Create(facts.PinCount, n => new Pin($"{facts.Name}.PIN{n}", n, (facts.Base * 8) + n, services));
        _overrides = [.. _pins.Select(_ => Array.Empty<PinOverride>())];
        foreach (Pin pin in _pins) pin.Listen(this);
    }

    /// <summary>Gets the pins.</summary>
    public IReadOnlyList<Pin> Pins => _pins;

    /// <summary>Gives a module a hand on a pin's output. Call at construction only.</summary>
    /// <param name="pin">Pin number.</param>
    /// <param name="owner">The module's name.</param>
    /// <param name="priority">Rank among several: the highest that drives wins.</param>
    public PinOverride CreateOverride(int pin, string owner, int priority)
    {
        var hand = new PinOverride(owner, priority, () => Drive(1 << pin));
        PinOverride[] others = _overrides[pin];
        int higher = others.Count(h => h.Priority >= priority);
        _overrides[pin] = [.. others[..higher], hand, .. others[higher..]];
        return hand;
    }

    /// <summary>Gives a module a hand on each of several pins' outputs, side by side. Call at construction only.</summary>
    /// <param name="first">Number of the first pin.</param>
    /// <param name="count">How many pins.</param>
    /// <param name="owner">The module's name.</param>
    /// <param name="priority">Rank among several on a pin: the highest that drives wins.</param>
    public PinOverride[] CreateOverrides(int first, int count, string owner, int priority) => Numbered.Create(count, n => CreateOverride(first + n, owner, priority));

    public override byte Peek(int offset) => offset switch
    {
        <= DIRTGL => _dir,
        <= OUTTGL => _out,
        IN => (byte)(_sense.In & _present),
        INTCTRL => _sense.InterruptControl,
        INT0MASK or INT1MASK => _sense.InterruptMask(offset - INT0MASK),
        INTFLAGS => _sense.Flags,
        >= PIN0CTRL and <= PIN7CTRL => _pinCtrl[offset - PIN0CTRL],
        _ => 0,
    };

    public override long HoldsUntil(int offset) => offset switch
    {
        IN => _sense.NextInput,
        INTFLAGS => ScheduledAction.Never,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case DIR: SetDirection(value); break;
            case DIRSET: SetDirection(_dir | value); break;
            case DIRCLR: SetDirection(_dir & ~value); break;
            case DIRTGL: SetDirection(_dir ^ value); break;
            case OUT: SetOutput(value); break;
            case OUTSET: SetOutput(_out | value); break;
            case OUTCLR: SetOutput(_out & ~value); break;
            case OUTTGL: SetOutput(_out ^ value); break;
            case INTCTRL: _sense.InterruptControl = value; break;
            case INT0MASK or INT1MASK: _sense.SetInterruptMask(offset - INT0MASK, value); break;
            case INTFLAGS: _sense.Clear(value); break;
            case >= PIN0CTRL and <= PIN7CTRL: WritePinControl(offset - PIN0CTRL, value); break;
        }
    }

    public override void Reset()
    {
        _dir = _out = 0;
        Array.Clear(_pinCtrl);
        _sense.Reset();
        ReviewPinControl();
        Drive(_present);
    }

    // The lines are restored before the ports, with their levels and what the ports drive.
    /// <inheritdoc/>
    public override void State(StateStream s)
    {
        s.Value(ref _dir);
        s.Value(ref _out);
        s.Value(ref _kept);
        s.Value(ref _levels);
        s.Bytes(_pinCtrl);
        foreach (PinOverride[] hands in _overrides)
            foreach (PinOverride hand in hands) hand.State(s);
        if (s.IsRestoring)
        {
            _sense.Mute();
            ReviewPinControl();
        }

        _sense.State(s);
    }

    void IPinListener.OnPinChanged(Pin pin)
    {
        int bit = 1 << pin.Index;
        _levels = Set(_levels, bit, pin.IsHigh);
        if (pin.Level != LogicLevel.Floating) _kept = Set(_kept, bit, pin.IsHigh);
        if ((_pinCtrl[pin.Index] & OPC) == BUSKEEPER) Drive(bit);
        FeedInput();
    }

    private static RegisterTable BuildMap(int pinCount)
    {
        byte pins = PresentPins(pinCount);
        RegisterTable map = new RegisterTable("PORT", 0x18)
            .Add(DIR, "DIR", pins)
            .Add(DIRSET, "DIRSET", pins, Access.Strobe)
            .Add(DIRCLR, "DIRCLR", pins, Access.Strobe)
            .Add(DIRTGL, "DIRTGL", pins, Access.Strobe)
            .Add(OUT, "OUT", pins)
            .Add(OUTSET, "OUTSET", pins, Access.Strobe)
            .Add(OUTCLR, "OUTCLR", pins, Access.Strobe)
            .Add(OUTTGL, "OUTTGL", pins, Access.Strobe)
            .Add(IN, "IN", 0, Access.ReadOnly)
            .Add(INTCTRL, "INTCTRL", INTLVLS)
            .Add(INT0MASK, "INT0MASK", pins)
            .Add(INT1MASK, "INT1MASK", pins)
            .Add(INTFLAGS, "INTFLAGS", INTIFS, Access.WriteOneToClear);
        // PINnCTRL of a missing pin is there and reads 0 (unverified).
        for (int n = 0; n < 8; n++) map.Add(PIN0CTRL + n, $"PIN{n}CTRL", n < pinCount ? (byte)0xFF : (byte)0);
        return map;
    }

    private static byte PresentPins(int count) => (byte)((1 << count) - 1);

    private static byte Set(byte bits, int mask, bool value) => (byte)(value ? bits | mask : bits & ~mask);

    private void SetDirection(int value)
    {
        int changed = _dir ^ value;
        _dir = (byte)value;
        if ((changed & value & _facts.Warned) != 0) Warn(changed & value & _facts.Warned);
        Drive(changed);
    }

    private void Warn(int pins)
    {
        for (; pins != 0; pins &= pins - 1)
        {
            int n = BitOperations.TrailingZeroCount(pins);
            string? warning = _overrides[n].Select(hand => hand.Warning).FirstOrDefault(text => text is not null);
            if (warning is not null) _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + PIN0CTRL + n, $"{_pins[n].Name} is made an output: {warning}");
        }
    }

    private void SetOutput(int value)
    {
        int changed = _out ^ value;
        _out = (byte)value;
        Drive(changed);
    }

    // With MPCMASK set, the value goes to the pins of the mask and MPCMASK clears itself (8077I 13.9).
    private void WritePinControl(int pin, byte value)
    {
        byte mask = _configuration.TakeMultiPinMask();
        int pins = (mask != 0 ? mask : 1 << pin) & _present;
        for (int left = pins; left != 0; left &= left - 1) _pinCtrl[BitOperations.TrailingZeroCount(left)] = value;
        ReviewPinControl();
        Drive(pins);
    }

    private void ReviewPinControl()
    {
        byte rising = 0, falling = 0, level = 0;
        _inverted = _disabled = 0;
        for (int n = 0; n < _pins.Length; n++)
        {
            int bit = 1 << n;
            byte isc = (byte)(_pinCtrl[n] & ISC); // 4-6 are reserved: no sensing (unverified)
            _pins[n].IsInverted = (_pinCtrl[n] & INVEN) != 0;
            _inverted = Set(_inverted, bit, _pins[n].IsInverted);
            _disabled = Set(_disabled, bit, isc == INPUT_DISABLE && _facts.CanDisableInput);
            rising = Set(rising, bit, isc is BOTHEDGES or RISING);
            falling = Set(falling, bit, isc is BOTHEDGES or FALLING);
            level = Set(level, bit, isc == LEVEL);
        }

        // Inversion and the disabled input sit in front of the synchroniser: changing them can make an edge.
        FeedInput();
        _sense.Configure(rising, falling, level);
    }

    // A disabled input buffer gives 0, inverted or not (unverified).
    private void FeedInput() => _sense.Input((byte)((_levels ^ _inverted) & ~_disabled & _present));

    private void Drive(int pins)
    {
        for (; pins != 0; pins &= pins - 1)
        {
            int n = BitOperations.TrailingZeroCount(pins);
            _pins[n].ChipDrive = DriveOf(n, out bool output);
            _pins[n].IsOutput = output;
        }
    }

    private PinDrive DriveOf(int n, out bool output)
    {
        int bit = 1 << n;
        bool? direction = null, value = null;
        foreach (PinOverride hand in _overrides[n])
        {
            if (hand.PullsUp)
            {
                output = false;
                return PinDrive.Pull(true);
            }

            direction ??= hand.Direction;
            value ??= hand.Value;
        }

        output = direction ?? (_dir & bit) != 0;
        bool high = (value ?? (_out & bit) != 0) ^ ((_inverted & bit) != 0);
        PinDrive strong = PinDrive.Strong(high);
        return (_pinCtrl[n] & OPC) switch
        {
            TOTEM => output ? strong : PinDrive.None,
            BUSKEEPER => output ? strong : PinDrive.Pull((_kept & bit) != 0),
            PULLDOWN => output ? strong : PinDrive.Pull(false),
            PULLUP => output ? strong : PinDrive.Pull(true),
            WIREDOR => output && high ? strong : PinDrive.None,
            WIREDAND => output && !high ? strong : PinDrive.None,
            WIREDORPULL => output && high ? strong : PinDrive.Pull(false),
            WIREDANDPULL => output && !high ? strong : PinDrive.Pull(true),
            _ => PinDrive.None,
        };
    }
}
