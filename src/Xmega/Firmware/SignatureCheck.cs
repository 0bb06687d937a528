namespace Xmega.Firmware;

/// <summary>Firmware may carry the signature of the chip it is for; it must be this chip's.</summary>
internal static class SignatureCheck
{
    private static ReadOnlySpan<byte> ChipOrder => [0x1E, 0x97, 0x4C]; // MCU.DEVID0 to DEVID2

    // avr-libc's <avr/signature.h> places SIGNATURE_2 first.
    private static ReadOnlySpan<byte> LibraryOrder => [0x4C, 0x97, 0x1E];

    /// <summary>Compares what the file has with the chip, in either order; part of a signature is compared as far as it goes.</summary>
    /// <exception cref="FirmwareFormatException">Another chip's signature.</exception>
    public static void Verify(IReadOnlyList<FirmwareSegment> segments, string fileName)
    {
        if (Matches(segments, ChipOrder) || Matches(segments, LibraryOrder)) return;
        string found = string.Join(' ', segments.SelectMany(segment => segment.Bytes.ToArray()).Select(value => $"{value:X2}"));
        throw new FirmwareFormatException(fileName, null,
            $"the firmware is for another chip: its signature is {found}, the ATxmega128A1's is 1E 97 4C; {FirmwareText.Rebuild}");
    }

    private static bool Matches(IReadOnlyList<FirmwareSegment> segments, ReadOnlySpan<byte> signature)
    {
        foreach (FirmwareSegment segment in segments)
        {
            if (!segment.Bytes.Span.SequenceEqual(signature.Slice((int)segment.Address, segment.Bytes.Length))) return false;
        }

        return true;
    }
}
