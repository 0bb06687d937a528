namespace Xmega.Memory;

/// <summary>
/// What stands between the CPU and flash when an access is no plain read: commands, lock bits, a section that is being
/// programmed. The CPU asks only while <see cref="ProgramMemory.ReadsAreSpecial"/>, and for every SPM.
/// </summary>
internal interface IFlashAccess
{
    /// <summary>Whether no instruction can be fetched from an address now, because its section is being programmed.</summary>
    /// <param name="address">Byte address.</param>
    /// <returns>True: the CPU stands still until the controller lets it go on.</returns>
    bool IsBusy(int address);

    /// <summary>Whether code runs without interrupts, because its section is locked against the one with the vectors.</summary>
    /// <param name="instruction">Byte address of the next instruction.</param>
    /// <param name="vectors">Byte address of the vectors.</param>
    /// <returns>True: interrupts wait.</returns>
    bool LocksInterrupts(int instruction, int vectors);

    /// <summary>LPM and ELPM.</summary>
    /// <param name="address">Byte address: Z.</param>
    /// <param name="instruction">Byte address of the instruction.</param>
    /// <returns>The byte.</returns>
    byte Load(int address, int instruction);

    /// <summary>SPM, in the last cycle of the instruction.</summary>
    /// <param name="address">Byte address: Z.</param>
    /// <param name="word">R1:R0.</param>
    /// <param name="instruction">Byte address of the instruction.</param>
    /// <param name="isOpen">Whether a signature in CCP lets SPM through.</param>
    void Store(int address, int word, int instruction, bool isOpen);
}
