using Xmega.Memory;

namespace Xmega.Cpu;

/// <content>The accesses of the CPU on a bus that it shares with the DMA controller: only slices that ask for it come here.</content>
internal sealed unsafe partial class CpuCore
{
    private const int FirstOwnRegister = 0x34; // CCP; up to SREG the CPU's own
    private const int SramReadCycles = 2;
    private const int PushCycles = 3; // on the bus, for a program counter: a write a byte
    private const int PopCycles = 4;  // the first read of the burst takes two (8077I 4.11)

    // How much later an access comes because the DMA controller held the memory; without that it would end with a cycle.
    private long WaitForBus(int address, bool write, long end)
    {
        BusArbiter arbiter = _data.Arbiter;
        // The CPU's own registers are not on the bus (unverified).
        if (!arbiter.IsArmed || address is >= FirstOwnRegister and <= SREG) return 0;
        BusSection section = _data.SectionOf(address);
        return section switch
        {
            BusSection.Sram when !write => arbiter.Claim(section, end - SramReadCycles, SramReadCycles, burst: false),
            // The further cycles of a load from mapped EEPROM are added after it.
            BusSection.Eeprom when !write => arbiter.Claim(section, end - 1, 1 + DataSpace.EepromReadWait, burst: false),
            _ => arbiter.Claim(section, end - 1, 1, burst: false),
        };
    }

    // The same for a program counter that is pushed or popped: three bytes in one burst.
    private long WaitForStack(int address, int cycles, long end)
    {
        BusArbiter arbiter = _data.Arbiter;
        return arbiter.IsArmed ? arbiter.Claim(_data.SectionOf(address), end - cycles, cycles, burst: true) : 0;
    }
}
