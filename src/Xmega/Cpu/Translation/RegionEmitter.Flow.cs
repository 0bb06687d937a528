using System.Reflection.Emit;
using Xmega.Memory;
using static Xmega.Cpu.Op;
using F = Xmega.Cpu.Translation.FlagLife;

namespace Xmega.Cpu.Translation;

/// <summary>Branches, skips, jumps, calls and returns: the ends of blocks.</summary>
internal sealed unsafe partial class RegionEmitter
{
    // Emits an instruction that decides where control goes; false for any other.
    private bool EmitFlow(int index)
    {
        Place place = _block.Places[index];
        Decoded code = place.Code;
        switch (code.Op)
        {
            case Rjmp or Jmp:
                if (index + 1 == _block.Places.Count) FlowTo(code.K); // otherwise it only takes time: to the next instruction
                return true;
            case >= Brcs and <= Brid:
                Label taken = _il.DefineLabel();
                BranchIf(code.Op, taken);
                FlowTo(place.Next);
                _il.MarkLabel(taken);
                FlowTo(code.K, 1);
                return true;
            case Cpse or Sbrc or Sbrs or Sbis or Sbic:
                EmitSkip(place);
                return true;
            case Call or Rcall or Icall or Eicall:
                EmitCall(index);
                return true;
            case Ret:
                EmitReturn(index);
                return true;
            case Ijmp or Eijmp:
                EmitIndirectJump(place);
                return true;
            default:
                return false;
        }
    }

    // Goes on somewhere, inside the region or outside; flags that can be seen there are worked out. A block that is reached
    // in no other way takes over what is known instead.
    private void FlowTo(int address, int extraCycles = 0)
    {
        AddToTally(-extraCycles);
        if (!_blocks.TryGet(address, out Block? next))
        {
            Settle(_pending);
            Leave(address, RegionExit.Edge);
            return;
        }

        if (next.IsReachedOnce && address > _block.Address)
        {
            _inherited.Add(address, new Inheritance((Action?[])_pending.Clone(), _comparison, _usedTemporaries));
        }
        else
        {
            bool exact = _block.EndsWithAccess;
            Settle(_pending, flag => exact || next.FlagLife[flag] >= F.Needed);
        }

        _il.Emit(OpCodes.Br, next.Label);
    }

    private void BranchIf(Op op, Label target)
    {
        if (_comparison is { } c && BranchByComparison(op, c, target)) return;
        switch (op)
        {
            case Brcs or Brcc:
                PushFlag(F.C);
                _il.Emit(op == Brcs ? OpCodes.Brtrue : OpCodes.Brfalse, target);
                break;
            case Breq or Brne:
                PushFlag(F.Z);
                _il.Emit(op == Brne ? OpCodes.Brtrue : OpCodes.Brfalse, target);
                break;
            case Brmi or Brpl:
                TestBit(() => PushFlag(F.N), 0x80, op == Brmi, target);
                break;
            case Brvs or Brvc:
                TestBit(() => PushFlag(F.V), 0x80, op == Brvs, target);
                break;
            case Brlt or Brge:
                TestBit(PushSign, 0x80, op == Brlt, target);
                break;
            case Brhs or Brhc:
                TestBit(() => PushFlag(F.H), 0x10, op == Brhs, target);
                break;
            default:
                PushState(OffsetT);
                _il.Emit(OpCodes.Ldind_I4);
                _il.Emit(op == Brts ? OpCodes.Brtrue : OpCodes.Brfalse, target);
                break;
        }
    }

    private bool BranchByComparison(Op op, Comparison c, Label target)
    {
        OpCode? branch = op switch
        {
            Breq => OpCodes.Beq,
            Brne => OpCodes.Bne_Un,
            Brcs => OpCodes.Blt,
            Brcc => OpCodes.Bge,
            Brlt => OpCodes.Blt,
            Brge => OpCodes.Bge,
            _ => null,
        };
        if (branch is not { } compare) return false;
        bool signed = op is Brlt or Brge;
        foreach (LocalBuilder side in new[] { c.Left, c.Right })
        {
            Push(side);
            if (signed) _il.Emit(c.Bits == 8 ? OpCodes.Conv_I1 : OpCodes.Conv_I2);
        }

        _il.Emit(compare, target);
        return true;
    }

