using Xmega.Events;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Timers;

/// <summary>EVACT (8077I 14.12.4).</summary>
internal enum EventAction : byte
{
    /// <summary>None.</summary>
    Off = 0,

    /// <summary>Input capture.</summary>
    Capture = 1,

    /// <summary>Externally controlled up/down count.</summary>
    UpDown = 2,

    /// <summary>Quadrature decode.</summary>
    QuadratureDecode = 3,

    /// <summary>Restart of the waveform period.</summary>
    Restart = 4,

    /// <summary>Frequency capture.</summary>
    Frequency = 5,

    /// <summary>Pulse-width capture.</summary>
    PulseWidth = 6,
}

/// <summary>
/// The event inputs of a timer: up to four channels from the one that EVSEL names. What arrives in one cycle acts together,
/// at the end of the event phase of that cycle or, with EVDLY, of the next: after the ticks of the cycle, whatever the
/// order of the channels.
/// </summary>
internal sealed class EventActions
{
    /// <summary>Inputs of a timer: one a capture channel.</summary>
    public const int InputCount = 4;

    /// <summary>The input whose level is the direction in UPDOWN.</summary>
    public const int DirectionInput = 1;

    private readonly Schedule _schedule;
    private readonly EventSystem _events;
    private readonly Action<int, int> _act;
    private readonly ScheduledAction _due;
    private readonly Input[] _inputs;
    private readonly long[] _dueCycle = new long[2]; // what acts in a cycle, by the cycle's lowest bit
    private readonly byte[] _dueBits = new byte[2];  // strobes of the inputs in bits 3:0, data in 7:4
    private int _delay;

    /// <summary>Initializes a new instance of the <see cref="EventActions"/> class.</summary>
    /// <param name="services">What modules share.</param>
    /// <param name="name">The timer's name.</param>
    /// <param name="act">Acts in the current cycle on the strobes and the data bits of the inputs, a bit each.</param>
    public EventActions(ChipServices services, string name, Action<int, int> act)
    {
        _schedule = services.Schedule;
        _events = services.Events;
        _act = act;
        _due = services.Schedule.Create($"{name}.EVACT", Phase.Event, Act);
        _inputs = Numbered.Create(InputCount, n => new Input(this, n));
    }

    /// <summary>Selects what is listened to.</summary>
    /// <param name="firstChannel">The event channel of input 0; the others follow, modulo 8.</param>
    /// <param name="inputs">The inputs that listen, a bit each.</param>
    /// <param name="levelInput">The input of which only the level counts, or -1.</param>
    /// <param name="delayed">EVDLY.</param>
    public void Select(int firstChannel, int inputs, int levelInput, bool delayed)
    {
        _delay = delayed ? Latency.EventDelayBit : 0;
        for (int n = 0; n < InputCount; n++)
            _inputs[n].Select((inputs & (1 << n)) != 0 ? _events.Channels[(firstChannel + n) % EventSystem.ChannelCount] : null, n == levelInput);
    }

    public void Reset()
    {
        Array.Clear(_dueBits);
        _due.Cancel();
    }

    public void State(StateStream s)
    {
        s.Value(ref _dueCycle[0]);
        s.Value(ref _dueCycle[1]);
        s.Bytes(_dueBits);
        s.Value(_due);
    }

    private void Arrived(int input, bool strobe, bool data)
    {
        long due = _schedule.Now + _delay;
        Add(due, input, strobe, data);
        if (_inputs[input].IsLevel) return;
        foreach (Input other in _inputs)
            if (other.Train is { } level && level.Includes(_schedule.Now)) Add(due, other.Number, true, level.Data);
        if (due < _due.Cycle) _due.Book(due);
    }

    private void Add(long due, int input, bool strobe, bool data)
    {
        int slot = (int)(due & 1);
        if (_dueCycle[slot] != due) _dueBits[slot] = 0;
        _dueCycle[slot] = due;
        _dueBits[slot] |= (byte)((strobe ? 1 << input : 0) | (data ? 0x10 << input : 0));
    }

    private void Act()
    {
        long now = _schedule.Now;
        int slot = (int)(now & 1);
        int bits = _dueCycle[slot] == now ? _dueBits[slot] : 0;
        _dueBits[slot] = 0;
        if (_dueCycle[slot ^ 1] == now + 1 && _dueBits[slot ^ 1] != 0) _due.Book(now + 1);
        _act(bits & 0xF, bits >> 4);
    }

    private sealed class Input(EventActions owner, int number) : IEventUser
    {
        private readonly int _place = owner._events.NextUserPlace();
        private EventChannel? _channel;

        public int Number => number;

        public bool IsLevel { get; private set; }

        /// <summary>Gets the train of the input whose level counts; every event of the others arrives by itself.</summary>
        public EventTrain? Train { get; private set; }

        public void Select(EventChannel? channel, bool isLevel)
        {
            if (channel == _channel && isLevel == IsLevel) return;
            _channel?.Unsubscribe(this);
            Train = null;
            _channel = channel;
            IsLevel = isLevel;
            _channel?.Subscribe(this);
        }

        int IEventUser.Place => _place;

        bool IEventUser.CountsTrains(int channel) => IsLevel;

        void IEventUser.OnEvent(int channel, bool strobe, bool data) => owner.Arrived(number, strobe, data);

        void IEventUser.OnTrain(int channel, EventTrain? train)
        {
            // The old train's last event may be one of this cycle.
            if (Train is { } old && old.Includes(owner._schedule.Now)) owner.Arrived(number, true, old.Data);
            Train = train;
        }
    }
}
