using System.Reflection.Emit;
using static Xmega.Cpu.Op;
using F = Xmega.Cpu.Translation.FlagLife;

namespace Xmega.Cpu.Translation;

/// <summary>Arithmetic, logic, moves and bits; operands are kept in temporaries from which flags are worked out if needed.</summary>
internal sealed unsafe partial class RegionEmitter
{
    private void EmitArithmetic(Decoded code)
    {
        switch (code.Op)
        {
            case Nop:
                break;
            case Add or Adc:
                Sum(LoadKept(code.A), LoadKept(code.B), code.Op == Adc, 8, () => _registers.Store(code.A));
                break;
            case Sub or Sbc:
                Difference(LoadKept(code.A), LoadKept(code.B), code.Op == Sbc, 8, () => _registers.Store(code.A));
                break;
            case Subi or Sbci:
                Difference(LoadKept(code.A), KeepConstant(code.K), code.Op == Sbci, 8, () => _registers.Store(code.A));
                break;
            case Cp or Cpc:
                Difference(LoadKept(code.A), LoadKept(code.B), code.Op == Cpc, 8, null);
                break;
            case Cpi:
                Difference(LoadKept(code.A), KeepConstant(code.K), false, 8, null);
                break;
            case And or Or or Eor:
                if (code.Op == Eor && code.A == code.B)
                {
                    Constant(0);
                }
                else
                {
                    _registers.Load(code.A);
                    _registers.Load(code.B);
                    _il.Emit(code.Op == And ? OpCodes.And : code.Op == Or ? OpCodes.Or : OpCodes.Xor);
                }

                LogicFlags(code.Op != Eor && code.A == code.B ? Keep() : Result(code.A));
                break;
            case Andi or Ori:
                _registers.Load(code.A);
                Constant(code.K);
                _il.Emit(code.Op == Andi ? OpCodes.And : OpCodes.Or);
                LogicFlags(Result(code.A));
                break;
            case Com:
                _registers.Load(code.A);
                Constant(0xFF);
                _il.Emit(OpCodes.Xor);
                LogicFlags(Result(code.A));
                Set(F.C, () => Constant(1));
                break;
            case Neg:
                Difference(KeepConstant(0), LoadKept(code.A), false, 8, () => _registers.Store(code.A));
                break;
            case Inc or Dec:
                Step(code);
                break;
            case Lsr or Ror or Asr:
                Shift(code.Op, LoadKept(code.A), 8, () => _registers.Store(code.A));
                break;
            case Swap:
            {
                LocalBuilder d = LoadKept(code.A);
                Push(d);
                Constant(4);
                _il.Emit(OpCodes.Shl);
                Push(d);
                Constant(4);
                _il.Emit(OpCodes.Shr_Un);
                _il.Emit(OpCodes.Or);
                _registers.Store(code.A);
                break;
            }

            case Adiw or Sbiw:
                WideStep(code);
                break;
            case Mul or Muls or Mulsu or Fmul or Fmuls or Fmulsu:
                Multiply(code);
                break;
            case Mov:
                _registers.Load(code.B);
                _registers.Store(code.A);
                break;
            case Movw:
                _registers.LoadPair(code.B);
                _registers.StorePair(code.A, Temporary());
                break;
            case Ldi:
                Constant(code.K);
                _registers.Store(code.A);
                break;
            case Bst:
                PushState(OffsetT);
                _registers.Load(code.A);
                Constant(code.B);
                _il.Emit(OpCodes.Shr_Un);
                Constant(1);
                _il.Emit(OpCodes.And);
                _il.Emit(OpCodes.Stind_I4);
                break;
            case Bld:
                _registers.Load(code.A);
                Constant(~(1 << code.B));
                _il.Emit(OpCodes.And);
                PushState(OffsetT);
                _il.Emit(OpCodes.Ldind_I4);
                Constant(code.B);
                _il.Emit(OpCodes.Shl);
                _il.Emit(OpCodes.Or);
                _registers.Store(code.A);
                break;
            case Sec or Clc: SetOne(F.C, code.Op == Sec ? 1 : 0); break;
            case Sez or Clz: SetOne(F.Z, code.Op == Sez ? 0 : 1); break;
            case Seh or Clh: SetOne(F.H, code.Op == Seh ? 0x10 : 0); break;
            case Op.Set or Clt:
                PushState(OffsetT);
                Constant(code.Op == Op.Set ? 1 : 0);
                _il.Emit(OpCodes.Stind_I4);
                break;
            case Cli:
                PushState(OffsetI);
                Constant(0);
                _il.Emit(OpCodes.Stind_I1);
                break;
            default:
                throw new InvalidOperationException($"{code.Op} is not translated");
        }
    }

