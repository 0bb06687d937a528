namespace Xmega.Benchmarks;

/// <summary>The instructions that the benchmarks' own programs need, as opcodes.</summary>
internal static class Code
{
    public const ushort Sei = 0x9478;
    public const ushort Sleep = 0x9588;
    public const ushort Reti = 0x9518;
    public const ushort SleepControl = 0x0048; // SLEEP.CTRL, for Sts

    /// <summary>LDI, registers 16–31.</summary>
    public static ushort Ldi(int register, int value) => (ushort)(0xE000 | ((value & 0xF0) << 4) | ((register - 16) << 4) | (value & 0x0F));

    /// <summary>STS; the address is the next word.</summary>
    public static ushort Sts(int register) => (ushort)(0x9200 | (register << 4));

    /// <summary>LDS; the address is the next word.</summary>
    public static ushort Lds(int register) => (ushort)(0x9000 | (register << 4));

    /// <summary>INC.</summary>
    public static ushort Inc(int register) => (ushort)(0x9403 | (register << 4));

    /// <summary>DEC.</summary>
    public static ushort Dec(int register) => (ushort)(0x940A | (register << 4));

    /// <summary>BRNE, in words from the next instruction.</summary>
    public static ushort Brne(int words) => (ushort)(0xF401 | ((words & 0x7F) << 3));

    /// <summary>RJMP, in words from the next instruction.</summary>
    public static ushort Rjmp(int words) => (ushort)(0xC000 | (words & 0x0FFF));
}
