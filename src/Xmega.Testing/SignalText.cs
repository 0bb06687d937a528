using System.Globalization;
using Xmega.Ports;
using Xmega.Signals;
using Xmega.Workbench.Running;

namespace Xmega.Testing;

/// <summary>Values and times as a trace shows them: the same text for the same run on every machine.</summary>
internal static class SignalText
{
    private const decimal PicosecondsInMicrosecond = 1_000_000m;

    public static string Value(Signal signal, long value) => signal.Kind switch
    {
        SignalKind.Bit when value == (long)LogicLevel.Floating => "z",
        SignalKind.Analog => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.000} V"),
        SignalKind.Event when signal.Name.EndsWith(".TX", StringComparison.Ordinal) && value is >= ' ' and <= '~' => string.Create(CultureInfo.InvariantCulture, $"{value} '{(char)value}'"),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    // Microseconds to the nanosecond: the clock periods of a chip up to 32 MHz are told apart.
    public static string Time(long picoseconds) => string.Create(CultureInfo.InvariantCulture, $"{picoseconds / PicosecondsInMicrosecond,14:0.000} us");

    public static string Span(long amount, bool inCycles) => inCycles ? string.Create(CultureInfo.InvariantCulture, $"{amount} cycles") : EmulatedTime.Format(amount);
}
