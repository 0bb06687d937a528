using Xmega.Memory;
using static Xmega.Cpu.Op;

namespace Xmega.Cpu;

/// <content>Polling: who waits for a register to change is brought to the cycle in which it may.</content>
internal sealed unsafe partial class CpuCore
{
    /// <summary>
    /// Does one turn of a loop that polls, and all further ones that must be like it: those that end before anything
    /// booked happens, and before a register that was read may change by itself.
    /// </summary>
    /// <param name="length">Words from the loop's first instruction, at which the program counter stands.</param>
    /// <param name="deadline">The first cycle in which no instruction starts any more.</param>
    /// <returns>The deadline, which an access may have moved.</returns>
    private long Poll(int length, long deadline)
    {
        CpuState* s = _state;
        CodeTables tables = _program.Tables;
        int head = s->Pc;
        long start = s->Cycle, count = s->Instructions, until = deadline - 1;
        do
        {
            if (tables.Plain[s->Pc].Op == Undecoded) tables.Decode(s->Pc);
            if (InterpreterLoop.Run(s, tables.Plain, _data.Sram - DataSpace.SramStart, flash: null, budget: 1, asks: false, default(NoTrace)) == LoopEnd.Other)
            {
                Decoded load = tables.Plain[s->Pc];
                int address = AddressOf(load);
                long holds = address < IoSpace.Size ? _data.Io.HoldsUntil(address) : 0;
                if (holds == 0) tables.Storage.KeepBusy(head);
                Perform(load, deadline, default(NoTrace));
                deadline = ReviewDeadline();
                until = Math.Min(until, Math.Min(holds, deadline - 1));
            }

            if (s->Cycle >= deadline) return deadline;
        }
        while (s->Pc != head && (uint)(s->Pc - head) < (uint)length);

        if (s->Pc != head) return deadline;
        long turn = s->Cycle - start;
        long turns = (until - s->Cycle) / turn;
        if (turns <= 0) return deadline;
        s->Cycle += turns * turn;
        long skipped = turns * (s->Instructions - count);
        s->Instructions += skipped;
        tables.Translator?.Skipped(skipped);
        return deadline;
    }
}
