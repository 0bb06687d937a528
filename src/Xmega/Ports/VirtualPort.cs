using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.Ports;

/// <summary>
/// Virtual port VPORT0–VPORT3 (8077I 13.11): the four registers of a port that matter most, within reach of IN, OUT, SBI
/// and CBI. It holds nothing itself.
/// </summary>
internal sealed class VirtualPort : IoModule
{
    private const int DIR = 0;
    private const int OUT = 1;
    private const int IN = 2;
    private const int INTFLAGS = 3;

    private readonly PortConfiguration _configuration;
    private readonly Diagnostics _diagnostics;
    private readonly int _number;

    public VirtualPort(int number, PortConfiguration configuration, Diagnostics diagnostics)
        : base($"VPORT{number}", 0x0010 + (4 * number), Map)
    {
        _number = number;
        _configuration = configuration;
        _diagnostics = diagnostics;
    }

    private static RegisterTable Map { get; } = new RegisterTable("VPORT", 4)
        .Add(DIR, "DIR", 0xFF)
        .Add(OUT, "OUT", 0xFF)
        .Add(IN, "IN", 0, Access.ReadOnly)
        .Add(INTFLAGS, "INTFLAGS", 0x03, Access.WriteOneToClear);

    public override byte Peek(int offset) => _configuration.MappedPort(_number)?.Peek(OffsetInPort(offset)) ?? 0;

    public override byte Read(int offset)
    {
        if (_configuration.MappedPort(_number) is { } port) return port.Read(OffsetInPort(offset));
        ReportAbsent();
        return 0;
    }

    public override long HoldsUntil(int offset) => _configuration.MappedPort(_number)?.HoldsUntil(OffsetInPort(offset)) ?? 0;

    public override void Write(int offset, byte value)
    {
        if (_configuration.MappedPort(_number) is { } port) port.Write(OffsetInPort(offset), (byte)(value & port.Registers[OffsetInPort(offset)]!.Mask));
        else ReportAbsent();
    }

    // One bit only: the other flag, though it reads 1, is not written. CBI writes a 0, which clears no flag.
    public override void WriteBit(int offset, byte mask, bool value)
    {
        if (offset == INTFLAGS) Write(offset, value ? mask : (byte)0);
        else base.WriteBit(offset, mask, value);
    }

    public override void Reset()
    {
    }

    public override void State(StateStream s)
    {
    }

    private static int OffsetInPort(int offset) => offset switch
    {
        DIR => Port.DIR,
        OUT => Port.OUT,
        IN => Port.IN,
        _ => Port.INTFLAGS,
    };

    private void ReportAbsent() =>
        _diagnostics.Report(DiagnosticKind.Configuration, BaseAddress, $"{Name} is mapped to a port that the ATxmega128A1 does not have: reads as 0, writes are ignored");
}
