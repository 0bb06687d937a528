using Xmega.TestSupport;
using Xmega.Workbench.Running;
using Xunit;

namespace Xmega.Firmware.Tests;

/// <summary>The README's example of a chip in a C# program, compiled and run.</summary>
public class EmbeddingExample
{
    [Fact]
    public void The_readme_shows_this_files_example_and_it_works()
    {
        string hex = Path.Combine(AppContext.BaseDirectory, "firmware-samples", "hello-usart", "hello-usart.hex");
        using var output = new StringWriter();
        TextWriter console = Console.Out;
        Console.SetOut(output);
        try
        {
            Example(hex);
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.StartsWith("Hello from an ATxmega128A1\n", output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains(" cycles, PC3 is High", output.ToString(), StringComparison.Ordinal);

        string[] source = File.ReadAllLines(Path.Combine(Readme.Repository, "tests", "Firmware", "EmbeddingExample.cs"));
        IEnumerable<string> lines = source.SkipWhile(l => l != "    // example").Skip(2).TakeWhile(l => l != "    }").Skip(1);
        string code = string.Join("\n", lines.Select(l => l.Length > 8 ? l[8..] : l));
        Readme.Holds("embedding", $"```csharp\nusing Xmega;\nusing Xmega.Firmware;\nusing Xmega.Workbench.Running;\n\n{code}\n```\n");
    }

    // example
    private static void Example(string path)
    {
        var chip = new ATxmega128A1();
        var firmware = FirmwareImage.Load(File.ReadAllBytes(path), path);
        chip.Load(firmware);
        var run = new FirmwareRun(chip, firmware, new RunOptions
        {
            Timeout = EmulatedTime.FromSeconds(5),
            UsartByte = (usart, value) => Console.Write((char)value),
        }).Run();
        Console.WriteLine($"{run.Stop} after {run.Cycles} cycles, PC3 is {chip.FindPin("PORTC.PIN3")!.Level}");
    }
}
