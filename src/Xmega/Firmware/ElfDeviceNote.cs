using System.Text;

namespace Xmega.Firmware;

/// <summary>Reads the chip's name that avr-libc's start-up code leaves in <c>.note.gnu.avr.deviceinfo</c>.</summary>
internal static class ElfDeviceNote
{
    private const int NoteHeaderBytes = 12;     // name size, descriptor size, type
    private const uint DeviceInformation = 1;   // the note's type
    private const int TableSizeAt = 24;         // behind start and size of flash, SRAM and EEPROM
    private const int StringOffsetAt = 28;

    /// <summary>The name, as <c>-mmcu</c> spells it, or null where there is no such note that makes sense: it is a hint, not needed to run.</summary>
    public static string? Read(ElfReader elf, List<ElfSection> sections)
    {
        foreach (ElfSection section in sections)
        {
            if (section.Type != ElfSection.Note || (ulong)section.Offset + section.Size > (ulong)elf.Length) continue;
            if (Parse(section.Read(elf, "note")) is { } name) return name;
        }

        return null;
    }

    private static string? Parse(ReadOnlySpan<byte> note)
    {
        if (note.Length < NoteHeaderBytes + 4 || ElfReader.Word(note, 0) != 4 || ElfReader.Word(note, 8) != DeviceInformation) return null;
        if (!note[NoteHeaderBytes..].StartsWith("AVR\0"u8)) return null;
        ReadOnlySpan<byte> descriptor = note[(NoteHeaderBytes + 4)..];
        uint length = ElfReader.Word(note, 4);
        if (length < TableSizeAt + 8 || length > descriptor.Length) return null;
        descriptor = descriptor[..(int)length];

        // The table of string offsets counts its own size; the strings follow it.
        ulong name = (ulong)TableSizeAt + ElfReader.Word(descriptor, TableSizeAt) + ElfReader.Word(descriptor, StringOffsetAt);
        if (name >= length) return null;
        ReadOnlySpan<byte> text = descriptor[(int)name..];
        int end = text.IndexOf((byte)0);
        return end > 0 ? Encoding.ASCII.GetString(text[..end]) : null;
    }
}
