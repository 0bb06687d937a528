using CsCheck;
using Xmega.Events;
using Xunit;

namespace Xmega.Tests.Events;

public class EventTrainTests
{
    [Fact]
    public void Arithmetic_agrees_with_counting()
    {
        Gen.Select(Gen.Int[0, 20], Gen.Int[1, 9], Gen.Int[0, 60]).Sample((first, period, cycle) =>
        {
            var train = new EventTrain(first, period, false);
            int[] events = [.. Enumerable.Range(0, 100).Where(c => c >= first && (c - first) % period == 0)];
            Assert.Equal(events.Count(c => c <= cycle), train.CountThrough(cycle));
            Assert.Equal(events.First(c => c > cycle), train.NextAfter(cycle));
            Assert.Equal(events.Contains(cycle), train.Includes(cycle));
            Assert.Equal(events.First(c => c > cycle), train.After(cycle).First);
            Assert.Equal(first + 2, train.Delayed(2).First);
        });
    }
}
