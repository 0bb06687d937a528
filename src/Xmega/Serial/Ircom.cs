using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.Serial;

/// <summary>IRCOM (8077I ch. 22): the settings of the pulse coder and decoder that the USART with CMODE = IrDA uses.</summary>
/// <remarks>
/// Limitations: the coder is in the USART that uses it, and any number of them may; the part has one. A pulse of 3/16 bit begins with the bit (unverified). An event in each of several cycles counts as one pulse of
/// that length.
/// </remarks>
internal sealed class Ircom : IoModule
{
    private const int CTRL = 0;
    private const int TXPLCTRL = 1;
    private const int RXPLCTRL = 2;

    private const byte EVSEL = 0x0F;       // receiver input: 0 RXD, 8-15 event channel 0-7
    private const byte EVSEL_CHANNEL = 8;

    private const byte UNCODED = 0xFF; // TXPLCTRL: no pulse coding, in or out

    private readonly byte[] _registers = new byte[3];

    public Ircom()
        : base("IRCOM", 0x08F8, Map)
    {
    }

    /// <summary>Tells the USARTs of new settings.</summary>
    public event Action? Changed;

    /// <summary>Gets the event channel that takes the place of RXD, or -1.</summary>
    public int Channel => _registers[CTRL] >= EVSEL_CHANNEL ? _registers[CTRL] - EVSEL_CHANNEL : -1;

    /// <summary>Gets a value indicating whether bits are pulses.</summary>
    public bool IsCoding => _registers[TXPLCTRL] != UNCODED;

    /// <summary>Gets the samples behind the first that a pulse has to last to be one.</summary>
    public int Filter => _registers[RXPLCTRL];

    private static RegisterTable Map { get; } = new RegisterTable("IRCOM", 3)
        .Add(CTRL, "CTRL", EVSEL)
        .Add(TXPLCTRL, "TXPLCTRL", 0xFF)
        .Add(RXPLCTRL, "RXPLCTRL", 0xFF);

    /// <summary>The length of a pulse sent.</summary>
    /// <param name="bit">How long a bit lasts.</param>
    /// <returns>Cycles: 3/16 of the bit, or what TXPLCTRL says.</returns>
    public long PulseCycles(BitTime bit) => _registers[TXPLCTRL] == 0 ? Math.Max(1, bit.Cycles(3) / 16) : _registers[TXPLCTRL];

    public override byte Peek(int offset) => _registers[offset];

    public override void Write(int offset, byte value)
    {
        _registers[offset] = value;
        Changed?.Invoke();
    }

    public override void Reset()
    {
        Array.Clear(_registers);
        Changed?.Invoke();
    }

    public override void State(StateStream s) => s.Bytes(_registers);
}
