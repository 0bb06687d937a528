using Xunit;

namespace Xmega.Tests.Cpu;

/// <summary>One case of the cycle table: what goes before, what is measured, and what it costs.</summary>
/// <param name="Name">The instruction, and which of its cases.</param>
/// <param name="Setup">Lines that run before the measurement starts.</param>
/// <param name="Code">Lines that are measured; control falls out at the label <c>next:</c> right behind them.</param>
/// <param name="Cycles">clk_CPU cycles.</param>
internal sealed record CycleRow(string Name, string[] Setup, string[] Code, int Cycles);

/// <summary>
/// The cycle table of the XMEGA core with a 3-byte program counter (0856I XMEGA column with its note 4, 8077I 4.11), one
/// case for every figure. Programs stay below word 0x100 and use r16, r17 and r24 up for themselves.
/// </summary>
internal static class CycleTable
{
    private static readonly string[] SetFlag = ["sec", "sez", "sen", "sev", "ses", "seh", "set", "sei"];
    private static readonly string[] ClearFlag = ["clc", "clz", "cln", "clv", "cls", "clh", "clt", "cli"];
    private static readonly string[] BranchIfSet = ["brcs", "breq", "brmi", "brvs", "brlt", "brhs", "brts", "brie"];
    private static readonly string[] BranchIfClear = ["brcc", "brne", "brpl", "brvc", "brge", "brhc", "brtc", "brid"];

    public static IReadOnlyList<CycleRow> Rows { get; } = [.. Build()];

    public static TheoryData<string> Names => [.. Rows.Select(r => r.Name)];

    public static CycleRow Find(string name) => Rows.Single(r => r.Name == name);

    private static IEnumerable<CycleRow> Build() =>
        [.. Plain(), .. Jumps(), .. Skips(), .. Branches(), .. Loads(), .. Stores(), .. ProgramReads()];

    private static IEnumerable<CycleRow> Plain()
    {
        // ADD ADC SUB SUBI SBC SBCI AND ANDI OR ORI EOR COM NEG INC DEC CP CPC CPI LSR ROR ASR SWAP MOV MOVW LDI BST BLD
        // NOP WDR SLEEP: 1. TST, CLR, LSL, ROL, SBR, CBR and SER are AND, EOR, ADD, ADC, ORI, ANDI and LDI.
        string[] one =
        [
            "add r2, r3", "adc r2, r3", "sub r2, r3", "subi r16, 1", "sbc r2, r3", "sbci r16, 1", "and r2, r3", "andi r16, 1", "or r2, r3", "ori r16, 1",
            "eor r2, r3", "com r2", "neg r2", "inc r2", "dec r2", "cp r2, r3", "cpc r2, r3", "cpi r16, 1", "lsr r2", "ror r2", "asr r2", "swap r2",
            "mov r2, r3", "movw r2, r4", "ldi r16, 1", "bst r2, 3", "bld r2, 3", "nop", "wdr", "sleep", "in r2, 0x00", "out 0x00, r2", "sbi 0x00, 1", "cbi 0x00, 1",
            "spm", "spm Z+", // unverified: the manual leaves SPM to the NVM command
            .. SetFlag, .. ClearFlag,
        ];
        foreach (string line in one) yield return new(line, [], [line], 1);

        string[] two = ["adiw r24, 1", "sbiw r24, 1", "mul r2, r3", "muls r16, r17", "mulsu r16, r17", "fmul r16, r17", "fmuls r16, r17", "fmulsu r16, r17"];
        foreach (string line in two) yield return new(line, [], [line], 2);

        yield return new("des after something else", ["nop"], ["des 0"], 2);
        yield return new("des after des", ["nop"], ["des 0", "des 1"], 2 + 1);
        yield return new("des after des after des", ["nop"], ["des 0", "des 1", "des 2"], 2 + 1 + 1);
        yield return new("des after des and nop", ["nop"], ["des 0", "nop", "des 1"], 2 + 1 + 2);
    }

    private static IEnumerable<CycleRow> Jumps()
    {
        string[] z = ["ldi r30, next", "ldi r31, 0"];
        yield return new("rjmp", [], ["rjmp next"], 2);
        yield return new("ijmp", z, ["ijmp"], 2);
        yield return new("eijmp", z, ["eijmp"], 2);
        yield return new("jmp", [], ["jmp next"], 3);
        yield return new("rcall", [], ["rcall next"], 3);
        yield return new("icall", z, ["icall"], 3);
        yield return new("eicall", z, ["eicall"], 3);
        yield return new("call", [], ["call next"], 4);
        string[] pushed = ["ldi r16, next", "ldi r17, 0", "push r16", "push r17", "push r17"];
        yield return new("ret", pushed, ["ret"], 5);
        yield return new("reti", pushed, ["reti"], 5);
    }

