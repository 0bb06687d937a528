using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.Nvm;

/// <summary>Non-volatile memory controller (8077I 4.15, ch. 30): owns the EEPROM and maps it into the data space.</summary>
/// <remarks>
/// Limitations: of the controller only the mapping of EEPROM for reading is modelled. No command is: EEPROM and flash
/// cannot be written by firmware, fuses, signature rows and CRC not read; CMD, ADDR, DATA, CTRLA and INTCTRL do not
/// answer, and a diagnostic says so. FPRM, EPRM and SPMLOCK are kept and have no effect.
/// </remarks>
internal sealed class NvmController : IoModule
{
    private const int CTRLB = 0x0C;
    private const int STATUS = 0x0F;
    private const int LOCKBITS = 0x10;

    private const byte EEMAPEN = 0x08; // EEPROM mapped into the data space
    private const byte FPRM = 0x04;    // flash power reduction mode
    private const byte EPRM = 0x02;    // EEPROM power reduction mode
    private const byte SPMLOCK = 0x01; // self-programming locked

    private readonly DataSpace _data;
    private byte _ctrlb;

    public NvmController(DataSpace data)
        : base("NVM", 0x01C0, Map) => _data = data;

    private static RegisterTable Map { get; } = new RegisterTable("NVM", 0x11)
        .Add(CTRLB, "CTRLB", EEMAPEN | FPRM | EPRM | SPMLOCK, protectedBits: SPMLOCK)
        .Add(STATUS, "STATUS", 0, Access.ReadOnly)
        .Add(LOCKBITS, "LOCKBITS", 0, Access.ReadOnly);

    public override byte Peek(int offset) => offset switch
    {
        CTRLB => _ctrlb,
        LOCKBITS => 0xFF, // nothing locked
        _ => 0,           // STATUS: never busy, as nothing can be programmed
    };

    public override void Write(int offset, byte value)
    {
        _ctrlb = (byte)(value | (_ctrlb & SPMLOCK)); // SPMLOCK stays until reset
        _data.EepromIsMapped = (value & EEMAPEN) != 0;
    }

    public override void Reset()
    {
        _ctrlb = 0;
        _data.EepromIsMapped = false;
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrlb);
        if (s.IsRestoring) _data.EepromIsMapped = (_ctrlb & EEMAPEN) != 0;
    }
}
