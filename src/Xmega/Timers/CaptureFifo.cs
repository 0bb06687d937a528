namespace Xmega.Timers;

/// <summary>
/// CCx and CCxBUF as a FIFO of two captured values (8077I 14.5.1, 14.7): CCxIF says that CCx holds one, CCxBV that CCxBUF
/// holds another.
/// </summary>
internal static class CaptureFifo
{
    /// <summary>With PER below this, bit 15 of a captured value holds the polarity of the edge: 1 rising (8077I 14.12.16).</summary>
    public const int PolarityBit = 0x8000;

    /// <summary>Captures the count for a channel.</summary>
    /// <param name="counter">The timer's counter.</param>
    /// <param name="channel">Channel number, 0–3.</param>
    /// <param name="rising">The polarity of the edge: the data bit of the event.</param>
    /// <returns>What happened, as bits of INTFLAGS: CCxIF, or ERRIF when both places were full and the value is lost.</returns>
    public static byte Capture(ref WaveformCounter counter, int channel, bool rising)
    {
        int value = counter.Count;
        if (counter.Period < PolarityBit) value = (value & ~PolarityBit) | (rising ? PolarityBit : 0);

        byte flag = (byte)(WaveformCounter.CCAIF << channel);
        byte valid = (byte)(WaveformCounter.CCABV << channel);
        byte happened = flag;
        if ((counter.Flags & flag) == 0)
        {
            counter.Compare[channel] = (ushort)value;
        }
        else if ((counter.BufferValid & valid) == 0)
        {
            counter.CompareBuffer[channel] = (ushort)value;
            counter.BufferValid |= valid;
        }
        else
        {
            happened = WaveformCounter.ERRIF;
        }

        counter.Flags |= happened;
        return happened;
    }

    /// <summary>CCx was read: what waits in CCxBUF moves up, and CCxIF is set for it again.</summary>
    /// <param name="counter">The timer's counter.</param>
    /// <param name="channel">Channel number, 0–3.</param>
    public static void Taken(ref WaveformCounter counter, int channel)
    {
        byte valid = (byte)(WaveformCounter.CCABV << channel);
        if ((counter.BufferValid & valid) != 0)
        {
            counter.Compare[channel] = counter.CompareBuffer[channel];
            counter.BufferValid &= (byte)~valid;
        }
        else
        {
            counter.Flags &= (byte)~(WaveformCounter.CCAIF << channel);
        }
    }
}