    // Two instructions on the halves of 16 bits as one.
    private void EmitJoined(Decoded first, Decoded second)
    {
        int low = first.A;
        switch (first.Op)
        {
            case Cp or Cpi when second.Op == Sbci:
                // A comparison whose upper half is kept as if it were a difference.
                if (first.Op == Cp) _registers.Load(first.B);
                else Constant(first.K);
                Constant(second.K << 8);
                _il.Emit(OpCodes.Or);
                LocalBuilder subtrahend = Keep();
                Difference(PairKept(low, low + 1), subtrahend, false, 16, () => { ShiftDown(8); _registers.Store(low + 1); });
                break;
            case Eor when first.A != first.B:
                LogicOnPair(first, second);
                break;
            case Add or Adc:
                Sum(PairKept(low, first.A + 1), PairKept(first.B, second.B), first.Op == Adc, 16, () => _registers.StorePair(low, Temporary()));
                break;
            case Sub or Sbc:
                Difference(PairKept(low, low + 1), PairKept(first.B, second.B), first.Op == Sbc, 16, () => _registers.StorePair(low, Temporary()));
                break;
            case Cp or Cpc:
                Difference(PairKept(low, low + 1), PairKept(first.B, second.B), first.Op == Cpc, 16, null);
                break;
            case Subi or Sbci:
                Difference(PairKept(low, low + 1), KeepConstant(first.K | (second.K << 8)), first.Op == Sbci, 16, () => _registers.StorePair(low, Temporary()));
                break;
            case Cpi:
                Constant(first.K);
                _registers.Load(second.B);
                Constant(8);
                _il.Emit(OpCodes.Shl);
                _il.Emit(OpCodes.Or);
                LocalBuilder right = Keep();
                Difference(PairKept(low, low + 1), right, false, 16, null);
                break;
            case And or Or or Andi or Ori:
                LogicOnPair(first, second);
                break;
            case Ldi:
                Constant(first.K | (second.K << 8));
                _registers.StorePair(low, Temporary());
                break;
            case Mov:
                _registers.LoadPair(first.B);
                _registers.StorePair(low, Temporary());
                break;
            case Eor:
                Constant(0);
                _registers.StorePair(low, Temporary());
                LogicFlags(KeepConstant(0));
                break;
            default:
                Shift(first.Op, PairKept(second.A, first.A), 16, () => _registers.StorePair(second.A, Temporary()));
                break;
        }
    }

    // Flags are those of the upper byte.
    private void LogicOnPair(Decoded first, Decoded second)
    {
        _registers.LoadPair(first.A);
        if (first.Op is Andi or Ori) Constant(first.K | (second.K << 8));
        else _registers.LoadPair(first.B);
        _il.Emit(first.Op is And or Andi ? OpCodes.And : first.Op == Eor ? OpCodes.Xor : OpCodes.Or);
        LocalBuilder x = Keep();
        Push(x);
        _registers.StorePair(first.A, Temporary());
        Push(x);
        ShiftDown(8);
        LogicFlags(Keep());
    }

