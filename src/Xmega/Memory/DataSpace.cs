using Xmega.State;

namespace Xmega.Memory;

/// <summary>
/// The 24-bit data space: I/O, mapped EEPROM, internal SRAM, external memory (8077I 4.4). The interpreter reaches
/// internal SRAM by itself; everything else comes through here with its exact cycle.
/// </summary>
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

    /// <summary>First address of external memory: internal memories win below it.</summary>
    public const int ExternalStart = SramStart + SramSize;

    /// <summary>Addresses in the data space.</summary>
    public const int Size = 0x1000000;

    private readonly byte[] _sram = Pinned.Create(SramSize);
    private readonly Diagnostics _diagnostics;
    private readonly HashSet<int> _reported = []; // instructions that a remark was made about

    internal DataSpace(IoSpace io, BusArbiter arbiter, Diagnostics diagnostics)
    {
        Arbiter = arbiter;
        Io = io;
        _diagnostics = diagnostics;
        Sram = Pinned.AddressOf(_sram);
    }

    /// <summary>Gets the I/O space.</summary>
    public IoSpace Io { get; }

    /// <summary>Gets EEPROM, whether it is mapped or not.</summary>
    public Eeprom Eeprom { get; } = new();

    /// <summary>Gets the contents of EEPROM, 2 KiB, whether it is mapped or not; erased it holds 0xFF.</summary>
    public Span<byte> EepromSpan => Eeprom.Span;

    /// <summary>Gets who waits for whom when the CPU and the DMA controller want the same memory.</summary>
    public BusArbiter Arbiter { get; }

    /// <summary>Gets or sets whether EEPROM is off because the chip sleeps: DMA then cannot read it.</summary>
    internal Func<bool> EepromIsOff { get; set; } = static () => false;

    /// <summary>Gets or sets what makes the CPU wait for a slow memory, in cycles.</summary>
    internal Action<int> Stall { get; set; } = static _ => { };

    /// <summary>Gets or sets what answers above internal SRAM.</summary>
    internal IExternalBus? External { get; set; }

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
        if (IsMappedEeprom(address)) return Eeprom.Span[address - EepromStart];
        if ((uint)(address - SramStart) < SramSize) return Sram[address - SramStart];
        return address >= ExternalStart && External is { } external ? external.Peek(address) : (byte)0;
    }

    /// <summary>The section of the bus that an address lies in.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <returns>The section; external memory where nothing answers.</returns>
    public BusSection SectionOf(int address)
    {
        if (address < IoSpace.Size) return BusSection.Io;
        if ((uint)(address - SramStart) < SramSize) return BusSection.Sram;
        return IsMappedEeprom(address) ? BusSection.Eeprom : BusSection.External;
    }

    /// <summary>Reads as the CPU does.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <returns>The byte; 0 where nothing answers (unverified).</returns>
    public byte Read(int address)
    {
        if (address < IoSpace.Size) return Io.Read(address);
        if ((uint)(address - SramStart) < SramSize) return Sram[address - SramStart];
        if (IsMappedEeprom(address))
        {
            Stall(EepromReadWait);
            return Eeprom.Read(address - EepromStart);
        }

        byte value = 0;
        string? why = null;
        if (address >= ExternalStart && External is { } external && (why = external.Read(address, out value)) is null) return value;
        Unmapped(address, "read of", why);
        return 0;
    }

    /// <summary>Writes as the CPU does.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <param name="value">The byte.</param>
    public void Write(int address, byte value)
    {
        if (address < IoSpace.Size) Io.Write(address, value);
        else if ((uint)(address - SramStart) < SramSize) Sram[address - SramStart] = value;
        else if (IsMappedEeprom(address)) LoadEeprom(address - EepromStart, value);
        else WriteExternal(address, value);
    }

    private void WriteExternal(int address, byte value)
    {
        string? why = null;
        if (address < ExternalStart || External is not { } external || (why = external.Write(address, value)) is not null) Unmapped(address, "write to", why);
    }

    private void LoadEeprom(int offset, byte value)
    {
        Stall(EepromLoadWait);
        if (Eeprom.BusyRead is null) Eeprom.LoadBuffer(offset, value);
        else _diagnostics.Report(DiagnosticKind.LostData, EepromStart + offset, $"write to mapped EEPROM 0x{offset:X3} while the NVM controller is busy: lost");
    }

    /// <summary>Reads as the DMA controller does, which keeps the time an access takes by itself.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <returns>The byte; 0 where nothing answers (unverified).</returns>
    internal byte DmaRead(int address)
    {
        if (address < IoSpace.Size) return Io.DmaRead(address);
        return IsMappedEeprom(address) ? Eeprom.Read(address - EepromStart) : Read(address);
    }

    /// <summary>Writes as the DMA controller does.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <param name="value">The byte.</param>
    internal void DmaWrite(int address, byte value)
    {
        if (address < IoSpace.Size) Io.DmaWrite(address, value);
        else Write(address, value);
    }

    private bool IsMappedEeprom(int address) => Eeprom.IsMapped && (uint)(address - EepromStart) < EepromSize;

    /// <summary>Carries the contents of the memories out or in, and which instructions were remarked on.</summary>
    /// <param name="s">The stream.</param>
    internal void State(StateStream s)
    {
        s.Bytes(_sram);
        int count = _reported.Count;
        s.Length(ref count);
        int[] reported = s.IsRestoring ? new int[count] : [.. _reported];
        foreach (ref int instruction in reported.AsSpan()) s.Value(ref instruction);
        if (!s.IsRestoring) return;
        _reported.Clear();
        _reported.UnionWith(reported);
    }

    private void Unmapped(int address, string what, string? why)
    {
        // Once for an instruction, too: a loop over memory that is not there is one mistake.
        if (_diagnostics.Knows(DiagnosticKind.UnmappedAddress, address) || !_reported.Add(_diagnostics.ProgramCounter())) return;
        string where = address switch
        {
            < EepromStart + EepromSize => "EEPROM is not mapped into the data space",
            < SramStart => "reserved",
            _ => why ?? "no external memory answers",
        };
        _diagnostics.Report(DiagnosticKind.UnmappedAddress, address, $"{what} data address 0x{address:X6}: {where}; reads as 0, writes are ignored");
    }
}
