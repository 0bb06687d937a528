using System.Text;
using System.Xml.Linq;
using Xmega.Firmware;
using Xmega.Workbench.Budgets;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Running;
using Xmega.Workbench.Tests.Support;
using Xunit;

namespace Xmega.Workbench.Tests.Profiling;

/// <summary>Budgets: a limit holds or breaks at exactly its number, and one about nothing is no pass.</summary>
public class BudgetTests
{
    private static readonly FirmwareImage Firmware = Programs.Fixture("profiled.elf");

    [Theory]
    [InlineData("[[budget]]\nfunction = \"leaf\"\nmax_cycles = ", 71)]
    [InlineData("[[budget]]\nfunction = \"recursive\"\nstack_bytes = ", 24)]
    [InlineData("[[budget]]\ninterrupt = \"TCC0_OVF\"\nmax_latency = ", 9)]
    [InlineData("[[budget]]\ninterrupt = \"TCC0_OVF\"\nmax_cycles = ", 43)]
    [InlineData("[[budget]]\ninterrupt = \"TCC0_OVF\"\nstack_bytes = ", 8)]
    [InlineData("[[budget]]\nfrom = \"PMIC.TCC0_OVF.REQUEST=1\"\nto = \"PMIC.TCC0_OVF=1\"\nmax_latency = ", 6)]
    [InlineData("stack_bytes = ", 48)]
    [InlineData("max_cycles = ", 1563)]
    public void A_limit_is_kept_at_its_number_and_broken_one_below(string budget, int measured)
    {
        Assert.True(Assert.Single(Check(budget + measured)).IsKept);
        BudgetResult broken = Assert.Single(Check(budget + (measured - 1)));
        Assert.False(broken.IsKept);
        Assert.Equal($"{measured} is more than {measured - 1}", broken.Problem);
    }

    [Fact]
    public void Load_is_a_share()
    {
        Assert.True(Assert.Single(Check("cpu_load = 0.71")).IsKept);
        Assert.False(Assert.Single(Check("cpu_load = 0.70")).IsKept);
    }

    [Theory]
    [InlineData("[[budget]]\nfunction = \"never\"\nmax_cycles = 1000")]
    [InlineData("[[budget]]\ninterrupt = \"TCC1_OVF\"\nmax_latency = 1000")]
    [InlineData("[[budget]]\nfrom = \"PORTC.PIN0=1\"\nto = \"PORTC.PIN1=1\"\nmax_latency = 1000")]
    public void A_budget_for_what_never_happened_is_broken(string budget)
    {
        BudgetResult result = Assert.Single(Check(budget));
        Assert.False(result.IsKept);
        Assert.Equal("never happened in this run", result.Problem);
    }

    [Theory]
    [InlineData("", "b.toml:1: no budget: ")]
    [InlineData("[[budget]\n", "b.toml:1: not TOML: ")]
    [InlineData("[[limit]]\nmax_cycles = 1", "b.toml:1: unknown table 'limit': ")]
    [InlineData("[[budget]]\nfunction = \"leaf\"\nmax_cycle = 1", "b.toml:3: unknown key 'max_cycle': ")]
    [InlineData("[[budget]]\nfunction = 7\nmax_cycles = 1", "b.toml:2: function takes a name in quotes")]
    [InlineData("[[budget]]\nfunction = \"leaf\"\nmax_cycles = \"7\"", "b.toml:3: max_cycles takes a number that is not negative")]
    [InlineData("[[budget]]\nfunction = \"leaf\"\nmax_cycles = 7.5", "b.toml:3: max_cycles takes a whole number")]
    [InlineData("[[budget]]\nfunction = \"leaf\"\nmax_latency = 7", "b.toml:3: max_latency is no limit of a function: ")]
    [InlineData("[[budget]]\nfunction = \"leaf\"\ninterrupt = \"TCC0_OVF\"\nmax_cycles = 7", "b.toml:1: a budget is about a function, ")]
    [InlineData("[[budget]]\nfrom = \"PORTC.PIN0\"\nmax_latency = 7", "b.toml:1: a budget is about a function, ")]
    [InlineData("\n[[budget]]\nfunction = \"leaf\"", "b.toml:2: a budget without a limit: ")]
    [InlineData("cpu_load = 35", "b.toml:1: cpu_load is a share, 0 to 1: ")]
    [InlineData("[[budget]]\nfunction = \"no_such\"\nmax_cycles = 7", "b.toml:3: the firmware has no function 'no_such'")]
    [InlineData("[[budget]]\ninterrupt = \"TCC9_OVF\"\nmax_cycles = 7", "b.toml:3: no interrupt 'TCC9_OVF': ")]
    public void What_cannot_be_used_is_said_with_its_line(string text, string message)
    {
        string said = Assert.Throws<BudgetFormatException>(() => Check(text)).Message;
        Assert.StartsWith(message, said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
    }

    [Fact]
    public void JUnit_has_a_case_for_each_budget()
    {
        var stream = new MemoryStream();
        JUnitFile.Write(Check("stack_bytes = 48\nmax_cycles = 10"), "fw.elf", stream);
        XElement suite = XDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).Root!.Element("testsuite")!;
        Assert.Equal(("2", "1"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value));
        XElement[] cases = [.. suite.Elements("testcase")];
        Assert.Equal("stack bytes <= 48", cases[0].Attribute("name")!.Value);
        Assert.Null(cases[0].Element("failure"));
        Assert.Equal("1563 is more than 10", cases[1].Element("failure")!.Attribute("message")!.Value);
    }

    private static IReadOnlyList<BudgetResult> Check(string text)
    {
        ATxmega128A1 chip = Programs.Chip(Firmware);
        var check = new BudgetCheck(chip, Firmware, BudgetFile.Parse(text, "b.toml"), "b.toml", condition =>
        {
            string[] parts = condition.Split('=');
            return new SignalCondition(chip.Signals.Find(parts[0])!, parts.Length > 1 ? long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : null);
        });
        var profiler = new Profiler(chip, Firmware);
        new FirmwareRun(chip, Firmware, new RunOptions { Observers = [profiler] }).Run();
        return check.Finish(profiler.Finish());
    }
}
