using Xmega.State;
using Xunit;

namespace Xmega.Testing.Tests;

/// <summary>What a firmware does over time is asserted on, read as text, and tried from one state in many ways.</summary>
public sealed class WaveformTests
{
    [Fact]
    public void Pulses_periods_frequencies_and_edges_are_those_of_the_firmware()
    {
        using FirmwareTest bench = Blink().Observe("PORTC.PIN4", "PMIC.TCC0_OVF").RunFor("2100ms");
        bench.ExpectPulse("PORTC.PIN4", high: "250ms", low: "250ms", tolerance: "5us")
            .ExpectPulse("PORTC.PIN4", high: "500000cycles", tolerance: "0.01%")
            .ExpectPeriod("PORTC.PIN4", "500ms", tolerance: "5us")
            .ExpectFrequency("PORTC.PIN4", 2)
            .ExpectEdges("PORTC.PIN4", rising: 4, falling: 4)
            .ExpectInterrupts("TCC0_OVF", 8);
        Assert.Equal(8, bench.Interrupts("TCC0_OVF"));
    }

    [Fact]
    public void A_wrong_waveform_fails_and_says_what_it_is()
    {
        using FirmwareTest bench = Blink().Observe("PORTC.PIN4").RunFor("800ms");
        Fails("expected PORTC.PIN4 high for 200ms ± 1ms, but number 1, from cycle ", () => bench.ExpectPulse("PORTC.PIN4", high: "200ms", tolerance: "1ms"));
        Fails("expected PORTC.PIN4 to rise every 400ms, but number 1, from cycle ", () => bench.ExpectPeriod("PORTC.PIN4", "400ms"));
        Fails("expected PORTC.PIN4 at 3 Hz within 0.1%, but it has 2 Hz over 1 periods", () => bench.ExpectFrequency("PORTC.PIN4", 3));
        Fails("expected PORTC.PIN4 to fall 7 times, but it fell once", () => bench.ExpectEdges("PORTC.PIN4", falling: 7));
        bench.Observe("PORTC.PIN4").RunFor("100ms");
        Fails("expected PORTC.PIN4 high for 250ms, but that was never seen from beginning to end", () => bench.ExpectPulse("PORTC.PIN4", high: "250ms"));
    }

    [Fact]
    public void What_was_not_asked_for_before_the_run_cannot_be_asserted_after_it()
    {
        using FirmwareTest bench = Blink().RunFor("1ms");
        Misuse("PORTC.PIN4 was not observed: call Observe(\"PORTC.PIN4\")", () => bench.ExpectPulse("PORTC.PIN4", high: "1ms"));
        Misuse("PORTC.PIN4 was not observed", () => bench.Trace("PORTC.PIN4"));
        Misuse("the latency from PORTC.PIN4=1 to PORTC.PIN4=0 was not measured", () => bench.ExpectLatency("PORTC.PIN4=1", "PORTC.PIN4=0", "1ms"));
        Misuse("no signal is named PORTZ.*", () => bench.Observe("PORTZ.*"));
        bench.Observe("PORTC.PIN4", "TCC0.CNT");
        Misuse("the tolerance 5cycles and what it belongs to", () => bench.ExpectPulse("PORTC.PIN4", high: "1ms", tolerance: "5cycles"));
        Misuse("TCC0.CNT is no wire", () => bench.ExpectPulse("TCC0.CNT", high: "1ms"));
    }

    [Fact]
    public void Latency_is_that_of_every_stimulus()
    {
        const string From = "PMIC.TCC0_OVF=1", To = "PORTC.PIN4";
        using FirmwareTest bench = Blink().RunFor("1ms").Measure(From, To).RunFor("1100ms");
        bench.ExpectLatency(From, To, "60cycles").ExpectLatency(From, To, "30us");
        Fails("expected PORTC.PIN4 within 1cycles of each PMIC.TCC0_OVF=1, but number 1 of 4, in cycle ", () => bench.ExpectLatency(From, To, "1cycles"));

        bench.Measure(From, "PORTC.PIN0=1");
        Fails("expected PORTC.PIN0=1 within 5us of each PMIC.TCC0_OVF=1, but there was no ", () => bench.ExpectLatency(From, "PORTC.PIN0=1", "5us"));
        bench.RunFor("250ms");
        Fails("expected PORTC.PIN0=1 within 5us of each PMIC.TCC0_OVF=1, but the last one, in cycle ", () => bench.ExpectLatency(From, "PORTC.PIN0=1", "5us"));
        bench.RunFor("250ms");
        Fails("expected PORTC.PIN0=1 within 5us of each PMIC.TCC0_OVF=1, but 1 of 2 had none", () => bench.ExpectLatency(From, "PORTC.PIN0=1", "5us"));
    }

    [Fact]
    public async Task A_trace_is_text_for_a_snapshot()
    {
        using FirmwareTest bench = Blink().Observe("PORTC.PIN4", "PMIC.TCC0_OVF", "TCC0.CTRLA.CLKSEL").RunFor("510ms");
        await Verify(bench.Trace());
    }

