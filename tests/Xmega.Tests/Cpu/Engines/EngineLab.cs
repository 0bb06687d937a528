using Xmega.Cpu;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.TestSupport;
using Xmega.Time;

namespace Xmega.Tests.Cpu.Engines;

/// <summary>
/// A chip that runs a random program, with a module that writes down every access with its cycle, answers with what
/// depends on the cycle, and moves the deadline in every way; at random moments the chip is stopped and looked at.
/// </summary>
internal sealed class EngineLab : IoModule
{
    public const int Base = 0x0F00;

    /// <summary>Clears the flag in <see cref="Status"/>, which comes back some cycles later.</summary>
    public const int Kick = Base + 4;

    /// <summary>Bit 7: the kick is over. Changes with a booked action only.</summary>
    public const int Status = Base + 6;

    /// <summary>The interrupt's vector.</summary>
    public const int Vector = 30;

    private readonly Random _random;
    private readonly InterruptLine _line;
    private readonly ScheduledAction _look;
    private readonly ScheduledAction _kick;
    private readonly ATxmega128A1 _chip = new();
    private readonly byte[] _kept = new byte[16];
    private readonly List<ulong> _looks = [];
    private ulong _hash = 14695981039346656037;
    private byte _status = 0x80;

    public EngineLab(int seed, bool singleSteps, bool translates, bool runs = false)
        : base("LAB", Base, Map)
    {
        _random = new Random(seed);
        _chip.Program.Write(0, new RandomProgram(seed, runs).Bytes);
        _chip.Data.Io.Add(this);
        _chip.Cpu.SharesMemory = singleSteps;
        _chip.Cpu.Engine = translates ? CpuEngine.Translator : CpuEngine.Interpreter;
        _chip.Cpu.Translator.InBackground = seed % 4 == 0; // when a translation is ready is chance; nothing else is
        (_chip.Cpu.Translator.Patience, _chip.Cpu.Translator.Period) = (1 + _random.Next(8), 64);
        Schedule schedule = _chip.Services.Schedule;
        _line = _chip.Services.Interrupts.Connect(Vector, "LAB", () => _line!.IsRequested = false);
        _line.Level = 1 + _random.Next(3);
        _look = schedule.Create("look", Phase.World, Look);
        _kick = schedule.Create("kick", Phase.Module, () => _status |= 0x80);
        _look.Book(1 + _random.Next(300));
        _chip.Data.Write(0xA2, 0x07);   // PMIC.CTRL: all levels
        _chip.Data.Write(0x0600, 0xFF); // PORTA.DIR
        _chip.Data.Write(0x0609, 0x01); // PORTA.INTCTRL
        _chip.Data.Write(0x060A, 0x0F); // PORTA.INT0MASK
        _chip.Program.Write(4 * 66, Assembler.Assemble(132, "reti"));
        for (int i = 0; i < DataSpace.SramSize; i++) _chip.Data.SramSpan[i] = (byte)_random.Next(256);
    }

    /// <summary>Gets the chip.</summary>
    public ATxmega128A1 Chip => _chip;

    /// <summary>Gets why the last run ended.</summary>
    public CpuStop Ended { get; private set; }

    /// <summary>Gets what was seen: a hash of everything at each look.</summary>
    public IReadOnlyList<ulong> Looks => _looks;

    /// <summary>Gets the operations in the table that the interpreter runs.</summary>
    public unsafe IEnumerable<Op> FusedOps
    {
        get
        {
            var ops = new HashSet<Op>();
            for (int word = 0; word < ProgramMemory.Words; word++) ops.Add(_chip.Program.Tables.Fused[word].Op);
            return ops;
        }
    }

    /// <summary>Gets where it stands, for people.</summary>
    public string Where => $"{Ended} pc {_chip.ProgramCounter:X4} cycle {_chip.Cycle} instruction {_chip.Instructions} sp {_chip.StackPointer:X4} sreg {_chip.StatusRegister:X2} registers {Convert.ToHexString([.. Enumerable.Range(0, 32).Select(_chip.Register)])}";

    private static RegisterTable Map { get; } = CreateMap();

    /// <summary>Runs until so many instructions are done.</summary>
    /// <returns>This lab.</returns>
    public EngineLab Run(long instructions)
    {
        while (_chip.Instructions < instructions)
        {
            Ended = _chip.Run();
            if (Ended != CpuStop.Requested) break;
            LookAtBoundary();
        }

        LookAtBoundary();
        return this;
    }

    public override byte Peek(int offset) => offset switch
    {
        6 => _status,
        >= 8 => (byte)(((ulong)Now * 0x9E3779B97F4A7C15UL) >> 56),
        _ => _kept[offset],
    };

    public override byte Read(int offset)
    {
        byte value = Peek(offset);
        // Who polls is not to be seen: the flag is read as often as the engine likes.
        if (offset != 6) Note((0UL << 32) | ((ulong)offset << 8) | value);
        if (offset != 6) NoteRegisters();
        return value;
    }

    public override long HoldsUntil(int offset) => offset == 6 ? ScheduledAction.Never : 0;

    public override void Write(int offset, byte value)
    {
        Note((1UL << 32) | ((ulong)offset << 8) | value);
        NoteRegisters();
        _kept[offset] = value;
        switch (offset)
        {
            case 4:
                _status &= 0x7F;
                _kick.Book(Now + 1 + (value & 0x7F));
                break;
            case 5:
                _line.IsRequested = (value & 3) == 0;
                break;
            case 7:
                _look.Book(Now + 1 + (value & 15));
                break;
        }
    }

    public override void Reset()
    {
    }

    public override void State(StateStream s)
    {
    }

    private static RegisterTable CreateMap()
    {
        var map = new RegisterTable("LAB", 16);
        for (int i = 0; i < 16; i++) map.Add(i, $"R{i}", 0xFF);
        return map;
    }

    private long Now => _chip.Services.Schedule.Now;

    /// <summary>Gets or sets where every note goes too, to find the first that differs.</summary>
    public List<string>? Log { get; set; }

    private void Note(ulong what)
    {
        _hash = ((_hash ^ what) * 1099511628211) ^ (ulong)Now;
        Log?.Add($"cycle {Now} pc {_chip.ProgramCounter:X4} look {_looks.Count} note {what:X}");
    }

    // Events at random short distances, some in a row.
    private void Look()
    {
        int kind = _random.Next(16);
        if (kind == 0) _line.IsRequested = true;
        if (kind < 4) _chip.Stop();
        _look.Book(Now + 1 + (kind == 1 ? _random.Next(4) : _random.Next(kind < 8 ? 60 : 2000)));
    }

    // What the host can see of the CPU: between instructions, and in the middle of an access.
    private void NoteRegisters()
    {
        Note(((ulong)_chip.ProgramCounter << 24) | ((ulong)_chip.StackPointer << 8) | _chip.StatusRegister);
        Note((ulong)_chip.StackLowest);
        for (int register = 0; register < 32; register += 8)
        {
            ulong eight = 0;
            for (int i = 0; i < 8; i++) eight = (eight << 8) | _chip.Register(register + i);
            Note(eight);
        }
    }

    private void LookAtBoundary()
    {
        Note((ulong)_chip.Cycle);
        Note((ulong)_chip.Instructions);
        NoteRegisters();
        if (_looks.Count % 64 == 0)
            foreach (byte value in _chip.Data.SramSpan) Note(value);
        _looks.Add(_hash);
    }
}
