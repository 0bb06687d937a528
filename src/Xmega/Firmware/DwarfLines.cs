namespace Xmega.Firmware;

/// <summary>Runs the line programs of <c>.debug_line</c>: DWARF versions 2 to 5, chapter 6.2.</summary>
internal static class DwarfLines
{
    private const ulong ContentPath = 1;      // DW_LNCT_path
    private const ulong ContentDirectory = 2; // DW_LNCT_directory_index

    /// <summary>Adds the sequences of all units.</summary>
    /// <exception cref="FirmwareFormatException">The section contradicts itself.</exception>
    public static void Read(DebugSections sections, List<LineSequence> sequences)
    {
        ReadOnlySpan<byte> data = sections.Find(".debug_line");
        if (data.IsEmpty) return;
        Dictionary<uint, string> directories = DwarfUnits.Directories(sections);
        var cursor = new DwarfCursor(sections, ".debug_line", data);
        while (!cursor.AtEnd)
        {
            string directory = directories.GetValueOrDefault((uint)cursor.Position, "");
            DwarfCursor unit = cursor.Unit();
            ushort version = unit.Half();
            if (version is >= 2 and <= 5) new LineProgram(ref unit, version, directory).Run(ref unit, sequences);
        }
    }

    private sealed class LineProgram
    {
        private readonly int _minimumInstruction;
        private readonly int _lineBase;
        private readonly int _lineRange;
        private readonly int _opcodeBase;
        private readonly byte[] _operands;
        private readonly List<string> _directories = [];
        private readonly List<string> _files = [];
        private readonly int _firstFile;
        private readonly int _program;

        // The state machine's registers.
        private uint _address;
        private int _file;
        private long _line;

        public LineProgram(ref DwarfCursor unit, int version, string directory)
        {
            if (version >= 5)
            {
                unit.Byte(); // address size
                unit.Byte(); // segment selector size
            }

            uint headerLength = unit.Word();
            int headerStart = unit.Position;
            unit.Bytes(headerLength);
            _program = unit.Position;
            unit.Position = headerStart;
            _minimumInstruction = unit.Byte();
            if (version >= 4) unit.Byte(); // operations an instruction
            unit.Byte(); // is_stmt at first
            _lineBase = (sbyte)unit.Byte();
            _lineRange = unit.Byte();
            _opcodeBase = unit.Byte();
            if (_lineRange == 0 || _opcodeBase == 0) throw unit.Damaged();
            _operands = unit.Bytes((ulong)_opcodeBase - 1).ToArray();
            if (version >= 5)
            {
                _firstFile = 0;
                ReadEntries(ref unit, _directories, isDirectory: true);
                ReadEntries(ref unit, _files, isDirectory: false);
            }
            else
            {
                _firstFile = 1;
                _directories.Add(directory);
                for (string name = unit.Text(); name.Length > 0; name = unit.Text()) _directories.Add(Join(directory, name));
                for (string name = unit.Text(); name.Length > 0; name = unit.Text()) _files.Add(ReadFile(ref unit, name));
            }
        }

        public void Run(ref DwarfCursor unit, List<LineSequence> sequences)
        {
            unit.Position = _program;
            List<(uint, SourceLine)> rows = [];
            Restart();
            while (!unit.AtEnd)
            {
                int opcode = unit.Byte();
                if (opcode >= _opcodeBase)
                {
                    int special = opcode - _opcodeBase;
                    _address += (uint)(special / _lineRange * _minimumInstruction);
                    _line += _lineBase + (special % _lineRange);
                    AddRow(rows);
                    continue;
                }

                switch (opcode)
                {
                    case 0:
                        if (!Extended(ref unit)) break;
                        if (rows.Count > 0) sequences.Add(new LineSequence(rows, _address));
                        rows = [];
                        Restart();
                        break;
                    case 1: AddRow(rows); break;                                                                // copy
                    case 2: _address += (uint)unit.Unsigned() * (uint)_minimumInstruction; break;              // advance_pc
                    case 3: _line += unit.Signed(); break;                                                      // advance_line
                    case 4: _file = (int)unit.Unsigned(); break;                                                // set_file
                    case 8: _address += (uint)((255 - _opcodeBase) / _lineRange * _minimumInstruction); break;  // const_add_pc
                    case 9: _address += unit.Half(); break;                                                     // fixed_advance_pc
                    default:
                        for (int i = 0; i < _operands[opcode - 1]; i++) unit.Unsigned();
                        break;
                }
            }
        }

        // True at the end of a sequence.
        private bool Extended(ref DwarfCursor unit)
        {
            ulong length = unit.Unsigned();
            int start = unit.Position;
            unit.Bytes(length);
            int end = unit.Position;
            if (length == 0) return false;
            unit.Position = start;
            int opcode = unit.Byte();
            if (opcode == 2) _address = unit.Address((int)length - 1); // set_address
            unit.Position = end;
            return opcode == 1; // end_sequence
        }

        private void Restart() => (_address, _file, _line) = (0, 1, 1);

        private void AddRow(List<(uint Address, SourceLine Source)> rows)
        {
            // Rows ascend within a sequence; one that does not would make no sense of the ranges between.
            if (rows.Count > 0 && _address < rows[^1].Address) return;
            int index = _file - _firstFile;
            string name = (uint)index < (uint)_files.Count ? _files[index] : "?";
            rows.Add((_address, new SourceLine(name, (int)Math.Clamp(_line, 0, int.MaxValue))));
        }

        private string ReadFile(ref DwarfCursor unit, string name)
        {
            ulong directory = unit.Unsigned();
            unit.Unsigned(); // time
            unit.Unsigned(); // size
            return Join(directory < (ulong)_directories.Count ? _directories[(int)directory] : "", name);
        }

        private void ReadEntries(ref DwarfCursor unit, List<string> entries, bool isDirectory)
        {
            var formats = new (ulong Content, ulong Form)[unit.Byte()];
            for (int i = 0; i < formats.Length; i++) formats[i] = (unit.Unsigned(), unit.Unsigned());
            ulong count = unit.Unsigned();
            for (ulong n = 0; n < count && formats.Length > 0; n++)
            {
                string path = "";
                ulong directory = 0;
                foreach ((ulong content, ulong form) in formats)
                {
                    int before = unit.Position;
                    string? text = unit.Form(form, 4, out ulong number);
                    if (unit.Position == before) throw unit.Damaged(); // an entry without bytes could be repeated without end
                    if (content == ContentPath) path = text ?? "";
                    else if (content == ContentDirectory) directory = number;
                }

                string parent = directory < (ulong)_directories.Count ? _directories[(int)directory] : "";
                entries.Add(isDirectory && _directories.Count > 0 ? Join(_directories[0], path) : Join(isDirectory ? "" : parent, path));
            }
        }

        private static string Join(string directory, string name) =>
            directory.Length == 0 || name.StartsWith('/') ? name : $"{directory.TrimEnd('/')}/{name}";
    }
}
