using Xmega.Registers;
using Xmega.State;

namespace Xmega.Memory;

/// <summary>
/// A module in I/O space: one instance of a datasheet chapter. Subclasses read like that chapter: register constants,
/// state, <see cref="Peek"/>/<see cref="Read"/> and <see cref="Write"/> as switches over the offset, then what the
/// module does. The bus masks unimplemented bits and keeps configuration change protection before a module sees a write.
/// </summary>
public abstract class IoModule
{
    private bool _isStopped;

    /// <summary>Initializes a new instance of the <see cref="IoModule"/> class.</summary>
    /// <param name="name">The instance's datasheet name, as in <c>TCC0</c>.</param>
    /// <param name="baseAddress">I/O address of its first register, 0x000–0xFFF.</param>
    /// <param name="registers">Its register table.</param>
    protected IoModule(string name, int baseAddress, RegisterTable registers)
    {
        Name = name;
        BaseAddress = baseAddress;
        Registers = registers;
    }

    /// <summary>Gets the instance's datasheet name.</summary>
    public string Name { get; }

    /// <summary>Gets the I/O address of its first register.</summary>
    public int BaseAddress { get; }

    /// <summary>Gets its register table.</summary>
    public RegisterTable Registers { get; }

    /// <summary>Gets or sets a value indicating whether power reduction stops the module's clock: its registers can then be neither read nor written (8077I 8.4).</summary>
    public bool IsStopped
    {
        get => _isStopped;
        protected internal set
        {
            if (_isStopped == value) return;
            _isStopped = value;
            OnStoppedChanged();
        }
    }

    /// <summary>What a register holds, without any effect of reading it: for debuggers, traces and dumps.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <returns>The value a read would give.</returns>
    public abstract byte Peek(int offset);

    /// <summary>Reads a register as the CPU does, with the effects of reading.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <returns>The value.</returns>
    public virtual byte Read(int offset) => Peek(offset);

    /// <summary>
    /// Up to which cycle a register may be read again and again with nothing to be seen but what the first read saw: who
    /// polls it is then brought there at once. Only what is booked, or somebody's write, may change it before.
    /// </summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <returns>
    /// The first cycle in which it may change by itself, <see cref="Time.ScheduledAction.Never"/> when it does so with booked
    /// actions only, 0 for a register that is to be read each time.
    /// </returns>
    public virtual long HoldsUntil(int offset) => 0;

    /// <summary>Writes a register as the CPU does.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <param name="value">The value; bits outside the register's mask are zero.</param>
    public abstract void Write(int offset, byte value);

    /// <summary>Reads a register as the DMA controller does: a module overrides it when that clears what requested the transfer.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <returns>The value.</returns>
    public virtual byte DmaRead(int offset) => Read(offset);

    /// <summary>Writes a register as the DMA controller does: a module overrides it when that clears what requested the transfer.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <param name="value">The value; bits outside the register's mask are zero.</param>
    public virtual void DmaWrite(int offset, byte value) => Write(offset, value);

    /// <summary>Sets or clears one bit as SBI and CBI do, in one access.</summary>
    /// <param name="offset">Bytes from the module's base.</param>
    /// <param name="mask">The bit.</param>
    /// <param name="value">Whether it is set.</param>
    public virtual void WriteBit(int offset, byte mask, bool value) =>
        Write(offset, (byte)(value ? Peek(offset) | mask : Peek(offset) & ~mask));

    /// <summary>Hears that <see cref="IsStopped"/> changed, in the current cycle: a module that can stands still until it changes back.</summary>
    protected virtual void OnStoppedChanged()
    {
    }

    /// <summary>Puts everything back to its initial value, as every reset does.</summary>
    public abstract void Reset();

    /// <summary>Carries the module's state out or in.</summary>
    /// <param name="s">The stream.</param>
    public abstract void State(StateStream s);

    /// <summary>Carries everything out or in: the module's state, and before it whether power reduction stops it.</summary>
    /// <param name="s">The stream.</param>
    internal void Carry(StateStream s)
    {
        s.Value(ref _isStopped);
        State(s);
    }
}
