using Xmega.Memory;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.State;
using Xmega.Time;
using static Xmega.Timers.TimerRegisters;

namespace Xmega.Timers;

/// <summary>
/// 16-bit timer/counter, type 0 and 1 (8077I ch. 14). It books nothing unless somebody listens: count and flags are
/// worked out when they are looked at, and regular events are announced as a train.
/// </summary>
/// <remarks>
/// Limitations: DTHM in CTRLE, which only the header names, is stored and has no effect. A QDEC timer does not set ERRIF
/// when it passes BOTTOM without an index: it cannot know whether an index is in use. Overflow, error and compare match
/// request DMA each time they come, whatever their flag says (unverified).
/// </remarks>
internal sealed partial class TimerCounter : IoModule
{
    private readonly ChipServices _services;
    private readonly TimerFacts _facts;
    private readonly TimerClock _clock;
    private readonly EventActions _actions;
    private readonly CompareOutput[] _outputs;
    private readonly ScheduledAction _wake;
    private readonly TimerCondition[] _conditions; // OVF, ERR, CCA, CCB, ...
    private readonly Signal _countSignal;
    private WaveformCounter _counter;
    private TemporaryByte _temp;
    private long _syncedTo; // ticks up to this cycle are in _counter
    private byte _ctrla;
    private byte _ctrlb;
    private byte _ctrld;
    private byte _ctrle;
    private byte _intctrla;
    private byte _intctrlb;
    private bool _reportsUpdates;

    /// <summary>Initializes a new instance of the <see cref="TimerCounter"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">Which timer.</param>
    /// <param name="pins">A hand on the pin of each channel's output.</param>
    public TimerCounter(ChipServices services, TimerFacts facts, IReadOnlyList<PinOverride> pins)
        : base(facts.Name, facts.Base, facts.Channels == 4 ? TimerRegisters.Type0 : TimerRegisters.Type1)
    {
        _services = services;
        _facts = facts;
        _clock = new TimerClock(services, this);
        _actions = new EventActions(services, facts.Name, Act);
        _wake = services.Schedule.Create(facts.Name, Phase.Module, Wake);
        _counter.Channels = (byte)((1 << facts.Channels) - 1);
        _conditions = new TimerCondition[2 + facts.Channels];
        _conditions[0] = Condition(0, "OVF", "overflow or underflow", WaveformCounter.OVFIF, 0);
        _conditions[1] = Condition(1, "ERR", "error", WaveformCounter.ERRIF, 1);
        for (int n = 0; n < facts.Channels; n++)
            _conditions[2 + n] = Condition(2 + n, $"CC{(char)('A' + n)}", "compare match or capture", (byte)(WaveformCounter.CCAIF << n), 4 + n);
        _countSignal = services.Signals.Add($"{facts.Name}.CNT", SignalKind.Bus, 16, "count", () => Look().Count, AudienceChanged);
        _outputs = Numbered.Create(pins.Count, n => new CompareOutput(services, facts, n, pins[n], AudienceChanged));
    }

    /// <summary>Tells an extension of the UPDATE condition in its cycle, before the edges of that cycle: of each while <see cref="ReportsUpdates"/> is set.</summary>
    public event Action? Updated;

    /// <summary>Tells an extension that registers were written.</summary>
    public event Action? Written;

    /// <summary>Gets the outputs of the waveform generator, which an extension can take over.</summary>
    public IReadOnlyList<CompareOutput> Outputs => _outputs;

    /// <summary>Gets the counter as far as it has been worked out: what ticks do not change is exact.</summary>
    public ref readonly WaveformCounter Counter => ref _counter;

    /// <summary>Gets CLKSEL.</summary>
    public int ClockSelect => _ctrla & CLKSEL;

    /// <summary>Gets or sets a value indicating whether an extension waits for UPDATE.</summary>
    public bool ReportsUpdates
    {
        get => _reportsUpdates;
        set
        {
            if (value == _reportsUpdates) return;
            Sync();
            _reportsUpdates = value;
            Review();
        }
    }

    /// <summary>Gets or sets a value indicating whether Hi-Res has the timer count by 4.</summary>
    public bool HighResolution
    {
        get => _counter.HighResolution;
        set
        {
            Sync();
            _counter.SetHighResolution(value);
            Changed();
        }
    }

    private EventAction Action => (EventAction)((_ctrld & EVACT) >> 5);

    private bool IsRunning => (_ctrla & CLKSEL) != 0;

