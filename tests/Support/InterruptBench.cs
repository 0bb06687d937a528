using Xmega.Interrupts;
using Xmega.Signals;
using Xmega.Time;

namespace Xmega.TestSupport;

/// <summary>
/// A chip whose interrupts the test raises itself, in the cycles it says. The main program sits at word 0x400, clear of
/// the vectors, with I set and all levels enabled. A handler that is not given is a plain RETI.
/// </summary>
public sealed class InterruptBench : ISignalProbe
{
    /// <summary>Word address of the main program.</summary>
    public const int Main = 0x400;

    private const int PMIC_CTRL = 0xA2;
    private const byte I = 0x80;

    private readonly List<(int Vector, long Cycle)> _entries = [];
    private readonly Dictionary<string, int> _vectors = [];
    private readonly Dictionary<int, InterruptLine> _lines = [];

    public InterruptBench(params string[] main)
    {
        Chip.Program.Write(2 * Main, Assembler.Assemble(Main, main));
        Chip.ProgramCounter = 2 * Main;
        Chip.StatusRegister = I;
        Chip.Data.Write(PMIC_CTRL, 0x07);
    }

    public ATxmega128A1 Chip { get; } = new();

    /// <summary>The vectors taken, each with the instruction boundary at which its entry began.</summary>
    public IReadOnlyList<(int Vector, long Cycle)> Entries => _entries;

    /// <summary>The vectors taken, in order.</summary>
    public int[] Order => [.. _entries.Select(e => e.Vector)];

    /// <summary>A source on a vector; its flag is set in a cycle (0: at once) and cleared when the vector is taken.</summary>
    public InterruptBench Source(int vector, int level, params long[] cycles)
    {
        if (!_lines.TryGetValue(vector, out InterruptLine? line))
        {
            string name = $"TEST_{vector}";
            line = _lines[vector] = Chip.Services.Interrupts.Connect(vector, name, () => _lines[vector].IsRequested = false);
            Signal signal = Chip.Signals.Match($"PMIC.{name}").Single();
            _vectors[signal.Name] = vector;
            signal.Watch(this);
            Handler(vector, "reti");
        }

        line.Level = level;
        foreach (long cycle in cycles)
        {
            if (cycle == 0) line.IsRequested = true;
            else Chip.Services.Schedule.Create(name: $"TEST_{vector}", Phase.Module, () => line.IsRequested = true).Book(cycle);
        }

        return this;
    }

    /// <summary>The line of a vector that has a source.</summary>
    public InterruptLine Line(int vector) => _lines[vector];

    /// <summary>Puts a handler at its vector; one of more than two words runs into the next.</summary>
    public InterruptBench Handler(int vector, params string[] lines)
    {
        Chip.Program.Write(4 * vector, Assembler.Assemble(2 * vector, lines));
        return this;
    }

    /// <summary>Runs to BREAK.</summary>
    public InterruptBench Run()
    {
        AssemblyProgram.Run(Chip, 10_000);
        return this;
    }

    /// <summary>Steps until a number of interrupts were taken; the word address the last of them returns to.</summary>
    public int RunToEntry(int count = 1)
    {
        for (int steps = 0; _entries.Count < count; steps++)
            if (steps == 1000 || Chip.Step() is not null) throw new InvalidOperationException($"{_entries.Count} interrupts taken, not {count}");
        return ReturnAddress;
    }

    /// <summary>The word address on top of the stack.</summary>
    public int ReturnAddress => (Chip.Data.Peek(Chip.StackPointer + 1) << 16) | (Chip.Data.Peek(Chip.StackPointer + 2) << 8) | Chip.Data.Peek(Chip.StackPointer + 3);

    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (value == 1) _entries.Add((_vectors[signal.Name], cycle));
    }
}
