namespace Xmega.Firmware;

/// <summary>Reads from <c>.debug_info</c> what line programs before version 5 leave out: the directory a unit was compiled in.</summary>
internal static class DwarfUnits
{
    private const ulong CompilationDirectory = 0x1B; // DW_AT_comp_dir
    private const ulong LineProgram = 0x10;          // DW_AT_stmt_list

    /// <summary>The directory of each line program, by the program's offset in <c>.debug_line</c>.</summary>
    public static Dictionary<uint, string> Directories(DebugSections sections)
    {
        var directories = new Dictionary<uint, string>();
        ReadOnlySpan<byte> abbreviations = sections.Find(".debug_abbrev");
        var info = new DwarfCursor(sections, ".debug_info", sections.Find(".debug_info"));
        while (!info.AtEnd)
        {
            DwarfCursor unit = info.Unit();
            ushort version = unit.Half();
            if (version is < 2 or > 5) continue;
            byte unitType = version >= 5 ? unit.Byte() : (byte)1;
            byte addressSize = version >= 5 ? unit.Byte() : (byte)0;
            uint table = unit.Word();
            if (version < 5) addressSize = unit.Byte();
            if (unitType != 1 || table >= abbreviations.Length) continue; // DW_UT_compile
            ReadRoot(sections, abbreviations, (int)table, addressSize, unit, directories);
        }

        return directories;
    }

    // The first entry of a unit describes the unit itself.
    private static void ReadRoot(DebugSections sections, ReadOnlySpan<byte> abbreviations, int table, byte addressSize, DwarfCursor unit, Dictionary<uint, string> directories)
    {
        var abbreviation = new DwarfCursor(sections, ".debug_abbrev", abbreviations) { Position = table };
        if (abbreviation.Unsigned() != unit.Unsigned()) return; // not the first one: no compiler in use does that
        abbreviation.Unsigned(); // tag
        abbreviation.Byte();     // has children
        string? directory = null;
        uint? program = null;
        while (true)
        {
            ulong attribute = abbreviation.Unsigned(), form = abbreviation.Unsigned();
            if (attribute == 0 && form == 0) break;
            long constant = form == 0x21 ? abbreviation.Signed() : 0;
            string? text = unit.Form(form, addressSize, out ulong number, constant);
            if (attribute == CompilationDirectory) directory = text;
            else if (attribute == LineProgram) program = (uint)number;
        }

        if (directory is not null && program is { } at) directories[at] = directory;
    }
}
