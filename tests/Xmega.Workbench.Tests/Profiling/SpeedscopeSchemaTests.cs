using System.Text.Json;
using Json.Schema;
using Xmega.Firmware;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Profiling;

/// <summary>The profile for speedscope is what speedscope's published schema says; .ci/run fetches the schema.</summary>
public class SpeedscopeSchemaTests
{
    [Fact]
    public void A_profile_is_valid_by_the_published_schema_and_a_damaged_one_is_not()
    {
        string? speedscope = Environment.GetEnvironmentVariable("XMEGA_SPEEDSCOPE");
        Assert.True(speedscope is not null || Environment.GetEnvironmentVariable("CI") != "true", "XMEGA_SPEEDSCOPE names no directory, and CI is true: see .ci/run");
        if (speedscope is null) return;
        JsonSchema schema = JsonSchema.FromFile(Path.Combine(speedscope, "file-format-schema.json"));
        string profile = Speedscope();
        Assert.True(IsValid(schema, profile));
        Assert.False(IsValid(schema, profile.Replace("\"sampled\"", "\"simpled\"", StringComparison.Ordinal)));
    }

    private static bool IsValid(JsonSchema schema, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return schema.Evaluate(document.RootElement).IsValid;
    }

    private static string Speedscope()
    {
        FirmwareImage image = Programs.Fixture("profiled.elf");
        ATxmega128A1 chip = Programs.Chip(image);
        var profiler = new Profiler(chip, image);
        new FirmwareRun(chip, image, new RunOptions { Observers = [profiler] }).Run();
        using var stream = new MemoryStream();
        SpeedscopeFile.Write(profiler.Finish(), "profiled", stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
