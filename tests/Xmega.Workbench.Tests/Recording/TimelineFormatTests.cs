using System.Text.Json;
using System.Text.RegularExpressions;
using Xmega.Firmware;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Recording;

/// <summary>
/// The timeline keeps the rules of the Trace Event Format, of which no schema is published: they are written out here
/// from its document; and speedscope, which imports the format, has the last word on them.
/// </summary>
public partial class TimelineFormatTests
{
    [Theory]
    [InlineData("nested-interrupts", 200_000)]
    [InlineData("edge-timestamp-event", 200_000)]
    [InlineData("adc-event-dma", 100_000)]
    [InlineData("dma-memcpy", 50_000)]
    [InlineData("watchdog", 400_000)]
    [InlineData("pulse-count-event", 100_000)]
    public void Every_entry_is_as_the_format_says(string sample, int cycles) => AssertValid(Record(Programs.Sample(sample), sample, cycles).Json);

    // STROBE of channels 0 and 1, and only 1 has a user: it clocks TCC0.
    [Fact]
    public void Events_of_software_are_as_the_format_says_with_users_and_without() =>
        AssertValid(Record(Programs.Assemble("ldi r16, 9", "sts 0x0800, r16", "ldi r16, 3", "sts 0x0190, r16", "nop", "nop", "nop", "self:", "rjmp self"), null, 100).Json);

