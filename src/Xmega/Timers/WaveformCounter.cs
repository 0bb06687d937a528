using System.Numerics;
using System.Runtime.CompilerServices;
using Xmega.State;

namespace Xmega.Timers;

/// <summary>A 16-bit value for each compare or capture channel A–D.</summary>
[InlineArray(WaveformCounter.MaxChannels)]
internal struct ChannelValues
{
    private ushort _first;
}

/// <summary>
/// The counter with what its ticks change: count and direction, buffers, flags, waveform outputs. It knows ticks, not
/// cycles. <see cref="Step"/> is the rule of one tick; <see cref="Run"/> comes to the same after any number of them by
/// arithmetic. It is a value: a copy can run ahead, or be looked at, without effect on the original.
/// </summary>
/// <remarks>
/// Exact ticks (8077I 14.8: a match sets the flag on the next timer clock; the rest unverified). A tick takes the count
/// from v to v'. It sets CCxIF when v == CCx; in NORMAL and FRQ it sets OVFIF when it starts the sequence anew (v == TOP;
/// counting down, v == 0), in SS and DS_B when v' == 0, in DS_T when v == TOP, in DS_TB in both cases. UPDATE, when
/// buffers are copied, is the tick that starts anew in NORMAL and FRQ and v' == 0 in the PWM modes; values copied on a
/// tick count for its v' already. A wrap through MAX is no overflow in NORMAL and FRQ, but it is a BOTTOM.
/// </remarks>
internal struct WaveformCounter
{
    /// <summary>Channels of TCx0; TCx1 has two.</summary>
    public const int MaxChannels = 4;

    public const byte OVFIF = 0x01; // overflow or underflow
    public const byte ERRIF = 0x02; // error
    public const byte CCAIF = 0x10; // compare or capture channel A; B, C, D are the bits above
    public const byte PERBV = 0x01; // PERBUF holds a new value
    public const byte CCABV = 0x02; // CCABUF holds a new value; B, C, D are the bits above
    public const byte UPDATE = 0x04; // among what happened on a tick: the UPDATE condition, which is no flag

    public CountPosition Position;
    public WaveformMode Mode;
    public bool ByteMode;
    public bool LockUpdate;        // LUPD: buffers wait
    public bool HighResolution;    // Hi-Res: a tick counts 4, so that Position is CNT / 4
    public byte Channels;          // bit 0–3: the channels that exist
    public byte CaptureChannels;   // bit 0–3: these hold captured values and are not compared
    public ushort Period;
    public ushort PeriodBuffer;
    public ChannelValues Compare;
    public ChannelValues CompareBuffer;
    public byte BufferValid;       // as in CTRLG
    public byte Flags;             // as in INTFLAGS
    public byte Outputs;           // waveform generator outputs, as in CTRLC

    /// <summary>Gets the way through the values that mode and registers make.</summary>
    public readonly CountSequence Sequence => new(
        Mode >= WaveformMode.DualSlopeTop,
        (Mode == WaveformMode.Frequency ? Compare[0] : Period) >> Shift,
        (ByteMode ? 0xFF : 0xFFFF) >> Shift);

    /// <summary>Gets CNT.</summary>
    public readonly ushort Count => (ushort)(Position.Count << Shift);

    /// <summary>Gets a value indicating whether the outputs are pulse width modulated.</summary>
    public readonly bool IsPwm => Mode is WaveformMode.SingleSlope or >= WaveformMode.DualSlopeTop;

    /// <summary>Gets the buffers that the next UPDATE copies, as in CTRLG.</summary>
    public readonly byte PendingUpdate => LockUpdate ? (byte)0 : (byte)(BufferValid & ~(CaptureChannels << 1));

    private readonly int Shift => HighResolution ? 2 : 0;

    private readonly byte CompareChannels => (byte)(Channels & ~CaptureChannels);

    /// <summary>All registers to their initial values.</summary>
    public void Reset()
    {
        (byte channels, bool highResolution) = (Channels, HighResolution);
        this = default;
        (Channels, HighResolution) = (channels, highResolution);
        Period = PeriodBuffer = 0xFFFF;
    }

    /// <summary>Sets CNT; Hi-Res drops its two lowest bits.</summary>
    public void SetCount(int count) => Position = Position with { Count = count >> Shift };

    /// <summary>Turns Hi-Res on or off; CNT stays, without its two lowest bits.</summary>
    public void SetHighResolution(bool on)
    {
        int count = Count;
        HighResolution = on;
        SetCount(count);
    }

