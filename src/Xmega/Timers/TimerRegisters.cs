using Xmega.Registers;

namespace Xmega.Timers;

/// <summary>Registers and bits of a timer/counter (8077I 14.12), and the two tables of them: type 0 has four channels, type 1 two.</summary>
internal static class TimerRegisters
{
    public const int CTRLA = 0x00;
    public const int CTRLB = 0x01;
    public const int CTRLC = 0x02;
    public const int CTRLD = 0x03;
    public const int CTRLE = 0x04;
    public const int INTCTRLA = 0x06;
    public const int INTCTRLB = 0x07;
    public const int CTRLFCLR = 0x08;
    public const int CTRLFSET = 0x09;
    public const int CTRLGCLR = 0x0A;
    public const int CTRLGSET = 0x0B;
    public const int INTFLAGS = 0x0C;
    public const int TEMP = 0x0F;
    public const int CNT = 0x20;
    public const int PER = 0x26;
    public const int CCA = 0x28;
    public const int PERBUF = 0x36;
    public const int CCABUF = 0x38;

    public const byte CLKSEL = 0x0F; // clock select
    public const byte CCAEN = 0x10;  // compare/capture A enable; B, C, D are the bits above
    public const byte WGMODE = 0x07; // waveform generation mode
    public const byte EVACT = 0xE0;  // event action
    public const byte EVDLY = 0x10;  // event delay
    public const byte EVSEL = 0x0F;  // event select: 8 + n for event channel n
    public const byte BYTEM = 0x01;  // byte mode
    public const byte DTHM = 0x02;   // in the header only
    public const byte ERRINTLVL = 0x0C;
    public const byte OVFINTLVL = 0x03;
    public const byte CMD = 0x0C;    // command; reads zero
    public const byte LUPD = 0x02;   // lock update
    public const byte DIR = 0x01;    // direction: 1 down

    public const byte UpdateCommand = 0x04;
    public const byte RestartCommand = 0x08;
    public const byte ResetCommand = 0x0C;

    /// <summary>Gets the table of type 0.</summary>
    public static RegisterTable Type0 { get; } = BuildMap(4);

    /// <summary>Gets the table of type 1.</summary>
    public static RegisterTable Type1 { get; } = BuildMap(2);

    private static RegisterTable BuildMap(int channels)
    {
        byte each = (byte)((1 << channels) - 1);
        var map = new RegisterTable(channels == 4 ? "TC0" : "TC1", 0x40)
            .Add(CTRLA, "CTRLA", CLKSEL)
            .Add(CTRLB, "CTRLB", (byte)((each << 4) | WGMODE))
            .Add(CTRLC, "CTRLC", each)
            .Add(CTRLD, "CTRLD", 0xFF)
            .Add(CTRLE, "CTRLE", BYTEM | DTHM)
            .Add(INTCTRLA, "INTCTRLA", ERRINTLVL | OVFINTLVL)
            .Add(INTCTRLB, "INTCTRLB", (byte)((1 << (2 * channels)) - 1))
            .Add(CTRLFCLR, "CTRLFCLR", CMD | LUPD | DIR, Access.Strobe)
            .Add(CTRLFSET, "CTRLFSET", CMD | LUPD | DIR, Access.Strobe)
            .Add(CTRLGCLR, "CTRLGCLR", (byte)((each << 1) | WaveformCounter.PERBV), Access.Strobe)
            .Add(CTRLGSET, "CTRLGSET", (byte)((each << 1) | WaveformCounter.PERBV), Access.Strobe)
            .Add(INTFLAGS, "INTFLAGS", (byte)((each << 4) | WaveformCounter.ERRIF | WaveformCounter.OVFIF), Access.WriteOneToClear)
            .Add(TEMP, "TEMP", 0xFF)
            .AddWide(CNT, "CNT")
            .AddWide(PER, "PER")
            .AddWide(PERBUF, "PERBUF");
        for (int n = 0; n < channels; n++)
        {
            map.AddWide(CCA + (2 * n), $"CC{(char)('A' + n)}");
            map.AddWide(CCABUF + (2 * n), $"CC{(char)('A' + n)}BUF");
        }

        return map;
    }
}
