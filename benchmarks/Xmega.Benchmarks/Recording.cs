using BenchmarkDotNet.Attributes;
using Xmega.Firmware;
using Xmega.Time;
using Xmega.Workbench.Recording;

namespace Xmega.Benchmarks;

/// <summary>
/// What a waveform of all pins and event channels costs a busy firmware. At most half the speed may be lost; and a chip
/// that has been watched and is no longer must run as one that never was.
/// </summary>
[MemoryDiagnoser]
public class Recording
{
    private const long Cycles = 4_000_000;
    private const int Chips = 20; // samples end early: one alone is too short to measure

    private readonly ATxmega128A1[] _chips = new ATxmega128A1[Chips];
    private FirmwareImage? _image;

    /// <summary>Gets or sets the sample: pins bit by bit without an end, timers and events at work, interrupts within interrupts, and computing only.</summary>
    [Params("two-chips", "timebase-event", "sampling-event", "nested-interrupts", "dhrystone-like")]
    public string Sample { get; set; } = "";

    [GlobalSetup]
    public void Load() => _image = Samples.Load(Sample);

    [IterationSetup]
    public void PowerOn()
    {
        for (int n = 0; n < Chips; n++)
        {
            _chips[n] = new ATxmega128A1();
            _chips[n].Load(_image!);
            _chips[n].RunsAsleep = true;
        }
    }

    [Benchmark(Baseline = true)]
    public void NothingWatched()
    {
        foreach (ATxmega128A1 chip in _chips) Run(chip);
    }

    [Benchmark]
    public void NoLongerWatched()
    {
        foreach (ATxmega128A1 chip in _chips)
        {
            Record(chip).Dispose();
            Run(chip);
        }
    }

    [Benchmark]
    public void PinsAndEvents()
    {
        foreach (ATxmega128A1 chip in _chips)
        {
            using VcdRecorder recorder = Record(chip);
            Run(chip);
        }
    }

    private static VcdRecorder Record(ATxmega128A1 chip) =>
        new(chip, [.. chip.Signals.Match("PORT?.PIN?"), .. chip.Signals.Match("EVSYS.CH?")], Stream.Null);

    private static void Run(ATxmega128A1 chip)
    {
        ScheduledAction stop = chip.CreateAction("benchmark", Phase.Limit, chip.Stop);
        stop.Book(Cycles);
        chip.Run();
    }
}
