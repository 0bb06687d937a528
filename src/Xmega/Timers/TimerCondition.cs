using Xmega.Dma;
using Xmega.Events;
using Xmega.Interrupts;
using Xmega.Signals;

namespace Xmega.Timers;

/// <summary>A condition of a timer with all its ways out: flag and interrupt, event source, DMA request, signal.</summary>
internal sealed class TimerCondition
{
    private readonly Time.Schedule _schedule;
    private readonly EventSource _source;
    private readonly Signal _signal;

    /// <summary>Initializes a new instance of the <see cref="TimerCondition"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="facts">The timer.</param>
    /// <param name="name">OVF, ERR, CCA, ...</param>
    /// <param name="meaning">What the signal means.</param>
    /// <param name="flag">The flag in INTFLAGS.</param>
    /// <param name="vector">Vector number.</param>
    /// <param name="eventCode">CHnMUX code.</param>
    /// <param name="dmaCode">TRIGSRC code.</param>
    /// <param name="taken">Called when the vector is executed.</param>
    /// <param name="audienceChanged">Called when somebody begins or ceases to listen.</param>
    public TimerCondition(ChipServices services, TimerFacts facts, string name, string meaning, byte flag, int vector, int eventCode, int dmaCode, Action<TimerCondition> taken, Action audienceChanged)
    {
        _schedule = services.Schedule;
        Flag = flag;
        Line = services.Interrupts.Connect(vector, $"{facts.Name}_{name}", () => taken(this));
        _source = services.Events.Connect(eventCode, $"{facts.Name}_{name}", Time.Latency.TimerEvent);
        _source.WantedChanged += audienceChanged;
        Request = services.DmaRequests.Add($"{facts.Name}_{name}", dmaCode);
        Request.WantedChanged = audienceChanged;
        _signal = services.Signals.Add($"{facts.Name}.{name}", SignalKind.Event, 1, meaning, static () => 0, audienceChanged);
    }

    public byte Flag { get; }

    public InterruptLine Line { get; }

    public DmaRequestLine Request { get; }

    /// <summary>Gets a value indicating whether its regular events are to be announced as a train.</summary>
    public bool WantsTrain => _source.IsWanted;

    /// <summary>Gets a value indicating whether a train is announced.</summary>
    public bool HasTrain => _source.Train.HasValue;

    /// <summary>Whether somebody has to be told when the condition comes next.</summary>
    /// <param name="flags">INTFLAGS.</param>
    public bool WantsNext(byte flags) =>
        (Line.Level != 0 && (flags & Flag) == 0) || (_source.IsWanted && _source.Train is null) || _signal.IsWatched || Request.IsWanted;

    /// <summary>Announces when events come from now on; a train that runs on as before is left alone.</summary>
    public void Announce(EventTrain? train)
    {
        if (train is { } next && _source.Train is { } running && next.Period == running.Period && next.First == running.NextAfter(_schedule.Now)) return;
        _source.SetTrain(train);
    }

    /// <summary>The condition came in the current cycle.</summary>
    /// <param name="captured">Whether it is a capture, which requests DMA by its flag until the value is read. Other conditions request it each time they come.</param>
    public void Happened(bool captured)
    {
        if (!captured) Request.Pulse();
        // A tick of a single event comes beside the train of the clock, and so does what it brings about.
        if (_source.Train is not { } train || !train.Includes(_schedule.Now)) _source.Raise();
        if (_signal.IsWatched) _signal.Changed(1);
    }
}
