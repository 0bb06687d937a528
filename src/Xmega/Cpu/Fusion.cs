using static Xmega.Cpu.Op;

namespace Xmega.Cpu;

/// <summary>
/// Runs of two to six instructions that occur so often that the interpreter does each in one step. What they do is
/// what their parts do one after another; where it matters in between (a deadline, an access that is not to SRAM) the
/// parts run one by one instead. The fused instruction stands at the place of the first; the others keep theirs, so a
/// jump into the middle finds what it expects.
/// </summary>
/// <remarks>
/// A, B and the bytes of K hold the parts' operands in order: the registers, or the register and the constant, of each.
/// Of parts that work on registers in a row, as one wide register, only the first one's are there. A branch at the end has
/// its distance from the fused instruction, in words, in the highest byte of K, a jump in the higher half.
/// </remarks>
internal static class Fusion
{
    /// <summary>Cycles from the start of a fused instruction to the start of its last part, at most.</summary>
    public const int Lead = 5;

    /// <summary>The most parts.</summary>
    public const int Longest = 6;

    // Wide arithmetic
    public const Op AddAdc = (Op)128;
    public const Op AdcAdc = (Op)129;
    public const Op SubSbc = (Op)130;
    public const Op SbcSbc = (Op)131;
    public const Op CpCpc = (Op)132;
    public const Op CpcCpc = (Op)133;
    public const Op LsrRor = (Op)134;
    public const Op RorRor = (Op)135;
    public const Op EorEor = (Op)136;
    public const Op SubiSbci = (Op)137; // K: the constant of 16 bits
    public const Op Add32 = (Op)138;
    public const Op Sub32 = (Op)139;
    public const Op Cp32 = (Op)140;
    public const Op Lsr32 = (Op)141; // A: the lowest register
    public const Op AddAdcAdc = (Op)142;
    public const Op MulAddAdc = (Op)143;
    public const Op LdiAddAdc = (Op)144;
    public const Op LdiSubSbc = (Op)145;
    public const Op LdiCpiCpc = (Op)146;
    public const Op MovwSubiSbci = (Op)147; // K: the pair in bits 0-7, the constant in 8-23

    // Moves, and what follows them
    public const Op MovwMovw = (Op)148;
    public const Op MovMov = (Op)149;
    public const Op LdiLdi = (Op)150;
    public const Op LdiEor = (Op)151;
    public const Op LdiCp = (Op)152;
    public const Op LdiCpc = (Op)153;
    public const Op MovwLdi = (Op)154;
    public const Op MovwMul = (Op)155;
    public const Op MulMovw = (Op)156;

    // Memory: two bytes in a row to or from two registers in a row, unless it says otherwise
    public const Op Lds16 = (Op)157; // K: the address
    public const Op Sts16 = (Op)158;
    public const Op LddY16 = (Op)159;
    public const Op LddZ16 = (Op)160;
    public const Op StdY16 = (Op)161;
    public const Op StdZ16 = (Op)162;
    public const Op LdXIncLdX = (Op)163;
    public const Op LdXInc16 = (Op)164;
    public const Op StXInc16 = (Op)165;
    public const Op LdZInc16 = (Op)166;
    public const Op LdZDec16 = (Op)167; // A: the higher register
    public const Op ElpmZIncElpmZ = (Op)168;
    public const Op PushPush = (Op)169;
    public const Op PopPop = (Op)170;
    public const Op LdZIncStXInc = (Op)171;

    // A branch at the end
    public const Op DecBrne = (Op)172;
    public const Op SbiwBrne = (Op)173;
    public const Op SubiBrne = (Op)174;
    public const Op CpcBrne = (Op)175;
    public const Op CpcBrcs = (Op)176;
    public const Op SbciBrcc = (Op)177;
    public const Op CpiBrne = (Op)178;
    public const Op CpiBreq = (Op)179;
    public const Op AndBreq = (Op)180;
    public const Op AndBrne = (Op)181;
    public const Op CpSbciBrcc = (Op)182;
    public const Op Lsr32DecBrne = (Op)183;
    public const Op Add32DecBrne = (Op)184;
    public const Op AdcAdcDecBrne = (Op)185;
    public const Op CopyDecBrne = (Op)186;

