using CsCheck;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Events;

/// <summary>Quadrature decoding (evsys.md 4) seen by a timer, as firmware sets it up.</summary>
public class QuadratureTests
{
    private const int LevelSensing = 3;
    private const int BothEdges = 0;

    // The two-bit state QDPH0, QDPH90 in the forward direction: QDPH90 leads.
    private static readonly (bool Phase0, bool Phase90)[] Forward = [(false, false), (false, true), (true, true), (true, false)];

    private readonly Bench _bench = new();
    private readonly PinDriver[] _pins;
    private int _place;

    public QuadratureTests()
    {
        _pins = [.. Enumerable.Range(0, 3).Select(n => _bench.Chip.FindPin($"PORTD.PIN{n}")!.AddDriver("encoder"))];
        foreach (PinDriver pin in _pins) pin.Drive = PinDrive.Strong(false);
        _bench.Advance(10);
        _bench.Write("PORTD.PIN0CTRL", LevelSensing).Write("PORTD.PIN1CTRL", LevelSensing).Write("PORTD.PIN2CTRL", BothEdges);
    }

    [Fact]
    public void Forward_counts_up_and_back_counts_down_four_a_line()
    {
        Decode(per: 99);
        for (int i = 0; i < 10; i++) Step(1);
        Assert.Equal(10, Count());
        for (int i = 0; i < 13; i++) Step(-1);
        Assert.Equal(97, Count()); // below 0 it goes on at PER
    }

    [Fact]
    public void A_change_of_a_phase_counts_four_cycles_later()
    {
        // Pin in cycle c, IN at c + 2 (synchroniser), and two cycles of the event system.
        Decode(per: 99);
        _bench.Watch("EVSYS.CH0");
        long c = _bench.Now;
        _pins[1].Drive = PinDrive.Strong(true);
        _bench.Advance(20);
        Assert.Equal([c + 4], _bench.CyclesOf("EVSYS.CH0", 3));
        Assert.Equal(1, Count());
    }

    [Fact]
    public void Both_phases_at_once_do_not_count()
    {
        Decode(per: 99);
        _pins[0].Drive = _pins[1].Drive = PinDrive.Strong(true);
        _bench.Advance(20);
        Assert.Equal(0, Count());
        _place = 2;
        Step(1);
        Assert.Equal(1, Count());
    }

    [Fact]
    public void A_million_random_valid_steps_end_at_the_right_count()
    {
        Decode(per: 0xFFFF);
        var random = new Random(20261123);
        int expected = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            int direction = random.Next(2) == 0 ? 1 : -1;
            expected += direction;
            Move(direction);
            _bench.Advance(5 + random.Next(4));
        }

        _bench.Advance(20);
        Assert.Equal(expected & 0xFFFF, Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void The_digital_filter_delays_steps_and_swallows_shorter_ones(int depth)
    {
        Decode(per: 99, filter: depth);
        _bench.Watch("EVSYS.CH0");
        long c = _bench.Now;
        Move(1);
        _bench.Advance(depth); // one cycle short of depth + 1 equal samples
        Move(-1);
        _bench.Advance(30);
        Assert.Equal(0, Count());
        c = _bench.Now;
        Move(1);
        _bench.Advance(depth + 1);
        Move(-1);
        _bench.Advance(30);
        Assert.Equal([c + 4 + depth], _bench.CyclesOf("EVSYS.CH0", 3));
        Assert.Equal([c + 4 + depth + depth + 1], _bench.CyclesOf("EVSYS.CH0", 2));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    public void The_index_resets_the_count_in_the_state_that_QDIRM_names(int mode, int place)
    {
        _bench.Write("EVSYS.CH1MUX", 0x6A); // PORTD.PIN2
        Decode(per: 99, control: 0x18 | (mode << 5));
        for (int i = 0; i < 8; i++) Step(1);
        Assert.Equal(8, Count());
        // The index is high all round: it is recognised in one state only, once.
        _pins[2].Drive = PinDrive.Strong(true);
        _bench.Advance(10);
        for (int i = 0; i < 4; i++) Step(1);
        int sinceIndex = (4 - place) % 4;
        Assert.Equal(sinceIndex == 0 ? (place == 0 ? 0 : 4) : sinceIndex, Count() % 4 == 0 ? Count() % 8 : Count());
    }

    [Fact]
    public void Without_QDEN_the_pins_level_passes_as_events()
    {
        _bench.Write("EVSYS.CH0MUX", 0x68);
        _pins[0].Drive = PinDrive.Strong(true);
        _bench.Advance(104);
        Assert.Equal(101, _bench.Chip.Events.Channels[0].Count); // first at c + 4, one a cycle
    }

    [Fact]
    public void Any_walk_ends_where_it_leads() =>
        Gen.Int[0, 1].Array[0, 60].Sample(walk =>
        {
            var test = new QuadratureTests();
            test.Decode(per: 0xFFFF);
            foreach (int step in walk) test.Step((2 * step) - 1);
            Assert.Equal(walk.Sum(s => (2 * s) - 1) & 0xFFFF, test.Count());
        }, iter: 200);

    private void Decode(int per, int filter = 0, int control = 0x08)
    {
        _bench.Write("EVSYS.CH0MUX", 0x68).Write("EVSYS.CH0CTRL", control | filter);
        _bench.Write("TCC0.PER", per).Write("TCC0.CTRLD", 0x68).Write("TCC0.CTRLA", 1);
        _bench.Advance(10);
    }

    private void Move(int direction)
    {
        _place = (_place + direction) & 3;
        _pins[0].Drive = PinDrive.Strong(Forward[_place].Phase0);
        _pins[1].Drive = PinDrive.Strong(Forward[_place].Phase90);
    }

    private void Step(int direction)
    {
        Move(direction);
        _bench.Advance(25);
    }

    private int Count() => _bench.Read("TCC0.CNT");
}
