using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests;

/// <summary>What firmware does wrong, or what is not modelled, is said once, and never silent.</summary>
public class DiagnosticTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void An_event_source_that_does_not_exist_is_said()
    {
        _bench.Write("EVSYS.CH1MUX", 0x30).Write("EVSYS.CH1MUX", 0).Write("EVSYS.CH1MUX", 0x30);
        Assert.Contains("a reserved code", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_source_of_the_chip_or_a_diagnostic_answers_every_code()
    {
        for (int code = 0; code < 256; code++) _bench.Write("EVSYS.CH0MUX", code);
        int sources = _bench.Chip.Events.Sources.Count();
        Assert.Equal(255 - sources, _bench.Chip.Diagnostics.All.Count);
    }

    [Fact]
    public void A_character_lost_for_want_of_DREIF_is_said()
    {
        _bench.Write("PORTC.DIRSET", 0x08).Write("USARTC0.CTRLB", 0x08).Write("USARTC0.DATA", 'a');
        _bench.Advance(1000).Write("USARTC0.DATA", 'b').Advance(20).Write("USARTC0.DATA", 'c');
        Assert.Empty(_bench.Chip.Diagnostics.All);
        _bench.Write("USARTC0.DATA", 'd');
        Diagnostic said = Assert.Single(_bench.Chip.Diagnostics.All);
        Assert.Equal(DiagnosticKind.LostData, said.Kind);
        Assert.Contains("USARTC0.DATA", said.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reserved_sleep_mode_is_named()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 0x09", "sts 0x0048, r16", "sleep", "break");
        Assert.Contains("reserved sleep mode 4", Assert.Single(chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SLEEP_without_SEN_is_said_and_the_CPU_goes_on()
    {
        ATxmega128A1 chip = AssemblyProgram.Run("ldi r16, 0x04", "sts 0x0048, r16", "sleep", "break");
        Diagnostic said = Assert.Single(chip.Diagnostics.All);
        Assert.Contains("SLEEP.CTRL.SEN is 0", said.Message, StringComparison.Ordinal);
        Assert.Equal((3, 6), (said.Cycle, said.ProgramCounter)); // of SLEEP itself
    }
}
