using System.Text;
using Xmega.State;

namespace Xmega.Memory;

/// <summary>
/// The two rows beside flash: the production row with what the factory measured on the part, read only, and the user
/// row, one page that firmware may write and that a chip erase leaves alone (8077I 4.5, 4.6).
/// </summary>
/// <remarks>
/// Limitations: the production row holds the same made-up values in every chip: an ideal part needs no calibration, so
/// the oscillators' and converters' bytes are typical ones.
/// </remarks>
public sealed class SignatureRows
{
    /// <summary>Bytes of the production row that are listed; the rest reads as erased.</summary>
    public const int ProductionSize = 0x34;

    /// <summary>Bytes of the user row: a page of flash.</summary>
    public const int UserSize = ProgramMemory.PageSize;

    /// <summary>Offset of RCOSC2M, which DFLLRC2M.CALB takes at reset.</summary>
    public const int RCOSC2M = 0x00;

    /// <summary>Offset of RCOSC32K, which OSC.RC32KCAL takes at reset.</summary>
    public const int RCOSC32K = 0x02;

    /// <summary>Offset of RCOSC32M, which DFLLRC32M.CALB takes at reset.</summary>
    public const int RCOSC32M = 0x03;

    /// <summary>Offset of LOTNUM0–5, the lot number in ASCII.</summary>
    public const int LOTNUM0 = 0x08;

    /// <summary>Offset of WAFNUM, the wafer.</summary>
    public const int WAFNUM = 0x10;

    /// <summary>Offset of COORDX0–1 and COORDY0–1, the die's place on the wafer, low bytes first.</summary>
    public const int COORDX0 = 0x12;

    /// <summary>Offset of ADCACAL0–1, low byte first: firmware copies it to ADCA.CAL.</summary>
    public const int ADCACAL0 = 0x20;

    /// <summary>Offset of ADCBCAL0–1, low byte first: firmware copies it to ADCB.CAL.</summary>
    public const int ADCBCAL0 = 0x24;

    /// <summary>Offset of TEMPSENSE0–1, low byte first: what the temperature sensor reads at 85 °C, 12 bits unsigned with the 1 V reference.</summary>
    public const int TEMPSENSE0 = 0x2E;

    /// <summary>Offset of DACAOFFCAL and DACAGAINCAL.</summary>
    public const int DACAOFFCAL = 0x30;

    /// <summary>Offset of DACBOFFCAL and DACBGAINCAL.</summary>
    public const int DACBOFFCAL = 0x32;

    /// <summary>What the temperature sensor reads at 85 °C: TEMPSENSE (unverified: a typical value).</summary>
    public const int TemperatureReading = 0x0840;

    private const int ConverterCalibration = 0x0444; // typical (unverified)
    private const byte MiddleOfSixBits = 0x20;       // oscillator calibration: mid-scale (unverified)
    private const byte MiddleOfEightBits = 0x80;

    private readonly byte[] _production = new byte[ProductionSize];
    private readonly byte[] _user = new byte[UserSize];

    internal SignatureRows()
    {
        ProgramMemory.Erase(_production);
        ProgramMemory.Erase(_user);
        _production[RCOSC2M] = _production[RCOSC32M] = MiddleOfSixBits;
        _production[RCOSC32K] = MiddleOfEightBits;
        Encoding.ASCII.GetBytes("XMEGA1").CopyTo(_production, LOTNUM0);
        _production[WAFNUM] = 1;
        Word(COORDX0, 10);
        Word(COORDX0 + 2, 20);
        Word(ADCACAL0, ConverterCalibration);
        Word(ADCBCAL0, ConverterCalibration);
        Word(TEMPSENSE0, TemperatureReading);
        Word(DACAOFFCAL, 0); // offset and gain of an ideal converter
        Word(DACBOFFCAL, 0);
    }

    /// <summary>Gets the user row, 512 bytes; erased it holds 0xFF.</summary>
    public Span<byte> User => _user;

    /// <summary>Reads the production row.</summary>
    /// <param name="offset">Byte offset, at least 0.</param>
    /// <returns>The byte; 0xFF where nothing is listed.</returns>
    public byte Production(int offset) => offset < ProductionSize ? _production[offset] : ProgramMemory.Erased;

    internal void State(StateStream s) => s.Bytes(_user);

    private void Word(int offset, int value)
    {
        _production[offset] = (byte)value;
        _production[offset + 1] = (byte)(value >> 8);
    }
}
