using static Xmega.Cpu.Op;

namespace Xmega.Cpu;

/// <summary>
/// Loops that look at registers of modules or at variables again and again until one changes: what compilers make of
/// <c>while (!(USARTC0.STATUS &amp; USART_DREIF_bm));</c> or <c>while (!flag);</c>, whatever the optimisation. Such a loop writes
/// no memory, and nothing it computes in a turn depends on the turn before: as long as it reads the same, it does the same.
/// </summary>
internal static class PollingLoops
{
    /// <summary>The longest loop that is recognised, in words.</summary>
    public const int Longest = 24;

    // What an instruction reads or writes: R0–R31 in the lower half, then the flags in the order of SREG.
    private const ulong C = 1UL << 32, Z = 1UL << 33, N = 1UL << 34, V = 1UL << 35, S = 1UL << 36, H = 1UL << 37, T = 1UL << 38;
    private const ulong Signs = Z | N | V | S;
    private const ulong All = Signs | C | H;

    /// <summary>The length of the loop that begins at an address.</summary>
    /// <param name="code">The program.</param>
    /// <param name="word">Word address.</param>
    /// <returns>Words; 0 when there is no such loop.</returns>
    public static int Length(CodeStorage code, int word)
    {
        if (!JumpsBack(code, word)) return 0;
        ulong written = 0;
        int end = Walk(code, word, int.MaxValue, 0, ref written);
        if (end == 0) return 0;
        ulong again = 0;
        return Walk(code, word, end, written, ref again) - word;
    }

    // A quick look for a jump to the beginning, before anything is decoded.
    private static bool JumpsBack(CodeStorage code, int word)
    {
        for (int distance = 1; distance < Longest; distance++)
        {
            ushort opcode = code.Word(word + distance);
            if ((opcode & 0xF000) == 0xC000 && (opcode & 0x0FFF) == ((-distance - 1) & 0x0FFF)) return true;
            if ((opcode & 0xF800) == 0xF000 && ((opcode >> 3) & 0x7F) == ((-distance - 1) & 0x7F)) return true;
        }

        return false;
    }

    // Follows the loop to the jump back; gives the address behind it, or 0. With the end and all that is written known, it
    // also sees that nothing written in one turn is read in the next.
    private static int Walk(CodeStorage code, int word, int end, ulong everWritten, ref ulong written)
    {
        bool loads = false;
        int maybe = word; // what stands before this address may be skipped over
        int next;
        for (int at = word; at < word + Longest; at = next)
        {
            Decoded instruction = code.At(at);
            next = at + (InstructionDecoder.IsTwoWords(code.Word(at)) ? 2 : 1);
            if (Effects(instruction) is not { } effects) return 0;
            if ((effects.Reads & everWritten & ~written) != 0) return 0;
            if (at >= maybe || end == int.MaxValue) written |= effects.Writes;
            loads |= instruction.Op is Lds or In or LdX or LdY or LddY or LdZ or LddZ or Sbis or Sbic;
            switch (instruction.Op)
            {
                case Cpse or Sbrc or Sbrs or Sbis or Sbic:
                    maybe = Math.Max(maybe, next + (InstructionDecoder.IsTwoWords(code.Word(next)) ? 2 : 1));
                    break;
                case (>= Brcs and <= Brid) or Rjmp:
                    if (instruction.K == word) return loads ? next : 0;
                    if (instruction.K <= at) return 0;
                    if (instruction.K < end) maybe = Math.Max(maybe, instruction.K);
                    break;
            }
        }

        return 0;
    }

    // What an instruction reads and writes besides memory; null for one that such a loop may not have.
    private static (ulong Reads, ulong Writes)? Effects(Decoded i)
    {
        ulong a = 1UL << i.A, b = 1UL << i.B;
        return i.Op switch
        {
            Nop or Rjmp or Sbis or Sbic => (0, 0),
            Ldi or Lds or In => (0, a),
            LdX => (Pair(26), a),
            LdY or LddY => (Pair(28), a),
            LdZ or LddZ => (Pair(30), a),
            Mov => (b, a),
            Movw => (Pair(i.B), Pair(i.A)),
            Eor when i.A == i.B => (0, a | Signs),
            And or Or when i.A == i.B => (a, Signs),
            And or Or or Eor => (a | b, a | Signs),
            Andi or Ori or Inc or Dec => (a, a | Signs),
            Com or Lsr or Asr => (a, a | Signs | C),
            Ror => (a | C, a | Signs | C),
            Swap => (a, a),
            Neg or Subi => (a, a | All),
            Add or Sub => (a | b, a | All),
            Adc => (a | b | C, a | All),
            Sbc => (a | b | C | Z, a | All),
            Sbci => (a | C | Z, a | All),
            Cp => (a | b, All),
            Cpi => (a, All),
            Cpc => (a | b | C | Z, All),
            Adiw or Sbiw => (Pair(i.A), Pair(i.A) | Signs | C),
            Bst => (a, T),
            Bld => (a | T, a),
            Cpse => (a | b, 0),
            Sbrc or Sbrs => (a, 0),
            >= Brcs and <= Brts => (C << (i.Op - Brcs), 0),
            >= Brcc and <= Brtc => (C << (i.Op - Brcc), 0),
            _ => null,
        };
    }

    private static ulong Pair(int register) => 3UL << register;
}
