using Xmega.State;

namespace Xmega.Memory;

/// <summary>A section of flash with lock bits of its own (8077I 4.3).</summary>
public enum FlashSection
{
    /// <summary>The application section below the table section: 0x00000–0x1DFFF.</summary>
    Application,

    /// <summary>The application table section: 0x1E000–0x1FFFF.</summary>
    Table,

    /// <summary>The boot section: 0x20000–0x21FFF.</summary>
    Boot,
}

/// <summary>
/// The lock bits (8077I 4.16): which section of flash firmware may write, and read from the other. A set bit is
/// unlocked; only a chip erase sets bits.
/// </summary>
public sealed class LockBits
{
    /// <summary>Nothing locked.</summary>
    public const byte Unlocked = 0xFF;

    // In each field of two bits: the upper one locks reading, the lower one writing, when 0.
    private const int WriteBit = 1;
    private const int ReadBit = 2;
    private const int BLBB = 6;
    private const int BLBA = 4;
    private const int BLBAT = 2;

    private byte _value = Unlocked;

    /// <summary>Tells listeners that the lock bits changed.</summary>
    internal event Action? Changed;

    /// <summary>Gets or sets the byte as a programmer does: BLBB in bits 7:6, BLBA, BLBAT, LB in bits 1:0. LB concerns programmers only.</summary>
    public byte Value
    {
        get => _value;
        set
        {
            _value = value;
            Changed?.Invoke();
        }
    }

    /// <summary>Gets a value indicating whether some section may not be read from the other.</summary>
    public bool LockReading => (_value & ((ReadBit << BLBB) | (ReadBit << BLBA) | (ReadBit << BLBAT))) != ((ReadBit << BLBB) | (ReadBit << BLBA) | (ReadBit << BLBAT));

    /// <summary>Gets a value indicating whether the boot section's lock bits are both unprogrammed.</summary>
    public bool BootIsUnlocked => (_value >> BLBB) == (ReadBit | WriteBit);

    /// <summary>Whether SPM may write a section.</summary>
    /// <param name="section">The section.</param>
    /// <returns>False when its lock bits forbid it.</returns>
    public bool MayWrite(FlashSection section) => ((_value >> FieldOf(section)) & WriteBit) != 0;

    /// <summary>Whether (E)LPM may read a section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="fromBoot">Whether the instruction is executed in the boot section.</param>
    /// <returns>False when its lock bits forbid it; a section may always read itself.</returns>
    public bool MayRead(FlashSection section, bool fromBoot) =>
        fromBoot == (section == FlashSection.Boot) || ((_value >> FieldOf(section)) & ReadBit) != 0;

    internal void State(StateStream s) => s.Value(ref _value);

    private static int FieldOf(FlashSection section) => section switch
    {
        FlashSection.Boot => BLBB,
        FlashSection.Table => BLBAT,
        _ => BLBA,
    };
}
