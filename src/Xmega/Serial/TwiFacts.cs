namespace Xmega.Serial;

/// <summary>What distinguishes one TWI from another.</summary>
/// <param name="Name">Datasheet name, as in <c>TWIC</c>.</param>
/// <param name="Base">I/O base address.</param>
/// <param name="Port">The port whose pins it uses: SDA on pin 0, SCL on pin 1; with the external driver interface pins 2 and 3 too.</param>
/// <param name="Vector0">Vector of the slave; the master's follows.</param>
internal sealed record TwiFacts(string Name, int Base, string Port, int Vector0);
