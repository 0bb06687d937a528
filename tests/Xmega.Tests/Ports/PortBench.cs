using Xmega.Ports;
using Xmega.SystemControl;
using Xmega.TestSupport;

namespace Xmega.Tests.Ports;

/// <summary>What tests of ports do to pins.</summary>
internal static class PortBench
{
    public static Pin Pin(this Bench bench, string name) => bench.Chip.FindPin(name) ?? throw new ArgumentException($"no pin {name}");

    /// <summary>A driver at a pin that begins by driving it strongly.</summary>
    public static PinDriver Driven(this Bench bench, string pin, bool high)
    {
        PinDriver driver = bench.Pin(pin).AddDriver("test");
        driver.Drive = PinDrive.Strong(high);
        return driver;
    }

    public static void Set(this PinDriver driver, bool high) => driver.Drive = PinDrive.Strong(high);

    /// <summary>With the fuse JTAGEN unprogrammed PB4–PB7 are pins as others are.</summary>
    public static Bench WithoutJtag(this Bench bench)
    {
        bench.Chip.Fuses[4] = 0xFF;
        bench.Chip.Reset(ResetSource.PowerOn);
        return bench;
    }
}
