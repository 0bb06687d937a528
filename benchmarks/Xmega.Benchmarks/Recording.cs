using BenchmarkDotNet.Attributes;
using Xmega.Firmware;
using Xmega.Signals;
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

    private ATxmega128A1 _chip = new();
    private Signal[] _signals = [];
    private FirmwareImage? _image;

    /// <summary>A sample with timers, events and pins at work; and one that only computes.</summary>
    [Params("sampling-event", "nested-interrupts", "dhrystone-like")]
    public string Sample { get; set; } = "";

    [GlobalSetup]
    public void Load() => _image = Samples.Load(Sample);

    [IterationSetup]
    public void PowerOn()
    {
        _chip = new ATxmega128A1();
        _chip.Load(_image!);
        _chip.RunsAsleep = true;
        _signals = [.. _chip.Signals.Match("PORT?.PIN?"), .. _chip.Signals.Match("EVSYS.CH?")];
    }

    [Benchmark(Baseline = true)]
    public long NothingWatched() => Run();

    [Benchmark]
    public long NoLongerWatched()
    {
        new VcdRecorder(_chip, _signals, Stream.Null).Dispose();
        return Run();
    }

    [Benchmark]
    public long PinsAndEvents()
    {
        using var recorder = new VcdRecorder(_chip, _signals, Stream.Null);
        return Run();
    }

    private long Run()
    {
        ScheduledAction stop = _chip.CreateAction("benchmark", Phase.Limit, _chip.Stop);
        stop.Book(Cycles);
        _chip.Run();
        return _chip.Cycle;
    }
}
