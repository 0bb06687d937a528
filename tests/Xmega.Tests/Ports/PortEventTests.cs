using CsCheck;
using Xmega.Events;
using Xmega.Ports;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Ports;

public class PortEventTests
{
    private const int LEVEL = 3;

    // A change in cycle c is in IN in c + 2, where the strobe is (port.md 5); a user hears it two cycles later, in c + 4.
    // The signal shows 3 for strobe and data, 2 for strobe alone.
    [Theory]
    [InlineData(0, 3, 2)]
    [InlineData(1, 3, 0)]
    [InlineData(2, 0, 2)]
    [InlineData(7, 0, 0)]
    public void An_edge_strobes_as_IN_changes_with_the_pin_value_as_data(int isc, int onRise, int onFall)
    {
        Bench bench = new Bench().Watch("EVSYS.CH2");
        PinDriver pin = bench.Driven("PORTD.PIN5", false);
        bench.Write("PORTD.PIN5CTRL", isc).Write("EVSYS.CH2MUX", 0x6D).AdvanceTo(100);
        pin.Set(true);
        bench.AdvanceTo(200);
        pin.Set(false);
        bench.AdvanceTo(300);
        Assert.Equal([.. new (long, string, long)[] { (104, "EVSYS.CH2", onRise), (204, "EVSYS.CH2", onFall) }.Where(e => e.Item3 != 0)], bench.Trace);
        Assert.Equal(0, bench.Read("PORTD.INTFLAGS"));
    }

    // High from cycle 100 to 104: in IN from 102 to 106, five strobes less one: 102, 103, 104, 105.
    [Fact]
    public void The_level_strobes_in_every_cycle_in_which_IN_is_high()
    {
        Bench bench = new Bench().Watch("EVSYS.CH0");
        PinDriver pin = bench.Driven("PORTA.PIN0", false);
        bench.Write("PORTA.PIN0CTRL", LEVEL).Write("EVSYS.CH0MUX", 0x50).AdvanceTo(100);
        pin.Set(true);
        bench.AdvanceTo(104);
        pin.Set(false);
        bench.AdvanceTo(200);
        Assert.Equal([104, 105, 106, 107], bench.CyclesOf("EVSYS.CH0", 3));
        Assert.Equal(4, bench.Trace.Count);
        Assert.Equal(4, bench.Chip.Events.Channels[0].Count);
    }

    [Fact]
    public void The_level_is_counted_without_an_action_a_cycle()
    {
        var bench = new Bench();
        bench.Driven("PORTA.PIN0", true);
        bench.Write("PORTA.PIN0CTRL", LEVEL).AdvanceTo(100).Write("EVSYS.CH0MUX", 0x50);
        int booked = bench.Chip.Services.Schedule.Count;
        bench.AdvanceTo(1_000_100);
        Assert.Equal(booked, bench.Chip.Services.Schedule.Count);
        // Selected in cycle 100: strobes from 101 on, at the users from 103 to 1,000,100.
        Assert.Equal(1_000_100 - 102, bench.Chip.Events.Channels[0].Count);
    }

    [Fact]
    public void A_source_nobody_selects_is_not_sensed()
    {
        var bench = new Bench();
        PinDriver pin = bench.Driven("PORTD.PIN5", false);
        bench.Write("EVSYS.CH2MUX", 0x6D).Write("EVSYS.CH2MUX", 0).AdvanceTo(100);
        int booked = bench.Chip.Services.Schedule.Count;
        pin.Set(true);
        Assert.Equal(booked, bench.Chip.Services.Schedule.Count);
    }

    [Theory]
    [InlineData("PORTA", 0x50)]
    [InlineData("PORTB", 0x58)]
    [InlineData("PORTC", 0x60)]
    [InlineData("PORTD", 0x68)]
    [InlineData("PORTE", 0x70)]
    [InlineData("PORTF", 0x78)]
    public void Each_pin_of_A_to_F_has_its_code(string port, int code)
    {
        Bench bench = new Bench().WithoutJtag();
        for (int n = 0; n < 8; n++)
        {
            EventSource source = bench.Chip.Events.Sources.Single(s => s.Code == code + n);
            Assert.Equal($"{port}_PIN{n}", source.Name);
            Assert.Equal(source.Name, Registers.RegisterMap.ATxmega128A1.EventSources[code + n]);
            bench.Write("EVSYS.CH0MUX", code + n);
            bench.Driven($"{port}.PIN{n}", true);
            Assert.Equal(n + 1, bench.Advance(4).Chip.Events.Channels[0].Count);
        }
    }

    // Any changes of level, sense configuration and multiplexer give the events of a model clocked every cycle.
    [Fact]
    public void Any_waveform_gives_the_events_of_a_model_clocked_every_cycle()
    {
        int[] controls = [0, 1, 2, LEVEL, LEVEL, 0x40 | LEVEL, 0x41, 7];
        Gen<int> control = Gen.Int[0, controls.Length - 1].Select(i => controls[i]);
        // Kind 0-3: the pin takes a level; 4: PIN0CTRL; 5: CH0MUX on or off.
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Bool, control).List[1, 60].Sample(steps =>
        {
            Bench bench = new Bench().Watch("EVSYS.CH0");
            PinDriver pin = bench.Driven("PORTC.PIN0", false);
            bench.Write("EVSYS.CH0MUX", 0x60).AdvanceTo(10);
            int isc = 0;
            bool level = false, first = false, second = false, selected = true;
            var expected = new List<(long, string, long)>();
            foreach ((int gap, int kind, bool value, int pinControl) in steps)
            {
                for (int i = 0; i < gap; i++) Clock();
                switch (kind)
                {
                    case < 4: pin.Set(level = value); break;
                    case 4: bench.Write("PORTC.PIN0CTRL", isc = pinControl); break;
                    default: bench.Write("EVSYS.CH0MUX", (selected = value) ? 0x60 : 0); break;
                }
            }

            for (int i = 0; i < 6; i++) Clock();
            bench.Advance(1);
            Assert.Equal(expected.Where(e => e.Item1 <= bench.Now), bench.Trace);

            void Clock()
            {
                bool now = first;
                bool strobe = (isc & 7) switch { 0 => now != second, 1 => now && !second, 2 => !now && second, LEVEL => now, _ => false };
                second = now;
                first = (isc & 7) != 7 && (level ^ ((isc & 0x40) != 0));
                bench.Advance(1);
                if (strobe && selected) expected.Add((bench.Now + 2, "EVSYS.CH0", now ? 3 : 2));
            }
        }, iter: 200);
    }
}
