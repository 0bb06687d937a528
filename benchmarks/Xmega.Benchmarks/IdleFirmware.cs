using BenchmarkDotNet.Attributes;

namespace Xmega.Benchmarks;

/// <summary>
/// An emulated second at 2 MHz of a firmware that a timer wakes 32 or 100 times, for a hundredth of the time each, so that
/// it sleeps 99 % of the time; and of its busy twin, which has the same timer and handler and computes where the other
/// sleeps.
/// </summary>
[MemoryDiagnoser]
public class IdleFirmware
{
    private const long Second = 2_000_000;
    private const int Vector = 14; // TCC0_OVF

    private Machine _busy = null!;
    private Machine _idle = null!;

    /// <summary>Gets or sets how often it is woken in a second.</summary>
    [Params(32, 100)]
    public int Wakes { get; set; }

    [GlobalSetup]
    public void Create() => (_busy, _idle) = (Create(Code.Inc(17)), Create(Code.Sleep));

    [Benchmark(Baseline = true)]
    public long Busy() => _busy.Run(Second);

    [Benchmark]
    public long Asleep() => _idle.Run(Second);

    private Machine Create(ushort between)
    {
        const int Main = 0x40, Handler = 0x60, Turn = 4, Entry = 11;
        int period = (int)(Second / Wakes), turns = ((period / 100) - Entry) / Turn;
        var program = new ushort[Handler + 6];
        program[0] = Code.Rjmp(Main - 1);
        program[2 * Vector] = Code.Rjmp(Handler - (2 * Vector) - 1);
        ushort[] main = [Code.Ldi(24, 1), Code.Sts(24), Code.SleepControl, Code.Sei, between, Code.Rjmp(-2)];
        ushort[] handler = [Code.Ldi(18, turns), Code.Inc(19), Code.Dec(18), Code.Brne(-3), Code.Reti];
        main.CopyTo(program, Main);
        handler.CopyTo(program, Handler);
        return Machine.With(program).Set((0x00A2, 1) /* PMIC.CTRL = LOLVLEN */, (0x0806, 1) /* TCC0.INTCTRLA */, (0x0826, (period - 1) & 0xFF), (0x0827, (period - 1) >> 8) /* PER */, (0x0800, 1) /* CTRLA = DIV1 */);
    }
}
