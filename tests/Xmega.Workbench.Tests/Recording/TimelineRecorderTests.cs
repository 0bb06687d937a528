using System.Text;
using System.Text.Json;
using Xmega.Firmware;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Routing;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Recording;

/// <summary>The timeline holds what the run did, in the form that trace viewers read.</summary>
public class TimelineRecorderTests
{
    [Fact]
    public void Functions_nest_and_cover_the_run_that_interrupts_and_sleep_do_not()
    {
        FirmwareImage image = Programs.Fixture("profiled.elf");
        ATxmega128A1 chip = Programs.Chip(image);
        (JsonElement[] entries, RunResult run) = Record(chip, image);
        JsonElement[] functions = [.. Slices(entries, 1, 1)];
        AssertNested(functions);
        Assert.Equal(6, functions.Count(f => Name(f) == "recursive"));
        Assert.Single(functions, f => Name(f) == "main");
        JsonElement[] handlers = [.. Slices(entries, 1, 2)];
        AssertNested(handlers);
        Assert.Equal(3, handlers.Count(h => Name(h) == "TCC0_OVF"));
        Assert.All(handlers.Where(h => Name(h) == "TCC0_OVF"), h => Assert.Equal(43, Cycles(h)));
        Assert.Equal(run.SleepCycles, Slices(entries, 1, 9).Sum(Cycles));
    }

    [Fact]
    public void Arrows_go_from_the_generator_by_the_channel_to_the_user()
    {
        FirmwareImage image = Programs.Sample("edge-timestamp-event");
        ATxmega128A1 chip = Programs.Chip(image);
        string stimulus = Programs.SampleFile("edge-timestamp-event", "stimulus.txt");
        _ = new StimulusPlayer(chip, StimulusFile.Parse(File.ReadAllText(stimulus), stimulus, chip), "stimulus");
        (JsonElement[] entries, RunResult run) = Record(chip, image);
        var names = entries.Where(e => e.GetProperty("ph").GetString() == "M" && e.TryGetProperty("tid", out _)).ToDictionary(e => (e.GetProperty("pid").GetInt32(), e.GetProperty("tid").GetInt32()), e => e.GetProperty("args").GetProperty("name").GetString());
        var flows = entries.Where(e => e.GetProperty("ph").GetString() is "s" or "t" or "f").GroupBy(e => e.GetProperty("id").GetInt32()).ToArray();
        Assert.Equal(run.Events["CH0"], flows.Length);
        foreach (var flow in flows)
        {
            Assert.Equal(["generator PORTC_PIN0", "channel 0", "user TCC0 capture CCA"], flow.Select(f => names[(2, f.GetProperty("tid").GetInt32())]));
            Assert.Equal(["s", "t", "f"], flow.Select(f => f.GetProperty("ph").GetString()));
            // Each end of an arrow lies on a slice of its track.
            foreach (JsonElement end in flow)
                Assert.Contains(Slices(entries, 2, end.GetProperty("tid").GetInt32()), s => s.GetProperty("ts").GetDecimal() == end.GetProperty("ts").GetDecimal());
        }

        Assert.Equal("PORTC_PIN0", EventRouting.Of(chip)[0].Generator);
        Assert.Equal([new EventUser("TCC0", "capture CCA")], EventRouting.Of(chip)[0].Users);
    }

    [Fact]
    public void Two_runs_give_the_same_bytes_and_a_limit_ends_the_file_whole()
    {
        FirmwareImage image = Programs.Sample("blink-event");
        Assert.Equal(Bytes(image, TimelineRecorder.DefaultLimit), Bytes(image, TimelineRecorder.DefaultLimit));
        JsonElement[] entries = [.. JsonDocument.Parse(Bytes(image, 10)).RootElement.GetProperty("traceEvents").EnumerateArray()];
        Assert.Equal(10, entries.Length);
    }

    private static byte[] Bytes(FirmwareImage image, int limit)
    {
        using var stream = new MemoryStream();
        ATxmega128A1 chip = Programs.Chip(image);
        using (var recorder = new TimelineRecorder(chip, image, stream, limit))
            new FirmwareRun(chip, image, new RunOptions { For = new EmulatedTime(20_000, true), Observers = [recorder] }).Run();
        return stream.ToArray();
    }

    private static (JsonElement[] Entries, RunResult Run) Record(ATxmega128A1 chip, FirmwareImage image)
    {
        using var stream = new MemoryStream();
        RunResult run;
        using (var recorder = new TimelineRecorder(chip, image, stream)) run = new FirmwareRun(chip, image, new RunOptions { Observers = [recorder] }).Run();
        return ([.. JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).RootElement.GetProperty("traceEvents").EnumerateArray()], run);
    }

    private static IEnumerable<JsonElement> Slices(JsonElement[] entries, int process, int track) =>
        entries.Where(e => e.GetProperty("ph").GetString() == "X" && e.GetProperty("pid").GetInt32() == process && e.GetProperty("tid").GetInt32() == track);

    private static string Name(JsonElement entry) => entry.GetProperty("name").GetString()!;

    // At 2 MHz, which the firmware keeps.
    private static long Cycles(JsonElement slice) => (long)(slice.GetProperty("dur").GetDecimal() * 2);

    // A viewer stacks slices: two of one track lie apart or one within the other.
    private static void AssertNested(JsonElement[] slices)
    {
        var ends = new Stack<decimal>();
        foreach (JsonElement slice in slices.OrderBy(s => s.GetProperty("ts").GetDecimal()).ThenByDescending(s => s.GetProperty("dur").GetDecimal()))
        {
            decimal start = slice.GetProperty("ts").GetDecimal(), end = start + slice.GetProperty("dur").GetDecimal();
            while (ends.TryPeek(out decimal open) && open <= start) ends.Pop();
            Assert.True(ends.Count == 0 || end <= ends.Peek(), $"{Name(slice)} at {start} ends after what it lies in");
            ends.Push(end);
        }
    }
}