    private static void AssertValid(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Contains(document.RootElement.GetProperty("displayTimeUnit").GetString(), new[] { "ms", "ns" });
        JsonElement[] entries = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray()];
        foreach (JsonElement entry in entries) AssertEntry(entry);
        AssertNamed(entries);
        AssertFlows(entries);
        foreach (var track in entries.Where(e => Phase(e) == "X").GroupBy(Track)) AssertNested([.. track]);
    }

    [Fact]
    public void Speedscope_reads_the_tracks_of_the_CPU_and_finds_every_cycle_in_them()
    {
        string? speedscope = Environment.GetEnvironmentVariable("XMEGA_SPEEDSCOPE");
        Assert.True(speedscope is not null || Environment.GetEnvironmentVariable("CI") != "true", "XMEGA_SPEEDSCOPE names no directory, and CI is true: see .ci/run");
        if (speedscope is null || !Browser.IsInstalled) return;
        (byte[] json, RunResult run) = Record(Programs.Fixture("profiled.elf"), null, 1_000_000);
        using var files = new TemporaryDirectory();
        foreach (string file in Directory.GetFiles(speedscope)) File.Copy(file, files[Path.GetFileName(file)]);

        // As its own command line hands a file over.
        File.WriteAllText(files["timeline.js"], $"speedscope.loadFileFromBase64('timeline.json', '{Convert.ToBase64String(json)}')");
        string page = Browser.Open(files, $"index.html#localProfilePath={files["timeline.js"]}", 1000);
        Assert.Contains("<title>timeline.json - speedscope</title>", page, StringComparison.Ordinal);
        string text = Spaces().Replace(Tags().Replace(page, " "), " ");
        Dictionary<string, decimal> tracks = Weights().Matches(text).ToDictionary(m => m.Groups["track"].Value, m => decimal.Parse(m.Groups["time"].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(["asleep", "interrupts, low level", "main program"], tracks.Keys.Order(StringComparer.Ordinal));

        // Microseconds of a run at 2 MHz; the program is under way while it is interrupted or sleeps.
        Assert.Equal(run.SleepCycles / 2m, tracks["asleep"]);
        Assert.Equal(run.Cycles / 2m, tracks["main program"]);
        Assert.True(tracks["interrupts, low level"] > 0);
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // In its list: 2 CPU (pid 1), asleep (tid 9) 230.50µs
    [GeneratedRegex(@"\d CPU \(pid 1\), (?<track>[^(]+) \(tid \d+\) (?<time>[0-9.]+)µs")]
    private static partial Regex Weights();

    private static void AssertEntry(JsonElement entry)
    {
        Assert.Equal(JsonValueKind.Number, entry.GetProperty("pid").ValueKind);
        Assert.NotEmpty(entry.GetProperty("name").GetString()!);
        if (Phase(entry) == "M")
        {
            Assert.Contains(entry.GetProperty("name").GetString(), new[] { "process_name", "thread_name" });
            Assert.Equal(entry.GetProperty("name").GetString() == "thread_name", entry.TryGetProperty("tid", out _));
            Assert.NotEmpty(entry.GetProperty("args").GetProperty("name").GetString()!);
            return;
        }

        Assert.Equal(JsonValueKind.Number, entry.GetProperty("tid").ValueKind);
        Assert.True(entry.GetProperty("ts").GetDecimal() >= 0);
        switch (Phase(entry))
        {
            case "X":
                Assert.True(entry.GetProperty("dur").GetDecimal() >= 0);
                break;
            case "i":
                Assert.Contains(entry.GetProperty("s").GetString(), new[] { "g", "p", "t" });
                break;
            case "s" or "t" or "f":
                Assert.NotEmpty(entry.GetProperty("cat").GetString()!);
                Assert.True(entry.TryGetProperty("id", out _));
                break;
            default:
                Assert.Fail($"no phase that a viewer knows: {entry}");
                break;
        }
    }

    // A process and a thread are named once, before anything of theirs.
    private static void AssertNamed(JsonElement[] entries)
    {
        var processes = new HashSet<int>();
        var tracks = new HashSet<(int, int)>();
        foreach (JsonElement entry in entries)
        {
            int process = entry.GetProperty("pid").GetInt32();
            if (Phase(entry) != "M") Assert.Contains(Track(entry), tracks);
            else if (entry.TryGetProperty("tid", out _)) Assert.True(processes.Contains(process) && tracks.Add(Track(entry)), $"named twice, or before its process: {entry}");
            else Assert.True(processes.Add(process), $"named twice: {entry}");
        }
    }

    // An arrow has one start, then steps, then one or more ends (one for each user), none before the one it comes from, each on a slice.
    private static void AssertFlows(JsonElement[] entries)
    {
        ILookup<(int, int), JsonElement> slices = entries.Where(e => Phase(e) == "X").ToLookup(Track);
        foreach (var flow in entries.Where(e => Phase(e) is "s" or "t" or "f").GroupBy(e => (e.GetProperty("cat").GetString(), e.GetProperty("name").GetString(), e.GetProperty("id").GetInt64())))
        {
            Assert.Matches("^st?f+$", string.Concat(flow.Select(Phase)));
            Assert.Equal(flow.Select(Start).Order(), flow.Select(Start));
            foreach (JsonElement end in flow) Assert.Contains(slices[Track(end)], s => Start(s) <= Start(end) && Start(end) <= Start(s) + s.GetProperty("dur").GetDecimal());
            foreach (JsonElement end in flow.Where(e => Phase(e) == "f")) Assert.Equal("e", end.GetProperty("bp").GetString());
        }
    }

    // Slices of one track lie apart or one within the other.
    private static void AssertNested(JsonElement[] slices)
    {
        var ends = new Stack<decimal>();
        foreach (JsonElement slice in slices.OrderBy(Start).ThenByDescending(s => s.GetProperty("dur").GetDecimal()))
        {
            decimal end = Start(slice) + slice.GetProperty("dur").GetDecimal();
            while (ends.TryPeek(out decimal open) && open <= Start(slice)) ends.Pop();
            Assert.True(ends.Count == 0 || end <= ends.Peek(), $"ends after what it lies in: {slice}");
            ends.Push(end);
        }
    }

    private static string Phase(JsonElement entry) => entry.GetProperty("ph").GetString()!;

    private static decimal Start(JsonElement entry) => entry.GetProperty("ts").GetDecimal();

    private static (int Process, int Track) Track(JsonElement entry) => (entry.GetProperty("pid").GetInt32(), entry.GetProperty("tid").GetInt32());

    private static (byte[] Json, RunResult Run) Record(FirmwareImage image, string? sample, int cycles)
    {
        ATxmega128A1 chip = Programs.Chip(image);
        if (sample is not null && Programs.SampleFile(sample, "stimulus.txt") is var stimulus && File.Exists(stimulus))
            _ = new StimulusPlayer(chip, StimulusFile.Parse(File.ReadAllText(stimulus), stimulus, chip), "stimulus");
        using var stream = new MemoryStream();
        RunResult run;
        using (var recorder = new TimelineRecorder(chip, image, stream)) run = new FirmwareRun(chip, image, new RunOptions { For = new EmulatedTime(cycles, true), Observers = [recorder] }).Run();
        return (stream.ToArray(), run);
    }
}
