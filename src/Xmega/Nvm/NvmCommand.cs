namespace Xmega.Nvm;

/// <summary>What starts a command once it stands in NVM.CMD (8331B 33.4).</summary>
internal enum Trigger
{
    /// <summary>The part has no such command, or only a programmer has it.</summary>
    None,

    /// <summary>Writing CTRLA.CMDEX.</summary>
    Execute,

    /// <summary>SPM, in the boot section.</summary>
    Store,

    /// <summary>(E)LPM.</summary>
    Load,

    /// <summary>Writing DATA0.</summary>
    Data,
}

/// <summary>What a command that programs works on.</summary>
internal enum Target
{
    /// <summary>Nothing: the command does not program.</summary>
    None,

    /// <summary>A page of flash, in whichever section Z points to.</summary>
    FlashPage,

    /// <summary>A page of the application section, the table section included.</summary>
    ApplicationPage,

    /// <summary>A page of the boot section.</summary>
    BootPage,

    /// <summary>The whole application section.</summary>
    Application,

    /// <summary>The user signature row.</summary>
    UserRow,

    /// <summary>A page of EEPROM.</summary>
    EepromPage,

    /// <summary>All pages of EEPROM.</summary>
    Eeprom,
}

/// <summary>A command of the controller for self-programming (8077I 30.11, 8331B tables 33-2 to 33-4).</summary>
/// <param name="Code">What stands in NVM.CMD.</param>
/// <param name="Name">The datasheet's name.</param>
/// <param name="Trigger">What starts it.</param>
/// <param name="Target">What it programs.</param>
/// <param name="Erases">Whether it erases the target.</param>
/// <param name="Writes">Whether it then writes the page buffer there.</param>
internal sealed record NvmCommand(byte Code, string Name, Trigger Trigger, Target Target = Target.None, bool Erases = false, bool Writes = false)
{
#pragma warning disable SA1310 // the datasheet's names
    public const byte NO_OPERATION = 0x00;
    public const byte READ_USER_SIG_ROW = 0x01;
    public const byte READ_CALIB_ROW = 0x02;
    public const byte READ_EEPROM = 0x06;
    public const byte READ_FUSES = 0x07;
    public const byte WRITE_LOCK_BITS = 0x08;
    public const byte LOAD_FLASH_BUFFER = 0x23;
    public const byte ERASE_FLASH_BUFFER = 0x26;
    public const byte LOAD_EEPROM_BUFFER = 0x33;
    public const byte ERASE_EEPROM_BUFFER = 0x36;
    public const byte APP_CRC = 0x38;
    public const byte BOOT_CRC = 0x39;
    public const byte FLASH_RANGE_CRC = 0x3A;
#pragma warning restore SA1310

    private static readonly NvmCommand[] All =
    [
        new(NO_OPERATION, "NO_OPERATION", Trigger.Load),
        new(READ_USER_SIG_ROW, "READ_USER_SIG_ROW", Trigger.Load),
        new(READ_CALIB_ROW, "READ_CALIB_ROW", Trigger.Load),
        new(READ_EEPROM, "READ_EEPROM", Trigger.Execute),
        new(READ_FUSES, "READ_FUSES", Trigger.Execute),
        new(WRITE_LOCK_BITS, "WRITE_LOCK_BITS", Trigger.Execute),
        new(0x18, "ERASE_USER_SIG_ROW", Trigger.Store, Target.UserRow, Erases: true),
        new(0x1A, "WRITE_USER_SIG_ROW", Trigger.Store, Target.UserRow, Writes: true),
        new(0x20, "ERASE_APP", Trigger.Store, Target.Application, Erases: true),
        new(0x22, "ERASE_APP_PAGE", Trigger.Store, Target.ApplicationPage, Erases: true),
        new(LOAD_FLASH_BUFFER, "LOAD_FLASH_BUFFER", Trigger.Store),
        new(0x24, "WRITE_APP_PAGE", Trigger.Store, Target.ApplicationPage, Writes: true),
        new(0x25, "ERASE_WRITE_APP_PAGE", Trigger.Store, Target.ApplicationPage, Erases: true, Writes: true),
        new(ERASE_FLASH_BUFFER, "ERASE_FLASH_BUFFER", Trigger.Execute),
        new(0x2A, "ERASE_BOOT_PAGE", Trigger.Store, Target.BootPage, Erases: true),
        new(0x2B, "ERASE_FLASH_PAGE", Trigger.Store, Target.FlashPage, Erases: true),
        new(0x2C, "WRITE_BOOT_PAGE", Trigger.Store, Target.BootPage, Writes: true),
        new(0x2D, "ERASE_WRITE_BOOT_PAGE", Trigger.Store, Target.BootPage, Erases: true, Writes: true),
        new(0x2E, "WRITE_FLASH_PAGE", Trigger.Store, Target.FlashPage, Writes: true),
        new(0x2F, "ERASE_WRITE_FLASH_PAGE", Trigger.Store, Target.FlashPage, Erases: true, Writes: true),
        new(0x30, "ERASE_EEPROM", Trigger.Execute, Target.Eeprom, Erases: true),
        new(0x32, "ERASE_EEPROM_PAGE", Trigger.Execute, Target.EepromPage, Erases: true),
        new(LOAD_EEPROM_BUFFER, "LOAD_EEPROM_BUFFER", Trigger.Data),
        new(0x34, "WRITE_EEPROM_PAGE", Trigger.Execute, Target.EepromPage, Writes: true),
        new(0x35, "ERASE_WRITE_EEPROM_PAGE", Trigger.Execute, Target.EepromPage, Erases: true, Writes: true),
        new(ERASE_EEPROM_BUFFER, "ERASE_EEPROM_BUFFER", Trigger.Execute),
        new(APP_CRC, "APP_CRC", Trigger.Execute),
        new(BOOT_CRC, "BOOT_CRC", Trigger.Execute),
        new(FLASH_RANGE_CRC, "FLASH_RANGE_CRC", Trigger.Execute),
        new(0x40, "CHIP_ERASE", Trigger.None),
        new(0x43, "READ_NVM", Trigger.None),
        new(0x4C, "WRITE_FUSE", Trigger.None),
        new(0x68, "ERASE_BOOT", Trigger.None),
        new(0x78, "FLASH_CRC", Trigger.None),
    ];

    private static readonly NvmCommand[] ByCode =
        Numbered.Create(0x80, code => Array.Find(All, c => c.Code == code) ?? new NvmCommand((byte)code, "reserved", Trigger.None));

    /// <summary>The command of a code.</summary>
    /// <param name="code">What stands in NVM.CMD, 0–0x7F.</param>
    /// <returns>The command; one without trigger for a reserved code.</returns>
    public static NvmCommand Of(byte code) => ByCode[code];

    /// <inheritdoc/>
    public override string ToString() => $"{Name} (NVM.CMD = 0x{Code:X2})";
}
