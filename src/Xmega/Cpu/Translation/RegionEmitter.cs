using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Xmega.Cpu.Op;

namespace Xmega.Cpu.Translation;

/// <summary>A translated region: runs until its budget is used up or it has to be left.</summary>
/// <param name="core">For what goes to I/O.</param>
/// <param name="state">The CPU's state.</param>
/// <param name="sram">SRAM, as if it began at address zero.</param>
/// <param name="flash">Flash.</param>
/// <param name="entry">Where to enter; -1: nowhere, which only has the method compiled.</param>
/// <param name="budget">Cycles to the deadline.</param>
/// <returns>The cycles left in bits 0–31; in bits 32 and up why it was left, a <see cref="RegionExit"/>.</returns>
internal unsafe delegate long RegionCode(CpuCore core, CpuState* state, byte* sram, byte* flash, int entry, int budget);

/// <summary>Why a region was left.</summary>
internal enum RegionExit
{
    /// <summary>The budget does not last for what comes next.</summary>
    Budget,

    /// <summary>Control left what was translated.</summary>
    Edge,

    /// <summary>An access was not to SRAM.</summary>
    Access,
}

/// <summary>
/// The fourth step: a region as IL. The budget is looked at where a block asks for it; registers and flags are locals; flags
/// are worked out where <see cref="FlagLife"/> says, and on the cold ways out, which stand at the end of the method.
/// </summary>
internal sealed unsafe partial class RegionEmitter
{
    private readonly RegionPlan _plan;
    private readonly SortedDictionary<int, Block> _blocks;
    private readonly ILGenerator _il;
    private readonly RegisterLocals _registers;
    private readonly Dictionary<int, Label> _labels = [];
    private readonly List<Action> _cold = [];
    private readonly List<LocalBuilder> _temporaries = [];
    private readonly LocalBuilder[] _flags = new LocalBuilder[FlagLife.Count];
    private readonly Action?[] _pending = new Action?[FlagLife.Count]; // how to work out a flag that is not in its local
    private readonly LocalBuilder _budget, _count, _pc, _exit, _sp, _lowest;
    private readonly Label _leave;
    private Comparison? _comparison; // what C, Z, N and V together say, when they come from one comparison
    private (Action?[] Pending, Label Label)? _lastSettled;
    private int _usedTemporaries;
    private bool _usesStack;
    private bool _usesFlags;
    private Block _block = null!;

    private RegionEmitter(RegionPlan plan, SortedDictionary<int, Block> blocks, ILGenerator il)
    {
        _plan = plan;
        _il = il;
        _blocks = blocks;
        FlagLife.Solve(_blocks.Values);
        foreach (Block block in _blocks.Values) Measure(block);
        _registers = new RegisterLocals(il, _blocks.Values);
        for (int flag = 0; flag < FlagLife.Count; flag++) _flags[flag] = il.DeclareLocal(typeof(int));
        _budget = il.DeclareLocal(typeof(int));
        _count = il.DeclareLocal(typeof(int));
        _pc = il.DeclareLocal(typeof(int));
        _exit = il.DeclareLocal(typeof(int));
        _sp = il.DeclareLocal(typeof(int));
        _lowest = il.DeclareLocal(typeof(int));
        _leave = il.DefineLabel();
    }

    private sealed record Comparison(LocalBuilder Left, LocalBuilder Right, int Bits);

    /// <summary>Emits a region and has it compiled.</summary>
    /// <param name="plan">What to translate.</param>
    /// <param name="blocks">Its blocks.</param>
    /// <param name="entries">The addresses at which it can be entered, in the order of their numbers.</param>
    /// <returns>The code.</returns>
    public static RegionCode Emit(RegionPlan plan, SortedDictionary<int, Block> blocks, int[] entries)
    {
        var method = new DynamicMethod($"region_{2 * entries[0]:X5}", typeof(long), [typeof(CpuCore), typeof(CpuState*), typeof(byte*), typeof(byte*), typeof(int), typeof(int)], typeof(CpuCore).Module, skipVisibility: true);
        new RegionEmitter(plan, blocks, method.GetILGenerator(4096)).EmitAll(entries);
        RegionCode code = method.CreateDelegate<RegionCode>();
        RuntimeHelpers.PrepareDelegate(code);
        CpuState scratch = default;
        code(null!, &scratch, null, null, -1, 0); // the first call compiles it
        return code;
    }

    /// <summary>Whether two instructions are done as one on 16 bits.</summary>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    /// <returns>True if they are.</returns>
    public static bool Joins(Decoded first, Decoded second)
    {
        bool up = (first.A & 1) == 0 && second.A == first.A + 1;
        return (first.Op, second.Op) switch
        {
            (Add, Adc) or (Adc, Adc) or (Sub, Sbc) or (Sbc, Sbc) or (Cp, Cpc) or (Cpc, Cpc) => up && first.B != second.A && second.B != first.A,
            (Subi, Sbci) or (Sbci, Sbci) or (Ldi, Ldi) => up,
            (Cpi, Cpc) => up && second.B != first.A,
            (Lsr, Ror) or (Ror, Ror) or (Asr, Ror) => (second.A & 1) == 0 && first.A == second.A + 1,
            (Eor, Eor) => up && first.A == first.B && second.A == second.B,
            (Mov, Mov) => up && (first.B & 1) == 0 && second.B == first.B + 1,
            (And, And) or (Or, Or) or (Andi, Andi) or (Ori, Ori) => false,
            _ => false,
        };
    }

