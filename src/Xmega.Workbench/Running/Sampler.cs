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
    public void OnStep(in ExecutionStep step)
    {
        // An instruction's write is seen from its last cycle on.
        long cycle = Math.Max(step.Start, step.End - 1);
        for (int i = 0; i < _signals.Length; i++)
        {
            long value = _signals[i].Value;
            if (value == _values[i]) continue;
            _values[i] = value;
            _signals[i].Changed(cycle, value);
        }
    }
}
