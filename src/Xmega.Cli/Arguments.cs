using System.CommandLine;
using System.Globalization;
using System.Text;
using Xmega.Firmware;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;

namespace Xmega.Cli;

/// <summary>Arguments that several commands share, and how their texts are read.</summary>
internal static class Arguments
{
    public static Argument<string> Firmware() => new("FIRMWARE") { Description = ".hex or .elf, told apart by content" };

    public static Option<bool> Json() => new("--json") { Description = "one JSON object on stdout" };

    /// <summary>Whether a flag is given. As an object: of the library's ways to a boolean nothing is compiled ahead of time.</summary>
    public static bool IsSet(this ParseResult result, Option<bool> flag) => result.GetResult(flag)?.GetValueOrDefault<object>() is true;

    public static Option<EmulatedTime?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (EmulatedTime.TryParse(text, out EmulatedTime? time)) return time;
            result.AddError($"{name}: '{text}' is not a time: write 250ns, 10us, 5ms, 2s or 1500cycles");
            return null;
        },
    };

    public static FirmwareImage LoadFirmware(string path) => FirmwareImage.Load(ReadBytes(path, "name a .hex or .elf file"), path);

    // For commands whose output has no place for remarks on the file.
    public static FirmwareImage LoadFirmwareAndSayNotices(string path)
    {
        FirmwareImage image = LoadFirmware(path);
        foreach (string notice in image.Notices) Terminal.Remark(" " + notice, "notice:", "yellow");
        return image;
    }

    public static string ReadText(string option, string path) => Encoding.UTF8.GetString(ReadBytes(path, $"{option} names a text file")).TrimStart('\uFEFF');

    // A whole file, or one line that says why not.
    public static byte[] ReadBytes(string path, string advice)
    {
        if (!File.Exists(path)) throw new UsageException($"{path}: {(Directory.Exists(path) ? "is a directory" : "no such file")}; {advice}");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: cannot be read: {e.Message}");
        }
    }

    public static Pin Pin(ATxmega128A1 chip, string option, string name) =>
        chip.FindPin(name) ?? throw new UsageException($"{option}: no pin '{name}'; pins are PORTA.PIN0 to PORTR.PIN1, see 'xmega signals PORT*'");

    public static Signal Signal(ATxmega128A1 chip, FirmwareImage image, string option, string name) =>
        SignalNames.Find(chip, image, name) ?? throw new UsageException($"{option}: no signal '{name}'{Suggestion(chip, name)}; see 'xmega signals'");

    // SIGNAL or SIGNAL=VALUE.
    public static SignalCondition Condition(ATxmega128A1 chip, FirmwareImage image, string option, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        Signal signal = Signal(chip, image, option, equals < 0 ? text : text[..equals]);
        if (equals < 0) return new SignalCondition(signal, null);
        string value = text[(equals + 1)..];
        if (value is "z" or "Z" && signal.Kind == SignalKind.Bit) return new SignalCondition(signal, (long)LogicLevel.Floating);
        int number = Number($"{option} {signal.Name}", value);
        if (number > (int)LogicLevel.Floating && signal.Kind == SignalKind.Bit) throw new UsageException($"{option}: '{value}' is not a level of {signal.Name}: write 0, 1 or z");
        return new SignalCondition(signal, number);
    }

    public static int Number(string option, string text) =>
        TryNumber(text, out int value) ? value : throw new UsageException($"{option}: '{text}' is not a number: write 512 or 0x200");

    public static bool TryNumber(string text, out int value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    // NAME=VALUE, both present.
    public static (string Name, string Value) Pair(string option, string text, string form)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < text.Length - 1
            ? (text[..equals], text[(equals + 1)..])
            : throw new UsageException($"{option}: '{text}' is not of the form {form}");
    }

    private static string Suggestion(ATxmega128A1 chip, string name)
    {
        string? near = chip.Signals.All.Select(s => s.Name).OrderBy(n => Distance(n, name)).FirstOrDefault();
        return near is not null && Distance(near, name) <= 3 ? $", did you mean {near}?" : "";
    }

    // How many letters must be changed, added or left out (Levenshtein).
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    /// <summary>Creates the file that an option names.</summary>
    /// <param name="option">The option, as it is written.</param>
    /// <param name="path">The file.</param>
    /// <returns>The file, empty.</returns>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static FileStream CreateFile(string option, string path)
    {
        try
        {
            return File.Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string why = Directory.Exists(path) ? "it is a directory" : e is DirectoryNotFoundException ? "its directory does not exist" : e is UnauthorizedAccessException ? "no permission" : e.Message;
            throw new UsageException($"{option}: cannot write '{path}': {why}");
        }
    }
}
