using System.Text;

namespace Xmega.Firmware;

/// <summary>The sections of an ELF file by name, for readers of its debug information.</summary>
internal sealed class DebugSections
{
    private readonly Dictionary<string, ElfSection> _byName = new(StringComparer.Ordinal);

    public DebugSections(ElfReader elf)
    {
        Elf = elf;
        ReadOnlySpan<byte> header = elf.Slice(0, Firmware.Elf.HeaderBytes, "ELF header");
        List<ElfSection> sections = Firmware.Elf.ReadSections(elf, header);
        int names = ElfReader.Half(header, 50);
        if (names >= sections.Count) return;
        ReadOnlySpan<byte> table = sections[names].Read(elf, "section names");
        foreach (ElfSection section in sections) _byName.TryAdd(TextAt(table, section.Name), section);
    }

    public ElfReader Elf { get; }

    /// <summary>A section's bytes; none where there is no such section.</summary>
    public ReadOnlySpan<byte> Find(string name) => _byName.TryGetValue(name, out ElfSection? section) ? section.Read(Elf, name) : [];

    public FirmwareFormatException Damaged(string where) => Elf.Fail($"{where} contradicts itself, so there are no source lines; {FirmwareText.Damaged}");

    /// <summary>The text that begins at an offset of a string table and ends at a zero byte; empty outside the table.</summary>
    public static string TextAt(ReadOnlySpan<byte> table, uint offset)
    {
        if (offset >= table.Length) return "";
        ReadOnlySpan<byte> text = table[(int)offset..];
        int end = text.IndexOf((byte)0);
        return FirmwareText.OneLine(Encoding.UTF8.GetString(end < 0 ? text : text[..end]));
    }
}
