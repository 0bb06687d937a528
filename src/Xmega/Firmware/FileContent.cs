namespace Xmega.Firmware;

/// <summary>Tells firmware formats apart by content, and says what else a file looks like.</summary>
internal static class FileContent
{
    private const int SampleBytes = 512; // enough to tell text from binary

    /// <summary>The byte order mark some editors put before UTF-8 text.</summary>
    public static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>ELF's first four bytes.</summary>
    public static ReadOnlySpan<byte> ElfMagic => [0x7F, (byte)'E', (byte)'L', (byte)'F'];

    /// <summary>The format of a file.</summary>
    /// <exception cref="FirmwareFormatException">Neither Intel HEX nor ELF.</exception>
    public static FirmwareFormat Recognise(ReadOnlySpan<byte> file, string fileName)
    {
        if (file.StartsWith(ElfMagic)) return FirmwareFormat.Elf;
        ReadOnlySpan<byte> text = file.StartsWith(ByteOrderMark) ? file[ByteOrderMark.Length..] : file;
        while (!text.IsEmpty && text[0] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') text = text[1..];
        if (!text.IsEmpty && text[0] == (byte)':') return FirmwareFormat.IntelHex;
        throw new FirmwareFormatException(fileName, null, Describe(file, text));
    }

    private static string Describe(ReadOnlySpan<byte> file, ReadOnlySpan<byte> text)
    {
        const string wanted = "give an Intel HEX or ELF file";
        if (file.IsEmpty) return $"the file is empty; {wanted}";
        if (text.IsEmpty) return $"the file has blank lines only; {wanted}";
        if (file.StartsWith("!<arch>\n"u8)) return "looks like a library of object files; link it into a program with avr-gcc -mmcu=atxmega128a1";
        if (file.StartsWith((byte[])[0xFF, 0xFE]) || file.StartsWith((byte[])[0xFE, 0xFF])) return "looks like UTF-16 text; save it as plain ASCII or UTF-8";
        if (file.StartsWith((byte[])[0x1F, 0x8B]) || file.StartsWith("PK\x3\x4"u8)) return $"looks like a compressed archive; unpack it and {wanted}";
        if (IsBinary(file[..Math.Min(file.Length, SampleBytes)]))
            return "looks like a raw binary, which does not say where its bytes go; convert it with avr-objcopy -I binary -O ihex, or give the ELF or HEX file it was made from";
        if (text.Length > 2 && text[0] == (byte)'S' && text[1] is >= (byte)'0' and <= (byte)'9' && char.IsAsciiHexDigit((char)text[2]))
            return "looks like Motorola S-records; convert it with avr-objcopy -I srec -O ihex";
        return $"looks like text, but its first line begins with {FirmwareText.Character(text[0])}, not ':'; {wanted}";
    }

    private static bool IsBinary(ReadOnlySpan<byte> sample)
    {
        foreach (byte value in sample)
        {
            // Control characters, and the bytes that no UTF-8 text holds (erased flash is 0xFF).
            if (value is < 0x20 and not ((byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f') or 0x7F or 0xC0 or 0xC1 or >= 0xF5) return true;
        }

        return false;
    }
}
