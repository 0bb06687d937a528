namespace Xmega.Firmware;

/// <summary>How messages about firmware files write file content and numbers.</summary>
internal static class FirmwareText
{
    /// <summary>What to do about a file whose content contradicts itself.</summary>
    public const string Damaged = "the file is damaged, copy or build it again";

    /// <summary>What to do about firmware for another chip.</summary>
    public const string Rebuild = "build with -mmcu=atxmega128a1";

    /// <summary>The text with every control character and line separator replaced by <c>?</c>.</summary>
    public static string OneLine(string text)
    {
        char[]? printable = null;
        for (int i = 0; i < text.Length; i++)
            if (IsUnprintable(text[i])) (printable ??= text.ToCharArray())[i] = '?';
        return printable is null ? text : new string(printable);
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

    // What a terminal would act on, or an editor would break a line at. Files choose symbol names and users file names.
    private static bool IsUnprintable(char character) => char.IsControl(character) || character is '\u2028' or '\u2029';
}
