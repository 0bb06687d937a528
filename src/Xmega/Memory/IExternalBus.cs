namespace Xmega.Memory;

/// <summary>What answers in the data space above internal SRAM: the external bus interface.</summary>
internal interface IExternalBus
{
    /// <summary>Looks without any effect.</summary>
    /// <param name="address">Data address, 0x004000–0xFFFFFF.</param>
    /// <returns>The byte; 0 where nothing answers.</returns>
    byte Peek(int address);

    /// <summary>Reads, and makes the bus master wait.</summary>
    /// <param name="address">Data address.</param>
    /// <param name="value">The byte; 0 where nothing answers.</param>
    /// <returns>Null, or why nothing answers.</returns>
    string? Read(int address, out byte value);

    /// <summary>Writes, and makes the bus master wait.</summary>
    /// <param name="address">Data address.</param>
    /// <param name="value">The byte.</param>
    /// <returns>Null, or why nothing answers.</returns>
    string? Write(int address, byte value);
}
