namespace Xmega.Workbench.Reporting;

/// <summary>How a lane is drawn.</summary>
public enum LaneKind
{
    /// <summary>A wire: low, high or floating.</summary>
    Level,

    /// <summary>Happenings without a level between.</summary>
    Event,

    /// <summary>Happenings whose value is a byte.</summary>
    Byte,
}

/// <summary>Changes so close together that they are kept only as a block.</summary>
/// <param name="Start">Time of the first change in picoseconds.</param>
/// <param name="End">Time of the last change in picoseconds.</param>
/// <param name="Count">How many changes there are.</param>
/// <param name="Value">The value after the last change.</param>
public readonly record struct ChangeBlock(long Start, long End, long Count, long Value);

/// <summary>
/// What one signal did, in bounded memory: the first changes exactly, later ones too while they fit. When they do not,
/// those that lie closest together become blocks; so the whole run is always there, in the detail there is room for.
/// </summary>
/// <param name="name">The signal's path name.</param>
/// <param name="kind">How it is drawn.</param>
/// <param name="initial">Its value at the beginning.</param>
/// <param name="start">The beginning in picoseconds.</param>
public sealed class WaveformLane(string name, LaneKind kind, long initial, long start)
{
    /// <summary>Changes at the beginning of a run that are kept exactly, whatever follows.</summary>
    public const int ExactChanges = 1500;

    private const int MostBlocks = 1000;
    private const long FirstGap = 1000; // picoseconds

    private readonly List<(long Time, long Value)> _exact = [];
    private readonly List<ChangeBlock> _blocks = [];
    private long _gap = FirstGap;
    private long _value = initial;
    private long _since = start;

    /// <summary>Gets the signal's path name.</summary>
    public string Name => name;

    /// <summary>Gets how it is drawn.</summary>
    public LaneKind Kind => kind;

    /// <summary>Gets its value at the beginning.</summary>
    public long Initial { get; } = initial;

    /// <summary>Gets the first changes: time in picoseconds and new value.</summary>
    public IReadOnlyList<(long Time, long Value)> Exact => _exact;

    /// <summary>Gets the changes after them; a block of one change is exact.</summary>
    public IReadOnlyList<ChangeBlock> Blocks => _blocks;

    /// <summary>Gets how many changes or happenings there were.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the time of the first change in picoseconds.</summary>
    public long First => _exact.Count == 0 ? Last : _exact[0].Time;

    /// <summary>Gets the time of the last change in picoseconds.</summary>
    public long Last { get; private set; } = start;

    /// <summary>Gets the picoseconds for which a wire was high up to its last change.</summary>
    public long High { get; private set; }

    /// <summary>Picoseconds for which the wire was high.</summary>
    /// <param name="end">The end of the run in picoseconds.</param>
    /// <returns>The sum.</returns>
    public long HighUntil(long end) => High + (_value == 1 ? end - _since : 0);

    /// <summary>Adds a change or happening.</summary>
    /// <param name="time">When, in picoseconds; not before the last one.</param>
    /// <param name="value">The new value.</param>
    public void Add(long time, long value)
    {
        Count++;
        Last = time;
        if (_value == 1) High += time - _since;
        (_value, _since) = (value, time);
        if (_exact.Count < ExactChanges) _exact.Add((time, value));
        else Append(_blocks, new ChangeBlock(time, time, 1, value));
        while (_blocks.Count > MostBlocks) Merge();
    }

    private void Append(List<ChangeBlock> blocks, ChangeBlock next)
    {
        if (blocks.Count > 0 && next.Start - blocks[^1].End < _gap) blocks[^1] = new ChangeBlock(blocks[^1].Start, next.End, blocks[^1].Count + next.Count, next.Value);
        else blocks.Add(next);
    }

    private void Merge()
    {
        _gap *= 2;
        ChangeBlock[] before = [.. _blocks];
        _blocks.Clear();
        foreach (ChangeBlock block in before) Append(_blocks, block);
    }
}
