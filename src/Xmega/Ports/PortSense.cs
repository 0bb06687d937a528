using System.Numerics;
using Xmega.Events;
using Xmega.Interrupts;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Ports;

/// <summary>
/// The input side of a port: synchroniser, input sensing, the two interrupts, and the pins as event sources (8077I
/// 13.4–13.7). A change of a pin books something only if the pin is in an interrupt mask or feeds an event channel.
/// </summary>
/// <remarks>
/// While a sleep mode stops clk_PER, sensing is asynchronous: edges at pin 2 latch; at the other pins a change with both
/// edges sensed, and the low level, only wake the CPU, and count if they last until the clock runs (8077I 13.6).
/// </remarks>
internal sealed class PortSense
{
    // Pin 2 of each port senses in full without a clock.
    private const byte FullyAsynchronous = 0x04;

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly Diagnostics _diagnostics;
    private readonly PortFacts _facts;
    private readonly EventSource?[] _sources = new EventSource?[8];
    private readonly InterruptLine[] _lines = new InterruptLine[2];
    private readonly byte[] _masks = new byte[2];
    private readonly PinSynchroniser _in = new();
    private readonly ScheduledAction _flag;  // INTFLAGS take over what was sensed
    private readonly ScheduledAction _edge;  // sensed input changes
    private readonly ScheduledAction _level; // sensed input will change in the next cycle: level events begin or end
    private byte _interruptControl;
    private byte _rising;    // pins whose ISC senses rising edges
    private byte _falling;   // pins whose ISC senses falling edges
    private byte _lowLevel;  // pins whose ISC is LEVEL
    private byte _wanted;    // pins that some event channel selects
    private byte _edgeFlags; // INTFLAGS set by edges: stay until cleared
    private byte _lowFlags;  // INTFLAGS set by low levels: stay while the level does
    private byte _detected;  // edges sensed, not yet in INTFLAGS

    public PortSense(ChipServices services, PortFacts facts)
    {
        _schedule = services.Schedule;
        _timeline = services.Timeline;
        _diagnostics = services.Diagnostics;
        _facts = facts;
        _timeline.RunningChanged += ClockStopsOrRuns;
        for (int n = 0; n < _lines.Length; n++)
        {
            byte flag = (byte)(1 << n);
            _lines[n] = services.Interrupts.Connect(facts.Vector0 + n, $"{facts.Name}_INT{n}", () => Clear(flag), asynchronous: true);
        }

        if (facts.HasEvents)
        {
            for (int n = 0; n < facts.PinCount; n++)
            {
                byte pin = (byte)(1 << n);
                EventSource source = services.Events.Connect(facts.EventCode + n, $"{facts.Name}_PIN{n}");
                source.WantedChanged += () => WantedChanged(source, pin);
                source.Level = () => (Seen(_schedule.Now) & pin) != 0;
                _sources[n] = source;
            }
        }

        // In the order in which they belong within a cycle.
        _flag = services.Schedule.Create($"{facts.Name}.INTFLAGS", Phase.Module, SetFlags);
        _edge = services.Schedule.Create($"{facts.Name}.EDGE", Phase.Module, SenseEdges);
        _level = services.Schedule.Create($"{facts.Name}.LEVEL", Phase.Module, ReviewLevels);
    }

    /// <summary>Gets IN: what was at the pins two clock edges ago.</summary>
    public byte In => _in.At(_schedule.Now);

    /// <summary>Gets the cycle in which <see cref="In"/> takes over what is at the pins.</summary>
    public long NextInput => _in.NextChange(_schedule.Now);

    /// <summary>Gets INTFLAGS.</summary>
    public byte Flags => (byte)(_edgeFlags | _lowFlags);

    /// <summary>Gets or sets INTCTRL: the level of INT1 in bits 3:2, of INT0 in bits 1:0.</summary>
    public byte InterruptControl
    {
        get => _interruptControl;
        set
        {
            _interruptControl = value;
            for (int n = 0; n < _lines.Length; n++) _lines[n].Level = (value >> (2 * n)) & 3;
        }
    }

