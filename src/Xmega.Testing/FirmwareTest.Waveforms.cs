using System.Globalization;
using System.Text;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.Workbench.Comparison;
using Xmega.Workbench.Recording;
using Xmega.Workbench.Running;

namespace Xmega.Testing;

/// <summary>What signals did over time: pulses, frequencies, latencies, and all of it as text.</summary>
public sealed partial class FirmwareTest
{
    private readonly Dictionary<(string From, string To), Latency> _latencies = [];

    /// <summary>
    /// Keeps what signals do from now on, for <see cref="ExpectPulse"/>, <see cref="ExpectPeriod"/>, <see cref="ExpectFrequency"/>,
    /// <see cref="ExpectEdges"/> and <see cref="Trace"/>. What they did before is forgotten: call it again to begin anew.
    /// </summary>
    /// <param name="globs">Names of signals, with <c>*</c> and <c>?</c>; of registers, bit fields and variables as in <c>TCC0.CNT</c>, <c>TCC0.CTRLA.CLKSEL</c>, <c>VAR.counter</c>, which make the bench run step by step.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Observe(params ReadOnlySpan<string> globs)
    {
        foreach (string glob in globs)
            foreach (Signal signal in FindAll(glob)) _history.Observe(signal);
        return this;
    }

    /// <summary>
    /// Everything that observed signals did, as text for snapshot tests: first what each was, then a line a change with
    /// its emulated time, name and value. The same firmware and test give the same text on every machine.
    /// </summary>
    /// <param name="globs">Which of the observed signals; none: all of them.</param>
    /// <returns>Lines that end with a line feed.</returns>
    public string Trace(params ReadOnlySpan<string> globs)
    {
        var wanted = new HashSet<Signal>();
        foreach (string glob in globs)
        {
            Signal[] found = [.. FindAll(glob).Where(_history.Knows)];
            if (found.Length == 0) throw NotObserved(glob);
            wanted.UnionWith(found);
        }

        RefuseLeftOut();
        var text = new StringBuilder();
        foreach (SignalChange change in _history.All(s => wanted.Count == 0 || wanted.Contains(s)))
            text.Append(SignalText.Time(change.Picoseconds)).Append("  ").Append(change.Signal.Name).Append(" = ").Append(SignalText.Value(change.Signal, change.Value)).Append('\n');
        return text.ToString();
    }

    /// <summary>Fails unless an observed signal was high, or low, for a time whenever it was. The first and the last level, which were not seen whole, do not count.</summary>
    /// <param name="signal">As in <c>PORTC.PIN0</c>.</param>
    /// <param name="high">How long it is to be high each time; null: as long as it likes.</param>
    /// <param name="low">How long low.</param>
    /// <param name="tolerance">How much longer or shorter will do: a time like the widths', cycles where they are cycles, or a share as in <c>2%</c>; null for nothing.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">A pulse was longer or shorter, or there was none.</exception>
    public FirmwareTest ExpectPulse(string signal, string? high = null, string? low = null, string? tolerance = null)
    {
        if (high is null && low is null) throw new ArgumentException("a pulse is expected to be high, or low, for a time: give one or both", nameof(high));
        Signal found = ObservedWire(signal);
        if (found.Kind == SignalKind.Event) throw new ArgumentException($"{found.Name} happens and has no level: use ExpectPeriod, ExpectFrequency or ExpectEdges", nameof(signal));
        if (high is not null) ExpectSpans($"{found.Name} high for", _history.Spans(found, 1), high, tolerance);
        if (low is not null) ExpectSpans($"{found.Name} low for", _history.Spans(found, 0), low, tolerance);
        return this;
    }

    /// <summary>Fails unless each rising edge of an observed signal came a time after the one before; of events, each of them.</summary>
    /// <param name="signal">As in <c>PORTC.PIN0</c>, <c>TCC0.OVF</c>.</param>
    /// <param name="period">The time.</param>
    /// <param name="tolerance">As for <see cref="ExpectPulse"/>.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">One came earlier or later, or there were not two.</exception>
    public FirmwareTest ExpectPeriod(string signal, string period, string? tolerance = null)
    {
        Signal found = ObservedWire(signal);
        SignalChange[] edges = [.. _history.Edges(found, 1)];
        ExpectSpans($"{found.Name} to rise every", edges.Zip(edges.Skip(1), (from, to) => new SignalSpan(from, to)), period, tolerance);
        return this;
    }

