using Xmega.Ports;
using Xmega.TestSupport;

namespace Xmega.Workbench.Tests.Parts;

/// <summary>A chip without firmware at 2 MHz, and hands on its pins.</summary>
internal sealed class PartBench
{
    public const long Microsecond = 1_000_000;
    public const long Millisecond = 1000 * Microsecond;

    private readonly Dictionary<string, PinDriver> _hands = [];
    private readonly Bench _bench = new();

    public ATxmega128A1 Chip => _bench.Chip;

    public Pin this[string name] => Chip.FindPin(name) ?? throw new ArgumentException($"no pin {name}");

    public Pin[] Port(string port, int first, int count) => [.. Enumerable.Range(first, count).Select(n => this[$"{port}.PIN{n}"])];

    public PartBench Set(string pin, bool high)
    {
        if (!_hands.TryGetValue(pin, out PinDriver? hand)) _hands.Add(pin, hand = this[pin].AddDriver("test"));
        hand.Drive = PinDrive.Strong(high);
        return this;
    }

    public PartBench Write(string port, int first, int count, int value)
    {
        for (int n = 0; n < count; n++) Set($"{port}.PIN{first + n}", (value & (1 << n)) != 0);
        return this;
    }

    /// <summary>Lets time pass, in picoseconds.</summary>
    public PartBench Wait(long picoseconds)
    {
        _bench.AdvanceTo(Chip.Timeline.CycleAt(Chip.Timeline.Picoseconds + picoseconds));
        return this;
    }

    public PartBench Pulse(string pin, long width, long rest) => Set(pin, true).Wait(width).Set(pin, false).Wait(rest);
}
