using System.Numerics;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.Signals;
using Xmega.State;

namespace Xmega.Interrupts;

/// <summary>
/// Programmable multi-level interrupt controller (8077I ch. 12): three levels that nest, static or round-robin order
/// within the low level, one non-maskable interrupt, vectors in application or boot section.
/// </summary>
public sealed class Pmic : IoModule
{
    /// <summary>The only non-maskable interrupt of the part: OSC_XOSCF.</summary>
    public const int NonMaskableVector = 1;

    /// <summary>Vectors of the part, with reset, of two words each.</summary>
    public const int VectorCount = 125;

    /// <summary>Word address of the vectors when IVSEL is set: the start of the boot section.</summary>
    public const int BootVectors = 0x10000;

    private const int STATUS = 0;
    private const int INTPRI = 1;
    private const int CTRL = 2;

    private const byte NMIEX = 0x80; // non-maskable handler executing
    private const byte RREN = 0x80;  // round-robin order within the low level
    private const byte IVSEL = 0x40; // vectors in the boot section
    private const byte LVLEN = 0x07; // level enables, bit n - 1 for level n

    private const int NonMaskable = 4; // stands above the levels 1–3

    private readonly InterruptLine?[] _lines = new InterruptLine?[VectorCount];
    private readonly VectorSet[] _requests = new VectorSet[NonMaskable + 1]; // by level; index 0 is never used
    private readonly VectorSet[] _sources = new VectorSet[NonMaskable + 1];  // that can request, by level
    private readonly int[] _executing = new int[NonMaskable + 1];        // vector in service, by level
    private readonly SignalList _signals;
    private VectorSet _asynchronous; // that can wake the CPU while clk_PER stands
    private int _requestedLevels; // a bit each
    private bool _wakeAsked;
    private int _lastTaken;  // the vector taken last
    private bool _lastStands; // its request has not fallen since
    private bool _takenAgain;
    private byte _status;
    private byte _ctrl;
    private byte _intpri;

    internal Pmic(SignalList signals)
        : base("PMIC", 0x00A0, Map) => _signals = signals;

    /// <summary>Tells listeners that the CPU takes a vector, in the cycle in which the entry begins.</summary>
    public event Action<InterruptLine>? Entered;

    /// <summary>Gets the vector that should be served next as far as levels go, or 0; whether I is set is the CPU's business.</summary>
    public int PendingVector { get; private set; }

    /// <summary>Gets a value indicating whether the pending vector is served even with I clear.</summary>
    public bool PendingIsNonMaskable => PendingVector == NonMaskableVector;

    /// <summary>Gets STATUS: the levels whose handlers are running or interrupted.</summary>
    public byte Status => _status;

    /// <summary>Gets every connected vector in rising order.</summary>
    public IEnumerable<InterruptLine> Lines => _lines.OfType<InterruptLine>();

    /// <summary>Gets the highest level whose handler is executing, 1–3, 4 for a non-maskable one; 0: none.</summary>
    internal int ExecutingLevel => _status >= NMIEX ? NonMaskable : BitOperations.Log2((uint)(_status << 1) | 1);

    /// <summary>Gets the interrupt whose handler is executing, or null.</summary>
    internal InterruptLine? Executing => _lines[_executing[ExecutingLevel]];

    /// <summary>Gets a value indicating whether the vector taken last was the one before too, and its request did not fall in between.</summary>
    internal bool IsTakenAgain => _takenAgain;

