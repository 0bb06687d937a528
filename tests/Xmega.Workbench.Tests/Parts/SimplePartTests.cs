using Xmega.Ports;
using Xmega.State;
using Xmega.Workbench.Boards;
using Xmega.Workbench.Parts;
using Xunit;
using static Xmega.Workbench.Tests.Parts.PartBench;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>Parts that live by levels and their times.</summary>
public sealed class SimplePartTests : IPinListener
{
    private readonly PartBench _bench = new();
    private readonly List<(long Time, LogicLevel Level)> _heard = [];

    void IPinListener.OnPinChanged(Pin pin) => _heard.Add((_bench.Chip.Timeline.Picoseconds, pin.Level));

    [Fact]
    public void A_LED_tells_how_long_and_how_fast_it_was_lit()
    {
        var led = new Led(_bench.Chip, _bench["PORTE.PIN0"], activeLow: true);
        Assert.False(led.IsOn);
        _bench.Pulse("PORTE.PIN0", 30 * Microsecond, 10 * Microsecond).Pulse("PORTE.PIN0", 30 * Microsecond, 5 * Microsecond);
        Assert.True(led.IsOn);
        Assert.Equal((2, 15 * Microsecond, 40 * Microsecond), (led.TimesOn, led.OnPicoseconds, led.PeriodPicoseconds));
        Assert.Equal((250, 25_000_000), (led.DutyPerMille, led.MilliHertz));
    }

    [Fact]
    public void A_button_bounces_alike_in_every_run_and_settles_in_time()
    {
        (long, LogicLevel)[] first = Press(1), again = Press(1), other = Press(2);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.True(first.Length >= 9);
        Assert.True(first[^1].Item1 <= 21 * Millisecond);
        Assert.Equal(LogicLevel.High, first[^1].Item2);
        Assert.DoesNotContain(first, f => f.Item1 > 2 * Millisecond && f.Item1 < 20 * Millisecond);
    }

    private static (long, LogicLevel)[] Press(int seed)
    {
        var run = new SimplePartTests();
        var button = new Button(run._bench.Chip, run._bench["PORTD.PIN0"], hasResistor: true, bouncePicoseconds: Millisecond, seed: seed);
        run._bench["PORTD.PIN0"].Listen(run);
        button.Press(20 * Millisecond);
        Assert.False(run._bench["PORTD.PIN0"].IsHigh);
        run._bench.Wait(30 * Millisecond);
        Assert.False(button.IsPressed);
        return [.. run._heard];
    }

    [Fact]
    public void An_encoder_gives_four_changes_a_detent_and_A_first_clockwise()
    {
        var encoder = new RotaryEncoder(_bench.Chip, _bench["PORTD.PIN0"], _bench["PORTD.PIN1"]);
        int Levels() => (_bench["PORTD.PIN0"].IsHigh ? 2 : 0) | (_bench["PORTD.PIN1"].IsHigh ? 1 : 0);
        int[] Four() => [.. Enumerable.Range(0, 4).Select(_ =>
        {
            _bench.Wait(Millisecond);
            return Levels();
        })];
        encoder.Turn(1);
        Assert.Equal([1, 0, 2, 3], Four());
        Assert.False(encoder.IsTurning);
        encoder.Turn(-1);
        Assert.Equal([2, 0, 1, 3], Four());
        Assert.Equal(0, encoder.Position);
    }

    [Fact]
    public void A_potentiometer_divides_VCC()
    {
        var wiper = new Potentiometer(_bench.Chip, _bench["PORTA.PIN0"], 250);
        Assert.Equal(_bench.Chip.Vcc / 4, _bench["PORTA.PIN0"].Microvolts);
        _bench.Chip.Vcc = 2_000_000;
        wiper.Position = 600;
        Assert.Equal(1_200_000, _bench["PORTA.PIN0"].Microvolts);
        _bench.Chip.Vcc = 3_000_000;
        Assert.Equal(1_800_000, _bench["PORTA.PIN0"].Microvolts);
        Assert.Throws<ArgumentOutOfRangeException>(() => wiper.Position = 1001);
    }

    [Fact]
    public void A_low_pass_makes_volts_of_PWM()
    {
        long vcc = _bench.Chip.Vcc;
        var filter = new RcLowPass(_bench.Chip, _bench["PORTC.PIN0"], Millisecond, _bench["PORTA.PIN0"]);
        _bench.Set("PORTC.PIN0", true).Wait(Millisecond);
        Assert.InRange(filter.Microvolts - (long)(vcc * (1 - Math.Exp(-1))), -1, 1);
        Assert.Equal(filter.Microvolts, _bench["PORTA.PIN0"].Microvolts);
        for (int n = 0; n < 500; n++) _bench.Pulse("PORTC.PIN0", 25 * Microsecond, 75 * Microsecond);
        Assert.InRange(filter.Microvolts, vcc * 23 / 100, vcc / 4); // at the end of the low part
        Assert.InRange(filter.Voltage.At(long.MaxValue), 0, 1);
    }

