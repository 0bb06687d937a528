using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Xmega.Signals;
using Xmega.Time;

namespace Xmega.Workbench.Recording;

/// <summary>What is recorded of one of several chips.</summary>
/// <param name="Chip">The chip.</param>
/// <param name="Signals">Its signals.</param>
/// <param name="Scope">The scope that its modules are in, as in <c>B</c>; null: none.</param>
public sealed record RecordedChip(ATxmega128A1 Chip, IEnumerable<Signal> Signals, string? Scope);

/// <summary>
/// Writes watched signals as a Value Change Dump (IEEE 1364, clause 18) that GTKWave and sigrok open. One-bit wires are
/// declared first, in scopes by module; times are emulated nanoseconds; two runs of the same give the same bytes.
/// </summary>
public sealed class VcdRecorder : IDisposable
{
    /// <summary>Bytes after which recording ends with a notice: no firmware can fill the disk.</summary>
    public const long DefaultLimit = 256 * 1024 * 1024;

    /// <summary>Happenings up to this width are drawn as a wire that is high for one cycle; wider ones as a bus that keeps the value.</summary>
    private const int WidestPulse = 2;

    private const long PicosecondsInUnit = 1000;
    private const int BufferSize = 1 << 16;
    private const int LongestLine = 128; // a value of 64 bits with its name

    private readonly Source[] _sources;
#pragma warning disable CA2213 // whoever gave it closes it
    private readonly Stream _stream;
#pragma warning restore CA2213
    private readonly long _limit;
    private readonly List<Variable> _variables = [];
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _used;
    private long _time = -1;
    private long _written; // bytes after the header
    private bool _full;

    /// <summary>Initializes a new instance of the <see cref="VcdRecorder"/> class, which begins to record at once.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="signals">What to record.</param>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="limit">Bytes after which recording ends.</param>
    public VcdRecorder(ATxmega128A1 chip, IEnumerable<Signal> signals, Stream stream, long limit = DefaultLimit)
        : this([new RecordedChip(chip, signals, null)], stream, limit)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="VcdRecorder"/> class, which begins to record chips that share one emulated time.</summary>
    /// <param name="chips">What to record of which, the main chip first.</param>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="limit">Bytes after which recording ends.</param>
    public VcdRecorder(IReadOnlyList<RecordedChip> chips, Stream stream, long limit = DefaultLimit)
    {
        _stream = stream;
        _limit = limit;
        _sources = [.. chips.Select(c => new Source(c.Chip, c.Scope))];
        var signals = chips.SelectMany((c, n) => c.Signals.Select(s => (Signal: s, Source: _sources[n])));
        foreach ((Signal signal, Source source) in signals.OrderBy(s => IsWire(s.Signal) ? 0 : 1)) _variables.Add(new Variable(this, source, signal, Identifier(_variables.Count)));
        foreach (Source source in _sources) source.Raised = new Variable[_variables.Count(v => v.Source == source)];
        WriteHeader();
        foreach (Variable variable in _variables) variable.Signal.Watch(variable);
    }

    /// <summary>Gets a value indicating whether the limit ended the recording.</summary>
    public bool IsTruncated => _full;

    /// <summary>Ends the recording at the chip's present cycle.</summary>
    public void Dispose()
    {
        // A CPU that stopped leaves what is due in the cycles of its last instruction still to happen.
        Schedule schedule = Main.Chip.Services.Schedule;
        if (schedule.Now < Main.Chip.Cycle - 1) schedule.AdvanceTo(Main.Chip.Cycle - 1);
        foreach (Variable variable in _variables) variable.Signal.Unwatch(variable);
        LowerPulses(Main, long.MaxValue);
        if (_full) Put($"$comment recording ended here: {_limit} bytes written $end\n");
        else WriteTime(Main.TimeOf(Main.Chip.Cycle));
        Flush();
    }

    private Source Main => _sources[0];

    private static bool IsPulse(Signal signal) => signal.Kind == SignalKind.Event && signal.Width <= WidestPulse;

    private static bool IsWire(Signal signal) => signal.Kind == SignalKind.Bit || IsPulse(signal);

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

    private void Changed(Variable variable, long cycle, long value)
    {
        if (_full) return;
        Source source = variable.Source;
        if (_sources.Length > 1 || (source.Count > 0 && source.Raised[0].FallsAt < cycle)) LowerPulses(source, cycle);
        if (!variable.IsPulse)
        {
            Write(source.TimeOf(cycle), variable, value);
            return;
        }

        // A pulse lasts one cycle; pulses in consecutive cycles join.
        if (variable.FallsAt > cycle) return;
        if (variable.IsRaised) source.Forget(variable);
        else Write(source.TimeOf(cycle), variable, 1);
        variable.FallsAt = cycle + 1;
        variable.FallPicoseconds = source.TimeOf(cycle + 1);
        variable.IsRaised = true;
        source.Raised[source.Count++] = variable;
    }

    private void WriteHeader()
    {
        Put("$version Xmega $end\n$timescale 1 ns $end\n");
        foreach (var group in _variables.GroupBy(v => (Wire: IsWire(v.Signal), v.Source, Scope: v.Signal.Name.Split('.')[0])))
        {
            if (group.Key.Source.Scope is { } outer) Put($"$scope module {outer} $end\n");
            Put($"$scope module {group.Key.Scope} $end\n");
            foreach (Variable variable in group)
            {
                string type = variable.Signal.Kind == SignalKind.Analog ? "real 64" : $"wire {(group.Key.Wire ? 1 : variable.Signal.Width)}";
                Put($"$var {type} {variable.Identifier} {variable.Signal.Name[(variable.Signal.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]} $end\n");
            }

            Put("$upscope $end\n");
            if (group.Key.Source.Scope is not null) Put("$upscope $end\n");
        }

        Put("$enddefinitions $end\n");
        WriteTime(Main.TimeOf(Main.Chip.Cycle));
        Put("$dumpvars\n");
        foreach (Variable variable in _variables) Put(variable, variable.IsPulse ? 0 : variable.Signal.Value);
        Put("$end\n");
        _written = 0;
    }