    public override byte Peek(int offset)
    {
        WaveformCounter counter = Look();
        return offset switch
        {
            CTRLA => _ctrla,
            CTRLB => _ctrlb,
            CTRLC => counter.Outputs,
            CTRLD => _ctrld,
            CTRLE => _ctrle,
            INTCTRLA => _intctrla,
            INTCTRLB => _intctrlb,
            CTRLFCLR or CTRLFSET => (byte)((counter.Position.Down ? DIR : 0) | (counter.LockUpdate ? LUPD : 0)),
            CTRLGCLR or CTRLGSET => counter.BufferValid,
            INTFLAGS => counter.Flags,
            TEMP => _temp.Value,
            _ => (byte)(Word(counter, offset & ~1) >> (8 * (offset & 1))),
        };
    }

    public override byte Read(int offset)
    {
        if (offset < CNT) return Peek(offset);
        if ((offset & 1) != 0) return _temp.Value;
        Sync();
        byte low = _temp.ReadLow(Word(_counter, offset));
        // The read of the low byte, which takes the whole value, takes it off the FIFO too (which byte does: unverified).
        if (offset is >= CCA and < PERBUF && IsCapture((offset - CCA) / 2))
        {
            CaptureFifo.Taken(ref _counter, (offset - CCA) / 2);
            Changed();
        }

        return low;
    }

    public override long HoldsUntil(int offset)
    {
        if (offset != INTFLAGS) return 0;
        Sync();
        long next = _counter.TicksToUpdate();
        foreach (TimerCondition condition in _conditions)
            if ((_counter.Flags & condition.Flag) == 0) next = Math.Min(next, TicksTo(condition));
        return _clock.CycleOf(next);
    }

    public override void Write(int offset, byte value)
    {
        // Ticks up to and including this cycle come first; what is written stands in their place (8077I 14.6.1).
        Sync();
        switch (offset)
        {
            case CTRLA:
                _ctrla = value;
                Connect();
                break;
            case CTRLB:
                _ctrlb = value;
                SelectMode(value & WGMODE);
                Connect();
                break;
            case CTRLC:
                // The waveform outputs can be preset while the timer is off (14.12.3); a running timer keeps its own (unverified).
                if (!IsRunning) _counter.Outputs = value;
                break;
            case CTRLD:
                _ctrld = value;
                Connect();
                break;
            case CTRLE:
                _ctrle = value;
                _counter.ByteMode = (value & BYTEM) != 0;
                break;
            case INTCTRLA:
                _intctrla = value;
                _conditions[0].Line.Level = value & OVFINTLVL;
                _conditions[1].Line.Level = (value & ERRINTLVL) >> 2;
                break;
            case INTCTRLB:
                _intctrlb = value;
                for (int n = 0; n < _facts.Channels; n++) _conditions[2 + n].Line.Level = (value >> (2 * n)) & 3;
                break;
            case CTRLFCLR:
                if ((value & DIR) != 0) SetDirection(false);
                if ((value & LUPD) != 0) _counter.LockUpdate = false;
                break;
            case CTRLFSET:
                if ((value & DIR) != 0) SetDirection(true);
                if ((value & LUPD) != 0) _counter.LockUpdate = true;
                Command(value & CMD);
                break;
            case CTRLGCLR:
                _counter.BufferValid &= (byte)~value;
                break;
            case CTRLGSET:
                _counter.BufferValid |= value;
                break;
            case INTFLAGS:
                ClearFlags(value);
                break;
            case TEMP:
                _temp.Value = value;
                return;
            case >= CNT when (offset & 1) == 0:
                _temp.WriteLow(value);
                return;
            case >= CNT:
                SetWord(offset & ~1, _temp.WriteHigh(value));
                break;
        }

        Changed();
        Written?.Invoke();
    }

    /// <summary>The access that serves a DMA request clears the flag it came with (14.10): a read or write of CCx or CCxBUF.</summary>
    public override byte DmaRead(int offset)
    {
        byte value = Read(offset);
        if ((offset & 1) == 0) Served(offset);
        return value;
    }

    /// <summary>The same by writing, and OVFIF with a write of CNT, PER or PERBUF; the high byte is the one that writes.</summary>
    public override void DmaWrite(int offset, byte value)
    {
        Write(offset, value);
        if ((offset & 1) == 0) return;
        if ((offset & ~1) is CNT or PER or PERBUF) Served(_conditions[0]);
        else Served(offset & ~1);
    }

    public override void Reset()
    {
        Sync();
        _counter.Reset();
        _temp = default;
        _ctrla = _ctrlb = _ctrld = _ctrle = _intctrla = _intctrlb = 0;
        _actions.Reset();
        Connect();
        foreach (TimerCondition condition in _conditions) condition.Line.Level = 0;
        Changed();
    }

