using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xmega.Events;
using Xmega.Firmware;
using Xmega.Signals;
using Xmega.Workbench.Profiling;
using Xmega.Workbench.Routing;
using Xmega.Workbench.Running;

namespace Xmega.Workbench.Recording;

/// <summary>
/// Writes a run as a timeline in the Trace Event Format, which Perfetto (https://ui.perfetto.dev) and chrome://tracing
/// show: tracks for functions, interrupt handlers by level, sleep, event channels with arrows from generator to user,
/// DMA, ADC and serial lines.
/// </summary>
/// <remarks>Times are microseconds of emulated time, exact to the picosecond.</remarks>
public sealed class TimelineRecorder : IExecutionObserver, ISignalProbe, IDisposable
{
    /// <summary>Entries after which recording ends, unless told otherwise.</summary>
    public const int DefaultLimit = 2_000_000;

    private const int CpuProcess = 1;
    private const int EventProcess = 2;
    private const int ModuleProcess = 3;
    private const int FunctionTrack = 1;     // the main program; interrupts of level n follow at FunctionTrack + n
    private const int NonMaskableLevel = 4;
    private const int SleepTrack = 9;
    private const int FirstGeneratorTrack = 100;
    private const int FirstUserTrack = 500;

    private static readonly string[] Watched = ["DMA.*", "ADC?.*", "DAC?.*", "AC?.*", "USART??.*", "SPI?.*", "TWI?.*"];

    private readonly ATxmega128A1 _chip;
    private readonly CallStack _calls;
    private readonly StreamWriter _output;
    private readonly int _limit;
    private readonly Dictionary<Signal, int> _tracks = [];
    private readonly Dictionary<Signal, long> _since = []; // picoseconds since which a level is high
    private readonly Dictionary<string, int> _generators = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly HashSet<int> _named = [];
    private readonly Dictionary<CallFrame, (int Track, long Began)> _open = [];
    private readonly Signal[] _channels;
    private IReadOnlyList<EventRoute>? _routes;
    private readonly byte[] _routing = new byte[EventRouting.Registers];
    private int _written;
    private int _flows;

    /// <summary>Initializes a new instance of the <see cref="TimelineRecorder"/> class, which begins to record at once.</summary>
    /// <param name="chip">The chip, with the firmware loaded.</param>
    /// <param name="image">The firmware, for its symbols.</param>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="limit">Entries after which recording ends.</param>
    public TimelineRecorder(ATxmega128A1 chip, FirmwareImage image, Stream stream, int limit = DefaultLimit)
    {
        _chip = chip;
        _limit = limit;
        _calls = new CallStack(chip, new FunctionMap(image)) { Began = Began, Ended = Ended };
        _output = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        _output.Write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
        Name(CpuProcess, null, "CPU");
        Name(CpuProcess, FunctionTrack, "main program");
        Name(CpuProcess, FunctionTrack + 1, "interrupts, low level");
        Name(CpuProcess, FunctionTrack + 2, "interrupts, medium level");
        Name(CpuProcess, FunctionTrack + 3, "interrupts, high level");
        Name(CpuProcess, FunctionTrack + NonMaskableLevel, "interrupts, non-maskable");
        Name(CpuProcess, SleepTrack, "asleep");
        Name(EventProcess, null, "event system");
        Name(ModuleProcess, null, "modules");
        _channels = [.. Enumerable.Range(0, EventSystem.ChannelCount).Select(n => chip.Signals.Find($"EVSYS.CH{n}")!)];
        for (int n = 0; n < _channels.Length; n++)
        {
            Name(EventProcess, n + 1, $"channel {n}");
            _channels[n].Watch(this);
        }

        foreach (Signal signal in Watched.SelectMany(chip.Signals.Match).Where(s => s.Kind is SignalKind.Bit or SignalKind.Event))
        {
            _tracks.Add(signal, _tracks.Count + 1);
            signal.Watch(this);
            if (signal.Kind == SignalKind.Bit && signal.Value == 1) _since.Add(signal, Now(chip.Cycle));
        }
    }

    /// <summary>Gets a value indicating whether the limit ended the recording.</summary>
    public bool IsTruncated => _written >= _limit;

    /// <inheritdoc/>
    public bool LooksAtChip => false;

