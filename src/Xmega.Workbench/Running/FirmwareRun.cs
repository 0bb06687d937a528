using Xmega.Cpu;
using Xmega.Firmware;
using Xmega.Interrupts;
using Xmega.Serial;
using Xmega.Signals;
using Xmega.Time;

namespace Xmega.Workbench.Running;

/// <summary>
/// One run of a firmware on a chip, up to whatever ends it: the firmware's own exit, sleep that nothing ends, a time, a
/// signal, a text, a fault.
/// </summary>
public sealed class FirmwareRun : ISignalProbe
{
    private const int MostText = 64 * 1024 * 1024; // bytes kept of what a USART sends

    private static readonly EmulatedTime DefaultTimeout = EmulatedTime.FromSeconds(60);

    private readonly ATxmega128A1 _chip;
    private readonly FirmwareImage _image;
    private readonly RunOptions _options;
    private readonly SortedList<string, List<byte>> _usart = new(StringComparer.Ordinal);
    private readonly TextWatch _expected;
    private readonly TextWatch _forbidden;
    private readonly List<ScheduledAction> _limits = [];
    private StopReason? _stop;

    /// <summary>Initializes a new instance of the <see cref="FirmwareRun"/> class.</summary>
    /// <param name="chip">A chip with the firmware loaded and everything that is to be attached to its pins attached.</param>
    /// <param name="image">The firmware, for its symbols.</param>
    /// <param name="options">What to do.</param>
    public FirmwareRun(ATxmega128A1 chip, FirmwareImage image, RunOptions options)
    {
        _chip = chip;
        _image = image;
        _options = options;
        _expected = new TextWatch(options.ExpectText);
        _forbidden = new TextWatch(options.FailText);
    }

    /// <summary>Runs.</summary>
    /// <returns>What it came to.</returns>
    public RunResult Run()
    {
        long firstCycle = _chip.Cycle, firstInstruction = _chip.Instructions, start = _chip.Timeline.PicosecondsAt(_chip.Cycle), slept = _chip.SleepCycles;
        long sleptTime = _chip.SleepPicoseconds;
        int resets = _chip.Resets.Count;
        if (_options.For is { } time) Limit(time, StopReason.For);
        if (_options.Timeout is not null || (_options.For is null && !_options.RealTime)) Limit(_options.Timeout ?? DefaultTimeout, StopReason.Timeout);
        _chip.RunsAsleep = _options.For is not null || _options.Until.Count > 0;

        // Each once: a probe that watches a signal twice hears everything twice.
        var watched = new HashSet<Signal>(_chip.Signals.Match("USART??.TX"));
        watched.UnionWith(_options.Until.Select(c => c.Signal));
        foreach (Signal signal in watched) signal.Watch(this);
        if (_options.Strict) _chip.Diagnostics.Reported += StopOnDiagnostic;
        using CancellationTokenRegistration registration = _options.Cancellation.Register(() => End(StopReason.Cancelled));

        RealtimePacer? pacer = _options.RealTime ? new RealtimePacer(_chip, _options.Cancellation) : null;
        IReadOnlyList<IExecutionObserver> observers = _options.Observers;
        if (_chip.Signals.SampledAndWatched.Any()) observers = [new Sampler(_chip), .. observers];
        if (observers.Count > 0 && _options.World is not null) throw new NotSupportedException("registers, variables, timelines and profiles need a run of one chip: leave the second one out");
        CpuStop how = observers.Count > 0 ? new Stepper(_chip, observers).Run() : _options.World?.Run() ?? _chip.Run();
        pacer?.Stop();
        if (how is CpuStop.Exit or CpuStop.Break or CpuStop.AsleepForever) LetModulesFinish();
        StopReason stop = how switch
        {
            CpuStop.Exit => StopReason.Exit,
            CpuStop.AsleepForever => StopReason.Sleep,
            CpuStop.Break => StopReason.Break,
            CpuStop.OutsideFlash or CpuStop.ClockLost => StopReason.Fault,
            _ => _stop ?? StopReason.Cancelled,
        };

        foreach (ScheduledAction limit in _limits) limit.Cancel(); // or it would end a later run, or a snapshot could not be saved
        foreach (Signal signal in watched) signal.Unwatch(this);
        _chip.Diagnostics.Reported -= StopOnDiagnostic;

        string[] missing = [.. _expected.Missing];
        int status = Math.Max(stop.Status(_chip.Register(24)), missing.Length > 0 || _stop == StopReason.FailText ? 1 : 0);
        if (_options.Strict && _chip.Diagnostics.All.Count > 0) status = Math.Max(status, StopReason.Fault.Status(0));
        Dictionary<string, long> interrupts = [], events = [];
        Dictionary<string, byte[]> sent = [];
        foreach (InterruptLine line in _chip.Interrupts.Lines)
            if (line.Count > 0) interrupts.Add(line.Name, line.Count);
        for (int n = 0; n < _chip.Events.Channels.Count; n++)
            if (_chip.Events.Channels[n].Count > 0) events.Add($"CH{n}", _chip.Events.Channels[n].Count);
        foreach ((string usart, List<byte> bytes) in _usart) sent.Add(usart, bytes.ToArray());
        return new RunResult
        {
            Stop = stop,
            ExitCode = status,
            Cycles = _chip.Cycle - firstCycle,
            Instructions = _chip.Instructions - firstInstruction,
            Picoseconds = _chip.Timeline.PicosecondsAt(_chip.Cycle) - start,
            ProgramCounter = _chip.ProgramCounter,
            Symbol = _image.FunctionAt((uint)_chip.ProgramCounter),
            SleepCycles = _chip.SleepCycles - slept,
            SleepPicoseconds = _chip.SleepPicoseconds - sleptTime,
            StackLowest = _chip.StackLowest,
            Interrupts = interrupts,
            Events = events,
            Usart = sent,
            Diagnostics = _chip.Diagnostics.All,
            Resets = [.. _chip.Resets.Skip(resets)],
            MissingText = missing,
        };
    }

