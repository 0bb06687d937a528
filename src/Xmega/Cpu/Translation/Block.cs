using System.Reflection.Emit;
using static Xmega.Cpu.Op;

namespace Xmega.Cpu.Translation;

/// <summary>
/// The second step: a run of instructions that is entered at its beginning only, and left at its end, or where an access
/// is not to SRAM.
/// </summary>
internal sealed class Block
{
    /// <summary>More cycles than this are not run without a look at the budget.</summary>
    public const int LongestStretch = 400;

    private int _ways; // in which it can be reached

    /// <summary>Gets its instructions; none for a place that only the interpreter runs.</summary>
    public List<Place> Places { get; } = [];

    /// <summary>Gets where it begins.</summary>
    public required int Address { get; init; }

    /// <summary>Gets or sets the blocks it can lead to inside the region.</summary>
    public List<Block> Successors { get; } = [];

    /// <summary>Gets or sets a value indicating whether control can leave the region at its end.</summary>
    public bool Leaves { get; set; }

    /// <summary>Gets or sets a value indicating whether the budget is looked at when it is entered.</summary>
    public bool Checks { get; set; }

    /// <summary>Gets a value indicating whether control comes to it from one place only, and not from outside.</summary>
    public bool IsReachedOnce => _ways == 1;

    /// <summary>Gets or sets where it is in the emitted code.</summary>
    public Label Label { get; set; }

    /// <summary>Gets or sets the cycles that must be left for it to run, with what follows it unchecked.</summary>
    public int Need { get; set; } = -1;

    /// <summary>Gets or sets how deep in loops it lies.</summary>
    public int Depth { get; set; }

    /// <summary>Gets or sets how long flags may stay out of date from its beginning, in cycles: see <see cref="FlagLife"/>.</summary>
    public int[] FlagLife { get; set; } = new int[Translation.FlagLife.Count];

    /// <summary>Gets the cycles of all of it, with branches not taken and nothing skipped.</summary>
    public int Cycles
    {
        get
        {
            int cycles = 0;
            foreach (Place place in Places) cycles += CyclesOf(place);
            return cycles;
        }
    }

    /// <summary>Gets its last instruction.</summary>
    public Place Last => Places[^1];

    /// <summary>Gets a value indicating whether its last instruction goes to I/O.</summary>
    public bool EndsWithAccess => Places.Count > 0 && Last.Handling == Handling.InputOutput;

    /// <summary>The cycles of an instruction as far as they do not depend on data: loads are taken to be from SRAM, unless they go to I/O.</summary>
    /// <param name="place">The instruction.</param>
    /// <returns>Cycles.</returns>
    public static int CyclesOf(Place place) =>
        place.Code.Cycles + (place.Code.Op is >= LdX and <= Lds && place.Handling == Handling.Translated ? 1 : 0);

    /// <summary>Splits a plan into blocks.</summary>
    /// <param name="plan">The plan.</param>
    /// <returns>The blocks by address.</returns>
    public static WordMap<Block> Split(RegionPlan plan)
    {
        var leaders = new WordSet();
        leaders.Add(plan.Entries.Words);
        leaders.Add(plan.Callees.Words);
        foreach (WordSet sites in plan.Returns.Values) leaders.Add(sites.Words);
        foreach (Place place in plan.Places.Values)
        {
            int[] next = plan.Successors(place);
            bool ends = place.Handling != Handling.Translated || next is not [int only] || only != place.Next || place.Code.Op is Call or Rcall or Icall or Eicall or Ijmp or Eijmp;
            if (place.Handling == Handling.Interpreted) leaders.Add(place.Address);
            if (ends) leaders.Add(next);
            if (ends) leaders.Add(place.Next);
        }

        var blocks = new WordMap<Block>();
        Block? current = null;
        int expected = -1;
        foreach (Place place in plan.Places.Values)
        {
            if (current is null || place.Address != expected || leaders.Contains(place.Address)) blocks.Add(place.Address, current = new Block { Address = place.Address });
            expected = place.Next;
            if (place.Handling == Handling.Interpreted) current = null;
            else current.Places.Add(place);
        }

        foreach (Block block in blocks.Values) Connect(block, blocks, plan);
        foreach (int entry in plan.Entries.Words)
            if (blocks.TryGet(entry, out Block? block)) block._ways++;
        FindLoops(plan, blocks);
        return blocks;
    }

    private static void Connect(Block block, WordMap<Block> blocks, RegionPlan plan)
    {
        if (block.Places.Count == 0)
        {
            block.Leaves = true;
            return;
        }

        int[] next = block.Last.Code.Op switch
        {
            Call or Rcall => plan.Callees.Contains(block.Last.Code.K) ? [block.Last.Code.K] : [-1],
            Icall or Eicall => [-1],
            Ret => plan.Returns.TryGet(block.Last.Address, out WordSet? sites) ? [.. sites.Words, -1] : [-1],
            Ijmp or Eijmp => [.. plan.Successors(block.Last), -1],
            _ => plan.Successors(block.Last),
        };
        foreach (int address in next)
        {
            if (!blocks.TryGet(address, out Block? successor))
            {
                block.Leaves = true;
                continue;
            }

            successor._ways++;
            if (!block.Successors.Contains(successor)) block.Successors.Add(successor);
        }
    }

    // Loop heads look at the budget, and so does whatever can be entered from elsewhere or after an access.
    private static void FindLoops(RegionPlan plan, WordMap<Block> blocks)
    {
        foreach (Block block in blocks.Values)
        {
            if (plan.Entries.Contains(block.Address)) block.Checks = true;
            foreach (Block next in block.Successors)
            {
                if (next.Address <= block.Address || block.EndsWithAccess || block.Last.Code.Op is Ret or Ijmp or Eijmp or Call or Rcall) next.Checks = true;
                if (next.Address > block.Address || block.Last.Code.Op is Call or Rcall or Ret) continue;
                foreach (Block inside in blocks.Values)
                    if (inside.Address >= next.Address && inside.Address <= block.Address) inside.Depth++;
            }
        }
    }
}
