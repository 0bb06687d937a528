using Xmega.Registers;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.Events;

public class EventSourceTests
{
    [Fact]
    public void Every_event_source_of_the_part_exists()
    {
        var sources = new Bench().Chip.Events.Sources.ToDictionary(s => s.Code, s => s.Name);
        Assert.Equal(RegisterMap.ATxmega128A1.EventSources.Where(s => s.Key != 0).Select(s => s.Key).Order(), sources.Keys.Order());
        Assert.Equal("ACB_WIN", sources[0x15]);
        Assert.Equal("ADCB_CH3", sources[0x27]);
    }
}
