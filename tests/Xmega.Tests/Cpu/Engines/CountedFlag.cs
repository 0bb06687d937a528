using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;
using Xmega.Time;

namespace Xmega.Tests.Cpu.Engines;

/// <summary>A module with one register that changes with booked actions only, and counts how often it is read.</summary>
internal sealed class CountedFlag() : IoModule("LAB", Base, new RegisterTable("LAB", 1).Add(0, "STATUS", 0xFF))
{
    public const int Base = 0x0F00;

    public byte Value { get; set; }

    public int Reads { get; private set; }

    public override byte Peek(int offset) => Value;

    public override byte Read(int offset)
    {
        Reads++;
        return Value;
    }

    public override long HoldsUntil(int offset) => ScheduledAction.Never;

    public override void Write(int offset, byte value)
    {
    }

    public override void Reset()
    {
    }

    public override void State(StateStream s)
    {
    }
}
