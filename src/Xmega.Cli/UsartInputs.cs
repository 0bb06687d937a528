using System.Text;
using Xmega.Workbench.Serial;

namespace Xmega.Cli;

/// <summary>Who sends into the chip's receivers: one sender a receiver, for the command line's bytes and for the host's.</summary>
internal sealed class UsartInputs(ATxmega128A1 chip)
{
    private readonly Dictionary<string, SerialTransmitter> _senders = [];

    /// <summary>The sender at the pin of a receiver; it waits until firmware switches the receiver on.</summary>
    /// <param name="usart">The USART's full name.</param>
    public SerialTransmitter Sender(string usart)
    {
        if (!_senders.TryGetValue(usart, out SerialTransmitter? sender)) _senders.Add(usart, sender = new SerialTransmitter(chip, chip.FindUsart(usart)!));
        return sender;
    }

    /// <summary>Queues bytes from the command line; what is named twice is sent one after the other.</summary>
    /// <param name="text">NAME=TEXT or NAME=@FILE, as on the command line.</param>
    public void Send(string text)
    {
        (string name, string what) = Arguments.Pair("--usart-input", text, "NAME=TEXT or NAME=@FILE, as in C0=hello");
        byte[] bytes = what.StartsWith('@') ? Arguments.ReadBytes(what[1..], "--usart-input names a file after @") : Encoding.UTF8.GetBytes(what);
        Sender(UsartOutputs.FullName(chip, "--usart-input", name)).Send(bytes);
    }
}
