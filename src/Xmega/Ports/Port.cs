using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.Ports;

/// <summary>What distinguishes one port from another.</summary>
/// <param name="Name">Datasheet name, as in <c>PORTC</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="PinCount">Pins it has on this part: 8, 4 (Q) or 2 (R).</param>
/// <param name="Vector0">Vector of INT0; INT1 follows.</param>
/// <param name="EventCode">CHnMUX code of pin 0, or 0 for a port that is no event source.</param>
internal sealed record PortFacts(string Name, int Base, int PinCount, int Vector0, int EventCode);

/// <summary>I/O port (8077I ch. 13).</summary>
internal sealed class Port : IoModule
{
    private const int DIR = 0x00;
    private const int DIRSET = 0x01;
    private const int DIRCLR = 0x02;
    private const int DIRTGL = 0x03;
    private const int OUT = 0x04;
    private const int OUTSET = 0x05;
    private const int OUTCLR = 0x06;
    private const int OUTTGL = 0x07;
    private const int IN = 0x08;

    private readonly List<PinOverride>[] _overrides;
    private byte _dir;
    private byte _out;

    public Port(ChipServices services, PortFacts facts)
        : base(facts.Name, facts.Base, Map)
    {
        Pins = [.. Enumerable.Range(0, facts.PinCount).Select(n => new Pin($"{facts.Name}.PIN{n}", n, services.Signals, services.Diagnostics))];
        _overrides = [.. Pins.Select(_ => new List<PinOverride>())];
    }

    /// <summary>Gets the pins.</summary>
    public IReadOnlyList<Pin> Pins { get; }

    private static RegisterTable Map { get; } = new RegisterTable("PORT", 0x18)
        .Add(DIR, "DIR", 0xFF)
        .Add(DIRSET, "DIRSET", 0xFF, Access.Strobe)
        .Add(DIRCLR, "DIRCLR", 0xFF, Access.Strobe)
        .Add(DIRTGL, "DIRTGL", 0xFF, Access.Strobe)
        .Add(OUT, "OUT", 0xFF)
        .Add(OUTSET, "OUTSET", 0xFF, Access.Strobe)
        .Add(OUTCLR, "OUTCLR", 0xFF, Access.Strobe)
        .Add(OUTTGL, "OUTTGL", 0xFF, Access.Strobe)
        .Add(IN, "IN", 0, Access.ReadOnly);

    /// <summary>Gives a module a hand on a pin's output. Call at construction only.</summary>
    /// <param name="pin">Pin number.</param>
    /// <param name="owner">The module's name.</param>
    /// <param name="priority">Rank among several: the highest that drives wins.</param>
    public PinOverride CreateOverride(int pin, string owner, int priority)
    {
        var hand = new PinOverride(owner, priority, () => Drive(pin));
        _overrides[pin].Add(hand);
        _overrides[pin].Sort((a, b) => b.Priority.CompareTo(a.Priority));
        return hand;
    }

    public override byte Peek(int offset) => offset switch
    {
        <= DIRTGL => _dir,
        <= OUTTGL => _out,
        IN => (byte)Pins.Sum(p => p.IsHigh ? 1 << p.Index : 0),
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case DIR: _dir = value; break;
            case DIRSET: _dir |= value; break;
            case DIRCLR: _dir &= (byte)~value; break;
            case DIRTGL: _dir ^= value; break;
            case OUT: _out = value; break;
            case OUTSET: _out |= value; break;
            case OUTCLR: _out &= (byte)~value; break;
            case OUTTGL: _out ^= value; break;
        }

        DriveAll();
    }

    public override void Reset()
    {
        _dir = _out = 0;
        DriveAll();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _dir);
        s.Value(ref _out);
        if (s.IsRestoring) DriveAll();
    }

    private void DriveAll()
    {
        for (int n = 0; n < Pins.Count; n++) Drive(n);
    }

    private void Drive(int n)
    {
        bool output = (_dir & (1 << n)) != 0;
        bool high = (_out & (1 << n)) != 0;
        foreach (PinOverride hand in _overrides[n])
        {
            if (hand.Value is null && hand.Direction is null) continue;
            output = hand.Direction ?? output;
            high = hand.Value ?? high;
            break;
        }

        Pins[n].ChipDrive = output ? PinDrive.Strong(high) : PinDrive.None;
    }
}
