using System.Globalization;
using Xmega.Ports;

namespace Xmega.Workbench.Parts;

/// <summary>The words of a part's description, taken out one after the other: what is left nobody understood.</summary>
internal sealed class PartWords
{
    private readonly ATxmega128A1 _chip;
    private readonly Dictionary<string, string> _options = new(StringComparer.OrdinalIgnoreCase);
    private string? _bus;

    public PartWords(ATxmega128A1 chip, string text)
    {
        _chip = chip;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        Kind = (colon < 0 ? text : text[..colon]).ToLowerInvariant();
        foreach (string word in colon < 0 ? [] : text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 && _bus is null) _bus = word.ToUpperInvariant();
            else if (equals <= 0 || !_options.TryAdd(word[..equals], word[(equals + 1)..])) throw new PartFormatException($"'{word}' is not of the form option=value, or stands there twice");
        }
    }

    public string Kind { get; }

    public string? Take(string option) => _options.Remove(option, out string? value) ? value : null;

    public Pin? Pin(string option) => Take(option) is { } name ? Find(name) : null;

    public int Address(int standard)
    {
        if (Take("address") is not { } text) return standard;
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!int.TryParse(isHex ? text.AsSpan(2) : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out int address) || (address & ~7) != standard)
            throw new PartFormatException($"'{text}' is no address of this part: 0x{standard:X2} to 0x{standard + 7:X2}, without the direction bit");
        return address;
    }

    // SPI: SS, MOSI, MISO and SCK are pins 4-7. A USART as SPI master has XCK, RXD and TXD on pins 1-3 or 5-7, and no SS.
    public SpiPins SpiPins()
    {
        (string? port, int? cs, int sck, int mosi, int miso) = _bus switch
        {
            null => (null, null, 0, 0, 0),
            ['S', 'P', 'I', >= 'C' and <= 'F'] => ($"PORT{_bus[3]}", 4, 7, 5, 6),
            ['U', 'S', 'A', 'R', 'T', >= 'C' and <= 'F', '0'] => ($"PORT{_bus[5]}", null, 1, 3, 2),
            ['U', 'S', 'A', 'R', 'T', >= 'C' and <= 'F', '1'] => ($"PORT{_bus[5]}", (int?)null, 5, 7, 6),
            _ => throw new PartFormatException($"'{_bus}' is no SPI bus: write SPIC to SPIF, or USARTC0 to USARTF1 for master SPI mode"),
        };
        return new SpiPins(Line("cs", port, cs), Line("sck", port, sck), Line("mosi", port, mosi), Line("miso", port, miso));
    }

    public TwoWirePins TwoWirePins()
    {
        string? port = _bus switch
        {
            null => null,
            ['T', 'W', 'I', >= 'C' and <= 'F'] => $"PORT{_bus[3]}",
            _ => throw new PartFormatException($"'{_bus}' is no I2C bus: write TWIC to TWIF"),
        };
        bool pullsUp = Take("pullup") switch
        {
            null or "yes" => true,
            "no" => false,
            var other => throw new PartFormatException($"'pullup={other}': write pullup=no where the board has its own resistors"),
        };
        return new TwoWirePins(Line("sda", port, 0), Line("scl", port, 1), pullsUp);
    }

    public void ExpectNoMore()
    {
        if (_options.Count > 0) throw new PartFormatException($"'{_options.Keys.First()}' is no option of {Kind}: {PartCatalogue.Kinds.First(k => k.Name == Kind).Options}");
    }

    private Pin Line(string option, string? port, int? pin) =>
        Pin(option) ?? (port is not null && pin is { } number ? Find($"{port}.PIN{number}") : throw new PartFormatException($"{Kind} needs {option}=PIN{(port is null ? ", or the name of a bus" : "")}"));

    private Pin Find(string name) => _chip.FindPin(name) ?? throw new PartFormatException($"no pin '{name}'; pins are PORTA.PIN0 to PORTR.PIN1");
}
