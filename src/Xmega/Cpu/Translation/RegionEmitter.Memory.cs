using System.Reflection.Emit;
using Xmega.Memory;
using static Xmega.Cpu.Op;
using F = Xmega.Cpu.Translation.FlagLife;

namespace Xmega.Cpu.Translation;

/// <summary>SRAM, stack and flash directly; I/O space through <see cref="RegionAccess"/> in its exact cycle.</summary>
internal sealed unsafe partial class RegionEmitter
{
    private const int SPL = 0x3D, SPH = 0x3E, SREG = 0x3F;

    private bool EmitMemory(int index)
    {
        Decoded code = _block.Places[index].Code;
        switch (code.Op)
        {
            case In when code.K == SREG:
                ReadStatus();
                _registers.Store(code.A);
                return true;
            case Op.Out when code.K == SREG:
                WriteStatus(index, code);
                return true;
            case Sei:
                PushState(OffsetI);
                _il.Emit(OpCodes.Ldind_U1);
                _il.Emit(OpCodes.Brfalse, Bail(index)); // to let interrupts in is for the interpreter
                return true;
            case In:
                _usesStack = true;
                Push(_sp);
                if (code.K == SPH) ShiftDown(8);
                _registers.Store(code.A);
                return true;
            case Op.Out:
                WriteCpuRegister(index, code);
                return true;
            case >= Lpm and <= ElpmZInc:
                LoadFlash(index, code);
                return true;
            default:
                return false;
        }
    }

    // The pointer a load or store goes by, and what is added to it before and after.
    private static (int Pair, int Before, int After) PointerOf(Decoded code) => code.Op switch
    {
        LdX or StX => (26, 0, 0),
        LdXInc or StXInc => (26, 0, 1),
        LdXDec or StXDec => (26, -1, -1),
        LdY or StY => (28, 0, 0),
        LddY or StdY => (28, code.K, 0),
        LdYInc or StYInc => (28, 0, 1),
        LdYDec or StYDec => (28, -1, -1),
        LdZ or StZ => (30, 0, 0),
        LddZ or StdZ => (30, code.K, 0),
        LdZInc or StZInc => (30, 0, 1),
        _ => (30, -1, -1),
    };

    /// <summary>Whether two accesses of SRAM are of the two bytes of a pair of registers.</summary>
    /// <param name="first">The first instruction.</param>
    /// <param name="second">The one after it.</param>
    /// <returns>True if they are.</returns>
    public static bool AccessPair(Decoded first, Decoded second)
    {
        int? step = (first.Op, second.Op) switch
        {
            (Lds, Lds) or (Sts, Sts) => second.K - first.K,
            _ when (IsPointerLoad(first.Op) && IsPointerLoad(second.Op)) || (IsPointerStore(first.Op) && IsPointerStore(second.Op)) => Step(),
            _ => null,
        };
        return step is 1 or -1 && first.A / 2 == second.A / 2 && second.A - first.A == step;

        int? Step()
        {
            (int pair, int before, int after) = PointerOf(first);
            (int other, int next, _) = PointerOf(second);
            return pair == other && first.A / 2 != pair / 2 ? after + next - before : null;
        }
    }

    private static bool IsPointerLoad(Op op) => op is >= LdX and <= LddZ;

    private static bool IsPointerStore(Op op) => op is >= StX and <= StdZ;

    private sealed record PointerAccess(Decoded Code, int Offset);

    // Accesses in a row by one pointer: one look whether all of them are to SRAM, and the pointer is moved once.
    private int EmitPointerRun(int index)
    {
        List<PointerAccess> accesses = PointerRun(index, out int pair, out int moved);
        if (accesses.Count == 0) return 0;
        int lowest = int.MaxValue, highest = int.MinValue;
        foreach (PointerAccess access in accesses) (lowest, highest) = (Math.Min(lowest, access.Offset), Math.Max(highest, access.Offset));
        LocalBuilder pointer = Address(pair, 0);
        Push(pointer);
        Constant(DataSpace.SramStart - lowest);
        _il.Emit(OpCodes.Sub);
        Constant(DataSpace.SramSize - (highest - lowest));
        _il.Emit(OpCodes.Bge_Un, Bail(index));
        for (int i = 0; i < accesses.Count;)
        {
            (Decoded code, int offset) = accesses[i++];
            if (i < accesses.Count && _registers.IsPaired(code.A) && AccessPair(code, accesses[i].Code))
            {
                AccessTwo(IsPointerLoad(code.Op), code.A & ~1, () => PushSum(pointer, Math.Min(offset, accesses[i].Offset)));
                i++;
                continue;
            }

            // What is loaded into the pointer itself stays there.
            if (i == accesses.Count && IsPointerLoad(code.Op)) Move();
            AccessOne(IsPointerLoad(code.Op), code.A, () => PushSum(pointer, offset));
        }

        Move();
        return accesses.Count;

        void Move()
        {
            if (moved == 0) return;
            PushSum(pointer, moved);
            _registers.StorePair(pair, Temporary());
            moved = 0;
        }
    }

