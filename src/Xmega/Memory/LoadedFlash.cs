using System.Security.Cryptography;
using Xmega.Cpu;

namespace Xmega.Memory;

/// <summary>Flash as a firmware fills it, and what was decoded from it: the same for all chips that hold the firmware.</summary>
/// <param name="content">All of flash; it must not change any more.</param>
internal sealed class LoadedFlash(byte[] content)
{
    private readonly Lazy<CodeStorage> _code = new(() => new CodeStorage(content));
    private readonly Lazy<CodeStorage> _translated = new(() => new CodeStorage(content));
    private readonly Lazy<byte[]> _hash = new(() => SHA256.HashData(content));

    /// <summary>Gets flash without a firmware.</summary>
    public static LoadedFlash Erased { get; } = new(CreateErased());

    /// <summary>Gets the contents.</summary>
    public byte[] Content => content;

    /// <summary>Gets their SHA-256: 32 bytes.</summary>
    public ReadOnlyMemory<byte> Hash => _hash.Value;

    /// <summary>Gets the instructions decoded from them.</summary>
    public CodeStorage Code => _code.Value;

    /// <summary>Gets the instructions decoded from them by chips that translate, and what was translated.</summary>
    public CodeStorage Translated => _translated.Value;

    /// <summary>Flash that is erased but for what is then written over it.</summary>
    /// <returns>A new array.</returns>
    public static byte[] CreateErased()
    {
        var flash = GC.AllocateUninitializedArray<byte>(ProgramMemory.Size);
        ProgramMemory.Erase(flash);
        return flash;
    }
}
