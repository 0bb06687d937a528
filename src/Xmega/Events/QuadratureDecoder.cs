using Xmega.State;
using Xmega.Time;

namespace Xmega.Events;

/// <summary>
/// One of the three quadrature decoders (8077I 6.8), on channels 0, 2 and 4: turns the two phases of a rotary encoder
/// into data events, up or down at each change, and an index into a reset. QDPH0 is the pin that CHnMUX selects, QDPH90
/// the next pin of the port, QINDX the source of the next channel.
/// </summary>
internal sealed class QuadratureDecoder
{
    private const byte QDEN = 0x08;  // quadrature decode enable
    private const byte QDIEN = 0x10; // index enable
    private const byte QDIRM = 0x60; // phases in which the index is recognised: QDPH0, QDPH90
    private const byte DIGFILT = 0x07;

    // Place in the cycle of the two-bit state QDPH0, QDPH90, counted in the forward direction: QDPH90 leads.
    private static readonly int[] Place = [0, 1, 3, 2];

    private readonly Schedule _schedule;
    private readonly EventChannel _channel;
    private readonly ScheduledAction _sample;
    private readonly Line _phase0 = new();
    private readonly Line _phase90 = new();
    private readonly Line _index = new();
    private readonly Line[] _lines;
    private byte _ctrl;
    private int _state;
    private bool _indexSeen;
    private bool _indexWaits; // an index that came with a count follows one cycle later

    public QuadratureDecoder(Schedule schedule, EventChannel channel, int number)
    {
        _schedule = schedule;
        _channel = channel;
        _lines = [_phase0, _phase90, _index];
        _sample = schedule.Create($"EVSYS.CH{number}.QDEC", Phase.Event, Sample);
    }

    /// <summary>Gets a value indicating whether the decoder has taken over its channel.</summary>
    public bool IsEnabled => (_ctrl & QDEN) != 0;

    /// <summary>Selects what is decoded, and how.</summary>
    /// <param name="ctrl">CHnCTRL.</param>
    /// <param name="phase0">The source of QDPH0.</param>
    /// <param name="phase90">The source of QDPH90.</param>
    /// <param name="index">The source of QINDX.</param>
    /// <param name="indexFilter">DIGFILT of the index's channel.</param>
    public void Configure(byte ctrl, EventSource? phase0, EventSource? phase90, EventSource? index, int indexFilter)
    {
        _ctrl = ctrl;
        bool indexed = IsEnabled && (ctrl & QDIEN) != 0;
        _phase0.Select(IsEnabled ? phase0 : null, this, ctrl & DIGFILT);
        _phase90.Select(IsEnabled ? phase90 : null, this, ctrl & DIGFILT);
        _index.Select(indexed ? index : null, this, indexFilter);
        if (!IsEnabled)
        {
            _sample.Cancel();
            return;
        }

        foreach (Line line in _lines) line.Start();
        _state = State();
    }

    /// <summary>A source says that its level changes in the next cycle.</summary>
    /// <param name="source">The source.</param>
    public void LevelChanges(EventSource source)
    {
        // What passes in this cycle does so before the change of the next.
        if (_sample.Cycle == _schedule.Now) Sample();
        Follow(source, source.Train is not null, _schedule.Now + 1);
    }

    /// <summary>An edge-sensed source raised an event in the current cycle; its data bit is its level.</summary>
    /// <param name="source">The source.</param>
    /// <param name="level">The level.</param>
    public void Raised(EventSource source, bool level) => Follow(source, level, _schedule.Now);

    public void Carry(StateStream s)
    {
        s.Value(ref _ctrl);
        s.Value(ref _state);
        s.Value(ref _indexSeen);
        s.Value(ref _indexWaits);
        foreach (Line line in _lines) line.Carry(s);
        s.Value(_sample);
    }

    private int State() => (_phase0.Passed ? 2 : 0) | (_phase90.Passed ? 1 : 0);

    private void Follow(EventSource source, bool level, long cycle)
    {
        foreach (Line line in _lines)
            if (line.Source == source) line.Follow(level, cycle);
        BookSample();
    }

    private void BookSample()
    {
        long next = _indexWaits ? _schedule.Now + 1 : ScheduledAction.Never;
        foreach (Line line in _lines) next = Math.Min(next, line.PassesAt);
        if (next == ScheduledAction.Never) _sample.Cancel();
        else _sample.Book(next);
    }

    private void Sample()
    {
        foreach (Line line in _lines) line.Settle(_schedule.Now);
        int state = State();
        bool counted = false;
        // Both phases at once is no step of an encoder: not counted (unverified).
        switch ((Place[state] - Place[_state]) & 3)
        {
            case 1:
                counted = true;
                _channel.Enter(true, true, Latency.Event);
                break;
            case 3:
                counted = true;
                _channel.Enter(true, false, Latency.Event);
                break;
        }

        _state = state;
        bool indexHere = _index.Passed && state == (_ctrl & QDIRM) >> 5;
        bool indexComes = _indexWaits || (indexHere && !_indexSeen);
        _indexSeen = indexHere;
        _indexWaits = indexComes && counted;
        if (indexComes && !counted) _channel.Enter(false, true, Latency.Event);
        BookSample();
    }

    // A line with its digital filter: a level passes when it has been the same in one cycle more than the filter's depth.
    private sealed class Line
    {
        private bool _level;
        private long _since;
        private int _depth;
        private bool _passed;

        public EventSource? Source { get; private set; }

        public bool Passed => _passed;

        public long PassesAt => _level == _passed ? ScheduledAction.Never : _since + _depth;

        public void Select(EventSource? source, QuadratureDecoder owner, int depth)
        {
            _depth = depth;
            if (source == Source) return;
            Source?.RemoveDecoder(owner);
            Source = source;
            Source?.AddDecoder(owner);
        }

        public void Start() => _level = _passed = Source?.LevelNow() ?? false;

        public void Follow(bool level, long cycle)
        {
            if (level == _level) return;
            _level = level;
            _since = cycle;
        }

        public void Settle(long cycle)
        {
            if (PassesAt <= cycle) _passed = _level;
        }

        public void Carry(StateStream s)
        {
            s.Value(ref _level);
            s.Value(ref _since);
            s.Value(ref _depth);
            s.Value(ref _passed);
        }
    }
}
