using Xmega.Events;
using Xmega.Signals;
using Xmega.Time;

namespace Xmega.Tests.Events;

/// <summary>Hears every event, one by one.</summary>
internal sealed class HearingUser(Schedule schedule) : IEventUser
{
    public List<(long Cycle, int Bits)> Events { get; } = [];

    public Action? Then { get; set; }

    public void OnEvent(int channel, bool strobe, bool data)
    {
        Events.Add((schedule.Now, (strobe ? 2 : 0) | (data ? 1 : 0)));
        Then?.Invoke();
    }
}

/// <summary>Works the events of trains out by itself, as a timer does.</summary>
internal sealed class CountingUser(Schedule schedule) : IEventUser
{
    private EventTrain? _train;
    private long _from;

    public List<(long Cycle, int Bits)> Events { get; } = [];

    public bool CountsTrains(int channel) => true;

    public void OnEvent(int channel, bool strobe, bool data) => Events.Add((schedule.Now, (strobe ? 2 : 0) | (data ? 1 : 0)));

    public void OnTrain(int channel, EventTrain? train)
    {
        if (_train is { } old)
            for (long c = old.NextAfter(_from); c <= schedule.Now; c = old.NextAfter(c)) Events.Add((c, old.Data ? 3 : 2));
        _from = schedule.Now;
        _train = train;
    }
}

/// <summary>Watches the channel's signal.</summary>
internal sealed class ChannelProbe : ISignalProbe
{
    public List<(long Cycle, int Bits)> Events { get; } = [];

    public void OnSignal(Signal signal, long cycle, long value) => Events.Add((cycle, (int)value));
}
