using Xmega.Serial;
using Xmega.Workbench.Stimulus;
using Xunit;

namespace Xmega.Workbench.Tests.Stimulus;

/// <summary>Every mistake in a stimulus file is told with its line and column, and what to write instead.</summary>
public class StimulusFileTests
{
    private static readonly ATxmega128A1 Chip = new();

    [Theory]
    [InlineData("soon PORTC.PIN0 1", 1, 1, "'soon' is not a time: write 10us, or +10us to count from the line before")]
    [InlineData("10 PORTC.PIN0 1", 1, 1, "'10' is not a time: write 10us, or +10us to count from the line before")]
    [InlineData("+ PORTC.PIN0 1", 1, 1, "'+' is not a time: write 10us, or +10us to count from the line before")]
    [InlineData("-1us PORTC.PIN0 1", 1, 1, "'-1us' is not a time: write 10us, or +10us to count from the line before")]
    [InlineData("5cycles PORTC.PIN0 1", 1, 1, "the world outside does not know the chip's cycles: write the time in ns, us, ms or s")]
    [InlineData("repeat 2\n +5cycles PORTC.PIN0 1\nend", 2, 2, "the world outside does not know the chip's cycles: write the time in ns, us, ms or s")]
    [InlineData("10us", 1, 5, "a line is TIME PIN LEVEL, as in '10us PORTC.PIN0 1'")]
    [InlineData("10us PORTC.PIN0  # up", 1, 16, "a line is TIME PIN LEVEL, as in '10us PORTC.PIN0 1'")]
    [InlineData("10us PORTC.PIN0 1 0", 1, 19, "a line is TIME PIN LEVEL, as in '10us PORTC.PIN0 1'")]
    [InlineData("\n\t10us  PORTC.PIN8 1", 2, 8, "no pin 'PORTC.PIN8'; pins are PORTA.PIN0 to PORTR.PIN1")]
    [InlineData("# up\n1us PORTC.PIN0 up", 2, 16, "'up' is not a level: write 0, 1, z, pullup, pulldown, or volts as in 1.2V")]
    [InlineData("2us PORTC.PIN0 1\n1us PORTC.PIN0 0", 2, 1, "1us is before the line above: times must not go back")]
    [InlineData("2us PORTC.PIN0 1\n+2us PORTC.PIN0 0\n3us PORTC.PIN0 0", 3, 1, "3us is before the line above: times must not go back")]
    [InlineData("repeat 3\n+2us PORTC.PIN0 1\nend\n5us PORTC.PIN0 0", 4, 1, "5us is before the line above: times must not go back")]
    [InlineData("repeat 9000000000000000000\nrepeat 9000000000000000000\n+9s PORTC.PIN0 1\nend\nend\n1s PORTC.PIN0 0", 6, 1, "1s is before the line above: times must not go back")]
    [InlineData("1us PORTC.PIN0 \"hi", 1, 16, "text without its closing quote")]
    [InlineData(@"1us USARTC0.RX ""h\q""", 1, 18, @"after \ comes n, r, t, 0, \, "" or x with two hexadecimal digits")]
    [InlineData(@"1us USARTC0.RX ""\x1""", 1, 17, @"after \ comes n, r, t, 0, \, "" or x with two hexadecimal digits")]
    [InlineData("1us USARTX0.RX \"hi\"", 1, 5, "no USART 'USARTX0'; receivers are USARTC0.RX to USARTF1.RX")]
    [InlineData("1us USARTC0.RX hi", 1, 16, "text to send stands in quotes: \"hi\"")]
    [InlineData("1us PORTC.PIN2 \"hi\"", 1, 20, "text for a pin needs a baud rate, as in '1ms PORTC.PIN2 \"hello\" 9600'")]
    [InlineData("1us PORTC.PIN2 \"hi\" fast", 1, 21, "'fast' is not a baud rate: write 9600")]
    [InlineData("1us PORTC.PIN2 \"hi\" 9600 8X1", 1, 26, "'8X1' is not a frame format: write 8N1, or 5 to 9 bits, N, E or O, 1 or 2 stop bits")]
    [InlineData("1us PORTC.PIN2 \"hi\" 9600 8N1 now", 1, 30, "nothing may follow the frame format")]
    [InlineData("1us PORTC.PIN2 \"hi\" 9600\n2us PORTC.PIN2 0", 2, 5, "PORTC.PIN2 is given text at 9600 baud above and levels here: they would meet on the line")]
    [InlineData("1us USARTC0.RX \"hi\"\n2us PORTC.PIN2 \"hi\" 300", 2, 5, "PORTC.PIN2 is given text at the receiver's rate above and text at 300 baud here: they would meet on the line")]
    [InlineData("0 vcd waves.vcd", 1, 16, "vcd needs a file and the pins it drives, as in '0 vcd capture.vcd PORTC.PIN0=D0'")]
    [InlineData("0 vcd waves.vcd PORTX.PIN0=D0", 1, 17, "no pin 'PORTX.PIN0'; pins are PORTA.PIN0 to PORTR.PIN1")]
    [InlineData("0 vcd no-such.vcd PORTC.PIN0=D0", 1, 7, "no-such.vcd: no such file")]
    [InlineData("0 PORTA.PIN1 ramp 0V 1V", 1, 24, "a time, as in 10ms, is missing here")]
    [InlineData("0 VCC 3.3", 1, 7, "'3.3' is not a voltage: write 1.2V or 20mV")]
    [InlineData("0 XTAL 8", 1, 8, "'8' is not a frequency: write 16MHz or 32.768kHz")]
    [InlineData("0 XTAL 40MHz", 1, 8, "40MHz is not between 1Hz and 32MHz, nor 0Hz")]
    [InlineData("0 XTAL 8MHz now", 1, 13, "nothing may follow the frequency, as in '10ms XTAL 0Hz'")]
    [InlineData("0 PORTA.PIN1 csv no-such.csv", 1, 18, "no-such.csv: no such file")]
    [InlineData("repeat", 1, 7, "repeat needs a whole number above 0, as in 'repeat 100'")]
    [InlineData("repeat 0", 1, 8, "repeat needs a whole number above 0, as in 'repeat 100'")]
    [InlineData("repeat 1.5", 1, 8, "repeat needs a whole number above 0, as in 'repeat 100'")]
    [InlineData("repeat 99999999999999999999", 1, 8, "repeat needs a whole number above 0, as in 'repeat 100'")]
    [InlineData("end", 1, 1, "end without repeat before it")]
    [InlineData("repeat 2\n+1us PORTC.PIN0 1\nend now", 3, 5, "nothing may follow end")]
    [InlineData("1us PORTC.PIN0 1\n  repeat 2\n+1us PORTC.PIN0 0", 2, 1, "repeat without end")]
    [InlineData("repeat 9000000000000000000\n end", 2, 2, "nothing to repeat before this end")]
    [InlineData("repeat 2\n1us PORTC.PIN0 1\nend", 2, 1, "inside repeat a time counts from the line before: write +1us")]
    [InlineData("repeat 2\n  +0 PORTC.PIN0 1\nend", 2, 3, "inside repeat a line waits at least 1ns")]
    [InlineData("repeat 2\n  +999ps PORTC.PIN0 1\nend", 2, 3, "inside repeat a line waits at least 1ns")]
    public void A_mistake_is_told_with_line_and_column(string text, int line, int column, string problem)
    {
        Assert.Equal($"in.txt:{line}:{column}: {problem}", Assert.Throws<StimulusFormatException>(() => Parse(text)).Message);
        Assert.Equal($"in.txt:{line}:{column}: {problem}", Assert.Throws<StimulusFormatException>(() => Parse(text.ReplaceLineEndings("\r\n"))).Message);
    }

