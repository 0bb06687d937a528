using Xmega.Cpu;
using static Xmega.Cpu.Op;

namespace Xmega.Tests.Cpu.Engines;

/// <summary>
/// A random program that keeps running: functions with loops, branches, skips, calls, stack and chains of carries, access
/// to SRAM, to nothing and to I/O, interrupt handlers that save what they use. R2–R5 count loops and are left alone.
/// </summary>
internal sealed class RandomProgram
{
    private const int Functions = 5;
    private const int SREG = 0x3F, SPL = 0x3D, SPH = 0x3E;
    private const int Lab = EngineLab.Base;

    private static readonly Op[] TwoRegisters = [Add, Adc, Sub, Sbc, And, Or, Eor, Cp, Cpc, Mov, Mul];
    private static readonly Op[] OneRegister = [Com, Neg, Swap, Inc, Dec, Asr, Lsr, Ror];
    private static readonly Op[] WithConstant = [Subi, Sbci, Cpi, Andi, Ori, Ldi];
    private static readonly Op[] Branches = [Brcs, Breq, Brmi, Brvs, Brlt, Brhs, Brts, Brie, Brcc, Brne, Brpl, Brvc, Brge, Brhc, Brtc, Brid];
    private static readonly Op[] Flags = [Sec, Sez, Sen, Sev, Ses, Seh, Set, Clc, Clz, Cln, Clv, Cls, Clh, Clt];
    private static readonly Op[] Multiplications = [Muls, Mulsu, Fmul, Fmuls, Fmulsu];
    private static readonly Op[] LoadsByPointer = [LdX, LdXInc, LdXDec, LdY, LdYInc, LdYDec, LddY, LdZ, LdZInc, LdZDec, LddZ];
    private static readonly Op[] StoresByPointer = [StX, StXInc, StXDec, StY, StYInc, StYDec, StdY, StZ, StZInc, StZDec, StdZ];

    private static readonly Op[][] Runs = [.. Fusion.Rules.Select(rule => rule.Parts)];

    private readonly Random _random;
    private readonly CodeWriter _code = new();
    private readonly List<int> _functions = [];
    private readonly bool _runs;
    private int _loops;

    /// <summary>Initializes a new instance of the <see cref="RandomProgram"/> class.</summary>
    /// <param name="seed">Which program.</param>
    /// <param name="runs">Whether it has many of the runs that the interpreter fuses.</param>
    public RandomProgram(int seed, bool runs = false)
    {
        _random = new Random(seed);
        _runs = runs;
        Write();
    }

    public byte[] Bytes => _code.Bytes;

    private void Write()
    {
        _code.Put(Jmp, k: 0x200);
        _code.PadTo(2 * EngineLab.Vector);
        _code.Put(Jmp, k: 0x100);
        _code.PadTo(0x100);
        Handler();
        _code.PadTo(0x200);
        int start = _code.Here;
        _code.Put(Jmp);
        for (int n = 0; n < Functions; n++)
        {
            _functions.Add(_code.Here);
            Body(4 + _random.Next(30), n);
            _code.Put(Ret);
        }

        _code.Patch(start, Jmp, k: _code.Here);
        for (int register = 16; register < 26; register++) _code.Put(Ldi, register, k: _random.Next(256));
        Pointers();
        _code.Put(Sei);
        int again = _code.Here;
        Body(20 + _random.Next(60), Functions);
        _code.Put(Jmp, k: again);
    }

    private void Handler()
    {
        _code.Put(Push, 0);
        _code.Put(In, 0, k: SREG);
        _code.Put(Push, 0);
        _code.Put(Push, 24);
        for (int n = _random.Next(6); n > 0; n--) _code.Put(Pick(TwoRegisters[..^1]), 24, 24);
        _code.Put(Lds, 24, k: Lab + _random.Next(12));
        _code.Put(Sts, 24, k: 0x2100 + _random.Next(8));
        _code.Put(Pop, 24);
        _code.Put(Pop, 0);
        _code.Put(Out, 0, k: SREG);
        _code.Put(Pop, 0);
        _code.Put(Reti);
    }

