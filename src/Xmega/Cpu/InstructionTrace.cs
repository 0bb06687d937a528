namespace Xmega.Cpu;

/// <summary>Hears what the CPU does, instruction by instruction: traces, profiles, coverage, breakpoints, watchpoints.</summary>
/// <remarks>While there is a listener the CPU runs one instruction at a time; without one, nothing of this costs anything.</remarks>
public interface IInstructionListener
{
    /// <summary>Gets a value indicating whether accesses of memory are to be told too; without them a run is several times faster.</summary>
    bool HearsMemory => true;

    /// <summary>An instruction is about to start.</summary>
    /// <param name="programCounter">Its byte address.</param>
    /// <param name="cycle">The cycle in which it starts.</param>
    /// <returns>True to go on; false stops the run before the instruction, as <see cref="CpuStop.Requested"/>.</returns>
    bool OnInstruction(int programCounter, long cycle);

    /// <summary>The CPU has read a byte of data memory, I/O included.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <param name="value">The byte.</param>
    /// <param name="cycle">The cycle of the access, the instruction's last.</param>
    void OnLoad(int address, byte value, long cycle);

    /// <summary>The CPU is about to write a byte of data memory, I/O included.</summary>
    /// <param name="address">Data address, 24 bits.</param>
    /// <param name="value">The byte.</param>
    /// <param name="cycle">The cycle of the access, the instruction's last.</param>
    void OnStore(int address, byte value, long cycle);
}

/// <summary>What the interpreter's loop is compiled for; what a kind of trace does not want costs it nothing.</summary>
internal interface IInstructionTrace
{
    /// <summary>Gets a value indicating whether <see cref="OnInstruction"/> wants to be called.</summary>
    static abstract bool SeesInstructions { get; }

    /// <summary>Gets a value indicating whether accesses of SRAM take the long way too, through <see cref="Memory.DataSpace"/> with their exact cycle.</summary>
    static abstract bool SeesMemory { get; }

    bool OnInstruction(int programCounter, long cycle);

    void OnLoad(int address, byte value, long cycle);

    void OnStore(int address, byte value, long cycle);
}

/// <summary>The usual case: nobody listens, and nobody but the CPU uses SRAM.</summary>
internal readonly struct NoTrace : IInstructionTrace
{
    public static bool SeesInstructions => false;

    public static bool SeesMemory => false;

    public bool OnInstruction(int programCounter, long cycle) => true;

    public void OnLoad(int address, byte value, long cycle)
    {
    }

    public void OnStore(int address, byte value, long cycle)
    {
    }
}

/// <summary>Nobody listens, but SRAM has another user: every access goes to <see cref="Memory.DataSpace"/> in its exact cycle.</summary>
internal readonly struct SharedMemory : IInstructionTrace
{
    public static bool SeesInstructions => false;

    public static bool SeesMemory => true;

    public bool OnInstruction(int programCounter, long cycle) => true;

    public void OnLoad(int address, byte value, long cycle)
    {
    }

    public void OnStore(int address, byte value, long cycle)
    {
    }
}

/// <summary>A listener hears everything.</summary>
/// <param name="listener">The listener.</param>
internal readonly struct ListenerTrace(IInstructionListener listener) : IInstructionTrace
{
    public static bool SeesInstructions => true;

    public static bool SeesMemory => true;

    public bool OnInstruction(int programCounter, long cycle) => listener.OnInstruction(programCounter, cycle);

    public void OnLoad(int address, byte value, long cycle) => listener.OnLoad(address, value, cycle);

    public void OnStore(int address, byte value, long cycle) => listener.OnStore(address, value, cycle);
}

/// <summary>A listener hears of instructions only.</summary>
/// <param name="listener">The listener.</param>
internal readonly struct InstructionsOnly(IInstructionListener listener) : IInstructionTrace
{
    public static bool SeesInstructions => true;

    public static bool SeesMemory => false;

    public bool OnInstruction(int programCounter, long cycle) => listener.OnInstruction(programCounter, cycle);

    public void OnLoad(int address, byte value, long cycle)
    {
    }

    public void OnStore(int address, byte value, long cycle)
    {
    }
}
