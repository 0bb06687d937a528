namespace Xmega.Tests.Cpu;

/// <summary>
/// The status register formulas of the instruction set manual (0856I), bit by bit as printed there, and results made by
/// adders of single bits: nothing is shared with the interpreter. Each takes SREG before and gives SREG after.
/// </summary>
internal static class ManualFormulas
{
    public const int C = 0x01, Z = 0x02, N = 0x04, V = 0x08, S = 0x10, H = 0x20, T = 0x40, I = 0x80;

    public static (int Result, int Sreg) Add(int d, int m, int sreg) => Sum(d, m, false, sreg);

    public static (int Result, int Sreg) Adc(int d, int m, int sreg) => Sum(d, m, (sreg & C) != 0, sreg);

    public static (int Result, int Sreg) Sub(int d, int m, int sreg) => Difference(d, m, false, sreg, keepZero: false);

    public static (int Result, int Sreg) Sbc(int d, int m, int sreg) => Difference(d, m, (sreg & C) != 0, sreg, keepZero: true);

    public static (int Result, int Sreg) Cp(int d, int m, int sreg) => (d, Sub(d, m, sreg).Sreg);

    public static (int Result, int Sreg) Cpc(int d, int m, int sreg) => (d, Sbc(d, m, sreg).Sreg);

    public static (int Result, int Sreg) And(int d, int m, int sreg) => Logic(Bitwise(d, m, static (a, b) => a && b), sreg);

    public static (int Result, int Sreg) Or(int d, int m, int sreg) => Logic(Bitwise(d, m, static (a, b) => a || b), sreg);

    public static (int Result, int Sreg) Eor(int d, int m, int sreg) => Logic(Bitwise(d, m, static (a, b) => a ? !b : b), sreg);

    public static (int Result, int Sreg) Com(int d, int sreg)
    {
        (int r, int flags) = Logic(Bitwise(d, 0, static (a, _) => !a), sreg);
        return (r, flags | C);
    }

    public static (int Result, int Sreg) Neg(int d, int sreg)
    {
        int r = Subtract(0, d, false, 8);
        bool h = Bit(r, 3) || Bit(d, 3);
        bool v = Bit(r, 7) && !Bit(r, 6) && !Bit(r, 5) && !Bit(r, 4) && !Bit(r, 3) && !Bit(r, 2) && !Bit(r, 1) && !Bit(r, 0);
        bool c = Bit(r, 7) || Bit(r, 6) || Bit(r, 5) || Bit(r, 4) || Bit(r, 3) || Bit(r, 2) || Bit(r, 1) || Bit(r, 0);
        return (r, Flags(sreg, h, v, Bit(r, 7), Zero(r, 8), c));
    }

    public static (int Result, int Sreg) Inc(int d, int sreg)
    {
        int r = Adder(d, 1, false, 8);
        bool v = Bit(r, 7) && !Bit(r, 6) && !Bit(r, 5) && !Bit(r, 4) && !Bit(r, 3) && !Bit(r, 2) && !Bit(r, 1) && !Bit(r, 0);
        return (r, Flags(sreg, null, v, Bit(r, 7), Zero(r, 8), null));
    }

    public static (int Result, int Sreg) Dec(int d, int sreg)
    {
        int r = Subtract(d, 1, false, 8);
        bool v = !Bit(r, 7) && Bit(r, 6) && Bit(r, 5) && Bit(r, 4) && Bit(r, 3) && Bit(r, 2) && Bit(r, 1) && Bit(r, 0);
        return (r, Flags(sreg, null, v, Bit(r, 7), Zero(r, 8), null));
    }

    public static (int Result, int Sreg) Swap(int d, int sreg)
    {
        int r = 0;
        for (int i = 0; i < 8; i++) r |= Bit(d, i) ? 1 << ((i + 4) % 8) : 0;
        return (r, sreg);
    }

    public static (int Result, int Sreg) Lsr(int d, int sreg) => ShiftRight(d, false, sreg);

    public static (int Result, int Sreg) Ror(int d, int sreg) => ShiftRight(d, (sreg & C) != 0, sreg);

    public static (int Result, int Sreg) Asr(int d, int sreg) => ShiftRight(d, Bit(d, 7), sreg);

    public static (int Result, int Sreg) Adiw(int d, int k, int sreg)
    {
        int r = Adder(d, k, false, 16);
        return (r, Flags(sreg, null, !Bit(d, 15) && Bit(r, 15), Bit(r, 15), Zero(r, 16), !Bit(r, 15) && Bit(d, 15)));
    }

    public static (int Result, int Sreg) Sbiw(int d, int k, int sreg)
    {
        int r = Subtract(d, k, false, 16);
        return (r, Flags(sreg, null, Bit(d, 15) && !Bit(r, 15), Bit(r, 15), Zero(r, 16), Bit(r, 15) && !Bit(d, 15)));
    }

