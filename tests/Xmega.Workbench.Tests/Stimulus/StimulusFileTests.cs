using Xmega.Workbench.Stimulus;
using Xunit;

namespace Xmega.Workbench.Tests.Stimulus;

public class StimulusFileTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("0us")]
    [InlineData("0ms")]
    [InlineData("+0")]
    [InlineData("+0ns")]
    public void A_stimulus_may_begin_at_once(string time)
    {
        IReadOnlyList<StimulusStep> steps = StimulusFile.Parse($"{time} PORTC.PIN0 1", "x", new ATxmega128A1().FindPin);
        Assert.Equal(0, steps[0].Picoseconds);
        Assert.Equal(StimulusStepKind.Set, steps[1].Kind);
    }

    [Theory]
    [InlineData("0fortnights")]
    [InlineData("-1us")]
    [InlineData("5")]
    public void Other_words_are_no_times(string time) =>
        Assert.Throws<StimulusFormatException>(() => StimulusFile.Parse($"{time} PORTC.PIN0 1", "x", new ATxmega128A1().FindPin));
}
