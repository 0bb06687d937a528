using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>The chip's own oscillators (8077I 7.3).</summary>
public enum InternalOscillator
{
    /// <summary>2 MHz, the clock after every reset.</summary>
    Rc2M = 0,

    /// <summary>32 MHz.</summary>
    Rc32M = 1,

    /// <summary>32.768 kHz.</summary>
    Rc32K = 2,

    /// <summary>The ultra low power oscillator, 32 kHz: watchdog, start-up time, RTC.</summary>
    UltraLowPower = 3,
}

/// <summary>
/// How fast the chip's own oscillators run: their nominal frequency, the error that this chip has, and what calibration
/// makes of it. Without an error and with the factory's calibration they are exact.
/// </summary>
internal sealed class InternalOscillators
{
    /// <summary>The largest error an oscillator may have, either way, in parts per million: that of the ultra low power oscillator.</summary>
    public const int LargestError = 300_000;

    private const int Million = 1_000_000;

    private static readonly long[] Nominal =
        [OscillatorFacts.Rc2MHertz, OscillatorFacts.Rc32MHertz, OscillatorFacts.Rc32KHertz, OscillatorFacts.UltraLowPowerHertz];

    private readonly int[] _errors = new int[Nominal.Length];
    private readonly int[] _calibrations = new int[Nominal.Length];

    /// <summary>Tells listeners, after the fact, that an oscillator has another frequency than before.</summary>
    public event Action<InternalOscillator>? Changed;

    /// <summary>The frequency at which an oscillator runs, when it does.</summary>
    /// <returns>Hertz, rounded.</returns>
    public long Hertz(InternalOscillator oscillator) => Hertz(oscillator, _calibrations[(int)oscillator]);

    /// <summary>The frequency at which an oscillator would run with another calibration.</summary>
    /// <param name="oscillator">The oscillator.</param>
    /// <param name="calibration">Parts per million, as in <see cref="Calibrate"/>.</param>
    /// <returns>Hertz, rounded.</returns>
    public long Hertz(InternalOscillator oscillator, int calibration)
    {
        (long whole, long rest) = Math.DivRem(Nominal[(int)oscillator] * (Million + calibration), Million);
        long actual = Million + _errors[(int)oscillator];
        return ((whole * actual) + (rest * actual / Million) + (Million / 2)) / Million;
    }

    /// <summary>The error of an oscillator in parts per million.</summary>
    public int Error(InternalOscillator oscillator) => _errors[(int)oscillator];

    public void SetError(InternalOscillator oscillator, int partsPerMillion) => Set(_errors, oscillator, partsPerMillion);

    /// <summary>Sets what calibration adds to an oscillator's frequency.</summary>
    /// <param name="oscillator">The oscillator.</param>
    /// <param name="partsPerMillion">Parts per million; 0 with the factory's value.</param>
    public void Calibrate(InternalOscillator oscillator, int partsPerMillion) => Set(_calibrations, oscillator, partsPerMillion);

    /// <summary>How long the 1 kHz output of the ultra low power oscillator takes for some cycles.</summary>
    /// <param name="cycles">Cycles of nominally a millisecond, no more than 200,000.</param>
    /// <returns>Picoseconds, rounded down.</returns>
    public long KilohertzTime(long cycles) =>
        cycles * OscillatorFacts.KilohertzDivision * Timeline.PicosecondsPerSecond / Hertz(InternalOscillator.UltraLowPower);

    public void State(StateStream s)
    {
        foreach (ref int error in _errors.AsSpan()) s.Value(ref error);
        foreach (ref int calibration in _calibrations.AsSpan()) s.Value(ref calibration);
    }

    private void Set(int[] values, InternalOscillator oscillator, int partsPerMillion)
    {
        if (values[(int)oscillator] == partsPerMillion) return;
        values[(int)oscillator] = partsPerMillion;
        Changed?.Invoke(oscillator);
    }
}
