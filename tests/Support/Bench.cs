using Xmega.Registers;
using Xmega.Signals;

namespace Xmega.TestSupport;

/// <summary>
/// A chip on the bench with no firmware: a test reads and writes registers by their datasheet names in exact cycles, as
/// instructions would, and watches signals.
/// </summary>
public sealed class Bench : ISignalProbe
{
    private readonly List<(long Cycle, string Signal, long Value)> _trace = [];

    public ATxmega128A1 Chip { get; } = new();

    /// <summary>The cycle in which the next access happens.</summary>
    public long Now => Chip.Services.Schedule.Now;

    /// <summary>What the watched signals did.</summary>
    public IReadOnlyList<(long Cycle, string Signal, long Value)> Trace => _trace;

    public static int AddressOf(string register) =>
        (RegisterMap.ATxmega128A1.Find(register) ?? throw new ArgumentException($"no register {register}")).Address;

    /// <summary>Lets cycles pass: what is due in them happens.</summary>
    public Bench Advance(long cycles) => AdvanceTo(Now + cycles);

    /// <summary>Makes a cycle the current one; everything due up to and including it has happened.</summary>
    public Bench AdvanceTo(long cycle)
    {
        Chip.Services.Schedule.AdvanceTo(cycle);
        return this;
    }

    /// <summary>Writes a register in the current cycle; 16-bit registers low byte first, both in this cycle.</summary>
    public Bench Write(string register, int value)
    {
        NamedRegister r = RegisterMap.ATxmega128A1.Find(register) ?? throw new ArgumentException($"no register {register}");
        for (int i = 0; i < r.Size; i++) Chip.Data.Write(r.Address + i, (byte)(value >> (8 * i)));
        return this;
    }

    /// <summary>Writes a protected register: signature first.</summary>
    public Bench WriteProtected(string register, int value)
    {
        Chip.Data.Write(0x34, 0xD8);
        Write(register, value);
        Chip.Services.Protection.Close();
        return this;
    }

    /// <summary>Reads a register in the current cycle, with the effects of reading.</summary>
    public int Read(string register)
    {
        NamedRegister r = RegisterMap.ATxmega128A1.Find(register) ?? throw new ArgumentException($"no register {register}");
        int value = 0;
        for (int i = 0; i < r.Size; i++) value |= Chip.Data.Read(r.Address + i) << (8 * i);
        return value;
    }

    /// <summary>Records every change of the signals that a pattern names.</summary>
    public Bench Watch(string glob)
    {
        foreach (Signal signal in Chip.Signals.Match(glob)) signal.Watch(this);
        return this;
    }

    /// <summary>The cycles in which a watched signal changed (to a value, if one is given).</summary>
    public IReadOnlyList<long> CyclesOf(string signal, long? value = null) =>
        [.. _trace.Where(t => t.Signal == signal && (value is null || t.Value == value)).Select(t => t.Cycle)];

    void ISignalProbe.OnSignal(Signal signal, long cycle, long value) => _trace.Add((cycle, signal.Name, value));
}
