using Xmega.Events;
using Xmega.Registers;

namespace Xmega.Workbench.Routing;

/// <summary>One event channel as firmware has set it up.</summary>
/// <param name="Channel">Its number, 0–7.</param>
/// <param name="Generator">The source that CHnMUX selects, by its datasheet name; null when it is off.</param>
/// <param name="Users">What acts on its events: module, and what it does.</param>
/// <param name="Count">Events that it carried so far.</param>
public sealed record EventRoute(int Channel, string? Generator, IReadOnlyList<EventUser> Users, long Count);

/// <summary>Somebody who acts on a channel's events.</summary>
/// <param name="Module">The instance's datasheet name, as in <c>TCC0</c>.</param>
/// <param name="Action">What it does, in the datasheet's words.</param>
public sealed record EventUser(string Module, string Action)
{
    /// <summary><c>TCC0 capture CCA</c>.</summary>
    /// <returns>Module and action.</returns>
    public override string ToString() => $"{Module} {Action}";
}

/// <summary>Reads from the registers which generators, channels and users firmware has joined (8077I ch. 6), without any effect.</summary>
public static class EventRouting
{
    private const int FirstEventClock = 8; // TCxn.CTRLA.CLKSEL and CTRLD.EVSEL: channel 0
    private const int Channels = EventSystem.ChannelCount;
    private const int EndOfIo = 0x1000;

    private static readonly string[] TimerActions = ["off", "capture", "up/down", "quadrature", "restart", "frequency capture", "pulse width capture", "reserved"];

    // Every register that says who is joined with whom.
    private static readonly Lazy<int[]> Addresses = new(() => [.. RegisterMap.ATxmega128A1.Registers.Where(IsRouting).Select(r => r.Address)]);

    private static readonly Lazy<bool[]> Routing = new(static () =>
    {
        var routing = new bool[EndOfIo];
        foreach (int address in Addresses.Value) routing[address] = true;
        return routing;
    });

    /// <summary>Gets how many registers route events.</summary>
    public static int Registers => Addresses.Value.Length;

    /// <summary>Whether a register at an address says who is joined with whom.</summary>
    /// <param name="address">A data address.</param>
    /// <returns>True for one that routes.</returns>
    internal static bool Routes(int address) => (uint)address < EndOfIo && Routing.Value[address];

    /// <summary>Whether the registers that route events hold what they held at the last call with the same memory; remembers them.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="memory"><see cref="Registers"/> bytes.</param>
    /// <returns>True when nothing changed.</returns>
    public static bool IsAsBefore(ATxmega128A1 chip, Span<byte> memory)
    {
        ArgumentNullException.ThrowIfNull(chip);
        bool same = true;
        for (int i = 0; i < memory.Length; i++)
        {
            byte now = chip.Data.Peek(Addresses.Value[i]);
            same &= memory[i] == now;
            memory[i] = now;
        }

        return same;
    }

    /// <summary>The routes of a chip now.</summary>
    /// <param name="chip">The chip.</param>
    /// <returns>All eight channels in order; one that nobody uses has neither generator nor users.</returns>
    public static IReadOnlyList<EventRoute> Of(ATxmega128A1 chip)
    {
        ArgumentNullException.ThrowIfNull(chip);
        var users = new List<EventUser>[Channels];
        for (int n = 0; n < Channels; n++) users[n] = [];
        foreach (string timer in RegisterMap.ATxmega128A1.Registers.Where(r => r.Name.StartsWith("TC", StringComparison.Ordinal) && r.Name.EndsWith(".CTRLD", StringComparison.Ordinal)).Select(r => r.Name[..^6])) AddTimer(chip, timer, users);
        foreach (string adc in new[] { "ADCA", "ADCB" }) AddAdc(chip, adc, users);
        foreach (string dac in new[] { "DACA", "DACB" }) AddDac(chip, dac, users);
        for (int n = 0; n < 4; n++)
        {
            // TRIGSRC 1-3: channels 0-2.
            int trigger = Read(chip, $"DMA.CH{n}.TRIGSRC", $"DMA.CH{n}TRIGSRC");
            if (trigger is >= 1 and <= 3) users[trigger - 1].Add(new EventUser("DMA", $"trigger CH{n}"));
        }

        foreach (string extension in new[] { "AWEXC", "AWEXE" })
        {
            int mask = Read(chip, $"{extension}.FDEMASK");
            for (int n = 0; n < Channels; n++)
                if ((mask & (1 << n)) != 0) users[n].Add(new EventUser(extension, "fault"));
        }

        for (int n = 0; n < Channels; n += 2)
            if ((Read(chip, $"EVSYS.CH{n}CTRL") & 0x08) != 0) users[n].Add(new EventUser("EVSYS", "quadrature decoder"));
        return [.. Enumerable.Range(0, Channels).Select(n => new EventRoute(n, Generator(chip, n), users[n], chip.Events.Channels[n].Count))];
    }

