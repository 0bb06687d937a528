using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xmega.Memory;
using Xmega.Registers;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests;

/// <summary>Writes the README's fidelity table from the code: register tables, and what each module says of its limitations.</summary>
public partial class FidelityTable
{
    [Fact]
    public void The_readme_says_what_is_modelled_approximate_and_missing() => Readme.Holds("fidelity", Write());

    private static string Write()
    {
        var chip = new ATxmega128A1();
        Dictionary<string, string> limitations = Limitations();
        var table = new StringBuilder("| module | instances | registers | approximate or missing |\n|---|---|---|---|\n");
        var ofType = RegisterMap.ATxmega128A1.Registers.GroupBy(r => r.Name.Split('.')[0]).ToDictionary(g => g.Key, g => g.ToList());
        var missing = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var rows = new List<(string Type, string Row)>();
        foreach (IGrouping<string, IoModule> type in chip.Data.Io.Modules.GroupBy(m => m.Registers.ModuleType))
        {
            IoModule first = type.First();
            int known = 0, all = 0, stored = 0;
            foreach (NamedRegister register in ofType.GetValueOrDefault(first.Name) ?? [])
            {
                for (int i = 0; i < register.Size; i++)
                {
                    all++;
                    Register? row = first.Registers[register.Address + i - first.BaseAddress];
                    if (row is not null) known++;
                    if (row?.Fidelity == Fidelity.Stored) stored++;
                }
            }

            string count = known == all ? $"all {all}" : $"{known} of {all}";
            if (stored > 0) count += string.Create(CultureInfo.InvariantCulture, $", {stored} only stored");
            string text = limitations.Remove(first.GetType().FullName!, out string? own) ? own : "–";
            rows.Add((type.Key, $"| {type.Key} | {string.Join(" ", type.Select(m => m.Name))} | {count} | {text} |\n"));
        }

        foreach ((string _, string row) in rows.OrderBy(r => r.Type, StringComparer.Ordinal)) table.Append(row);
        foreach ((string name, List<NamedRegister> registers) in ofType)
        {
            if (chip.Data.Io.Modules.All(m => m.Name != name)) missing[name] = registers.Sum(r => r.Size);
        }

        foreach ((string type, string text) in limitations.OrderBy(l => l.Key, StringComparer.Ordinal))
            table.Append(CultureInfo.InvariantCulture, $"| {type.Split('.')[^1]} | | | {text} |\n");
        if (missing.Count > 0)
            table.Append(CultureInfo.InvariantCulture, $"\nNot modelled at all (reads give 0, writes are ignored, and a diagnostic says so): {string.Join(", ", missing.Keys)}.\n");
        return table.ToString();
    }

    // The remarks that begin with "Limitations:" in the XML documentation, by type.
    private static Dictionary<string, string> Limitations()
    {
        XDocument documentation = XDocument.Load(Path.ChangeExtension(typeof(ATxmega128A1).Assembly.Location, ".xml"));
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (XElement member in documentation.Descendants("member"))
        {
            string name = member.Attribute("name")!.Value;
            if (!name.StartsWith("T:", StringComparison.Ordinal) || member.Element("remarks") is not { } remarks) continue;
            string text = Blanks().Replace(string.Concat(remarks.Nodes().Select(Text)), " ").Trim();
            if (text.StartsWith("Limitations: ", StringComparison.Ordinal)) found[name[2..]] = text["Limitations: ".Length..];
        }

        return found;
    }

    // A cross reference reads as its last name.
    private static string Text(XNode node) => node is XElement element
        ? element.Attribute("cref")?.Value.Split('(')[0].Split('.')[^1] ?? element.Value
        : ((XText)node).Value;

    [GeneratedRegex("\\s+")]
    private static partial Regex Blanks();
}
