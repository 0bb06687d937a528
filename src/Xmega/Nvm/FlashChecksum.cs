namespace Xmega.Nvm;

/// <summary>The NVM controller's CRC over flash: 24 bits, over 16-bit words in the order of their addresses.</summary>
internal static class FlashChecksum
{
    private const uint Mask = 0xFFFFFF;

    // The manual prints x^24 + 4x^3 + 3x + 1. Tools that check the part's answer use this feedback (unverified).
    private const uint Feedback = 0x80001B;

    public static uint Of(ReadOnlySpan<byte> flash)
    {
        uint crc = 0;
        for (int i = 0; i + 1 < flash.Length; i += 2)
        {
            uint shifted = (crc << 1) ^ ((crc >> 23) != 0 ? Feedback : 0);
            crc = (shifted ^ flash[i] ^ ((uint)flash[i + 1] << 8)) & Mask;
        }

        return crc;
    }
}
