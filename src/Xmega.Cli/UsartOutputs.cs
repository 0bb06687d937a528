using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Xmega.Workbench.Connections;

namespace Xmega.Cli;

/// <summary>Where the bytes that USARTs send go, and for TCP ports and pseudo terminals come from.</summary>
internal sealed partial class UsartOutputs : IDisposable
{
    private readonly Dictionary<string, Stream?> _targets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HostLine> _lines = new(StringComparer.Ordinal);
    private readonly CancellationToken _cancellation;
    private readonly Stream? _default;
    private bool _endsWithNewline = true;

    /// <summary>Initializes a new instance of the <see cref="UsartOutputs"/> class.</summary>
    /// <param name="chip">The chip whose USARTs are meant.</param>
    /// <param name="targets">NAME=WHERE, as on the command line.</param>
    /// <param name="inputs">The senders at the chip's receivers, for what comes from the host.</param>
    /// <param name="toStandardOutput">Whether USARTs without a target go to stdout.</param>
    /// <param name="cancellation">Ends all waiting for the host.</param>
    public UsartOutputs(ATxmega128A1 chip, IEnumerable<string> targets, UsartInputs inputs, bool toStandardOutput, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        Stream stdout = Console.OpenStandardOutput();
        _default = toStandardOutput ? stdout : null;
        foreach (string text in targets)
        {
            (string name, string where) = Arguments.Pair("--usart", text, "NAME=WHERE, as in C0=-");
            string usart = FullName(chip, "--usart", name);
            if (where == "pty" || where.StartsWith("tcp:", StringComparison.Ordinal)) _ = new UsartPump(chip, Connect(usart, where), inputs.Sender(usart));
            else _targets[usart] = where == "-" ? _default : Arguments.CreateFile("--usart", where);
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
        if (_lines.TryGetValue(usart, out HostLine? line))
        {
            line.Put(value);
            return;
        }

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
        foreach ((string usart, HostLine line) in _lines)
        {
            line.Flush();
            if (line.GivenUp > 0) Terminal.Remark($"{usart}: the reader at {line.Place} took nothing for {line.Patience.TotalSeconds:0} seconds and was given up");
            if (line.Dropped > 0) Terminal.Remark($"{usart}: {line.Dropped} bytes found no reader at {line.Place} and were dropped");
        }
    }

    public void Dispose()
    {
        foreach (Stream? target in _targets.Values) target?.Dispose();
        foreach (HostLine line in _lines.Values) line.Dispose();
        _default?.Dispose();
    }

    // tcp:PORT, tcp:PORT,wait or pty; said on stderr, because the port and the terminal may be any that is free.
    private HostLine Connect(string usart, string where)
    {
        if (_lines.ContainsKey(usart)) throw new UsageException($"--usart: {usart} is connected twice");
        bool waits = where.EndsWith(",wait", StringComparison.Ordinal);
        HostLine line = Open(waits ? where[..^",wait".Length] : where);
        _lines.Add(usart, line);
        Terminal.Remark($"{usart}: {line.Place}");
        if (waits) line.WaitForReader();
        return line;
    }

    private HostLine Open(string where)
    {
        try
        {
            if (where == "pty") return new HostLine(() => new PseudoTerminal()) { Cancellation = _cancellation };
            return int.TryParse(where.AsSpan("tcp:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= ushort.MaxValue
                ? new HostLine(() => new TcpEndpoint(port)) { Cancellation = _cancellation }
                : throw new UsageException($"--usart: '{where}' has no port: write tcp:5000, or tcp:0 for any that is free");
        }
        catch (Exception e) when (e is SocketException or IOException or PlatformNotSupportedException)
        {
            throw new UsageException($"--usart: {where}: {e.Message}");
        }
    }

    [GeneratedRegex("^[C-F][01]$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ShortName();
}
