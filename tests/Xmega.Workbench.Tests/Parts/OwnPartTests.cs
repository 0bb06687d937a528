using Xmega.TestSupport;
using Xunit;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>The part that the Workbench's README shows.</summary>
public class OwnPartTests
{
    [Fact]
    public void The_ranger_of_the_README_measures_for_firmware()
    {
        // PD0 is TRIG, PD1 ECHO; counts rounds of six cycles, 3 µs, while ECHO is high.
        ATxmega128A1 chip = AssemblyProgram.Chip(
            "ldi r16, 1", "sts 0x0660, r16", "sts 0x0665, r16", "sts 0x0666, r16",
            "wait:", "lds r17, 0x0668", "sbrs r17, 1", "rjmp wait",
            "count:", "adiw r24, 1", "lds r17, 0x0668", "sbrc r17, 1", "rjmp count", "break");
        _ = new UltrasonicRanger(chip, chip.FindPin("PORTD.PIN0")!, chip.FindPin("PORTD.PIN1")!) { Centimetres = 30 };
        AssemblyProgram.Run(chip);
        int rounds = chip.Register(24) | (chip.Register(25) << 8);
        Assert.InRange(rounds, 30 * 58 * 2 / 8, 30 * 58 * 2 / 6);
    }

    [Fact]
    public void The_README_shows_the_part_that_is_tested()
    {
        string code = File.ReadAllText(Path.Combine(Readme.Repository, "tests", "Xmega.Workbench.Tests", "Parts", "UltrasonicRanger.cs")).ReplaceLineEndings("\n");
        string shown = code[code.IndexOf("public sealed class", StringComparison.Ordinal)..].TrimEnd();
        string readme = File.ReadAllText(Path.Combine(Readme.Repository, "src", "Xmega.Workbench", "README.md")).ReplaceLineEndings("\n");
        Assert.Contains($"\n{shown}\n```", readme, StringComparison.Ordinal);
    }
}
