using System.Buffers;

namespace Xmega.Firmware;

/// <summary>How messages about firmware files write file content and numbers.</summary>
internal static class FirmwareText
{
    /// <summary>What to do about a file whose content contradicts itself.</summary>
    public const string Damaged = "the file is damaged, copy or build it again";

    /// <summary>What to do about firmware for another chip.</summary>
    public const string Rebuild = "build with -mmcu=atxmega128a1";

    // What a terminal would act on, or an editor would break a line at. Files choose symbol names and users file names.
    private static readonly SearchValues<char> s_unprintable = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(code => (char)code), '\u2028', '\u2029']);

    /// <summary>The text with every control character and line separator replaced by <c>?</c>.</summary>
    public static string OneLine(string text)
    {
        if (!text.AsSpan().ContainsAny(s_unprintable)) return text;
        return string.Create(text.Length, text, static (output, source) =>
        {
            for (int i = 0; i < output.Length; i++)
                output[i] = s_unprintable.Contains(source[i]) ? '?' : source[i];
        });
    }

    /// <summary>A byte of a text file: <c>'G'</c>, or <c>byte 0x1A</c> where there is nothing to print.</summary>
    public static string Character(byte value) =>
        value is > 0x20 and < 0x7F ? $"'{(char)value}'" : $"byte 0x{value:X2}";

    /// <summary><c>byte 0x000010</c> or <c>bytes 0x000010 to 0x00001F</c>.</summary>
    public static string Range(uint first, long length) =>
        length == 1 ? $"byte 0x{first:X6}" : $"bytes 0x{first:X6} to 0x{first + length - 1:X6}";

    /// <summary><c>1 byte</c> or <c>16 bytes</c>.</summary>
    public static string Bytes(long count) => Count(count, "byte");

    /// <summary><c>1 record</c> or <c>16 records</c>.</summary>
    public static string Count(long count, string noun) =>
        FormattableString.Invariant($"{count} {noun}{(count == 1 ? "" : "s")}");
}
