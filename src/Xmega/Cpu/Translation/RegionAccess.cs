namespace Xmega.Cpu.Translation;

/// <summary>What translated code calls to reach I/O space: an access in its exact cycle, as the interpreter makes it.</summary>
internal static class RegionAccess
{
    /// <summary>Reads a byte.</summary>
    /// <param name="core">The CPU.</param>
    /// <param name="address">I/O address.</param>
    /// <param name="word">Word address of the instruction.</param>
    /// <param name="tally">The tally at the end of the instruction.</param>
    /// <returns>The new budget in bits 8 and up, the byte in bits 0–7.</returns>
    public static long Read(CpuCore core, int address, int word, long tally)
    {
        core.BeginAccess(word, tally);
        byte value = core.ReadFromRegion(address);
        return ((long)core.EndAccess(tally) << 8) | value;
    }

    /// <summary>Writes a byte.</summary>
    /// <param name="core">The CPU.</param>
    /// <param name="address">I/O address.</param>
    /// <param name="value">The byte.</param>
    /// <param name="word">Word address of the instruction.</param>
    /// <param name="tally">The tally at the end of the instruction.</param>
    /// <returns>The new budget.</returns>
    public static int Write(CpuCore core, int address, int value, int word, long tally)
    {
        core.BeginAccess(word, tally);
        core.WriteFromRegion(address, (byte)value);
        return core.EndAccess(tally);
    }

    /// <summary>Sets or clears a bit, as SBI and CBI do.</summary>
    /// <param name="core">The CPU.</param>
    /// <param name="address">I/O address.</param>
    /// <param name="bit">Bit number, plus 0x100 to set it.</param>
    /// <param name="word">Word address of the instruction.</param>
    /// <param name="tally">The tally at the end of the instruction.</param>
    /// <returns>The new budget.</returns>
    public static int WriteBit(CpuCore core, int address, int bit, int word, long tally)
    {
        core.BeginAccess(word, tally);
        core.WriteBitFromRegion(address, bit & 7, bit >= 0x100);
        return core.EndAccess(tally);
    }
}
