using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Time;

namespace Xmega.Benchmarks;

/// <summary>A chip that a benchmark runs for some cycles again and again.</summary>
internal sealed class Machine
{
    private readonly ScheduledAction _stop;

    public Machine(ATxmega128A1 chip)
    {
        Chip = chip;
        Chip.RunsAsleep = true;
        _stop = chip.CreateAction("benchmark", Phase.Limit, chip.Stop);
    }

    public ATxmega128A1 Chip { get; }

    /// <summary>A chip with a firmware.</summary>
    public static Machine With(FirmwareImage image, CpuEngine engine = CpuEngine.Interpreter)
    {
        var chip = new ATxmega128A1 { Engine = engine };
        chip.Load(image);
        return new Machine(chip);
    }

    /// <summary>A chip with a few instructions at its reset vector, as words.</summary>
    public static Machine With(params ReadOnlySpan<ushort> program)
    {
        var chip = new ATxmega128A1();
        for (int i = 0; i < program.Length; i++) chip.Program.Write(2 * i, [(byte)program[i], (byte)(program[i] >> 8)]);
        return new Machine(chip);
    }

    /// <summary>A chip that sleeps: time passes at no cost of the CPU.</summary>
    public static Machine Asleep() => With(Code.Ldi(24, 1), Code.Sts(24), Code.SleepControl, Code.Sleep, Code.Rjmp(-2));

    /// <summary>Writes registers, one byte each.</summary>
    public Machine Set(params ReadOnlySpan<(int Address, int Value)> registers)
    {
        foreach ((int address, int value) in registers) Chip.Data.Write(address, (byte)value);
        return this;
    }

    /// <summary>Runs on.</summary>
    /// <returns>The cycle that was reached.</returns>
    public long Run(long cycles)
    {
        _stop.Book(Chip.Cycle + cycles);
        Chip.Run();
        return Chip.Cycle;
    }
}
