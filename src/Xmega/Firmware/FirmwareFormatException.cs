namespace Xmega.Firmware;

/// <summary>
/// A firmware file cannot be used. <see cref="Exception.Message"/> is exactly one line, fit to be shown as it is:
/// <c>file.hex:12: bad checksum: record says 0x3F, sum is 0x40; the file is damaged, copy or build it again</c>.
/// </summary>
public sealed class FirmwareFormatException : Exception
{
    /// <summary>Makes the one-line message from its parts.</summary>
    /// <param name="fileName">The file as the user named it; line breaks and other control characters become <c>?</c>.</param>
    /// <param name="line">Line in the file, from 1; null when the file has no lines or the whole file is meant.</param>
    /// <param name="problem">What is wrong and, after a semicolon, what to do about it.</param>
    public FirmwareFormatException(string fileName, int? line, string problem)
        : base(FirmwareText.OneLine(line is { } number
            ? FormattableString.Invariant($"{fileName}:{number}: {problem}")
            : $"{fileName}: {problem}"))
    {
        FileName = fileName;
        Line = line;
    }

    /// <summary>The file as the user named it.</summary>
    public string FileName { get; }

    /// <summary>Line in the file, from 1; null when the file has no lines or the whole file is meant.</summary>
    public int? Line { get; }
}