    /// <summary>One tick of the timer's clock.</summary>
    /// <returns>What happened on it, as bits of INTFLAGS and <see cref="UPDATE"/>, whatever the flags were.</returns>
    public byte Step()
    {
        CountPosition before = Position;
        CountSequence sequence = Sequence;
        bool atTop = before.Count == sequence.Top;
        bool startsAnew = sequence.StartsAnewFrom(before);
        byte matches = MatchesAt(before.Count);

        // An underflow reloads the period that its UPDATE brings; an overflow is found with the period before.
        if (startsAnew && !IsPwm && before.Down)
        {
            Update();
            sequence = Sequence;
        }

        Position = sequence.Next(before);
        bool bottom = Position.Count == 0;
        if (IsPwm ? bottom : startsAnew && !before.Down) Update();

        if (IsPwm) ShapeOutputs();
        else if (Mode == WaveformMode.Frequency) Outputs ^= matches;

        bool overflow = Mode switch
        {
            WaveformMode.SingleSlope or WaveformMode.DualSlopeBottom => bottom,
            WaveformMode.DualSlopeTop => atTop,
            WaveformMode.DualSlopeBoth => atTop || bottom,
            _ => startsAnew,
        };
        byte happened = (byte)((matches << 4) | (overflow ? OVFIF : 0));
        Flags |= happened;
        return (IsPwm ? bottom : startsAnew) ? (byte)(happened | UPDATE) : happened;
    }

    /// <summary>Any number of ticks.</summary>
    /// <param name="ticks">At least 0.</param>
    /// <returns>What happened on the last one, as bits of INTFLAGS and <see cref="UPDATE"/>.</returns>
    public byte Run(long ticks)
    {
        byte last = 0;
        while (ticks > 0)
        {
            // Between two UPDATEs that copy something nothing changes the sequence; each clears what made it copy.
            long stretch = Math.Min(ticks, TicksToUpdate());
            Skip(stretch - 1);
            last = Step();
            ticks -= stretch;
        }

        return last;
    }

    /// <summary>Which tick from now on is the next overflow or underflow.</summary>
    public readonly long TicksToOverflow()
    {
        CountSequence sequence = Sequence;
        return Mode switch
        {
            WaveformMode.SingleSlope or WaveformMode.DualSlopeBottom => sequence.TicksToReach(Position, 0),
            WaveformMode.DualSlopeTop => sequence.TicksToLeave(Position, sequence.Top),
            WaveformMode.DualSlopeBoth => Math.Min(sequence.TicksToReach(Position, 0), sequence.TicksToLeave(Position, sequence.Top)),
            _ => TicksToStartAnew(sequence),
        };
    }

    /// <summary>Which tick from now on is the next match of a channel; never for a channel that captures.</summary>
    public readonly long TicksToMatch(int channel) =>
        (CompareChannels & (1 << channel)) != 0 ? Sequence.TicksToLeave(Position, CompareAt(channel)) : CountSequence.Never;

    /// <summary>Which tick from now on copies a buffer; never when none waits.</summary>
    public readonly long TicksToUpdate() => PendingUpdate == 0 ? CountSequence.Never : TicksToUpdateCondition();

    /// <summary>Which tick from now on is the next UPDATE condition, whether or not it copies anything.</summary>
    public readonly long TicksToUpdateCondition()
    {
        CountSequence sequence = Sequence;
        return IsPwm ? sequence.TicksToReach(Position, 0) : TicksToStartAnew(sequence);
    }

    /// <summary>Which tick from now on is the next edge of a channel's waveform, as the registers are now.</summary>
    public readonly long TicksToEdge(int channel)
    {
        if (Mode == WaveformMode.Frequency) return TicksToMatch(channel);
        if (!IsPwm || (CompareChannels & (1 << channel)) == 0) return CountSequence.Never;
        bool high = (Outputs & (1 << channel)) != 0;
        WaveformCounter ahead = this;
        long ticks = 0;
        // An approach and a lap hold at most this many moments at which the output is set or cleared.
        for (int i = 0; i < 12; i++)
        {
            long step = ahead.TicksToShape(channel);
            if (step == CountSequence.Never) break;
            ticks += step;
            ahead.Position = ahead.Sequence.After(ahead.Position, step);
            if (ahead.Shaped(channel, high) != high) return ticks;
        }

        return CountSequence.Never;
    }

