using System.Collections.Concurrent;
using System.Globalization;
using Xmega.Cpu;
using Xunit;

namespace Xmega.Tests.Cpu.Engines;

/// <summary>
/// However the CPU runs, one instruction after the other, with fused instructions or translated, nobody can tell: random
/// programs with random interrupts and events leave the same registers, memory and cycle at every look, and the same
/// accesses in the same cycles.
/// </summary>
public class EngineTests
{
    /// <summary>Times as many programs: XMEGA_ENGINE_TESTS=100 makes 10,000 million instructions.</summary>
    private static int Scale => int.TryParse(Environment.GetEnvironmentVariable("XMEGA_ENGINE_TESTS"), NumberStyles.None, CultureInfo.InvariantCulture, out int scale) ? scale : 1;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Engines_agree_on_random_programs(int share)
    {
        int programs = 43 * Scale; // 100 million instructions in all, on three engines
        Parallel.For(0, programs, new ParallelOptions { MaxDegreeOfParallelism = 2 }, n => Compare((share * programs) + n, 200_000));
    }

    [Fact]
    public void Fused_runs_do_what_their_parts_do_one_by_one()
    {
        var seen = new ConcurrentDictionary<Op, bool>();
        Parallel.For(0, 60 * Scale, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            EngineLab expected = new EngineLab(seed, singleSteps: true, translates: false, runs: true).Run(50_000);
            EngineLab actual = new EngineLab(seed, singleSteps: false, translates: false, runs: true).Run(50_000);
            EngineLab translated = new EngineLab(seed, singleSteps: false, translates: true, runs: true).Run(50_000);
            Assert.True(expected.Looks.SequenceEqual(translated.Looks), $"seed {seed}, translated\n{expected.Where}\n{translated.Where}");
            Assert.True(expected.Looks.SequenceEqual(actual.Looks), $"seed {seed}\n{expected.Where}\n{actual.Where}");
            foreach (Op op in actual.FusedOps) seen[op] = true;
        });
        Assert.Empty(Fusion.Rules.Select(rule => rule.Fused).Except(seen.Keys));
    }

    private static void Compare(int seed, long instructions)
    {
        EngineLab expected = new EngineLab(seed, singleSteps: true, translates: false).Run(instructions);
        foreach (bool translates in new[] { false, true })
        {
            EngineLab actual = new EngineLab(seed, singleSteps: false, translates).Run(instructions);
            if (actual.Chip.Cpu.Translator.Failure is { } failure) Assert.Fail($"seed {seed}: {failure}");
            if (!expected.Looks.SequenceEqual(actual.Looks)) Assert.Fail($"seed {seed}, translated: {translates}: {FirstDifference(seed, translates, instructions)}\n{expected.Where}\n{actual.Where}");
        }
    }

    private static string FirstDifference(int seed, bool translates, long instructions)
    {
        List<string> expected = [], actual = [];
        if (Environment.GetEnvironmentVariable("XMEGA_ENGINE_DUMP") is { } folder) File.WriteAllBytes(Path.Combine(folder, $"{seed}.bin"), new RandomProgram(seed).Bytes);
        _ = new EngineLab(seed, singleSteps: true, translates: false) { Log = expected }.Run(instructions);
        _ = new EngineLab(seed, singleSteps: false, translates) { Log = actual }.Run(instructions);
        int same = 0;
        while (same < expected.Count && same < actual.Count && expected[same] == actual[same]) same++;
        return $"note {same}:\n{string.Join('\n', expected.Skip(Math.Max(same - 3, 0)).Take(5))}\nbut\n{string.Join('\n', actual.Skip(same).Take(2))}";
    }
}
