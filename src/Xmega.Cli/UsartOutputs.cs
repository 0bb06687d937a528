using System.Text.RegularExpressions;

namespace Xmega.Cli;

/// <summary>Where the bytes that USARTs send go: stdout, or a file each.</summary>
internal sealed partial class UsartOutputs : IDisposable
{
    private readonly Dictionary<string, Stream?> _targets = new(StringComparer.Ordinal);
    private readonly Stream? _default;
    private bool _endsWithNewline = true;

    /// <summary>Initializes a new instance of the <see cref="UsartOutputs"/> class.</summary>
    /// <param name="chip">The chip whose USARTs are meant.</param>
    /// <param name="targets">NAME=WHERE, as on the command line.</param>
    /// <param name="toStandardOutput">Whether USARTs without a target go to stdout.</param>
    public UsartOutputs(ATxmega128A1 chip, IEnumerable<string> targets, bool toStandardOutput)
    {
        Stream stdout = Console.OpenStandardOutput();
        _default = toStandardOutput ? stdout : null;
        foreach (string text in targets)
        {
            (string name, string where) = Arguments.Pair("--usart", text, "NAME=WHERE, as in C0=-");
            string usart = FullName(chip, "--usart", name);
            if (where.StartsWith("tcp:", StringComparison.Ordinal) || where == "pty")
                throw new UsageException($"--usart: '{where}' is not available in this version: write - or a file name");
            _targets[usart] = where == "-" ? _default : File.Create(where);
        }
    }

    /// <summary>Gets a value indicating whether nobody reads stdout any more.</summary>
    public bool ReaderGone { get; private set; }

    /// <summary>Gets or sets what is done before text reaches the terminal.</summary>
    public Action? BeforeText { get; set; }

    /// <summary>The full name of a USART from what people write: C0, USARTC0.</summary>
    public static string FullName(ATxmega128A1 chip, string option, string name)
    {
        string full = ShortName().IsMatch(name) ? "USART" + name.ToUpperInvariant() : name.ToUpperInvariant();
        return chip.Signals.Find(full + ".TX") is not null ? full : throw new UsageException($"{option}: no USART '{name}': write C0, C1, D0, D1, E0, E1, F0 or F1");
    }

    /// <summary>Takes a byte that a USART sent.</summary>
    public void Write(string usart, byte value)
    {
        Stream? target = _targets.TryGetValue(usart, out Stream? chosen) ? chosen : _default;
        if (target is null) return;
        try
        {
            if (target == _default)
            {
                if (ReaderGone) return;
                BeforeText?.Invoke();
                _endsWithNewline = value == '\n';
            }

            target.WriteByte(value);
        }
        catch (IOException e) when (CommandLineHost.IsBrokenPipe(e))
        {
            ReaderGone = true;
        }
    }

    /// <summary>Ends the text on stdout with a new line, so that what follows stands alone.</summary>
    public void Finish()
    {
        if (!_endsWithNewline) _default?.WriteByte((byte)'\n');
        foreach (Stream? target in _targets.Values) target?.Flush();
    }

    public void Dispose()
    {
        foreach (Stream? target in _targets.Values) target?.Dispose();
        _default?.Dispose();
    }

    [GeneratedRegex("^[C-F][01]$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ShortName();
}
