namespace Xmega.Workbench.Profiling;

/// <summary>One way to reach a function: its callers from the outermost on. Interrupts are nodes of their own, named by their vector.</summary>
public sealed class CallNode
{
    private readonly SortedDictionary<(bool IsInterrupt, string Name, int Address), CallNode> _children = [];

    internal CallNode(string name, int address, bool isInterrupt)
    {
        Name = name;
        Address = address;
        IsInterrupt = isInterrupt;
    }

    /// <summary>Gets the function's name, or the vector's.</summary>
    public string Name { get; }

    /// <summary>Gets the flash byte address of the function; -1 for an interrupt.</summary>
    public int Address { get; }

    /// <summary>Gets a value indicating whether this is an interrupt: its own cycles are those of the entry.</summary>
    public bool IsInterrupt { get; }

    /// <summary>Gets the cycles spent right here.</summary>
    public long Cycles { get; internal set; }

    /// <summary>Gets what was called from here, in a fixed order.</summary>
    public IEnumerable<CallNode> Children => _children.Values;

    internal CallNode Child(string name, int address, bool isInterrupt)
    {
        if (!_children.TryGetValue((isInterrupt, name, address), out CallNode? child)) _children.Add((isInterrupt, name, address), child = new CallNode(name, address, isInterrupt));
        return child;
    }
}
