using CsCheck;
using Xmega.Events;
using Xmega.Signals;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Events;

/// <summary>
/// Two sources raise and announce trains, the multiplexer switches between them, software strobes, users come and go. The
/// model knows what arrives in every cycle: what A raised two cycles before, and B, which is as fast as a timer, one. Whoever hears each event and
/// whoever counts trains must come to the same events, none lost, none twice.
/// </summary>
public class EventChannelModelTests
{
    private const int CH0MUX = 0x00, STROBE = 0x10, DATA = 0x11;

    private enum Kind
    {
        Raise,
        SetTrain,
        EndTrain,
        Select,
        Strobe,
        ToggleHearing,
        ToggleCounting,
        ToggleProbe,
    }

    [Fact]
    public void Users_that_hear_each_event_and_users_that_count_trains_see_the_same()
    {
        Gen<Step> step = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 7], Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[1, 5], Gen.Int[1, 4])
            .Select((gap, kind, inModule, first, data, offset, period) => new Step(gap, (Kind)kind, inModule, first, data, offset, period));
        step.List[1, 60].Sample(steps => new Trial().Run(steps), iter: 2000);
    }

    private sealed record Step(int Gap, Kind Kind, bool InModule, bool First, bool Data, int Offset, int Period);

    private sealed class Trial
    {
        private readonly Schedule _schedule = new();
        private readonly EventSystem _events;
        private readonly EventSource[] _sources;
        private readonly EventChannel _channel;
        private readonly Signal _signal;
        private readonly ScheduledAction _module;
        private readonly HearingUser _hearing;
        private readonly CountingUser _counting;
        private readonly ChannelProbe _probe = new();
        private readonly bool[] _listens = new bool[3];
        private readonly List<(long Cycle, int Bits)>[] _expected = [[], [], []];
        private readonly Dictionary<long, int> _arriving = [];
        private readonly EventTrain?[] _trains = new EventTrain?[2];
        private Action _inModule = static () => { };
        private int _selected = -1;
        private long _turnedAt = -1;
        private long _delivered;

        public Trial()
        {
            var signals = new SignalList(_schedule);
            _events = new EventSystem(_schedule, signals, new Diagnostics(_schedule));
            _channel = _events.Channels[0];
            _sources = [_events.Connect(1, "A"), _events.Connect(2, "B", Latency.TimerEvent)];
            _signal = signals.Find("EVSYS.CH0")!;
            _module = _schedule.Create("test", Phase.Module, () => _inModule());
            _hearing = new HearingUser(_schedule);
            _counting = new CountingUser(_schedule);
        }

        public void Run(List<Step> steps)
        {
            _schedule.AdvanceTo(10);
            foreach (Step step in steps)
            {
                for (int i = 1; i < step.Gap; i++) Clock();
                // What sources do, they do at their clock edge or when a register is written; the rest is register writes.
                bool inModule = step.InModule && step.Gap > 0 && step.Kind <= Kind.EndTrain;
                if (inModule)
                {
                    _inModule = () => Do(step);
                    _module.Book(_schedule.Now + 1);
                }

                if (step.Gap > 0) Clock();
                if (!inModule) Do(step);
                Assert.Equal(_delivered, _channel.Count);
            }

            for (int i = 0; i < 4; i++) Clock();
            if (_listens[1]) _counting.OnTrain(0, null);
            Assert.Equal(_expected[0], _hearing.Events);
            Assert.Equal(_expected[1], _counting.Events.OrderBy(e => e.Cycle));
            Assert.Equal(_expected[2], _probe.Events);
        }

        private void Clock()
        {
            // The model first: what a module does in the coming cycle adds to that cycle's own train event.
            long now = _schedule.Now + 1;
            if (_selected >= 0 && _trains[_selected] is { } train && train.Includes(now)) Carry(now + _sources[_selected].Latency, train.Data ? 3 : 2);
            if (_arriving.TryGetValue(now, out int bits))
            {
                _delivered++;
                for (int i = 0; i < 3; i++)
                    if (_listens[i]) _expected[i].Add((now, bits));
            }

            _schedule.AdvanceTo(now);
        }

        private void Carry(long cycle, int bits) => _arriving[cycle] = _arriving.GetValueOrDefault(cycle) | bits;

        private void Do(Step step)
        {
            long now = _schedule.Now;
            int index = step.First ? 0 : 1;
            EventSource source = _sources[index];
            if (step.Kind is Kind.Select or Kind.SetTrain or Kind.EndTrain)
            {
                // One turn of the multiplexer or of a train in a cycle: a train of the faster source that begins and ends in
                // the same cycle leaves its data bit on an event of the slower one that arrives with what would have been its first.
                if (_turnedAt == now) return;
                _turnedAt = now;
            }

            switch (step.Kind)
            {
                case Kind.Raise:
                    source.Raise(step.Data);
                    if (_selected == index) Carry(now + source.Latency, step.Data ? 3 : 2);
                    break;
                case Kind.SetTrain:
                    _trains[index] = new EventTrain(now + step.Offset, step.Period, step.Data);
                    source.SetTrain(_trains[index]);
                    break;
                case Kind.EndTrain:
                    _trains[index] = null;
                    source.SetTrain(null);
                    break;
                case Kind.Select:
                    _selected = step.Data ? index : -1;
                    _events.Write(CH0MUX, (byte)(step.Data ? index + 1 : 0));
                    break;
                case Kind.Strobe when _selected != 1: // what a software event replaces of a faster source is not defined
                    _events.Write(DATA, step.Data ? (byte)1 : (byte)0);
                    _events.Write(STROBE, step.First ? (byte)1 : (byte)0);
                    if (step.Data || step.First) _arriving[now + Latency.Event] = (step.First ? 2 : 0) | (step.Data ? 1 : 0);
                    break;
                case Kind.ToggleHearing:
                    _listens[0] = !_listens[0];
                    if (_listens[0]) _channel.Subscribe(_hearing);
                    else _channel.Unsubscribe(_hearing);
                    break;
                case Kind.ToggleCounting:
                    _listens[1] = !_listens[1];
                    if (_listens[1])
                    {
                        _channel.Subscribe(_counting);
                    }
                    else
                    {
                        _counting.OnTrain(0, null);
                        _channel.Unsubscribe(_counting);
                    }

                    break;
                case Kind.ToggleProbe:
                    _listens[2] = !_listens[2];
                    if (_listens[2]) _signal.Watch(_probe);
                    else _signal.Unwatch(_probe);
                    break;
            }
        }
    }
}