    // CP Rd, Rr; LDI Rr, K; CPC Rd+1, Rr: how compilers compare the lower registers with a constant.
    private int EmitComparisonOverLoad(int index)
    {
        const int Length = 3;
        if (index + Length > _block.Places.Count) return 0;
        Decoded first = _block.Places[index].Code, load = _block.Places[index + 1].Code, second = _block.Places[index + 2].Code;
        if (!(first.Op is Cp or Cpi && load.Op == Ldi && second.Op == Cpc && second.B == load.A)) return 0;
        if ((first.A & 1) != 0 || second.A != first.A + 1 || load.A / 2 == first.A / 2) return 0;
        if (first.Op == Cp) _registers.Load(first.B);
        else Constant(first.K);
        Constant(load.K << 8);
        _il.Emit(OpCodes.Or);
        LocalBuilder right = Keep();
        Constant(load.K);
        _registers.Store(load.A);
        Difference(PairKept(first.A, first.A + 1), right, false, 16, null);
        return Length;
    }

    private LocalBuilder LoadKept(int register)
    {
        _registers.Load(register);
        return Keep();
    }

    private LocalBuilder PairKept(int low, int high)
    {
        _registers.LoadTwo(low, high);
        return Keep();
    }

    private LocalBuilder KeepConstant(int value)
    {
        Constant(value);
        return Keep();
    }

    // Pops a result of eight bits into a register and a temporary.
    private LocalBuilder Result(int register)
    {
        LocalBuilder x = Keep();
        Push(x);
        _registers.Store(register);
        return x;
    }

    private void SetOne(int flag, int value)
    {
        _comparison = null;
        Set(flag, () => Constant(value));
    }

    private void Sum(LocalBuilder d, LocalBuilder m, bool withCarry, int bits, Action store)
    {
        Push(d);
        Push(m);
        _il.Emit(OpCodes.Add);
        if (withCarry)
        {
            PushFlag(F.C);
            _il.Emit(OpCodes.Add);
        }

        LocalBuilder x = Keep();
        Push(x);
        store();
        _comparison = null;
        int up = bits - 8;
        Set(F.C, () => { Push(x); Constant(bits); _il.Emit(OpCodes.Shr_Un); });
        // ADC sets Z by its own byte, whatever the bytes below were.
        Action top = () => { Push(x); ShiftDown(up); _il.Emit(OpCodes.Conv_U1); };
        Set(F.Z, top);
        Set(F.N, top);
        Set(F.V, () =>
        {
            Push(d);
            Push(x);
            _il.Emit(OpCodes.Xor);
            Push(m);
            Push(x);
            _il.Emit(OpCodes.Xor);
            _il.Emit(OpCodes.And);
            ShiftDown(up);
        });
        HalfCarry(d, m, x, up);
    }

    private void Difference(LocalBuilder d, LocalBuilder m, bool withBorrow, int bits, Action? store)
    {
        Push(d);
        Push(m);
        _il.Emit(OpCodes.Sub);
        if (withBorrow)
        {
            PushFlag(F.C);
            _il.Emit(OpCodes.Sub);
        }

        LocalBuilder x = Keep();
        LocalBuilder? before = null;
        if (withBorrow)
        {
            // SBC and CPC clear Z and never set it.
            PushFlag(F.Z);
            before = Keep();
        }

        if (store is not null)
        {
            Push(x);
            store();
        }

        int up = bits - 8;
        _comparison = withBorrow ? null : new Comparison(d, m, bits);
        Set(F.C, () => { Push(x); Constant(31); _il.Emit(OpCodes.Shr_Un); });
        Set(F.Z, () =>
        {
            Push(x);
            _il.Emit(bits == 8 ? OpCodes.Conv_U1 : OpCodes.Conv_U2);
            if (before is null) return;
            Push(before);
            _il.Emit(OpCodes.Or);
        });
        Set(F.N, () => { Push(x); ShiftDown(up); _il.Emit(OpCodes.Conv_U1); });
        Set(F.V, () =>
        {
            Push(d);
            Push(m);
            _il.Emit(OpCodes.Xor);
            Push(d);
            Push(x);
            _il.Emit(OpCodes.Xor);
            _il.Emit(OpCodes.And);
            ShiftDown(up);
        });
        HalfCarry(d, m, x, up);
    }

    private void HalfCarry(LocalBuilder d, LocalBuilder m, LocalBuilder x, int up) => Set(F.H, () =>
    {
        Push(d);
        Push(m);
        _il.Emit(OpCodes.Xor);
        Push(x);
        _il.Emit(OpCodes.Xor);
        ShiftDown(up);
    });

