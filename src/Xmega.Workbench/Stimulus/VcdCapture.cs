using System.Globalization;
using Xmega.Ports;

namespace Xmega.Workbench.Stimulus;

/// <summary>
/// Some wires of a Value Change Dump (IEEE 1364, clause 18), as a logic analyser or <c>xmega run --vcd</c> writes it:
/// when each changed, and to what.
/// </summary>
public sealed class VcdCapture
{
    private static readonly (string Unit, decimal Picoseconds)[] Units = [("fs", 0.001m), ("ps", 1), ("ns", 1_000), ("us", 1_000_000), ("ms", 1_000_000_000), ("s", 1_000_000_000_000)];

    private readonly string _fileName;
    private readonly TextReader _reader;
    private readonly string[] _wires;
    private readonly Dictionary<string, List<(int Wire, int Bit)>> _wanted = new(StringComparer.Ordinal);
    private readonly List<(long Picoseconds, int Wire, LogicLevel Level)> _changes = [];
    private string _line = "";
    private int _lineNumber;
    private int _at;
    private int _column;

    private VcdCapture(string fileName, TextReader reader, string[] wires)
    {
        _fileName = fileName;
        _reader = reader;
        _wires = wires;
    }

    /// <summary>Gets the changes in order: picoseconds since the start of the capture, which wire of those asked for, and its level; x counts as z.</summary>
    public IReadOnlyList<(long Picoseconds, int Wire, LogicLevel Level)> Changes => _changes;

    /// <summary>Reads a capture.</summary>
    /// <param name="reader">The dump.</param>
    /// <param name="fileName">Its name, for messages.</param>
    /// <param name="wires">The wires to take: <c>NAME</c>, or <c>SCOPE.NAME</c> where the name alone is not enough, and <c>[3]</c> behind it for a bit of a bus.</param>
    /// <returns>The capture.</returns>
    /// <exception cref="StimulusFormatException">The dump is not of this form, or has no such wire.</exception>
    public static VcdCapture Read(TextReader reader, string fileName, params string[] wires)
    {
        var capture = new VcdCapture(fileName, reader, wires);
        decimal unit = capture.ReadDeclarations();
        capture.ReadChanges(unit);
        return capture;
    }

    private StimulusFormatException Wrong(string problem) => new(_fileName, _lineNumber, _column, problem);

    // Words of any number of lines; null at the end.
    private string? Next()
    {
        while (true)
        {
            while (_at < _line.Length && char.IsWhiteSpace(_line[_at])) _at++;
            if (_at < _line.Length) break;
            if (_reader.ReadLine() is not { } line) return null;
            _line = line;
            _lineNumber++;
            _at = 0;
        }

        int start = _at;
        _column = start + 1;
        while (_at < _line.Length && !char.IsWhiteSpace(_line[_at])) _at++;
        return _line[start.._at];
    }

    private string[] ToEnd(string keyword)
    {
        (int line, int column) = (_lineNumber, _column);
        var words = new List<string>();
        while (Next() is { } word)
        {
            if (word == "$end") return [.. words];
            words.Add(word);
        }

        throw new StimulusFormatException(_fileName, line, column, $"{keyword} without $end");
    }

