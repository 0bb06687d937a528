using System.Globalization;
using Spectre.Console;
using Xmega.Workbench.Running;

namespace Xmega.Cli;

/// <summary>One line on the terminal that says how far a long run is; gone before anything else is written, and when the run ends.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly ATxmega128A1 _chip;
    private readonly Timer? _timer;
    private readonly Lock _gate = new();
    private readonly global::System.Diagnostics.Stopwatch _watch = global::System.Diagnostics.Stopwatch.StartNew();
    private long _lastInstructions;
    private TimeSpan _lastTime;
    private bool _shown;

    public ProgressLine(ATxmega128A1 chip, UsartOutputs outputs)
    {
        _chip = chip;
        if (Console.IsErrorRedirected) return;
        outputs.BeforeText = Clear;
        _timer = new Timer(_ => Show(), null, FirstAfter, Period);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        Clear();
    }

    private void Show()
    {
        if (!Terminal.Error.Profile.Capabilities.Ansi) return;
        lock (_gate)
        {
            // Read while the run goes on: figures for people, not results.
            long instructions = _chip.Instructions;
            TimeSpan now = _watch.Elapsed;
            double rate = (instructions - _lastInstructions) / (now - _lastTime).TotalSeconds / 1e6;
            (_lastInstructions, _lastTime) = (instructions, now);
            string time = EmulatedTime.Format(_chip.Timeline.PicosecondsAt(_chip.Cycle));
            Terminal.EraseLine();
            Terminal.Error.Markup(string.Create(CultureInfo.InvariantCulture, $"[grey]emulated {time}, {rate:0} million instructions a second[/]"));
            _shown = true;
        }
    }

    private void Clear()
    {
        lock (_gate)
        {
            if (_shown) Terminal.EraseLine();
            _shown = false;
        }
    }
}
