using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.SystemControl;

/// <summary>MCU control (8077I 4.17): device identification, JTAG disable, locks of the event system and the AWeX.</summary>
/// <remarks>
/// Limitations: JTAG has its pins, TMS, TDI and TCK pulled up, and nobody speaks it.
/// </remarks>
internal sealed class McuControl : IoModule
{
    private const int DEVID0 = 0x00;
    private const int DEVID1 = 0x01;
    private const int DEVID2 = 0x02;
    private const int REVID = 0x03;
    private const int JTAGUID = 0x04;
    private const int MCUCR = 0x06;
    private const int EVSYSLOCK = 0x08;
    private const int AWEXLOCK = 0x09;

    private const byte JTAGD = 0x01;      // JTAG disabled
    private const byte EVSYSLOCKS = 0x11; // channels 4-7, channels 0-3
    private const byte AWEXLOCKS = 0x05;  // AWEXE, AWEXC

    /// <summary>The revision that REVID shows: H, the last one in wide use (which revisions were sold is unverified).</summary>
    private const byte Revision = 7;

    private readonly Fuses _fuses;
    private byte _mcucr;
    private byte _jtaguid;
    private byte _evsyslock;
    private byte _awexlock;

    public McuControl(Fuses fuses)
        : base("MCU", 0x0090, Map) => _fuses = fuses;

    /// <summary>Tells listeners whether JTAG is on, by its fuse and JTAGD, and has its pins.</summary>
    public event Action<bool>? JtagChanged;

    /// <summary>Tells listeners that a lock was set, or cleared by a reset.</summary>
    public event Action? LocksChanged;

    /// <summary>Gets EVSYSLOCK: bit 0 locks channels 0–3, bit 4 channels 4–7.</summary>
    public byte EventSystemLock => _evsyslock;

    /// <summary>Gets AWEXLOCK: bit 0 locks AWEXC, bit 2 AWEXE.</summary>
    public byte WaveformExtensionLock => _awexlock;

    private static RegisterTable Map { get; } = new RegisterTable("MCU", 0x0A)
        .Add(DEVID0, "DEVID0", 0, Access.ReadOnly)
        .Add(DEVID1, "DEVID1", 0, Access.ReadOnly)
        .Add(DEVID2, "DEVID2", 0, Access.ReadOnly)
        .Add(REVID, "REVID", 0, Access.ReadOnly)
        .Add(JTAGUID, "JTAGUID", 0, Access.ReadOnly)
        .Add(MCUCR, "MCUCR", JTAGD, protectedBits: JTAGD)
        .Add(EVSYSLOCK, "EVSYSLOCK", EVSYSLOCKS, protectedBits: EVSYSLOCKS)
        .Add(AWEXLOCK, "AWEXLOCK", AWEXLOCKS, protectedBits: AWEXLOCKS);

    public override byte Peek(int offset) => offset switch
    {
        DEVID0 => 0x1E,
        DEVID1 => 0x97,
        DEVID2 => 0x4C,
        REVID => Revision,
        JTAGUID => _jtaguid,
        MCUCR => _mcucr,
        EVSYSLOCK => _evsyslock,
        AWEXLOCK => _awexlock,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case MCUCR:
                _mcucr = value;
                TellJtag();
                break;
            case EVSYSLOCK:
                _evsyslock |= value; // locks can only be set; a reset clears them
                LocksChanged?.Invoke();
                break;
            case AWEXLOCK:
                _awexlock |= value;
                LocksChanged?.Invoke();
                break;
        }
    }

    public override void Reset()
    {
        _mcucr = _evsyslock = _awexlock = 0;
        _jtaguid = _fuses.JtagUserId;
        LocksChanged?.Invoke();
        TellJtag();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _mcucr);
        s.Value(ref _evsyslock);
        s.Value(ref _awexlock);
        s.Value(ref _jtaguid);
    }

    // 8331B 31.3: with the fuse unprogrammed or JTAGD set the four pins are port pins.
    private void TellJtag() => JtagChanged?.Invoke(_fuses.JtagIsEnabled && (_mcucr & JTAGD) == 0);
}
