using System.Globalization;
using System.Xml;

namespace Xmega.Workbench.Budgets;

/// <summary>Writes the results of budgets as JUnit XML, as CI services read it: a test case for each budget.</summary>
public static class JUnitFile
{
    /// <summary>Writes the file.</summary>
    /// <param name="results">The results.</param>
    /// <param name="suite">The suite's name.</param>
    /// <param name="stream">Where to; left open.</param>
    public static void Write(IReadOnlyList<BudgetResult> results, string suite, Stream stream)
    {
        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new System.Text.UTF8Encoding(false) });
        string tests = results.Count.ToString(CultureInfo.InvariantCulture), failures = results.Count(r => !r.IsKept).ToString(CultureInfo.InvariantCulture);
        xml.WriteStartElement("testsuites");
        xml.WriteAttributeString("tests", tests);
        xml.WriteAttributeString("failures", failures);
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", suite);
        xml.WriteAttributeString("tests", tests);
        xml.WriteAttributeString("failures", failures);
        foreach (BudgetResult result in results)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", suite);
            xml.WriteAttributeString("name", string.Create(CultureInfo.InvariantCulture, $"{result.Budget.Description} <= {result.Budget.Limit:0.####}"));
            if (!result.IsKept)
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", result.Problem);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }
}
