using Xmega.State;
using Xmega.Time;

namespace Xmega.Cpu;

/// <summary>
/// Configuration change protection (8077I 3.12): a signature written to CCP opens protected I/O registers, or SPM, for
/// four instructions. Interrupts wait while a window is open.
/// </summary>
public sealed class ChangeProtection
{
    /// <summary>Signature that opens protected I/O registers.</summary>
    public const byte IoRegisterSignature = 0xD8;

    /// <summary>Signature that opens SPM and protected (E)LPM.</summary>
    public const byte SpmSignature = 0x9D;

    private byte _open;
    private int _instructions;
    private bool _justWritten;

    /// <summary>Gets a value indicating whether a protected I/O register may be written now.</summary>
    public bool IoRegisterOpen => _open == 1;

    /// <summary>Gets a value indicating whether SPM may run now.</summary>
    public bool SpmOpen => _open == 2;

    /// <summary>Gets a value indicating whether any window is open.</summary>
    public bool IsOpen => _open != 0;

    /// <summary>Gets what CCP reads as: 1 while I/O registers are open, 2 while SPM is.</summary>
    public byte Readable => _open;

    /// <summary>Opens the window that a signature is for; any other value closes it (whether it does is unverified).</summary>
    /// <param name="signature">What was written to CCP.</param>
    internal void Write(byte signature)
    {
        _open = signature switch { IoRegisterSignature => 1, SpmSignature => 2, _ => 0 };
        _instructions = Latency.ConfigurationChangeWindow;
        _justWritten = true;
    }

    internal void Close() => _open = 0;

    /// <summary>Counts an instruction; the one that wrote CCP itself is not counted.</summary>
    /// <param name="closes">Whether the instruction closes the window early: it wrote data memory or an I/O register, or slept.</param>
    internal void InstructionDone(bool closes)
    {
        if (_justWritten) _justWritten = false;
        else if (closes || --_instructions <= 0) _open = 0;
    }

    internal void State(StateStream s)
    {
        s.Value(ref _open);
        s.Value(ref _instructions);
        s.Value(ref _justWritten);
    }
}
