using Xmega.State;

namespace Xmega.Memory;

/// <summary>
/// The temporary byte through which a module's 16-bit registers are read and written whole over the 8-bit bus: write
/// the low byte first, read the low byte first (8077I 3.11). One per module, shared by its registers.
/// </summary>
public struct TemporaryByte
{
    /// <summary>The byte; a module whose register map shows TEMP reads and writes it here.</summary>
    public byte Value;

    /// <summary>Reads the low byte: the high byte goes to the temporary byte in the same cycle.</summary>
    /// <param name="word">The register.</param>
    /// <returns>The low byte.</returns>
    public byte ReadLow(int word)
    {
        Value = (byte)(word >> 8);
        return (byte)word;
    }

    /// <summary>Writes the low byte, which waits here for the high byte.</summary>
    /// <param name="low">The byte.</param>
    public void WriteLow(byte low) => Value = low;

    /// <summary>Writes the high byte: both bytes go to the register in this cycle.</summary>
    /// <param name="high">The byte.</param>
    /// <returns>The register's new value.</returns>
    public readonly ushort WriteHigh(byte high) => (ushort)((high << 8) | Value);

    /// <summary>Carries the byte out or in.</summary>
    /// <param name="s">The stream.</param>
    public void State(StateStream s) => s.Value(ref Value);
}
