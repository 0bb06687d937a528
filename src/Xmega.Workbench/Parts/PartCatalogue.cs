using System.Globalization;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Parts;

/// <summary>A description of a part that cannot be understood: one line that says what is wrong and what to write.</summary>
public sealed class PartFormatException(string problem) : Exception(problem);

/// <summary>A kind of part that can be named in words.</summary>
/// <param name="Name">Its name, as <c>24c256</c>.</param>
/// <param name="Meaning">What it is, for people.</param>
/// <param name="Options">What may be said of it, as in <c>BUS,cs=PIN</c>.</param>
public sealed record PartKind(string Name, string Meaning, string Options);

/// <summary>A part on its pins.</summary>
/// <param name="Part">The part.</param>
/// <param name="SaveTo">The file its content goes to after the run; null: none.</param>
public sealed record AttachedPart(object Part, string? SaveTo)
{
    /// <summary>Writes the content to the file that was named.</summary>
    public void Save()
    {
        if (SaveTo is not null && Part is IMemoryPart memory) File.WriteAllBytes(SaveTo, memory.Content.Span);
    }
}

/// <summary>
/// Parts in words, for the command line and for tables of tests: <c>KIND:BUS,option=value,…</c>, where BUS names a module
/// of the chip on whose pins the part sits (<c>SPIC</c>, <c>TWID</c>, <c>USARTC0</c> in master SPI mode), and options name
/// single pins or settings.
/// </summary>
public static class PartCatalogue
{
    private const string SpiOptions = "SPIx or USARTxn, cs=PIN, sck=PIN, mosi=PIN, miso=PIN, file=FILE, save=FILE";
    private const string TwoWireOptions = "TWIx, sda=PIN, scl=PIN, address=N, pullup=no, stretch=TIME";

    private static readonly int[] FlashMegabits = [1, 2, 4, 8, 16, 32, 64, 128];
    private static readonly int[] DataFlashMegabits = [4, 8, 16, 32];
    private static readonly int[] EepromKilobits = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    /// <summary>Gets the kinds, in the order people look for them.</summary>
    public static IReadOnlyList<PartKind> Kinds { get; } =
    [
        .. FlashMegabits.Select(n => new PartKind(FlashName(n), Invariant($"SPI flash, {n} Mbit, as Winbond W25Q"), SpiOptions)),
        .. DataFlashMegabits.Select(n => new PartKind(Invariant($"at45db{n:00}1"), Invariant($"DataFlash, {n} Mbit"), SpiOptions)),
        .. EepromKilobits.Select(n => new PartKind(Invariant($"24c{n:00}"), Invariant($"I2C EEPROM, {n} Kbit"), TwoWireOptions + ", wp=PIN, file=FILE, save=FILE")),
        new("lm75", "I2C thermometer", TwoWireOptions + ", os=PIN, celsius=N"),
    ];

    /// <summary>Attaches a part.</summary>
    /// <param name="chip">The chip whose pins it names.</param>
    /// <param name="text">The part in words.</param>
    /// <returns>The part.</returns>
    /// <exception cref="PartFormatException">The words are not of this form.</exception>
    public static AttachedPart Attach(ATxmega128A1 chip, string text)
    {
        var words = new PartWords(chip, text);
        AttachedPart part = Make(chip, words);
        words.ExpectNoMore();
        return part;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    // 25Q80 has 8 Mbit, 25Q16 has 16.
    private static string FlashName(int megabits) => Invariant($"25q{(megabits < 10 ? 10 * megabits : megabits)}");

    private static AttachedPart Make(ATxmega128A1 chip, PartWords words)
    {
        foreach (int megabits in FlashMegabits)
            if (words.Kind == FlashName(megabits)) return WithContent(new SpiFlash(chip, words.SpiPins(), megabits << 17), words);
        foreach (int megabits in DataFlashMegabits)
            if (words.Kind == Invariant($"at45db{megabits:00}1")) return WithContent(new DataFlash(chip, words.SpiPins(), megabits), words);
        foreach (int kilobits in EepromKilobits)
        {
            if (words.Kind != Invariant($"24c{kilobits:00}")) continue;
            TwoWirePins pins = words.TwoWirePins();
            return WithContent(Stretching(new TwoWireEeprom(chip, pins, kilobits, words.Address(TwoWireEeprom.DefaultAddress), words.Pin("wp")), words), words);
        }

        if (words.Kind != "lm75") throw new PartFormatException($"no part '{words.Kind}'; see 'xmega parts'");
        TwoWirePins lines = words.TwoWirePins();
        var thermometer = Stretching(new TwoWireThermometer(chip, lines, words.Address(TwoWireThermometer.DefaultAddress), words.Pin("os")), words);
        if (words.Take("celsius") is { } celsius)
        {
            thermometer.HalfDegrees = decimal.TryParse(celsius, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal degrees) && degrees is >= -55 and <= 125
                ? (int)Math.Round(degrees * 2)
                : throw new PartFormatException($"'{celsius}' is not a temperature: -55 to 125");
        }

        return new AttachedPart(thermometer, null);
    }

    private static T Stretching<T>(T device, PartWords words)
        where T : TwoWireDevice
    {
        if (words.Take("stretch") is { } text)
            device.StretchPicoseconds = EmulatedTime.TryParse(text, out EmulatedTime? time) && !time.InCycles ? time.Amount : throw new PartFormatException($"'{text}' is not a time: write stretch=10us");
        return device;
    }

    private static AttachedPart WithContent(IMemoryPart part, PartWords words)
    {
        if (words.Take("file") is { } file)
        {
            byte[] bytes = File.Exists(file) ? File.ReadAllBytes(file) : throw new PartFormatException($"{file}: no such file");
            if (bytes.Length > part.Content.Length) throw new PartFormatException($"{file}: {bytes.Length} bytes do not fit into {part.Content.Length}");
            bytes.CopyTo(part.Content);
        }

        return new AttachedPart(part, words.Take("save"));
    }
}
