using System.Collections.Frozen;
using System.Text.Json;

namespace Xmega.Registers;

/// <summary>A named register of the whole chip.</summary>
/// <param name="Name">Instance and register, as in <c>TCC0.CNT</c>.</param>
/// <param name="Address">I/O address of its first byte.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Fields">Its bit fields.</param>
public sealed record NamedRegister(string Name, int Address, int Size, IReadOnlyList<RegisterField> Fields);

/// <summary>A bit field of a register.</summary>
/// <param name="Name">Datasheet name.</param>
/// <param name="Mask">Its bits, in place.</param>
/// <param name="Values">Names of its values, in place; empty for a number.</param>
public sealed record RegisterField(string Name, int Mask, IReadOnlyDictionary<string, int> Values);

/// <summary>
/// The register map of the part as data: names, addresses, fields, vectors. Read from the JSON when first asked for;
/// the chip itself runs without it.
/// </summary>
public sealed class RegisterMap
{
    private static readonly Lazy<RegisterMap> Shared = new(Load);

    private readonly FrozenDictionary<string, NamedRegister> _byName;

    private RegisterMap(List<NamedRegister> registers, Dictionary<int, string> vectors, Dictionary<int, string> events, Dictionary<int, string> dmaTriggers)
    {
        Registers = registers;
        Vectors = vectors;
        EventSources = events;
        DmaTriggers = dmaTriggers;
        _byName = registers.ToFrozenDictionary(r => r.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Gets the map of the ATxmega128A1.</summary>
    public static RegisterMap ATxmega128A1 => Shared.Value;

    /// <summary>Gets every register, in the order of its address.</summary>
    public IReadOnlyList<NamedRegister> Registers { get; }

    /// <summary>Gets the names of the interrupt vectors by number.</summary>
    public IReadOnlyDictionary<int, string> Vectors { get; }

    /// <summary>Gets the names of the event sources by their code in CHnMUX.</summary>
    public IReadOnlyDictionary<int, string> EventSources { get; }

    /// <summary>Gets the names of the DMA trigger sources by their code in CHn.TRIGSRC.</summary>
    public IReadOnlyDictionary<int, string> DmaTriggers { get; }

    /// <summary>Finds a register.</summary>
    /// <param name="name">Instance and register, as in <c>TCC0.CNT</c>; letter case does not matter.</param>
    /// <returns>The register, or null.</returns>
    public NamedRegister? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Finds the register that an address belongs to.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF, of any of its bytes.</param>
    /// <returns>The register, or null for a reserved address.</returns>
    public NamedRegister? At(int address) => Registers.FirstOrDefault(r => address >= r.Address && address < r.Address + r.Size);

    private static RegisterMap Load()
    {
        using Stream stream = typeof(RegisterMap).Assembly.GetManifestResourceStream("atxmega128a1.json")!;
        using JsonDocument json = JsonDocument.Parse(stream);
        JsonElement root = json.RootElement;

        var values = root.GetProperty("enums").EnumerateObject().ToDictionary(
            e => e.Name,
            e => (IReadOnlyDictionary<string, int>)e.Value.EnumerateArray().DistinctBy(v => v.GetProperty("name").GetString()).ToDictionary(v => v.GetProperty("name").GetString()!, v => v.GetProperty("value").GetInt32()));
        var fields = new Dictionary<(string Module, string Register), List<RegisterField>>();
        foreach (JsonProperty module in root.GetProperty("modules").EnumerateObject())
        {
            foreach (JsonElement register in module.Value.GetProperty("registers").EnumerateArray())
            {
                if (!register.TryGetProperty("fields", out JsonElement list)) continue;
                fields[(module.Name, register.GetProperty("name").GetString()!)] = [.. list.EnumerateArray().Select(f => new RegisterField(
                    f.GetProperty("name").GetString()!,
                    f.GetProperty("mask").GetInt32(),
                    f.TryGetProperty("values", out JsonElement v) && values.TryGetValue(v.GetString()!, out IReadOnlyDictionary<string, int>? names) ? names : FrozenDictionary<string, int>.Empty))];
            }
        }

        var registers = new List<NamedRegister>();
        foreach (JsonElement r in root.GetProperty("registers").EnumerateArray())
        {
            string instance = r.GetProperty("instance").GetString()!;
            string name = r.GetProperty("register").GetString()!;
            List<RegisterField>? own = fields.GetValueOrDefault((r.GetProperty("module").GetString()!, name));
            // The header's flat name after its instance, with the dots of the C structures: DMA.CH0.CTRLA.
            string path = r.GetProperty("name").GetString()![(instance.Length + 1)..].Replace('_', '.');
            registers.Add(new NamedRegister($"{instance}.{path}", r.GetProperty("address").GetInt32(), r.GetProperty("size").GetInt32(), own ?? []));
        }

        registers = [.. registers.OrderBy(r => r.Address).ThenBy(r => r.Size)];
        return new RegisterMap(registers, Names("vectors", "number"), Names("eventSources", "code"), Names("dmaTriggers", "code"));

        Dictionary<int, string> Names(string list, string key) =>
            root.GetProperty(list).EnumerateArray().ToDictionary(v => v.GetProperty(key).GetInt32(), v => v.GetProperty("name").GetString()!);
    }
}
