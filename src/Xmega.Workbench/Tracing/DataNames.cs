using Xmega.Firmware;
using Xmega.Memory;

namespace Xmega.Workbench.Tracing;

/// <summary>What data addresses are called: registers by their datasheet names, variables by their symbols.</summary>
public static class DataNames
{
    /// <summary>The name of an address.</summary>
    /// <param name="chip">The chip, for its registers.</param>
    /// <param name="image">The firmware, for its variables.</param>
    /// <param name="address">Data address.</param>
    /// <returns><c>TCC0.CTRLA</c>, <c>counter</c>, <c>buffer+3</c>, or null.</returns>
    public static string? NameOf(ATxmega128A1 chip, FirmwareImage image, int address)
    {
        if (address < IoSpace.Size)
        {
            string name = chip.Data.Io.NameOf(address);
            return name.StartsWith("0x", StringComparison.Ordinal) ? null : name;
        }

        FirmwareSymbol? variable = image.Symbols.FirstOrDefault(s => s.Space == SymbolSpace.Data && s.Size > 0 && s.Address <= address && address < s.Address + s.Size);
        if (variable is null) return null;
        return variable.Address == address ? variable.Name : FormattableString.Invariant($"{variable.Name}+{address - variable.Address}");
    }
}
