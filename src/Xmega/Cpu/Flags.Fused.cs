using System.Runtime.CompilerServices;

namespace Xmega.Cpu;

/// <content>What fused instructions do: what their parts do, without what nobody can see in between.</content>
internal unsafe partial struct Flags
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddAdc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] + r[ip->B];
        r[ip->A] = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d + m + (x >> 8);
        r[K(ip, 0)] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AdcAdc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] + r[ip->B] + C;
        r[ip->A] = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d + m + (x >> 8);
        r[K(ip, 0)] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SubSbc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] - r[ip->B];
        r[ip->A] = (byte)x;
        NotZ = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d - m - (x >> 31);
        r[K(ip, 0)] = (byte)x;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SbcSbc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] - r[ip->B] - C;
        r[ip->A] = (byte)x;
        NotZ |= (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d - m - (x >> 31);
        r[K(ip, 0)] = (byte)x;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpCpc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] - r[ip->B];
        NotZ = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d - m - (x >> 31);
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpcCpc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] - r[ip->B] - C;
        NotZ |= (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d - m - (x >> 31);
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LsrRor(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A];
        r[ip->A] = (byte)(d >> 1);
        uint e = r[ip->B];
        r[ip->B] = (byte)(N = NotZ = ((d & 1) << 7) | (e >> 1));
        C = e & 1; s->V = N ^ (C << 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RorRor(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A];
        r[ip->A] = (byte)((C << 7) | (d >> 1));
        uint e = r[ip->B];
        r[ip->B] = (byte)(N = NotZ = ((d & 1) << 7) | (e >> 1));
        C = e & 1; s->V = N ^ (C << 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EorEor(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] ^= r[ip->B];
        r[K(ip, 0)] = (byte)(N = NotZ = (uint)(r[K(ip, 0)] ^ r[K(ip, 1)]));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SubiSbci(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(ushort*)(r + ip->A), m = (uint)ip->K, x = d - m;
        *(ushort*)(r + ip->A) = (ushort)x;
        C = x >> 31; NotZ = (ushort)x; N = NotZ >> 8; s->Difference(d >> 8, m >> 8, x >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add32(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(uint*)(r + ip->A), m = *(uint*)(r + ip->B), x = d + m;
        *(uint*)(r + ip->A) = x;
        C = x < d ? 1u : 0; N = NotZ = x >> 24; s->Sum(d >> 24, m >> 24, N);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sub32(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(uint*)(r + ip->A), m = *(uint*)(r + ip->B), x = d - m;
        *(uint*)(r + ip->A) = x;
        C = d < m ? 1u : 0; NotZ = x; N = x >> 24; s->Difference(d >> 24, m >> 24, N);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Cp32(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(uint*)(r + ip->A), m = *(uint*)(r + ip->B), x = d - m;
        C = d < m ? 1u : 0; NotZ = x; N = x >> 24; s->Difference(d >> 24, m >> 24, N);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Lsr32(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(uint*)(r + ip->A);
        *(uint*)(r + ip->A) = d >> 1;
        C = d & 1; N = NotZ = (byte)(d >> 1); s->V = N ^ (C << 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddAdcAdc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] + r[ip->B];
        r[ip->A] = (byte)x;
        x = (uint)r[K(ip, 0)] + r[K(ip, 1)] + (x >> 8);
        r[K(ip, 0)] = (byte)x;
        uint d = r[K(ip, 2)], m = r[K(ip, 3)];
        x = d + m + (x >> 8);
        r[K(ip, 2)] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MulAddAdc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        *(ushort*)r = (ushort)(r[ip->A] * r[ip->B]);
        uint x = (uint)r[K(ip, 0)] + r[K(ip, 1)];
        r[K(ip, 0)] = (byte)x;
        uint d = r[K(ip, 2)], m = r[K(ip, 3)];
        x = d + m + (x >> 8);
        r[K(ip, 2)] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LdiAddAdc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = ip->B;
        uint x = (uint)r[K(ip, 0)] + r[K(ip, 1)];
        r[K(ip, 0)] = (byte)x;
        uint d = r[K(ip, 2)], m = r[K(ip, 3)];
        x = d + m + (x >> 8);
        r[K(ip, 2)] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LdiSubSbc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = ip->B;
        uint x = (uint)r[K(ip, 0)] - r[K(ip, 1)];
        r[K(ip, 0)] = (byte)x;
        NotZ = (byte)x;
        uint d = r[K(ip, 2)], m = r[K(ip, 3)];
        x = d - m - (x >> 31);
        r[K(ip, 2)] = (byte)x;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LdiCpiCpc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = ip->B;
        uint x = (uint)r[K(ip, 0)] - K(ip, 1);
        NotZ = (byte)x;
        uint d = r[K(ip, 2)], m = r[K(ip, 3)];
        x = d - m - (x >> 31);
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MovwSubiSbci(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        *(ushort*)(r + ip->A) = *(ushort*)(r + ip->B);
        uint d = *(ushort*)(r + K(ip, 0)), m = (uint)ip->K >> 8, x = d - m;
        *(ushort*)(r + K(ip, 0)) = (ushort)x;
        C = x >> 31; NotZ = (ushort)x; N = NotZ >> 8; s->Difference(d >> 8, m >> 8, x >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LdiEor(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = ip->B;
        r[K(ip, 0)] = (byte)(N = NotZ = (uint)(r[K(ip, 0)] ^ r[K(ip, 1)]));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LdiCp(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = ip->B;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)], x = d - m;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LdiCpc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = ip->B;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)], x = d - m - C;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MovwMul(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        *(ushort*)(r + ip->A) = *(ushort*)(r + ip->B);
        *(ushort*)r = (ushort)(NotZ = (uint)(r[K(ip, 0)] * r[K(ip, 1)]));
        C = NotZ >> 15;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MulMovw(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        *(ushort*)r = (ushort)(NotZ = (uint)(r[ip->A] * r[ip->B]));
        C = NotZ >> 15;
        *(ushort*)(r + K(ip, 0)) = *(ushort*)(r + K(ip, 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void DecBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], x = d - 1;
        r[ip->A] = (byte)x;
        N = NotZ = (byte)x; s->V = d & ~x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SbiwBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(ushort*)(r + ip->A), x = d - ip->B;
        *(ushort*)(r + ip->A) = (ushort)x;
        C = x >> 31; NotZ = (ushort)x; N = NotZ >> 8; s->V = (d & ~x) >> 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SubiBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = ip->B, x = d - m;
        r[ip->A] = (byte)x;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpcBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d - m - C;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpcBrcs(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d - m - C;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SbciBrcc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = ip->B, x = d - m - C;
        r[ip->A] = (byte)x;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpiBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = ip->B, x = d - m;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpiBreq(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = ip->B, x = d - m;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AndBreq(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] & r[ip->B]));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AndBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        r[ip->A] = (byte)(N = NotZ = (uint)(r[ip->A] & r[ip->B]));
        s->V = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpSbciBrcc(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] - r[ip->B];
        NotZ = (byte)x;
        uint d = r[K(ip, 0)], m = K(ip, 1);
        x = d - m - (x >> 31);
        r[K(ip, 0)] = (byte)x;
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Lsr32DecBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(uint*)(r + ip->A);
        *(uint*)(r + ip->A) = d >> 1;
        C = d & 1;
        d = r[ip->B];
        uint x = d - 1;
        r[ip->B] = (byte)x;
        N = NotZ = (byte)x; s->V = d & ~x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add32DecBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(uint*)(r + ip->A), m = *(uint*)(r + ip->B), x = d + m;
        *(uint*)(r + ip->A) = x;
        C = x < d ? 1u : 0; s->H = (d ^ m ^ x) >> 24;
        d = r[K(ip, 0)];
        x = d - 1;
        r[K(ip, 0)] = (byte)x;
        N = NotZ = (byte)x; s->V = d & ~x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AdcAdcDecBrne(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] + r[ip->B] + C;
        r[ip->A] = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d + m + (x >> 8);
        r[K(ip, 0)] = (byte)x;
        C = x >> 8; s->H = d ^ m ^ x;
        d = r[K(ip, 2)];
        x = d - 1;
        r[K(ip, 2)] = (byte)x;
        N = NotZ = (byte)x; s->V = d & ~x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpBranch(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = r[ip->B], x = d - m;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpiBranch(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = r[ip->A], m = ip->B, x = d - m;
        C = x >> 31; N = NotZ = (byte)x; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpCpcBranch(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] - r[ip->B];
        NotZ = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d - m - (x >> 31);
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CpiCpcBranch(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] - ip->B;
        NotZ = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d - m - (x >> 31);
        C = x >> 31; N = (byte)x; NotZ |= N; s->Difference(d, m, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SubiSbciBranch(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint d = *(ushort*)(r + ip->A), m = (ushort)ip->K, x = d - m;
        *(ushort*)(r + ip->A) = (ushort)x;
        C = x >> 31; NotZ = (ushort)x; N = NotZ >> 8; s->Difference(d >> 8, m >> 8, x >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddAdcRjmp(CpuState* s, Decoded* ip)
    {
        byte* r = s->R;
        uint x = (uint)r[ip->A] + r[ip->B];
        r[ip->A] = (byte)x;
        uint d = r[K(ip, 0)], m = r[K(ip, 1)];
        x = d + m + (x >> 8);
        r[K(ip, 0)] = (byte)x;
        C = x >> 8; N = NotZ = (byte)x; s->Sum(d, m, x);
    }

    /// <summary>Whether a branch fused to something is taken.</summary>
    /// <param name="s">The CPU's state.</param>
    /// <param name="k">K of the fused instruction.</param>
    /// <returns>True if it is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Takes(CpuState* s, int k)
    {
        uint flags = C | (NotZ == 0 ? 2u : 0) | ((N >> 5) & 4) | (((N ^ s->V) >> 3) & 0x10);
        return ((flags >> ((k >> 16) & 7)) & 1) == (((uint)k >> 23) & 1);
    }

    // An operand of a fused instruction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte K(Decoded* ip, int index) => ((byte*)ip)[4 + index];
}
