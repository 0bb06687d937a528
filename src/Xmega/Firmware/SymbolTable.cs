namespace Xmega.Firmware;

/// <summary>The symbols of an image, and the two ways to ask for one.</summary>
internal sealed class SymbolTable
{
    // Where the linker script counts sections: such a symbol lies on code, but does not name it.
    private static readonly HashSet<string> s_linkerMarks =
    [
        "_etext", "etext", "__etext", "__ctors_start", "__ctors_end", "__dtors_start", "__dtors_end",
        "__trampolines_start", "__trampolines_end", "__progmem_start", "__progmem_end",
        "__data_load_start", "__data_load_end", "__rodata_load_start", "__rodata_load_end",
    ];

    private readonly Lazy<Dictionary<string, FirmwareSymbol>> _byName;
    private readonly Lazy<List<Region>> _regions;

    /// <summary>Takes the symbols in any order.</summary>
    /// <param name="symbols">All symbols of the file.</param>
    /// <param name="flash">The runs of flash: a name does not reach over the end of one.</param>
    public SymbolTable(IReadOnlyList<FirmwareSymbol> symbols, IReadOnlyList<FirmwareSegment> flash)
    {
        FirmwareSymbol[] all = [.. symbols];
        Array.Sort(all, static (a, b) =>
            a.Space != b.Space ? a.Space.CompareTo(b.Space)
            : a.Address != b.Address ? a.Address.CompareTo(b.Address)
            : string.CompareOrdinal(a.Name, b.Name) is var names && names != 0 ? names
            : Rank(b).CompareTo(Rank(a)));
        All = Array.AsReadOnly(all);
        _byName = new(() => IndexByName(all));
        _regions = new(() => IndexByAddress(all, flash));
    }

    /// <summary>All symbols, by space, address, name.</summary>
    public IReadOnlyList<FirmwareSymbol> All { get; }

    /// <summary>See <see cref="FirmwareImage.FindSymbol"/>.</summary>
    public FirmwareSymbol? Find(string name) => _byName.Value.GetValueOrDefault(name);

    /// <summary>See <see cref="FirmwareImage.FunctionAt"/>.</summary>
    public CodeLocation? FunctionAt(uint address)
    {
        if (All.Count == 0) return null;
        List<Region> regions = _regions.Value;
        int low = 0;
        int high = regions.Count; // the answer is the region before the first that starts above the address
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (regions[middle].Start <= address) low = middle + 1;
            else high = middle;
        }

        return low > 0 && regions[low - 1].Symbol is { } symbol ? new CodeLocation(symbol, address - symbol.Address) : null;
    }

    // Of symbols that could stand for the same place, the higher rank does.
    private static int Rank(FirmwareSymbol symbol) =>
        ((int)symbol.Kind * 8) + ((int)symbol.Binding * 2) + (symbol.Size > 0 ? 1 : 0);

    private static Dictionary<string, FirmwareSymbol> IndexByName(FirmwareSymbol[] symbols)
    {
        var index = new Dictionary<string, FirmwareSymbol>(StringComparer.Ordinal);
        foreach (FirmwareSymbol symbol in symbols)
        {
            if (!index.TryGetValue(symbol.Name, out FirmwareSymbol? known) || symbol.Binding > known.Binding)
                index[symbol.Name] = symbol;
        }

        return index;
    }

    // Cuts the address space where the answer changes: at every symbol's start, a sized symbol's end, a flash run's end.
    private static List<Region> IndexByAddress(FirmwareSymbol[] all, IReadOnlyList<FirmwareSegment> flash)
    {
        FirmwareSymbol[] code = Array.FindAll(all, symbol => symbol.Space == SymbolSpace.Code && !s_linkerMarks.Contains(symbol.Name));
        Array.Sort(code, static (a, b) =>
            a.Address != b.Address ? a.Address.CompareTo(b.Address)
            : Rank(a) != Rank(b) ? Rank(a).CompareTo(Rank(b))
            : string.CompareOrdinal(b.Name, a.Name)); // the best of one address last, so that it ends up on top
        var cuts = new List<Cut>();
        foreach (FirmwareSegment run in flash) cuts.Add(new Cut(run.Address + (uint)run.Bytes.Length, EndsRun: true));
        foreach (FirmwareSymbol symbol in code)
        {
            cuts.Add(new Cut(symbol.Address, EndsRun: false));
            if (EndOf(symbol) <= uint.MaxValue) cuts.Add(new Cut((uint)EndOf(symbol), EndsRun: false));
        }

        cuts.Sort(static (a, b) => a.Address != b.Address ? a.Address.CompareTo(b.Address) : b.EndsRun.CompareTo(a.EndsRun));
        var regions = new List<Region>(cuts.Count);
        var open = new Stack<FirmwareSymbol>();     // sized symbols begun and, as far as anyone looked, not ended
        FirmwareSymbol? name = null;                // the nearest function, table or global label below
        FirmwareSymbol? local = null;               // the nearest local label below that no function covered
        int next = 0;
        foreach ((uint cut, bool endsRun) in cuts)
        {
            if (regions.Count > 0 && regions[^1].Start == cut) continue; // several at one address: the end of a run came first
            if (endsRun)
            {
                open.Clear();
                name = local = null;
            }

            while (open.TryPeek(out FirmwareSymbol? top) && EndOf(top) <= cut)
            {
                open.Pop();
                local = null;
            }

            int first = next;
            while (next < code.Length && code[next].Address == cut) next++;
            foreach (FirmwareSymbol symbol in code.AsSpan(first, next - first))
            {
                if (symbol.Size > 0) open.Push(symbol);
                if (symbol.Size > 0 || symbol.Kind != SymbolKind.Label || symbol.Binding != SymbolBinding.Local) (name, local) = (symbol, null);
                else if (open.Count == 0) local = symbol;
            }

            bool behindItsEnd = name is { Size: > 0 } && EndOf(name) <= cut;
            FirmwareSymbol? answer = open.TryPeek(out FirmwareSymbol? covering) ? covering
                : local is not null && (name is null || behindItsEnd) ? local
                : name;
            regions.Add(new Region(cut, answer));
        }

        return regions;
    }

    private static ulong EndOf(FirmwareSymbol symbol) => (ulong)symbol.Address + symbol.Size;

    private sealed record Cut(uint Address, bool EndsRun);

    private sealed record Region(uint Start, FirmwareSymbol? Symbol);
}
