using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using static Xmega.Cpu.Op;

namespace Xmega.Cpu.Translation;

/// <summary>A translated region: runs until its budget is used up or it has to be left.</summary>
/// <param name="core">For what goes to I/O.</param>
/// <param name="state">The CPU's state.</param>
/// <param name="sram">SRAM, as if it began at address zero.</param>
/// <param name="flash">Flash.</param>
/// <param name="entry">Where to enter; -1: nowhere, which only has the method compiled.</param>
/// <param name="tally">A <see cref="RegionTally"/> of the cycles to the deadline and no instructions.</param>
/// <returns>The tally when it was left; the state's program counter says why in its upper bits, a <see cref="RegionExit"/>.</returns>
internal unsafe delegate long RegionCode(CpuCore core, CpuState* state, byte* sram, byte* flash, int entry, long tally);

/// <summary>Why a region was left: bits 24 and up of the program counter that it leaves behind.</summary>
internal enum RegionExit
{
    /// <summary>Control left what was translated.</summary>
    Edge,

    /// <summary>The budget does not last for what comes next.</summary>
    Budget,

    /// <summary>An access was not to SRAM; the tally has the rest of the block in it.</summary>
    Access,
}

/// <summary>Cycles left to the deadline and instructions executed in one number, so that a block counts both in one addition.</summary>
internal static class RegionTally
{
    /// <summary>What a block adds to a tally.</summary>
    /// <param name="instructions">The instructions it executes.</param>
    /// <param name="cycles">The cycles they take.</param>
    /// <returns>The number to add.</returns>
    public static long Of(int instructions, int cycles) => ((long)instructions << 32) - cycles;

    /// <summary>The cycles left in a tally; below zero when the region must be left.</summary>
    /// <param name="tally">The tally.</param>
    /// <returns>Cycles.</returns>
    public static int Budget(long tally) => (int)tally;

    /// <summary>The instructions in a tally.</summary>
    /// <param name="tally">The tally.</param>
    /// <returns>Instructions since the region was entered.</returns>
    public static int Instructions(long tally) => (int)((tally - (int)tally) >> 32);
}

/// <summary>
/// The fourth step: a region as IL. The budget is looked at where a block asks for it; registers and flags are locals; flags
/// are worked out where <see cref="FlagLife"/> says, and on the cold ways out, which stand at the end of the method.
/// </summary>
internal sealed unsafe partial class RegionEmitter
{
    private readonly RegionPlan _plan;
    private readonly WordMap<Block> _blocks;
    private readonly ILGenerator _il;
    private readonly RegisterLocals _registers;
    private readonly List<Action> _cold = [];
    private readonly List<LocalBuilder> _temporaries = [];
    private readonly LocalBuilder[] _flags = new LocalBuilder[FlagLife.Count];
    private readonly Action?[] _pending = new Action?[FlagLife.Count]; // how to work out a flag that is not in its local
    private readonly Dictionary<int, Inheritance> _inherited = [];
    private readonly WordMap<long> _refunds = new();
    private readonly LocalBuilder _tally, _where, _sp, _lowest;
    private readonly Label _leave;
    private Comparison? _comparison; // what C, Z, N and V together say, when they come from one comparison
    private (Action?[] Pending, Label Label)? _lastSettled;
    private int _usedTemporaries;
    private bool _usesStack;
    private bool _usesFlags;
    private Block _block = null!;

    private RegionEmitter(RegionPlan plan, WordMap<Block> blocks, ILGenerator il)
    {
        _plan = plan;
        _il = il;
        _blocks = blocks;
        FlagLife.Solve(_blocks.Values);
        foreach (Block block in _blocks.Values) Measure(block);
        _registers = new RegisterLocals(il, _blocks.Values);
        for (int flag = 0; flag < FlagLife.Count; flag++) _flags[flag] = il.DeclareLocal(typeof(int));
        _tally = il.DeclareLocal(typeof(long));
        _where = il.DeclareLocal(typeof(int));
        _sp = il.DeclareLocal(typeof(int));
        _lowest = il.DeclareLocal(typeof(int));
        _leave = il.DefineLabel();
    }

    private sealed record Comparison(LocalBuilder Left, LocalBuilder Right, int Bits);