    [Fact]
    public void A_line_is_a_wait_and_a_setting()
    {
        IReadOnlyList<StimulusStep> steps = Parse("0 PORTC.PIN0 1 # up\r\n\r\n  1.5us\tportc.pin0 z\n+0 PORTD.PIN1 0\n");
        Assert.Equal(
            [(StimulusStepKind.WaitUntil, 0L, null), (StimulusStepKind.Do, 0, "PORTC.PIN0"), (StimulusStepKind.WaitUntil, 1_500_000, null), (StimulusStepKind.Do, 0, "PORTC.PIN0"), (StimulusStepKind.WaitFor, 0, null), (StimulusStepKind.Do, 0, "PORTD.PIN1")],
            steps.Select(s => (s.Kind, s.Picoseconds, (s.Command as SetPin)?.Pin.Name)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0us")]
    [InlineData("0ms")]
    [InlineData("+0")]
    [InlineData("+0ns")]
    public void A_stimulus_may_begin_at_once(string time)
    {
        IReadOnlyList<StimulusStep> steps = StimulusFile.Parse($"{time} PORTC.PIN0 1", "x", new ATxmega128A1());
        Assert.Equal(0, steps[0].Picoseconds);
        Assert.Equal(StimulusStepKind.Do, steps[1].Kind);
    }

    [Theory]
    [InlineData("0fortnights")]
    [InlineData("-1us")]
    [InlineData("5")]
    public void Other_words_are_no_times(string time) =>
        Assert.Throws<StimulusFormatException>(() => StimulusFile.Parse($"{time} PORTC.PIN0 1", "x", new ATxmega128A1()));

    [Fact]
    public void A_file_of_comments_does_nothing() => Assert.Empty(Parse("# nothing\n\n   \n\t# at all"));

    [Fact]
    public void Text_in_quotes_may_hold_a_hash_blanks_and_escapes()
    {
        IReadOnlyList<StimulusStep> steps = Parse(@"1ms USARTC0.RX ""a # b\r\n\t\0\\\""é\xE9"" # a comment");
        var send = Assert.IsType<SendBytes>(steps[1].Command);
        Assert.Equal([.. "a # b\r\n\t\0\\\"é"u8, 0xE9], send.Bytes.ToArray());
        Assert.Equal("PORTC.PIN2", send.Pin.Name);
        Assert.NotNull(send.Receiver);
    }

    [Fact]
    public void A_rate_and_a_format_make_text_independent_of_the_receiver()
    {
        var send = Assert.IsType<SendBytes>(Parse("1ms USARTD1.RX \"hi\" 9600 7e2")[1].Command);
        Assert.Equal(("PORTD.PIN6", 104_166_666L, new FrameFormat(7, FrameParity.Even, 2)), (send.Pin.Name, send.BitPicoseconds, send.Format));
        Assert.Null(send.Receiver);
    }

    private static IReadOnlyList<StimulusStep> Parse(string text) => StimulusFile.Parse(text, "in.txt", Chip);
}
