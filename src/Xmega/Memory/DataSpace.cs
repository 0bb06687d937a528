namespace Xmega.Memory;

/// <summary>
/// The 24-bit data space: I/O, mapped EEPROM, internal SRAM, external memory (8077I 4.4). The interpreter reaches
/// internal SRAM by itself; everything else comes through here with its exact cycle.
/// </summary>
/// <remarks>
/// Limitations: external memory (EBI) does not answer.
/// </remarks>
public sealed unsafe class DataSpace
{
    /// <summary>First address of mapped EEPROM.</summary>
    public const int EepromStart = 0x1000;

    /// <summary>Bytes of mapped EEPROM.</summary>
    public const int EepromSize = Eeprom.Size;

    /// <summary>Cycles by which a load from mapped EEPROM takes longer than one from I/O: three cycles on the bus for one (8077I 4.11).</summary>
    public const int EepromReadWait = 2;

    /// <summary>Cycles for which a load of the EEPROM page buffer halts the CPU: 8331B 33.11.4.</summary>
    public const int EepromLoadWait = 2;

    /// <summary>First address of internal SRAM.</summary>
    public const int SramStart = 0x2000;

    /// <summary>Bytes of internal SRAM.</summary>
    public const int SramSize = 0x2000;

    /// <summary>Addresses in the data space.</summary>
    public const int Size = 0x1000000;

    private readonly byte[] _sram = GC.AllocateArray<byte>(SramSize, pinned: true);
    private readonly Diagnostics _diagnostics;
    private readonly HashSet<int> _reported = []; // instructions that a remark was made about

    internal DataSpace(IoSpace io, Diagnostics diagnostics)
    {
        Io = io;
        _diagnostics = diagnostics;
        Sram = (byte*)global::System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_sram, 0);
    }

    /// <summary>Gets the I/O space.</summary>
    public IoSpace Io { get; }

    /// <summary>Gets EEPROM, whether it is mapped or not.</summary>
    public Eeprom Eeprom { get; } = new();

    /// <summary>Gets the contents of EEPROM, 2 KiB, whether it is mapped or not; erased it holds 0xFF.</summary>
    public Span<byte> EepromSpan => Eeprom.Span;

    /// <summary>Gets or sets what makes the CPU wait for a slow memory, in cycles.</summary>
    internal Action<int> Stall { get; set; } = static _ => { };

    /// <summary>Gets or sets what makes the CPU stand still until further notice (true), and go on (false).</summary>
    internal Action<bool> Halt { get; set; } = static _ => { };

    /// <summary>Gets internal SRAM, 8 KiB.</summary>
    public Span<byte> SramSpan => _sram;

    internal byte* Sram { get; }

    /// <summary>Looks without any effect.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <returns>The byte; 0 where nothing answers.</returns>
    public byte Peek(int address)
    {
        address &= Size - 1;
        if (address < IoSpace.Size) return Io.Peek(address);
        if (Eeprom.IsMapped && (uint)(address - EepromStart) < EepromSize) return Eeprom.Span[address - EepromStart];
        return (uint)(address - SramStart) < SramSize ? Sram[address - SramStart] : (byte)0;
    }

    /// <summary>Reads as a bus master does.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <returns>The byte; 0 where nothing answers (unverified).</returns>
    public byte Read(int address)
    {
        if (address < IoSpace.Size) return Io.Read(address);
        if ((uint)(address - SramStart) < SramSize) return Sram[address - SramStart];
        if (Eeprom.IsMapped && (uint)(address - EepromStart) < EepromSize)
        {
            Stall(EepromReadWait);
            return Eeprom.Read(address - EepromStart);
        }

        Unmapped(address, "read of");
        return 0;
    }

    /// <summary>Writes as a bus master does.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <param name="value">The byte.</param>
    public void Write(int address, byte value)
    {
        if (address < IoSpace.Size) Io.Write(address, value);
        else if ((uint)(address - SramStart) < SramSize) Sram[address - SramStart] = value;
        else if (Eeprom.IsMapped && (uint)(address - EepromStart) < EepromSize) LoadEeprom(address - EepromStart, value);
        else Unmapped(address, "write to");
    }

    private void LoadEeprom(int offset, byte value)
    {
        Stall(EepromLoadWait);
        if (Eeprom.BusyRead is null) Eeprom.LoadBuffer(offset, value);
        else _diagnostics.Report(DiagnosticKind.LostData, EepromStart + offset, $"write to mapped EEPROM 0x{offset:X3} while the NVM controller is busy: lost");
    }

    private void Unmapped(int address, string what)
    {
        // Once for an instruction, too: a loop over memory that is not there is one mistake.
        if (_diagnostics.Knows(DiagnosticKind.UnmappedAddress, address) || !_reported.Add(_diagnostics.ProgramCounter())) return;
        string where = address switch
        {
            < EepromStart + EepromSize => "EEPROM is not mapped into the data space",
            < SramStart => "reserved",
            _ => "no external memory answers",
        };
        _diagnostics.Report(DiagnosticKind.UnmappedAddress, address, $"{what} data address 0x{address:X6}: {where}; reads as 0, writes are ignored");
    }
}