    private static int Offset(string field) => (int)Marshal.OffsetOf<CpuState>(field);

    private static readonly int OffsetPc = Offset(nameof(CpuState.Pc)), OffsetSp = Offset(nameof(CpuState.Sp)), OffsetLowest = Offset(nameof(CpuState.SpLowest));
    private static readonly int OffsetT = Offset(nameof(CpuState.T)), OffsetI = Offset(nameof(CpuState.I)), OffsetInstructions = Offset(nameof(CpuState.Instructions));
    private static readonly int OffsetStackWritten = Offset(nameof(CpuState.StackPointerWritten));
    private static readonly int[] OffsetFlags = [Offset(nameof(CpuState.C)), Offset(nameof(CpuState.NotZ)), Offset(nameof(CpuState.N)), Offset(nameof(CpuState.V)), Offset(nameof(CpuState.H))];

    // The cycles a block needs: its own and those of what runs unchecked behind it; where a check follows, so many that the
    // flags that are out of date there are set anew before the deadline.
    private static int Measure(Block block)
    {
        const int Extra = 2; // a branch taken, or two words skipped
        if (block.Need >= 0) return block.Need;
        int after = 0;
        foreach (Block next in block.Successors)
        {
            if (!next.Checks && Measure(next) > Block.LongestStretch) next.Checks = true;
            int need = next.Checks ? next.FlagLife.Where(life => life < FlagLife.Needed).Max(life => (int?)life) ?? 0 : Measure(next);
            after = Math.Max(after, need + Extra);
        }

        return block.Need = block.Cycles + after;
    }

    private void EmitAll(int[] entries)
    {
        foreach (int address in _blocks.Keys) _labels.Add(address, _il.DefineLabel());
        Label prologue = _il.DefineLabel();
        _il.Emit(OpCodes.Br, prologue);
        foreach (Block block in _blocks.Values) EmitBlock(block);
        for (int i = 0; i < _cold.Count; i++) _cold[i]();
        EmitEpilogue();
        _il.MarkLabel(prologue);
        EmitPrologue(entries);
    }

    private void EmitPrologue(int[] entries)
    {
        _registers.EmitRead();
        if (_usesFlags)
            for (int flag = 0; flag < FlagLife.Count; flag++) LoadState(OffsetFlags[flag], _flags[flag]);
        if (_usesStack)
        {
            LoadState(OffsetSp, _sp);
            LoadState(OffsetLowest, _lowest);
        }

        _il.Emit(OpCodes.Ldarg, 5);
        _il.Emit(OpCodes.Stloc, _budget);
        _il.Emit(OpCodes.Ldarg, 4);
        _il.Emit(OpCodes.Switch, [.. entries.Select(entry => _labels[entry])]);
        _il.Emit(OpCodes.Ldc_I8, 0L);
        _il.Emit(OpCodes.Ret);

        void LoadState(int offset, LocalBuilder local)
        {
            PushState(offset);
            _il.Emit(OpCodes.Ldind_I4);
            _il.Emit(OpCodes.Stloc, local);
        }
    }

    private void EmitEpilogue()
    {
        _il.MarkLabel(_leave);
        _registers.EmitWriteBack();
        if (_usesFlags)
            for (int flag = 0; flag < FlagLife.Count; flag++) SaveState(OffsetFlags[flag], _flags[flag]);
        if (_usesStack)
        {
            SaveState(OffsetSp, _sp);
            SaveState(OffsetLowest, _lowest);
        }

        SaveState(OffsetPc, _pc);
        PushState(OffsetInstructions);
        PushState(OffsetInstructions);
        _il.Emit(OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Ldloc, _count);
        _il.Emit(OpCodes.Conv_I8);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stind_I8);
        _il.Emit(OpCodes.Ldloc, _exit);
        _il.Emit(OpCodes.Conv_I8);
        _il.Emit(OpCodes.Ldc_I4, 32);
        _il.Emit(OpCodes.Shl);
        _il.Emit(OpCodes.Ldloc, _budget);
        _il.Emit(OpCodes.Conv_U8);
        _il.Emit(OpCodes.Or);
        _il.Emit(OpCodes.Ret);

