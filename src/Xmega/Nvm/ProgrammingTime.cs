namespace Xmega.Nvm;

/// <summary>
/// How long programming takes. The part times it with its 2 MHz oscillator, whatever clock the CPU runs on; the figures
/// are the typical ones of the A1 (unverified: recalled from the electrical characteristics of 8067).
/// </summary>
internal static class ProgrammingTime
{
    /// <summary>Picoseconds to erase a page of flash or EEPROM, all of EEPROM, the application section or the user row.</summary>
    public const long Erase = 6_000_000_000;

    /// <summary>Picoseconds to write a page of flash or EEPROM, the user row or the lock bits.</summary>
    public const long Write = 6_000_000_000;

    /// <summary>Cycles to flush a page buffer: "a few" (unverified).</summary>
    public const int Flush = 1;

    /// <summary>Cycles the NVM CRC takes for a word of flash (unverified).</summary>
    public const int ChecksumWord = 1;
}
