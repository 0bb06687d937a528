using Xmega.Cpu;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;
using static Xmega.Cpu.Op;

namespace Xmega.Tests.Cpu.Engines;

/// <summary>
/// Who polls is brought to the end of the wait at once, and cannot tell: loops as compilers write them, over registers of
/// many modules and over variables that an interrupt handler writes, looked at at random moments.
/// </summary>
public class PollingTests
{
    private const int TCC0 = 0x0800, TCC1 = 0x0840, USARTC0 = 0x08A0, SPIC = 0x08C0, RTC = 0x0400, PORTC = 0x0640, ADCA = 0x0200;
    private const int INTFLAGS = 0x0C, CNTL = 0x20, PERL = 0x26, CCAL = 0x28; // of the timers
    private const int Flag = 0x2100, Wide = 0x2102, Wanted = 0x2104;
    private const int TCC1_OVF = 20;

    [Fact]
    public void Polling_is_skipped_and_nobody_can_tell() => Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
    {
        (ATxmega128A1 plain, ATxmega128A1 skipping) = (Chip(seed), Chip(seed));
        plain.Cpu.SharesMemory = true;
        if (seed % 4 == 3) Translate(skipping);
        ScheduledAction[] stops = [plain.CreateAction("look", Phase.Limit, plain.Stop), skipping.CreateAction("look", Phase.Limit, skipping.Stop)];
        var random = new Random(seed);
        for (long cycle = 1; cycle < 400_000; cycle += 1 + random.Next(random.Next(4) == 0 ? 40 : 8000))
        {
            stops[0].Book(cycle);
            stops[1].Book(cycle);
            Assert.Equal(plain.Run(), skipping.Run());
            Assert.Equal(Look(plain), Look(skipping));
        }

        Assert.Equal(plain.Data.SramSpan, skipping.Data.SramSpan);
    });

    [Fact]
    public void A_wait_costs_two_turns_however_long_it_is()
    {
        var module = new CountedFlag();
        var chip = new ATxmega128A1();
        chip.Data.Io.Add(module);
        var code = new CodeWriter();
        code.Put(Lds, 24, k: CountedFlag.Base);
        code.Put(Sbrs, 24, 7);
        code.Put(Rjmp, k: 0);
        code.Put(Break);
        chip.Program.Write(0, code.Bytes);
        chip.CreateAction("flag", Phase.World, () => module.Value = 0x80).Book(1_000_000);
        Assert.Equal(CpuStop.Break, chip.Run());
        Assert.InRange(chip.Cycle, 1_000_000, 1_000_010);
        Assert.InRange(module.Reads, 2, 8);
        Assert.InRange(chip.Instructions, 600_000 - 10, 600_000 + 10); // three in five cycles
    }

    [Theory]
    [InlineData("loop:\n lds r24, 0x0F00\n sbrs r24, 7\n rjmp loop", 4)]
    [InlineData("loop:\n lds r24, 0x0F00\n and r24, r24\n brpl loop", 4)]
    [InlineData("loop:\n sbis 0x10, 3\n rjmp loop", 2)]
    [InlineData("loop:\n in r24, 0x08\n andi r24, 0x20\n breq loop", 3)]
    [InlineData("loop:\n lds r24, 0x2100\n lds r25, 0x2101\n or r24, r25\n breq loop", 6)]
    [InlineData("loop:\n ldi r24, 0xA0\n ldi r25, 0x08\n movw r30, r24\n ldd r24, Z+1\n mov r24, r24\n ldi r25, 0\n andi r24, 0x20\n andi r25, 0\n or r24, r25\n breq loop", 10)]
    [InlineData("loop:\n ld r24, X\n cp r24, r22\n brne loop", 3)]
    [InlineData("loop:\n ldd r24, Z+1\n adiw r30, 4\n and r24, r24\n breq loop", 0)] // goes through a table
    [InlineData("loop:\n lds r24, 0x0F00\n subi r18, 1\n sbrs r24, 7\n brne loop", 0)] // gives up
    [InlineData("loop:\n lds r24, 0x0F00\n sts 0x2000, r24\n sbrs r24, 7\n rjmp loop", 0)] // writes
    [InlineData("loop:\n ld r24, Z+\n and r24, r24\n brne loop", 0)]
    [InlineData("loop:\n lsr r25\n ror r24\n dec r18\n brne loop", 0)] // reads no memory
    [InlineData("loop:\n lds r24, 0x0F00\n adc r25, r24\n brcc loop", 0)]
    public void Loops_are_recognised_by_what_they_do(string source, int words)
    {
        var chip = new ATxmega128A1();
        chip.Program.Write(0, Assembler.Assemble(0, source));
        Assert.Equal(words, IdleLoops.Length(chip.Program.Tables.Storage, 0));
    }

    private static void Translate(ATxmega128A1 chip)
    {
        chip.Cpu.Engine = CpuEngine.Translator;
        chip.Cpu.Translator.InBackground = false;
        (chip.Cpu.Translator.Patience, chip.Cpu.Translator.Period) = (1, 64);
    }

    private static string Look(ATxmega128A1 chip) =>
        $"cycle {chip.Cycle} instruction {chip.Instructions} pc {chip.ProgramCounter:X4} sp {chip.StackPointer:X4} sreg {chip.StatusRegister:X2} registers {Convert.ToHexString([.. Enumerable.Range(0, 32).Select(chip.Register)])}";

    private static ATxmega128A1 Chip(int seed)
    {
        var random = new Random(seed);
        var code = new CodeWriter();
        code.Put(Jmp, k: 0x200);
        code.PadTo(2 * TCC1_OVF);
        code.Put(Jmp, k: 0x100);
        code.PadTo(0x100);
        Handler(code);
        code.PadTo(0x200);
        Set(code, 0x00A2, 0x07); // PMIC.CTRL
        Set(code, 0x0043, 0x01); // CLK.RTCCTRL: 1 kHz
        Set(code, RTC + 0x08, 2 + random.Next(4)); // PERL
        Set(code, RTC + 0x09, 0);
        Set(code, RTC, 0x01);
        Set(code, PORTC, 0xFF);
        Set(code, TCC0 + PERL, random.Next(256));
        Set(code, TCC0 + PERL + 1, 1 + random.Next(4));
        Set(code, TCC0 + CCAL, random.Next(256));
        Set(code, TCC0 + CCAL + 1, random.Next(2));
        Set(code, TCC0 + 1, 0x13); // single slope with OC0A
        Set(code, TCC0, 1 + random.Next(4));
        Set(code, TCC1 + PERL, random.Next(256));
        Set(code, TCC1 + PERL + 1, 2 + random.Next(8));
        Set(code, TCC1 + 6, 1 + random.Next(3)); // INTCTRLA
        Set(code, TCC1, 1);
        Set(code, USARTC0 + 6, 1 + random.Next(40));
        Set(code, USARTC0 + 4, 0x18);
        Set(code, SPIC, 0x50 | random.Next(4));
        Set(code, ADCA, 0x01);
        code.Put(Sei);
        int again = code.Here;
        for (int n = 0; n < 20; n++) Step(code, random);
        code.Put(Jmp, k: again);
        var chip = new ATxmega128A1();
        chip.Program.Write(0, code.Bytes);
        return chip;
    }

    private static void Handler(CodeWriter code)
    {
        code.Put(Push, 24);
        code.Put(In, 24, k: 0x3F);
        code.Put(Push, 24);
        code.Put(Lds, 24, k: Wanted);
        code.Put(Sts, 24, k: Flag);
        code.Put(Sts, 24, k: Wide + 1);
        code.Put(Out, 24, k: 0x00); // GPIO0
        code.Put(Pop, 24);
        code.Put(Out, 24, k: 0x3F);
        code.Put(Pop, 24);
        code.Put(Reti);
    }

    private static void Step(CodeWriter code, Random random)
    {
        int bit = random.Next(8);
        switch (random.Next(13))
        {
            case 0: Set(code, TCC0 + INTFLAGS, 0x01); Wait(code, random, TCC0 + INTFLAGS, 0); break;
            case 1: Set(code, TCC0 + INTFLAGS, 0x10); Wait(code, random, TCC0 + INTFLAGS, 4); break;
            case 2: Wait(code, random, USARTC0 + 1, 5); Set(code, USARTC0, bit); break;
            case 3: Wait(code, random, USARTC0 + 1, 5); Set(code, USARTC0 + 1, 0x40); Set(code, USARTC0, bit); Wait(code, random, USARTC0 + 1, 6); break;
            case 4: Set(code, SPIC + 3, bit); Wait(code, random, SPIC + 2, 7); break;
            case 5: Set(code, RTC + 0x0C, 1); Set(code, RTC + 0x0D, 0); Wait(code, random, RTC + 1, 0, value: false); break;
            case 6: Set(code, RTC + 3, 0x01); Wait(code, random, RTC + 3, 0); break;
            case 7: Wait(code, random, PORTC + 8, 0); Wait(code, random, PORTC + 8, 0, value: false); break;
            case 8: Ask(); Wait(code, random, Flag, bit); break;
            case 9:
                Ask();
                int head = code.Here;
                code.Put(Lds, 24, k: Wide);
                code.Put(Lds, 25, k: Wide + 1);
                code.Put(Or, 24, 25);
                code.Put(Breq, k: head);
                break;
            case 10:
                Ask();
                head = code.Here;
                code.Put(Sbis, r: bit, k: 0x00);
                code.Put(Rjmp, k: head);
                break;
            case 11: Set(code, ADCA + 6, 0x01); Set(code, ADCA + 0x20, 0x81); Wait(code, random, ADCA + 6, 0); break;
            default: Wait(code, random, TCC0 + CNTL, 3, value: random.Next(2) == 0); break; // a count goes on by itself
        }

        void Ask()
        {
            Set(code, Flag, 0);
            Set(code, Wide + 1, 0);
            Set(code, 0x0000, 0);
            Set(code, Wanted, 1 << bit);
        }
    }

    private static void Set(CodeWriter code, int address, int value)
    {
        code.Put(Ldi, 16, k: value);
        code.Put(Sts, 16, k: address);
    }

    // What compilers make of a loop that waits for a bit.
    private static void Wait(CodeWriter code, Random random, int address, int bit, bool value = true)
    {
        int form = random.Next(5), offset = random.Next(8), head = code.Here;
        switch (form)
        {
            case 0:
                code.Put(Lds, 24, k: address);
                code.Put(value ? Sbrs : Sbrc, 24, bit);
                code.Put(Rjmp, k: head);
                break;
            case 1:
                code.Put(Lds, 24, k: address);
                code.Put(Andi, 24, k: 1 << bit);
                code.Put(value ? Breq : Brne, k: head);
                break;
            case 2:
                code.Put(Ldi, 30, k: (address - offset) & 0xFF);
                code.Put(Ldi, 31, k: (address - offset) >> 8);
                if (random.Next(2) == 0) head = code.Here;
                code.Put(LddZ, 24, k: offset);
                code.Put(Bst, 24, bit);
                code.Put(value ? Brtc : Brts, k: head);
                break;
            case 3:
                code.Put(Lds, 24, k: address);
                code.Put(value ? Sbrc : Sbrs, 24, bit);
                code.Put(Rjmp, k: code.Here + 2);
                code.Put(Rjmp, k: head);
                break;
            default:
                code.Put(Ldi, 24, k: address & 0xFF);
                code.Put(Ldi, 25, k: address >> 8);
                code.Put(Movw, 30, 24);
                code.Put(LdZ, 24);
                code.Put(Ldi, 25, k: 0);
                code.Put(Andi, 24, k: 1 << bit);
                code.Put(Andi, 25, k: 0);
                code.Put(Or, 24, 25);
                code.Put(value ? Breq : Brne, k: head);
                break;
        }
    }
}
