using Xmega.Serial;

namespace Xmega.Workbench.Serial;

/// <summary>Frame formats as people write them: <c>8N1</c> is eight data bits, no parity, one stop bit.</summary>
public static class FrameFormatText
{
    /// <summary>Reads a format.</summary>
    /// <param name="text">Data bits 5–9, parity N, E or O, stop bits 1 or 2; letter case does not matter.</param>
    /// <param name="format">The format.</param>
    /// <returns>False for anything else.</returns>
    public static bool TryParse(string text, out FrameFormat format)
    {
        format = default;
        if (text is not [>= '5' and <= '9', _, '1' or '2']) return false;
        FrameParity? parity = char.ToUpperInvariant(text[1]) switch
        {
            'N' => FrameParity.None,
            'E' => FrameParity.Even,
            'O' => FrameParity.Odd,
            _ => null,
        };
        if (parity is not { } known) return false;
        format = new FrameFormat(text[0] - '0', known, text[2] - '0');
        return true;
    }
}
