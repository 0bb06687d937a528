using Xmega.Firmware;
using Xmega.Memory;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xmega.Tests.Firmware;
using Xunit;

namespace Xmega.Tests.Nvm;

/// <summary>Fuses, lock bits and signature rows as chip state (nvm.md 7 to 9).</summary>
public class FuseTests
{
    [Fact]
    public void A_new_chip_has_the_factorys_fuses_and_nothing_locked()
    {
        var chip = new ATxmega128A1();
        Assert.Equal([0x00, 0x00, 0xFF, 0xFF, 0xFE, 0xFF], Enumerable.Range(0, Fuses.Count).Select(n => chip.Fuses[n]));
        Assert.Equal(0xFF, chip.LockBits.Value);
        Assert.False(chip.Fuses.StartsInBootSection);
        Assert.True(chip.Fuses.JtagIsEnabled);
        Assert.Equal(3, chip.Fuses.StartUpTime);
        Assert.Equal(7, chip.Fuses.BrownOutLevel);
    }

    [Fact]
    public void Every_field_is_read_from_its_bits()
    {
        Fuses fuses = new ATxmega128A1().Fuses;
        fuses[0] = 0x42;
        fuses[1] = 0x5A;
        fuses[2] = 0xBD;
        fuses[4] = 0xE4;
        fuses[5] = 0xD3;
        Assert.Equal(0x42, fuses.JtagUserId);
        Assert.Equal((5, 10), (fuses.WatchdogWindowPeriod, fuses.WatchdogPeriod));
        Assert.True(fuses.StartsInBootSection);
        Assert.Equal((1, 1), (fuses.BrownOutModeAsleep, fuses.BrownOutModeActive));
        Assert.True(fuses.ResetPinIsDisabled);
        Assert.Equal(1, fuses.StartUpTime);
        Assert.True(fuses.WatchdogIsLocked);
        Assert.True(fuses.JtagIsEnabled);
        Assert.True(fuses.EepromSurvivesErase);
        Assert.Equal(3, fuses.BrownOutLevel);
        Assert.Throws<ArgumentOutOfRangeException>(() => fuses[6]);
    }

    [Fact]
    public void An_image_brings_fuses_lock_bits_and_the_user_row_and_leaves_the_others_as_new()
    {
        // Intel HEX, by binutils' addresses: fuse byte 2 = 0xBF, lock bits 0xFC, user row from byte 1 on.
        FirmwareImage image = FirmwareFiles.LoadHex(
            FirmwareFiles.Record(4, 0, 0x00, 0x82),
            FirmwareFiles.Record(0, 2, 0xBF),
            FirmwareFiles.Record(4, 0, 0x00, 0x83),
            FirmwareFiles.Record(0, 0, 0xFC),
            FirmwareFiles.Record(4, 0, 0x00, 0x85),
            FirmwareFiles.Record(0, 1, 0x12, 0x34),
            FirmwareFiles.End);
        var chip = new ATxmega128A1();
        chip.Fuses[4] = 0;
        chip.Load(image);
        Assert.Equal([0x00, 0x00, 0xBF, 0xFF, 0xFE, 0xFF], Enumerable.Range(0, Fuses.Count).Select(n => chip.Fuses[n]));
        Assert.Equal(0xFC, chip.LockBits.Value);
        Assert.Equal([0xFF, 0x12, 0x34, 0xFF], chip.SignatureRows.User[..4].ToArray());
        Assert.Equal(2 * 0x10000, chip.ProgramCounter);
        Assert.Empty(chip.Diagnostics.All);
    }

    [Fact]
    public void BOOTRST_puts_the_reset_vector_into_the_boot_section()
    {
        var chip = new ATxmega128A1();
        Assert.Equal(0, chip.ProgramCounter);
        chip.Fuses[2] = 0xBF;
        chip.Reset(ResetSource.Software);
        Assert.Equal(ProgramMemory.BootStart, chip.ProgramCounter);
    }

    [Fact]
    public void Fuse_byte_0_shows_in_JTAGUID_from_the_next_reset_on()
    {
        var bench = new Bench();
        bench.Chip.Fuses[0] = 0xA5;
        Assert.Equal(0x00, bench.Read("MCU.JTAGUID"));
        bench.Chip.Reset(ResetSource.Software);
        Assert.Equal(0xA5, bench.Read("MCU.JTAGUID"));
    }
}
