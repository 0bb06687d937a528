using System.CommandLine;
using Xmega.Electrical;
using Xmega.ExternalBus;
using Xmega.Firmware;
using Xmega.Memory;
using Xmega.Ports;
using Xmega.Workbench.Analog;
using Xmega.Workbench.Boards;
using Xmega.Workbench.Parts;
using Xmega.Workbench.Running;
using Xmega.Workbench.Stimulus;

namespace Xmega.Cli;

/// <summary>What is attached to the chip's pins: the same options for every command that runs firmware.</summary>
internal sealed class BoardOptions
{
    private readonly Option<string[]> _pin = new("--pin") { Description = "holds a pin: PORTD.PIN3=1, 0, z, pullup, pulldown or PORTA.PIN1=0.5V (repeatable)", HelpName = "NAME=VALUE" };
    private readonly Option<string[]> _wire = new("--wire") { Description = "joins two pins: PORTC.PIN0=PORTD.PIN0 (repeatable)", HelpName = "A=B" };
    private readonly Option<string[]> _part = new("--part") { Description = "attaches a part: 24c256:TWIC or 25q80:SPIC,cs=PORTC.PIN4, see 'xmega parts' (repeatable)", HelpName = "KIND:BUS" };
    private readonly Option<string[]> _stimulus = new("--stimulus") { Description = "inputs over time: lines of TIME PIN LEVEL (repeatable)", HelpName = "FILE" };
    private readonly Option<string[]> _input = new("--usart-input") { Description = "bytes sent to a receiver: C0=TEXT or C0=@FILE (repeatable)", HelpName = "NAME=TEXT" };

    private readonly Option<string?> _vcc = new("--vcc") { Description = "supply voltage (default 3.3V)", HelpName = "VOLTS" };

    private readonly Option<string[]> _fuses = new("--fuses") { Description = "fuse bytes over the firmware's own: 2=0xBF,4=0xF2 (repeatable)", HelpName = "BYTE=VALUE" };

    private readonly Option<string?> _sram = new("--external-sram") { Description = "static memory on the external bus: 1MiB, or CS1:64KiB (default CS0)", HelpName = "SIZE" };
    private readonly Option<string?> _sdram = new("--external-sdram") { Description = "dynamic memory on the external bus, on CS3: 8MiB", HelpName = "SIZE" };

    private readonly Option<string?> _crystal = new("--crystal") { Description = "crystal or clock on XTAL1/XTAL2: 16MHz", HelpName = "FREQUENCY" };
    private readonly Option<bool> _watchCrystal = new("--watch-crystal") { Description = "a 32.768 kHz crystal on TOSC1/TOSC2" };

    private readonly Option<string[]> _oscillators = new("--osc") { Description = "how wrong the chip's own oscillators are: RC32M=+1.5%, RC2M, RC32K, ULP=-20% (repeatable, default exact)", HelpName = "NAME=ERROR" };

    public void AddTo(Command command)
    {
        command.Add(_sram);
        command.Add(_sdram);
        command.Add(_crystal);
        command.Add(_watchCrystal);
        command.Add(_oscillators);
        command.Add(_fuses);
        command.Add(_vcc);
        command.Add(_pin);
        command.Add(_wire);
        command.Add(_part);
        command.Add(_stimulus);
        command.Add(_input);
    }

    /// <summary>What the options write over a firmware's memories before power-on.</summary>
    public MemoryOverlay[] Overlays(ParseResult result) =>
        [.. (result.GetValue(_fuses) ?? []).SelectMany(text => text.Split(',')).Select(ReadFuse)];

    /// <summary>Attaches what the options name to a chip with its firmware loaded.</summary>
    /// <returns>What is at its pins.</returns>
    public Board Attach(ATxmega128A1 chip, ParseResult result)
    {
        foreach (Option<string[]> option in new[] { _pin, _part, _stimulus, _input, _oscillators })
            if ((result.GetValue(option) ?? []).FirstOrDefault(ChipNames.IsSecond) is { } text) throw new UsageException($"{option.Name}: '{text}' is for a second chip, which 'xmega run --with FIRMWARE' adds");
        foreach (string text in result.GetValue(_wire) ?? []) JoinPins(chip, text);
        return AttachTo(chip, result, second: false);
    }

    /// <summary>Attaches what the options name to the chips of a world: B: before a value makes it the second's.</summary>
    /// <returns>What is at the pins of each.</returns>
    public (Board Main, Board Second) Attach(World world, ATxmega128A1 main, ATxmega128A1 second, ParseResult result)
    {
        (Board, Board) boards = (AttachTo(main, result, second: false), AttachTo(second, result, second: true));
        foreach (string text in result.GetValue(_wire) ?? [])
        {
            (string a, string b) = Arguments.Pair("--wire", text, "A=B, as in PORTC.PIN3=B:PORTC.PIN2");
            world.Wire(Find(a), Find(b));
        }

        return boards;

        Pin Find(string name) => ChipNames.IsSecond(name) ? Arguments.Pin(second, "--wire", ChipNames.Bare(name)) : Arguments.Pin(main, "--wire", name);
    }