    /// <inheritdoc/>
    void ISignalProbe.OnSignal(Signal signal, long cycle, long value)
    {
        if (signal.Name.StartsWith("USART", StringComparison.Ordinal) && signal.Name.EndsWith(".TX", StringComparison.Ordinal)) Sent(signal.Name[..^3], (byte)value);
        foreach (SignalCondition condition in _options.Until)
            if (condition.Signal == signal && (condition.Value is null || condition.Value == value)) End(StopReason.Until);
    }

    private void Sent(string usart, byte value)
    {
        if (_chip.FindUsart(usart) is { IsMasterSpi: true }) return; // bytes to a part on the board, no text
        if (!_usart.TryGetValue(usart, out List<byte>? bytes)) _usart.Add(usart, bytes = []);
        if (bytes.Count == MostText) bytes.RemoveRange(0, MostText / 2);
        bytes.Add(value);
        _options.UsartByte?.Invoke(usart, value);
        if (_forbidden.Grew(bytes)) End(StopReason.FailText);
        if (_expected.Grew(bytes) && !_expected.Missing.Any()) End(StopReason.Text);
    }

    // The CPU is done, the USARTs are not: up to two characters each are still on their way out. Nor is EEPROM or flash that
    // was last written. The chip's time goes on without the CPU, as far as the run's limits let it.
    private void LetModulesFinish()
    {
        long end = _chip.ProgrammingEndCycle;
        foreach (IUsartPort usart in _chip.Usarts)
            if (usart.TransmitterIdleCycle != ScheduledAction.Never) end = Math.Max(end, usart.TransmitterIdleCycle);
        Schedule schedule = _chip.Services.Schedule;
        while (_chip.Timeline.IsRunning && _stop is not (StopReason.For or StopReason.Timeout or StopReason.Cancelled) && schedule.NextCycle <= end) schedule.AdvanceTo(schedule.NextCycle);
    }

    private void StopOnDiagnostic(Diagnostic diagnostic) => End(StopReason.Fault);

    // The first reason to stop is the one that counts.
    private void End(StopReason reason)
    {
        _stop ??= reason;
        _chip.Stop();
    }

    private void Limit(EmulatedTime time, StopReason reason)
    {
        ScheduledAction limit = _chip.CreateAction(reason.Name(), Phase.Limit, () => End(reason));
        _limits.Add(limit);
        if (time.InCycles) limit.Book(_chip.Cycle + time.Amount);
        else _chip.Timeline.Book(limit, _chip.Timeline.PicosecondsAt(_chip.Cycle) + time.Amount);
    }
}
