using System.Text.Json;

namespace Xmega.Workbench.Profiling;

/// <summary>A profile as JSON, the form that <c>--baseline</c> reads again.</summary>
public static class ProfileJson
{
    /// <summary>Writes a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="json">Where to.</param>
    public static void Write(Profile profile, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("firmware", profile.Image.FileName);
        json.WriteNumber("cycles", profile.Cycles);
        json.WriteNumber("asleep", profile.Asleep);
        json.WriteNumber("stackBytes", profile.StackBytes);
        json.WriteStartArray("deepestCalls");
        foreach (string name in profile.DeepestCalls) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartArray("functions");
        foreach (FunctionCost f in profile.Functions)
        {
            json.WriteStartObject();
            json.WriteString("name", f.Function.Name);
            json.WriteString("address", FormattableString.Invariant($"0x{f.Function.Address:X5}"));
            json.WriteNumber("calls", f.Calls);
            json.WriteNumber("exclusive", f.Exclusive);
            json.WriteNumber("inclusive", f.Inclusive);
            json.WriteNumber("min", f.Minimum);
            json.WriteNumber("max", f.Maximum);
            json.WriteNumber("stackBytes", f.Stack);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("interrupts");
        foreach (InterruptCost i in profile.Interrupts)
        {
            json.WriteStartObject();
            json.WriteString("name", i.Name);
            json.WriteNumber("count", i.Count);
            json.WriteNumber("entry", i.Entry);
            json.WriteNumber("cycles", i.Cycles);
            WriteStatistics("latency", i.Latency);
            WriteStatistics("duration", i.Duration);
            json.WriteNumber("nesting", i.Nesting);
            json.WriteNumber("stackBytes", i.Stack);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("lines");
        foreach (LineCost line in profile.Lines())
        {
            if (line.Source is not { } source) continue;
            json.WriteStartObject();
            json.WriteString("file", source.File);
            json.WriteNumber("line", source.Line);
            json.WriteNumber("cycles", line.Cycles);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();

        void WriteStatistics(string name, CycleStatistics statistics)
        {
            json.WriteStartObject(name);
            json.WriteNumber("min", statistics.Minimum);
            json.WriteNumber("median", statistics.Median);
            json.WriteNumber("max", statistics.Maximum);
            json.WriteEndObject();
        }
    }

    /// <summary>Reads what a comparison needs of an earlier profile.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="fileName">How messages name it.</param>
    /// <returns>The numbers by name, as <see cref="ProfileNumbers.Of"/> names them.</returns>
    /// <exception cref="FormatException">The file is no such profile: one line that says so.</exception>
    public static ProfileNumbers Read(ReadOnlyMemory<byte> file, string fileName)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(file);
            JsonElement root = document.RootElement;
            var numbers = new ProfileNumbers();
            numbers.Add("cycles", root.GetProperty("cycles").GetInt64());
            numbers.Add("cycles asleep", root.GetProperty("asleep").GetInt64());
            numbers.Add("stack bytes", root.GetProperty("stackBytes").GetInt64());
            foreach (JsonElement f in root.GetProperty("functions").EnumerateArray()) numbers.Add($"{f.GetProperty("name").GetString()}()", f.GetProperty("exclusive").GetInt64());
            foreach (JsonElement i in root.GetProperty("interrupts").EnumerateArray()) numbers.Add(i.GetProperty("name").GetString()!, i.GetProperty("cycles").GetInt64() + i.GetProperty("entry").GetInt64());
            return numbers;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"{fileName}: not a profile that 'xmega profile --json' wrote: {FirmwareMessage(e)}");
        }
    }

    private static string FirmwareMessage(Exception e) => e.Message.ReplaceLineEndings(" ");
}

/// <summary>Cycles by name, to compare two profiles.</summary>
public sealed class ProfileNumbers
{
    private readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);

    /// <summary>Gets the numbers.</summary>
    public IReadOnlyDictionary<string, long> All => _numbers;

    /// <summary>The numbers of a profile: run, sleep, stack, exclusive cycles by function, cycles by interrupt.</summary>
    /// <param name="profile">The profile.</param>
    /// <returns>The numbers.</returns>
    public static ProfileNumbers Of(Profile profile)
    {
        var numbers = new ProfileNumbers();
        numbers.Add("cycles", profile.Cycles);
        numbers.Add("cycles asleep", profile.Asleep);
        numbers.Add("stack bytes", profile.StackBytes);
        foreach (FunctionCost f in profile.Functions) numbers.Add($"{f.Function.Name}()", f.Exclusive);
        foreach (InterruptCost i in profile.Interrupts) numbers.Add(i.Name, i.Cycles + i.Entry);
        return numbers;
    }

    // Static functions of several files may share a name: then they count together.
    internal void Add(string name, long number) => _numbers[name] = _numbers.GetValueOrDefault(name) + number;
}