        void SaveState(int offset, LocalBuilder local)
        {
            PushState(offset);
            _il.Emit(OpCodes.Ldloc, local);
            _il.Emit(OpCodes.Stind_I4);
        }
    }

    private void EmitBlock(Block block)
    {
        _block = block;
        _usedTemporaries = 0;
        _comparison = null;
        Array.Clear(_pending);
        _il.MarkLabel(_labels[block.Address]);
        if (block.Places.Count == 0)
        {
            Leave(block.Address, RegionExit.Edge);
            return;
        }

        if (block.Checks)
        {
            Label cold = _il.DefineLabel();
            _il.Emit(OpCodes.Ldloc, _budget);
            Constant(block.Need);
            _il.Emit(OpCodes.Blt, cold);
            _cold.Add(() =>
            {
                _il.MarkLabel(cold);
                Leave(block.Address, RegionExit.Budget);
            });
        }

        AddTo(_budget, -block.Cycles);
        AddTo(_count, block.Places.Count);
        for (int i = 0; i < block.Places.Count;) i += EmitPlace(i);
    }

    // Emits what stands at an index of the block; the last one also emits where control goes.
    private int EmitPlace(int index)
    {
        Place place = _block.Places[index];
        if (index + 1 < _block.Places.Count && Joins(place.Code, _block.Places[index + 1].Code))
        {
            EmitJoined(place.Code, _block.Places[index + 1].Code);
            if (index + 2 == _block.Places.Count) FlowTo(_block.Places[index + 1].Next);
            return 2;
        }

        int run = EmitStackRun(index);
        if (run > 0)
        {
            if (index + run == _block.Places.Count) FlowTo(_block.Last.Next);
            return run;
        }

        if (EmitFlow(index)) return 1;
        if (place.Handling == Handling.InputOutput) EmitAccess(place);
        else if (!EmitMemory(index)) EmitArithmetic(place.Code);
        if (index + 1 == _block.Places.Count) FlowTo(place.Next);
        return 1;
    }

    // The way out before an instruction that the region cannot do: as if the rest of the block had not been charged.
    private Label Bail(int index)
    {
        Label cold = _il.DefineLabel();
        int cycles = 0;
        for (int i = index; i < _block.Places.Count; i++) cycles += Block.CyclesOf(_block.Places[i]);
        int count = _block.Places.Count - index, address = _block.Places[index].Address;
        Label settle = SettleAndLeave();
        _cold.Add(() =>
        {
            _il.MarkLabel(cold);
            AddTo(_budget, cycles);
            AddTo(_count, -count);
            Constant(address);
            _il.Emit(OpCodes.Stloc, _pc);
            Constant((int)RegionExit.Access);
            _il.Emit(OpCodes.Stloc, _exit);
            _il.Emit(OpCodes.Br, settle);
        });
        return cold;
    }

    // Where flags are worked out on the way out: once for all places at which they stand alike.
    private Label SettleAndLeave()
    {
        if (Array.TrueForAll(_pending, action => action is null)) return _leave;
        if (_lastSettled is { } last && last.Pending.AsSpan().SequenceEqual(_pending)) return last.Label;
        var pending = (Action?[])_pending.Clone();
        Label label = _il.DefineLabel();
        _lastSettled = (pending, label);
        _cold.Add(() =>
        {
            _il.MarkLabel(label);
            Settle(pending);
            _il.Emit(OpCodes.Br, _leave);
        });
        return label;
    }

    private void Leave(int address, RegionExit why)
    {
        Constant(address);
        LeaveTo(why);
    }

    // The program counter is on the stack.
    private void LeaveTo(RegionExit why)
    {
        _il.Emit(OpCodes.Stloc, _pc);
        Constant((int)why);
        _il.Emit(OpCodes.Stloc, _exit);
        _il.Emit(OpCodes.Br, _leave);
    }

    private void AddTo(LocalBuilder local, int value)
    {
        if (value == 0) return;
        _il.Emit(OpCodes.Ldloc, local);
        Constant(value);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, local);
    }

    private void Constant(int value) => _il.Emit(OpCodes.Ldc_I4, value);

    private void PushState(int offset)
    {
        _il.Emit(OpCodes.Ldarg_1);
        Constant(offset);
        _il.Emit(OpCodes.Add);
    }

    private LocalBuilder Temporary()
    {
        if (_usedTemporaries == _temporaries.Count) _temporaries.Add(_il.DeclareLocal(typeof(int)));
        return _temporaries[_usedTemporaries++];
    }

    // Pops a value into a new temporary.
    private LocalBuilder Keep()
    {
        LocalBuilder local = Temporary();
        _il.Emit(OpCodes.Stloc, local);
        return local;
    }

    private void Push(LocalBuilder local) => _il.Emit(OpCodes.Ldloc, local);

    private void PushFlag(int flag)
    {
        _usesFlags = true;
        if (_pending[flag] is { } compute) compute();
        else Push(_flags[flag]);
    }

    private void Set(int flag, Action compute)
    {
        _usesFlags = true;
        _pending[flag] = compute;
    }

    // Works out flags into their locals.
    private void Settle(Action?[] pending, Func<int, bool>? wanted = null)
    {
        for (int flag = 0; flag < FlagLife.Count; flag++)
        {
            if (pending[flag] is not { } compute || (wanted is not null && !wanted(flag))) continue;
            compute();
            _il.Emit(OpCodes.Stloc, _flags[flag]);
        }
    }
}