    /// <inheritdoc/>
    public void OnStep(in ExecutionStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Instruction:
                _calls.Enter(step);
                (Cpu.Op op, int behind) = _calls.Look(step.Address);
                _calls.Leave(step, op, behind);
                break;
            case StepKind.InterruptEntry:
                _calls.Interrupt(step);
                break;
            case StepKind.Sleep:
                Slice(CpuProcess, SleepTrack, "asleep", Now(step.Start), Now(step.End));
                break;
            case StepKind.Reset:
                _calls.Clear(step.End);
                Instant(CpuProcess, FunctionTrack, "reset", Now(step.End));
                break;
        }
    }

    /// <summary>Ends the recording at the chip's present cycle.</summary>
    public void Dispose()
    {
        _calls.Clear(_chip.Cycle);
        foreach (Signal channel in _channels) channel.Unwatch(this);
        foreach ((Signal signal, int track) in _tracks)
        {
            signal.Unwatch(this);
            if (_since.TryGetValue(signal, out long since)) Slice(ModuleProcess, track, signal.Name, since, Now(_chip.Cycle));
        }

        _output.Write("\n]}\n");
        _output.Dispose();
    }

    /// <inheritdoc/>
    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (!_tracks.TryGetValue(signal, out int track))
        {
            Routed(Array.IndexOf(_channels, signal), cycle);
            return;
        }

        if (_named.Add(track)) Name(ModuleProcess, track, signal.Name);
        long now = Now(cycle);
        if (signal.Kind == SignalKind.Event) Instant(ModuleProcess, track, Value(signal, value), now);
        else if (value == 1) _since.TryAdd(signal, now);
        else if (_since.Remove(signal, out long since)) Slice(ModuleProcess, track, signal.Name, since, now);
    }

    // A character as itself, anything else as its number.
    private static string Value(Signal signal, long value) =>
        signal.Name.StartsWith("USART", StringComparison.Ordinal) && value is > 0x20 and < 0x7F
            ? string.Create(CultureInfo.InvariantCulture, $"'{(char)value}'")
            : string.Create(CultureInfo.InvariantCulture, $"{signal.Name[(signal.Name.LastIndexOf('.') + 1)..]} 0x{value:X2}");

    private static string Microseconds(long picoseconds) => string.Create(CultureInfo.InvariantCulture, $"{picoseconds / 1_000_000}.{picoseconds % 1_000_000:D6}");

    private long Now(long cycle) => _chip.Timeline.PicosecondsAt(cycle);

    private void Began(CallFrame frame)
    {
        int below = _calls.Frames.Count - 2;
        int track = frame.Vector is { } vector
            ? FunctionTrack + _chip.Interrupts.Lines.Where(l => l.Name == vector).Select(l => l.IsNonMaskable ? NonMaskableLevel : l.Level).DefaultIfEmpty(1).First()
            : below >= 0 ? _open[_calls.Frames[below]].Track : FunctionTrack;
        _open.Add(frame, (track, Now(frame.Entered)));
    }

    private void Ended(CallFrame frame, long cycle, long busy)
    {
        _open.Remove(frame, out (int Track, long Began) open);
        Slice(CpuProcess, open.Track, frame.Vector ?? _calls.Map.Functions[frame.Function].Name, open.Began, Now(cycle));
    }

    // An event of a channel: its generator two cycles before (one for timers), the channel, and everybody who acts on it, joined by an arrow.
    private void Routed(int channel, long cycle)
    {
        EventRoute route = Routes()[channel];
        long now = Now(cycle), end = Now(cycle + 1);
        Slice(EventProcess, channel + 1, route.Generator ?? "event", now, end);
        string? generator = route.Generator;
        if (generator is null && route.Users.Count == 0) return; // made by software, for nobody: an arrow has two ends
        int flow = ++_flows;
        if (generator is not null)
        {
            long raised = cycle - (_chip.Events.SourceOf(channel)?.Latency ?? Time.Latency.Event);
            int track = Track(_generators, generator, FirstGeneratorTrack, "generator " + generator);
            Slice(EventProcess, track, generator, Now(raised), Now(raised + 1));
            Flow('s', track, Now(raised), flow);
        }

        Flow(generator is null ? 's' : route.Users.Count > 0 ? 't' : 'f', channel + 1, now, flow);
        foreach (EventUser user in route.Users)
        {
            int track = Track(_users, user.ToString(), FirstUserTrack, "user " + user);
            Slice(EventProcess, track, user.Action, now, end);
            Flow('f', track, now, flow);
        }
    }

    // Read anew only when firmware changed a register that routes.
    private IReadOnlyList<EventRoute> Routes()
    {
        if (_routes is not null && EventRouting.IsAsBefore(_chip, _routing)) return _routes;
        return _routes = EventRouting.Of(_chip);
    }

    private int Track(Dictionary<string, int> tracks, string key, int first, string name)
    {
        if (tracks.TryGetValue(key, out int track)) return track;
        tracks.Add(key, track = first + tracks.Count);
        Name(EventProcess, track, name);
        return track;
    }

    private void Name(int process, int? track, string name) =>
        Entry(string.Create(CultureInfo.InvariantCulture, $"{{\"ph\":\"M\",\"pid\":{process},{(track is { } t ? $"\"tid\":{t},\"name\":\"thread_name\"" : "\"name\":\"process_name\"")},\"args\":{{\"name\":{Quote(name)}}}}}"));

    private void Slice(int process, int track, string name, long from, long to) =>
        Entry(string.Create(CultureInfo.InvariantCulture, $"{{\"ph\":\"X\",\"pid\":{process},\"tid\":{track},\"name\":{Quote(name)},\"ts\":{Microseconds(from)},\"dur\":{Microseconds(to - from)}}}"));

    private void Instant(int process, int track, string name, long at) =>
        Entry(string.Create(CultureInfo.InvariantCulture, $"{{\"ph\":\"i\",\"s\":\"t\",\"pid\":{process},\"tid\":{track},\"name\":{Quote(name)},\"ts\":{Microseconds(at)}}}"));

    private void Flow(char phase, int track, long at, int id) =>
        Entry(string.Create(CultureInfo.InvariantCulture, $"{{\"ph\":\"{phase}\",{(phase == 'f' ? "\"bp\":\"e\"," : "")}\"pid\":{EventProcess},\"tid\":{track},\"name\":\"event\",\"cat\":\"event\",\"id\":{id},\"ts\":{Microseconds(at)}}}"));

    private static string Quote(string text) => "\"" + JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping) + "\"";

    private void Entry(string json)
    {
        if (_written >= _limit) return;
        _output.Write(_written++ == 0 ? "\n" : ",\n");
        _output.Write(json);
    }
}
