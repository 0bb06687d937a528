using System.Globalization;
using System.Text;
using Xmega.Signals;

namespace Xmega.Workbench.Recording;

/// <summary>
/// Writes watched signals as a Value Change Dump (IEEE 1364, clause 18) that GTKWave and sigrok open. One-bit wires are
/// declared first, in scopes by module; times are emulated nanoseconds; two runs of the same give the same bytes.
/// </summary>
public sealed class VcdRecorder : ISignalProbe, IDisposable
{
    /// <summary>Bytes after which recording ends with a notice: no firmware can fill the disk.</summary>
    public const long DefaultLimit = 256 * 1024 * 1024;

    /// <summary>Happenings up to this width are drawn as a wire that is high for one cycle; wider ones as a bus that keeps the value.</summary>
    private const int WidestPulse = 2;

    private const long PicosecondsInUnit = 1000;

    private readonly ATxmega128A1 _chip;
    private readonly TextWriter _writer;
    private readonly long _limit;
    private readonly Dictionary<Signal, Variable> _variables = [];
    private readonly List<Variable> _raised = []; // pulses that have not fallen yet, in the order of their fall
    private long _time = -1;
    private long _written;
    private bool _full;

    /// <summary>Initializes a new instance of the <see cref="VcdRecorder"/> class, which begins to record at once.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="signals">What to record.</param>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="limit">Bytes after which recording ends.</param>
    public VcdRecorder(ATxmega128A1 chip, IEnumerable<Signal> signals, Stream stream, long limit = DefaultLimit)
    {
        _chip = chip;
        _limit = limit;
        _writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        Signal[] ordered = [.. signals.OrderBy(s => IsWire(s) ? 0 : 1)];
        for (int i = 0; i < ordered.Length; i++) _variables.Add(ordered[i], new Variable(Identifier(i)));
        WriteHeader(ordered);
        foreach (Signal signal in ordered) signal.Watch(this);
    }

    /// <summary>Gets a value indicating whether the limit ended the recording.</summary>
    public bool IsTruncated => _full;

    /// <summary>Ends the recording at the chip's present cycle.</summary>
    public void Dispose()
    {
        // A CPU that stopped leaves what is due in the cycles of its last instruction still to happen.
        if (_chip.Services.Schedule.Now < _chip.Cycle - 1) _chip.Services.Schedule.AdvanceTo(_chip.Cycle - 1);
        foreach (Signal signal in _variables.Keys) signal.Unwatch(this);
        LowerPulses(long.MaxValue);
        if (_full) _writer.WriteLine($"$comment recording ended here: {_limit} bytes written $end");
        else WriteTime(_chip.Timeline.PicosecondsAt(_chip.Cycle));
        _writer.Dispose();
    }

    /// <inheritdoc/>
    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (_full) return;
        LowerPulses(cycle);
        long now = _chip.Timeline.PicosecondsAt(cycle);
        Variable variable = _variables[signal];
        if (!IsPulse(signal))
        {
            Write(now, variable, Format(signal, value));
            return;
        }

        // A pulse lasts one cycle; pulses in consecutive cycles join.
        if (variable.FallsAt > cycle) return;
        if (variable.FallsAt == cycle) _raised.Remove(variable);
        else Write(now, variable, "1");
        variable.FallsAt = cycle + 1;
        variable.FallPicoseconds = _chip.Timeline.PicosecondsAt(cycle + 1);
        _raised.Add(variable);
    }

    private static bool IsPulse(Signal signal) => signal.Kind == SignalKind.Event && signal.Width <= WidestPulse;

    private static bool IsWire(Signal signal) => signal.Kind == SignalKind.Bit || IsPulse(signal);

    private static string Format(Signal signal, long value) => signal.Kind switch
    {
        SignalKind.Bit => value switch { 0 => "0", 1 => "1", _ => "z" },
        SignalKind.Analog => string.Create(CultureInfo.InvariantCulture, $"r{value / 1e6:R} "),
        _ when IsPulse(signal) => "0",
        _ => $"b{Convert.ToString(value, 2)} ",
    };

    // Short names of the printable characters from ! to ~, least significant first.
    private static string Identifier(int number)
    {
        var name = new StringBuilder();
        do
        {
            name.Append((char)('!' + (number % 94)));
            number = (number / 94) - 1;
        }
        while (number >= 0);
        return name.ToString();
    }

    private void WriteHeader(Signal[] ordered)
    {
        _writer.WriteLine("$version Xmega $end");
        _writer.WriteLine("$timescale 1 ns $end");
        foreach (var group in ordered.GroupBy(s => (Wire: IsWire(s), Scope: s.Name.Split('.')[0])))
        {
            _writer.WriteLine($"$scope module {group.Key.Scope} $end");
            foreach (Signal signal in group)
            {
                string type = signal.Kind == SignalKind.Analog ? "real 64" : $"wire {(group.Key.Wire ? 1 : signal.Width)}";
                _writer.WriteLine($"$var {type} {_variables[signal].Identifier} {signal.Name[(signal.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]} $end");
            }

            _writer.WriteLine("$upscope $end");
        }

        _writer.WriteLine("$enddefinitions $end");
        WriteTime(_chip.Timeline.PicosecondsAt(_chip.Cycle));
        _writer.WriteLine("$dumpvars");
        foreach (Signal signal in ordered) _writer.WriteLine(Format(signal, signal.Value) + _variables[signal].Identifier);
        _writer.WriteLine("$end");
    }

    // Pulses that ended before a cycle fall now: until then they could have been renewed in the cycle of their end.
    private void LowerPulses(long cycle)
    {
        int fallen = 0;
        long now = _chip.Timeline.PicosecondsAt(cycle);
        while (fallen < _raised.Count && _raised[fallen].FallsAt < cycle)
        {
            Write(Math.Min(_raised[fallen].FallPicoseconds, now), _raised[fallen], "0");
            fallen++;
        }

        if (fallen > 0) _raised.RemoveRange(0, fallen);
    }

    private void Write(long picoseconds, Variable variable, string value)
    {
        WriteTime(picoseconds);
        _writer.Write(value);
        _writer.Write(variable.Identifier);
        _writer.Write('\n');
        _written += value.Length + variable.Identifier.Length + 1;
        _full = _written >= _limit;
    }

    private void WriteTime(long picoseconds)
    {
        long time = picoseconds / PicosecondsInUnit;
        if (time <= _time) return;
        _time = time;
        string text = time.ToString(CultureInfo.InvariantCulture);
        _writer.Write('#');
        _writer.WriteLine(text);
        _written += text.Length + 2;
    }

    private sealed class Variable(string identifier)
    {
        public string Identifier { get; } = identifier;

        /// <summary>Gets or sets the cycle in which the pulse ends.</summary>
        public long FallsAt { get; set; } = -1;

        /// <summary>Gets or sets the time of that, told while the clock was still the pulse's: it may change before the fall is written.</summary>
        public long FallPicoseconds { get; set; }
    }
}