    [Fact]
    public void A_trace_shows_the_chosen_signals_and_what_a_character_is()
    {
        using FirmwareTest bench = FirmwareTestTests.Sample("hello-usart").Observe("PORTC.PIN?", "USARTC0.TX").RunUntilText("Hello");
        string[] lines = bench.Trace("USARTC0.TX").TrimEnd('\n').Split('\n');
        Assert.Equal(["72 'H'", "101 'e'", "108 'l'", "108 'l'", "111 'o'"], lines.Select(l => l.Split(" = ")[1]));
        Assert.Contains("us  PORTC.PIN3 = z\n", bench.Trace("PORTC.PIN3"), StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_and_variables_are_waited_for_and_observed_like_signals()
    {
        using FirmwareTest bench = FirmwareTestTests.Functions().RunUntilFunction("main").Observe("VAR.counter");
        bench.RunUntil("VAR.counter", 8).ExpectSignal("VAR.counter", 8);
        Assert.Equal((8, 8), (bench.Value("counter"), bench.Variable("counter")));
        Assert.Matches("VAR.counter = 7\n.*VAR.counter = 8\n$", bench.Trace());
        Assert.Equal(bench.Chip.StackPointer, bench.Value("CPU.SP"));

        using FirmwareTest blink = Blink().RunUntil("TCC0.PER", 62499, within: "1ms").ExpectSignal("TCC0.CTRLA.CLKSEL", 0).RunUntil("TCC0.CTRLA.CLKSEL", 4, within: "1ms");
    }

    [Fact]
    public void Observing_a_register_changes_nothing_that_the_firmware_does()
    {
        using FirmwareTest alone = FirmwareTestTests.Sample("hello-usart").Observe("USARTC0.TX").RunFor("3ms");
        using FirmwareTest seen = FirmwareTestTests.Sample("hello-usart").Observe("USARTC0.TX", "USARTC0.STATUS").RunFor("3ms");
        Assert.Equal(alone.Trace("USARTC0.TX"), seen.Trace("USARTC0.TX"));
        Assert.Equal((alone.Chip.Cycle, alone.Chip.Instructions), (seen.Chip.Cycle, seen.Chip.Instructions));
    }

    [Fact]
    public void A_pins_volts_are_measured()
    {
        using FirmwareTest bench = Blink().Volts("PORTA.PIN0", 1.25).RunFor("1ms");
        bench.ExpectVolts("PORTA.PIN0", 1.25).ExpectVolts("PORTC.PIN4", 0);
        Assert.Equal(1.25, bench.Volts("PORTA.PIN0"), 6);
        Fails("expected 2 V ± 0.01 V at PORTA.PIN0, but there are 1.250 V", () => bench.ExpectVolts("PORTA.PIN0", 2));
    }

    [Fact]
    public void A_restored_bench_has_heard_what_it_had_heard_then()
    {
        using FirmwareTest bench = FirmwareTestTests.Sample("hello-usart").Observe("USARTC0.TX");
        Snapshot atReset = bench.Save();
        Snapshot greeted = bench.RunUntilText("Hello").Save();
        bench.RunUntilText("device").Restore(greeted);
        Assert.Equal("Hello", bench.Text());
        Assert.Equal("", bench.Trace());
        string all = bench.RunUntilText("right").Text();
        bench.Restore(atReset);
        Assert.Equal("", bench.Text());
        Fails("expected it", () => bench.Expect(false, "it"), "nothing happened on the watched signals");
        Assert.Equal(all, bench.RunUntilText("right").Text());

        // Another bench cannot know what this one had heard.
        using FirmwareTest other = FirmwareTestTests.Sample("hello-usart").RunUntilText("device").Restore(greeted);
        Assert.Equal("", other.Text());
    }

    [Fact]
    public void Forks_go_their_own_ways_from_one_booted_state()
    {
        using FirmwareTest booted = FirmwareTestTests.Sample("usart-echo").Drive("PORTA.PIN0", true).RunUntilText("> ");
        string greeting = booted.Text();
        string[] answers = new string[4];
        Parallel.For(0, answers.Length, n =>
        {
            FirmwareTest fork;
            lock (booted) fork = booted.Fork();
            using (fork)
            {
                string word = $"w{n}.";
                answers[n] = fork.Drive("PORTB.PIN0", n % 2 == 0).Send("USARTC0", word).RunUntilText(word, within: "100ms").Text();
            }
        });
        Assert.Equal(Enumerable.Range(0, 4).Select(n => $"{greeting}w{n}."), answers);
        Assert.Equal(greeting, booted.Text());

        // A fork of a bench that has sent can send too, and one that still sends is refused.
        using FirmwareTest again = booted.Send("USARTC0", "a").RunUntilText("a").RunFor("2ms").Fork();
        Assert.Equal(greeting + "ab", again.Send("USARTC0", "b").RunUntilText("b").Text());
        Assert.StartsWith("a text for USARTC0 is still being sent", Assert.Throws<SnapshotException>(() => booted.Send("USARTC0", "c").Fork()).Message, StringComparison.Ordinal);
    }

    private static FirmwareTest Blink() => FirmwareTestTests.Sample("blink-interrupt");

    private static void Fails(string beginning, Func<object> expectation, string also = "")
    {
        string message = Assert.Throws<FirmwareTestException>(expectation).Message;
        Assert.StartsWith(beginning, message, StringComparison.Ordinal);
        Assert.Contains(also, message, StringComparison.Ordinal);
    }

    private static void Misuse(string beginning, Func<object> call) =>
        Assert.StartsWith(beginning, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);
}