    // A level may call the functions below it.
    private void Body(int items, int level)
    {
        for (int n = 0; n < items; n++) Item(level);
    }

    private void Item(int level)
    {
        switch (_random.Next(_runs ? 80 : 40))
        {
            case < 10: Plain(); break;
            case < 13: Chain(); break;
            case < 16: Pointer(); break;
            case < 18: Pointers(); break;
            case < 20: Direct(); break;
            case < 23: If(level); break;
            case < 25: Skipped(); break;
            case < 28: Loop(level); break;
            case < 30: Call(level); break;
            case < 31: Stack(level); break;
            case < 34: InputOutput(); break;
            case < 35: Status(); break;
            case < 36: Idle(); break;
            case < 37: Program(); break;
            case < 38: _code.Put(Pick(Flags)); break;
            default:
                if (_runs) Run();
                else Plain();
                break;
        }
    }

    // Any register but the loop counters, and rarely a pointer.
    private int Register()
    {
        while (true)
        {
            int register = _random.Next(_random.Next(8) == 0 ? 32 : 26);
            if (register is < 2 or > 5) return register;
        }
    }

    private int Upper() => 16 + _random.Next(_random.Next(8) == 0 ? 16 : 10);

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    private void Plain()
    {
        switch (_random.Next(10))
        {
            case < 4: _code.Put(Pick(TwoRegisters), Register(), _random.Next(32)); break;
            case < 6: _code.Put(Pick(OneRegister), Register()); break;
            case < 8: _code.Put(Pick(WithConstant), Upper(), k: _random.Next(256)); break;
            case < 9:
                switch (_random.Next(5))
                {
                    case 0: _code.Put(Movw, 6 + (2 * _random.Next(10)), r: 2 * _random.Next(16)); break;
                    case 1: _code.Put(Pick(Multiplications), 16 + _random.Next(8), 16 + _random.Next(8)); break;
                    case 2: _code.Put(_random.Next(2) == 0 ? Adiw : Sbiw, 24 + (2 * _random.Next(4)), k: _random.Next(64)); break;
                    case 3: _code.Put(Bst, Register(), _random.Next(8)); break;
                    default: _code.Put(Bld, Register(), _random.Next(8)); break;
                }

                break;
            default: _code.Put(_random.Next(20) == 0 ? Op.Des : Nop, k: _random.Next(16)); break;
        }
    }

    // What compilers make of 16 and 32 bits.
    private void Chain()
    {
        int length = 2 + (2 * _random.Next(2)), d = 6 + (2 * _random.Next(8)), r = 2 * _random.Next(12), upper = 16 + (2 * _random.Next(4));
        switch (_random.Next(8))
        {
            case 0: Each(Add, Adc, d, r); break;
            case 1: Each(Sub, Sbc, d, r); break;
            case 2: Each(Cp, Cpc, d, r); break;
            case 3:
                for (int i = 0; i < length; i++) _code.Put(i == 0 ? Subi : Sbci, upper + i, k: _random.Next(256));
                break;
            case 4:
                for (int i = length - 1; i >= 0; i--) _code.Put(i == length - 1 ? Pick([Lsr, Asr]) : Ror, d + i);
                break;
            case 5: Each(Add, Adc, d, d); break;
            case 6:
                int loaded = 16 + _random.Next(10);
                if (_random.Next(2) == 0) _code.Put(Cpi, upper, k: _random.Next(256));
                else _code.Put(Cp, upper, _random.Next(2) == 0 ? loaded : _random.Next(32));
                if (_random.Next(2) == 0) _code.Put(Ldi, loaded, k: _random.Next(256));
                if (_random.Next(2) == 0) _code.Put(Cpc, upper + 1, _random.Next(2) == 0 ? loaded : _random.Next(26));
                else _code.Put(Sbci, upper + 1, k: _random.Next(256));
                break;
            default: Each(Pick([Eor, And, Or, Mov]), Pick([Eor, And, Or, Mov]), d, r); break;
        }

        if (_random.Next(2) == 0) _code.Put(Pick(Branches), k: _code.Here + 1 + _random.Next(2));
        Plain();

        void Each(Op first, Op next, int a, int b)
        {
            for (int i = 0; i < length; i++) _code.Put(i == 0 ? first : next, a + i, b + i);
        }
    }

