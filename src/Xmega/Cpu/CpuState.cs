using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Xmega.Cpu;

/// <summary>
/// The CPU's registers as the interpreter keeps them, at a fixed place in memory. SREG's arithmetic flags are kept as
/// the raw results they come from and put together when SREG is read.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CpuState
{
    /// <summary>R0–R31.</summary>
    public fixed byte R[32];

    /// <summary>Next instruction's word address.</summary>
    public int Pc;

    /// <summary>Stack pointer; always in the first 64 KiB.</summary>
    public int Sp;

    /// <summary>Lowest stack pointer so far: at a push, or when SPH is written, which comes after SPL.</summary>
    public int SpLowest;

    /// <summary>RAMPD, X, Y, Z and EIND, each already shifted to its place above 16 bits.</summary>
    public int RampD, RampX, RampY, RampZ, Eind;

    /// <summary>Carry: 0 or 1.</summary>
    public uint C;

    /// <summary>Zero: set when this is 0.</summary>
    public uint NotZ;

    /// <summary>Negative: bit 7. Bit 8 turns S around: SES, CLS and writes of SREG can set S apart from N xor V.</summary>
    public uint N;

    /// <summary>Overflow: bit 7.</summary>
    public uint V;

    /// <summary>Half carry: bit 4.</summary>
    public uint H;

    /// <summary>Bit copy storage: 0 or 1.</summary>
    public uint T;

    /// <summary>Global interrupt enable.</summary>
    public bool I;

    /// <summary>Cycle in which the next instruction starts.</summary>
    public long Cycle;

    /// <summary>Instructions executed since power-on.</summary>
    public long Instructions;

    /// <summary>Value of <see cref="Instructions"/> after the last write of SPL: interrupts wait for a few instructions.</summary>
    public long StackPointerWritten;

    /// <summary>Cycle in which the last DES instruction ended: one that starts there costs one cycle less.</summary>
    public long DesEnd;

    /// <summary>Gets or sets SREG: I T H S V N Z C.</summary>
    public byte Sreg
    {
        readonly get => (byte)(C | (NotZ == 0 ? 2u : 0) | ((N >> 5) & 4) | ((V >> 4) & 8) | (((N ^ V ^ (N >> 1)) >> 3) & 0x10)
            | ((H & 0x10) << 1) | (T << 6) | (I ? 0x80u : 0));

        set
        {
            C = value & 1u;
            NotZ = (value & 2) == 0 ? 1u : 0;
            N = (uint)(value << 5) & 0x80;
            V = (uint)(value << 4) & 0x80;
            if ((((N ^ V) >> 3) & 0x10) != (value & 0x10u)) N |= 0x100;
            H = (uint)(value >> 1) & 0x10;
            T = (uint)(value >> 6) & 1;
            I = (value & 0x80) != 0;
        }
    }

    /// <summary>Sets V and H for an addition.</summary>
    /// <param name="d">The first operand.</param>
    /// <param name="m">The second.</param>
    /// <param name="x">The sum.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sum(uint d, uint m, uint x)
    {
        V = (d ^ x) & (m ^ x);
        H = d ^ m ^ x;
    }

    /// <summary>Sets V and H for a subtraction.</summary>
    /// <param name="d">What is subtracted from.</param>
    /// <param name="m">What is subtracted.</param>
    /// <param name="x">The difference.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Difference(uint d, uint m, uint x)
    {
        V = (d ^ m) & (d ^ x);
        H = d ^ m ^ x;
    }
}
