using System.Runtime.CompilerServices;

namespace Xmega.Cpu;

/// <summary>
/// What instructions do to registers and flags. Z is kept as a value that is zero when it is set, N as bit 7 of one; see
/// <see cref="CpuState"/>. The three that are read most are the interpreter's locals, V and H stay in the state.
/// </summary>
internal unsafe partial struct Flags
{
    /// <summary>Carry: 0 or 1.</summary>
    public uint C;

    /// <summary>Zero: set when this is 0.</summary>
    public uint NotZ;

    /// <summary>Negative: bit 7; see <see cref="CpuState.N"/> for bit 8.</summary>
    public uint N;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d + m;
        r[ip->A] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Adc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d + m + C;
        r[ip->A] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sub(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d - m;
        r[ip->A] = (byte)x;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Subi(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = (uint)ip->K, x = d - m;
        r[ip->A] = (byte)x;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Cp(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d - m;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Cpi(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = (uint)ip->K, x = d - m;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sbc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d - m - C;
        r[ip->A] = (byte)x;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sbci(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = (uint)ip->K, x = d - m - C;
        r[ip->A] = (byte)x;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Cpc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d - m - C;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void And(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] & r[ip->B]));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Andi(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] & ip->K));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Or(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] | r[ip->B]));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ori(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] | ip->K));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Eor(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] ^ r[ip->B]));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Com(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] ^ 0xFF));
        C = 1;
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Neg(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], x = 0 - d;
        r[ip->A] = (byte)x;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(0, d, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Inc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], x = d + 1;
        r[ip->A] = (byte)x;
        N = NotZ = (byte)x; s->V = ~d & x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Dec(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], x = d - 1;
        r[ip->A] = (byte)x;
        N = NotZ = (byte)x; s->V = d & ~x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Lsr(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A];
        r[ip->A] = (byte)(NotZ = d >> 1);
        C = d & 1; N = 0; s->V = C << 7;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ror(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A];
        r[ip->A] = (byte)(N = NotZ = (C << 7) | (d >> 1));
        C = d & 1; s->V = N ^ (C << 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Asr(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A];
        r[ip->A] = (byte)(N = NotZ = (d & 0x80) | (d >> 1));
        C = d & 1; s->V = N ^ (C << 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Adiw(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(ushort*)(r + ip->A), x = d + (uint)ip->K;
        *(ushort*)(r + ip->A) = (ushort)x;
        C = x >> 16; NotZ = (ushort)x; N = NotZ >> 8; s->V = (~d & x) >> 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sbiw(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(ushort*)(r + ip->A), x = d - (uint)ip->K;
        *(ushort*)(r + ip->A) = (ushort)x;
        C = x >> 31; NotZ = (ushort)x; N = NotZ >> 8; s->V = (d & ~x) >> 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Mul(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        *(ushort*)r = (ushort)(NotZ = (uint)(r[ip->A] * r[ip->B]));
        C = NotZ >> 15;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Muls(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        *(ushort*)r = (ushort)(NotZ = (ushort)((sbyte)r[ip->A] * (sbyte)r[ip->B]));
        C = NotZ >> 15;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Mulsu(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        *(ushort*)r = (ushort)(NotZ = (ushort)((sbyte)r[ip->A] * r[ip->B]));
        C = NotZ >> 15;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fmul(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        NotZ = (ushort)(r[ip->A] * r[ip->B]);
        C = NotZ >> 15;
        *(ushort*)r = (ushort)(NotZ = (ushort)(NotZ << 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fmuls(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        NotZ = (ushort)((sbyte)r[ip->A] * (sbyte)r[ip->B]);
        C = NotZ >> 15;
        *(ushort*)r = (ushort)(NotZ = (ushort)(NotZ << 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fmulsu(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        NotZ = (ushort)((sbyte)r[ip->A] * r[ip->B]);
        C = NotZ >> 15;
        *(ushort*)r = (ushort)(NotZ = (ushort)(NotZ << 1));
    }
}
