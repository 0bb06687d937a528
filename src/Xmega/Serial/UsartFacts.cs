namespace Xmega.Serial;

/// <summary>What distinguishes one USART from another.</summary>
/// <param name="Name">Datasheet name, as in <c>USARTC0</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="Port">The port whose pins it uses.</param>
/// <param name="RxdPin">Pin of RXD; TXD is the next one and XCK the one before.</param>
/// <param name="Vector0">Vector of RXC; DRE and TXC follow.</param>
internal sealed record UsartFacts(string Name, int Base, string Port, int RxdPin, int Vector0)
{
    /// <summary>Gets the DMA trigger of RXC; that of DRE is the next one.</summary>
    public int DmaCode => 0x4B + (0x20 * (Name[^2] - 'C')) + (3 * (Name[^1] - '0'));
}
