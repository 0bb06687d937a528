namespace Xmega.Firmware;

/// <summary>Reads the lines of <c>.stab</c>, which avr-gcc before version 8 writes for a plain <c>-g</c> (GDB, "The stabs debug format").</summary>
internal static class StabLines
{
    private const int EntryBytes = 12;
    private const byte Unit = 0x00;         // N_UNDF: begins the strings of a unit
    private const byte Function = 0x24;     // N_FUN
    private const byte Line = 0x44;         // N_SLINE: its address counts from the function
    private const byte Source = 0x64;       // N_SO
    private const byte Included = 0x84;     // N_SOL

    /// <summary>Adds a sequence for each function.</summary>
    public static void Read(DebugSections sections, List<LineSequence> sequences)
    {
        ReadOnlySpan<byte> entries = sections.Find(".stab"), strings = sections.Find(".stabstr");
        uint unitStrings = 0, nextStrings = 0, function = 0;
        string directory = "", file = "";
        List<(uint Address, SourceLine Source)> rows = [];
        for (int at = 0; at + EntryBytes <= entries.Length; at += EntryBytes)
        {
            ReadOnlySpan<byte> entry = entries.Slice(at, EntryBytes);
            uint value = ElfReader.Word(entry, 8);
            switch (entry[4])
            {
                case Unit:
                    unitStrings = nextStrings;
                    nextStrings += value;
                    break;
                case Source:
                    string name = Text(entry, strings);
                    Close(value);
                    directory = name.EndsWith('/') ? name : name.Length == 0 ? "" : directory;
                    if (!name.EndsWith('/')) file = name.StartsWith('/') ? name : directory + name;
                    break;
                case Included:
                    file = Text(entry, strings) is var included && included.StartsWith('/') ? included : directory + included;
                    break;
                case Function when Text(entry, strings).Length > 0:
                    Close(value);
                    function = value;
                    break;
                case Function:
                    Close(function + value); // without a name: the function's end
                    break;
                case Line:
                    uint address = function + value;
                    if (rows.Count == 0 || address >= rows[^1].Address) rows.Add((address, new SourceLine(file, ElfReader.Half(entry, 6))));
                    break;
            }
        }

        string Text(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> table) => DebugSections.TextAt(table, unitStrings + ElfReader.Word(entry, 0));

        void Close(uint end)
        {
            if (rows.Count > 0 && end > rows[0].Address) sequences.Add(new LineSequence(rows, end));
            if (rows.Count > 0) rows = [];
        }
    }
}
