using System.Globalization;
using Xmega.Ports;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Stimulus;

/// <summary>A stimulus file that cannot be read: one line that says file, line, column, what is wrong and what to do.</summary>
public sealed class StimulusFormatException(string fileName, int line, int column, string problem)
    : Exception($"{fileName}:{line}:{column}: {problem}");

/// <summary>What a stimulus does, in order: waits, settings of pins, loops.</summary>
/// <param name="Kind">What kind of step.</param>
/// <param name="Picoseconds">For a wait: since the start of the run, or since the step before.</param>
/// <param name="Pin">For a setting: which pin.</param>
/// <param name="Drive">For a setting: what is done to it.</param>
/// <param name="Count">For a loop: how often in all.</param>
public sealed record StimulusStep(StimulusStepKind Kind, long Picoseconds, Pin? Pin, PinDrive Drive, long Count);

/// <summary>Kinds of <see cref="StimulusStep"/>.</summary>
public enum StimulusStepKind
{
    /// <summary>Waits until a time after the start of the run.</summary>
    WaitUntil,

    /// <summary>Waits for a time.</summary>
    WaitFor,

    /// <summary>Sets a pin.</summary>
    Set,

    /// <summary>Begins a loop.</summary>
    Repeat,

    /// <summary>Ends a loop.</summary>
    End,
}

/// <summary>
/// Reads inputs over time, a line each: <c>TIME PIN LEVEL</c>. TIME counts from the start of the run, or with a + from
/// the line before; LEVEL is 0, 1 or z; <c>repeat N</c> … <c>end</c> does the lines between N times, which then all need
/// a +. Everything after # is a comment.
/// </summary>
public static class StimulusFile
{
    // A loop that takes no time would never end.
    private const long ShortestInLoop = 1000;

    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Reads a file.</summary>
    /// <param name="text">Its content.</param>
    /// <param name="fileName">Its name, for messages.</param>
    /// <param name="findPin">Finds a pin by name; null for a name that is none.</param>
    /// <returns>The steps.</returns>
    /// <exception cref="StimulusFormatException">The file is not of this form.</exception>
    public static IReadOnlyList<StimulusStep> Parse(string text, string fileName, Func<string, Pin?> findPin)
    {
        var steps = new List<StimulusStep>();
        var open = new Stack<(int Line, Int128 Begin, long Count)>();
        Int128 last = 0; // loops in loops add up to more than a long holds
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int n = 0; n < lines.Length; n++)
        {
            string line = lines[n].Split('#')[0];
            (string Text, int Column)[] words = [.. Words(line)];
            if (words.Length == 0) continue;
            StimulusFormatException Wrong(int word, string problem) =>
                new(fileName, n + 1, word < words.Length ? words[word].Column : line.TrimEnd().Length + 1, problem);

            switch (words[0].Text)
            {
                case "repeat":
                    if (words.Length != 2 || !long.TryParse(words[1].Text, NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count < 1)
                        throw Wrong(1, "repeat needs a whole number above 0, as in 'repeat 100'");
                    open.Push((n + 1, last, count));
                    steps.Add(new StimulusStep(StimulusStepKind.Repeat, 0, null, default, count));
                    continue;
                case "end":
                    if (words.Length != 1) throw Wrong(1, "nothing may follow end");
                    if (!open.TryPop(out (int Line, Int128 Begin, long Count) loop)) throw Wrong(0, "end without repeat before it");
                    if (steps[^1].Kind == StimulusStepKind.Repeat) throw Wrong(0, "nothing to repeat before this end");
                    last = After(loop.Begin, loop.Count * (last - loop.Begin));
                    steps.Add(new StimulusStep(StimulusStepKind.End, 0, null, default, 0));
                    continue;
            }

            bool relative = words[0].Text.StartsWith('+');
            if (!EmulatedTime.TryParse(relative ? words[0].Text[1..] : words[0].Text, out EmulatedTime time, orZero: true) && words[0].Text is not ("0" or "+0"))
                throw Wrong(0, $"'{words[0].Text}' is not a time: write 10us, or +10us to count from the line before");
            if (time.InCycles) throw Wrong(0, "the world outside does not know the chip's cycles: write the time in ns, us, ms or s");
            if (!relative && open.Count > 0) throw Wrong(0, "inside repeat a time counts from the line before: write +" + words[0].Text);
            if (open.Count > 0 && time.Amount < ShortestInLoop) throw Wrong(0, "inside repeat a line waits at least 1ns");
            if (!relative && time.Amount < last) throw Wrong(0, $"{words[0].Text} is before the line above: times must not go back");
            if (words.Length != 3) throw Wrong(Math.Min(words.Length, 3), "a line is TIME PIN LEVEL, as in '10us PORTC.PIN0 1'");
            Pin pin = findPin(words[1].Text) ?? throw Wrong(1, $"no pin '{words[1].Text}'; pins are PORTA.PIN0 to PORTR.PIN1");
            PinDrive drive = words[2].Text switch
            {
                "0" => PinDrive.Strong(false),
                "1" => PinDrive.Strong(true),
                "z" or "Z" => PinDrive.None,
                _ => throw Wrong(2, $"'{words[2].Text}' is not a level: write 0, 1 or z"),
            };

            last = relative ? After(last, time.Amount) : time.Amount;
            steps.Add(new StimulusStep(relative ? StimulusStepKind.WaitFor : StimulusStepKind.WaitUntil, time.Amount, null, default, 0));
            steps.Add(new StimulusStep(StimulusStepKind.Set, 0, pin, drive, 0));
        }

        if (open.TryPeek(out (int Line, Int128 Begin, long Count) begun)) throw new StimulusFormatException(fileName, begun.Line, 1, "repeat without end");
        return steps;
    }

    // Past the end of emulated time it does not matter by how much.
    private static Int128 After(Int128 time, Int128 span) => Int128.Min(time + span, long.MaxValue);

    private static IEnumerable<(string Text, int Column)> Words(string line)
    {
        int at = 0;
        while (true)
        {
            while (at < line.Length && Blanks.Contains(line[at])) at++;
            if (at == line.Length) yield break;
            int start = at;
            while (at < line.Length && !Blanks.Contains(line[at])) at++;
            yield return (line[start..at], start + 1);
        }
    }
}