    // S in bit 7; bit 8 of N turns it around.
    private void PushSign()
    {
        PushFlag(F.N);
        PushFlag(F.V);
        _il.Emit(OpCodes.Xor);
        if (_pending[F.N] is not null) return;
        PushFlag(F.N);
        Constant(1);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Xor);
    }

    private void TestBit(Action value, int mask, bool set, Label target)
    {
        value();
        Constant(mask);
        _il.Emit(OpCodes.And);
        _il.Emit(set ? OpCodes.Brtrue : OpCodes.Brfalse, target);
    }

    private void EmitSkip(Place place)
    {
        Decoded code = place.Code;
        Label skips = _il.DefineLabel();
        switch (code.Op)
        {
            case Cpse:
                _registers.Load(code.A);
                _registers.Load(code.B);
                _il.Emit(OpCodes.Beq, skips);
                break;
            case Sbrc or Sbrs:
                TestBit(() => _registers.Load(code.A), 1 << code.B, code.Op == Sbrs, skips);
                break;
            default:
                EmitAccess(place);
                LocalBuilder value = TakeResult();
                TestBit(() => Push(value), 1 << code.B, code.Op == Sbis, skips);
                break;
        }

        FlowTo(place.Next);
        _il.MarkLabel(skips);
        int after = RegionPlan.AfterSkip(place);
        FlowTo(after, after - place.Next);
    }

    private void EmitCall(int index)
    {
        Place place = _block.Places[index];
        Decoded code = place.Code;
        _usesStack = true;
        Push(_sp);
        Constant(DataSpace.SramStart + 2);
        _il.Emit(OpCodes.Sub);
        Constant(DataSpace.SramSize - 2);
        _il.Emit(OpCodes.Bge_Un, Bail(index));
        for (int i = 0; i < 3; i++)
        {
            int below = -i;
            PushSram(() => { Push(_sp); Constant(below); _il.Emit(OpCodes.Add); });
            Constant((place.Next >> (8 * i)) & 0xFF);
            _il.Emit(OpCodes.Stind_I1);
        }

        AddTo(_sp, -3);
        KeepLowest();
        if (code.Op is Call or Rcall)
        {
            FlowTo(code.K);
            return;
        }

        Settle(_pending);
        PushTarget(code.Op == Eicall);
        LeaveTo();
    }

    private void EmitReturn(int index)
    {
        Place place = _block.Places[index];
        _usesStack = true;
        Push(_sp);
        Constant(DataSpace.SramStart - 1);
        _il.Emit(OpCodes.Sub);
        Constant(DataSpace.SramSize - 3);
        _il.Emit(OpCodes.Bgt_Un, Bail(index));
        for (int i = 0; i < 3; i++)
        {
            int above = i + 1;
            PushSram(() => { Push(_sp); Constant(above); _il.Emit(OpCodes.Add); });
            _il.Emit(OpCodes.Ldind_U1);
            if (i == 0) continue;
            LocalBuilder next = Keep();
            Constant(8);
            _il.Emit(OpCodes.Shl);
            Push(next);
            _il.Emit(OpCodes.Or);
        }

        Constant(InstructionDecoder.ProgramSpaceWords - 1);
        _il.Emit(OpCodes.And);
        LocalBuilder address = Keep();
        AddTo(_sp, 3);
        Dispatch(address, _plan.Returns.TryGet(place.Address, out WordSet? sites) ? sites : new WordSet());
    }

    private void EmitIndirectJump(Place place)
    {
        PushTarget(place.Code.Op == Eijmp);
        Dispatch(Keep(), _plan.IndirectTargets[place.Address]);
    }

    private void PushTarget(bool isExtended)
    {
        _registers.LoadPair(30);
        if (!isExtended) return;
        PushState(OffsetEind);
        _il.Emit(OpCodes.Ldind_I4);
        _il.Emit(OpCodes.Or);
    }

    // Goes to one of several blocks by an address known only now, or leaves.
    private void Dispatch(LocalBuilder address, WordSet targets)
    {
        const int LongestTable = 1024;
        var inside = new List<Block>();
        foreach (int target in targets.Words)
            if (_blocks.TryGet(target, out Block? block)) inside.Add(block);
        Settle(_pending);
        if (inside.Count > 3 && inside[^1].Address - inside[0].Address < LongestTable)
        {
            Label outside = _il.DefineLabel();
            int first = inside[0].Address;
            var table = new Label[inside[^1].Address - first + 1];
            for (int i = 0; i < table.Length; i++) table[i] = outside;
            foreach (Block target in inside) table[target.Address - first] = target.Label;
            Push(address);
            Constant(first);
            _il.Emit(OpCodes.Sub);
            _il.Emit(OpCodes.Switch, table);
            _il.MarkLabel(outside);
        }
        else
        {
            foreach (Block target in inside)
            {
                Push(address);
                Constant(target.Address);
                _il.Emit(OpCodes.Beq, target.Label);
            }
        }

        Push(address);
        LeaveTo();
    }
}