    [Fact]
    public void A_servo_turns_by_the_width_of_its_pulses()
    {
        var servo = new Servo(_bench.Chip, _bench["PORTC.PIN0"]);
        _bench.Pulse("PORTC.PIN0", 1500 * Microsecond, 18_500 * Microsecond).Pulse("PORTC.PIN0", 1250 * Microsecond, 1);
        Assert.Equal((45_000, 20 * Millisecond, true), (servo.MilliDegrees, servo.PeriodPicoseconds, servo.IsHolding));
        _bench.Pulse("PORTC.PIN0", 2100 * Microsecond, 1).Pulse("PORTC.PIN0", 100 * Microsecond, 60 * Millisecond);
        Assert.Equal((180_000, 1, false), (servo.MilliDegrees, servo.BadPulses, servo.IsHolding));
    }

    [Fact]
    public void Steppers_count_where_they_stand()
    {
        var motor = new StepperCounter(_bench.Chip, _bench["PORTC.PIN0"], _bench["PORTC.PIN1"], _bench["PORTC.PIN2"], _bench["PORTC.PIN3"]);
        void Coils(params int[] patterns)
        {
            foreach (int pattern in patterns) _bench.Write("PORTC", 0, 4, pattern).Wait(Microsecond);
        }

        Coils(1, 2, 4, 8, 1);
        Assert.Equal(8, motor.Position);
        Coils(3, 2, 6, 4);
        Assert.Equal(12, motor.Position);
        Coils(6, 3, 9, 12, 6, 0, 6);
        Assert.Equal((3, 0), (motor.Position, motor.Faults));
        Coils(9, 5);
        Assert.Equal(2, motor.Faults);

        var driver = new StepDirectionCounter(_bench.Chip, _bench["PORTD.PIN0"], _bench["PORTD.PIN1"], _bench["PORTD.PIN2"]);
        _bench.Set("PORTD.PIN2", false).Set("PORTD.PIN1", true);
        for (int n = 0; n < 3; n++) _bench.Pulse("PORTD.PIN0", Microsecond, Microsecond);
        _bench.Set("PORTD.PIN1", false).Pulse("PORTD.PIN0", Microsecond, Microsecond).Set("PORTD.PIN2", true).Pulse("PORTD.PIN0", Microsecond, Microsecond);
        Assert.Equal((2, 1), (driver.Position, driver.Ignored));
    }

    [Fact]
    public void The_Xplained_has_LEDs_that_light_when_low_and_switches_on_two_ports()
    {
        var board = new XplainedA1(_bench.Chip);
        _bench.Set("PORTE.PIN7", false);
        Assert.True(board.Leds[7].IsOn);
        Assert.False(board.Leds[0].IsOn);
        foreach ((int number, string pin) in new[] { (5, "PORTD.PIN5"), (6, "PORTR.PIN0"), (7, "PORTR.PIN1") })
        {
            board.Buttons[number].Press();
            Assert.Equal(LogicLevel.Low, _bench[pin].Level);
        }

        board.LightSensor.Give(700_000);
        Assert.Equal(700_000, _bench["PORTB.PIN1"].Microvolts);
    }

    [Fact]
    public void A_saved_board_goes_on_as_the_one_it_was_saved_from()
    {
        byte[] Run(Snapshot? from, out Snapshot middle)
        {
            var bench = new PartBench();
            var board = new XplainedA1(bench.Chip, Millisecond);
            var encoder = new RotaryEncoder(bench.Chip, bench["PORTC.PIN0"], bench["PORTC.PIN1"]);
            _ = new RcLowPass(bench.Chip, bench["PORTC.PIN0"], Millisecond);
            _ = new Led(bench.Chip, bench["PORTC.PIN1"]);
            if (from is null)
            {
                board.Buttons[0].Press(3 * Millisecond);
                encoder.Turn(2);
                bench.Wait(2_300 * Microsecond);
            }
            else bench.Chip.Restore(from);
            middle = bench.Chip.Save();
            bench.Wait(10 * Millisecond);
            return bench.Chip.Save().State.ToArray();
        }

        byte[] straight = Run(null, out Snapshot snapshot);
        Assert.Equal(straight, Run(snapshot, out _));
    }
}
