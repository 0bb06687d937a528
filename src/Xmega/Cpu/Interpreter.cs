using static Xmega.Cpu.Op;
using static Xmega.Memory.DataSpace;

namespace Xmega.Cpu;

/// <summary>Why the interpreter came back.</summary>
internal enum Leave
{
    /// <summary>It does not: the next instruction follows.</summary>
    No,

    /// <summary>The deadline is reached.</summary>
    Deadline,

    /// <summary>SLEEP was executed.</summary>
    Sleep,

    /// <summary>BREAK was executed.</summary>
    Break,

    /// <summary>WDR was executed.</summary>
    WatchdogReset,

    /// <summary>SPM is to be executed; the program counter is past it.</summary>
    Spm,

    /// <summary>RETI was executed.</summary>
    InterruptReturn,

    /// <summary>I was set.</summary>
    InterruptsEnabled,

    /// <summary>A jump to itself with interrupts off: how avr-libc's exit ends.</summary>
    Stuck,

    /// <summary>An opcode that the part does not have was passed over.</summary>
    Illegal,

    /// <summary>The program counter stands outside flash.</summary>
    OutsideFlash,

    /// <summary>The listener wants the run to stop before the next instruction.</summary>
    Held,
}

/// <content>
/// The interpreter: the definition that everything else agrees with. <see cref="InterpreterLoop"/> does what works on
/// registers and SRAM alone; here is who runs it up to the deadline, and what stands at a place instead of an instruction.
/// What reaches further is in <see cref="Perform"/>.
/// </content>
internal sealed unsafe partial class CpuCore
{
    /// <summary>Executes instructions that start before a cycle.</summary>
    /// <param name="deadline">The first cycle in which no instruction starts any more.</param>
    /// <param name="trace">Who listens.</param>
    /// <typeparam name="TTrace">What the loop is compiled for.</typeparam>
    /// <returns>Why it came back. The state is whole at an instruction boundary.</returns>
    private Leave Execute<TTrace>(long deadline, TTrace trace)
        where TTrace : struct, IInstructionTrace
    {
        CpuState* s = _state;
        CodeTables tables = _program.Tables;
        byte* sram = _data.Sram - SramStart;
        bool alone = false; // the next instruction must not be fused
        while (s->Cycle < deadline)
        {
            // Fused instructions run as long as the last part of the longest starts before the deadline; whoever listens
            // sees none.
            long budget = deadline - s->Cycle;
            bool isFused = !TTrace.SeesInstructions && !TTrace.SeesMemory && !alone && budget > Fusion.Lead;
            if (isFused) budget -= Fusion.Lead;
            else if (alone) budget = 1;
            CodeStorage storage = tables.Storage;
            Decoded* code = isFused ? storage.Fused : storage.Plain;
            alone = false;
            byte* flash = _program.ReadsAreSpecial ? null : _program.Bytes;
            LoopEnd end = InterpreterLoop.Run(s, code, sram, flash, budget, asks: isFused && tables.Translator is { Asks: true }, trace);
            GC.KeepAlive(storage); // a listener may change flash, and the tables be others then
            if (end == LoopEnd.Spent) continue;
            if (end == LoopEnd.Held) return Leave.Held;
            if (end == LoopEnd.Undecoded)
            {
                if (isFused) tables.Fuse(s->Pc);
                else tables.Decode(s->Pc);
                continue;
            }

            Decoded next = code[s->Pc]; // read once: another thread may be entering a region here
            switch (next.Op)
            {
                case Fusion.Region:
                    if (tables.Translator is { } runner && runner.Run(s, deadline)) deadline = ReviewDeadline();
                    else alone = true;
                    continue;
                case Ijmp or Eijmp or Icall when isFused && tables.Translator is { } translator:
                    translator.Jumped(s->Pc, *(ushort*)(s->R + 30) | (next.Op == Eijmp ? s->Eind : 0), isCall: next.Op == Icall);
                    alone = true;
                    continue;
                case Fusion.Polling:
                    deadline = Poll(next.K, deadline);
                    continue;
                case Fusion.DelayDec or Fusion.DelaySbiw or Fusion.DelaySubi:
                    long before = s->Instructions;
                    IdleLoops.Delay(next, s, deadline - Fusion.Lead);
                    tables.Translator?.Skipped(s->Instructions - before);
                    continue;
                case >= Fusion.AddAdc:
                    // A part of it goes to I/O, or a loop is busy.
                    alone = true;
                    continue;
            }

            Leave leave = Perform(next, deadline, trace);
            if (leave != Leave.No) return leave;
            // An access outside SRAM may have moved the deadline.
            deadline = ReviewDeadline();
        }

        return Leave.Deadline;
    }
}
