using Xmega.State;

namespace Xmega.ExternalBus;

/// <summary>What a board has on a chip select.</summary>
public enum ExternalMemoryKind
{
    /// <summary>Static memory, with as many address latches as the interface is set to.</summary>
    Sram,

    /// <summary>Synchronous dynamic memory.</summary>
    Sdram,
}

/// <summary>One chip select of the external bus interface: its registers, and the part that the board has there.</summary>
internal sealed class ChipSelect
{
    public const int Disabled = 0;
    public const int Sram = 1;
    public const int SramLowPinCount = 2;
    public const int Sdram = 3;

    private const int Granularity = 0xFFF0; // BASEADDR bits that count: 4 KiB

    private byte[] _memory = [];

    public byte Control; // CTRLA: ASIZE, MODE
    public byte ControlB;
    public ushort Base;

    public ExternalMemoryKind Kind { get; private set; }

    public int Mode => Control & 0x03;

    public int WaitStates => ControlB & 0x07;

    public int Size => _memory.Length;

    // ASIZE: 256 bytes and up, in powers of two; codes above 16 are reserved (taken as 16, unverified).
    private int Window => 256 << Math.Min(Control >> 2, 16);

    public bool Covers(int address) => Mode != Disabled && ((address ^ ((Base & Granularity) << 8)) & ~(Window - 1) & 0xFFFFFF) == 0;

    public bool HasPart => _memory.Length > 0 && (Mode == Sdram) == (Kind == ExternalMemoryKind.Sdram);

    // A part smaller than the window appears in it several times, as its upper address lines are not connected.
    public ref byte At(int address) => ref _memory[address & (Window - 1) & (_memory.Length - 1)];

    public void Attach(ExternalMemoryKind kind, int size)
    {
        Kind = kind;
        _memory = new byte[size];
    }

    public void Reset() => (Control, ControlB, Base) = (0, 0, 0);

    public void State(StateStream s)
    {
        s.Value(ref Control);
        s.Value(ref ControlB);
        s.Value(ref Base);
        // The part belongs to the board: a state brings its own along.
        bool isSdram = Kind == ExternalMemoryKind.Sdram;
        int size = _memory.Length;
        s.Value(ref isSdram);
        s.Length(ref size);
        if (size != _memory.Length) _memory = new byte[size];
        Kind = isSdram ? ExternalMemoryKind.Sdram : ExternalMemoryKind.Sram;
        s.Bytes(_memory);
    }
}
