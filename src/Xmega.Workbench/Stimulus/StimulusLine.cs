using System.Globalization;
using System.Text;

namespace Xmega.Workbench.Stimulus;

/// <summary>A stimulus file, or a file it names, that cannot be read: one line that says file, line, column, what is wrong and what to do.</summary>
public sealed class StimulusFormatException(string fileName, int line, int column, string problem)
    : Exception($"{fileName}:{line}:{column}: {problem}");

/// <summary>A word of a line: text without blanks, or text in quotes with its escapes resolved.</summary>
/// <param name="Text">The text.</param>
/// <param name="Column">Where it begins; the first column is 1.</param>
/// <param name="Bytes">For text in quotes: its bytes, UTF-8 but for what \x names; else null.</param>
internal readonly record struct StimulusWord(string Text, int Column, byte[]? Bytes);

/// <summary>One line of a stimulus file, in words, without its comment.</summary>
internal sealed class StimulusLine
{
    private readonly string _text;
    private readonly string _fileName;
    private readonly int _number;
    private readonly int _end;
    private int _at;

    public StimulusLine(string text, string fileName, int number)
    {
        _text = text;
        _fileName = fileName;
        _number = number;
        var words = new List<StimulusWord>();
        while (true)
        {
            while (_at < text.Length && IsBlank(text[_at])) _at++;
            if (_at == text.Length || text[_at] == '#') break;
            words.Add(text[_at] == '"' ? Quoted() : Plain());
        }

        Words = words;
        _end = text[.._at].TrimEnd().Length + 1;
    }

    public IReadOnlyList<StimulusWord> Words { get; }

    /// <summary>The complaint about a word, or about the place after the last one where it is missing.</summary>
    public StimulusFormatException Wrong(int word, string problem) => At(word < Words.Count ? Words[word].Column : _end, problem);

    private static bool IsBlank(char c) => c is ' ' or '\t';

    private StimulusWord Plain()
    {
        int start = _at;
        while (_at < _text.Length && !IsBlank(_text[_at]) && _text[_at] != '#') _at++;
        return new StimulusWord(_text[start.._at], start + 1, null);
    }

    // From the opening quote to behind the closing one.
    private StimulusWord Quoted()
    {
        int start = _at++;
        var bytes = new List<byte>();
        int plain = _at; // where the part without escapes begins
        while (_at < _text.Length && _text[_at] != '"')
        {
            if (_text[_at++] != '\\') continue;
            bytes.AddRange(Encoding.UTF8.GetBytes(_text[plain..(_at - 1)]));
            bytes.Add(Escape());
            plain = _at;
        }

        if (_at == _text.Length) throw At(start + 1, "text without its closing quote");
        bytes.AddRange(Encoding.UTF8.GetBytes(_text[plain..(_at++)]));
        return new StimulusWord(Encoding.UTF8.GetString([.. bytes]), start + 1, [.. bytes]);
    }

    private byte Escape()
    {
        const string Advice = @"after \ comes n, r, t, 0, \, "" or x with two hexadecimal digits";
        int column = _at; // of the backslash
        char escape = _at < _text.Length ? _text[_at++] : ' ';
        if (escape == 'x' && _at + 2 <= _text.Length && byte.TryParse(_text.AsSpan(_at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            _at += 2;
            return value;
        }

        return escape switch
        {
            'n' => (byte)'\n',
            'r' => (byte)'\r',
            't' => (byte)'\t',
            '0' => 0,
            '\\' or '"' => (byte)escape,
            _ => throw At(column, Advice),
        };
    }

    private StimulusFormatException At(int column, string problem) => new(_fileName, _number, column, problem);
}