    // What is known at the beginning of a block that is reached in one way only: flags not worked out, and the temporaries they are kept in.
    private sealed record Inheritance(Action?[] Pending, Comparison? Comparison, int UsedTemporaries);

    /// <summary>Emits a region and has it compiled.</summary>
    /// <param name="plan">What to translate.</param>
    /// <param name="blocks">Its blocks.</param>
    /// <param name="refunds">What has to be taken off the tally when the region was left before an access, by word address.</param>
    /// <returns>The code.</returns>
    public static RegionCode Emit(RegionPlan plan, WordMap<Block> blocks, out WordMap<long> refunds)
    {
        var method = new DynamicMethod($"region_{2 * plan.Entries.Words[0]:X5}", typeof(long), [typeof(CpuCore), typeof(CpuState*), typeof(byte*), typeof(byte*), typeof(int), typeof(long)], typeof(CpuCore).Module, skipVisibility: true);
        var emitter = new RegionEmitter(plan, blocks, method.GetILGenerator(4096));
        emitter.EmitAll();
        refunds = emitter._refunds;
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
            (Cp, Sbci) or (Cpi, Sbci) => up,
            (Lsr, Ror) or (Ror, Ror) or (Asr, Ror) => (second.A & 1) == 0 && first.A == second.A + 1,
            (Eor, Eor) when first.A == first.B => up && second.A == second.B,
            (Mov, Mov) => up && (first.B & 1) == 0 && second.B == first.B + 1,
            (And, And) or (Or, Or) or (Eor, Eor) => up && (first.B & 1) == 0 && second.B == first.B + 1,
            (Andi, Andi) or (Ori, Ori) => up,
            _ => false,
        };
    }

    // Logic on two bytes is worth joining only when they need not be put together for it.
    private bool PaysToJoin(Decoded first) => first.Op switch
    {
        And or Or => _registers.IsPaired(first.A) && _registers.IsPaired(first.B),
        Eor => first.A == first.B || (_registers.IsPaired(first.A) && _registers.IsPaired(first.B)),
        Andi or Ori => _registers.IsPaired(first.A),
        _ => true,
    };

    private static readonly int OffsetPc = OffsetOf(static s => &s->Pc);
    private static readonly int OffsetSp = OffsetOf(static s => &s->Sp);
    private static readonly int OffsetLowest = OffsetOf(static s => &s->SpLowest);
    private static readonly int OffsetEind = OffsetOf(static s => &s->Eind);
    private static readonly int OffsetT = OffsetOf(static s => &s->T);
    private static readonly int OffsetI = OffsetOf(static s => &s->I);
    private static readonly int OffsetInstructions = OffsetOf(static s => &s->Instructions);
    private static readonly int OffsetStackWritten = OffsetOf(static s => &s->StackPointerWritten);
    private static readonly int[] OffsetFlags = [OffsetOf(static s => &s->C), OffsetOf(static s => &s->NotZ), OffsetOf(static s => &s->N), OffsetOf(static s => &s->V), OffsetOf(static s => &s->H)];

    private delegate void* Field(CpuState* state);

    private static int OffsetOf(Field field)
    {
        CpuState state = default;
        return (int)((byte*)field(&state) - (byte*)&state);
    }

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
            int need = next.Checks ? LongestLife(next) : Measure(next);
            after = Math.Max(after, need + Extra);
        }

        return block.Need = block.Cycles + after;

        static int LongestLife(Block block)
        {
            int longest = 0;
            foreach (int life in block.FlagLife)
                if (life < FlagLife.Needed) longest = Math.Max(longest, life);
            return longest;
        }
    }

    private void EmitAll()
    {
        foreach (Block block in _blocks.Values) block.Label = _il.DefineLabel();
        Label prologue = _il.DefineLabel();
        _il.Emit(OpCodes.Br, prologue);
        foreach (Block block in _blocks.Values) EmitBlock(block);
        for (int i = 0; i < _cold.Count; i++) _cold[i]();
        EmitEpilogue();
        _il.MarkLabel(prologue);
        EmitPrologue();
    }

    private void EmitPrologue()
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
        _il.Emit(OpCodes.Stloc, _tally);
        _il.Emit(OpCodes.Ldarg, 4);
        var entries = new Label[_plan.Entries.Count];
        for (int i = 0; i < entries.Length; i++) entries[i] = _blocks[_plan.Entries.Words[i]].Label;
        _il.Emit(OpCodes.Switch, entries);
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
        WriteBack();
        SaveState(OffsetPc, _where);
        _il.Emit(OpCodes.Ldloc, _tally);
        _il.Emit(OpCodes.Ret);
    }

    // Registers, flags and stack pointer, as far as the region changes them, into the CPU's state.
    private void WriteBack()
    {
        _registers.EmitWriteBack();
        if (_usesFlags)
            for (int flag = 0; flag < FlagLife.Count; flag++) SaveState(OffsetFlags[flag], _flags[flag]);
        if (!_usesStack) return;
        SaveState(OffsetSp, _sp);
        SaveState(OffsetLowest, _lowest);
    }

    private void SaveState(int offset, LocalBuilder local)
    {
        PushState(offset);
        _il.Emit(OpCodes.Ldloc, local);
        _il.Emit(OpCodes.Stind_I4);
    }

    private void EmitBlock(Block block)
    {
        _block = block;
        _il.MarkLabel(block.Label);
        if (_inherited.TryGetValue(block.Address, out Inheritance? before))
        {
            before.Pending.CopyTo(_pending, 0);
            (_comparison, _usedTemporaries) = (before.Comparison, before.UsedTemporaries);
        }
        else
        {
            Array.Clear(_pending);
            (_comparison, _usedTemporaries) = (null, 0);
        }

        if (block.Places.Count == 0)
        {
            Settle(_pending);
            Leave(block.Address, RegionExit.Edge);
            return;
        }

        if (block.Checks)
        {
            PushBudget();
            Constant(block.Need);
            _il.Emit(OpCodes.Blt, LeaveCold(block.Address, RegionExit.Budget));
        }

        AddToTally(RegionTally.Of(block.Places.Count, block.Cycles));
        for (int i = 0; i < block.Places.Count;) i += EmitPlace(i);
    }

    // Emits what stands at an index of the block; the last one also emits where control goes.
    private int EmitPlace(int index)
    {
        Place place = _block.Places[index];
        if (index + 1 < _block.Places.Count && Joins(place.Code, _block.Places[index + 1].Code) && PaysToJoin(place.Code))
        {
            EmitJoined(place.Code, _block.Places[index + 1].Code);
            if (index + 2 == _block.Places.Count) FlowTo(_block.Places[index + 1].Next);
            return 2;
        }

        int run = EmitStackRun(index);
        if (run == 0) run = EmitPointerRun(index);
        if (run == 0) run = EmitDirectRun(index);
        if (run == 0) run = EmitComparisonOverLoad(index);
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

    // The way out before an instruction that the region cannot do. The rest of the block, already charged, is refunded.
    private Label Bail(int index)
    {
        int cycles = 0;
        for (int i = index; i < _block.Places.Count; i++) cycles += Block.CyclesOf(_block.Places[i]);
        int address = _block.Places[index].Address;
        _refunds.Put(address, RegionTally.Of(_block.Places.Count - index, cycles));
        return LeaveCold(address, RegionExit.Access);
    }

    private Label LeaveCold(int address, RegionExit why)
    {
        Label cold = _il.DefineLabel(), settle = SettleAndLeave();
        _cold.Add(() =>
        {
            _il.MarkLabel(cold);
            Constant(address | ((int)why << 24));
            _il.Emit(OpCodes.Stloc, _where);
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
        Constant(address | ((int)why << 24));
        LeaveTo();
    }

    // Where to, and why, is on the stack; it is control that leaves when it is a mere address.
    private void LeaveTo()
    {
        _il.Emit(OpCodes.Stloc, _where);
        _il.Emit(OpCodes.Br, _leave);
    }

    private void PushBudget()
    {
        _il.Emit(OpCodes.Ldloc, _tally);
        _il.Emit(OpCodes.Conv_I4);
    }

    private void AddToTally(long value)
    {
        if (value == 0) return;
        _il.Emit(OpCodes.Ldloc, _tally);
        _il.Emit(OpCodes.Ldc_I8, value);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _tally);
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