    private List<PointerAccess> PointerRun(int index, out int pair, out int moved)
    {
        var accesses = new List<PointerAccess>();
        (pair, moved) = (0, 0);
        for (int i = index; i < _block.Places.Count; i++)
        {
            Decoded code = _block.Places[i].Code;
            bool isLoad = IsPointerLoad(code.Op);
            if (_block.Places[i].Handling != Handling.Translated || !(isLoad || IsPointerStore(code.Op))) break;
            (int by, int before, int after) = PointerOf(code);
            if (i == index) pair = by;
            bool isPointer = code.A / 2 == pair / 2;
            if (by != pair || (isPointer && i > index && (moved != 0 || after != 0))) break;
            accesses.Add(new PointerAccess(code, moved + before));
            moved += after;
            if (isPointer && isLoad) break;
        }

        return accesses;
    }

    // LDS or STS in a row, of SRAM.
    private int EmitDirectRun(int index)
    {
        int count = 0;
        while (DirectAt(index + count) is { } code)
        {
            count++;
            if (_registers.IsPaired(code.A) && DirectAt(index + count) is { } next && AccessPair(code, next))
            {
                AccessTwo(code.Op == Lds, code.A & ~1, () => Constant(Math.Min(code.K, next.K)));
                count++;
                continue;
            }

            AccessOne(code.Op == Lds, code.A, () => Constant(code.K));
        }

        return count;

        Decoded? DirectAt(int at) => at < _block.Places.Count && _block.Places[at] is { Handling: Handling.Translated, Code.Op: Lds or Sts } place ? place.Code : null;
    }

    private void AccessOne(bool isLoad, int register, Action address)
    {
        PushSram(address);
        if (isLoad)
        {
            _il.Emit(OpCodes.Ldind_U1);
            _registers.Store(register);
            return;
        }

        _registers.Load(register);
        _il.Emit(OpCodes.Stind_I1);
    }

    // A pair that is one local, with two bytes of SRAM.
    private void AccessTwo(bool isLoad, int low, Action address)
    {
        PushSram(address);
        if (isLoad)
        {
            _il.Emit(OpCodes.Unaligned, (byte)1);
            _il.Emit(OpCodes.Ldind_U2);
            _registers.StorePair(low, Temporary());
            return;
        }

        _registers.LoadPair(low);
        _il.Emit(OpCodes.Unaligned, (byte)1);
        _il.Emit(OpCodes.Stind_I2);
    }

    private void PushSum(LocalBuilder local, int value)
    {
        Push(local);
        if (value == 0) return;
        Constant(value);
        _il.Emit(OpCodes.Add);
    }

    private LocalBuilder Address(int pair, int before)
    {
        LocalBuilder pointer = PairKept(pair, pair + 1);
        if (before == 0) return pointer;
        PushSum(pointer, before);
        return Keep();
    }

    private void Update(int pair, LocalBuilder address, int after)
    {
        if (after == 0) return;
        Push(address);
        if (after > 0)
        {
            Constant(after);
            _il.Emit(OpCodes.Add);
        }

        _registers.StorePair(pair, Temporary());
    }

    private void PushSram(Action address)
    {
        _il.Emit(OpCodes.Ldarg_2);
        address();
        _il.Emit(OpCodes.Conv_U);
        _il.Emit(OpCodes.Add);
    }

