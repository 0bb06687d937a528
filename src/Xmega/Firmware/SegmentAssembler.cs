namespace Xmega.Firmware;

/// <summary>
/// Collects pieces of memory in the order a file gives them, and joins them into runs. Where pieces overlap they must
/// agree: which one wins would be chance.
/// </summary>
/// <param name="fileName">How messages name the file.</param>
/// <param name="originsAreLines">Whether a piece's origin is a line number (HEX) or a program header's number (ELF).</param>
internal sealed class SegmentAssembler(string fileName, bool originsAreLines)
{
    private readonly List<Piece>?[] _pieces = new List<Piece>?[FirmwarePlacement.All.Length];

    /// <summary>Whether no byte has been added.</summary>
    public bool IsEmpty => Array.TrueForAll(_pieces, pieces => pieces is null);

    /// <summary>Adds bytes; the file's address says which memory they go to.</summary>
    /// <param name="address">First byte, in the file's address space.</param>
    /// <param name="start">Where the bytes begin in what <see cref="Build"/> will be given.</param>
    /// <param name="length">Bytes, at least 1.</param>
    /// <param name="origin">Line or program header they come from.</param>
    /// <exception cref="FirmwareFormatException">No memory holds these addresses.</exception>
    public void Add(uint address, int start, int length, int origin)
    {
        FirmwarePlacement memory = FirmwarePlacement.Locate(address, (uint)length, out string problem) ?? throw Fail(origin, problem);
        (_pieces[(int)memory.Kind] ??= []).Add(new Piece(address - memory.Base, start, length, origin));
    }

    /// <summary>The runs of every memory, indexed by <see cref="MemoryKind"/>.</summary>
    /// <param name="bytes">What the pieces' starts count in.</param>
    /// <param name="notices">Gets a remark when data was given twice.</param>
    /// <exception cref="FirmwareFormatException">Overlapping pieces differ.</exception>
    public IReadOnlyList<FirmwareSegment>[] Build(ReadOnlySpan<byte> bytes, List<string> notices)
    {
        var segments = new IReadOnlyList<FirmwareSegment>[_pieces.Length];
        for (int kind = 0; kind < _pieces.Length; kind++)
            segments[kind] = _pieces[kind] is { } pieces ? Join(FirmwarePlacement.All[kind], pieces, bytes, notices) : [];
        return segments;
    }

    /// <summary>An error that says which line or program header it is about.</summary>
    public FirmwareFormatException Fail(int origin, string problem) => originsAreLines
        ? new FirmwareFormatException(fileName, origin, problem)
        : new FirmwareFormatException(fileName, null, $"{Describe(origin)}: {problem}");

    private string Describe(int origin) => FormattableString.Invariant($"{(originsAreLines ? "line" : "program header")} {origin}");

    private List<FirmwareSegment> Join(FirmwarePlacement memory, List<Piece> pieces, ReadOnlySpan<byte> bytes, List<string> notices)
    {
        pieces.Sort(static (a, b) => a.Address != b.Address ? a.Address.CompareTo(b.Address) : a.Origin.CompareTo(b.Origin));
        List<FirmwareSegment> segments = [];
        long length = 0;
        foreach (Piece piece in pieces) length += piece.Length;
        var run = new byte[Math.Min(length, memory.Size)];
        uint runStart = pieces[0].Address;
        int runLength = 0;
        Piece reaching = pieces[0]; // the piece that reaches furthest: it holds all a later one can overlap
        long repeats = 0;
        string firstRepeat = "";

        foreach (Piece piece in pieces)
        {
            if (piece.Address > runStart + (uint)runLength)
            {
                segments.Add(new FirmwareSegment(runStart, run.AsSpan(0, runLength).ToArray()));
                (runStart, runLength) = (piece.Address, 0);
            }

            ReadOnlySpan<byte> source = bytes.Slice(piece.Start, piece.Length);
            int at = (int)(piece.Address - runStart);
            int overlap = Math.Min(runLength - at, piece.Length);
            if (overlap > 0)
            {
                int same = source[..overlap].CommonPrefixLength(run.AsSpan(at, overlap));
                if (same < overlap) throw Contradiction(memory, piece, reaching, (uint)(at + same) + runStart, source[same], run[at + same]);
                if (repeats++ == 0) firstRepeat = Repetition(memory, piece, reaching, overlap);
                source = source[overlap..];
            }

            if (source.IsEmpty) continue;
            source.CopyTo(run.AsSpan(runLength));
            runLength += source.Length;
            reaching = piece;
        }

        segments.Add(new FirmwareSegment(runStart, run.AsMemory(0, runLength)));
        if (repeats > 0) notices.Add(FirmwareText.OneLine(repeats == 1 ? firstRepeat : $"{firstRepeat}; {FirmwareText.Count(repeats - 1, "such overlap")} more"));
        return segments;
    }

    private FirmwareFormatException Contradiction(FirmwarePlacement memory, Piece piece, Piece other, uint address, byte value, byte otherValue)
    {
        if (piece.Origin < other.Origin) (piece, other, value, otherValue) = (other, piece, otherValue, value);
        return Fail(piece.Origin,
            $"byte 0x{memory.Base + address:X6} ({memory.Name}) is 0x{value:X2} here and 0x{otherValue:X2} in {Describe(other.Origin)}; "
            + "two programs were mixed in one file, build it again");
    }

    private string Repetition(FirmwarePlacement memory, Piece piece, Piece other, int length)
    {
        string range = FirmwareText.Range(memory.Base + piece.Address, length);
        int later = Math.Max(piece.Origin, other.Origin);
        int earlier = Math.Min(piece.Origin, other.Origin);
        string where = originsAreLines ? FormattableString.Invariant($"{fileName}:{later}") : $"{fileName}: {Describe(later)}";
        return $"{where}: {range} ({memory.Name}) {(length == 1 ? "repeats" : "repeat")} {Describe(earlier)} with the same values";
    }

    private sealed record Piece(uint Address, int Start, int Length, int Origin);
}
