namespace Xmega.Time;

/// <summary>
/// Nominal frequencies, start-up times and calibration of the chip's own oscillators in one place, each with its source.
/// An oscillator runs at its full frequency from the moment it is ready.
/// </summary>
public static class OscillatorFacts
{
    /// <summary>The internal 2 MHz oscillator in hertz; the system clock after every reset (8077I 7.4).</summary>
    public const long Rc2MHertz = 2_000_000;

    /// <summary>The internal 32 MHz oscillator in hertz (8077I 7.4).</summary>
    public const long Rc32MHertz = 32_000_000;

    /// <summary>The internal 32.768 kHz oscillator, and a crystal on TOSC, in hertz (8077I 7.4).</summary>
    public const long Rc32KHertz = 32_768;

    /// <summary>The internal ultra low power oscillator in hertz: nominal, ±30 % on the part. Its 1 kHz output is this by 32; it clocks watchdog, brown-out detector and RTC.</summary>
    public const long UltraLowPowerHertz = 32_000;

    /// <summary>The division of the 32 kHz oscillators that gives their 1 kHz and 1.024 kHz outputs.</summary>
    public const int KilohertzDivision = 32;

    /// <summary>Cycles of that output for which WDT.STATUS.SYNCBUSY shows that a setting crosses over (unverified: two to three).</summary>
    public const int WatchdogSynchroniser = 3;

    /// <summary>Picoseconds from RC2MEN to RC2MRDY (unverified): the typical wake-up time of the sibling A4, 8069R table 34-19.</summary>
    public const long Rc2MStartup = 10_300_000;

    /// <summary>Picoseconds from RC32MEN to RC32MRDY (unverified): the typical wake-up time of the sibling A4, 8069R table 34-19.</summary>
    public const long Rc32MStartup = 5_800_000;

    /// <summary>Picoseconds from RC32KEN to RC32KRDY (unverified): the typical wake-up time of the sibling A4, 8069R table 34-19.</summary>
    public const long Rc32KStartup = 320_000_000;

    /// <summary>Picoseconds from a running PLL source to PLLRDY (unverified): the lock time of the A1U, 8385H.</summary>
    public const long PllLock = 25_000_000;

    /// <summary>How much CALA changes the 2 MHz oscillator a step, in parts per million (unverified: the typical step of the A1U, 8385H).</summary>
    public const int Rc2MFineStep = 2_100;

    /// <summary>How much CALA changes the 32 MHz oscillator a step, in parts per million (unverified: the typical step of the A1U, 8385H).</summary>
    public const int Rc32MFineStep = 2_200;

    /// <summary>How much CALB changes either oscillator a step, in parts per million (unverified: from the range of the 32 MHz oscillator).</summary>
    public const int CoarseStep = 25_000;

    /// <summary>How much RC32KCAL changes the 32.768 kHz oscillator a step, in parts per million (unverified: from its range).</summary>
    public const int Rc32KStep = 3_600;

    /// <summary>Highest frequency of clk_PER and clk_CPU in hertz from 2.7 V on (8067, features).</summary>
    public const long MaximumPeripheralHertz = 32_000_000;

    /// <summary>Highest frequency of clk_PER and clk_CPU in hertz at the lowest supply; it rises with VCC to that at full speed (8067, features).</summary>
    public const long LowSupplyHertz = 12_000_000;

    /// <summary>Lowest VCC in microvolts (8067, features).</summary>
    public const long LowestSupply = 1_600_000;

    /// <summary>Lowest VCC for <see cref="MaximumPeripheralHertz"/> in microvolts (8067, features).</summary>
    public const long FullSpeedSupply = 2_700_000;

    /// <summary>Lowest output of the PLL in hertz (8077I 7.6).</summary>
    public const long PllMinimumHertz = 10_000_000;

    /// <summary>Highest output of the PLL in hertz (8077I 7.6).</summary>
    public const long PllMaximumHertz = 200_000_000;
}
