namespace Xmega.Firmware;

/// <summary>Which address space a symbol's address belongs to.</summary>
public enum SymbolSpace
{
    /// <summary>Program memory; the address counts bytes (twice the program counter's word address).</summary>
    Code,

    /// <summary>Data space as LD and ST see it, 0x2000 being the first byte of internal SRAM.</summary>
    Data,

    /// <summary>EEPROM; the address is an offset in it.</summary>
    Eeprom,

    /// <summary>Fuse bytes.</summary>
    Fuse,

    /// <summary>Lock bits.</summary>
    Lock,

    /// <summary>Device signature.</summary>
    Signature,

    /// <summary>User signature row.</summary>
    UserSignature,

    /// <summary>No place in memory: a constant such as <c>__stack</c> or <c>__SREG__</c>.</summary>
    Absolute,
}

/// <summary>What a symbol names.</summary>
public enum SymbolKind
{
    /// <summary>A bare label, as assembler and linker script make them.</summary>
    Label,

    /// <summary>A variable or table.</summary>
    Object,

    /// <summary>A function.</summary>
    Function,
}

/// <summary>How far a symbol is visible.</summary>
public enum SymbolBinding
{
    /// <summary>In one source file only; several symbols may share a name.</summary>
    Local,

    /// <summary>Everywhere, and replaceable: avr-libc's default interrupt handlers.</summary>
    Weak,

    /// <summary>Everywhere.</summary>
    Global,
}

/// <summary>A name in the firmware.</summary>
/// <param name="Name">The name as the linker wrote it (C++ names are mangled); never empty, no control characters.</param>
/// <param name="Space">What <paramref name="Address"/> is an address in.</param>
/// <param name="Address">Byte address in <paramref name="Space"/>; the linker's 0x800000 and up are taken off.</param>
/// <param name="Size">Length in bytes; 0 when the file does not say.</param>
/// <param name="Kind">What it names.</param>
/// <param name="Binding">How far it is visible.</param>
public sealed record FirmwareSymbol(
    string Name, SymbolSpace Space, uint Address, uint Size, SymbolKind Kind, SymbolBinding Binding);

/// <summary>A place in the code, said by the symbol before it.</summary>
/// <param name="Symbol">The symbol at or below the address.</param>
/// <param name="Offset">Bytes from the symbol to the address. May exceed the symbol's size: code behind a function that has no name of its own.</param>
public readonly record struct CodeLocation(FirmwareSymbol Symbol, uint Offset)
{
    /// <summary><c>main</c> at its first byte, else <c>main+0x12</c>.</summary>
    public override string ToString() => Offset == 0 ? Symbol.Name : $"{Symbol.Name}+0x{Offset:X}";
}
