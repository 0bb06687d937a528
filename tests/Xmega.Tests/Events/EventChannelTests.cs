using Xmega.Events;
using Xmega.State;
using Xmega.TestSupport;
using Xmega.Time;
using Xunit;

namespace Xmega.Tests.Events;

public class EventChannelTests
{
    // Codes that no module of the chip has.
    private const int CodeA = 0x01, CodeB = 0x02;

    private readonly Bench _bench = new();
    private readonly EventSource _a;
    private readonly EventSource _b;

    public EventChannelTests()
    {
        _a = _bench.Chip.Events.Connect(CodeA, "A");
        _b = _bench.Chip.Events.Connect(CodeB, "B");
    }

    private Schedule Schedule => _bench.Chip.Services.Schedule;

    private EventChannel Channel => _bench.Chip.Events.Channels[0];

    // evsys.md 2: raised in cycle n, the user acts in n + 2.
    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 3)]
    public void An_event_reaches_its_users_two_cycles_later(bool data, int bits)
    {
        var user = new HearingUser(Schedule);
        Channel.Subscribe(user);
        _bench.Write("EVSYS.CH0MUX", CodeA).AdvanceTo(100);
        _a.Raise(data);
        _bench.AdvanceTo(101);
        Assert.Empty(user.Events);
        _bench.AdvanceTo(200);
        Assert.Equal([(102L, bits)], user.Events);
        Assert.Equal(1, Channel.Count);
    }

    [Fact]
    public void Events_in_consecutive_cycles_arrive_in_consecutive_cycles()
    {
        var user = new HearingUser(Schedule);
        Channel.Subscribe(user);
        _bench.Write("EVSYS.CH0MUX", CodeA);
        for (int c = 100; c < 120; c++)
        {
            _bench.AdvanceTo(c);
            _a.Raise();
        }

        _bench.AdvanceTo(200);
        Assert.Equal(Enumerable.Range(102, 20).Select(c => ((long)c, 2)), user.Events);
    }

    [Fact]
    public void One_source_feeds_several_channels_and_a_channel_several_users()
    {
        HearingUser user = new(Schedule), other = new(Schedule);
        _bench.Write("EVSYS.CH0MUX", CodeA).Write("EVSYS.CH7MUX", CodeA).Write("EVSYS.CH3MUX", CodeB).AdvanceTo(100);
        Channel.Subscribe(user);
        Channel.Subscribe(other);
        _a.Raise();
        _bench.AdvanceTo(110);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 1], _bench.Chip.Events.Channels.Select(c => c.Count));
        Assert.Single(user.Events);
        Assert.Equal(user.Events, other.Events);
    }

    [Fact]
    public void A_source_is_wanted_while_a_channel_selects_it()
    {
        var changes = new List<bool>();
        _a.WantedChanged += () => changes.Add(_a.IsWanted);
        _bench.Write("EVSYS.CH0MUX", CodeA).Write("EVSYS.CH1MUX", CodeA).Write("EVSYS.CH0MUX", CodeB);
        Assert.True(_a.IsWanted);
        _bench.Write("EVSYS.CH1MUX", 0).Write("EVSYS.CH1MUX", 0);
        Assert.Equal([true, false], changes);
    }

    [Fact]
    public void What_was_under_way_at_a_mux_switch_still_arrives()
    {
        var user = new HearingUser(Schedule);
        Channel.Subscribe(user);
        _bench.Write("EVSYS.CH0MUX", CodeA).AdvanceTo(100);
        _a.Raise();
        _bench.Write("EVSYS.CH0MUX", CodeB);
        _a.Raise();
        _bench.AdvanceTo(110);
        Assert.Equal([(102L, 2)], user.Events);
    }

    // DATA[n] and STROBE[n]: 01 data event, 10 strobe, 11 both; the multiplexer does not matter.
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 1, 3)]
    public void A_software_event_carries_STROBE_and_DATA(int strobe, int data, int bits)
    {
        Bench bench = _bench.Watch("EVSYS.CH5");
        bench.AdvanceTo(100).Write("EVSYS.DATA", data << 5).AdvanceTo(101).Write("EVSYS.STROBE", strobe << 5).AdvanceTo(200);
        Assert.Equal(bits == 0 ? [] : [(103L, "EVSYS.CH5", (long)bits)], bench.Trace);
        Assert.Equal(data << 5, bench.Read("EVSYS.DATA"));
        Assert.Equal(0, bench.Read("EVSYS.STROBE"));
    }

    [Fact]
    public void A_software_event_replaces_the_source_in_its_cycle()
    {
        Bench bench = _bench.Watch("EVSYS.CH0");
        bench.Write("EVSYS.CH0MUX", 0x82).Write("EVSYS.DATA", 1).AdvanceTo(100).Write("EVSYS.STROBE", 0).AdvanceTo(110);
        // clk_PER / 4: events in 4, 8, … 96, 100, 104; that of cycle 100 becomes a mere data event.
        Assert.Equal([(98, "EVSYS.CH0", 2), (102, "EVSYS.CH0", 1), (106, "EVSYS.CH0", 2), (110, "EVSYS.CH0", 2)], bench.Trace.Where(e => e.Cycle > 95));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 8)]
    [InlineData(15, 32768)]
    public void Prescaler_sources_strobe_every_power_of_two_cycles(int m, int period)
    {
        _bench.AdvanceTo(period - 1).Write("EVSYS.CH0MUX", 0x80 + m).AdvanceTo((10 * period) + 1);
        // Events in period, 2 period, …, 10 period; at the users two cycles later.
        Assert.Equal(9, Channel.Count);
        _bench.Advance(1);
        Assert.Equal(10, Channel.Count);
    }

    [Fact]
    public void A_train_that_is_only_counted_books_nothing()
    {
        var user = new CountingUser(Schedule);
        int booked = Schedule.Count;
        Channel.Subscribe(user);
        _bench.Write("EVSYS.CH0MUX", 0x80).AdvanceTo(1_000_000);
        Assert.Equal(booked, Schedule.Count);
        Assert.Equal(1_000_000 - 2, Channel.Count);
    }

    [Fact]
    public void A_user_that_leaves_while_it_is_told_does_not_hide_the_event_from_the_next()
    {
        HearingUser leaving = new(Schedule), next = new(Schedule);
        leaving.Then = () => Channel.Unsubscribe(leaving);
        Channel.Subscribe(leaving);
        Channel.Subscribe(next);
        _bench.AdvanceTo(10).Write("EVSYS.STROBE", 1).AdvanceTo(20).Write("EVSYS.STROBE", 1).AdvanceTo(30);
        Assert.Equal([(12L, 2)], leaving.Events);
        Assert.Equal([(12L, 2), (22L, 2)], next.Events);
    }

    [Fact]
    public void A_reset_drops_what_is_under_way_and_keeps_the_count()
    {
        var user = new HearingUser(Schedule);
        Channel.Subscribe(user);
        _bench.Write("EVSYS.CH0MUX", CodeA).AdvanceTo(100);
        _a.SetTrain(new EventTrain(101, 1, false));
        _bench.AdvanceTo(110);
        _bench.Chip.Reset(Xmega.SystemControl.ResetSource.Software);
        _bench.AdvanceTo(200);
        Assert.Equal(8, user.Events.Count);
        Assert.Equal(8, Channel.Count);
        Assert.False(_a.IsWanted);
    }

    [Fact]
    public void Restored_channels_go_on_as_the_saved_ones_would()
    {
        _bench.Write("EVSYS.CH0MUX", CodeA).Write("EVSYS.CH1MUX", 0x83).Watch("EVSYS.CH0").AdvanceTo(100);
        _a.SetTrain(new EventTrain(103, 5, true));
        _b.SetTrain(new EventTrain(101, 1, true));
        _a.Raise();
        _bench.AdvanceTo(101);
        var saved = new StateStream();
        _bench.Chip.Events.State(saved);
        (long, string, long)[] first = [.. _bench.AdvanceTo(150).Trace];
        long counted = _bench.Chip.Events.Channels[1].Count;

        _bench.Write("EVSYS.CH0MUX", CodeB).Write("EVSYS.CH1MUX", 0);
        _a.SetTrain(null);
        _bench.Advance(10);
        int before = _bench.Trace.Count;
        Schedule.Restart(101);
        _bench.Chip.Events.State(new StateStream(saved.ToArray()));
        Assert.NotEmpty(first);
        Assert.Equal(first, _bench.AdvanceTo(150).Trace.Skip(before));
        Assert.Equal(counted, _bench.Chip.Events.Channels[1].Count);
        Assert.True(_a.IsWanted);
        Assert.False(_b.IsWanted);
    }
}
