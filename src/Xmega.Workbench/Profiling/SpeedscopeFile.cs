using System.Text.Json;

namespace Xmega.Workbench.Profiling;

/// <summary>Writes a profile for speedscope (https://www.speedscope.app), a sample for each way to a function, weighted by its cycles.</summary>
public static class SpeedscopeFile
{
    /// <summary>Writes the file.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="name">The profile's name.</param>
    /// <param name="stream">Where to; left open.</param>
    public static void Write(Profile profile, string name, Stream stream)
    {
        var frames = new List<CallNode>();
        var indices = new Dictionary<(string, int), int>();
        var samples = new List<(int[] Stack, long Cycles)>();
        foreach ((IReadOnlyList<CallNode> path, long cycles) in profile.Paths()) samples.Add(([.. path.Select(Index)], cycles));
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("$schema", "https://www.speedscope.app/file-format-schema.json");
        json.WriteString("name", name);
        json.WriteString("exporter", "xmega");
        json.WriteStartObject("shared");
        json.WriteStartArray("frames");
        foreach (CallNode frame in frames)
        {
            json.WriteStartObject();
            json.WriteString("name", CollapsedStacks.Label(frame));
            if (frame.Address >= 0 && profile.Image.Lines.Find((uint)frame.Address) is { } line)
            {
                json.WriteString("file", line.File);
                json.WriteNumber("line", line.Line);
            }

            json.WriteEndObject();
        }

        if (profile.Asleep > 0) WriteFrame("[asleep]");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("profiles");
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", $"{name} (cycles)");
        json.WriteString("unit", "none");
        json.WriteNumber("startValue", 0);
        json.WriteNumber("endValue", samples.Sum(s => s.Cycles) + profile.Asleep);
        json.WriteStartArray("samples");
        foreach ((int[] stack, _) in samples) WriteStack(stack);
        if (profile.Asleep > 0) WriteStack([frames.Count]);
        json.WriteEndArray();
        json.WriteStartArray("weights");
        foreach ((_, long cycles) in samples) json.WriteNumberValue(cycles);
        if (profile.Asleep > 0) json.WriteNumberValue(profile.Asleep);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();

        int Index(CallNode node)
        {
            (string, int) key = (CollapsedStacks.Label(node), node.Address);
            if (indices.TryGetValue(key, out int index)) return index;
            frames.Add(node);
            indices.Add(key, frames.Count - 1);
            return frames.Count - 1;
        }

        void WriteFrame(string frame)
        {
            json.WriteStartObject();
            json.WriteString("name", frame);
            json.WriteEndObject();
        }

        void WriteStack(int[] stack)
        {
            json.WriteStartArray();
            foreach (int frame in stack) json.WriteNumberValue(frame);
            json.WriteEndArray();
        }
    }
}