    /// <summary>Fails unless an observed signal rose, or happened, so many times a second: from its first rising edge to its last one.</summary>
    /// <param name="signal">As in <c>PORTC.PIN0</c>.</param>
    /// <param name="hertz">The frequency in hertz.</param>
    /// <param name="percent">How far off it may be, in percent.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">It has another one, or rose fewer than two times.</exception>
    public FirmwareTest ExpectFrequency(string signal, double hertz, double percent = 0.1)
    {
        Signal found = ObservedWire(signal);
        SignalChange[] edges = [.. _history.Edges(found, 1)];
        string expected = string.Create(CultureInfo.InvariantCulture, $"{found.Name} at {hertz:0.######} Hz within {percent:0.###}%");
        if (edges.Length < 2) throw Failure($"expected {expected}, but it rose {Times(edges.Length)}");
        double measured = (edges.Length - 1) * 1e12 / (edges[^1].Picoseconds - edges[0].Picoseconds);
        return Expect(Math.Abs(measured - hertz) <= hertz * percent / 100, string.Create(CultureInfo.InvariantCulture, $"{expected}, but it has {measured:0.######} Hz over {edges.Length - 1} periods"));
    }

    /// <summary>Fails unless an observed signal rose and fell a number of times; of events, <paramref name="rising"/> counts how often they happened.</summary>
    /// <param name="signal">As in <c>PORTC.PIN0</c>.</param>
    /// <param name="rising">How often it is to rise; null: as often as it likes.</param>
    /// <param name="falling">How often to fall.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">It did more or less often.</exception>
    public FirmwareTest ExpectEdges(string signal, int? rising = null, int? falling = null)
    {
        if (rising is null && falling is null) throw new ArgumentException("a number of rising or falling edges is expected: give one or both", nameof(rising));
        Signal found = ObservedWire(signal);
        int rose = _history.Edges(found, 1).Count(), fell = found.Kind == SignalKind.Event ? 0 : _history.Edges(found, 0).Count();
        if (rising is not null) Expect(rose == rising, $"{found.Name} to rise {Times(rising.Value)}, but it rose {Times(rose)}");
        if (falling is not null) Expect(fell == falling, $"{found.Name} to fall {Times(falling.Value)}, but it fell {Times(fell)}");
        return this;
    }

