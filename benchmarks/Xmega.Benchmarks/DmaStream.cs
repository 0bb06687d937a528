using BenchmarkDotNet.Attributes;

namespace Xmega.Benchmarks;

/// <summary>What a byte by DMA costs the host: a timer's overflow every 100 cycles moves one from a port into SRAM, beside the timer by itself.</summary>
[MemoryDiagnoser]
public class DmaStream
{
    private const int Bytes = 10_000;
    private const int Period = 100;

    private readonly Machine _timer = Timer();

    // DMA.CTRL = ENABLE; CH0: a byte a trigger from PORTC.IN to 0x2000 and on, blocks of 256, again and again.
    private readonly Machine _stream = Timer().Set(
        (0x0100, 0x80), (0x0112, 0x05) /* ADDRCTRL: source fixed, reload, destination up by one and reloaded with the block */,
        (0x0113, 0x40) /* TRIGSRC = TCC0_OVF */, (0x0114, 0x00), (0x0115, 0x01) /* TRFCNT = 256 */, (0x0116, 0) /* REPCNT: no end */,
        (0x0118, 0x48), (0x0119, 0x06), (0x011A, 0) /* SRCADDR */, (0x011C, 0x00), (0x011D, 0x20), (0x011E, 0) /* DESTADDR */,
        (0x0110, 0xA4) /* CTRLA = ENABLE, REPEAT, SINGLE, a byte a burst */);

    [Benchmark(Baseline = true, OperationsPerInvoke = Bytes)]
    public long Nothing() => _timer.Run(Bytes * (long)Period);

    [Benchmark(OperationsPerInvoke = Bytes)]
    public long Stream() => _stream.Run(Bytes * (long)Period);

    private static Machine Timer() => Machine.Asleep().Set((0x0826, Period - 1), (0x0827, 0) /* TCC0.PER */, (0x0800, 1) /* CTRLA = DIV1 */);
}
