using System.Globalization;
using System.Text.Json;
using Xmega.Registers;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.RegisterMaps;

/// <summary>
/// Every register of the map against what the reference pages state: <c>reset-values.txt</c> has a row for each register
/// of each module type (or of an instance, where they differ). Firmware reads them, with LDS, low byte first.
/// </summary>
public class ResetValueTests
{
    private const int Program = 0x400; // word address, clear of the vectors
    private const byte AnyBits = 0xAA;

    private readonly ATxmega128A1 _chip = new();

    /// <summary>The pages' figure, or null where it depends on the part, its fuses or its pins.</summary>
    private static readonly Dictionary<string, int?> Documented = Lines()
        .ToDictionary(words => words[0], words => words[1] == "-" ? (int?)null : int.Parse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static readonly List<(string Name, string Row, NamedRegister Register)> Registers = AllRegisters();

    [Fact]
    public void The_table_has_every_register_of_the_map_and_no_other()
    {
        string[] expected = [.. Registers.Select(r => r.Row).Distinct().Order(StringComparer.Ordinal)];
        // No page states anything of the registers of the debugger.
        Assert.Equal(expected.Where(row => !row.StartsWith("OCD.", StringComparison.Ordinal)), Documented.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_documented_reset_value_is_what_firmware_reads_after_power_on() => Assert.Equal([], Differences());

    [Theory]
    [InlineData(ResetSource.External)]
    [InlineData(ResetSource.Software)]
    [InlineData(ResetSource.Watchdog)]
    [InlineData(ResetSource.BrownOut)]
    [InlineData(ResetSource.PowerOn)]
    public void Every_reset_brings_them_back_whatever_firmware_wrote(ResetSource source)
    {
        var bench = new Bench();
        foreach ((string name, string row, NamedRegister register) in Registers)
        {
            if (row is "RST.CTRL" or "OCD.OCDR0" or "OCD.OCDR1" || row.StartsWith("PR.", StringComparison.Ordinal)) continue; // the rest is to be heard
            foreach (byte value in (byte[])[AnyBits, unchecked((byte)~AnyBits)])
            {
                bench.Chip.Data.Write(0x34, 0xD8);
                for (int i = 0; i < register.Size; i++) bench.Chip.Data.Write(register.Address + i, value);
            }
        }

        bench.Chip.Services.Protection.Close();
        bench.Advance(1000);
        for (int address = 0x70; address < 0x77; address++) bench.Chip.Data.Write(address, 0xFF);
        bench.Advance(1000);
        bench.Chip.Reset(source);
        Assert.Equal([], Differences(bench.Chip, source));
    }

    [Fact]
    public void What_comes_from_fuses_lock_bits_and_the_production_row_is_loaded_at_reset()
    {
        _chip.Fuses.Bytes[0] = 0x5A; // JTAG user id
        _chip.Fuses.Bytes[1] = 0x75; // WDWP, WDP
        _chip.LockBits.Value = 0xFC;
        _chip.Reset(ResetSource.External);
        Assert.Equal(0x5A, Read("MCU.JTAGUID"));
        Assert.Equal(5 << 2, Read("WDT.CTRL"));
        Assert.Equal(7 << 2, Read("WDT.WINCTRL"));
        Assert.Equal(0xFC, Read("NVM.LOCKBITS"));
        Assert.Equal(_chip.SignatureRows.Production(0x02), Read("OSC.RC32KCAL"));
        Assert.Equal(_chip.SignatureRows.Production(0x03), Read("DFLLRC32M.CALB"));
        Assert.Equal(_chip.SignatureRows.Production(0x00), Read("DFLLRC2M.CALB"));
    }

    [Fact]
    public void Every_register_is_readable_and_modelled_or_its_absence_has_a_reason()
    {
        foreach ((string _, string _, NamedRegister register) in Registers) Read(_chip, register);
        Assert.Equal(["OCD.OCDR0", "OCD.OCDR1"], _chip.Diagnostics.All.Select(d => d.Message.Split(' ', ':')[2]));
        Assert.All(_chip.Diagnostics.All, d => Assert.Equal(DiagnosticKind.NotModelled, d.Kind));
        Assert.Contains("OCD is not modelled: ", File.ReadAllText(Path.Combine(Readme.Repository, "README.md")).Split("<!-- fidelity: begin -->")[1], StringComparison.Ordinal);
    }

    private List<string> Differences() => Differences(_chip, ResetSource.PowerOn);

    private static List<string> Differences(ATxmega128A1 chip, ResetSource source)
    {
        var found = new List<string>();
        foreach ((string name, string row, NamedRegister register) in Registers)
        {
            if (!Documented.TryGetValue(row, out int? documented) || documented is not { } expected) continue;
            if (row == "RST.STATUS") expected = (int)source; // the flags of earlier ones were cleared by writing ones
            int value = Read(chip, register);
            if (value != expected) found.Add($"{name} reads 0x{value:X2}, documented is 0x{expected:X2}");
        }

        return found;
    }

    private int Read(string name) => Read(_chip, RegisterMap.ATxmega128A1.Find(name)!);

    private static int Read(ATxmega128A1 chip, NamedRegister register)
    {
        int value = 0;
        for (int i = 0; i < register.Size; i++)
        {
            chip.Program.Write(2 * Program, Assembler.Assemble(Program, $"lds r16, {register.Address + i}"));
            chip.ProgramCounter = 2 * Program;
            chip.Step();
            value |= chip.Register(16) << (8 * i);
        }

        return value;
    }

    // The row of a register: its module type's, or its instance's where there is one of its own.
    private static List<(string Name, string Row, NamedRegister Register)> AllRegisters()
    {
        using Stream stream = typeof(RegisterMap).Assembly.GetManifestResourceStream("atxmega128a1.json")!;
        using JsonDocument json = JsonDocument.Parse(stream);
        return [.. json.RootElement.GetProperty("registers").EnumerateArray().Select(r =>
        {
            string Text(string property) => r.GetProperty(property).GetString()!;
            string own = $"{Text("instance")}.{Text("register")}";
            string row = Documented.ContainsKey(own) ? own : $"{Text("module")}.{Text("register")}";
            return (Text("name"), row, new NamedRegister(Text("name"), r.GetProperty("address").GetInt32(), r.GetProperty("size").GetInt32(), []));
        })];
    }

    private static IEnumerable<string[]> Lines()
    {
        using Stream stream = typeof(ResetValueTests).Assembly.GetManifestResourceStream("reset-values.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (!line.StartsWith('#')) yield return line.Split(' ');
    }
}
