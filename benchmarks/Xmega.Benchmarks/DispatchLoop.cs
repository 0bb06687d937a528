using BenchmarkDotNet.Attributes;
using Xmega.Cpu;
using Xmega.Firmware;

namespace Xmega.Benchmarks;

/// <summary>
/// The CPU by engine: the <c>dhrystone-like</c> mix (sieve, CRC, matrix product, software float, sorting, strings,
/// byte-code interpreter), and samples whose CPU has interrupts and events about it. A tenth of a second of emulation or
/// less: what the translator costs before it pays is in the figures, but for those of a chip whose firmware others ran before.
/// </summary>
[MemoryDiagnoser]
public class DispatchLoop
{
    private const long Cycles = 40_000_000;

    private Machine _machine = Machine.Asleep();
    private FirmwareImage _image = null!;

    /// <summary>The sample that runs.</summary>
    [Params("dhrystone-like", "nested-interrupts", "sampling-interrupt")]
    public string Workload { get; set; } = "";

    [IterationSetup(Target = nameof(Interpreter))]
    public void ForInterpreter() => _machine = Machine.With(Samples.Load(Workload));

    [GlobalSetup(Target = nameof(TranslatedBefore))]
    public void ForTranslatedBefore() => _image = Samples.Load(Workload);

    [IterationSetup(Target = nameof(TranslatedBefore))]
    public void ForNextChip() => _machine = Machine.With(_image, CpuEngine.Translator);

    [IterationSetup(Target = nameof(Translator))]
    public void ForTranslator() => _machine = Machine.With(Samples.Load(Workload), CpuEngine.Translator);

    [Benchmark(Baseline = true)]
    public long Interpreter() => _machine.Run(Cycles);

    [Benchmark]
    public long Translator() => _machine.Run(Cycles);

    [Benchmark]
    public long TranslatedBefore() => _machine.Run(Cycles);
}
