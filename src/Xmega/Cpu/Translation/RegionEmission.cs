namespace Xmega.Cpu.Translation;

/// <summary>A region ready to be emitted, on whatever thread: everything that is asked of the program has been asked.</summary>
/// <param name="plan">The plan.</param>
internal sealed class RegionEmission(RegionPlan plan)
{
    private readonly SortedDictionary<int, Block> _blocks = Block.Split(plan);

    /// <summary>Gets the addresses at which it can be entered.</summary>
    public int[] Entries { get; } = [.. plan.Entries];

    /// <summary>Gets its first word.</summary>
    public int First => plan.Places.Keys.First();

    /// <summary>Gets its last word.</summary>
    public int Last => plan.Places.Keys.Last() + 1;

    /// <summary>Emits it and has it compiled.</summary>
    /// <param name="refunds">What has to be taken off the tally when it was left before an access, by word address.</param>
    /// <returns>The code.</returns>
    public RegionCode Emit(out IReadOnlyDictionary<int, long> refunds) => RegionEmitter.Emit(plan, _blocks, Entries, out refunds);
}