    /// <summary>Where within its cycle an edge lies that a channel's waveform made on the last tick, in quarters: 0 without Hi-Res.</summary>
    /// <param name="channel">Channel number, 0–3.</param>
    /// <returns>0–3.</returns>
    public readonly int QuarterOfEdge(int channel)
    {
        int quarter = HighResolution ? Compare[channel] & 3 : 0;
        if (quarter == 0 || Mode == WaveformMode.Frequency) return quarter;
        bool rising = (Outputs & (1 << channel)) != 0;
        // An edge that no match made, as the one at BOTTOM, has no fraction.
        if (Position.Count != (rising ? SetAt(channel) : CompareAt(channel))) return 0;
        if (!rising) return quarter;
        // The way down passes the quarters of a cycle in the opposite order.
        return Sequence.Dual ? 4 - quarter : 3 - quarter;
    }

    /// <summary>Where the overflows lie when they come regularly from now on.</summary>
    /// <param name="first">The tick of the first one.</param>
    /// <param name="period">The ticks from one to the next.</param>
    /// <returns>False when they do not.</returns>
    public readonly bool HasRegularOverflow(out long first, out long period)
    {
        first = TicksToOverflow();
        period = Sequence.Period(Position.Down);
        byte topBuffer = Mode == WaveformMode.Frequency ? CCABV : PERBV;
        if (first == CountSequence.Never || (PendingUpdate & topBuffer) != 0) return false;
        return After(first).TicksToOverflow() == period;
    }

    /// <summary>Where the matches of a channel lie when they come regularly from now on.</summary>
    /// <param name="channel">Channel number, 0–3.</param>
    /// <param name="first">The tick of the first one.</param>
    /// <param name="period">The ticks from one to the next.</param>
    /// <returns>False when they do not.</returns>
    public readonly bool HasRegularMatch(int channel, out long first, out long period)
    {
        first = TicksToMatch(channel);
        period = Sequence.Period(Position.Down);
        int buffers = (CCABV << channel) | (Mode == WaveformMode.Frequency ? CCABV : PERBV);
        if (first == CountSequence.Never || (PendingUpdate & buffers) != 0) return false;
        return After(first).TicksToMatch(channel) == period;
    }

    /// <summary>The UPDATE condition: every buffer with a new value is copied, unless LUPD holds them.</summary>
    public void Update()
    {
        byte pending = PendingUpdate;
        if (pending == 0) return;
        if ((pending & PERBV) != 0) Period = PeriodBuffer;
        for (int n = 0; n < MaxChannels; n++)
            if ((pending & (CCABV << n)) != 0) Compare[n] = CompareBuffer[n];
        BufferValid &= (byte)~pending;
    }

    /// <summary>The command RESTART: counter, direction and outputs to zero (8077I 14.11); no flag is set (unverified).</summary>
    public void Restart()
    {
        Position = default;
        Outputs = 0;
    }

    public void State(StateStream s)
    {
        int count = Position.Count;
        bool down = Position.Down;
        byte mode = (byte)Mode;
        s.Value(ref count);
        s.Value(ref down);
        s.Value(ref mode);
        Position = new CountPosition(count, down);
        Mode = (WaveformMode)mode;
        s.Value(ref ByteMode);
        s.Value(ref LockUpdate);
        s.Value(ref HighResolution);
        s.Value(ref CaptureChannels);
        s.Value(ref Period);
        s.Value(ref PeriodBuffer);
        for (int n = 0; n < MaxChannels; n++)
        {
            s.Value(ref Compare[n]);
            s.Value(ref CompareBuffer[n]);
        }

        s.Value(ref BufferValid);
        s.Value(ref Flags);
        s.Value(ref Outputs);
    }

    private readonly WaveformCounter After(long ticks) => this with { Position = Sequence.After(Position, ticks) };

    // The count at which a channel matches.
    private readonly int CompareAt(int channel) => Compare[channel] >> Shift;

    // The count at which a match going down sets a PWM output. With a fraction the edge of dual slope lies that much
    // before the arrival at the match: in the cycle before.
    private readonly int SetAt(int channel) =>
        CompareAt(channel) + (HighResolution && Sequence.Dual && (Compare[channel] & 3) != 0 ? 1 : 0);

    private readonly long TicksToStartAnew(CountSequence sequence) =>
        sequence.TicksToLeave(Position, Position.Down ? 0 : sequence.Top);

