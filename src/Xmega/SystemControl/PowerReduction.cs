using Xmega.Memory;
using Xmega.Registers;
using Xmega.State;

namespace Xmega.SystemControl;

/// <summary>Power reduction (8077I 8.4): a bit stops the clock of a module, whose registers then no longer answer.</summary>
/// <remarks>
/// Limitations: a bit set for HIRES also stops the AWeX of that port, and leaves the timers' own PWM alone (erratum 8).
/// </remarks>
internal sealed class PowerReduction : IoModule
{
    private const int PRGEN = 0;
    private const int PRPA = 1;
    private const int PRPB = 2;
    private const int PRPC = 3;
    private const int PRPD = 4;
    private const int PRPE = 5;
    private const int PRPF = 6;
    private const int RegisterCount = 7;

    private const byte AES = 0x10;
    private const byte EBI = 0x08;
    private const byte RTC = 0x04;
    private const byte EVSYS = 0x02;
    private const byte DMA = 0x01;

    private const byte DAC = 0x04;
    private const byte ADC = 0x02;
    private const byte AC = 0x01;

    private const byte TWI = 0x40;
    private const byte USART1 = 0x20;
    private const byte USART0 = 0x10;
    private const byte SPI = 0x08;
    private const byte HIRES = 0x04;
    private const byte TC1 = 0x02;
    private const byte TC0 = 0x01;

    private static readonly Gate[] General = [new(DMA, "DMA"), new(EVSYS, "EVSYS"), new(RTC, "RTC"), new(EBI, "EBI"), new(AES, "AES")];
    private static readonly Gate[] Analog = [new(AC, "AC?"), new(ADC, "ADC?"), new(DAC, "DAC?")];
    private static readonly Gate[] Digital =
    [
        new(TC0, "TC?0"), new(TC1, "TC?1"), new(HIRES, "HIRES?"), new(HIRES, "AWEX?"), new(SPI, "SPI?"), new(USART0, "USART?0"), new(USART1, "USART?1"), new(TWI, "TWI?"),
    ];

    // Which instances each bit of each register stops.
    private static readonly Gate[][] Stopped =
    [
        General, Of(Analog, "A"), Of(Analog, "B"), Of(Digital, "C"), Of(Digital, "D"), Of(Digital, "E"), Of(Digital, "F"),
    ];

    private readonly byte[] _bits = new byte[RegisterCount];
    private readonly Action<string, bool> _setStopped;

    /// <summary>Initializes a new instance of the <see cref="PowerReduction"/> class.</summary>
    /// <param name="setStopped">Stops (true) or starts the module instance of a name; a name the chip lacks is nothing.</param>
    public PowerReduction(Action<string, bool> setStopped)
        : base("PR", 0x0070, Map) => _setStopped = setStopped;

    private static RegisterTable Map { get; } = new RegisterTable("PR", RegisterCount)
        .Add(PRGEN, "PRGEN", AES | EBI | RTC | EVSYS | DMA)
        .Add(PRPA, "PRPA", DAC | ADC | AC)
        .Add(PRPB, "PRPB", DAC | ADC | AC)
        .Add(PRPC, "PRPC", TWI | USART1 | USART0 | SPI | HIRES | TC1 | TC0)
        .Add(PRPD, "PRPD", TWI | USART1 | USART0 | SPI | HIRES | TC1 | TC0)
        .Add(PRPE, "PRPE", TWI | USART1 | USART0 | SPI | HIRES | TC1 | TC0)
        .Add(PRPF, "PRPF", TWI | USART1 | USART0 | SPI | HIRES | TC1 | TC0);

    public override byte Peek(int offset) => _bits[offset];

    public override void Write(int offset, byte value)
    {
        int changed = _bits[offset] ^ value;
        _bits[offset] = value;
        foreach (Gate gate in Stopped[offset])
            if ((changed & gate.Bit) != 0) _setStopped(gate.Module, (value & gate.Bit) != 0);
    }

    public override void Reset()
    {
        for (int offset = 0; offset < RegisterCount; offset++) Write(offset, 0);
    }

    public override void State(StateStream s)
    {
        Span<byte> bits = stackalloc byte[RegisterCount];
        _bits.CopyTo(bits);
        s.Bytes(bits);
        for (int offset = 0; offset < RegisterCount; offset++) Write(offset, bits[offset]);
    }

    private static Gate[] Of(Gate[] gates, string port) => [.. gates.Select(g => new Gate(g.Bit, g.Module.Replace("?", port, StringComparison.Ordinal)))];

    // A bit, and the instance that it stops; ? stands for the port.
    private sealed record Gate(byte Bit, string Module);
}
