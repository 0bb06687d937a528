using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.SystemControl;

/// <summary>Where a reset comes from: the flags of RST.STATUS (8077I 9.4).</summary>
[Flags]
public enum ResetSource
{
    /// <summary>No reset.</summary>
    None = 0,

    /// <summary>Power-on.</summary>
    PowerOn = 0x01,

    /// <summary>The RESET pin.</summary>
    External = 0x02,

    /// <summary>Brown-out.</summary>
    BrownOut = 0x04,

    /// <summary>Watchdog.</summary>
    Watchdog = 0x08,

    /// <summary>Program and debug interface.</summary>
    Debugger = 0x10,

    /// <summary>RST.CTRL.SWRST.</summary>
    Software = 0x20,
}

/// <summary>Reset controller (8077I ch. 9): remembers where resets came from and takes the software reset.</summary>
/// <remarks>
/// Limitations: resets come from power-on and from software only, and take no time: the start-up delay (SUT) is not
/// modelled.
/// </remarks>
internal sealed class ResetController : IoModule
{
    private const int STATUS = 0;
    private const int CTRL = 1;

    private const byte SWRST = 0x01; // software reset

    private readonly Action<ResetSource> _request;
    private byte _status;

    public ResetController(Action<ResetSource> request)
        : base("RST", 0x0078, Map) => _request = request;

    private static RegisterTable Map { get; } = new RegisterTable("RST", 2)
        .Add(STATUS, "STATUS", 0x3F, Access.WriteOneToClear)
        .Add(CTRL, "CTRL", SWRST, Access.Strobe, protectedBits: SWRST);

    /// <summary>Adds a source to STATUS; power-on clears the others.</summary>
    public void Remember(ResetSource source) =>
        _status = (byte)(source == ResetSource.PowerOn ? (int)source : _status | (int)source);

    public override byte Peek(int offset) => offset == STATUS ? _status : (byte)0;

    public override void Write(int offset, byte value)
    {
        switch (offset)
        {
            case STATUS:
                _status &= (byte)~value;
                break;
            case CTRL when (value & SWRST) != 0:
                _request(ResetSource.Software);
                break;
        }
    }

    // STATUS lives through resets; Remember changes it.
    public override void Reset()
    {
    }

    public override void State(StateStream s) => s.Value(ref _status);
}