    private void ShiftDown(int by)
    {
        if (by == 0) return;
        Constant(by);
        _il.Emit(OpCodes.Shr);
    }

    private void LogicFlags(LocalBuilder x)
    {
        _comparison = null;
        Set(F.Z, () => Push(x));
        Set(F.N, () => Push(x));
        Set(F.V, () => Constant(0));
    }

    private void Step(Decoded code)
    {
        bool up = code.Op == Inc;
        LocalBuilder d = LoadKept(code.A);
        Push(d);
        Constant(1);
        _il.Emit(up ? OpCodes.Add : OpCodes.Sub);
        _il.Emit(OpCodes.Conv_U1);
        LocalBuilder x = Result(code.A);
        _comparison = null;
        Set(F.Z, () => Push(x));
        Set(F.N, () => Push(x));
        Set(F.V, () => AndNot(up ? x : d, up ? d : x));
    }

    private void WideStep(Decoded code)
    {
        bool up = code.Op == Adiw;
        LocalBuilder d = PairKept(code.A, code.A + 1);
        Push(d);
        Constant(code.K);
        _il.Emit(up ? OpCodes.Add : OpCodes.Sub);
        LocalBuilder x = Keep();
        Push(x);
        _registers.StorePair(code.A, Temporary());
        _comparison = null;
        Set(F.C, () => { Push(x); Constant(up ? 16 : 31); _il.Emit(OpCodes.Shr_Un); });
        Set(F.Z, () => { Push(x); _il.Emit(OpCodes.Conv_U2); });
        Set(F.N, () => { Push(x); ShiftDown(8); _il.Emit(OpCodes.Conv_U1); });
        Set(F.V, () => { AndNot(up ? x : d, up ? d : x); ShiftDown(8); });
    }

    private void AndNot(LocalBuilder a, LocalBuilder not)
    {
        Push(a);
        Push(not);
        _il.Emit(OpCodes.Not);
        _il.Emit(OpCodes.And);
    }

    // LSR, ASR and ROR; of 16 bits the upper byte comes first, and flags are those of the lower, whose bit 7 comes from above.
    private void Shift(Op op, LocalBuilder d, int bits, Action store)
    {
        Push(d);
        Constant(1);
        _il.Emit(OpCodes.Shr_Un);
        if (op == Ror)
        {
            PushFlag(F.C);
            Constant(bits - 1);
            _il.Emit(OpCodes.Shl);
            _il.Emit(OpCodes.Or);
        }
        else if (op == Asr)
        {
            Push(d);
            Constant(1 << (bits - 1));
            _il.Emit(OpCodes.And);
            _il.Emit(OpCodes.Or);
        }

        LocalBuilder x = Keep();
        Push(x);
        store();
        _comparison = null;
        Set(F.C, () => { Push(d); Constant(1); _il.Emit(OpCodes.And); });
        Action low = () => { Push(x); _il.Emit(OpCodes.Conv_U1); };
        Set(F.Z, low);
        Set(F.N, low);
        Set(F.V, () => { Push(d); Constant(7); _il.Emit(OpCodes.Shl); Push(x); _il.Emit(OpCodes.Xor); });
    }

    private void Multiply(Decoded code)
    {
        _registers.Load(code.A);
        if (code.Op is Muls or Mulsu or Fmuls or Fmulsu) _il.Emit(OpCodes.Conv_I1);
        _registers.Load(code.B);
        if (code.Op is Muls or Fmuls) _il.Emit(OpCodes.Conv_I1);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Conv_U2);
        LocalBuilder product = Keep(), x = product;
        if (code.Op is Fmul or Fmuls or Fmulsu)
        {
            Push(product);
            Constant(1);
            _il.Emit(OpCodes.Shl);
            _il.Emit(OpCodes.Conv_U2);
            x = Keep();
        }

        Push(x);
        _registers.StorePair(0, Temporary());
        _comparison = null;
        Set(F.C, () => { Push(product); Constant(15); _il.Emit(OpCodes.Shr_Un); });
        Set(F.Z, () => Push(x));
    }
}
