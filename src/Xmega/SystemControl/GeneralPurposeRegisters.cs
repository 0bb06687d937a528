using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.SystemControl;

/// <summary>General purpose I/O registers GPIOR0–GPIORF (8077I 4.9): sixteen plain bytes within reach of SBI and CBI.</summary>
internal sealed class GeneralPurposeRegisters : IoModule
{
    private readonly byte[] _bytes = new byte[16];

    public GeneralPurposeRegisters()
        : base("GPIO", 0x0000, Map)
    {
    }

    private static RegisterTable Map { get; } = BuildMap();

    public override byte Peek(int offset) => _bytes[offset];

    public override long HoldsUntil(int offset) => ScheduledAction.Never;

    public override void Write(int offset, byte value) => _bytes[offset] = value;

    public override void Reset() => Array.Clear(_bytes);

    public override void State(StateStream s) => s.Bytes(_bytes);

    private static RegisterTable BuildMap()
    {
        var map = new RegisterTable("GPIO", 16);
        for (int n = 0; n < 16; n++) map.Add(n, $"GPIOR{n:X}", 0xFF);
        return map;
    }
}