    // Pulses that ended before a cycle of a chip fall now: until then they could have been renewed in the cycle of their end.
    private void LowerPulses(Source source, long cycle)
    {
        long now = source.TimeOf(cycle);
        while (true)
        {
            Source? first = source.Count > 0 && source.Raised[0].FallsAt < cycle ? source : null;
            long time = first is null ? now : Math.Min(first.Raised[0].FallPicoseconds, now);
            foreach (Source other in _sources)
            {
                // What another chip's cycle is now nobody knows; its time is the same for all.
                if (other == source || other.Count == 0 || other.Raised[0].FallPicoseconds >= time) continue;
                first = other;
                time = other.Raised[0].FallPicoseconds;
            }

            if (first is null) return;
            Write(time, first.TakeFirst(), 0);
        }
    }

    private void Write(long picoseconds, Variable variable, long value)
    {
        WriteTime(picoseconds);
        Put(variable, value);
        _full = _written >= _limit;
    }

    private void WriteTime(long picoseconds)
    {
        long time = picoseconds / PicosecondsInUnit;
        if (time <= _time) return;
        _time = time;
        Span<byte> line = Room();
        line[0] = (byte)'#';
        time.TryFormat(line[1..], out int digits, default, CultureInfo.InvariantCulture);
        line[1 + digits] = (byte)'\n';
        Took(digits + 2);
    }

    private void Put(Variable variable, long value)
    {
        Span<byte> line = Room();
        if (variable.IsWire)
        {
            ulong digit = value switch { 0 => '0', 1 => '1', _ => 'z' };
            BinaryPrimitives.WriteUInt64LittleEndian(line, variable.WireLine | digit);
            Took(variable.WireLength);
            return;
        }

        int length = Format(variable, value, line);
        variable.Ending.CopyTo(line[length..]);
        Took(length + variable.Ending.Length);
    }

    private static int Format(Variable variable, long value, Span<byte> line)
    {
        int length;
        if (variable.Signal.Kind == SignalKind.Analog)
        {
            line[0] = (byte)'r';
            (value / 1e6).TryFormat(line[1..], out length, "R", CultureInfo.InvariantCulture);
        }
        else
        {
            line[0] = (byte)'b';
            ((ulong)value).TryFormat(line[1..], out length, "B", CultureInfo.InvariantCulture);
        }

        line[1 + length] = (byte)' ';
        return length + 2;
    }

    private void Put(string text)
    {
        foreach (char[] part in text.Chunk(LongestLine)) Took(Encoding.UTF8.GetBytes(part, Room()));
    }

    // Space for a line at least.
    private Span<byte> Room()
    {
        if (_used > BufferSize - (4 * LongestLine)) Flush();
        return _buffer.AsSpan(_used);
    }

    private void Took(int bytes)
    {
        _used += bytes;
        _written += bytes;
    }

    private void Flush()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }

    // A chip, and its pulses that have not fallen yet in the order of their fall.
    private sealed class Source(ATxmega128A1 chip, string? scope)
    {
        public ATxmega128A1 Chip => chip;

        public string? Scope => scope;

        public Variable[] Raised { get; set; } = [];

        public int Count { get; set; }

        public long TimeOf(long cycle) => chip.Timeline.PicosecondsAt(cycle);

        // A pulse that goes on: it will be the last to fall.
        public void Forget(Variable variable) => Remove(Array.IndexOf(Raised, variable, 0, Count));

        public Variable TakeFirst()
        {
            Variable first = Raised[0];
            first.IsRaised = false;
            Remove(0);
            return first;
        }

        private void Remove(int place)
        {
            Count--;
            Array.Copy(Raised, place + 1, Raised, place, Count - place);
        }
    }

    // A probe of its own for each signal: nobody has to be looked up while the chip runs.
    private sealed class Variable : ISignalProbe
    {
        private readonly VcdRecorder _recorder;

        public Variable(VcdRecorder recorder, Source source, Signal signal, string identifier)
        {
            Source = source;
            _recorder = recorder;
            Signal = signal;
            Identifier = identifier;
            Ending = Encoding.ASCII.GetBytes(identifier + "\n");
            IsPulse = VcdRecorder.IsPulse(signal);
            IsWire = VcdRecorder.IsWire(signal);
            WireLength = 1 + Ending.Length;
            Span<byte> line = stackalloc byte[sizeof(ulong)];
            line.Clear();
            Ending.CopyTo(line[1..]);
            WireLine = BinaryPrimitives.ReadUInt64LittleEndian(line);
        }

        public Source Source { get; }

        public Signal Signal { get; }

        public string Identifier { get; }

        public byte[] Ending { get; }

        public bool IsPulse { get; }

        public bool IsWire { get; }

        /// <summary>Gets the line of a wire, without its digit, which is the first byte: written in one stroke.</summary>
        public ulong WireLine { get; }

        public int WireLength { get; }

        public bool IsRaised { get; set; }

        /// <summary>Gets or sets the cycle in which the pulse ends.</summary>
        public long FallsAt { get; set; } = -1;

        /// <summary>Gets or sets the time of that, told while the clock was still the pulse's: it may change before the fall is written.</summary>
        public long FallPicoseconds { get; set; }

        void ISignalProbe.OnSignal(Signal changed, long cycle, long value) => _recorder.Changed(this, cycle, value);
    }
}
