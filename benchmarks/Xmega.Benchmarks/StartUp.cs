using BenchmarkDotNet.Attributes;
using Xmega.Cpu;
using Xmega.Firmware;

namespace Xmega.Benchmarks;

/// <summary>What a chip costs before its first instruction, inside a process that runs already; <c>benchmarks/startup</c> measures the process.</summary>
[MemoryDiagnoser]
public class StartUp
{
    private readonly FirmwareImage _image = Samples.Load("hello-usart");
    private readonly FirmwareImage _twin = Samples.Load("hello-usart");

    /// <summary>The second chip with an image: flash and decoded code are there.</summary>
    [Benchmark(Baseline = true)]
    public long ToFirstInstruction() => Machine.With(_image).Run(1);

    /// <summary>The chip alone.</summary>
    [Benchmark]
    public ATxmega128A1 NewChip() => new();

    /// <summary>What reading the file costs.</summary>
    [Benchmark]
    public FirmwareImage Image() => Samples.Load("hello-usart");

    /// <summary>A chip that translates keeps code of its own.</summary>
    [Benchmark]
    public long ToFirstInstructionTranslated() => Machine.With(_twin, CpuEngine.Translator).Run(1);
}