    private byte Sensed => (byte)(_masks[0] | _masks[1] | _wanted);

    public byte InterruptMask(int interrupt) => _masks[interrupt];

    public void SetInterruptMask(int interrupt, byte pins)
    {
        _masks[interrupt] = pins;
        Review();
    }

    /// <summary>The levels in front of the synchroniser, inverted and gated as PINnCTRL says, are these from the current cycle on.</summary>
    /// <param name="levels">One bit a pin.</param>
    public void Input(byte levels)
    {
        int changed = _in.Latest ^ levels;
        if (changed == 0) return;
        _in.Change(_schedule.Now, levels);
        if ((changed & Sensed) == 0) return;
        if (!_timeline.IsRunning) SenseAsynchronously(changed, levels);
        Await();
    }

    /// <summary>The sense configurations changed.</summary>
    /// <param name="rising">Pins that sense rising edges.</param>
    /// <param name="falling">Pins that sense falling edges.</param>
    /// <param name="lowLevel">Pins that sense the level.</param>
    public void Configure(byte rising, byte falling, byte lowLevel)
    {
        (_rising, _falling, _lowLevel) = (rising, falling, lowLevel);
        Review();
    }

    /// <summary>Clears flags, as writing ones to INTFLAGS and taking the vector do. A low level that is still there keeps its flag set.</summary>
    /// <param name="flags">The flags.</param>
    public void Clear(byte flags)
    {
        _edgeFlags &= (byte)~flags;
        Request();
    }

    public void Reset()
    {
        _masks[0] = _masks[1] = 0;
        _edgeFlags = _lowFlags = _detected = 0;
        _flag.Cancel();
        InterruptControl = 0;
        Request();
    }

    /// <summary>Lets the pins be set up anew without any of it being sensed, until the state is restored.</summary>
    public void Mute() => _masks[0] = _masks[1] = _wanted = 0;

    public void State(StateStream s)
    {
        s.Bytes(_masks);
        s.Value(ref _interruptControl);
        s.Value(ref _rising);
        s.Value(ref _falling);
        s.Value(ref _lowLevel);
        s.Value(ref _edgeFlags);
        s.Value(ref _lowFlags);
        s.Value(ref _detected);
        _in.State(s);
        s.Value(_flag);
        s.Value(_edge);
        s.Value(_level);
        if (!s.IsRestoring) return;
        _wanted = 0;
        for (int n = 0; n < _sources.Length; n++)
            if (_sources[n] is { IsWanted: true }) _wanted |= (byte)(1 << n);
        InterruptControl = _interruptControl;
        Request();
    }

    // What the sensing logic sees, and when it sees the next change.
    private byte Seen(long cycle) => _in.At(cycle - Latency.PinEvent);

    private long NextSeen(long cycle)
    {
        long next = _in.NextChange(cycle - Latency.PinEvent);
        return next == ScheduledAction.Never ? next : next + Latency.PinEvent;
    }

    // The interrupts that a set of pins belongs to, a bit each.
    private byte InterruptsOf(int pins) => (byte)(((pins & _masks[0]) != 0 ? 1 : 0) | ((pins & _masks[1]) != 0 ? 2 : 0));

    private void SenseAsynchronously(int changed, int value)
    {
        int edges = changed & ((value & _rising) | (~value & _falling));
        int latched = edges & FullyAsynchronous;
        if (InterruptsOf(latched) != 0)
        {
            // With the clock back, the synchroniser must not find this edge once more.
            _in.Settle((byte)latched, (byte)value);
            _edgeFlags |= InterruptsOf(latched);
            Request();
        }

        int bothEdges = _rising & _falling;
        Wake(InterruptsOf((edges & bothEdges & ~FullyAsynchronous) | (changed & ~value & _lowLevel)));
        int unheard = edges & ~bothEdges & ~FullyAsynchronous;
        if (InterruptsOf(unheard) == 0) return;
        int pin = BitOperations.TrailingZeroCount(unheard & (_masks[0] | _masks[1]));
        _diagnostics.Report(DiagnosticKind.Configuration, (_facts.Base << 8) + pin, $"{_facts.Name}.PIN{pin}: an edge while a sleep mode stops clk_PER is not noticed: without a clock only pin 2 senses rising or falling edges, the others both edges or the low level");
    }

