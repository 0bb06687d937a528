using System.Text;

namespace Xmega.Workbench.Reporting;

/// <summary>What a USART sent, as text.</summary>
public static class UsartText
{
    private static readonly UTF8Encoding Strict = new(false, true);

    /// <summary>UTF-8 if it can be, else each byte is a character of its own: nothing is lost.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The text.</returns>
    public static string Decode(byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}
