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
    public const int Longest = 12;

    /// <summary>The length of the loop that begins at an address.</summary>
    /// <param name="code">The program.</param>
    /// <param name="word">Word address.</param>
    /// <returns>Words; 0 when there is no such loop.</returns>
    public static int Length(CodeTables code, int word) => Recognise(code, word)?.Op switch
    {
        null => 0,
        Fusion.DelaySubi => 4,
        _ => 2,
    };

    /// <summary>Recognises a loop by its first instruction.</summary>
    /// <param name="code">The program.</param>
    /// <param name="word">Word address of the first instruction.</param>
    /// <returns>What stands for it in the fused table, or null when no such loop begins here.</returns>
    public static Decoded? Recognise(CodeTables code, int word)
    {
        if (word + Longest >= Memory.ProgramMemory.Words) return null;
        Decoded first = code.At(word);
        switch (first.Op)
        {
            case Dec when Loops(1):
                return new Decoded(Fusion.DelayDec, 2, first.A, 0, 0);
            case Sbiw when first.K == 1 && Loops(1):
                return new Decoded(Fusion.DelaySbiw, 3, first.A, 0, 0);
            case Subi when first.K == 1 && code.At(word + 1) is { Op: Sbci, K: 0 } second && second.A != first.A:
                if (code.At(word + 2) is { Op: Sbci, K: 0 } third && third.A != first.A && third.A != second.A && Loops(3))
                    return new Decoded(Fusion.DelaySubi, 4, first.A, second.A, third.A);
                return null;
            default:
                return null;
        }

        bool Loops(int branch) => code.At(word + branch) is { Op: Brne } back && back.K == word;
    }
}