    private static bool IsRouting(NamedRegister register)
    {
        string name = register.Name;
        if (name.StartsWith("EVSYS.CH", StringComparison.Ordinal) || name.EndsWith("TRIGSRC", StringComparison.Ordinal) || name.EndsWith(".FDEMASK", StringComparison.Ordinal)) return true;
        if (name.StartsWith("TC", StringComparison.Ordinal)) return name.EndsWith(".CTRLA", StringComparison.Ordinal) || name.EndsWith(".CTRLB", StringComparison.Ordinal) || name.EndsWith(".CTRLD", StringComparison.Ordinal);
        return name.EndsWith(".EVCTRL", StringComparison.Ordinal) || (name.StartsWith("DAC", StringComparison.Ordinal) && name.EndsWith(".CTRLB", StringComparison.Ordinal));
    }

    private static string? Generator(ATxmega128A1 chip, int channel)
    {
        int code = Read(chip, $"EVSYS.CH{channel}MUX");
        return code == 0 ? null : RegisterMap.ATxmega128A1.EventSources.TryGetValue(code, out string? name) ? name : FormattableString.Invariant($"reserved 0x{code:X2}");
    }

    private static void AddTimer(ATxmega128A1 chip, string timer, List<EventUser>[] users)
    {
        int clock = Read(chip, timer + ".CTRLA") & 0x0F, control = Read(chip, timer + ".CTRLD");
        if (clock >= FirstEventClock) users[clock - FirstEventClock].Add(new EventUser(timer, "clock"));
        int action = control >> 5, select = control & 0x0F;
        if (action == 0 || select < FirstEventClock) return;
        int first = select - FirstEventClock;
        if (action is not (1 or 5 or 6))
        {
            users[first].Add(new EventUser(timer, TimerActions[action]));
            return;
        }

        // Each capture channel has the event channel after the one before (8077I 14.4).
        int enabled = Read(chip, timer + ".CTRLB") >> 4;
        for (int n = 0; n < 4; n++)
            if ((enabled & (1 << n)) != 0) users[(first + n) % Channels].Add(new EventUser(timer, $"{TimerActions[action]} CC{(char)('A' + n)}"));
    }

    private static void AddAdc(ATxmega128A1 chip, string adc, List<EventUser>[] users)
    {
        int control = Read(chip, adc + ".EVCTRL"), action = control & 7, first = (control >> 3) & 7;
        if (action is >= 1 and <= 4)
            for (int n = 0; n < action; n++) users[(first + n) % Channels].Add(new EventUser(adc, $"conversion CH{n}"));
        else if (action is 5 or 6)
            users[first].Add(new EventUser(adc, action == 5 ? "sweep" : "synchronised sweep"));
    }

    private static void AddDac(ATxmega128A1 chip, string dac, List<EventUser>[] users)
    {
        int triggered = Read(chip, dac + ".CTRLB") & 3, channel = Read(chip, dac + ".EVCTRL") & 7;
        for (int n = 0; n < 2; n++)
            if ((triggered & (1 << n)) != 0) users[channel].Add(new EventUser(dac, $"conversion CH{n}"));
    }

    // The first of the names that the register map has.
    private static int Read(ATxmega128A1 chip, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (RegisterMap.ATxmega128A1.Find(name) is { } register) return chip.Data.Peek(register.Address);
        return 0;
    }
}
