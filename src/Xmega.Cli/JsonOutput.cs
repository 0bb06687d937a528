using System.Text.Encodings.Web;
using System.Text.Json;

namespace Xmega.Cli;

/// <summary>One JSON value on stdout, keys in the order they are written, with a newline at the end.</summary>
internal sealed class JsonOutput : IDisposable
{
    private readonly Stream _stdout = Console.OpenStandardOutput();

    public JsonOutput() => Writer = new Utf8JsonWriter(_stdout, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public Utf8JsonWriter Writer { get; }

    public void Dispose()
    {
        Writer.Dispose();
        _stdout.WriteByte((byte)'\n');
        _stdout.Dispose();
    }
}
