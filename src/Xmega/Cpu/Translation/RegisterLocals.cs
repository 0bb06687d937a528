using System.Reflection.Emit;
using static Xmega.Cpu.Op;

namespace Xmega.Cpu.Translation;

/// <summary>
/// The AVR registers as locals of the emitted method: each by itself, or where a pair mostly acts as 16 bits, the pair as
/// one. They are read from the CPU's state when the region is entered and, if the region writes them, put back when it is left.
/// </summary>
internal sealed class RegisterLocals
{
    private readonly ILGenerator _il;
    private readonly bool[] _paired = new bool[16];
    private readonly LocalBuilder?[] _locals = new LocalBuilder?[32];
    private readonly bool[] _written = new bool[32];

    /// <summary>Initializes a new instance of the <see cref="RegisterLocals"/> class.</summary>
    /// <param name="il">Where the method is written.</param>
    /// <param name="blocks">What it does, to choose the pairs.</param>
    public RegisterLocals(ILGenerator il, ReadOnlySpan<Block> blocks)
    {
        _il = il;
        var score = new int[16];
        foreach (Block block in blocks)
        {
            int weight = 1 << (3 * Math.Min(block.Depth, 4));
            for (int i = 0; i < block.Places.Count; i++) Weigh(block, i, weight, score);
        }

        for (int pair = 0; pair < 16; pair++) _paired[pair] = score[pair] > 0;
    }

    /// <summary>Whether the pair a register belongs to is one local.</summary>
    /// <param name="register">Register number.</param>
    /// <returns>True if it is.</returns>
    public bool IsPaired(int register) => _paired[register / 2];

