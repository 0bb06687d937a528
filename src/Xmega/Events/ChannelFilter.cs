using Xmega.State;
using Xmega.Time;

namespace Xmega.Events;

/// <summary>
/// The digital filter at a channel's input (8077I 6.7): what the source says must be sampled alike in DIGFILT + 1
/// cycles running before it passes, DIGFILT cycles late. Meant for pins: a level passes as a level, an edge when the pin
/// has kept its new level. An event of one cycle from any other source never passes.
/// </summary>
/// <remarks>
/// That an edge-sensed pin is filtered by its level, before its edges are found, is a modelling choice (unverified): by
/// the letter its event of one cycle could never pass, and the filter "is primarily intended for pin change events".
/// </remarks>
internal sealed class ChannelFilter
{
    private readonly Schedule _schedule;
    private readonly EventChannel _channel;
    private readonly ScheduledAction _settle;
    private EventSource? _source;
    private byte _depth;
    private bool _level;      // what is sampled
    private bool _passed;     // what has passed: the channel's train is this
    private bool _edgeStrobe; // an edge waits until its level is old enough

    public ChannelFilter(Schedule schedule, EventChannel channel, int number)
    {
        _schedule = schedule;
        _channel = channel;
        // After the pins have said what they do in this cycle.
        _settle = schedule.Create($"EVSYS.CH{number}.FILTER", Phase.Event, Settle);
    }

    /// <summary>Gets a value indicating whether anything is filtered at all.</summary>
    public bool IsOn => _depth > 0;

    /// <summary>Another source, or another depth: what is under way is forgotten.</summary>
    /// <param name="source">The source; null for none.</param>
    /// <param name="depth">DIGFILT, 0–7.</param>
    public void Configure(EventSource? source, byte depth)
    {
        _settle.Cancel();
        _source = source;
        _depth = depth;
        _edgeStrobe = false;
        _passed = false;
        _level = source?.LevelNow() ?? false;
        if (IsOn) _channel.SetTrain(null, Latency.Event);
        else _channel.SetTrain(source?.Train is { } train ? train.After(_schedule.Now) : null, source?.Latency ?? Latency.Event);
        if (IsOn) TrainChanged();
    }

    /// <summary>The source's train changed: for a filter only a level counts, an event in every cycle.</summary>
    public void TrainChanged()
    {
        if (!IsOn)
        {
            _channel.SetTrain(_source?.Train, _source?.Latency ?? Latency.Event);
            return;
        }

        bool high = _source?.Train is { Period: 1 };
        if (high == _level && !_settle.IsBooked) return;
        _level = high;
        // Trains are announced one cycle ahead, and so is what passes: after DIGFILT cycles of the same.
        if (_level == _passed) _settle.Cancel();
        else _settle.Book(_schedule.Now + _depth);
    }

    /// <summary>The source raised a single event in the current cycle.</summary>
    /// <param name="strobe">The signalling bit.</param>
    /// <param name="data">The data bit.</param>
    public void Raised(bool strobe, bool data)
    {
        if (!IsOn) _channel.Enter(strobe, data, _source?.Latency ?? Latency.Event);
        else if (_source is { HasLevel: true } && data == _level) _edgeStrobe = _settle.IsBooked;
    }

    /// <summary>The level of an edge-sensed pin changed in the current cycle; its edge, if that is sensed, is raised after this.</summary>
    /// <param name="level">The new level.</param>
    public void LevelChanged(bool level)
    {
        if (!IsOn || _source?.Train is not null) return;
        bool passed = _settle.IsBooked ? !_level : _level;
        _level = level;
        _edgeStrobe = false;
        if (level == passed) _settle.Cancel();
        else _settle.Book(_schedule.Now + _depth);
    }

    public void State(StateStream s)
    {
        s.Value(ref _depth);
        s.Value(ref _level);
        s.Value(ref _passed);
        s.Value(ref _edgeStrobe);
        s.Value(_settle);
    }

    /// <summary>Names the source again after a restored state, without any effect.</summary>
    /// <param name="source">The source.</param>
    public void Restore(EventSource? source) => _source = source;

    private void Settle()
    {
        if (_edgeStrobe)
        {
            _edgeStrobe = false;
            _channel.Enter(true, _level, _source?.Latency ?? Latency.Event);
            return;
        }

        bool high = _source?.Train is { Period: 1 };
        if (high == _passed) return;
        _passed = high;
        _channel.SetTrain(high ? new EventTrain(_schedule.Now + 1, 1, _source!.Train!.Value.Data) : null, _source?.Latency ?? Latency.Event);
    }
}
