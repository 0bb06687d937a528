using Xmega.Cpu;
using Xmega.Interrupts;

namespace Xmega.Workbench.Running;

/// <summary>Runs a chip step by step and tells observers of each step.</summary>
internal sealed class Stepper
{
    private readonly ATxmega128A1 _chip;
    private readonly IReadOnlyList<IExecutionObserver> _observers;
    private string? _entered;

    public Stepper(ATxmega128A1 chip, IReadOnlyList<IExecutionObserver> observers)
    {
        _chip = chip;
        _observers = observers;
    }

    /// <summary>Runs until something stops the CPU.</summary>
    /// <returns>What stopped it.</returns>
    public CpuStop Run()
    {
        void Enter(InterruptLine line) => _entered = line.Name;
        _chip.Interrupts.Entered += Enter;
        try
        {
            while (true)
                if (Step() is { } stop) return stop;
        }
        finally
        {
            _chip.Interrupts.Entered -= Enter;
        }
    }

    private CpuStop? Step()
    {
        long start = _chip.Cycle, instructions = _chip.Instructions;
        int address = _chip.ProgramCounter;
        bool asleep = _chip.IsAsleep;
        _entered = null;
        CpuStop? stop = _chip.Step();
        bool executed = _chip.Instructions != instructions;
        if (stop is not null && !executed && _chip.Cycle == start) return stop;
        StepKind kind = executed ? StepKind.Instruction
            : _entered is not null ? StepKind.InterruptEntry
            : asleep && _chip.IsAsleep ? StepKind.Sleep
            : StepKind.Reset;
        var step = new ExecutionStep(kind, address, start, _chip.Cycle, _chip.ProgramCounter, _chip.StackPointer, _entered);
        foreach (IExecutionObserver observer in _observers) observer.OnStep(step);
        return stop;
    }
}