    /// <summary>Fails unless a pin has a voltage now.</summary>
    /// <param name="pin">As in <c>PORTB.PIN2</c>.</param>
    /// <param name="volts">Volts.</param>
    /// <param name="tolerance">Volts that it may be off.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">It has another one.</exception>
    public FirmwareTest ExpectVolts(string pin, double volts, double tolerance = 0.01)
    {
        double measured = Volts(pin);
        return Expect(Math.Abs(measured - volts) <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{volts:0.###} V ± {tolerance:0.###} V at {pin}, but there are {measured:0.000} V"));
    }

    /// <summary>Measures a pin's voltage.</summary>
    /// <param name="pin">As in <c>PORTB.PIN2</c>.</param>
    /// <returns>Volts.</returns>
    public double Volts(string pin) => FindPin(pin).Microvolts / 1e6;

    /// <summary>Measures from now on how long a reaction takes, for <see cref="ExpectLatency"/>.</summary>
    /// <param name="from">The stimulus: a signal and the value it takes, as in <c>PORTD.PIN2=1</c>; without a value any change.</param>
    /// <param name="to">The reaction, likewise.</param>
    /// <returns>This bench.</returns>
    public FirmwareTest Measure(string from, string to)
    {
        SignalCondition stimulus = Condition(from), reaction = Condition(to);
        if (_latencies.Remove((from, to), out Latency? before)) before.Meter.Finish();
        _latencies.Add((from, to), new Latency(stimulus, reaction, new ReactionMeter(Chip, stimulus, reaction)));
        return this;
    }

    /// <summary>Fails unless each stimulus since <see cref="Measure"/> had its reaction in time; one that still waits may, as long as its time is not over.</summary>
    /// <param name="from">The stimulus, as given to <see cref="Measure"/>.</param>
    /// <param name="to">The reaction.</param>
    /// <param name="atMost">How long it may take, as in <c>20cycles</c> or <c>5us</c>.</param>
    /// <returns>This bench.</returns>
    /// <exception cref="FirmwareTestException">A reaction came later or not at all, or there was no stimulus.</exception>
    public FirmwareTest ExpectLatency(string from, string to, string atMost)
    {
        EmulatedTime limit = Parse(atMost);
        if (!_latencies.TryGetValue((from, to), out Latency? latency)) throw new ArgumentException($"the latency from {from} to {to} was not measured: call Measure(\"{from}\", \"{to}\") before the bench runs", nameof(from));
        ReactionMeter meter = latency.Meter;
        string expected = $"{to} within {atMost} of each {from}";
        Expect(meter.Stimuli > 0, $"{expected}, but there was no {from}");
        foreach (Reaction reaction in meter.Reactions)
        {
            long taken = limit.InCycles ? reaction.Cycles : reaction.Picoseconds;
            Expect(taken <= limit.Amount, $"{expected}, but number {reaction.Ordinal} of {meter.Stimuli}, in cycle {reaction.StimulusCycle}, took {SignalText.Span(taken, limit.InCycles)}");
        }

        Expect(meter.Missed == 0, $"{expected}, but {meter.Missed} of {meter.Stimuli} had none before the next one");
        if (meter.Pending is not { } pending) return this;
        long waited = limit.InCycles ? Chip.Cycle - pending.Cycle : Picoseconds - pending.Picoseconds;
        return Expect(waited <= limit.Amount, $"{expected}, but the last one, in cycle {pending.Cycle}, has had none for {SignalText.Span(waited, limit.InCycles)}");
    }

    /// <summary>What a signal, register, bit field or variable is now, without any effect on the chip.</summary>
    /// <param name="name">As in <c>PORTD.PIN3</c>, <c>TCC0.CNT</c>, <c>TCC0.CTRLA.CLKSEL</c>, <c>VAR.counter</c>, <c>CPU.SP</c>.</param>
    /// <returns>The value; 2 for a floating pin, microvolts for a voltage.</returns>
    public long Value(string name) => FindSignal(name).Value;

    private static string Times(int count) => count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count} times");

    // In the unit of what is expected.
    private static long Tolerance(EmulatedTime expected, string? tolerance)
    {
        if (tolerance is null) return 0;
        if (tolerance.EndsWith('%') && decimal.TryParse(tolerance.AsSpan(0, tolerance.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent))
            return (long)(expected.Amount * percent / 100);
        EmulatedTime margin = Parse(tolerance, orZero: true);
        return margin.InCycles == expected.InCycles ? margin.Amount : throw new ArgumentException($"the tolerance {tolerance} and what it belongs to must both be times, or both cycles", nameof(tolerance));
    }

    private static ArgumentException NotObserved(string name) => new($"{name} was not observed: call Observe(\"{name}\") before the bench runs", nameof(name));

    private void ExpectSpans(string what, IEnumerable<SignalSpan> spans, string time, string? tolerance)
    {
        EmulatedTime expected = Parse(time);
        long margin = Tolerance(expected, tolerance);
        string expectation = $"expected {what} {time}{(tolerance is null ? "" : $" ± {tolerance}")}";
        int count = 0;
        foreach (SignalSpan span in spans)
        {
            count++;
            long length = span.Length(expected.InCycles);
            if (Math.Abs(length - expected.Amount) > margin) throw Failure($"{expectation}, but number {count}, from cycle {span.From.Cycle}, took {SignalText.Span(length, expected.InCycles)}");
        }

        if (count == 0) throw Failure($"{expectation}, but that was never seen from beginning to end");
    }

    private Signal ObservedWire(string name)
    {
        Signal signal = FindSignal(name);
        if (signal.Kind is not (SignalKind.Bit or SignalKind.Event)) throw new ArgumentException($"{signal.Name} is no wire and has no edges: use Trace, RunUntil or ExpectSignal", nameof(name));
        if (!_history.Knows(signal)) throw NotObserved(name);
        RefuseLeftOut();
        return signal;
    }

    private void RefuseLeftOut()
    {
        if (_history.IsFull) throw Failure($"the observed signals changed more than {SignalHistory.Most} times: observe fewer, or for a shorter time");
    }

    private Signal FindSignal(string name) =>
        SignalNames.Find(Chip, Firmware, name) ?? throw new ArgumentException($"the ATxmega128A1 has no signal {name}, nor the firmware such a variable; xmega signals lists them", nameof(name));

    private IReadOnlyList<Signal> FindAll(string glob)
    {
        IReadOnlyList<Signal> found = SignalNames.Match(Chip, Firmware, glob);
        return found.Count > 0 ? found : throw new ArgumentException($"no signal is named {glob}; xmega signals lists them", nameof(glob));
    }

    private SignalCondition Condition(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return new SignalCondition(FindSignal(text), null);
        Signal signal = FindSignal(text[..equals]);
        string value = text[(equals + 1)..];
        if (value is "z" && signal.Kind == SignalKind.Bit) return new SignalCondition(signal, (long)LogicLevel.Floating);
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new SignalCondition(signal, number)
            : throw new ArgumentException($"\"{value}\" is no value of {signal.Name}: write a number as in {signal.Name}=1", nameof(text));
    }

    private sealed record Latency(SignalCondition From, SignalCondition To, ReactionMeter Meter);
}
