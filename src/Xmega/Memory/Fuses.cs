using Xmega.State;

namespace Xmega.Memory;

/// <summary>
/// The fuses: six bytes that a programmer sets and firmware only reads; modules load what concerns them at every reset
/// (8077I 4.16). A programmed bit is 0.
/// </summary>
public sealed class Fuses
{
    /// <summary>Fuse bytes; byte 3 is reserved.</summary>
    public const int Count = 6;

    private const byte BOOTRST = 0x40;  // byte 2: 0, reset to the boot section
    private const byte BODPD = 0x03;    // byte 2: brown-out detector in the deep sleep modes
    private const byte RSTDISBL = 0x10; // byte 4: 0, no RESET pin
    private const byte SUT = 0x0C;      // byte 4: start-up time
    private const byte WDLOCK = 0x02;   // byte 4: 0, watchdog locked
    private const byte JTAGEN = 0x01;   // byte 4: 0, JTAG on
    private const byte BODACT = 0x30;   // byte 5: brown-out detector in active and idle mode
    private const byte EESAVE = 0x08;   // byte 5: 0, chip erase keeps EEPROM
    private const byte BODLEVEL = 0x07; // byte 5: brown-out level

    // Byte 0 is 0x00 by the manual, 0xFF by the header's default.
    private static readonly byte[] Factory = [0x00, 0x00, 0xFF, 0xFF, 0xFE, 0xFF];

    private readonly byte[] _bytes = Factory[..];

    /// <summary>Gets JTAGUSERID, which MCU.JTAGUID shows.</summary>
    public byte JtagUserId => _bytes[0];

    /// <summary>Gets WDWP, the code that WDT.WINCTRL.WPER takes at reset: 0–15.</summary>
    public int WatchdogWindowPeriod => _bytes[1] >> 4;

    /// <summary>Gets WDP, the code that WDT.CTRL.PER takes at reset: 0–15.</summary>
    public int WatchdogPeriod => _bytes[1] & 0x0F;

    /// <summary>Gets a value indicating whether BOOTRST is programmed: the reset vector is in the boot section.</summary>
    public bool StartsInBootSection => (_bytes[2] & BOOTRST) == 0;

    /// <summary>Gets BODPD, the mode of the brown-out detector in every sleep mode but idle: 1 sampled, 2 continuous, 3 off.</summary>
    public int BrownOutModeAsleep => _bytes[2] & BODPD;

    /// <summary>Gets a value indicating whether RSTDISBL is programmed: the RESET pin does nothing.</summary>
    public bool ResetPinIsDisabled => (_bytes[4] & RSTDISBL) == 0;

    /// <summary>Gets SUT, the code of the delay after a reset: 3 none, 1 4 ms, 0 64 ms.</summary>
    public int StartUpTime => (_bytes[4] & SUT) >> 2;

    /// <summary>Gets a value indicating whether WDLOCK is programmed: the watchdog is always on and its settings are locked.</summary>
    public bool WatchdogIsLocked => (_bytes[4] & WDLOCK) == 0;

    /// <summary>Gets a value indicating whether JTAGEN is programmed: JTAG takes PB4–PB7 unless MCU.MCUCR turns it off.</summary>
    public bool JtagIsEnabled => (_bytes[4] & JTAGEN) == 0;

    /// <summary>Gets BODACT, the mode of the brown-out detector in active and idle mode: 1 sampled, 2 continuous, 3 off.</summary>
    public int BrownOutModeActive => (_bytes[5] & BODACT) >> 4;

    /// <summary>Gets a value indicating whether EESAVE is programmed: a chip erase keeps EEPROM.</summary>
    public bool EepromSurvivesErase => (_bytes[5] & EESAVE) == 0;

    /// <summary>Gets BODLEVEL, the code of the brown-out level: 7 the lowest to 0 the highest.</summary>
    public int BrownOutLevel => _bytes[5] & BODLEVEL;

    /// <summary>Gets or sets a fuse byte as a programmer does; modules see it at the next reset.</summary>
    /// <param name="number">Fuse byte 0–5.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such fuse byte.</exception>
    public byte this[int number]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)number, (uint)Count, nameof(number));
            return _bytes[number];
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)number, (uint)Count, nameof(number));
            _bytes[number] = value;
        }
    }

    internal Span<byte> Bytes => _bytes;

    internal void SetFactoryValues() => Factory.CopyTo(_bytes, 0);

    internal void State(StateStream s) => s.Bytes(_bytes);
}
