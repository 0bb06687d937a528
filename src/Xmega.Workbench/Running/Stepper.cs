using Xmega.Cpu;
using Xmega.Interrupts;

namespace Xmega.Workbench.Running;

/// <summary>
/// Runs a chip and tells observers of each step. Where one of them looks at the chip, the CPU halts at every boundary;
/// otherwise it runs on, and says at each instruction that the one before is over.
/// </summary>
internal sealed class Stepper : IInstructionListener
{
    private readonly ATxmega128A1 _chip;
    private readonly IExecutionObserver[] _observers;
    private readonly bool _halts;
    private string? _entered;
    private int _address; // of the instruction that is under way
    private long _start;
    private long _begun;  // instructions since power-on when it is over

    public Stepper(ATxmega128A1 chip, IReadOnlyList<IExecutionObserver> observers)
    {
        _chip = chip;
        _observers = [.. observers];
        _halts = observers.Any(o => o.LooksAtChip) || chip.InstructionListener is not null;
    }

    /// <inheritdoc/>
    bool IInstructionListener.HearsMemory => false;

    /// <summary>Runs until something stops the CPU.</summary>
    /// <returns>What stopped it.</returns>
    public CpuStop Run()
    {
        void Enter(InterruptLine line) => _entered = line.Name;
        _chip.Interrupts.Entered += Enter;
        if (!_halts) _chip.InstructionListener = this;
        try
        {
            while (true)
                if ((_halts ? Step() : Advance()) is { } stop) return stop;
        }
        finally
        {
            if (!_halts) _chip.InstructionListener = null;
            _chip.Interrupts.Entered -= Enter;
        }
    }

    /// <inheritdoc/>
    bool IInstructionListener.OnInstruction(int programCounter, long cycle)
    {
        if (_start >= 0) Tell(new ExecutionStep(StepKind.Instruction, _address, _start, cycle, programCounter, _chip.StackPointer, null));
        _address = programCounter;
        _start = cycle;
        _begun++;
        return true;
    }

    /// <inheritdoc/>
    void IInstructionListener.OnLoad(int address, byte value, long cycle)
    {
    }

    /// <inheritdoc/>
    void IInstructionListener.OnStore(int address, byte value, long cycle)
    {
    }

    private CpuStop? Step()
    {
        long start = _chip.Cycle, instructions = _chip.Instructions;
        int address = _chip.ProgramCounter;
        bool asleep = _chip.IsAsleep;
        _entered = null;
        CpuStop? stop = _chip.Step();
        if (_chip.Instructions != instructions) Tell(new ExecutionStep(StepKind.Instruction, address, start, _chip.Cycle, _chip.ProgramCounter, _chip.StackPointer, null));
        else if (stop is null || _chip.Cycle != start) TellOther(address, start, asleep);
        return stop;
    }

    private CpuStop? Advance()
    {
        long start = _chip.Cycle, instructions = _chip.Instructions;
        int address = _chip.ProgramCounter;
        bool asleep = _chip.IsAsleep;
        _entered = null;
        _start = -1;
        _begun = instructions;
        CpuStop? stop = _chip.Advance();
        if (_start < 0)
        {
            if (stop is null || _chip.Cycle != start) TellOther(address, start, asleep);
        }
        else if (_chip.Instructions == _begun)
        {
            // One that began and was not executed stands outside flash, or is the jump to itself that ends a program.
            Tell(new ExecutionStep(StepKind.Instruction, _address, _start, _chip.Cycle, _chip.ProgramCounter, _chip.StackPointer, null));
        }

        return stop;
    }

    private void TellOther(int address, long start, bool asleep)
    {
        StepKind kind = _entered is not null ? StepKind.InterruptEntry : asleep && _chip.IsAsleep ? StepKind.Sleep : StepKind.Reset;
        Tell(new ExecutionStep(kind, address, start, _chip.Cycle, _chip.ProgramCounter, _chip.StackPointer, _entered));
    }

    private void Tell(in ExecutionStep step)
    {
        foreach (IExecutionObserver observer in _observers) observer.OnStep(step);
    }
}
