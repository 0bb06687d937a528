namespace Xmega.Serial;

/// <summary>What distinguishes one SPI from another.</summary>
/// <param name="Name">Datasheet name, as in <c>SPIC</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="Port">The port whose pins it uses: SS, MOSI, MISO and SCK on pins 4–7.</param>
/// <param name="Vector">Its interrupt vector.</param>
/// <param name="DmaTrigger">Code of its request in CHn.TRIGSRC.</param>
internal sealed record SpiFacts(string Name, int Base, string Port, int Vector, int DmaTrigger);