    private readonly byte MatchesAt(int count)
    {
        int matches = 0;
        for (int n = 0; n < MaxChannels; n++)
            if (CompareAt(n) == count) matches |= 1 << n;
        return (byte)(matches & CompareChannels);
    }

    // Ticks of which none copies a buffer.
    private void Skip(long ticks)
    {
        if (ticks == 0) return;
        // A flag that is set stays so: when it would be set next need not be known.
        if ((Flags & OVFIF) == 0 && TicksToOverflow() <= ticks) Flags |= OVFIF;
        for (int channels = CompareChannels & ~(Flags / CCAIF); channels != 0; channels &= channels - 1)
        {
            int n = BitOperations.TrailingZeroCount(channels);
            if (TicksToMatch(n) <= ticks) Flags |= (byte)(CCAIF << n);
        }

        if (IsPwm) SkipShapes(ticks);
        else if (Mode == WaveformMode.Frequency) SkipToggles(ticks);
        Position = Sequence.After(Position, ticks);
    }

    // FRQ: an output toggles on the tick that leaves its compare value.
    private void SkipToggles(long ticks)
    {
        int period = Sequence.Period(Position.Down);
        for (int n = 0; n < MaxChannels; n++)
        {
            long first = TicksToMatch(n);
            if (first > ticks) continue;
            // A value above TOP is met once, on the way down to the lap or up to MAX.
            long matches = After(first).TicksToMatch(n) == period ? 1 + ((ticks - first) / period) : 1;
            Outputs ^= (byte)((matches & 1) << n);
        }
    }

    private void SkipShapes(long ticks)
    {
        // After one whole lap the outputs repeat themselves: the laps after it are left out.
        long lap = Sequence.Period(Position.Down);
        long approach = Sequence.TicksToLap(Position);
        if (ticks > approach + (2 * lap)) ticks = approach + lap + ((ticks - approach) % lap);
        for (int channels = CompareChannels; channels != 0; channels &= channels - 1)
        {
            int n = BitOperations.TrailingZeroCount(channels);
            bool high = (Outputs & (1 << n)) != 0;
            WaveformCounter ahead = this;
            long left = ticks;
            for (long step = ahead.TicksToShape(n); step <= left; step = ahead.TicksToShape(n))
            {
                left -= step;
                ahead.Position = ahead.Sequence.After(ahead.Position, step);
                high = ahead.Shaped(n, high);
            }

            SetOutput(n, high);
        }
    }

    // Ticks to the next moment at which a PWM output is set or cleared, though it may keep its level.
    private readonly long TicksToShape(int channel)
    {
        CountSequence sequence = Sequence;
        long ticks = Math.Min(sequence.TicksToReach(Position, 0), sequence.TicksToReach(Position, CompareAt(channel)));
        if (SetAt(channel) is var above && above != CompareAt(channel)) ticks = Math.Min(ticks, sequence.TicksToReach(Position, above));
        if (Position.Down && !sequence.Dual) ticks = Math.Min(ticks, sequence.TicksToReach(Position, sequence.Top & sequence.Max));
        return ticks;
    }

    // PWM: set when the counter arrives at BOTTOM, cleared when it arrives at CCx going up, set going down. High for CCx
    // ticks in single slope and 2 CCx ticks in dual slope: the duty cycle is CCx / (PER + 1) and CCx / PER; never high for
    // CCx = 0, always for CCx above the reach of the counter, and in dual slope at TOP, where DIR points down already.
    // (8077I 14.8.3 has the single-slope levels the other way round; the dual-slope text and Atmel's own PWM driver have
    // them so: unverified. So is single slope with DIR = 1, where the reload clears.)
    private readonly bool Shaped(int channel, bool high)
    {
        if (Position.Down && Mode == WaveformMode.SingleSlope && Position.Count == (Sequence.Top & Sequence.Max)) high = false;
        if (Position.Count == 0) high = true;
        if (Position.Down) return high || Position.Count == SetAt(channel);
        return high && Position.Count != CompareAt(channel);
    }

    private void ShapeOutputs()
    {
        for (int channels = CompareChannels; channels != 0; channels &= channels - 1)
        {
            int n = BitOperations.TrailingZeroCount(channels);
            SetOutput(n, Shaped(n, (Outputs & (1 << n)) != 0));
        }
    }

    private void SetOutput(int channel, bool high) =>
        Outputs = (byte)(high ? Outputs | (1 << channel) : Outputs & ~(1 << channel));
}
