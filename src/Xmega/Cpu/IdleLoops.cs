using static Xmega.Cpu.Op;

namespace Xmega.Cpu;

/// <summary>
/// Loops that only let time pass: those that count a register down, as avr-libc's delays do, and those that look at the
/// same register or variable again and again until it changes. The interpreter does all their turns up to the next
/// booked cycle in one go; nothing that can be observed comes at another cycle for it.
/// </summary>
internal static class IdleLoops
{
    /// <summary>The longest loop that is recognised, in words.</summary>
    public const int Longest = PollingLoops.Longest;

    /// <summary>The length of the loop that begins at an address.</summary>
    /// <param name="code">The program.</param>
    /// <param name="word">Word address.</param>
    /// <returns>Words; 0 when there is no such loop.</returns>
    public static int Length(CodeStorage code, int word) => Recognise(code, word) switch
    {
        null => 0,
        { Op: Fusion.Polling } loop => loop.K,
        { Op: Fusion.DelaySubi } => 4,
        _ => 2,
    };

    /// <summary>Recognises a loop by its first instruction.</summary>
    /// <param name="code">The program.</param>
    /// <param name="word">Word address of the first instruction.</param>
    /// <returns>What stands for it in the fused table, or null when no such loop begins here.</returns>
    public static Decoded? Recognise(CodeStorage code, int word)
    {
        if (word + Longest >= Memory.ProgramMemory.Words) return null;
        Decoded first = code.At(word);
        switch (first.Op)
        {
            case Dec when Loops(1):
                return new Decoded(Fusion.DelayDec, 2, first.A, 0, 0);
            case Sbiw when first.K == 1 && Loops(1):
                return new Decoded(Fusion.DelaySbiw, 3, first.A, 0, 0);
            case Subi when first.K == 1 && code.At(word + 1) is { Op: Sbci, K: 0 } second && second.A != first.A
                && code.At(word + 2) is { Op: Sbci, K: 0 } third && third.A != first.A && third.A != second.A && Loops(3):
                return new Decoded(Fusion.DelaySubi, 4, first.A, second.A, third.A);
            default:
                return PollingLoops.Length(code, word) is > 0 and int length ? new Decoded(Fusion.Polling, 0, 0, 0, length) : null;
        }

        bool Loops(int branch) => code.At(word + branch) is { Op: Brne } back && back.K == word;
    }

    /// <summary>Does the turns of a delay that start before a cycle, and one more; up to its end at most.</summary>
    /// <param name="loop">What <see cref="Recognise"/> made of it.</param>
    /// <param name="s">The CPU's state: at the loop's first instruction.</param>
    /// <param name="limit">The cycle.</param>
    public static unsafe void Delay(Decoded loop, CpuState* s, long limit)
    {
        byte* r = s->R;
        int turn = loop.Cycles + 1; // the branch is taken in all but the last
        int words = loop.Op == Fusion.DelaySubi ? 4 : 2;
        uint start = loop.Op switch
        {
            Fusion.DelayDec => r[loop.A],
            Fusion.DelaySbiw => *(ushort*)(r + loop.A),
            _ => r[loop.A] | ((uint)r[loop.B] << 8) | ((uint)r[loop.K] << 16),
        };
        uint mask = loop.Op switch { Fusion.DelayDec => 0xFF, Fusion.DelaySbiw => 0xFFFF, _ => 0xFFFFFF };

        // The turns before the last one change nothing but the counter.
        long turns = Math.Clamp((limit - s->Cycle - loop.Cycles) / turn, 0, (start - 1) & mask);
        uint d = (start - (uint)turns) & mask, x = d - 1;
        switch (loop.Op)
        {
            case Fusion.DelayDec:
                r[loop.A] = (byte)x;
                s->N = s->NotZ = (byte)x;
                s->V = d & ~x;
                break;
            case Fusion.DelaySbiw:
                *(ushort*)(r + loop.A) = (ushort)x;
                s->C = x >> 31;
                s->NotZ = (ushort)x;
                s->N = s->NotZ >> 8;
                s->V = (d & ~x) >> 8;
                break;
            default:
                r[loop.A] = (byte)x;
                r[loop.B] = (byte)(x >> 8);
                r[loop.K] = (byte)(x >> 16);
                s->C = x >> 31;
                s->NotZ = x & mask;
                s->N = s->NotZ >> 16;
                s->V = (d & ~x) >> 16;
                s->H = (d ^ x) >> 16;
                break;
        }

        s->Cycle += (turn * turns) + loop.Cycles;
        s->Instructions += words * (turns + 1);
        if (s->NotZ != 0) s->Cycle++;
        else s->Pc += words;
    }
}