    /// <summary>The six multiplications: 16-bit product by shift and add, the sign bit of a signed operand weighing -128.</summary>
    public static (int Result, int Sreg) Multiply(int d, int m, bool signedD, bool signedM, bool fractional, int sreg)
    {
        int multiplicand = signedD && Bit(d, 7) ? d - 256 : d;
        int product = 0;
        for (int i = 0; i < 8; i++)
            if (Bit(m, i)) product += (signedM && i == 7 ? -1 : 1) * (multiplicand * (1 << i));
        product &= 0xFFFF;
        bool carry = Bit(product, 15); // of the fractional forms too: the bit that the left shift drops
        if (fractional) product = (product << 1) & 0xFFFF;
        return (product, Flags(sreg, null, null, null, Zero(product, 16), carry));
    }

    private static (int Result, int Sreg) Sum(int d, int m, bool carry, int sreg)
    {
        int r = Adder(d, m, carry, 8);
        bool h = (Bit(d, 3) && Bit(m, 3)) || (Bit(m, 3) && !Bit(r, 3)) || (!Bit(r, 3) && Bit(d, 3));
        bool v = (Bit(d, 7) && Bit(m, 7) && !Bit(r, 7)) || (!Bit(d, 7) && !Bit(m, 7) && Bit(r, 7));
        bool c = (Bit(d, 7) && Bit(m, 7)) || (Bit(m, 7) && !Bit(r, 7)) || (!Bit(r, 7) && Bit(d, 7));
        return (r, Flags(sreg, h, v, Bit(r, 7), Zero(r, 8), c));
    }

    private static (int Result, int Sreg) Difference(int d, int m, bool carry, int sreg, bool keepZero)
    {
        int r = Subtract(d, m, carry, 8);
        bool h = (!Bit(d, 3) && Bit(m, 3)) || (Bit(m, 3) && Bit(r, 3)) || (Bit(r, 3) && !Bit(d, 3));
        bool v = (Bit(d, 7) && !Bit(m, 7) && !Bit(r, 7)) || (!Bit(d, 7) && Bit(m, 7) && Bit(r, 7));
        bool c = (!Bit(d, 7) && Bit(m, 7)) || (Bit(m, 7) && Bit(r, 7)) || (Bit(r, 7) && !Bit(d, 7));
        bool z = Zero(r, 8) && (!keepZero || (sreg & Z) != 0);
        return (r, Flags(sreg, h, v, Bit(r, 7), z, c));
    }

    private static (int Result, int Sreg) Logic(int r, int sreg) => (r, Flags(sreg, null, false, Bit(r, 7), Zero(r, 8), null));

    private static (int Result, int Sreg) ShiftRight(int d, bool into, int sreg)
    {
        int r = into ? 0x80 : 0;
        for (int i = 1; i < 8; i++) r |= Bit(d, i) ? 1 << (i - 1) : 0;
        bool n = Bit(r, 7), c = Bit(d, 0);
        return (r, Flags(sreg, null, n != c, n, Zero(r, 8), c));
    }

    // Null keeps a flag; S follows whenever N and V are given: S = N xor V.
    private static int Flags(int sreg, bool? h, bool? v, bool? n, bool z, bool? c)
    {
        sreg = Put(sreg, H, h);
        sreg = Put(sreg, V, v);
        sreg = Put(sreg, N, n);
        if (n is not null && v is not null) sreg = Put(sreg, S, n != v);
        sreg = Put(sreg, Z, z);
        return Put(sreg, C, c);
    }

    private static int Put(int sreg, int flag, bool? value) => value switch { true => sreg | flag, false => sreg & ~flag, null => sreg };

    private static bool Bit(int value, int bit) => ((value >> bit) & 1) != 0;

    private static bool Zero(int value, int width)
    {
        for (int i = 0; i < width; i++)
            if (Bit(value, i)) return false;
        return true;
    }

    private static int Adder(int a, int b, bool carry, int width)
    {
        int sum = 0;
        for (int i = 0; i < width; i++)
        {
            bool x = Bit(a, i), y = Bit(b, i);
            if (x != y != carry) sum |= 1 << i;
            carry = (x && y) || (x && carry) || (y && carry);
        }

        return sum;
    }

    private static int Subtract(int a, int b, bool borrow, int width)
    {
        int difference = 0;
        for (int i = 0; i < width; i++)
        {
            bool x = Bit(a, i), y = Bit(b, i);
            if (x != y != borrow) difference |= 1 << i;
            borrow = (!x && y) || (!x && borrow) || (y && borrow);
        }

        return difference;
    }

    private static int Bitwise(int a, int b, Func<bool, bool, bool> f)
    {
        int r = 0;
        for (int i = 0; i < 8; i++) r |= f(Bit(a, i), Bit(b, i)) ? 1 << i : 0;
        return r;
    }
}