    // What the interpreter fuses, mostly with operands that it fuses for.
    private void Run()
    {
        Op[] parts = Runs[_random.Next(Runs.Length)];
        for (int i = 0; i < 2 && parts[0] == Pop; i++) _code.Put(Push, _random.Next(32));
        int start = _code.Here, d = 16 + _random.Next(5), r = 6 + _random.Next(16), k = _random.Next(64);
        bool isWide = _random.Next(4) > 0, falls = parts[0] is Lsr or LdZDec;
        int address = _random.Next(8) == 0 ? 0x3FFF : 0x2000 + k;
        for (int i = 0; i < parts.Length; i++)
        {
            int a = isWide ? d + (falls ? 3 - i : i) : Register(), b = isWide ? r + i : _random.Next(32);
            switch (parts[i])
            {
                case Fusion.Branch: _code.Put(Pick(Branches), k: _code.Here + 1 + _random.Next(2)); break;
                // Only this one may go around: what it counts nobody else writes.
                case Brne when parts.Length > 2 && parts[i - 1] == Dec: _code.Put(Brne, k: start); break;
                case >= Brcs and <= Brid: _code.Put(parts[i], k: _code.Here + 1 + _random.Next(2)); break;
                case Rjmp: _code.Put(Rjmp, k: _code.Here + 1 + _random.Next(2)); break;
                case Dec: _code.Put(Dec, parts.Length > 2 ? 25 : a); break;
                case Sbiw: _code.Put(Sbiw, 24, k: k); break;
                case Movw: _code.Put(Movw, 6 + (2 * _random.Next(9)), 2 * _random.Next(16)); break;
                case Ldi or Cpi or Subi or Sbci: _code.Put(parts[i], isWide ? a : Upper(), k: _random.Next(4) == 0 ? 0 : _random.Next(256)); break;
                case Lds or Sts: _code.Put(parts[i], a, k: address + i); break;
                case Sbrs or Sbrc: _code.Put(parts[i], a, k & 7); break;
                case LddY or LddZ or StdY or StdZ: _code.Put(parts[i], a, k: parts[0] is LdY or LdZ or StY or StZ ? i : Math.Min(k + i, 63)); break;
                default: _code.Put(parts[i], a, b); break;
            }
        }

        for (int i = 0; i < 2 && parts[0] == Push; i++) _code.Put(Pop, Register());
        Plain();
        Plain();
    }

    private void Pointers()
    {
        int pair = 26 + (2 * _random.Next(3));
        int address = _random.Next(12) switch
        {
            0 => Lab + _random.Next(16),
            1 => 0x1FF8 + _random.Next(16), // into SRAM from below
            2 => 0x3FF8 + _random.Next(16), // out of it
            _ => 0x2000 + _random.Next(0x1E00),
        };
        _code.Put(Ldi, pair, k: address & 0xFF);
        _code.Put(Ldi, pair + 1, k: address >> 8);
    }

    // Several bytes by one pointer, as compilers move words and long words.
    private void PointerRun()
    {
        int register = 6 + _random.Next(22), offset = _random.Next(40), step = _random.Next(2) == 0 ? 1 : -1, pointer = _random.Next(3), way = _random.Next(3);
        bool isLoad = _random.Next(2) == 0;
        Op[] ops = isLoad ? [LdX, LdXInc, LdXDec, LddY, LdYInc, LdYDec, LddZ, LdZInc, LdZDec] : [StX, StXInc, StXDec, StdY, StYInc, StYDec, StdZ, StZInc, StZDec];
        for (int n = 2 + _random.Next(3); n > 0; n--)
        {
            _code.Put(ops[(3 * pointer) + (_random.Next(8) == 0 ? 0 : way)], register, k: offset);
            (register, offset) = (Math.Clamp(register + step, 6, 31), Math.Clamp(offset + step, 0, 63));
        }
    }