    private static RegisterTable Map { get; } = new RegisterTable("PMIC", 3)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly)
        .Add(INTPRI, "INTPRI", 0xFF)
        .Add(CTRL, "CTRL", RREN | IVSEL | LVLEN, protectedBits: IVSEL);

    /// <inheritdoc/>
    public override byte Peek(int offset) => offset switch
    {
        STATUS => _status,
        INTPRI => _intpri,
        CTRL => _ctrl,
        _ => 0,
    };

    /// <inheritdoc/>
    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case INTPRI:
                _intpri = value;
                break;
            case CTRL:
                // A cleared level is off one cycle later (8077I 12.8): the boundary after this write, where it is looked at next.
                _ctrl = value;
                break;
        }

        Review();
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        for (int level = 1; level <= NonMaskable; level++)
            if ((_status & StatusBit(level)) != 0) Ended(level);
        _status = _ctrl = _intpri = 0;
        _wakeAsked = _lastStands = _takenAgain = false;
        _lastTaken = 0;
        Review();
    }

    /// <inheritdoc/>
    public override void State(StateStream s)
    {
        s.Value(ref _status);
        s.Value(ref _ctrl);
        s.Value(ref _intpri);
        s.Value(ref _wakeAsked);
        s.Value(ref _lastTaken);
        s.Value(ref _lastStands);
        s.Value(ref _takenAgain);
        foreach (ref int vector in _executing.AsSpan()) s.Value(ref vector);
        if (s.IsRestoring) Review();
    }

    /// <summary>Carries every line out or in: what modules made of them while they were restored gives way to what was saved.</summary>
    /// <param name="s">The stream.</param>
    internal void StateOfLines(StateStream s)
    {
        foreach (InterruptLine line in Lines) line.State(s);
        if (!s.IsRestoring) return;
        Array.Clear(_requests);
        Array.Clear(_sources);
        _requestedLevels = 0;
        foreach (InterruptLine line in Lines)
        {
            if (line.Level == 0) continue;
            _sources[LevelOf(line)].Add(line.Vector);
            if (line.IsRequested) Add(line);
        }

        Review();
    }

    /// <summary>Whether any interrupt could be taken if it were requested: an enabled source at an enabled level.</summary>
    /// <param name="globalEnable">The I flag.</param>
    /// <returns>False when nothing can ever wake a sleeping CPU.</returns>
    public bool AnyEnabled(bool globalEnable) => AnyEnabled(globalEnable, asynchronously: false);

    /// <summary>Whether any interrupt could be taken if it were requested.</summary>
    /// <param name="globalEnable">The I flag.</param>
    /// <param name="asynchronously">Whether clk_PER stands: only some can be requested then.</param>
    /// <returns>False when nothing can ever wake a sleeping CPU.</returns>
    internal bool AnyEnabled(bool globalEnable, bool asynchronously)
    {
        for (int level = 1; level <= NonMaskable; level++)
        {
            bool isOn = level == NonMaskable || (globalEnable && (_ctrl & StatusBit(level)) != 0);
            if (isOn && !(asynchronously ? _sources[level].Common(_asynchronous) : _sources[level]).IsEmpty) return true;
        }

        return false;
    }

    /// <summary>Connects a module's interrupt condition to its vector. Call at construction only.</summary>
    /// <param name="vector">Vector number, 1–124.</param>
    /// <param name="name">The vector's datasheet name.</param>
    /// <param name="taken">What the module does when the vector is executed: most clear their flag.</param>
    /// <param name="asynchronous">Whether a request can wake the CPU while clk_PER stands.</param>
    /// <returns>The line.</returns>
    internal InterruptLine Connect(int vector, string name, Action? taken, bool asynchronous = false)
    {
        Signal signal = _signals.Add($"PMIC.{name}", SignalKind.Bit, 1, $"handler of vector {vector} running", () => IsExecuting(vector) ? 1 : 0);
        InterruptLine? line = null;
        Signal request = _signals.Add($"PMIC.{name}.REQUEST", SignalKind.Bit, 1, $"interrupt condition of vector {vector} holds and its level is on", () => line!.IsActive ? 1 : 0);
        if (asynchronous) _asynchronous.Add(vector);
        return _lines[vector] = line = new InterruptLine(this, vector, name, signal, request, taken) { IsAsynchronous = asynchronous };
    }

    /// <summary>A line, which requests nothing just now, has another level.</summary>
    /// <param name="line">The line.</param>
    /// <param name="before">The level before; 0: it was off.</param>
    internal void LevelChanged(InterruptLine line, int before)
    {
        if (before != 0) _sources[line.IsNonMaskable ? NonMaskable : before].Remove(line.Vector);
        if (line.Level != 0) _sources[LevelOf(line)].Add(line.Vector);
    }

    internal void Request(InterruptLine line)
    {
        if (line.Level == 0) return;
        Add(line);
        Review();
    }

    /// <summary>Asks for a wake-up on behalf of a line.</summary>
    internal void WakeFor(InterruptLine line)
    {
        if (line.Level != 0 && (_ctrl & (1 << (line.Level - 1))) != 0) _wakeAsked = true;
    }

    /// <summary>Whether something wakes the CPU while clk_PER stands; a wake-up asked for is thereby granted.</summary>
    /// <param name="globalEnable">The I flag (that it is needed is unverified).</param>
    internal bool WakesAsynchronously(bool globalEnable)
    {
        bool asked = _wakeAsked;
        _wakeAsked = false;
        if (!globalEnable) return false;
        for (int level = 1; level < NonMaskable; level++)
            if (!_requests[level].Common(_asynchronous).IsEmpty && (_ctrl & StatusBit(level)) != 0 && _status < StatusBit(level)) asked = true;
        return asked;
    }

    internal void Withdraw(InterruptLine line)
    {
        if (line.Level == 0) return;
        if (line.Vector == _lastTaken) _lastStands = false;
        int level = LevelOf(line);
        _requests[level].Remove(line.Vector);
        if (_requests[level].IsEmpty) _requestedLevels &= ~(1 << level);
        Review();
    }

    /// <summary>Takes the pending vector: its level is now executing.</summary>
    /// <param name="cycle">The cycle in which the entry begins.</param>
    /// <returns>The word address of the vector.</returns>
    internal int Acknowledge(long cycle)
    {
        InterruptLine line = _lines[PendingVector]!;
        int level = LevelOf(line);
        _status |= StatusBit(level);
        _executing[level] = line.Vector;
        if (level == 1 && (_ctrl & RREN) != 0) _intpri = (byte)line.Vector;
        _takenAgain = line.Vector == _lastTaken && _lastStands;
        (_lastTaken, _lastStands) = (line.Vector, true);
        line.Take();
        line.Signal.Changed(cycle, 1);
        Entered?.Invoke(line);
        Review();
        return VectorAddress(line.Vector);
    }

    /// <summary>RETI: the highest executing level ends (8077I 12.3). With none executing it is a plain return (unverified).</summary>
    internal void Return()
    {
        int level = ExecutingLevel;
        if (level != 0) Ended(level);
        Review();
    }

    /// <summary>The word address of a vector: twice its number, in the section that IVSEL names.</summary>
    /// <param name="vector">Vector number.</param>
    /// <returns>Word address.</returns>
    internal int VectorAddress(int vector) => (2 * vector) + ((_ctrl & IVSEL) != 0 ? BootVectors : 0);

    private static byte StatusBit(int level) => level == NonMaskable ? NMIEX : (byte)(1 << (level - 1));

    private static int LevelOf(InterruptLine line) => line.IsNonMaskable ? NonMaskable : line.Level;

    private void Add(InterruptLine line)
    {
        int level = LevelOf(line);
        _requests[level].Add(line.Vector);
        _requestedLevels |= 1 << level;
    }

    private bool IsExecuting(int vector)
    {
        for (int level = 1; level <= NonMaskable; level++)
            if (_executing[level] == vector && (_status & StatusBit(level)) != 0) return true;
        return false;
    }

    private void Ended(int level)
    {
        _status &= (byte)~StatusBit(level);
        _lines[_executing[level]]?.Signal.Changed(0);
        _executing[level] = 0;
    }

    // Which vector would be served next: the highest level above those executing; within it the lowest address, or for
    // the low level with RREN the one after the last acknowledged.
    private void Review()
    {
        int enabled = ((_ctrl & LVLEN) << 1) | (1 << NonMaskable);
        int above = -2 << ExecutingLevel;
        int levels = _requestedLevels & enabled & above;
        PendingVector = levels == 0 ? 0 : First(BitOperations.Log2((uint)levels));
    }

    private int First(int level)
    {
        VectorSet requests = _requests[level];
        if (level == 1 && (_ctrl & RREN) != 0 && _intpri < VectorCount)
        {
            VectorSet after = requests.After(_intpri);
            if (!after.IsEmpty) requests = after;
        }

        return requests.Lowest;
    }
}