    // Any branch that looks at C, Z, N or S: bits 16-18 of K are the flag's place in SREG, bit 23 its value when it is taken
    public const Op CpBranch = (Op)187;
    public const Op CpiBranch = (Op)188;
    public const Op CpCpcBranch = (Op)189;
    public const Op CpiCpcBranch = (Op)190;
    public const Op SubiSbciBranch = (Op)191; // K: the constant in bits 0-15

    // A jump at the end
    public const Op AddAdcRjmp = (Op)192;
    public const Op SbrsRjmp = (Op)193;
    public const Op SbrcRjmp = (Op)194;

    // Not instructions but places: see CodeTables and IdleLoops. A loop that polls what is to be read each time is busy.
    public const Op Region = (Op)201;
    public const Op Polling = (Op)202;
    public const Op Busy = (Op)206;
    public const Op DelayDec = (Op)203;
    public const Op DelaySbiw = (Op)204;
    public const Op DelaySubi = (Op)205;

    // Words that an RJMP spans; one that seems to go farther goes around the end of the program space.
    private const int FarthestJump = 0x1000;

    // In the table: any branch on C, Z, N or S.
    internal const Op Branch = (Op)255;

    // The longest match first, among those that begin alike. Row: how many parts work on registers in a row.
    private static readonly Rule[] Table =
    [
        new(Add32DecBrne, [Add, Adc, Adc, Adc, Dec, Brne], IsWideSum, Row: 4),
        new(Add32, [Add, Adc, Adc, Adc], IsWideSum, Row: 4),
        new(AddAdcAdc, [Add, Adc, Adc]),
        new(AddAdcRjmp, [Add, Adc, Rjmp]),
        new(AddAdc, [Add, Adc]),
        new(AdcAdcDecBrne, [Adc, Adc, Dec, Brne]),
        new(AdcAdc, [Adc, Adc]),
        new(Sub32, [Sub, Sbc, Sbc, Sbc], IsWideSum, Row: 4),
        new(SubSbc, [Sub, Sbc]),
        new(SbcSbc, [Sbc, Sbc]),
        new(Cp32, [Cp, Cpc, Cpc, Cpc], p => InARow(p, 4, 1) && InARowB(p, 4), Row: 4),
        new(CpCpcBranch, [Cp, Cpc, Branch]),
        new(CpCpc, [Cp, Cpc]),
        new(CpSbciBrcc, [Cp, Sbci, Brcc]),
        new(CpBranch, [Cp, Branch]),
        new(CpcCpc, [Cpc, Cpc]),
        new(CpcBrne, [Cpc, Brne]),
        new(CpcBrcs, [Cpc, Brcs]),
        new(CpiCpcBranch, [Cpi, Cpc, Branch]),
        new(CpiBrne, [Cpi, Brne]),
        new(CpiBreq, [Cpi, Breq]),
        new(CpiBranch, [Cpi, Branch]),
        new(Lsr32DecBrne, [Lsr, Ror, Ror, Ror, Dec, Brne], p => InARow(p, 4, -1), Row: 4),
        new(Lsr32, [Lsr, Ror, Ror, Ror], p => InARow(p, 4, -1), Row: 4),
        new(LsrRor, [Lsr, Ror]),
        new(RorRor, [Ror, Ror]),
        new(EorEor, [Eor, Eor]),
        new(SubiSbciBranch, [Subi, Sbci, Branch], p => InARow(p, 2, 1)),
        new(SubiSbci, [Subi, Sbci], p => InARow(p, 2, 1)),
        new(SubiBrne, [Subi, Brne]),
        new(SbciBrcc, [Sbci, Brcc]),
        new(SbiwBrne, [Sbiw, Brne]),
        new(DecBrne, [Dec, Brne]),
        new(AndBreq, [And, Breq]),
        new(AndBrne, [And, Brne]),
        new(SbrsRjmp, [Sbrs, Rjmp]),
        new(SbrcRjmp, [Sbrc, Rjmp]),
        new(MulAddAdc, [Mul, Add, Adc]),
        new(MulMovw, [Mul, Movw]),
        new(MovwSubiSbci, [Movw, Subi, Sbci], p => p[2].A == p[1].A + 1),
        new(MovwMovw, [Movw, Movw]),
        new(MovwLdi, [Movw, Ldi]),
        new(MovwMul, [Movw, Mul]),
        new(MovMov, [Mov, Mov]),
        new(LdiAddAdc, [Ldi, Add, Adc]),
        new(LdiSubSbc, [Ldi, Sub, Sbc]),
        new(LdiCpiCpc, [Ldi, Cpi, Cpc]),
        new(LdiLdi, [Ldi, Ldi]),
        new(LdiEor, [Ldi, Eor]),
        new(LdiCp, [Ldi, Cp]),
        new(LdiCpc, [Ldi, Cpc]),
        new(Lds16, [Lds, Lds], IsWord, Row: 2),
        new(Sts16, [Sts, Sts], IsWord, Row: 2),
        new(LddY16, [LddY, LddY], p => IsWord(p) && !Touches(p, 28), Row: 2),
        new(LddY16, [LdY, LddY], p => IsWord(p) && !Touches(p, 28), Row: 2),
        new(LddZ16, [LddZ, LddZ], p => IsWord(p) && !Touches(p, 30), Row: 2),
        new(LddZ16, [LdZ, LddZ], p => IsWord(p) && !Touches(p, 30), Row: 2),
        new(StdY16, [StdY, StdY], IsWord, Row: 2),
        new(StdY16, [StY, StdY], IsWord, Row: 2),
        new(StdZ16, [StdZ, StdZ], IsWord, Row: 2),
        new(StdZ16, [StZ, StdZ], IsWord, Row: 2),
        new(LdXIncLdX, [LdXInc, LdX], p => InARow(p, 2, 1) && !Touches(p, 26), Row: 2),
        new(LdXInc16, [LdXInc, LdXInc], p => InARow(p, 2, 1) && !Touches(p, 26), Row: 2),
        new(StXInc16, [StXInc, StXInc], p => InARow(p, 2, 1) && !Touches(p, 26), Row: 2),
        new(CopyDecBrne, [LdZInc, StXInc, Dec, Brne], p => p[0].A < 26 && p[1].A < 26 && p[2].A < 26),
        new(LdZIncStXInc, [LdZInc, StXInc], p => p[0].A < 26 && p[1].A < 26),
        new(LdZInc16, [LdZInc, LdZInc], p => InARow(p, 2, 1) && !Touches(p, 30), Row: 2),
        new(LdZDec16, [LdZDec, LdZDec], p => InARow(p, 2, -1) && !Touches(p, 30), Row: 2),
        new(ElpmZIncElpmZ, [ElpmZInc, ElpmZ], p => p[0].A < 30),
        new(PushPush, [Push, Push]),
        new(PopPop, [Pop, Pop]),
    ];