    private static IEnumerable<CycleRow> Skips()
    {
        // GPIOR0 and r17 are zero, GPIOR1 is not.
        string[] setup = ["ldi r16, 8", "ldi r17, 0", "out 0x00, r17", "out 0x01, r16"];
        (string Skip, string Stay, int Cycles)[] skips =
        [
            ("cpse r16, r16", "cpse r16, r17", 1),
            ("sbrc r17, 3", "sbrc r16, 3", 1),
            ("sbrs r16, 3", "sbrs r17, 3", 1),
            ("sbic 0x00, 3", "sbic 0x01, 3", 2),
            ("sbis 0x01, 3", "sbis 0x00, 3", 2),
        ];
        foreach ((string skip, string stay, int cycles) in skips)
        {
            yield return new($"{stay} (no skip)", setup, [stay], cycles);
            yield return new($"{skip} (over one word)", setup, [skip, "break"], cycles + 1);
            foreach (string over in new[] { "lds r2, 0x2000", "sts 0x2000, r2", "jmp 0x1000", "call 0x1000" })
                yield return new($"{skip} (over {over[..4].Trim()})", setup, [skip, over], cycles + 2);
        }
    }

    private static IEnumerable<CycleRow> Branches()
    {
        for (int flag = 0; flag < 8; flag++)
        {
            string set = BranchIfSet[flag], clear = BranchIfClear[flag];
            yield return new($"{set} (not taken)", [ClearFlag[flag]], [$"{set} next"], 1);
            yield return new($"{set} (taken)", [SetFlag[flag]], [$"{set} next"], 2);
            yield return new($"{clear} (not taken)", [SetFlag[flag]], [$"{clear} next"], 1);
            yield return new($"{clear} (taken)", [ClearFlag[flag]], [$"{clear} next"], 2);
        }
    }

    private static IEnumerable<CycleRow> Loads()
    {
        // From internal SRAM every load takes one cycle more than from I/O.
        foreach ((string memory, int address, int more) in new[] { ("I/O", 0x0004, 0), ("SRAM", 0x2004, 1) })
        {
            foreach (char pointer in "XYZ")
            {
                string[] setup = Point(pointer, address);
                yield return new($"ld r2, {pointer} ({memory})", setup, [$"ld r2, {pointer}"], 1 + more);
                yield return new($"ld r2, {pointer}+ ({memory})", setup, [$"ld r2, {pointer}+"], 1 + more);
                yield return new($"ld r2, -{pointer} ({memory})", setup, [$"ld r2, -{pointer}"], 2 + more);
                if (pointer != 'X') yield return new($"ldd r2, {pointer}+1 ({memory})", setup, [$"ldd r2, {pointer}+1"], 2 + more);
            }

            yield return new($"lds ({memory})", [], [$"lds r2, {address}"], 2 + more);
        }

        yield return new("pop", ["push r2"], ["pop r2"], 2);
    }

    private static IEnumerable<CycleRow> Stores()
    {
        foreach ((string memory, int address) in new[] { ("I/O", 0x0004), ("SRAM", 0x2004) })
        {
            foreach (char pointer in "XYZ")
            {
                string[] setup = Point(pointer, address);
                yield return new($"st {pointer}, r2 ({memory})", setup, [$"st {pointer}, r2"], 1);
                yield return new($"st {pointer}+, r2 ({memory})", setup, [$"st {pointer}+, r2"], 1);
                yield return new($"st -{pointer}, r2 ({memory})", setup, [$"st -{pointer}, r2"], 2);
                if (pointer != 'X') yield return new($"std {pointer}+1, r2 ({memory})", setup, [$"std {pointer}+1, r2"], 2);
            }

            yield return new($"sts ({memory})", [], [$"sts {address}, r2"], 2);
        }

        yield return new("push", [], ["push r2"], 1);
    }

    private static IEnumerable<CycleRow> ProgramReads()
    {
        foreach (string line in new[] { "lpm", "lpm r2, Z", "lpm r2, Z+", "elpm", "elpm r2, Z", "elpm r2, Z+" })
            yield return new(line, [], [line], 3);
    }

    private static string[] Point(char pointer, int address)
    {
        int low = 26 + (2 * (pointer - 'X'));
        return [$"ldi r{low}, {address & 0xFF}", $"ldi r{low + 1}, {address >> 8}"];
    }
}
