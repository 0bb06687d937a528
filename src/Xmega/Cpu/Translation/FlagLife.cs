using static Xmega.Cpu.Op;

namespace Xmega.Cpu.Translation;

/// <summary>
/// The third step: which flags have to be worked out. A flag is needed where something reads it or can see it: a branch,
/// a carry, an access that may not be to SRAM or that may raise an interrupt, the way out of the region. A flag that is set
/// anew within a few cycles on every path before that is not worked out at all; where the budget ends in between, the region
/// is left those few cycles earlier, so that the interpreter comes past the instruction that sets it.
/// </summary>
internal static class FlagLife
{
    /// <summary>The flags in this order: C, Z, N, V, H.</summary>
    public const int Count = 5;

    public const int C = 0, Z = 1, N = 2, V = 3, H = 4;

    /// <summary>The life of a flag that is needed.</summary>
    public const int Needed = 1 << 20;

    /// <summary>How much earlier a region may be left for the sake of flags that are out of date, in cycles.</summary>
    public const int LongestSlack = 64;

    private const int Arithmetic = 0x1F, Logic = 0x0E, Shifts = 0x0F;

    /// <summary>The flags that an instruction sets, a bit each.</summary>
    /// <param name="op">The operation.</param>
    /// <returns>The mask.</returns>
    public static int Sets(Op op) => op switch
    {
        Add or Adc or Sub or Subi or Sbc or Sbci or Cp or Cpi or Cpc or Neg => Arithmetic,
        And or Andi or Or or Ori or Eor or Inc or Dec => Logic,
        Com or Lsr or Ror or Asr or Adiw or Sbiw => Shifts,
        Mul or Muls or Mulsu or Fmul or Fmuls or Fmulsu => 0x03,
        Sec or Clc => 0x01,
        Sez or Clz => 0x02,
        Seh or Clh => 0x10,
        _ => 0,
    };

    /// <summary>The flags that an instruction reads, a bit each.</summary>
    /// <param name="op">The operation; IN, when it is translated, may be of SREG.</param>
    /// <returns>The mask.</returns>
    public static int Reads(Op op) => op switch
    {
        In => 0x1F,
        Adc or Ror or Brcs or Brcc => 0x01,
        Sbc or Sbci or Cpc => 0x03,
        Breq or Brne => 0x02,
        Brmi or Brpl => 0x04,
        Brvs or Brvc => 0x08,
        Brlt or Brge => 0x0C,
        Brhs or Brhc => 0x10,
        _ => 0,
    };

    /// <summary>Whether the region may be left before an instruction, so that every flag can be seen there.</summary>
    /// <param name="place">The instruction.</param>
    /// <returns>True if it may.</returns>
    public static bool MayLeave(Place place) => place.Handling != Handling.Translated
        || place.Code.Op is (>= LdX and <= LddZ) or Pop or (>= StX and <= StdZ) or Push or Call or Rcall or Icall or Eicall or Ret or Elpm or ElpmZ or ElpmZInc or Op.Out or Sei;

    /// <summary>Works out how long each flag may be out of date at the beginning of each block.</summary>
    /// <param name="blocks">The blocks.</param>
    public static void Solve(ReadOnlySpan<Block> blocks)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = blocks.Length - 1; i >= 0; i--)
            {
                Block block = blocks[i];
                for (int flag = 0; flag < Count; flag++)
                {
                    int life = LifeIn(block, flag);
                    if (life > LongestSlack) life = Needed;
                    if (life == block.FlagLife[flag]) continue;
                    block.FlagLife[flag] = life;
                    changed = true;
                }
            }
        }
    }

    /// <summary>The longest life of a flag at the beginning of what a block leads to, with the cycles that a branch adds.</summary>
    /// <param name="block">The block.</param>
    /// <param name="flag">The flag.</param>
    /// <returns>Cycles, or <see cref="Needed"/>.</returns>
    public static int LifeOut(Block block, int flag)
    {
        const int Branch = 2; // a branch taken, or two words skipped
        if (block.Leaves || block.EndsWithAccess) return Needed;
        int life = 0;
        foreach (Block next in block.Successors) life = Math.Max(life, next.FlagLife[flag]);
        return life >= Needed ? Needed : life + Branch;
    }

    private static int LifeIn(Block block, int flag)
    {
        int cycles = 0;
        foreach (Place place in block.Places)
        {
            cycles += Block.CyclesOf(place);
            if (MayLeave(place) || (Reads(place.Code.Op) & (1 << flag)) != 0) return Needed;
            if ((Sets(place.Code.Op) & (1 << flag)) != 0) return cycles;
        }

        return cycles + LifeOut(block, flag);
    }
}