    /// <summary>Pushes a register, 0–255.</summary>
    /// <param name="register">Register number.</param>
    public void Load(int register)
    {
        _il.Emit(OpCodes.Ldloc, Local(register));
        if (!IsPaired(register)) return;
        if ((register & 1) == 0)
        {
            _il.Emit(OpCodes.Conv_U1);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I4_8);
            _il.Emit(OpCodes.Shr_Un);
        }
    }

    /// <summary>Pops the low eight bits of a value into a register.</summary>
    /// <param name="register">Register number.</param>
    public void Store(int register)
    {
        _il.Emit(OpCodes.Conv_U1);
        if (IsPaired(register))
        {
            if ((register & 1) != 0)
            {
                _il.Emit(OpCodes.Ldc_I4_8);
                _il.Emit(OpCodes.Shl);
            }

            _il.Emit(OpCodes.Ldloc, Local(register));
            _il.Emit(OpCodes.Ldc_I4, (register & 1) == 0 ? 0xFF00 : 0xFF);
            _il.Emit(OpCodes.And);
            _il.Emit(OpCodes.Or);
        }

        _il.Emit(OpCodes.Stloc, Local(register));
        Wrote(register);
    }

    /// <summary>Pushes a pair, 0–65535.</summary>
    /// <param name="low">Number of its lower register, even.</param>
    public void LoadPair(int low) => LoadTwo(low, low + 1);

    /// <summary>Pushes two registers as 16 bits.</summary>
    /// <param name="low">The register with the lower bits.</param>
    /// <param name="high">The register with the upper bits.</param>
    public void LoadTwo(int low, int high)
    {
        if (high == low + 1 && (low & 1) == 0 && IsPaired(low))
        {
            _il.Emit(OpCodes.Ldloc, Local(low));
            return;
        }

        Load(low);
        Load(high);
        _il.Emit(OpCodes.Ldc_I4_8);
        _il.Emit(OpCodes.Shl);
        _il.Emit(OpCodes.Or);
    }

    /// <summary>Pops the low 16 bits of a value into a pair.</summary>
    /// <param name="low">Number of its lower register, even.</param>
    /// <param name="scratch">A local to use on the way.</param>
    public void StorePair(int low, LocalBuilder scratch)
    {
        if (IsPaired(low))
        {
            _il.Emit(OpCodes.Conv_U2);
            _il.Emit(OpCodes.Stloc, Local(low));
            Wrote(low);
            return;
        }

        _il.Emit(OpCodes.Stloc, scratch);
        _il.Emit(OpCodes.Ldloc, scratch);
        Store(low);
        _il.Emit(OpCodes.Ldloc, scratch);
        _il.Emit(OpCodes.Ldc_I4_8);
        _il.Emit(OpCodes.Shr_Un);
        Store(low + 1);
    }

    /// <summary>Writes what reads all registers in use from the CPU's state, whose address is the second argument.</summary>
    public void EmitRead()
    {
        for (int i = 0; i < 32; i++)
        {
            if (_locals[i] is not { } local) continue;
            PushAddress(i);
            _il.Emit(IsPaired(i) ? OpCodes.Ldind_U2 : OpCodes.Ldind_U1);
            _il.Emit(OpCodes.Stloc, local);
        }
    }

    /// <summary>Writes what puts all registers that were written back into the CPU's state.</summary>
    public void EmitWriteBack()
    {
        for (int i = 0; i < 32; i++)
        {
            if (_locals[i] is not { } local || !_written[i]) continue;
            PushAddress(i);
            _il.Emit(OpCodes.Ldloc, local);
            _il.Emit(IsPaired(i) ? OpCodes.Stind_I2 : OpCodes.Stind_I1);
        }
    }

    private void PushAddress(int register)
    {
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldc_I4, register);
        _il.Emit(OpCodes.Add);
    }

    private LocalBuilder Local(int register)
    {
        if (IsPaired(register)) register &= ~1;
        return _locals[register] ??= _il.DeclareLocal(typeof(int));
    }

    private void Wrote(int register) => _written[IsPaired(register) ? register & ~1 : register] = true;

    private static void Weigh(Block block, int i, int weight, int[] score)
    {
        Decoded code = block.Places[i].Code;
        bool joined = Joins(block, i) || (i > 0 && Joins(block, i - 1));
        switch (code.Op)
        {
            case Movw:
                score[code.A / 2] += weight;
                score[code.B / 2] += weight;
                break;
            case Adiw or Sbiw:
                score[code.A / 2] += 3 * weight;
                break;
            case >= LdX and <= LdXDec or >= StX and <= StXDec:
                score[13] += 3 * weight;
                break;
            case >= LdY and <= LddY or >= StY and <= StdY:
                score[14] += 2 * weight;
                break;
            case >= LdZ and <= LddZ or >= StZ and <= StdZ or >= Lpm and <= ElpmZInc or Ijmp or Eijmp:
                score[15] += 2 * weight;
                break;
            case Mul or Muls or Mulsu or Fmul or Fmuls or Fmulsu:
                score[0] += 2 * weight;
                score[code.A / 2] -= weight;
                score[code.B / 2] -= weight;
                break;
        }

        if (code.Op is Movw or Adiw or Sbiw or Mul or Muls or Mulsu or Fmul or Fmuls or Fmulsu or Rjmp or Jmp or Call or Rcall or Ret) return;
        bool usesA = code.Op is not (>= Brcs and <= Clt);
        bool usesB = code.Op is Add or Adc or Sub or Sbc or And or Or or Eor or Cp or Cpc or Cpse or Mov;
        if (joined)
        {
            score[code.A / 2] += weight;
            if (usesB) score[code.B / 2] += weight;
            return;
        }

        bool writes = code.Op is not (Cp or Cpc or Cpi or Cpse or Sbrc or Sbrs or Bst or Push or Sts or Op.Out or (>= StX and <= StdZ));
        if (usesA) score[code.A / 2] -= writes ? 3 * weight : weight;
        if (usesB && code.A != code.B) score[code.B / 2] -= weight;
    }

    // Whether an instruction and the one after it are done as one on 16 bits.
    private static bool Joins(Block block, int i) => i + 1 < block.Places.Count
        && (RegionEmitter.Joins(block.Places[i].Code, block.Places[i + 1].Code) || RegionEmitter.AccessPair(block.Places[i].Code, block.Places[i + 1].Code));
}
