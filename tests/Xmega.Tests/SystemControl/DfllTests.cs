using Xmega.State;
using Xmega.SystemControl;
using Xmega.TestSupport;
using Xunit;

namespace Xmega.Tests.SystemControl;

public class DfllTests
{
    private const byte RC2MEN = 0x01, RC32MEN = 0x02, RC32KEN = 0x04, XOSCEN = 0x08, PLLEN = 0x10;
    private const long Reference = 1_000_000_000_000 / 1024; // picoseconds of 1.024 kHz

    private readonly Bench _bench = new();

    private long Hertz => _bench.Chip.Timeline.SourceHertz;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Exact_oscillators_have_nothing_to_correct(int crystal)
    {
        _bench.Chip.HasWatchCrystal = true;
        _bench.Write("OSC.XOSCCTRL", 2).Write("OSC.CTRL", RC2MEN | RC32MEN | RC32KEN | XOSCEN).Advance(2_000_000);
        _bench.Write("OSC.DFLLCTRL", 3 * crystal).Write("DFLLRC32M.CTRL", 1).Write("DFLLRC2M.CTRL", 1);
        int booked = _bench.Chip.Services.Schedule.Count;
        _bench.Advance(2_000_000);
        Assert.Equal(0, booked);
        Assert.Equal(0x40, _bench.Read("DFLLRC32M.CALA"));
        Assert.Equal(0x40, _bench.Read("DFLLRC2M.CALA"));
        Assert.Equal(2_000_000, Hertz);
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Theory]
    [InlineData(InternalOscillator.Rc2M, 15_000, 2_030_000)]
    [InlineData(InternalOscillator.Rc32M, -20_000, 31_360_000)]
    [InlineData(InternalOscillator.Rc32K, 10_000, 33_096)]
    public void An_oscillator_runs_as_fast_as_its_error_makes_it(InternalOscillator oscillator, int error, long hertz)
    {
        _bench.Chip.SetOscillatorError(oscillator, error);
        Select(oscillator);
        Assert.Equal(hertz, Hertz);
        Assert.Equal(error, _bench.Chip.OscillatorError(oscillator));
        // And changes under way, with what the PLL makes of it.
        _bench.Chip.SetOscillatorError(oscillator, 0);
        Assert.Equal(oscillator switch { InternalOscillator.Rc2M => 2_000_000, InternalOscillator.Rc32M => 32_000_000, _ => 32_768 }, Hertz);
    }

