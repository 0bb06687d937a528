namespace Xmega.Workbench.Parts;

/// <summary>A part that keeps its content without power: a test or the command line may set it before a run and look at it after.</summary>
public interface IMemoryPart
{
    /// <summary>Gets the content.</summary>
    Memory<byte> Content { get; }
}
