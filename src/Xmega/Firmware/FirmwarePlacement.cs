namespace Xmega.Firmware;

/// <summary>Where one memory sits in the combined address space of a firmware file (GNU binutils' AVR convention).</summary>
/// <param name="Kind">The memory.</param>
/// <param name="Base">Its first byte's address in the file.</param>
/// <param name="Size">Its size in the ATxmega128A1, bytes.</param>
/// <param name="Name">What messages call it.</param>
internal sealed record FirmwarePlacement(MemoryKind Kind, uint Base, int Size, string Name)
{
    /// <summary>Data space in the file's address space: symbols live there, bytes never do.</summary>
    public const uint DataBase = 0x80_0000;

    /// <summary>Every memory, indexed by <see cref="MemoryKind"/>.</summary>
    public static readonly FirmwarePlacement[] All =
    [
        new(MemoryKind.Flash, 0x00_0000, 0x2_2000, "flash"),
        new(MemoryKind.Eeprom, 0x81_0000, 2048, "EEPROM"),
        new(MemoryKind.Fuse, 0x82_0000, 6, "the fuses"),
        new(MemoryKind.Lock, 0x83_0000, 1, "the lock bits"),
        new(MemoryKind.Signature, 0x84_0000, 3, "the signature"),
        new(MemoryKind.UserSignature, 0x85_0000, 512, "the user signature row"),
    ];

    private uint Last => Base + (uint)Size - 1;

    /// <summary>The placement of one memory.</summary>
    public static FirmwarePlacement Of(MemoryKind kind) => (uint)kind < All.Length
        ? All[(int)kind]
        : throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such memory.");

    /// <summary>Finds the memory that bytes go to.</summary>
    /// <param name="address">First byte, in the file's address space.</param>
    /// <param name="length">Bytes, at least 1.</param>
    /// <param name="problem">What is wrong and what to do, when the answer is null.</param>
    public static FirmwarePlacement? Locate(uint address, uint length, out string problem)
    {
        // A region of the linker is 64 KiB or less, so the upper half of the address says which memory is meant.
        FirmwarePlacement? meant = address < DataBase
            ? All[(int)MemoryKind.Flash]
            : Array.Find(All, memory => memory.Base >> 16 == address >> 16);
        bool fits = meant is not null && meant.Holds(address, length);
        problem = fits ? "" : Describe(meant, address, length);
        return fits ? meant : null;
    }

    /// <summary>Takes a linker symbol's value apart.</summary>
    public static (SymbolSpace Space, uint Address) LocateSymbol(uint value) => (value >> 16) switch
    {
        < 0x80 => (SymbolSpace.Code, value),
        0x80 => (SymbolSpace.Data, value & 0xFFFF),
        0x81 => (SymbolSpace.Eeprom, value & 0xFFFF),
        0x82 => (SymbolSpace.Fuse, value & 0xFFFF),
        0x83 => (SymbolSpace.Lock, value & 0xFFFF),
        0x84 => (SymbolSpace.Signature, value & 0xFFFF),
        0x85 => (SymbolSpace.UserSignature, value & 0xFFFF),
        _ => (SymbolSpace.Absolute, value),
    };

    private static string Describe(FirmwarePlacement? meant, uint address, uint length)
    {
        string range = FirmwareText.Range(address, length);
        bool one = length == 1;
        if (address >> 16 == DataBase >> 16)
        {
            return $"{range} {(one ? "is" : "are")} in data memory, which a file cannot fill; give the section a load address in flash, "
                + "where start-up code copies it from (avr-gcc's linker scripts do)";
        }

        if (meant is null) return $"{range} {(one ? "belongs" : "belong")} to no memory of the ATxmega128A1; {FirmwareText.Rebuild}";
        string extent = meant.Size == 1 ? $"0x{meant.Base:X6} only" : $"0x{meant.Base:X6} to 0x{meant.Last:X6}";
        string remedy = meant.Kind == MemoryKind.Flash ? "make the program smaller" : "put less there";
        return $"{range} {(one ? "does" : "do")} not fit in {meant.Name} ({extent}); {remedy} or {FirmwareText.Rebuild}";
    }

    private bool Holds(uint address, uint length) => (ulong)(address - Base) + length <= (ulong)Size;
}
