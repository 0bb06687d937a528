using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Interrupts;
using Xmega.Memory;
using Xmega.Registers;

namespace Xmega.Cli.Commands;

/// <summary><c>xmega info FIRMWARE</c>: segments, size, vectors used, symbols.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        Argument<string> firmware = Arguments.Firmware();
        Option<bool> json = Arguments.Json();
        var command = new Command("info", "Says what is in a firmware: segments, size, vectors used, symbols.") { firmware, json };
        command.SetAction(result =>
        {
            FirmwareImage image = Arguments.LoadFirmware(result.GetRequiredValue(firmware));
            if (result.IsSet(json)) WriteJson(image);
            else WriteText(image);
            return 0;
        });
        return command;
    }

    /// <summary>The vectors that lead somewhere of their own: avr-gcc lets all others jump to one place.</summary>
    internal static IReadOnlyList<(int Number, string Name, int Target)> VectorsUsed(FirmwareImage image)
    {
        var program = new byte[ProgramMemory.Size];
        Array.Fill(program, ProgramMemory.Erased);
        image.CopyTo(MemoryKind.Flash, program);
        bool InBoot(int word) => image.SegmentsOf(MemoryKind.Flash).Any(s => s.Address <= 2 * word && 2 * word < s.Address + s.Bytes.Length);
        int start = InBoot(0) ? 0 : Pmic.BootVectors;
        var targets = new List<(int Number, int Target)>();
        for (int vector = 0; vector < Pmic.VectorCount; vector++)
        {
            int word = start + (2 * vector);
            Decoded jump = InstructionDecoder.Decode(word, Word(word), Word(word + 1));
            if (jump.Op is Op.Jmp or Op.Rjmp) targets.Add((vector, jump.K));
            else break;
        }

        if (targets.Count < 2) return [];
        int unused = targets.Skip(1).GroupBy(t => t.Target).MaxBy(g => g.Count())!.Key;
        bool isTable = targets.Skip(1).Count(t => t.Target == unused) > 1;
        return [.. targets.Where(t => t.Number == 0 || (isTable && t.Target != unused)).Select(t => (t.Number, RegisterMap.ATxmega128A1.Vectors.GetValueOrDefault(t.Number, $"vector {t.Number}"), 2 * t.Target))];

        ushort Word(int word) => 2 * word + 1 < program.Length ? (ushort)(program[2 * word] | (program[(2 * word) + 1] << 8)) : (ushort)0xFFFF;
    }

    private static void WriteText(FirmwareImage image)
    {
        IAnsiConsole console = Terminal.Output;
        console.MarkupLineInterpolated($"{image.FileName}: {(image.Format == FirmwareFormat.Elf ? "ELF" : "Intel HEX")}, {Count(image.SizeOf(MemoryKind.Flash))} of {Count(FirmwareImage.CapacityOf(MemoryKind.Flash))} bytes of flash");
        foreach (string notice in image.Notices) console.MarkupLineInterpolated($"[yellow]notice:[/] {notice}");
        Table segments = NewTable("memory", "from", "to", "bytes");
        foreach (MemoryKind kind in Enum.GetValues<MemoryKind>())
        {
            foreach (FirmwareSegment s in image.SegmentsOf(kind))
                segments.AddRow(kind.ToString(), Hex(s.Address), Hex((uint)(s.Address + s.Bytes.Length - 1)), Count(s.Bytes.Length));
        }

        console.Write(segments);
        Table vectors = NewTable("vector", "name", "handler", "");
        foreach ((int number, string name, int target) in VectorsUsed(image))
            vectors.AddRow(number.ToString(CultureInfo.InvariantCulture), name, Hex((uint)target), Markup.Escape(image.FunctionAt((uint)target)?.ToString() ?? ""));
        if (vectors.Rows.Count > 0) console.Write(vectors);
        if (image.Symbols.Count == 0) return;
        Table symbols = NewTable("symbol", "where", "address", "bytes");
        foreach (FirmwareSymbol s in Interesting(image)) symbols.AddRow(Markup.Escape(s.Name), s.Space.ToString(), Hex(s.Address), Count((int)s.Size));
        console.Write(symbols);
    }

    private static void WriteJson(FirmwareImage image)
    {
        using var output = new JsonOutput();
        var json = output.Writer;
        json.WriteStartObject();
        json.WriteString("firmware", image.FileName);
        json.WriteString("format", image.Format == FirmwareFormat.Elf ? "elf" : "hex");
        json.WriteNumber("flashBytes", image.SizeOf(MemoryKind.Flash));
        json.WriteStartArray("notices");
        foreach (string notice in image.Notices) json.WriteStringValue(notice);
        json.WriteEndArray();
        json.WriteStartArray("segments");
        foreach (MemoryKind kind in Enum.GetValues<MemoryKind>())
        {
            foreach (FirmwareSegment s in image.SegmentsOf(kind))
            {
                json.WriteStartObject();
                json.WriteString("memory", kind.ToString());
                json.WriteString("address", Hex(s.Address));
                json.WriteNumber("bytes", s.Bytes.Length);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("vectors");
        foreach ((int number, string name, int target) in VectorsUsed(image))
        {
            json.WriteStartObject();
            json.WriteNumber("number", number);
            json.WriteString("name", name);
            json.WriteString("handler", Hex((uint)target));
            json.WriteString("symbol", image.FunctionAt((uint)target)?.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("symbols");
        foreach (FirmwareSymbol s in Interesting(image))
        {
            json.WriteStartObject();
            json.WriteString("name", s.Name);
            json.WriteString("space", s.Space.ToString());
            json.WriteString("address", Hex(s.Address));
            json.WriteNumber("bytes", s.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Functions and variables: what the firmware's author named and gave a size.
    private static IEnumerable<FirmwareSymbol> Interesting(FirmwareImage image) =>
        image.Symbols.Where(s => s.Kind is SymbolKind.Function or SymbolKind.Object && s.Size > 0);

    private static Table NewTable(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns(columns);

    private static string Hex(uint value) => FormattableString.Invariant($"0x{value:X5}");

    private static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
