namespace Xmega.Serial;

/// <summary>What distinguishes one USART from another.</summary>
/// <param name="Name">Datasheet name, as in <c>USARTC0</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="Port">The port whose pins it uses.</param>
/// <param name="RxdPin">Pin of RXD; TXD is the next one and XCK the one before.</param>
/// <param name="Vector0">Vector of RXC; DRE and TXC follow.</param>
internal sealed record UsartFacts(string Name, int Base, string Port, int RxdPin, int Vector0);