    private void LoadFlash(int index, Decoded code)
    {
        _registers.LoadPair(30);
        LocalBuilder z = Keep();
        if (code.Op == ElpmZInc)
        {
            // The end of a page of 64 KiB would carry into RAMPZ.
            Push(z);
            Constant(0xFFFF);
            _il.Emit(OpCodes.Beq, Bail(index));
        }

        if (code.Op is LpmZInc or ElpmZInc) Update(30, z, 1);
        _il.Emit(OpCodes.Ldarg_3);
        Push(z);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Ldind_U1);
        _registers.Store(code.Op is Lpm or Elpm ? 0 : code.A);
    }

    private void WriteCpuRegister(int index, Decoded code)
    {
        if (code.K is not (SPL or SPH))
        {
            // RAMP and EIND are zero as long as a region runs.
            _registers.Load(code.A);
            _il.Emit(OpCodes.Brtrue, Bail(index));
            StackPointerIsWhole();
            return;
        }

        _usesStack = true;
        Push(_sp);
        Constant(code.K == SPL ? 0xFF00 : 0xFF);
        _il.Emit(OpCodes.And);
        _registers.Load(code.A);
        if (code.K == SPH)
        {
            Constant(8);
            _il.Emit(OpCodes.Shl);
        }

        _il.Emit(OpCodes.Or);
        _il.Emit(OpCodes.Stloc, _sp);
        if (code.K == SPH)
        {
            StackPointerIsWhole();
            KeepLowest();
            return;
        }

        PushState(OffsetStackWritten);
        PushState(OffsetInstructions);
        _il.Emit(OpCodes.Ldind_I8);
        Push(_tally); // its budget is not below zero here
        Constant(32);
        _il.Emit(OpCodes.Shr);
        _il.Emit(OpCodes.Ldc_I8, (long)(_block.Places.Count - index - 1));
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stind_I8);
    }

    // Pushes SREG, put together as CpuState does it.
    private void ReadStatus()
    {
        PushFlag(F.C);
        PushFlag(F.Z);
        Constant(0);
        _il.Emit(OpCodes.Ceq);
        Into(1);
        PushFlag(F.N);
        Masked(-5, 0x04);
        PushFlag(F.V);
        Masked(-4, 0x08);
        PushFlag(F.N);
        PushFlag(F.V);
        _il.Emit(OpCodes.Xor);
        PushFlag(F.N);
        ShiftDown(1);
        _il.Emit(OpCodes.Xor);
        Masked(-3, 0x10);
        PushFlag(F.H);
        Masked(1, 0x20);
        PushState(OffsetT);
        _il.Emit(OpCodes.Ldind_I4);
        Into(6);
        PushState(OffsetI);
        _il.Emit(OpCodes.Ldind_U1);
        Into(7);

        void Into(int bit)
        {
            Constant(bit);
            _il.Emit(OpCodes.Shl);
            _il.Emit(OpCodes.Or);
        }

        void Masked(int up, int mask)
        {
            Shifted(up, mask);
            _il.Emit(OpCodes.Or);
        }
    }

    private void WriteStatus(int index, Decoded code)
    {
        LocalBuilder value = LoadKept(code.A);
        Push(value);
        ShiftDown(7);
        PushState(OffsetI);
        _il.Emit(OpCodes.Ldind_U1);
        _il.Emit(OpCodes.Bgt, Bail(index)); // to let interrupts in is for the interpreter
        PushState(OffsetI);
        Push(value);
        ShiftDown(7);
        _il.Emit(OpCodes.Stind_I1);
        PushState(OffsetT);
        Push(value);
        Shifted(-6, 1);
        _il.Emit(OpCodes.Stind_I4);

        // S as it was written, which N and V need not agree with: bit 8 of N.
        Push(value);
        Shifted(5, 0x80);
        Push(value);
        ShiftDown(2);
        Push(value);
        ShiftDown(3);
        _il.Emit(OpCodes.Xor);
        Push(value);
        ShiftDown(4);
        _il.Emit(OpCodes.Xor);
        Shifted(8, 0x100);
        _il.Emit(OpCodes.Or);
        _il.Emit(OpCodes.Stloc, _flags[F.N]);
        _comparison = null;
        Set(F.C, () => { Push(value); Shifted(0, 1); });
        Set(F.Z, () => { Push(value); Shifted(0, 2); Constant(2); _il.Emit(OpCodes.Xor); });
        Set(F.V, () => { Push(value); Shifted(4, 0x80); });
        Set(F.H, () => { Push(value); Shifted(-1, 0x10); });
        _pending[F.N] = null;
        StackPointerIsWhole();
    }

    // Shifts what is on the stack up, or down, and keeps some bits.
    private void Shifted(int up, int mask)
    {
        if (up != 0)
        {
            Constant(Math.Abs(up));
            _il.Emit(up > 0 ? OpCodes.Shl : OpCodes.Shr);
        }

        Constant(mask);
        _il.Emit(OpCodes.And);
    }

    private void StackPointerIsWhole()
    {
        PushState(OffsetStackWritten);
        _il.Emit(OpCodes.Ldc_I8, 0L);
        _il.Emit(OpCodes.Stind_I8);
    }

    private void KeepLowest()
    {
        Label kept = _il.DefineLabel();
        Push(_sp);
        Push(_lowest);
        _il.Emit(OpCodes.Bge, kept);
        Push(_sp);
        _il.Emit(OpCodes.Stloc, _lowest);
        _il.MarkLabel(kept);
    }

    // PUSHes or POPs in a row: one look at the stack pointer for all of them.
    private int EmitStackRun(int index)
    {
        Op op = _block.Places[index].Code.Op;
        if (op is not (Op.Push or Op.Pop)) return 0;
        int count = 1;
        while (index + count < _block.Places.Count && _block.Places[index + count].Code.Op == op) count++;
        _usesStack = true;
        Push(_sp);
        Constant(op == Op.Push ? DataSpace.SramStart + count - 1 : DataSpace.SramStart - 1);
        _il.Emit(OpCodes.Sub);
        Constant(DataSpace.SramSize - count + 1);
        _il.Emit(OpCodes.Bge_Un, Bail(index));
        for (int i = 0; i < count; i++)
        {
            int register = _block.Places[index + i].Code.A, offset = op == Op.Push ? -i : i + 1;
            PushSram(() => { Push(_sp); Constant(offset); _il.Emit(OpCodes.Add); });
            if (op == Op.Push)
            {
                _registers.Load(register);
                _il.Emit(OpCodes.Stind_I1);
            }
            else
            {
                _il.Emit(OpCodes.Ldind_U1);
                _registers.Store(register);
            }
        }

        AddTo(_sp, op == Op.Push ? -count : count);
        if (op == Op.Push) KeepLowest();
        return count;
    }

    // An access of I/O space, the last of its block: it gives back the budget, which may be another.
    private void EmitAccess(Place place)
    {
        Decoded code = place.Code;
        switch (code.Op)
        {
            case In or Lds:
                Access(() => Constant(code.K), place, nameof(RegionAccess.Read), null);
                TakeValue(code.A);
                break;
            case Op.Out or Sts:
                Access(() => Constant(code.K), place, nameof(RegionAccess.Write), () => _registers.Load(code.A));
                TakeBudget();
                break;
            case Sbi or Cbi:
                Access(() => Constant(code.K), place, nameof(RegionAccess.WriteBit), () => Constant(code.B | (code.Op == Sbi ? 0x100 : 0)));
                TakeBudget();
                break;
            case Sbis or Sbic:
                Access(() => Constant(code.K), place, nameof(RegionAccess.Read), null);
                break; // what was read decides about the skip
            default:
                AccessByPointer(place);
                break;
        }
    }

    private void AccessByPointer(Place place)
    {
        Decoded code = place.Code;
        (int pair, int before, int after) = PointerOf(code);
        LocalBuilder address = Address(pair, before);
        Label bail = Bail(_block.Places.Count - 1);
        Push(address);
        Constant(IoSpace.Size);
        _il.Emit(OpCodes.Bge_Un, bail);
        Push(address);
        Constant(0x30);
        _il.Emit(OpCodes.Sub);
        Constant(0x10);
        _il.Emit(OpCodes.Blt_Un, bail); // the CPU's own registers
        if (code.Op <= LddZ)
        {
            Update(pair, address, after);
            Access(() => Push(address), place, nameof(RegionAccess.Read), null);
            TakeValue(code.A);
            return;
        }

        LocalBuilder value = LoadKept(code.A);
        Update(pair, address, after);
        Access(() => Push(address), place, nameof(RegionAccess.Write), () => Push(value));
        TakeBudget();
    }

    private void Access(Action address, Place place, string method, Action? value)
    {
        Show();
        _il.Emit(OpCodes.Ldarg_0);
        address();
        value?.Invoke();
        Constant(place.Address);
        Push(_tally);
        _il.Emit(OpCodes.Call, typeof(RegionAccess).GetMethod(method)!);
    }

    // An access may call code of the host, which sees registers and flags as they are: they are put where it looks, aside,
    // when it is known which of them the region writes.
    private void Show()
    {
        var pending = (Action?[])_pending.Clone();
        Label aside = _il.DefineLabel(), back = _il.DefineLabel();
        _il.Emit(OpCodes.Br, aside);
        _il.MarkLabel(back);
        _cold.Add(() =>
        {
            _il.MarkLabel(aside);
            Settle(pending);
            WriteBack();
            _il.Emit(OpCodes.Br, back);
        });
    }

    private void TakeValue(int register)
    {
        Push(TakeResult());
        _registers.Store(register);
    }

    // Pops what a read gave back: the budget in bits 8 and up, the byte below.
    private LocalBuilder TakeResult()
    {
        LocalBuilder read = _long ??= _il.DeclareLocal(typeof(long));
        _il.Emit(OpCodes.Stloc, read);
        Push(read);
        Constant(8);
        _il.Emit(OpCodes.Shr);
        _il.Emit(OpCodes.Conv_I4);
        TakeBudget();
        Push(read);
        _il.Emit(OpCodes.Conv_U1);
        return Keep();
    }

    // Pops the budget that the tally has from now on.
    private void TakeBudget()
    {
        PushBudget();
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Conv_I8);
        Push(_tally);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _tally);
    }

    private LocalBuilder? _long;
}
