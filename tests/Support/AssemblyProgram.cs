using Xmega.Cpu;

namespace Xmega.TestSupport;

/// <summary>A chip that runs a few lines of assembler.</summary>
public static class AssemblyProgram
{
    /// <summary>A chip with the program at its reset vector.</summary>
    public static ATxmega128A1 Chip(params string[] lines)
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(0, Assembler.Assemble(lines));
        return chip;
    }

    /// <summary>Runs the program until BREAK, exit or sleep, at most a million cycles.</summary>
    public static ATxmega128A1 Run(params string[] lines) => Run(Chip(lines));

    /// <summary>Runs a chip until BREAK, exit or sleep, at most a number of cycles.</summary>
    public static ATxmega128A1 Run(ATxmega128A1 chip, long limit = 1_000_000)
    {
        Time.ScheduledAction stop = chip.Services.Schedule.Create("limit", Time.Phase.Limit, chip.Stop);
        stop.Book(chip.Cycle + limit);
        CpuStop reason = chip.Run();
        stop.Cancel();
        return reason == CpuStop.Requested ? throw new InvalidOperationException($"still running after {limit} cycles at 0x{chip.ProgramCounter:X5}") : chip;
    }
}