    private void Pointer()
    {
        if (_random.Next(2) == 0)
        {
            PointerRun();
            return;
        }

        for (int n = 1 + _random.Next(3); n > 0; n--)
        {
            if (_random.Next(2) == 0) _code.Put(Pick(LoadsByPointer), _random.Next(16) == 0 ? 26 + _random.Next(6) : Register(), k: _random.Next(64));
            else _code.Put(Pick(StoresByPointer), _random.Next(32), k: _random.Next(64));
        }
    }

    private void Direct()
    {
        int address = 0x2000 + _random.Next(64), register = Register(), step = _random.Next(2) == 0 ? 1 : -1;
        Op op = _random.Next(2) == 0 ? Lds : Sts;
        _code.Put(op, register, k: address);
        if (_random.Next(2) == 0 && register is > 6 and < 31) _code.Put(op, register + step, k: address + step);
    }

    private void If(int level)
    {
        int branch = _code.Here;
        _code.Put(Nop);
        Body(_random.Next(3), level);
        if (_random.Next(3) == 0)
        {
            int over = _code.Here;
            _code.Put(Nop);
            Close(branch, _code.Here);
            Plain();
            _code.Patch(over, Rjmp, k: _code.Here);
        }
        else
        {
            Close(branch, _code.Here);
        }

        // Further than a branch reaches: it stays a NOP.
        void Close(int at, int target)
        {
            if (target - at <= 60) _code.Patch(at, Pick(Branches), k: target);
        }
    }

    private void Skipped()
    {
        switch (_random.Next(4))
        {
            case 0: _code.Put(Cpse, _random.Next(32), _random.Next(32)); break;
            case 1: _code.Put(Sbrc, _random.Next(32), _random.Next(8)); break;
            case 2: _code.Put(Sbrs, _random.Next(32), _random.Next(8)); break;
            default: _code.Put(Pick([Sbis, Sbic]), r: _random.Next(8), k: LowAddress()); break;
        }

        switch (_random.Next(4))
        {
            case 0: Direct(); break;
            case 1: _code.Put(Rjmp, k: _code.Here + 1 + _random.Next(2)); Plain(); break;
            case 2: _code.Put(Cpse, _random.Next(32), _random.Next(32)); Plain(); break;
            default: Plain(); break;
        }
    }

    private void Loop(int level)
    {
        if (_loops == 3) return;
        int counter = 2 + _loops++;
        _code.Put(Ldi, 25, k: 1 + _random.Next(_loops == 1 ? 40 : 6));
        _code.Put(Mov, counter, 25);
        int again = _code.Here;
        Body(1 + _random.Next(5), level);
        _code.Put(Dec, counter);
        if (_code.Here - again < 60)
        {
            _code.Put(Brne, k: again);
        }
        else
        {
            _code.Put(Breq, k: _code.Here + 3);
            _code.Put(Jmp, k: again);
        }

        _loops--;
    }

    private void Call(int level)
    {
        // A function's loops must not use the counters of its callers: functions called from loops are leaves for them.
        if (level == 0 || _loops > 0) return;
        int target = _functions[_random.Next(level)];
        switch (_random.Next(4))
        {
            case 0: _code.Put(Rcall, k: target); break;
            case 1:
                _code.Put(Ldi, 30, k: target & 0xFF);
                _code.Put(Ldi, 31, k: target >> 8);
                _code.Put(_random.Next(2) == 0 ? Icall : Eicall);
                break;
            default: _code.Put(Op.Call, k: target); break;
        }
    }

    private void Stack(int level)
    {
        int a = _random.Next(32), b = Register();
        _code.Put(Push, a);
        _code.Put(Push, b);
        Body(_random.Next(3), level);
        _code.Put(Pop, b);
        _code.Put(Pop, Register());
    }

    private int LowAddress() => _random.Next(3) == 0 ? 0x11 : _random.Next(16); // VPORT0.OUT, whose pins ask for interrupts, or GPIO

