namespace Xmega.Timers;

/// <summary>What distinguishes one timer/counter from another.</summary>
/// <param name="Name">Datasheet name, as in <c>TCC0</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="Channels">Compare/capture channels: 4 (timer 0) or 2 (timer 1).</param>
/// <param name="Vector">Vector of OVF; ERR and CCA, CCB, ... follow.</param>
/// <param name="EventCode">CHnMUX code of OVF; ERR is the next, CCA, CCB, ... begin 4 above.</param>
internal sealed record TimerFacts(string Name, int Base, int Channels, int Vector, int EventCode)
{
    /// <summary>Gets the letter of its port: C–F.</summary>
    public char PortLetter => Name[2];

    /// <summary>Gets the DMA trigger of OVF; ERR, CCA, CCB, ... follow.</summary>
    public int DmaCode => 0x40 + (0x20 * (PortLetter - 'C')) + (6 * Number);

    /// <summary>Gets the timer's number on its port: 0 or 1.</summary>
    public int Number => Name[^1] - '0';
}
