namespace Xmega.Firmware;

/// <summary>A line of source code.</summary>
/// <param name="File">The file as the compiler named it, with its directory where the debug information has one.</param>
/// <param name="Line">The line, from 1.</param>
public readonly record struct SourceLine(string File, int Line)
{
    /// <summary><c>main.c:12</c>, without the directory.</summary>
    public override string ToString() => FormattableString.Invariant($"{Path.GetFileName(File)}:{Line}");
}

/// <summary>Code that belongs to one line.</summary>
/// <param name="Start">Flash byte address of its first instruction.</param>
/// <param name="End">Flash byte address after its last one.</param>
/// <param name="Source">The line.</param>
public readonly record struct LineRange(uint Start, uint End, SourceLine Source);

/// <summary>
/// Which source line each address of the code comes from: DWARF versions 2 to 5, or stabs, which avr-gcc before version 8
/// writes for a plain <c>-g</c>. Immutable.
/// </summary>
public sealed class LineTable
{
    private readonly LineRange[] _ranges;

    private LineTable(LineRange[] ranges, string? problem)
    {
        _ranges = ranges;
        Problem = problem;
        Ranges = Array.AsReadOnly(ranges);
    }

    /// <summary>Gets a table without lines.</summary>
    public static LineTable Empty { get; } = new([], null);

    /// <summary>Gets all ranges by address; they do not overlap, and code without debug information lies between them.</summary>
    public IReadOnlyList<LineRange> Ranges { get; }

    /// <summary>Gets why there are no lines although the file has debug information, in one line; null where all is well.</summary>
    public string? Problem { get; }

    /// <summary>The line an address comes from.</summary>
    /// <param name="byteAddress">Flash byte address (twice the program counter).</param>
    /// <returns>The line, or null where the debug information says nothing.</returns>
    public SourceLine? Find(uint byteAddress)
    {
        int low = 0, high = _ranges.Length; // the answer is before the first range that starts above the address
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].Start <= byteAddress) low = middle + 1;
            else high = middle;
        }

        return low > 0 && byteAddress < _ranges[low - 1].End ? _ranges[low - 1].Source : null;
    }

    /// <summary>Reads the lines of an ELF file; damage in them costs the lines, not the firmware.</summary>
    /// <param name="file">The whole file, checked before.</param>
    /// <param name="fileName">How messages name it.</param>
    /// <param name="hasVectors">Whether address 0 holds the vectors of the start-up code: sequences there are of code that the linker threw away.</param>
    internal static LineTable Read(byte[] file, string fileName, bool hasVectors)
    {
        try
        {
            var sections = new DebugSections(new ElfReader(file, fileName));
            var sequences = new List<LineSequence>();
            DwarfLines.Read(sections, sequences);
            StabLines.Read(sections, sequences);
            if (hasVectors) sequences.RemoveAll(s => s.Rows[0].Address == 0);
            return new LineTable(Flatten(sequences), null);
        }
        catch (FirmwareFormatException damage)
        {
            return new LineTable([], damage.Message);
        }
    }

    // Sequences by address; where two overlap the earlier one keeps its addresses. Of several rows at one address the last counts.
    private static LineRange[] Flatten(List<LineSequence> sequences)
    {
        var ranges = new List<LineRange>();
        uint from = 0;
        foreach (LineSequence sequence in sequences.OrderBy(s => s.Rows[0].Address).ThenBy(s => s.End))
        {
            for (int i = 0; i < sequence.Rows.Count; i++)
            {
                (uint start, SourceLine source) = sequence.Rows[i];
                uint end = i + 1 < sequence.Rows.Count ? sequence.Rows[i + 1].Address : sequence.End;
                start = Math.Max(start, from);
                if (end <= start || source.Line <= 0) continue;
                if (ranges.Count > 0 && ranges[^1] is var last && last.End == start && last.Source == source) ranges[^1] = last with { End = end };
                else ranges.Add(new LineRange(start, end, source));
                from = end;
            }
        }

        return [.. ranges];
    }
}

/// <summary>An unbroken run of code with its lines by ascending address.</summary>
/// <param name="Rows">At least one: where a line begins.</param>
/// <param name="End">The address after the last instruction.</param>
internal sealed record LineSequence(List<(uint Address, SourceLine Source)> Rows, uint End);
