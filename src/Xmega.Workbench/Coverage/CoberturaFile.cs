using System.Globalization;
using System.Xml;

namespace Xmega.Workbench.Coverage;

/// <summary>Writes coverage as Cobertura XML (coverage-04.dtd): a package for the firmware, a class for each file.</summary>
public static class CoberturaFile
{
    /// <summary>Writes the file. It holds no date, so that two equal runs give equal files.</summary>
    /// <param name="coverage">The coverage.</param>
    /// <param name="firmware">The firmware's name.</param>
    /// <param name="stream">Where to; left open.</param>
    public static void Write(FirmwareCoverage coverage, string firmware, Stream stream)
    {
        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new System.Text.UTF8Encoding(false) });
        LineCoverage[] all = [.. coverage.Files.SelectMany(f => f.Lines)];
        xml.WriteStartDocument();
        xml.WriteDocType("coverage", null, "http://cobertura.sourceforge.net/xml/coverage-04.dtd", null);
        xml.WriteStartElement("coverage");
        WriteRates(xml, all);
        xml.WriteAttributeString("lines-covered", Number(all.Count(l => l.Hits > 0)));
        xml.WriteAttributeString("lines-valid", Number(all.Length));
        xml.WriteAttributeString("branches-covered", Number(Hit(all)));
        xml.WriteAttributeString("branches-valid", Number(all.Sum(l => 2 * l.Branches.Count)));
        xml.WriteAttributeString("complexity", "0");
        xml.WriteAttributeString("version", "xmega");
        xml.WriteAttributeString("timestamp", "0");
        xml.WriteStartElement("packages");
        xml.WriteStartElement("package");
        xml.WriteAttributeString("name", firmware);
        WriteRates(xml, all);
        xml.WriteAttributeString("complexity", "0");
        xml.WriteStartElement("classes");
        foreach (FileCoverage file in coverage.Files)
        {
            xml.WriteStartElement("class");
            xml.WriteAttributeString("name", Path.GetFileNameWithoutExtension(file.File));
            xml.WriteAttributeString("filename", file.File);
            WriteRates(xml, file.Lines);
            xml.WriteAttributeString("complexity", "0");
            xml.WriteStartElement("methods");
            foreach (FunctionCoverage function in file.Functions)
            {
                xml.WriteStartElement("method");
                xml.WriteAttributeString("name", function.Name);
                xml.WriteAttributeString("signature", "");
                xml.WriteAttributeString("line-rate", function.Calls > 0 ? "1" : "0");
                xml.WriteAttributeString("branch-rate", "0");
                xml.WriteStartElement("lines");
                WriteLine(xml, new LineCoverage(function.Line, function.Calls, 0, 0, []));
                xml.WriteEndElement();
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
            xml.WriteStartElement("lines");
            foreach (LineCoverage line in file.Lines) WriteLine(xml, line);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        xml.WriteEndDocument();
    }

    private static void WriteLine(XmlWriter xml, LineCoverage line)
    {
        xml.WriteStartElement("line");
        xml.WriteAttributeString("number", Number(line.Line));
        xml.WriteAttributeString("hits", Number(line.Hits));
        xml.WriteAttributeString("branch", line.Branches.Count > 0 ? "true" : "false");
        if (line.Branches.Count > 0)
        {
            int hit = Hit([line]), valid = 2 * line.Branches.Count;
            xml.WriteAttributeString("condition-coverage", FormattableString.Invariant($"{100 * hit / valid}% ({hit}/{valid})"));
        }

        xml.WriteEndElement();
    }

    private static void WriteRates(XmlWriter xml, IReadOnlyList<LineCoverage> lines)
    {
        xml.WriteAttributeString("line-rate", Rate(lines.Count(l => l.Hits > 0), lines.Count));
        xml.WriteAttributeString("branch-rate", Rate(Hit(lines), lines.Sum(l => 2 * l.Branches.Count)));
    }

    private static int Hit(IEnumerable<LineCoverage> lines) => lines.SelectMany(l => l.Branches).Sum(b => (b.Taken > 0 ? 1 : 0) + (b.NotTaken > 0 ? 1 : 0));

    private static string Rate(int hit, int of) => of == 0 ? "1" : ((decimal)hit / of).ToString("0.####", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