    // Numbers of the rules by the operation they begin with.
    private static readonly byte[][] ByFirst = Index();

    /// <summary>Gets the operations and what they are made of, for tests.</summary>
    internal static IEnumerable<(Op Fused, Op[] Parts)> Rules => Table.Select(rule => (rule.Fused, rule.Parts));

    /// <summary>Fuses what can be fused.</summary>
    /// <param name="word">The word address of the first instruction.</param>
    /// <param name="next">The instructions from there on.</param>
    /// <param name="count">How many they are: as many as there may be parts.</param>
    /// <param name="parts">How many of them were fused; 1 if none.</param>
    /// <returns>The fused instruction, or the first.</returns>
    public static Decoded Fuse(int word, Decoded[] next, int count, out int parts)
    {
        foreach (byte number in ByFirst[(int)next[0].Op])
        {
            Rule rule = Table[number];
            if (rule.Parts.Length > count) continue;
            bool same = true;
            for (int i = 1; i < rule.Parts.Length && same; i++) same = Matches(next[i].Op, rule.Parts[i]);
            parts = rule.Parts.Length;
            if (!same || (next[parts - 1].Op is Rjmp or (>= Brcs and <= Brid) && Math.Abs(next[parts - 1].K - word) > FarthestJump)) continue;
            if (rule.When is null || rule.When(next)) return Pack(rule, word, next);
        }

        parts = 1;
        return next[0];
    }

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

