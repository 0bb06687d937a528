using Xmega.Ports;
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
}
