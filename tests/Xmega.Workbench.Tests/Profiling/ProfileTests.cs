using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using CsCheck;
using Xmega.Firmware;
using Xmega.TestSupport;
using Xmega.Workbench.Coverage;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xmega.Workbench.Tracing;
using Xunit;

namespace Xmega.Workbench.Tests.Profiling;

/// <summary>A profile counts every cycle once, and where an independent sum over the trace says it belongs.</summary>
public class ProfileTests
{
    private static readonly FirmwareImage Firmware = Programs.Fixture("profiled.elf");
    private static readonly (Profile Profile, RunResult Run) Profiled = Run(Firmware);

    [Fact]
    public void Every_cycle_of_the_run_is_counted_once()
    {
        Profile profile = Profiled.Profile;
        Assert.Equal(Profiled.Run.Cycles, profile.Cycles);
        Assert.Equal(profile.Cycles, profile.Functions.Sum(f => f.Exclusive) + profile.Interrupts.Sum(i => i.Entry) + profile.Asleep + profile.InReset);
        Assert.Equal(profile.Cycles, profile.Paths().Sum(p => p.Cycles) + profile.Asleep + profile.InReset);
        Assert.Equal(profile.Functions.Sum(f => f.Exclusive), profile.CyclesByWord.Sum());
        Assert.Equal(profile.CyclesByWord.Sum(), profile.Lines().Sum(l => l.Cycles));
    }

    [Theory]
    [InlineData("nested-interrupts")]
    [InlineData("hello-usart")]
    [InlineData("sampling-interrupt")]
    public void Every_cycle_of_a_sample_is_counted_once(string sample)
    {
        (Profile profile, RunResult run) = Run(Programs.Sample(sample));
        Assert.Equal(run.Cycles, profile.Cycles);
        Assert.Equal(run.Cycles, profile.Functions.Sum(f => f.Exclusive) + profile.Interrupts.Sum(i => i.Entry) + profile.Asleep + profile.InReset);
        Assert.Equal(run.SleepCycles, profile.Asleep);
        Assert.Equal(run.Interrupts, profile.Interrupts.ToDictionary(i => i.Name, i => i.Count).OrderBy(i => i.Key, StringComparer.Ordinal).ToDictionary());
    }

    // The oracle: a plain listener that adds up cycles by address range, with interrupt entries and sleep left out by looking at the next instruction's start.
    [Fact]
    public void Own_cycles_of_each_function_are_what_the_trace_says_of_its_addresses()
    {
        ATxmega128A1 chip = Programs.Chip(Firmware);
        using var writer = new StringWriter();
        new FirmwareRun(chip, Firmware, new RunOptions { Observers = [new InstructionTracer(chip, Firmware, new TraceFilter(), writer)] }).Run();
        var byFunction = new Dictionary<string, long>();
        foreach (string line in writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields[1].StartsWith("interrupt", StringComparison.Ordinal) || fields[1].StartsWith("asleep", StringComparison.Ordinal)) continue;
            uint address = Convert.ToUInt32(fields[1], 16);
            string function = Firmware.FunctionAt(address)!.Value.Symbol.Name;
            byFunction[function] = byFunction.GetValueOrDefault(function) + long.Parse(fields[4], System.Globalization.CultureInfo.InvariantCulture);
        }

