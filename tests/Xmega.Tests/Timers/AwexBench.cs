using Xmega.Ports;
using Xmega.TestSupport;

namespace Xmega.Tests.Timers;

/// <summary>TCC0 with an AWeX on PORTC, all pins outputs, and a fault input or two.</summary>
internal static class AwexBench
{
    public const int SS = 3;
    public const int PGM = 0x20;
    public const int CWCM = 0x10;
    public const int CLEAROE = 1;
    public const int CLEARDIR = 3;
    public const int CycleByCycle = 0x04;
    public const int FDF = 0x04;
    public const int ERRIF = 0x02;
    public const int PIN0 = 0x68; // CHnMUX: PORTD pin 0

    /// <summary>PER + 1 cycles a period of the timer that <see cref="Start"/> starts.</summary>
    public const int Period = 20;

    /// <summary>
    /// Single slope with BOTTOM in cycles 20, 40, ...; CCA, CCB, CCC and CCD are 8, 5, 12 and 15. The timer starts in
    /// cycle 0, where CNT is 0: CNT is the cycle modulo 20.
    /// </summary>
    public static Bench Start(int ctrl, int outoven = 0xFF, int dtls = 0, int dths = 0) => new Bench()
        .Watch("PORTC.PIN?").Write("PORTC.DIR", 0xFF)
        .Write("AWEXC.DTLS", dtls).Write("AWEXC.DTHS", dths).Write("AWEXC.OUTOVEN", outoven).Write("AWEXC.CTRL", ctrl)
        .Write("TCC0.PER", Period - 1).Write("TCC0.CCA", 8).Write("TCC0.CCB", 5).Write("TCC0.CCC", 12).Write("TCC0.CCD", 15)
        .Write("TCC0.CTRLB", SS).Write("TCC0.CTRLA", 1);

    /// <summary>Event channel 1, from software only, is the fault input.</summary>
    public static Bench ProtectFromSoftware(this Bench bench, int fdctrl) => bench.Write("AWEXC.FDEMASK", 0x02).Write("AWEXC.FDCTRL", fdctrl);

    /// <summary>Event channel 1 carries PORTD pin 0, which senses its level: the fault input is active while it is high.</summary>
    public static PinDriver ProtectFromPin(this Bench bench, int fdctrl, int sense = 3)
    {
        PinDriver driver = bench.Chip.FindPin("PORTD.PIN0")!.AddDriver("fault");
        driver.Drive = PinDrive.Strong(false);
        bench.Write("PORTD.PIN0CTRL", sense).Write("EVSYS.CH1MUX", PIN0).Write("AWEXC.FDEMASK", 0x02).Write("AWEXC.FDCTRL", fdctrl);
        return driver;
    }

    /// <summary>The levels of all pins of PORTC, a bit each.</summary>
    public static int Pins(this Bench bench) => Enumerable.Range(0, 8).Sum(n => bench.Chip.FindPin($"PORTC.PIN{n}")!.Level == LogicLevel.High ? 1 << n : 0);
}
