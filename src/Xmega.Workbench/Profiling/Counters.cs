namespace Xmega.Workbench.Profiling;

/// <summary>Least, most, sum and median of a quantity, in cycles.</summary>
public sealed class CycleStatistics
{
    private readonly SortedDictionary<long, long> _counts = []; // how often each value came: few differ

    /// <summary>Gets how many values there are.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the least value; 0 without values.</summary>
    public long Minimum => Count == 0 ? 0 : _counts.Keys.First();

    /// <summary>Gets the greatest value; 0 without values.</summary>
    public long Maximum => Count == 0 ? 0 : _counts.Keys.Last();

    /// <summary>Gets the sum.</summary>
    public long Sum { get; private set; }

    /// <summary>Gets the value in the middle, the lower of two; 0 without values.</summary>
    public long Median
    {
        get
        {
            long below = 0;
            foreach ((long value, long count) in _counts)
            {
                below += count;
                if (2 * below >= Count) return value;
            }

            return 0;
        }
    }

    internal void Add(long value)
    {
        Count++;
        Sum += value;
        _counts[value] = _counts.GetValueOrDefault(value) + 1;
    }
}

/// <summary>What is counted of a function.</summary>
internal sealed class FunctionCounter
{
    public long Cycles { get; set; }

    public long Calls { get; set; }

    public int Active { get; set; }

    public int Stack { get; set; }

    public long Inclusive { get; private set; }

    public long Minimum { get; private set; } = long.MaxValue;

    public long Maximum { get; private set; }

    public void Ended(long cycles)
    {
        Inclusive += cycles;
        Minimum = Math.Min(Minimum, cycles);
        Maximum = Math.Max(Maximum, cycles);
    }
}

/// <summary>What is counted of an interrupt.</summary>
internal sealed class InterruptCounter
{
    public long Count { get; set; }

    public long EntryCycles { get; set; }

    public long Cycles { get; set; }

    public int Nesting { get; set; }

    public int Stack { get; set; }

    public long RequestedAt { get; set; }

    public long LastEnd { get; set; }

    public CycleStatistics Latency { get; } = new();

    public CycleStatistics Duration { get; } = new();
}
