using static Xmega.Cpu.Op;

namespace Xmega.Cpu;

/// <summary>
/// Runs of two to four instructions that occur so often that the interpreter does each in one step. What they do is
/// what their parts do one after another; where it matters in between (a deadline, an access that is not to SRAM) the
/// parts run one by one instead. The fused instruction stands at the place of the first; the others keep theirs, so a
/// jump into the middle finds what it expects.
/// </summary>
internal static class Fusion
{
    /// <summary>Cycles from the start of a fused instruction to the start of its last part, at most.</summary>
    public const int Lead = 3;

    // Operands: A and B are the first part's; K has A and B of the second in bits 0-7 and 8-15.
    public const Op AddAdc = (Op)160;
    public const Op AdcAdc = (Op)161;
    public const Op SubSbc = (Op)162;
    public const Op SbcSbc = (Op)163;
    public const Op CpCpc = (Op)164;
    public const Op CpcCpc = (Op)165;
    public const Op LsrRor = (Op)166;
    public const Op RorRor = (Op)167;
    public const Op MovwMovw = (Op)168;
    public const Op LdiLdi = (Op)169;
    public const Op EorEor = (Op)170;
    public const Op LdZIncStXInc = (Op)171;

    // Two registers in a row as one: A is the lower, B likewise; K is the constant of 16 bits.
    public const Op SubiSbci = (Op)172;

    // Four registers in a row as one: A is the lowest, B likewise.
    public const Op Add32 = (Op)173;
    public const Op Lsr32 = (Op)174;

    // A branch at the end: A and B are the first part's, K has the branch's target in bits 8-31 and a constant in 0-7.
    public const Op DecBrne = (Op)175;
    public const Op CpcBrne = (Op)176;
    public const Op CpcBrcs = (Op)177;
    public const Op SbciBrcc = (Op)178;
    public const Op CpiBrne = (Op)179;
    public const Op CpiBreq = (Op)180;
    public const Op AndBreq = (Op)181;
    public const Op SubiBrne = (Op)182;
    public const Op SbiwBrne = (Op)183;

    // Not instructions but places: see CodeTables and IdleLoops.
    public const Op Arrival = (Op)190;
    public const Op Region = (Op)191;
    public const Op Polling = (Op)192;
    public const Op DelayDec = (Op)193;
    public const Op DelaySbiw = (Op)194;
    public const Op DelaySubi = (Op)195;

    // The longest match first.
    private static readonly (Op Fused, Op[] Parts, Func<Decoded[], bool>? When)[] Table =
    [
        (Add32, [Add, Adc, Adc, Adc], p => InARow(p, 1) && InARowB(p)),
        (Lsr32, [Lsr, Ror, Ror, Ror], p => InARow(p, -1)),
        (AddAdc, [Add, Adc], null),
        (AdcAdc, [Adc, Adc], null),
        (SubSbc, [Sub, Sbc], null),
        (SbcSbc, [Sbc, Sbc], null),
        (CpCpc, [Cp, Cpc], null),
        (CpcCpc, [Cpc, Cpc], null),
        (LsrRor, [Lsr, Ror], null),
        (RorRor, [Ror, Ror], null),
        (MovwMovw, [Movw, Movw], null),
        (LdiLdi, [Ldi, Ldi], null),
        (EorEor, [Eor, Eor], null),
        (LdZIncStXInc, [LdZInc, StXInc], p => p[0].A < 26 && p[1].A < 26),
        (SubiSbci, [Subi, Sbci], p => InARow(p, 1)),
        (DecBrne, [Dec, Brne], null),
        (CpcBrne, [Cpc, Brne], null),
        (CpcBrcs, [Cpc, Brcs], null),
        (SbciBrcc, [Sbci, Brcc], null),
        (CpiBrne, [Cpi, Brne], null),
        (CpiBreq, [Cpi, Breq], null),
        (AndBreq, [And, Breq], null),
        (SubiBrne, [Subi, Brne], null),
        (SbiwBrne, [Sbiw, Brne], null),
    ];

    // Numbers of the rules by the operation they begin with.
    private static readonly byte[][] ByFirst = Index();

    /// <summary>Fuses what can be fused.</summary>
    /// <param name="next">The instructions at an address and after, as many as there may be parts; each one word.</param>
    /// <param name="parts">How many of them were fused; 1 if none.</param>
    /// <returns>The fused instruction, or the first.</returns>
    public static Decoded Fuse(ReadOnlySpan<Decoded> next, out int parts)
    {
        foreach (byte rule in ByFirst[(int)next[0].Op])
        {
            (Op fused, Op[] ops, Func<Decoded[], bool>? when) = Table[rule];
            if (ops.Length > next.Length) continue;
            bool same = true;
            for (int i = 1; i < ops.Length && same; i++) same = next[i].Op == ops[i];
            if (!same || (when is not null && !when(next[..ops.Length].ToArray()))) continue;
            parts = ops.Length;
            return Pack(fused, next[..parts]);
        }

        parts = 1;
        return next[0];
    }

    /// <summary>Gets the length of the longest run.</summary>
    public static int Longest => 4;

    private static byte[][] Index()
    {
        var rules = new byte[1 + byte.MaxValue][];
        for (int op = 0; op < rules.Length; op++) rules[op] = [];
        for (byte rule = 0; rule < Table.Length; rule++)
        {
            ref byte[] those = ref rules[(int)Table[rule].Parts[0]];
            those = [.. those, rule];
        }

        return rules;
    }

    private static Decoded Pack(Op fused, ReadOnlySpan<Decoded> parts)
    {
        byte cycles = 0;
        foreach (Decoded part in parts) cycles += part.Cycles;
        Decoded first = parts[0], last = parts[^1];
        return fused switch
        {
            LdiLdi => new Decoded(fused, cycles, first.A, last.A, first.K | (last.K << 8)),
            SubiSbci => new Decoded(fused, cycles, first.A, 0, first.K | (last.K << 8)),
            Lsr32 => new Decoded(fused, cycles, last.A, 0, 0),
            Add32 => new Decoded(fused, cycles, first.A, first.B, 0),
            >= DecBrne and <= SbiwBrne => new Decoded(fused, cycles, first.A, first.B, (first.K & 0xFF) | (last.K << 8)),
            _ => new Decoded(fused, cycles, first.A, first.B, last.A | (last.B << 8)),
        };
    }

    private static bool InARow(Decoded[] parts, int step)
    {
        for (int i = 1; i < parts.Length; i++)
            if (parts[i].A != parts[0].A + (i * step)) return false;
        return true;
    }

    private static bool InARowB(Decoded[] parts)
    {
        // The sum is taken as a whole, so no part may read what an earlier one wrote, except in place.
        for (int i = 1; i < parts.Length; i++)
            if (parts[i].B != parts[0].B + i) return false;
        return parts[0].A == parts[0].B || Math.Abs(parts[0].A - parts[0].B) >= parts.Length;
    }
}
