using Xmega.Firmware;
using Xmega.SystemControl;

namespace Xmega.Workbench.Running;

/// <summary>What a run came to. Everything here is a function of firmware and inputs alone.</summary>
public sealed class RunResult
{
    /// <summary>Gets how it ended.</summary>
    public required StopReason Stop { get; init; }

    /// <summary>Gets the exit status: the highest of all that hold.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Gets the clk_PER cycles run.</summary>
    public required long Cycles { get; init; }

    /// <summary>Gets the instructions executed.</summary>
    public required long Instructions { get; init; }

    /// <summary>Gets the emulated time in picoseconds.</summary>
    public required long Picoseconds { get; init; }

    /// <summary>Gets the byte address of the next instruction.</summary>
    public required int ProgramCounter { get; init; }

    /// <summary>Gets the function that address is in, if the firmware has symbols.</summary>
    public required CodeLocation? Symbol { get; init; }

    /// <summary>Gets the cycles asleep.</summary>
    public required long SleepCycles { get; init; }

    /// <summary>Gets the emulated time asleep in picoseconds; in the sleep modes that stop clk_PER it passes without cycles.</summary>
    public long SleepPicoseconds { get; init; }

    /// <summary>Gets the lowest value of the stack pointer at a push, call or interrupt.</summary>
    public required int StackLowest { get; init; }

    /// <summary>Gets how often each interrupt was taken, for those that were.</summary>
    public required IReadOnlyDictionary<string, long> Interrupts { get; init; }

    /// <summary>Gets how many events each channel carried, for those that did.</summary>
    public required IReadOnlyDictionary<string, long> Events { get; init; }

    /// <summary>Gets what each USART sent, for those that did; of more than 64 MiB the last 32 at least.</summary>
    public required IReadOnlyDictionary<string, byte[]> Usart { get; init; }

    /// <summary>Gets the remarks on what firmware did wrong.</summary>
    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>Gets the resets that the run went through: the first thousand.</summary>
    public required IReadOnlyList<ResetRecord> Resets { get; init; }

    /// <summary>Gets the texts that were expected and did not come.</summary>
    public required IReadOnlyList<string> MissingText { get; init; }
}