    public override void State(StateStream s)
    {
        s.Value(ref _ctrla);
        s.Value(ref _ctrlb);
        s.Value(ref _ctrld);
        s.Value(ref _ctrle);
        s.Value(ref _intctrla);
        s.Value(ref _intctrlb);
        _temp.State(s);
        _counter.State(s);
        s.Value(ref _syncedTo);
        s.Value(ref _countTold);
        s.Value(ref _reportsUpdates);
        foreach (CompareOutput output in _outputs) output.State(s);
        if (s.IsRestoring) Connect();
        _clock.State(s);
        _actions.State(s);
        s.Value(_wake);
        if (!s.IsRestoring) return;
        _conditions[0].Line.Level = _intctrla & OVFINTLVL;
        _conditions[1].Line.Level = (_intctrla & ERRINTLVL) >> 2;
        for (int n = 0; n < _facts.Channels; n++) _conditions[2 + n].Line.Level = (_intctrlb >> (2 * n)) & 3;
        _flagsShown = _outputsShown = -1;
        Show(false);
    }

    /// <summary>Works out the ticks up to and including the current cycle.</summary>
    public void Sync() => Sync(_wake.Cycle == _services.Schedule.Now);

    /// <summary>A tick that a single event makes in the current cycle.</summary>
    public void TickByEvent()
    {
        Sync();
        Publish(_counter.Step());
        Changed();
    }

    /// <summary>An extension sets ERRIF in the current cycle: its fault protection has acted.</summary>
    public void RaiseError()
    {
        Sync();
        _counter.Flags |= WaveformCounter.ERRIF;
        Publish(WaveformCounter.ERRIF);
        Changed();
    }

    /// <summary>Power reduction stops the clock of the timer: it stands still as it is.</summary>
    protected override void OnStoppedChanged()
    {
        Sync();
        Connect();
        Review();
    }

    private static ushort Word(in WaveformCounter counter, int offset) => offset switch
    {
        CNT => counter.Count,
        PER => counter.Period,
        PERBUF => counter.PeriodBuffer,
        >= CCABUF => counter.CompareBuffer[(offset - CCABUF) / 2],
        >= CCA => counter.Compare[(offset - CCA) / 2],
        _ => 0,
    };

    private void SetWord(int offset, ushort value)
    {
        switch (offset)
        {
            case CNT:
                _counter.SetCount(value);
                break;
            case PER:
                _counter.Period = value;
                break;
            case PERBUF:
                _counter.PeriodBuffer = value;
                _counter.BufferValid |= WaveformCounter.PERBV;
                break;
            case >= CCABUF:
                _counter.CompareBuffer[(offset - CCABUF) / 2] = value;
                _counter.BufferValid |= (byte)(WaveformCounter.CCABV << ((offset - CCABUF) / 2));
                break;
            default:
                _counter.Compare[(offset - CCA) / 2] = value;
                break;
        }
    }

    private bool IsCapture(TimerCondition condition) => ((condition.Flag >> 4) & _counter.CaptureChannels) != 0;

    private bool IsCapture(int channel) => (_counter.CaptureChannels & (1 << channel)) != 0;

    private void SelectMode(int mode)
    {
        if (mode is 2 or 4)
        {
            _services.Diagnostics.Report(DiagnosticKind.Configuration, BaseAddress + CTRLB, $"{Name}.CTRLB: WGMODE {mode} is reserved; taken as NORMAL");
            mode = (int)WaveformMode.Normal;
        }

        _counter.Mode = (WaveformMode)mode;
    }

    // Connects clock and event inputs as CTRLA, CTRLB and CTRLD say.
    private void Connect()
    {
        bool selected = (_ctrld & EVSEL) >= 8;
        int enabled = _ctrlb / CCAEN;
        bool captures = Action is EventAction.Capture or EventAction.Frequency or EventAction.PulseWidth;
        // UPDOWN and QDEC count the events of the selected channel; CLKSEL only has to be on. The manual asks for an event
        // channel there (14.6.2), Atmel's quadrature decoder driver selects DIV1: this way both count alike (unverified).
        bool counts = selected && Action is EventAction.UpDown or EventAction.QuadratureDecode;
        _counter.CaptureChannels = (byte)(captures && _counter.Mode == WaveformMode.Normal ? enabled : 0);
        _clock.Select(IsStopped || counts ? 0 : _ctrla & CLKSEL);

        int inputs = Action switch
        {
            _ when IsStopped || !selected => 0,
            EventAction.Restart => 1,
            EventAction.UpDown => IsRunning ? 1 | (1 << EventActions.DirectionInput) : 0,
            EventAction.QuadratureDecode => IsRunning ? 1 : 0,
            _ => _counter.CaptureChannels,
        };
        _actions.Select(_ctrld & 7, inputs, Action == EventAction.UpDown ? EventActions.DirectionInput : -1, (_ctrld & EVDLY) != 0);
    }