    private void InputOutput()
    {
        switch (_random.Next(6))
        {
            case 0: _code.Put(In, Register(), k: LowAddress()); break;
            case 1: _code.Put(Out, _random.Next(32), k: LowAddress()); break;
            case 2: _code.Put(_random.Next(2) == 0 ? Sbi : Cbi, r: _random.Next(8), k: LowAddress()); break;
            case 3: _code.Put(Lds, Register(), k: Lab + _random.Next(16)); break;
            case 4: _code.Put(Sts, _random.Next(32), k: Lab + _random.Next(16)); break;
            default: _code.Put(Pick([Sbis, Sbic]), r: _random.Next(8), k: LowAddress()); Plain(); break;
        }
    }

    private void Status()
    {
        switch (_random.Next(6))
        {
            case 0: _code.Put(In, Register(), k: SREG); break;
            case 1:
                _code.Put(In, 18, k: SREG);
                _code.Put(Cli);
                Plain();
                _code.Put(Out, 18, k: SREG);
                break;
            case 2: _code.Put(Cli); Plain(); _code.Put(Sei); break;
            case 3: _code.Put(Sei); break;
            case 4:
                // A frame, as functions with locals make one.
                _code.Put(In, 28, k: SPL);
                _code.Put(In, 29, k: SPH);
                _code.Put(Sbiw, 28, k: 6);
                _code.Put(Out, 28, k: SPL);
                _code.Put(Out, 29, k: SPH);
                _code.Put(StdY, 16, k: 1);
                _code.Put(LddY, 17, k: 2);
                _code.Put(Adiw, 28, k: 6);
                _code.Put(Out, 28, k: SPL);
                _code.Put(Out, 29, k: SPH);
                break;
            default:
                // RAMPZ away from zero for a few instructions.
                _code.Put(Ldi, 16, k: 1);
                _code.Put(Out, 16, k: 0x3B);
                Plain();
                _code.Put(Pick([ElpmZ, ElpmZInc, LdZ, StZ]), 17);
                _code.Put(Ldi, 16, k: 0);
                _code.Put(Out, 16, k: 0x3B);
                break;
        }
    }

    private void Idle()
    {
        int again;
        switch (_random.Next(6))
        {
            case 0:
                _code.Put(Ldi, 20, k: _random.Next(256));
                again = _code.Here;
                _code.Put(Dec, 20);
                _code.Put(Brne, k: again);
                break;
            case 1:
                _code.Put(Ldi, 24, k: _random.Next(256));
                _code.Put(Ldi, 25, k: _random.Next(3));
                again = _code.Here;
                _code.Put(Sbiw, 24, k: 1);
                _code.Put(Brne, k: again);
                break;
            case 2:
                _code.Put(Ldi, 18, k: _random.Next(256));
                _code.Put(Ldi, 24, k: _random.Next(2));
                _code.Put(Ldi, 25, k: 0);
                again = _code.Here;
                _code.Put(Subi, 18, k: 1);
                _code.Put(Sbci, 24, k: 0);
                _code.Put(Sbci, 25, k: 0);
                _code.Put(Brne, k: again);
                break;
            case 3:
                // Until a booked action sets the flag.
                _code.Put(Sts, _random.Next(32), k: EngineLab.Kick);
                again = _code.Here;
                _code.Put(Lds, 24, k: EngineLab.Status);
                _code.Put(Sbrs, 24, 7);
                _code.Put(Rjmp, k: again);
                break;
            case 4:
                _code.Put(Sts, _random.Next(32), k: EngineLab.Kick);
                again = _code.Here;
                _code.Put(Lds, 24, k: EngineLab.Status);
                _code.Put(Andi, 24, k: 0x80);
                _code.Put(Breq, k: again);
                break;
            default:
                // Until the handler changes the variable, or a few hundred turns.
                _code.Put(Ldi, 21, k: 0);
                again = _code.Here;
                _code.Put(Lds, 24, k: 0x2100);
                _code.Put(Cpi, 24, k: 0x40);
                _code.Put(Brcs, k: _code.Here + 3);
                _code.Put(Dec, 21);
                _code.Put(Brne, k: again);
                break;
        }
    }

    private void Program()
    {
        switch (_random.Next(3))
        {
            case 0: _code.Put(Lpm); break;
            case 1: _code.Put(Pick([LpmZ, ElpmZ]), Register()); break;
            default: _code.Put(Pick([LpmZInc, ElpmZInc]), Register()); break;
        }
    }
}