    // Picoseconds of a time unit.
    private decimal ReadDeclarations()
    {
        decimal unit = 1_000;
        var scopes = new List<string>();
        var found = new string?[_wires.Length]; // the identifier of each wire
        while (true)
        {
            string? keyword = Next();
            if (keyword is null) throw Wrong("the file ends before $enddefinitions: is it a VCD?");
            if (!keyword.StartsWith('$')) throw Wrong($"'{keyword}' is not a declaration of a VCD: they begin with $");
            string[] words = ToEnd(keyword);
            switch (keyword)
            {
                case "$timescale":
                    unit = Unit(string.Concat(words));
                    break;
                case "$scope":
                    scopes.Add(words.Length > 1 ? words[1] : "");
                    break;
                case "$upscope" when scopes.Count > 0:
                    scopes.RemoveAt(scopes.Count - 1);
                    break;
                case "$var":
                    if (words.Length < 4 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int width)) throw Wrong("$var needs type, width, identifier and name");
                    Declare(scopes, width, words[2], string.Concat(words.Skip(3)), found);
                    break;
                case "$enddefinitions":
                    int missing = Array.IndexOf(found, null);
                    if (missing >= 0) throw Wrong($"no wire '{_wires[missing]}' is declared above");
                    return unit;
            }
        }
    }

    private void Declare(List<string> scopes, int width, string identifier, string name, string?[] found)
    {
        // A bus may be declared with its range behind the name: data[7:0].
        int range = name.IndexOf('[', StringComparison.Ordinal);
        string bare = width > 1 && range > 0 ? name[..range] : name;
        string full = string.Join('.', [.. scopes.Where(s => s.Length > 0), bare]);
        for (int i = 0; i < _wires.Length; i++)
        {
            int bit = 0;
            string wanted = _wires[i];
            int index = wanted.EndsWith(']') ? wanted.LastIndexOf('[') : -1;
            if (width > 1 && index > 0 && int.TryParse(wanted.AsSpan(index + 1, wanted.Length - index - 2), NumberStyles.None, CultureInfo.InvariantCulture, out bit)) wanted = wanted[..index];
            if (!bare.Equals(wanted, StringComparison.OrdinalIgnoreCase) && !full.Equals(wanted, StringComparison.OrdinalIgnoreCase) && !full.EndsWith("." + wanted, StringComparison.OrdinalIgnoreCase)) continue;
            if (found[i] is { } other && other != identifier) throw Wrong($"'{_wires[i]}' names more than one wire: write it with its scope, as in '{full}'");
            if (bit >= width || (width > 1 && index < 0)) throw Wrong($"'{bare}' has {width} bits: name one of them, as in '{bare}[{width - 1}]'");
            found[i] = identifier;
            if (!_wanted.TryGetValue(identifier, out List<(int, int)>? targets)) _wanted.Add(identifier, targets = []);
            if (!targets.Contains((i, bit))) targets.Add((i, bit));
        }
    }

    private decimal Unit(string text)
    {
        string number = new([.. text.TakeWhile(char.IsAsciiDigit)]);
        foreach ((string name, decimal picoseconds) in Units)
            if (text[number.Length..] == name && number is "1" or "10" or "100") return picoseconds * int.Parse(number, CultureInfo.InvariantCulture);
        throw Wrong($"'{text}' is not a time scale: 1, 10 or 100 and fs, ps, ns, us, ms or s");
    }

    private void ReadChanges(decimal unit)
    {
        decimal time = 0;
        while (Next() is { } word)
        {
            switch (word[0])
            {
                case '#':
                    if (!decimal.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out decimal ticks) || ticks * unit > long.MaxValue) throw Wrong($"'{word}' is not a time");
                    if (ticks * unit < time) throw Wrong($"time goes back at '{word}'");
                    time = ticks * unit;
                    break;
                case '$':
                    if (word == "$comment") ToEnd(word);
                    break; // $dumpvars, $dumpall and the rest only bracket values
                case 'b' or 'B':
                    Change(time, word[1..], Next() ?? throw Wrong("a value without its identifier"));
                    break;
                case 'r' or 'R' or 's' or 'S':
                    if (Next() is not { } unused || _wanted.ContainsKey(unused)) throw Wrong("a number is not the level of a wire");
                    break;
                case '0' or '1' or 'x' or 'X' or 'z' or 'Z' when word.Length > 1:
                    Change(time, word[..1], word[1..]);
                    break;
                default:
                    throw Wrong($"'{word}' is not a change of a value");
            }
        }
    }

    // A value shorter than its bus is filled up on the left: with its first digit where that is x or z, else with 0.
    private void Change(decimal time, string value, string identifier)
    {
        if (!_wanted.TryGetValue(identifier, out List<(int Wire, int Bit)>? targets)) return;
        foreach ((int wire, int bit) in targets)
        {
            char digit = value.Length > bit ? value[^(bit + 1)] : value is ['x' or 'X' or 'z' or 'Z', ..] ? 'z' : '0';
            LogicLevel level = digit switch
            {
                '0' => LogicLevel.Low,
                '1' => LogicLevel.High,
                'x' or 'X' or 'z' or 'Z' => LogicLevel.Floating,
                _ => throw Wrong($"'{value}' is not a binary value"),
            };
            _changes.Add(((long)time, wire, level));
        }
    }
}
