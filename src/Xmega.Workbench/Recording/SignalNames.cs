using System.IO.Enumeration;
using System.Numerics;
using Xmega.Firmware;
using Xmega.Registers;
using Xmega.Signals;

namespace Xmega.Workbench.Recording;

/// <summary>
/// Finds signals by name: those of the chip, and what can be looked at besides: the CPU's registers (<c>CPU.PC</c>,
/// <c>CPU.FUNCTION</c>, <c>CPU.SP</c>, <c>CPU.R24</c>), any register or bit field by its datasheet name
/// (<c>PORTD.OUT</c>, <c>TCC0.CTRLA.CLKSEL</c>), the voltage of any pin (<c>PORTA.PIN0.VOLTS</c>), any variable of up to
/// eight bytes by its symbol (<c>VAR.counter</c>).
/// </summary>
/// <remarks>
/// What hardware alone changes, such as a timer's count, is seen at the CPU's instruction boundaries; while the CPU
/// sleeps, at what is booked. Looking has no side effects.
/// </remarks>
public static class SignalNames
{
    /// <summary>What begins the name of a variable.</summary>
    public const string VariablePrefix = "VAR.";

    private const string VoltsSuffix = ".VOLTS";
    private const int LargestVariable = 8; // bytes

    /// <summary>Finds a signal.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="image">The firmware, for variables; null without.</param>
    /// <param name="name">The name; letter case does not matter but for variables.</param>
    /// <returns>The signal, or null.</returns>
    public static Signal? Find(ATxmega128A1 chip, FirmwareImage? image, string name)
    {
        ArgumentNullException.ThrowIfNull(chip);
        return chip.Signals.Find(name) ?? OfCpu(chip, image, name) ?? OfPin(chip, name) ?? OfRegister(chip, name) ?? OfVariable(chip, image, name);
    }

    /// <summary>Finds signals by a pattern with <c>*</c> and <c>?</c>; <c>VAR.*</c> stands for variables, and a name without either for what <see cref="Find"/> finds.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="image">The firmware, for variables; null without.</param>
    /// <param name="glob">The pattern.</param>
    /// <returns>The signals, those of the chip in its order.</returns>
    public static IReadOnlyList<Signal> Match(ATxmega128A1 chip, FirmwareImage? image, string glob)
    {
        ArgumentNullException.ThrowIfNull(chip);
        ArgumentNullException.ThrowIfNull(glob);
        Signal[] known = [.. chip.Signals.Match(glob)];
        if (known.Length > 0) return known;
        if (!glob.AsSpan().ContainsAny('*', '?')) return Find(chip, image, glob) is { } signal ? [signal] : [];
        if (image is null || !glob.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase)) return [];
        return [.. image.Symbols.Where(s => s.Space == SymbolSpace.Data && FileSystemName.MatchesSimpleExpression(glob.AsSpan(VariablePrefix.Length), s.Name, ignoreCase: false))
            .Select(s => OfVariable(chip, image, s.Name)).OfType<Signal>().Distinct()];
    }

    private static Signal? OfCpu(ATxmega128A1 chip, FirmwareImage? image, string name)
    {
        if (!name.StartsWith("CPU.", StringComparison.OrdinalIgnoreCase)) return null;
        string register = name[4..].ToUpperInvariant();
        SignalList signals = chip.Signals;
        return register switch
        {
            "PC" => signals.AddSampled("CPU.PC", 18, "flash byte address of the next instruction", () => chip.ProgramCounter),
            "FUNCTION" => signals.AddSampled("CPU.FUNCTION", 18, "flash byte address of the function that is executing", () => image?.FunctionAt((uint)chip.ProgramCounter)?.Symbol.Address ?? 0),
            "SP" => signals.AddSampled("CPU.SP", 16, "stack pointer", () => chip.StackPointer),
            "SREG" => signals.AddSampled("CPU.SREG", 8, "status register: I T H S V N Z C", () => chip.StatusRegister),
            ['R', .. string number] when int.TryParse(number, out int n) && n is >= 0 and < 32 => signals.AddSampled($"CPU.R{n}", 8, $"register R{n}", () => chip.Register(n)),
            _ => null,
        };
    }

    private static Signal? OfPin(ATxmega128A1 chip, string name) =>
        name.EndsWith(VoltsSuffix, StringComparison.OrdinalIgnoreCase) && chip.FindPin(name[..^VoltsSuffix.Length]) is { } pin
            ? chip.Signals.AddSampled(pin.Name + VoltsSuffix, 1, "voltage of the pin's line", () => pin.Microvolts, isAnalog: true)
            : null;

    private static Signal? OfRegister(ATxmega128A1 chip, string name)
    {
        if (RegisterMap.ATxmega128A1.Find(name) is { } register)
            return chip.Signals.AddSampled(register.Name, 8 * register.Size, $"register at 0x{register.Address:X4}", () => Peek(chip, register.Address, register.Size));
        int dot = name.LastIndexOf('.');
        if (dot < 0 || RegisterMap.ATxmega128A1.Find(name.Substring(0, dot)) is not { } owner) return null;
        if (owner.Fields.FirstOrDefault(f => f.Name.Equals(name[(dot + 1)..], StringComparison.OrdinalIgnoreCase)) is not { } field) return null;
        int shift = BitOperations.TrailingZeroCount(field.Mask);
        string values = field.Values.Count == 0 ? "" : ": " + string.Join(", ", field.Values.Take(8).Select(v => FormattableString.Invariant($"{v.Value >> shift} {v.Key}")));
        return chip.Signals.AddSampled($"{owner.Name}.{field.Name}", BitOperations.PopCount((uint)field.Mask), $"bits of {owner.Name}{values}", () => (Peek(chip, owner.Address, owner.Size) & field.Mask) >> shift);
    }

    private static Signal? OfVariable(ATxmega128A1 chip, FirmwareImage? image, string name)
    {
        if (image is null) return null;
        string symbol = name.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase) ? name[VariablePrefix.Length..] : name;
        if (image.FindSymbol(symbol) is not { Space: SymbolSpace.Data, Kind: SymbolKind.Object, Size: > 0 and <= LargestVariable } variable) return null;
        int address = (int)variable.Address, size = (int)variable.Size;
        string path = VariablePrefix + variable.Name;
        return chip.Signals.Find(path) ?? chip.Signals.AddSampled(path, 8 * size, $"variable of {size} bytes at 0x{address:X4}", () => Peek(chip, address, size));
    }

    private static long Peek(ATxmega128A1 chip, int address, int size)
    {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) value = (value << 8) | chip.Data.Peek(address + i);
        return value;
    }
}
