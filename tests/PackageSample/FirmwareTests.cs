using Xmega.Testing;

namespace PackageSample;

/// <summary>What a firmware author writes who has nothing but the package and a firmware.</summary>
public sealed class FirmwareTests
{
    [Fact]
    public void It_says_hello_and_what_it_runs_on()
    {
        using FirmwareTest bench = FirmwareTest.Load("firmware/hello-usart.elf").Record("hello-usart.vcd", "USARTC0.*");
        bench.RunUntilText("Hello from an ATxmega128A1\n", "USARTC0", within: "50ms")
             .RunUntilText("device id  1E 97 4C\n", "USARTC0", within: "50ms")
             .ExpectStackAtMost(200)
             .ExpectNoDiagnostics();
    }

    [Fact]
    public void The_light_changes_every_250_ms_and_costs_no_instruction()
    {
        using FirmwareTest bench = FirmwareTest.Load("firmware/blink-event.hex").RunUntil("PORTC.PIN4", 1, within: "600ms");
        (long then, long instructions) = (bench.Picoseconds, bench.Chip.Instructions);
        bench.RunUntil("PORTC.PIN4", 0, within: "300ms").ExpectNoDiagnostics();
        Assert.Equal(TimeSpan.FromMilliseconds(250), TimeSpan.FromMicroseconds((bench.Picoseconds - then) / 1e6));
        Assert.Equal(instructions, bench.Chip.Instructions);
    }
}