    [Fact]
    public void The_PLL_multiplies_the_error_of_its_source()
    {
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, 10_000);
        _bench.Write("OSC.PLLCTRL", 10).Write("OSC.CTRL", RC2MEN | PLLEN).Advance(100).WriteProtected("CLK.CTRL", 4);
        Assert.Equal(20_200_000, Hertz);
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, -10_000);
        Assert.Equal(19_800_000, Hertz);
    }

    [Theory]
    [InlineData(-300_001)]
    [InlineData(300_001)]
    public void An_error_has_bounds(int error) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, error));

    [Fact]
    public void CALA_and_CALB_calibrate_by_hand_and_a_reset_takes_the_factorys_values()
    {
        Select(InternalOscillator.Rc32M);
        Assert.Equal(32_000_000 + (10 * 70_400), After("DFLLRC32M.CALA", 0x4A)); // 0.22 % a step
        Assert.Equal(32_000_000 - (64 * 70_400), After("DFLLRC32M.CALA", 0x00));
        _bench.Write("DFLLRC32M.CALA", 0x40);
        Assert.Equal(32_000_000 + (4 * 800_000), After("DFLLRC32M.CALB", 0x24)); // 2.5 % a step
        _bench.Chip.Reset(ResetSource.External);
        Assert.Equal(0x20, _bench.Read("DFLLRC32M.CALB"));
        Select(InternalOscillator.Rc32M);
        Assert.Equal(32_000_000, Hertz);
    }

    [Fact]
    public void The_loop_on_the_2_MHz_oscillator_has_its_own_step()
    {
        Assert.Equal(2_000_000 - (5 * 4_200), After("DFLLRC2M.CALA", 0x3B));
        Assert.Equal(0x40, _bench.Read("DFLLRC32M.CALA"));
    }

    [Fact]
    public void RC32KCAL_calibrates_the_reference()
    {
        Select(InternalOscillator.Rc32K);
        Assert.True(After("OSC.RC32KCAL", 0x88) > 32_768 * 1.025);
        Assert.True(After("OSC.RC32KCAL", 0x78) < 32_768 * 0.975);
        _bench.Chip.Reset(ResetSource.External);
        Select(InternalOscillator.Rc32K);
        Assert.Equal(32_768, Hertz);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(17_000, false)]
    [InlineData(-17_000, false)]
    [InlineData(17_000, true)]
    public void The_loop_takes_CALA_a_step_a_reference_cycle_to_within_half_a_step(int error, bool crystal)
    {
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc32M, error);
        _bench.Chip.HasWatchCrystal = true;
        Select(InternalOscillator.Rc32M);
        _bench.Write("OSC.XOSCCTRL", 2).Write("OSC.CTRL", RC32MEN | (crystal ? XOSCEN : RC32KEN)).Advance(33_000_000);
        _bench.Write("OSC.DFLLCTRL", crystal ? 2 : 0);
        long start = _bench.Chip.Timeline.Picoseconds;
        _bench.Write("DFLLRC32M.CTRL", 1);

        // 17 000 ppm are 7.7 steps: eight of them, one a cycle of 1.024 kHz, and then it rests.
        int steps = error == 0 ? 0 : 8, sign = -Math.Sign(error);
        for (int n = 0; n <= 12; n++)
        {
            _bench.AdvanceTo(_bench.Chip.Timeline.CycleAt(start + (n * Reference) + 1_000_000));
            Assert.Equal(0x40 + (sign * Math.Min(n, steps)), _bench.Read("DFLLRC32M.CALA"));
        }

        Assert.InRange(Hertz, 32_000_000 - 36_000, 32_000_000 + 36_000);
        Assert.Equal(0, _bench.Chip.Services.Schedule.Count);
        Assert.Empty(_bench.Chip.Diagnostics.All);

        // Switched off it leaves the calibration as it is.
        int cala = _bench.Write("DFLLRC32M.CTRL", 0).Read("DFLLRC32M.CALA");
        Assert.Equal(cala, _bench.Advance(1_000_000).Read("DFLLRC32M.CALA"));
        Assert.Equal(cala + 1, _bench.Write("DFLLRC32M.CALA", cala + 1).Read("DFLLRC32M.CALA"));
    }

    [Fact]
    public void Another_COMP_makes_another_frequency()
    {
        Select(InternalOscillator.Rc32M);
        _bench.Write("OSC.CTRL", RC32MEN | RC32KEN).Advance(33_000);
        // 28 800 cycles of 1.024 kHz: 29.4912 MHz, 256 times 115 200, 36 steps down.
        _bench.Write("DFLLRC32M.COMP1", 28_800 & 0xFF).Write("DFLLRC32M.COMP2", 28_800 >> 8).Write("DFLLRC32M.CTRL", 1).Advance(40 * 32_000);
        Assert.InRange(Hertz, 29_491_200 - 36_000, 29_491_200 + 36_000);
        Assert.Equal(0x40 - 36, _bench.Read("DFLLRC32M.CALA"));
        // And back.
        _bench.Write("DFLLRC32M.COMP1", 0x12).Write("DFLLRC32M.COMP2", 0x7A).Advance(40 * 32_000);
        Assert.Equal(32_000_000, Hertz);
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void An_oscillator_is_as_wrong_as_its_reference()
    {
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc32K, -20_000);
        _bench.Write("OSC.CTRL", RC2MEN | RC32KEN).Advance(1_000).Write("DFLLRC2M.CTRL", 1).Advance(100_000);
        Assert.InRange(Hertz, 1_960_000 - 2_100, 1_960_000 + 2_100);
    }

    [Fact]
    public void A_frequency_out_of_reach_gets_a_remark_at_the_end_of_CALA()
    {
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, 200_000);
        _bench.Write("OSC.CTRL", RC2MEN | RC32KEN).Advance(1_000).Write("DFLLRC2M.CTRL", 1).Advance(1_000_000);
        Assert.Equal(0, _bench.Read("DFLLRC2M.CALA"));
        Assert.Contains("CALA is at its end", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_waits_for_its_reference()
    {
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, 10_000);
        _bench.Write("DFLLRC2M.CTRL", 1).Advance(100_000);
        Assert.Equal(0x40, _bench.Read("DFLLRC2M.CALA"));
        Assert.Contains("internal 32.768 kHz", Assert.Single(_bench.Chip.Diagnostics.All).Message, StringComparison.Ordinal);
        _bench.Write("OSC.CTRL", RC2MEN | RC32KEN).Advance(100_000);
        Assert.Equal(0x40 - 5, _bench.Read("DFLLRC2M.CALA"));
        // The crystal as reference is not fitted: another remark, and the loop stands.
        _bench.Write("OSC.DFLLCTRL", 1);
        Assert.Contains("TOSC", _bench.Chip.Diagnostics.All[^1].Message, StringComparison.Ordinal);
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, 0);
        Assert.Equal(0x40 - 5, _bench.Advance(100_000).Read("DFLLRC2M.CALA"));
        Assert.Equal(0x40, _bench.Write("OSC.DFLLCTRL", 0).Advance(100_000).Read("DFLLRC2M.CALA"));
    }

    [Fact]
    public void A_reset_ends_the_loop_without_a_remark()
    {
        _bench.Chip.HasWatchCrystal = true;
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, 10_000);
        _bench.Write("OSC.XOSCCTRL", 2).Write("OSC.CTRL", RC2MEN | XOSCEN).Advance(2_100_000).Write("OSC.DFLLCTRL", 1).Write("DFLLRC2M.CTRL", 1).Advance(3_000);
        _bench.Chip.Reset(ResetSource.External);
        Assert.Equal(2_020_000, Hertz);
        Assert.Equal(0x40, _bench.Advance(100_000).Read("DFLLRC2M.CALA"));
        Assert.Empty(_bench.Chip.Diagnostics.All);
    }

    [Fact]
    public void A_snapshot_goes_on_in_the_middle_of_a_correction()
    {
        _bench.Chip.SetOscillatorError(InternalOscillator.Rc2M, 17_000);
        _bench.Write("OSC.CTRL", RC2MEN | RC32KEN).Advance(1_000).Write("DFLLRC2M.CTRL", 1).Advance(5_000);
        Snapshot snapshot = _bench.Chip.Save();
        _bench.Advance(3_000);
        (long hertz, int cala, long time) = (Hertz, _bench.Read("DFLLRC2M.CALA"), _bench.Chip.Timeline.Picoseconds);

        var other = new Bench();
        other.Chip.Restore(snapshot);
        other.Advance(3_000);
        Assert.Equal((hertz, cala, time), (other.Chip.Timeline.SourceHertz, other.Read("DFLLRC2M.CALA"), other.Chip.Timeline.Picoseconds));
        Assert.Equal(17_000, other.Chip.OscillatorError(InternalOscillator.Rc2M));
    }

    private long After(string register, int value)
    {
        _bench.Write(register, value);
        return Hertz;
    }

    private void Select(InternalOscillator oscillator) =>
        _bench.Write("OSC.CTRL", RC2MEN | (1 << (int)oscillator)).Advance(1_000).WriteProtected("CLK.CTRL", (int)oscillator);
}
