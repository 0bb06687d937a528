using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.State;

namespace Xmega.Cpu;

/// <summary>
/// Looks for handlers that do not do what the interrupt controller counts on, which the part bears in silence: no handler
/// at all, one that ends without RETI, one that leaves its request standing. It looks when an interrupt is entered or
/// left, and between slices while a handler runs: never at an instruction.
/// </summary>
internal sealed class HandlerWatch
{
    /// <summary>Entries in a row, with one instruction of the program between, that a request that never fell is given.</summary>
    public const int MostRepeats = 256;

    /// <summary>Cycles that a handler may go on with its return address off the stack: a scheduler that changes stacks ends soon with RETI.</summary>
    public const int Patience = 4096;

    // The stack pointer of a program that was returned to is near the place of the interrupt; that of another stack is not.
    private const int Nearby = 512;

    private const int ReturnAddressBytes = 3;
    private const int LongestChain = 3; // jumps from a vector to where it leads
    private const int Levels = 4;
    private const int Nowhere = int.MaxValue / 2;

    private readonly Pmic _pmic;
    private readonly ProgramMemory _program;
    private readonly Diagnostics _diagnostics;
    private readonly int[] _frame = new int[Levels + 1];      // the stack pointer after entry, by level
    private readonly long[] _goneSince = new long[Levels + 1]; // when the return address was first seen to be gone
    private readonly long[] _seen = new long[4]; // vectors whose handlers were looked for: 128 of the application section, 128 of the boot section
    private long _returnedAt; // instructions executed at the last RETI
    private int _repeats;

    public HandlerWatch(Pmic pmic, ProgramMemory program, Diagnostics diagnostics)
    {
        _pmic = pmic;
        _program = program;
        _diagnostics = diagnostics;
    }

    /// <summary>Gets a value indicating whether a handler runs, or is taken to.</summary>
    public bool IsHandling => _pmic.Status != 0;

    public void Reset()
    {
        Array.Clear(_frame);
        Array.Clear(_goneSince);
        Array.Clear(_seen);
        _returnedAt = 0;
        _repeats = 0;
    }

    public void State(StateStream s)
    {
        foreach (ref int frame in _frame.AsSpan()) s.Value(ref frame);
        foreach (ref long cycle in _goneSince.AsSpan()) s.Value(ref cycle);
        foreach (ref long vectors in _seen.AsSpan()) s.Value(ref vectors);
        s.Value(ref _returnedAt);
        s.Value(ref _repeats);
    }

    /// <summary>A vector was acknowledged.</summary>
    /// <param name="address">Its word address.</param>
    /// <param name="stackPointer">The stack pointer before the entry.</param>
    /// <param name="instructions">Instructions executed so far.</param>
    public void Enter(int address, int stackPointer, long instructions)
    {
        int level = _pmic.ExecutingLevel;
        _frame[level] = HasHandler(address) ? stackPointer - ReturnAddressBytes : Nowhere;
        _goneSince[level] = 0;
        bool again = _pmic.IsTakenAgain && instructions - _returnedAt <= 1;
        _repeats = again ? _repeats + 1 : 0;
        if (_repeats != MostRepeats) return;
        InterruptLine line = _pmic.Executing!;
        Report(line, $"interrupt {line.Name} was taken {MostRepeats} times in a row, with one instruction of the program between: its handler does not end what requests it");
    }

    /// <summary>RETI was executed.</summary>
    /// <param name="instructions">Instructions executed so far.</param>
    public void Return(long instructions) => _returnedAt = instructions;

    /// <summary>Between instructions, while a handler runs.</summary>
    /// <param name="stackPointer">The stack pointer.</param>
    /// <param name="cycle">The cycle.</param>
    public void Look(int stackPointer, long cycle)
    {
        int level = _pmic.ExecutingLevel;
        ref long since = ref _goneSince[level];
        if (since == 0)
        {
            if (stackPointer - _frame[level] is >= ReturnAddressBytes and <= Nearby) since = cycle;
            return;
        }

        if (cycle - since < Patience) return;
        InterruptLine line = _pmic.Executing!;
        Report(line, $"the handler of {line.Name} returned without RETI (a function that is no ISR ends in RET): interrupts of its level and those below stay blocked");
    }

    // avr-gcc fills the table with jumps to __bad_interrupt, which jumps to the reset vector.
    private bool HasHandler(int address)
    {
        int table = address < Pmic.BootVectors ? 0 : Pmic.BootVectors;
        int vector = (address - table) / 2;
        ref long seen = ref _seen[(table == 0 ? 0 : 2) + (vector / 64)];
        long bit = 1L << vector;
        if ((seen & bit) != 0) return true;
        int word = address;
        for (int n = 0; n < LongestChain && Jump(word) is { } target; n++)
        {
            word = target;
            if (word != table) continue;
            InterruptLine line = _pmic.Executing!;
            Report(line, $"interrupt {line.Name} is taken and has no handler: vector {line.Vector} leads to the reset vector, and the program starts anew without a reset");
            return false;
        }

        seen |= bit;
        return true;
    }

    // Where an unconditional jump goes.
    private int? Jump(int word)
    {
        if (word >= ProgramMemory.Size / 2 - 1) return null;
        int opcode = _program.ReadWord(word);
        if ((opcode & 0xFE0E) == 0x940C) return ((opcode & 1) << 16) | _program.ReadWord(word + 1);
        if ((opcode & 0xF000) != 0xC000) return null;
        return (word + 1 + ((opcode & 0x0FFF) << 20 >> 20)) & (InstructionDecoder.ProgramSpaceWords - 1);
    }

    private void Report(InterruptLine line, string message) => _diagnostics.Report(DiagnosticKind.Interrupt, line.Vector, message);
}
