using Xmega.Cpu;
using Xmega.Registers;

namespace Xmega.Memory;

/// <summary>
/// The 4 KiB of I/O space: finds the module that an address belongs to and keeps the rules that hold for all of them:
/// reserved addresses read zero, unimplemented bits ignore writes, protected bits need CCP, stopped modules do not answer.
/// </summary>
/// <remarks>
/// Limitations: OCD is not modelled: OCDR0 and OCDR1 carry messages to a debugger on PDI or JTAG, and there is none.
/// </remarks>
public sealed class IoSpace
{
    /// <summary>Bytes of I/O space: 0x0000–0x0FFF.</summary>
    public const int Size = 0x1000;

    private readonly IoModule?[] _owner = new IoModule?[Size];
    private readonly List<IoModule> _modules = [];
    private readonly Diagnostics _diagnostics;
    private readonly ChangeProtection _protection;

    internal IoSpace(Diagnostics diagnostics, ChangeProtection protection)
    {
        _diagnostics = diagnostics;
        _protection = protection;
    }

    /// <summary>Gets the modules in the order they were added.</summary>
    public IReadOnlyList<IoModule> Modules => _modules;

    /// <summary>Finds the module an address belongs to.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <returns>The module, or null for a reserved address.</returns>
    public IoModule? OwnerOf(int address) => _owner[address];

    /// <summary>The datasheet name of an address, as in <c>TCC0.CNTL</c>, or its hexadecimal form.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <returns>The name.</returns>
    public string NameOf(int address) =>
        _owner[address] is { } module && module.Registers[address - module.BaseAddress] is { } register
            ? $"{module.Name}.{register.Name}"
            : $"0x{address:X4}";

    /// <summary>Reads as the CPU does, with the effects of reading.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <returns>The value; 0 where nothing answers.</returns>
    public byte Read(int address) => Readable(address) is { } module ? module.Read(address - module.BaseAddress) : (byte)0;

    /// <summary>Up to which cycle an address may be read again and again with nothing new to be seen: see <see cref="IoModule.HoldsUntil"/>.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <returns>The cycle; 0 for an address that is to be read each time.</returns>
    internal long HoldsUntil(int address)
    {
        IoModule? module = _owner[address];
        if (module is null || module.IsStopped || module.Registers[address - module.BaseAddress] is null) return 0;
        return module.HoldsUntil(address - module.BaseAddress);
    }

    /// <summary>Reads as the DMA controller does.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <returns>The value; 0 where nothing answers.</returns>
    internal byte DmaRead(int address) => Readable(address) is { } module ? module.DmaRead(address - module.BaseAddress) : (byte)0;

    /// <summary>Looks without any effect.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <returns>The value a read would give.</returns>
    public byte Peek(int address)
    {
        IoModule? module = _owner[address];
        if (module is null || module.IsStopped || module.Registers[address - module.BaseAddress] is null) return 0;
        return module.Peek(address - module.BaseAddress);
    }

    /// <summary>Writes as the CPU does.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <param name="value">The value.</param>
    public void Write(int address, byte value)
    {
        if (Admitted(address, ref value, out int offset) is { } module) module.Write(offset, value);
    }

    /// <summary>Writes as the DMA controller does.</summary>
    /// <param name="address">I/O address, 0x000–0xFFF.</param>
    /// <param name="value">The value.</param>
    internal void DmaWrite(int address, byte value)
    {
        if (Admitted(address, ref value, out int offset) is { } module) module.DmaWrite(offset, value);
    }

    /// <summary>Sets or clears one bit as SBI and CBI do.</summary>
    /// <param name="address">I/O address, 0x00–0x1F.</param>
    /// <param name="bit">Bit number 0–7.</param>
    /// <param name="value">Whether it is set.</param>
    public void WriteBit(int address, int bit, bool value)
    {
        IoModule? module = Writable(address, out int offset, out Register? register);
        byte mask = (byte)((1 << bit) & (register?.Mask ?? 0));
        if (mask != 0) module!.WriteBit(offset, mask, value);
    }

    internal void Add(IoModule module)
    {
        _modules.Add(module);
        for (int i = 0; i < module.Registers.Size; i++)
        {
            // Small modules may sit inside the unused tail of a bigger one; the one with a register there owns it.
            if (_owner[module.BaseAddress + i] is { } other)
            {
                if (module.Registers[i] is null) continue;
                if (other.Registers[module.BaseAddress + i - other.BaseAddress] is not null)
                    throw new InvalidOperationException($"{module.Name} and {other.Name} both claim 0x{module.BaseAddress + i:X4}");
            }

            _owner[module.BaseAddress + i] = module;
        }
    }

    private IoModule? Readable(int address)
    {
        IoModule? module = _owner[address];
        if (module is null || module.Registers[address - module.BaseAddress] is null) Reserved(address, "read of");
        else if (module.IsStopped) Stopped(module, address, "read of");
        else return module;
        return null;
    }

    // The module that a write gets to, and what gets there of the value.
    private IoModule? Admitted(int address, ref byte value, out int offset)
    {
        IoModule? module = Writable(address, out offset, out Register? register);
        if (module is null) return null;
        value &= register!.Mask;
        if (register.Protected != 0 && !_protection.IoRegisterOpen)
        {
            byte now = module.Peek(offset);
            if (((value ^ now) & register.Protected) != 0 || register.Protected == register.Mask)
                _diagnostics.Report(DiagnosticKind.ProtectedWrite, address, $"write of 0x{value:X2} to {NameOf(address)} ignored: its protected bits change only within {Time.Latency.ConfigurationChangeWindow} instructions of writing 0xD8 to CCP");
            if (register.Protected == register.Mask) return null;
            value = (byte)((value & ~register.Protected) | (now & register.Protected));
        }

        return module;
    }

    private IoModule? Writable(int address, out int offset, out Register? register)
    {
        IoModule? module = _owner[address];
        offset = address - (module?.BaseAddress ?? 0);
        register = module?.Registers[offset];
        if (register is null)
        {
            Reserved(address, "write to");
            return null;
        }

        if (!module!.IsStopped) return module;
        Stopped(module, address, "write to");
        return null;
    }

    private void Reserved(int address, string what)
    {
        if (_diagnostics.Knows(DiagnosticKind.ReservedAddress, address) || _diagnostics.Knows(DiagnosticKind.NotModelled, address)) return;

        // The address is not reserved if the part has a register there: then it is this emulator that lacks it.
        if (RegisterMap.ATxmega128A1.At(address) is { } register)
            _diagnostics.Report(DiagnosticKind.NotModelled, address, $"{what} {register.Name}: not modelled, reads as 0, writes are ignored");
        else
            _diagnostics.Report(DiagnosticKind.ReservedAddress, address, $"{what} reserved I/O address 0x{address:X4}: reads as 0, writes are ignored");
    }

    private void Stopped(IoModule module, int address, string what)
    {
        if (_diagnostics.Knows(DiagnosticKind.StoppedModule, address)) return;
        _diagnostics.Report(DiagnosticKind.StoppedModule, address, $"{what} {NameOf(address)}: {module.Name} is stopped by its power reduction bit and does not answer");
    }
}