    // What was still on its way through the synchroniser when the clock stopped wakes the CPU again at once.
    private void ClockStopsOrRuns()
    {
        if (!_timeline.IsRunning && (_edge.IsBooked || _flag.IsBooked)) Wake(InterruptsOf(Sensed));
    }

    private void Wake(byte interrupts)
    {
        for (int n = 0; n < _lines.Length; n++)
            if ((interrupts & (1 << n)) != 0) _lines[n].Wake();
    }

    // Books what the changes that are still in the synchroniser will need.
    private void Await()
    {
        long now = _schedule.Now;
        if (!_edge.IsBooked) _edge.Book(NextSeen(now));
        if ((_wanted & _lowLevel) == 0 || _level.IsBooked) return;
        long next = NextSeen(now + 1);
        if (next != ScheduledAction.Never) _level.Book(next - 1);
    }

    private void Review()
    {
        if (Sensed != 0) Await();
        if (_wanted != 0) ReviewLevels();
        if (InterruptsOf(_lowLevel) != 0 || _lowFlags != 0) _flag.Book(_schedule.Now + Latency.PinInterruptFlag);
    }

    private void WantedChanged(EventSource source, byte pin)
    {
        if (source.IsWanted)
        {
            _wanted |= pin;
            Review();
        }
        else
        {
            _wanted &= (byte)~pin;
            source.SetTrain(null);
        }
    }

    // Edges strobe in the cycle in which the sensed input changes, with the pin value on the data bit (8077I 13.7).
    private void SenseEdges()
    {
        long now = _schedule.Now;
        int value = Seen(now);
        int changed = value ^ Seen(now - 1);
        int edges = changed & ((value & _rising) | (~value & _falling));

        for (int left = changed & _wanted & ~_lowLevel; left != 0; left &= left - 1)
            _sources[BitOperations.TrailingZeroCount(left)]!.ChangeLevel((value & left & -left) != 0);
        for (int left = edges & _wanted; left != 0; left &= left - 1)
            _sources[BitOperations.TrailingZeroCount(left)]!.Raise((value & left & -left) != 0);

        _detected |= InterruptsOf(edges);
        if ((_detected | InterruptsOf(changed & _lowLevel)) != 0) _flag.Book(now - Latency.PinEvent + Latency.PinInterruptFlag);
        Await();
    }

    // A pin that senses its level strobes in every cycle in which it is high. Trains are announced one cycle ahead, and
    // what IN will be in the next cycle is in the first flip-flop now.
    private void ReviewLevels()
    {
        long next = _schedule.Now + 1;
        int high = Seen(next) & _lowLevel;
        for (int left = _wanted; left != 0; left &= left - 1)
        {
            EventSource source = _sources[BitOperations.TrailingZeroCount(left)]!;
            bool on = (high & left & -left) != 0;
            if (on != source.Train.HasValue) source.SetTrain(on ? new EventTrain(next, 1, true) : null);
        }

        Await();
    }

    // Edges latch. The low level does not (unverified): "the low level must be held until the completion of the currently
    // executing instruction for an interrupt to be generated" (8077I 13.6), and while it is held the flag stays set.
    private void SetFlags()
    {
        _edgeFlags |= _detected;
        _detected = 0;
        _lowFlags = InterruptsOf(_lowLevel & ~_in.At(_schedule.Now - Latency.PinInterruptFlag));
        Request();
    }

    private void Request()
    {
        for (int n = 0; n < _lines.Length; n++) _lines[n].IsRequested = (Flags & (1 << n)) != 0;
    }
}
