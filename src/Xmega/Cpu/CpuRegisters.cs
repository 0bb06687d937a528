using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Cpu;

/// <summary>
/// The CPU's registers in I/O space (8077I 3.14): CCP, the RAMP registers, EIND, stack pointer and SREG. They are part
/// of the CPU, so resets and saved states are the CPU's own business.
/// </summary>
internal sealed class CpuRegisters : IoModule
{
    private const int CCP = 0x04;
    private const int RAMPD = 0x08;
    private const int RAMPX = 0x09;
    private const int RAMPY = 0x0A;
    private const int RAMPZ = 0x0B;
    private const int EIND = 0x0C;
    private const int SPL = 0x0D;
    private const int SPH = 0x0E;
    private const int SREG = 0x0F;

    /// <summary>Bits of EIND that are kept: the program counter has 17 bits (how many are stored: unverified).</summary>
    private const byte EindBits = 0x01;

    private readonly CpuCore _core;
    private readonly ChangeProtection _protection;

    public CpuRegisters(CpuCore core, ChangeProtection protection)
        : base("CPU", 0x0030, Map)
    {
        _core = core;
        _protection = protection;
    }

    private static RegisterTable Map { get; } = new RegisterTable("CPU", 0x10)
        .Add(CCP, "CCP", 0xFF, Access.Strobe)
        .Add(RAMPD, "RAMPD", 0xFF)
        .Add(RAMPX, "RAMPX", 0xFF)
        .Add(RAMPY, "RAMPY", 0xFF)
        .Add(RAMPZ, "RAMPZ", 0xFF)
        .Add(EIND, "EIND", EindBits)
        .Add(SPL, "SPL", 0xFF)
        .Add(SPH, "SPH", 0xFF)
        .Add(SREG, "SREG", 0xFF);

    public override byte Peek(int offset) => offset switch
    {
        CCP => _protection.Readable,
        RAMPD => (byte)(_core.State.RampD >> 16),
        RAMPX => (byte)(_core.State.RampX >> 16),
        RAMPY => (byte)(_core.State.RampY >> 16),
        RAMPZ => (byte)(_core.State.RampZ >> 16),
        EIND => (byte)(_core.State.Eind >> 16),
        SPL => (byte)_core.State.Sp,
        SPH => (byte)(_core.State.Sp >> 8),
        SREG => _core.State.Sreg,
        _ => 0,
    };

    public override void Write(int offset, byte value)
    {
        ref CpuState cpu = ref _core.State;
        switch (offset)
        {
            case CCP:
                _protection.Write(value);
                _core.EndSlice();
                break;
            case RAMPD:
                cpu.RampD = value << 16;
                break;
            case RAMPX:
                cpu.RampX = value << 16;
                break;
            case RAMPY:
                cpu.RampY = value << 16;
                break;
            case RAMPZ:
                cpu.RampZ = value << 16;
                break;
            case EIND:
                cpu.Eind = value << 16;
                break;
            case SPL:
                cpu.Sp = (cpu.Sp & 0xFF00) | value;
                cpu.StackPointerWritten = cpu.Instructions;
                break;
            case SPH:
                cpu.Sp = (cpu.Sp & 0xFF) | (value << 8);
                cpu.StackPointerWritten = 0;
                if (cpu.Sp < cpu.SpLowest) cpu.SpLowest = cpu.Sp;
                break;
            case SREG:
                bool enables = (value & 0x80) != 0 && !cpu.I;
                cpu.Sreg = value;
                if (enables) _core.HoldInterrupts(Latency.InstructionsAfterEnable);
                break;
        }
    }

    public override void Reset()
    {
    }

    public override void State(StateStream s) => _core.Carry(s);
}
