namespace Xmega.Registers;

/// <summary>How a register answers the bus.</summary>
public enum Access
{
    /// <summary>What is written is read back.</summary>
    ReadWrite,

    /// <summary>Writes are ignored.</summary>
    ReadOnly,

    /// <summary>Writing 1 clears a flag.</summary>
    WriteOneToClear,

    /// <summary>Writing does something at once: sets, clears, toggles, commands.</summary>
    Strobe,

    /// <summary>A data register: writing and reading are two different places.</summary>
    Data,
}

/// <summary>How far this emulator models a register.</summary>
public enum Fidelity
{
    /// <summary>As the manual says.</summary>
    Modelled,

    /// <summary>The value is kept and read back, and does nothing.</summary>
    Stored,
}

/// <summary>One byte of a module's registers.</summary>
/// <param name="Name">Datasheet name; L or H ends it for a byte of a 16-bit register.</param>
/// <param name="Mask">The bits that can be written; the others read as they are and ignore writes.</param>
/// <param name="Access">How it answers.</param>
/// <param name="Protected">The bits that change only within four instructions of a signature in CCP.</param>
/// <param name="Fidelity">How far it is modelled.</param>
public sealed record Register(string Name, byte Mask, Access Access, byte Protected, Fidelity Fidelity);

/// <summary>
/// What registers a module type has: one table a type, which the bus, the fidelity table and the tests against the
/// register map all read. Offsets without a row are reserved.
/// </summary>
public sealed class RegisterTable
{
    private readonly Register?[] _rows;

    /// <summary>Initializes a new instance of the <see cref="RegisterTable"/> class.</summary>
    /// <param name="moduleType">The module type's datasheet name.</param>
    /// <param name="size">Bytes of I/O space an instance takes.</param>
    public RegisterTable(string moduleType, int size)
    {
        ModuleType = moduleType;
        _rows = new Register?[size];
    }

    /// <summary>Gets the module type's datasheet name.</summary>
    public string ModuleType { get; }

    /// <summary>Gets the bytes of I/O space an instance takes.</summary>
    public int Size => _rows.Length;

    /// <summary>Gets the register at an offset, or null where the module has none.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    public Register? this[int offset] => _rows[offset];

    /// <summary>Adds a register of one byte.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <param name="name">Datasheet name.</param>
    /// <param name="mask">Writable bits.</param>
    /// <param name="access">How it answers.</param>
    /// <param name="protectedBits">Bits under configuration change protection.</param>
    /// <param name="fidelity">How far it is modelled.</param>
    /// <returns>This table.</returns>
    public RegisterTable Add(int offset, string name, byte mask, Access access = Access.ReadWrite, byte protectedBits = 0, Fidelity fidelity = Fidelity.Modelled)
    {
        _rows[offset] = new Register(name, mask, access, protectedBits, fidelity);
        return this;
    }

    /// <summary>Adds a register of two bytes, low byte first.</summary>
    /// <param name="offset">Bytes from the module's base to the low byte.</param>
    /// <param name="name">Datasheet name without L or H.</param>
    /// <param name="access">How it answers.</param>
    /// <returns>This table.</returns>
    public RegisterTable AddWide(int offset, string name, Access access = Access.ReadWrite) =>
        Add(offset, name + "L", 0xFF, access).Add(offset + 1, name + "H", 0xFF, access);
}