    private Board AttachTo(ATxmega128A1 chip, ParseResult result, bool second)
    {
        if (result.GetValue(_sram) is { } sram) AttachMemory(chip, "--external-sram", ExternalMemoryKind.Sram, sram);
        if (result.GetValue(_sdram) is { } sdram) AttachMemory(chip, "--external-sdram", ExternalMemoryKind.Sdram, $"CS3:{sdram}");
        if (result.GetValue(_crystal) is { } crystal) chip.ExternalClockHertz = ReadFrequency(crystal);
        chip.HasWatchCrystal = result.IsSet(_watchCrystal);
        foreach (string text in Of(_oscillators)) OscillatorArguments.SetErrors(chip, "--osc", text);
        if (result.GetValue(_vcc) is { } vcc) chip.Vcc = ReadSupply(vcc);
        foreach (string text in Of(_pin)) HoldPin(chip, text);
        AttachedPart[] parts = [.. Of(_part).Select(text => AttachPart(chip, text))];
        foreach (string file in Of(_stimulus))
            _ = new StimulusPlayer(chip, StimulusFile.Parse(Arguments.ReadText("--stimulus", file), file, chip), "--stimulus");
        var inputs = new UsartInputs(chip);
        foreach (string text in Of(_input)) inputs.Send(text);
        return new Board(inputs, parts);

        IEnumerable<string> Of(Option<string[]> option) => ChipNames.Of(result.GetValue(option) ?? [], second);
    }

    private static AttachedPart AttachPart(ATxmega128A1 chip, string text)
    {
        try
        {
            return PartCatalogue.Attach(chip, text);
        }
        catch (PartFormatException e)
        {
            throw new UsageException($"--part {text}: {e.Message}");
        }
    }

    private static long ReadFrequency(string text)
    {
        try
        {
            return CrystalFrequency.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--crystal: {e.Message}");
        }
    }

    private static void HoldPin(ATxmega128A1 chip, string text)
    {
        (string name, string value) = Arguments.Pair("--pin", text, "NAME=VALUE, as in PORTD.PIN3=1");
        Pin pin = Arguments.Pin(chip, "--pin", name);
        PinDriver driver = pin.AddDriver("--pin");
        if (value is "0" or "1") driver.Drive = PinDrive.Strong(value == "1");
        else if (value is "pullup" or "pulldown") driver.Drive = PinDrive.Pull(value == "pullup");
        else if (Volts.TryParse(value, out long microvolts)) driver.Give(microvolts);
        else if (value is not ("z" or "Z")) throw new UsageException($"--pin: '{value}' is not a level of {pin.Name}: write 0, 1, z, pullup, pulldown, or volts as in 0.5V");
    }

    private static long ReadSupply(string text)
    {
        if (!Volts.TryParse(text, out long microvolts, needsUnit: false)) throw new UsageException($"--vcc: '{text}' is not a voltage: write 3.3 or 3.3V");
        return microvolts is >= 0 and <= Supply.Highest ? microvolts : throw new UsageException($"--vcc: {text} is not between 0 V and {Volts.Format(Supply.Highest)}; the part works from 1.6 V to 3.6 V");
    }

    // [CSn:]SIZE, the size in bytes, KiB or MiB.
    private static void AttachMemory(ATxmega128A1 chip, string option, ExternalMemoryKind kind, string text)
    {
        (int select, string size) = text.Length > 4 && text.StartsWith("CS", StringComparison.OrdinalIgnoreCase) && text[2] is >= '0' and <= '3' && text[3] == ':'
            ? (text[2] - '0', text[4..])
            : (0, text);
        int shift = size.EndsWith("MiB", StringComparison.Ordinal) ? 20 : size.EndsWith("KiB", StringComparison.Ordinal) ? 10 : 0;
        bool isNumber = Arguments.TryNumber(shift == 0 ? size : size[..^3], out int number);
        long bytes = (long)number << shift;
        if (!isNumber || bytes is < 256 or > DataSpace.Size || !long.IsPow2(bytes))
            throw new UsageException($"{option}: '{size}' is no size of a memory: a power of two from 256 to 16MiB, as in 64KiB");
        chip.AttachExternalMemory(kind, (int)bytes, select);
    }

    private static MemoryOverlay ReadFuse(string text)
    {
        (string number, string value) = Arguments.Pair("--fuses", text, "BYTE=VALUE, as in 2=0xBF");
        int at = Arguments.Number("--fuses", number), bits = Arguments.Number("--fuses", value);
        if (at >= Fuses.Count) throw new UsageException($"--fuses: there is no fuse byte {at}: the part has 0 to {Fuses.Count - 1}");
        return bits <= 0xFF ? new MemoryOverlay(MemoryKind.Fuse, at, new[] { (byte)bits }) : throw new UsageException($"--fuses: {value} is no byte: write 0x00 to 0xFF");
    }

    private static void JoinPins(ATxmega128A1 chip, string text)
    {
        (string a, string b) = Arguments.Pair("--wire", text, "A=B, as in PORTC.PIN0=PORTD.PIN0");
        Arguments.Pin(chip, "--wire", a).Join(Arguments.Pin(chip, "--wire", b));
    }
}