    private void SetDirection(bool down) => _counter.Position = _counter.Position with { Down = down };

    // 8077I 14.11. Commands act in the cycle in which they are written.
    private void Command(int command)
    {
        switch (command)
        {
            case UpdateCommand:
                _counter.Update();
                Updated?.Invoke();
                break;
            case RestartCommand:
                _counter.Restart();
                break;
            case ResetCommand when !IsRunning:
                Reset();
                break;
        }
    }

    // Event actions (8077I 14.6.2, 14.7): the inputs with an event in this cycle, and the data bits that came with them.
    private void Act(int strobes, int data)
    {
        Sync();
        byte happened = 0;
        switch (Action)
        {
            case EventAction.Restart when (strobes & 1) != 0:
                _counter.Restart();
                break;
            case EventAction.UpDown when (strobes & 1) != 0:
                happened = Count((data & (1 << EventActions.DirectionInput)) != 0);
                break;
            case EventAction.QuadratureDecode when (strobes & 1) != 0:
                happened = Count((data & 1) != 0);
                break;
            case EventAction.QuadratureDecode when (data & 1) != 0:
                happened = Index();
                break;
            case EventAction.Capture or EventAction.Frequency or EventAction.PulseWidth:
                happened = Capture(strobes & _counter.CaptureChannels, data);
                break;
        }

        Publish(happened);
        Changed();
    }

    private byte Count(bool up)
    {
        SetDirection(!up);
        return _counter.Step();
    }

    private byte Index()
    {
        byte happened = _counter.Position.Count != 0 ? WaveformCounter.ERRIF : (byte)0;
        _counter.Flags |= happened;
        _counter.Position = _counter.Position with { Count = 0 };
        return happened;
    }

    // The value captured is the count that the CPU reads in the cycle of the action. FRQ restarts after every capture, PW
    // instead of a capture at a rising edge. (FRQ takes every event for the positive edge: unverified; the sense
    // configuration of the pin picks the edge, and other sources have no data bit.)
    private byte Capture(int channels, int data)
    {
        byte happened = 0;
        bool restart = channels != 0 && Action == EventAction.Frequency;
        for (; channels != 0; channels &= channels - 1)
        {
            int n = System.Numerics.BitOperations.TrailingZeroCount(channels);
            bool rising = (data & (1 << n)) != 0;
            if (Action == EventAction.PulseWidth && rising) restart = true;
            else happened |= CaptureFifo.Capture(ref _counter, n, rising);
        }

        if (restart) _counter.Restart();
        return happened;
    }

    // A captured value goes with its flag: the one in CCx and the one in CCxBUF (8077I 14.12.9).
    private void ClearFlags(byte flags)
    {
        _counter.Flags &= (byte)~flags;
        _counter.BufferValid &= (byte)~(((flags >> 4) & _counter.CaptureChannels) << 1);
    }

    private void Served(int offset)
    {
        int channel = offset is >= CCA and < PERBUF ? (offset - CCA) / 2 : offset >= CCABUF ? (offset - CCABUF) / 2 : -1;
        if (channel >= 0) Served(_conditions[2 + channel]);
    }

    // A channel that listens was served; a captured value goes with its read instead.
    private void Served(TimerCondition condition)
    {
        if (!condition.Request.IsWanted || IsCapture(condition)) return;
        _counter.Flags &= (byte)~condition.Flag;
        Changed();
    }

    // The last tick is told to those who listen only when this cycle was booked for them: who begins to listen in this
    // cycle does not hear of a tick that came before.
    private void Sync(bool publish)
    {
        long now = _services.Schedule.Now;
        if (now == _syncedTo) return;
        long ticks = _clock.TicksBetween(_syncedTo, now);
        _syncedTo = now;
        if (ticks == 0) return;
        byte last = _counter.Run(ticks);
        publish = publish && _clock.TicksAt(now);
        if (publish) Publish(last);
        Show(publish);
    }

    private WaveformCounter Look()
    {
        WaveformCounter counter = _counter;
        counter.Run(_clock.TicksBetween(_syncedTo, _services.Schedule.Now));
        return counter;
    }
}
