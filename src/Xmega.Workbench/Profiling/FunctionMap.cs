using Xmega.Firmware;
using Xmega.Memory;

namespace Xmega.Workbench.Profiling;

/// <summary>A function as the profile counts it.</summary>
/// <param name="Name">The symbol's name; <c>sub_002C8</c> for code that was called and has no symbol.</param>
/// <param name="Address">Flash byte address of its first instruction.</param>
/// <param name="Source">The source line of that address, if the firmware has lines.</param>
public sealed record ProfiledFunction(string Name, int Address, SourceLine? Source);

/// <summary>Which function each word of flash belongs to.</summary>
internal sealed class FunctionMap
{
    private readonly FirmwareImage _image;
    private readonly int[] _byWord = new int[ProgramMemory.Size / 2];
    private readonly List<ProfiledFunction> _functions = [];
    private readonly Dictionary<int, int> _byAddress = [];

    public FunctionMap(FirmwareImage image)
    {
        _image = image;
        Array.Fill(_byWord, -1);
        foreach (FirmwareSegment segment in image.SegmentsOf(MemoryKind.Flash))
        {
            for (int word = (int)segment.Address / 2; word < (segment.Address + segment.Bytes.Length) / 2; word++)
            {
                if (image.FunctionAt((uint)(2 * word)) is { } place) _byWord[word] = Index(place.Symbol.Name, (int)place.Symbol.Address);
            }
        }
    }

    public IReadOnlyList<ProfiledFunction> Functions => _functions;

    /// <summary>The function that an address belongs to by the symbols, or -1.</summary>
    public int Of(int address) => (uint)address < ProgramMemory.Size ? _byWord[address / 2] : -1;

    /// <summary>The function that a call to an address enters.</summary>
    public int Entered(int address) => Of(address) is var known && known >= 0 ? known : Index($"sub_{address:X5}", address);

    private int Index(string name, int address)
    {
        if (_byAddress.TryGetValue(address, out int index)) return index;
        _functions.Add(new ProfiledFunction(name, address, _image.Lines.Find((uint)address)));
        _byAddress.Add(address, _functions.Count - 1);
        return _functions.Count - 1;
    }
}