    private static bool Matches(Op op, Op part) => op == part || (part == Branch && op is Brcs or Breq or Brmi or Brlt or Brcc or Brne or Brpl or Brge);

    private static Decoded Pack(Rule rule, int word, Decoded[] parts)
    {
        byte cycles = 0;
        Span<byte> operands = stackalloc byte[2 * Longest];
        int count = 0;
        for (int i = 0; i < rule.Parts.Length; i++)
        {
            cycles += parts[i].Cycles;
            if (i > 0 && i < rule.Row) continue;
            if (parts[i].Op is (>= Brcs and <= Brid) or Rjmp) continue;
            operands[count++] = parts[i].A;
            if (HasConstant(parts[i].Op)) operands[count++] = (byte)parts[i].K;
            else if (HasTwo(parts[i].Op)) operands[count++] = parts[i].B;
        }

        Decoded first = parts[0], last = parts[rule.Parts.Length - 1];
        int distance = last.K - word;
        int k = operands[2] | (operands[3] << 8) | (operands[4] << 16) | (operands[5] << 24);
        k = last.Op switch
        {
            Rjmp => (k & 0xFFFF) | (distance << 16),
            >= Brcs and <= Brid when rule.Parts[^1] == Branch => (k & 0xFFFF) | (Condition(last.Op) << 16) | (distance << 24),
            >= Brcs and <= Brid => (k & 0xFFFFFF) | (distance << 24),
            _ => k,
        };
        return rule.Fused switch
        {
            SubiSbci => new Decoded(rule.Fused, cycles, first.A, 0, first.K | (last.K << 8)),
            SubiSbciBranch => new Decoded(rule.Fused, cycles, first.A, 0, (k & ~0xFFFF) | first.K | (parts[1].K << 8)),
            MovwSubiSbci => new Decoded(rule.Fused, cycles, first.A, first.B, parts[1].A | (parts[1].K << 8) | (last.K << 16)),
            Lsr32 or Lsr32DecBrne => new Decoded(rule.Fused, cycles, parts[3].A, operands[1], k),
            Lds16 or Sts16 => new Decoded(rule.Fused, cycles, first.A, 0, first.K),
            _ => new Decoded(rule.Fused, cycles, operands[0], operands[1], k),
        };
    }

    private static bool HasConstant(Op op) => op is Cpi or Sbci or Subi or Ldi or Sbiw or LddY or LddZ or StdY or StdZ or LdY or LdZ or StY or StZ;

    private static bool HasTwo(Op op) => op is Movw or Cpc or Sbc or Add or Cp or Sub or Adc or And or Eor or Mov or Mul or Sbrc or Sbrs;

    // The bit of SREG that a branch looks at, and 0x80 for one that is taken when it is set.
    private static int Condition(Op branch) => branch >= Brcc ? branch - Brcc : (branch - Brcs) | 0x80;

    private static bool InARow(Decoded[] parts, int count, int step)
    {
        for (int i = 1; i < count; i++)
            if (parts[i].A != parts[0].A + (i * step)) return false;
        return true;
    }

    private static bool InARowB(Decoded[] parts, int count)
    {
        for (int i = 1; i < count; i++)
            if (parts[i].B != parts[0].B + i) return false;
        return true;
    }

    // The sum is taken as a whole, so no part may read what an earlier one wrote, except in place.
    private static bool IsWideSum(Decoded[] parts) =>
        InARow(parts, 4, 1) && InARowB(parts, 4) && (parts[0].A == parts[0].B || Math.Abs(parts[0].A - parts[0].B) >= 4);

    private static bool IsWord(Decoded[] parts) => InARow(parts, 2, 1) && parts[1].K == parts[0].K + 1;

    private static bool Touches(Decoded[] parts, int pointer) => Math.Abs(parts[0].A - pointer) <= 1;

    /// <summary>How instructions are fused.</summary>
    /// <param name="Fused">The fused instruction.</param>
    /// <param name="Parts">Its parts.</param>
    /// <param name="When">What else must hold for them; null: nothing.</param>
    /// <param name="Row">How many of the parts work on registers in a row, or on places in memory in a row.</param>
    private sealed record Rule(Op Fused, Op[] Parts, Func<Decoded[], bool>? When = null, int Row = 0);
}