        Assert.Equal(byFunction.OrderBy(f => f.Key, StringComparer.Ordinal), Profiled.Profile.Functions.ToDictionary(f => f.Function.Name, f => f.Exclusive).OrderBy(f => f.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Calls_recursion_tail_calls_and_stack_are_told_apart()
    {
        FunctionCost recursive = Function("recursive"), leaf = Function("leaf"), main = Function("main"), stack = Function("onstack.constprop.0");
        Assert.Equal(6, recursive.Calls);
        Assert.Equal(recursive.Exclusive, recursive.Inclusive); // counted once, not once a level
        Assert.Equal(2, leaf.Calls); // one of them by a jump from tail()
        Assert.Equal(1, main.Calls);
        Assert.Equal(main.Exclusive + recursive.Exclusive + leaf.Exclusive + stack.Exclusive + Function("tail.constprop.1").Exclusive, main.Inclusive);
        Assert.Equal(6 * 4, recursive.Stack); // return address and one saved register a level
        Assert.Equal(45, stack.Stack); // return address, Y, 40 bytes
        Assert.Equal(Profiled.Profile.StackBytes, Profiled.Profile.DeepestCalls.Count > 0 ? main.Stack : -1);
        Assert.Equal(["main", "onstack.constprop.0"], Profiled.Profile.DeepestCalls);
        Assert.DoesNotContain(Profiled.Profile.Functions, f => f.Function.Name == "never");
    }

    [Fact]
    public void Interrupts_have_their_latency_and_length()
    {
        InterruptCost overflow = Assert.Single(Profiled.Profile.Interrupts);
        Assert.Equal("TCC0_OVF", overflow.Name);
        Assert.Equal(3, overflow.Count);
        Assert.Equal(3 * 8, overflow.Entry); // five to wake up, three to push
        Assert.Equal((9, 9), (overflow.Latency.Minimum, overflow.Latency.Maximum)); // one more to the boundary
        Assert.Equal(3 * 43, overflow.Cycles);
        Assert.Equal(43, overflow.Duration.Median);
        Assert.Equal(8, overflow.Stack); // return address and five saved bytes
    }

    [Fact]
    public void Collapsed_stacks_name_interrupts_and_sleep()
    {
        using var writer = new StringWriter();
        CollapsedStacks.Write(Profiled.Profile, writer);
        string[] lines = writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("main;[TCC0_OVF];__vector_14 96", lines);
        Assert.Contains($"[asleep] {Profiled.Profile.Asleep}", lines);
        Assert.Equal(Profiled.Profile.Cycles, lines.Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Speedscope_weights_add_up_and_samples_name_frames()
    {
        var stream = new MemoryStream();
        SpeedscopeFile.Write(Profiled.Profile, "profiled.elf", stream);
        JsonElement root = JsonDocument.Parse(stream.ToArray()).RootElement;
        JsonElement profile = root.GetProperty("profiles")[0];
        int frames = root.GetProperty("shared").GetProperty("frames").GetArrayLength();
        Assert.Equal(profile.GetProperty("samples").GetArrayLength(), profile.GetProperty("weights").GetArrayLength());
        Assert.Equal(Profiled.Profile.Cycles, profile.GetProperty("weights").EnumerateArray().Sum(w => w.GetInt64()));
        Assert.All(profile.GetProperty("samples").EnumerateArray().SelectMany(s => s.EnumerateArray()), i => Assert.InRange(i.GetInt32(), 0, frames - 1));
    }

    [Fact]
    public void Coverage_says_what_ran_and_which_way_branches_went()
    {
        FileCoverage file = Assert.Single(FirmwareCoverage.Of(Profiled.Profile).Files);
        Assert.Equal("/firmware/profiled.c", file.File);
        Assert.Equal(0, file.Functions.Single(f => f.Name == "never").Calls);
        Assert.Equal(6, file.Functions.Single(f => f.Name == "recursive").Calls);
        Assert.Equal(0, file.Lines.Single(l => l.Line == 35).Hits); // the body of never()
        LineCoverage condition = file.Lines.Single(l => l.Line == 51); // if (result == 12345) never();
        Assert.Contains(condition.Branches, b => b is { Taken: 1, NotTaken: 0 });
    }

    [Fact]
    public async Task Coverage_files_are_what_they_were()
    {
        FirmwareCoverage coverage = FirmwareCoverage.Of(Profiled.Profile);
        using var lcov = new StringWriter();
        LcovFile.Write(coverage, lcov);
        using var cobertura = new MemoryStream();
        CoberturaFile.Write(coverage, "profiled.elf", cobertura);
        XDocument.Parse(Encoding.UTF8.GetString(cobertura.ToArray()));
        await Verifier.Verify($"{lcov}\n{Encoding.UTF8.GetString(cobertura.ToArray())}\n");
    }

    [Fact]
    public void Lcov_counts_are_the_lines_they_count()
    {
        using var lcov = new StringWriter();
        LcovFile.Write(FirmwareCoverage.Of(Profiled.Profile), lcov);
        string[] lines = lcov.ToString().Split('\n');
        Assert.Contains($"LF:{lines.Count(l => l.StartsWith("DA:", StringComparison.Ordinal))}", lines);
        Assert.Contains($"LH:{lines.Count(l => l.StartsWith("DA:", StringComparison.Ordinal) && !l.EndsWith(",0", StringComparison.Ordinal))}", lines);
        Assert.Contains($"BRF:{lines.Count(l => l.StartsWith("BRDA:", StringComparison.Ordinal))}", lines);
    }

    [Fact]
    public void A_baseline_read_back_has_the_same_numbers()
    {
        var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) ProfileJson.Write(Profiled.Profile, json);
        Assert.Equal(ProfileNumbers.Of(Profiled.Profile).All, ProfileJson.Read(stream.ToArray(), "old.json").All);
        string message = Assert.Throws<FormatException>(() => ProfileJson.Read("{\"cycles\":1}"u8.ToArray(), "old.json")).Message;
        Assert.StartsWith("old.json: not a profile", message, StringComparison.Ordinal);
    }

    // Calls, returns, interrupts by RETI and stacks that jump about: whatever a program does to its stack, no cycle is lost and nothing throws.
    [Fact]
    public void Whatever_happens_to_the_stack_no_cycle_is_lost()
    {
        string[] pieces = ["rcall f", "rcall g", "push r0", "pop r0", "in r16, 0x3d", "subi r16, 5", "out 0x3d, r16", "reti", "ret", "nop", "rjmp f", "sei", "inc r17"];
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[5, 40].Sample(
            body =>
            {
                FirmwareImage image = Programs.Assemble([.. body.Take(body.Length / 2), "f:", .. body.Skip(body.Length / 2), "g:", "inc r18", "ret"]);
                ATxmega128A1 chip = Programs.Chip(image);
                var profiler = new Profiler(chip, image);
                RunResult run = new FirmwareRun(chip, image, new RunOptions { For = new EmulatedTime(300, true), Observers = [profiler] }).Run();
                Profile profile = profiler.Finish();
                Assert.Equal(run.Cycles, profile.Functions.Sum(f => f.Exclusive) + profile.Interrupts.Sum(i => i.Entry) + profile.Asleep + profile.InReset);
                Assert.Equal(run.Cycles, profile.Paths().Sum(p => p.Cycles) + profile.Asleep + profile.InReset);
            },
            iter: 200,
            seed: "0000000000000");
    }

    private static FunctionCost Function(string name) => Profiled.Profile.Functions.Single(f => f.Function.Name == name);

    private static (Profile Profile, RunResult Run) Run(FirmwareImage image)
    {
        ATxmega128A1 chip = Programs.Chip(image);
        var profiler = new Profiler(chip, image);
        RunResult run = new FirmwareRun(chip, image, new RunOptions { Observers = [profiler] }).Run();
        return (profiler.Finish(), run);
    }
}
