using Xmega.Signals;

namespace Xmega.Workbench.Running;

/// <summary>Looks at the sampled signals that are watched after every step of the CPU, and tells of those that changed.</summary>
internal sealed class Sampler : IExecutionObserver
{
    private readonly ATxmega128A1 _chip;
    private readonly Signal[] _signals;
    private readonly long[] _values;

    public Sampler(ATxmega128A1 chip)
    {
        _chip = chip;
        _signals = [.. chip.Signals.SampledAndWatched];
        _values = [.. _signals.Select(s => s.Value)];
    }

    /// <inheritdoc/>
    public void OnStep(in ExecutionStep step) => Look(step.Start, step.End);

    /// <summary>Looks after a step.</summary>
    /// <param name="start">The cycle in which it began.</param>
    /// <param name="end">The cycle in which the next one begins.</param>
    public void Look(long start, long end)
    {
        // An instruction's write is seen from its last cycle on.
        long cycle = Math.Max(start, end - 1);
        for (int i = 0; i < _signals.Length; i++)
        {
            long value = _signals[i].Value;
            if (value == _values[i]) continue;
            _values[i] = value;
            _signals[i].Changed(cycle, value);
        }
    }
}
