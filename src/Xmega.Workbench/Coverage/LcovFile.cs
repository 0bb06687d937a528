using System.Globalization;

namespace Xmega.Workbench.Coverage;

/// <summary>Writes coverage as an lcov tracefile (geninfo(1)), which genhtml and most CI services read.</summary>
public static class LcovFile
{
    /// <summary>Writes the file.</summary>
    /// <param name="coverage">The coverage.</param>
    /// <param name="output">Where to.</param>
    public static void Write(FirmwareCoverage coverage, TextWriter output)
    {
        foreach (FileCoverage file in coverage.Files)
        {
            Line($"TN:");
            Line($"SF:{file.File}");
            foreach (FunctionCoverage function in file.Functions) Line($"FN:{function.Line},{function.Name}");
            foreach (FunctionCoverage function in file.Functions) Line($"FNDA:{function.Calls},{function.Name}");
            Line($"FNF:{file.Functions.Count}");
            Line($"FNH:{file.Functions.Count(f => f.Calls > 0)}");
            int branches = 0, hit = 0;
            foreach (LineCoverage line in file.Lines)
            {
                for (int block = 0; block < line.Branches.Count; block++)
                {
                    BranchCoverage branch = line.Branches[block];
                    bool reached = branch.Taken + branch.NotTaken > 0;
                    Line($"BRDA:{line.Line},{block},0,{(reached ? branch.Taken.ToString(CultureInfo.InvariantCulture) : "-")}");
                    Line($"BRDA:{line.Line},{block},1,{(reached ? branch.NotTaken.ToString(CultureInfo.InvariantCulture) : "-")}");
                    branches += 2;
                    hit += (branch.Taken > 0 ? 1 : 0) + (branch.NotTaken > 0 ? 1 : 0);
                }
            }

            Line($"BRF:{branches}");
            Line($"BRH:{hit}");
            foreach (LineCoverage line in file.Lines) Line($"DA:{line.Line},{line.Hits}");
            Line($"LF:{file.Lines.Count}");
            Line($"LH:{file.Lines.Count(l => l.Hits > 0)}");
            Line($"end_of_record");
        }

        void Line(FormattableString text) => output.Write(text.ToString(CultureInfo.InvariantCulture) + "\n");
    }
}
