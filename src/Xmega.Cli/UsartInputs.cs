using System.Text;
using Xmega.Workbench.Serial;

namespace Xmega.Cli;

/// <summary>Bytes from the command line for the chip's receivers.</summary>
internal static class UsartInputs
{
    /// <summary>Attaches a sender to the pin of each receiver named; it waits until firmware switches the receiver on.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="inputs">NAME=TEXT or NAME=@FILE, as on the command line.</param>
    public static void Attach(ATxmega128A1 chip, IEnumerable<string> inputs)
    {
        // One sender a receiver: what is named twice is sent one after the other.
        var senders = new Dictionary<string, SerialTransmitter>();
        foreach (string text in inputs)
        {
            (string name, string what) = Arguments.Pair("--usart-input", text, "NAME=TEXT or NAME=@FILE, as in C0=hello");
            string usart = UsartOutputs.FullName(chip, "--usart-input", name);
            byte[] bytes = what.StartsWith('@') ? Arguments.ReadBytes(what[1..], "--usart-input names a file after @") : Encoding.UTF8.GetBytes(what);
            if (!senders.TryGetValue(usart, out SerialTransmitter? sender)) senders.Add(usart, sender = new SerialTransmitter(chip, chip.FindUsart(usart)!));
            foreach (byte b in bytes) sender.Send(b);
        }
    }
}
