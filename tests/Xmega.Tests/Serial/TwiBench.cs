using Xmega.Ports;
using Xmega.TestSupport;

namespace Xmega.Tests.Serial;

/// <summary>Bits of the TWI registers by their datasheet names, and a bench with two TWI modules on one bus.</summary>
internal static class TwiBench
{
    public const int RIF = 0x80;
    public const int WIF = 0x40;
    public const int CLKHOLD = 0x20;
    public const int RXACK = 0x10;
    public const int ARBLOST = 0x08;
    public const int BUSERR = 0x04;
    public const int UNKNOWN = 0;
    public const int IDLE = 1;
    public const int OWNER = 2;
    public const int BUSY = 3;

    public const int DIF = 0x80;
    public const int APIF = 0x40;
    public const int COLL = 0x08;
    public const int DIR = 0x02;
    public const int AP = 0x01;

    public const int ENABLE = 0x08;
    public const int SMEN = 0x01;
    public const int NACK = 0x04; // ACKACT
    public const int REPSTART = 1;
    public const int RECVTRANS = 2;
    public const int STOP = 3;
    public const int COMPTRANS = 2;
    public const int RESPONSE = 3;

    public const string SDA = "PORTC.PIN0";
    public const string SCL = "PORTC.PIN1";

    /// <summary>The board: TWIC and TWID on one bus with a pull-up on each line.</summary>
    public static Bench Bus(Bench? bench = null)
    {
        bench ??= new Bench();
        for (int pin = 0; pin < 2; pin++)
        {
            Pin c = bench.Chip.FindPin($"PORTC.PIN{pin}")!;
            c.Join(bench.Chip.FindPin($"PORTD.PIN{pin}")!);
            c.AddDriver("pull-up").Drive = PinDrive.Pull(true);
        }

        return bench;
    }

    /// <summary>TWIC as the master of an idle bus, TWID as a slave with an address.</summary>
    public static Bench MasterAndSlave(int baud = 5, int slave = 0x50, int smart = 0) => Bus()
        .Write("TWID.SLAVE.ADDR", slave << 1).Write("TWID.SLAVE.CTRLA", ENABLE | smart)
        .Master("TWIC", baud, smart);

    public static Bench Master(this Bench bench, string twi, int baud, int ctrlb = 0) => bench
        .Write($"{twi}.MASTER.BAUD", baud).Write($"{twi}.MASTER.CTRLB", ctrlb).Write($"{twi}.MASTER.CTRLA", ENABLE).Write($"{twi}.MASTER.STATUS", IDLE);

    public static int MasterStatus(this Bench bench, string twi = "TWIC") => bench.Read($"{twi}.MASTER.STATUS");

    public static int SlaveStatus(this Bench bench, string twi = "TWID") => bench.Read($"{twi}.SLAVE.STATUS");

    /// <summary>Lets time pass until flags are set, cycle by cycle.</summary>
    public static Bench Await(this Bench bench, string status, int flags, int limit = 5000)
    {
        for (int i = 0; i < limit; i++)
        {
            if ((bench.Chip.Data.Io.Peek(Bench.AddressOf(status)) & flags) != 0) return bench;
            bench.Advance(1);
        }

        throw new TimeoutException($"{status} is 0x{bench.Chip.Data.Io.Peek(Bench.AddressOf(status)):X2} after {limit} cycles");
    }

    public static Bench AwaitMaster(this Bench bench, string twi = "TWIC") => bench.Await($"{twi}.MASTER.STATUS", RIF | WIF);

    public static Bench AwaitSlave(this Bench bench, string twi = "TWID") => bench.Await($"{twi}.SLAVE.STATUS", DIF | APIF);

    /// <summary>What SDA was at each rise of SCL, as '0' and '1', with S, P for START and STOP.</summary>
    public static string Bits(IEnumerable<(long Cycle, string Signal, long Value)> trace)
    {
        long sda = 1, scl = 1;
        var bits = new System.Text.StringBuilder();
        foreach ((long _, string signal, long value) in trace)
        {
            if (signal == SCL)
            {
                scl = value;
                if (value == 1) bits.Append(sda);
            }
            else if (signal == SDA)
            {
                sda = value;
                // The rise of SCL in front of START or STOP is no bit.
                if (scl == 1 && bits.Length > 0 && bits[^1] is '0' or '1') bits.Length--;
                if (scl == 1) bits.Append(value == 0 ? 'S' : 'P');
            }
        }

        return bits.ToString();
    }
}
